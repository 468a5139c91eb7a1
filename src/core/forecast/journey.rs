//! How long parcels take from handover to the buyer's door.

use super::model::Model;
use super::predict::COMPARABLE_MIN;
use super::waits::Groups;
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};
use crate::policy::Ppm;

/// How long comparable parcels took, and how many they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journey {
    /// The asked share of them took no longer.
    pub within: Span,
    /// How many it was learned from, 20 or more.
    pub parcels: u64,
}

impl Groups {
    /// Groups of a parcel's whole way: everybody's, those to the same region, and the shop's own. An order that waits for
    /// its handover has no carrier yet, so none is told apart.
    pub(super) fn of_journey(order: &Order) -> Self {
        let what = "journey".to_owned();
        let shop = format!("{what}|{}", order.key.merchant_id);
        let region = order.ship_to.as_ref().map(|to| {
            let region = to.region.as_ref().map_or("", |region| region.as_str());
            format!("{what} to|{}/{region}", to.country.as_str())
        });
        Self::from_names([Some(what), region, Some(shop)].into_iter().flatten().collect())
    }
}

/// From when to when a parcel was on its way to the door. One that came back or is lost never arrived, and says nothing.
pub(super) fn journey(parcel: &Parcel) -> Option<(Instant, Instant)> {
    parcel.handed_over_at().zip(parcel.delivered_at)
}

impl Model {
    /// How long `share` of the parcels comparable to those of `order` took, from the narrowest group with enough.
    pub(super) fn usual_journey(&self, order: &Order, share: Ppm) -> Option<Journey> {
        Groups::of_journey(order).names().iter().rev().find_map(|name| {
            let cells = self.groups.get(name).filter(|cells| cells.ended() >= COMPARABLE_MIN)?;
            Some(Journey { within: cells.quantile(share.as_f64())?, parcels: cells.ended() })
        })
    }
}
