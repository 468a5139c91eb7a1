//! A day the buyer named: by when the order has to leave so that it is there in time.

use serde::{Deserialize, Serialize};

use crate::forecast::Forecast;
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::Policy;

/// What a buyer needs by a day of their own, and what that asks of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// When the buyer needs it.
    pub by: Instant,
    /// How long it will be on the way, at the confidence of quoted dates.
    pub on_the_way: Span,
    /// How many parcels that was learned from; 0: it is the policy's estimate.
    pub parcels: u64,
}

impl Need {
    /// What `order` is needed for; `None` where its buyer named no day.
    pub fn of(order: &Order, policy: &Policy, forecast: &dyn Forecast) -> Option<Self> {
        let by = order.needed_by?;
        let learned = forecast.journey(order, policy.quote.confidence);
        let on_the_way = learned.map_or(policy.urgent.on_the_way, |journey| journey.within);
        Some(Self { by, on_the_way, parcels: learned.map_or(0, |journey| journey.parcels) })
    }

    /// The last moment at which it can leave and be there in time.
    pub fn leave_by(&self) -> Instant {
        self.by - self.on_the_way
    }

    /// What is to be told of it when the order leaves at `quoted`; a date nobody can name is not in time.
    pub fn told(&self, quoted: Option<Instant>) -> Needed {
        Needed { by: self.by, in_time: quoted.is_some_and(|at| at <= self.leave_by()) }
    }
}

/// What a notice says of the buyer's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// When the buyer needs it.
    pub by: Instant,
    /// Whether it will be there by then, if the date the notice names is kept.
    pub in_time: bool,
}
