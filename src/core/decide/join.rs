//! Which notices of one buyer travel in one message.
//!
//! Delayed orders of one buyer at one shop are one piece of bad news, and so are parcels of one order that left, or
//! arrived, together one piece of good news: they are told in one message, each order and parcel with its own record.
//! Told together is what goes to the same address in the same language under the rules of the same platform, and what
//! no attempt has carried yet. An attempted message stays what it was: it may lose an order that shipped since, never
//! gain one, because a channel that lost our answer may have taken it.

use super::{Due, Reach};
use crate::ids::{OrderKey, Platform};
use crate::instant::{Instant, Span};
use crate::notice::Kind;

/// Most orders, or parcels, that join another one's message. Our choice: more than a person reads in one mail are a
/// dealer's, and a claim must end.
pub const COMPANIONS_MAX: usize = 20;

/// A warning due within this span of another order's joins it, if the order is at risk already. Our choice: half the
/// default lead, so that a buyer hears of both on one day and of neither much before the shop wanted.
pub(super) const EARLY: Span = Span::hours(12);

/// What a message can be about that tells several things at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic<'a> {
    /// Orders of one buyer that ship late.
    Delays,
    /// Parcels of this order that left.
    Departures(&'a OrderKey),
    /// Parcels of this order that arrived.
    Arrivals(&'a OrderKey),
}

impl<'a> Topic<'a> {
    /// The topic of a notice of `kind` on `order`; `None` where it goes alone.
    pub fn of(kind: Kind, order: &'a OrderKey) -> Option<Self> {
        match kind {
            Kind::DelayWarning | Kind::DelayUpdate | Kind::PromiseMissed => Some(Self::Delays),
            Kind::Shipped => Some(Self::Departures(order)),
            Kind::Delivered => Some(Self::Arrivals(order)),
            Kind::OrderAccepted | Kind::ActionNeeded | Kind::LogisticsDelay => None,
        }
    }
}

/// What decides whether a notice may share a message with another one of the same buyer and shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage<'a> {
    /// What it is about; `None` where it goes alone.
    pub topic: Option<Topic<'a>>,
    /// The channel and the address.
    pub reach: &'a Reach,
    /// The language (BCP 47).
    pub locale: &'a str,
    /// Where its order was placed: what one platform lets a letter hold, another forbids.
    pub platform: Option<&'a Platform>,
    /// The message of its last attempt; `None` before the first.
    pub message_id: Option<&'a str>,
}

impl Passage<'_> {
    /// Whether both may stand in one message.
    pub fn joins(&self, other: &Self) -> bool {
        self.topic.is_some() && self == other
    }
}

/// The order in which notices stand in a shared message: delays by their promise, the earliest first, then by key.
pub fn place(due: &Due) -> (Option<Instant>, &str) {
    (due.ship_by.filter(|_| due.kind.is_about_delay()), &due.key)
}
