//! Which notices of one buyer travel in one message.
//!
//! Delayed orders of one buyer at one shop are one piece of bad news: they are told together, each order with its own
//! record. Told together are notices about a delay that go to the same address in the same language under the rules of
//! the same platform, and which no attempt has carried yet. An attempted message stays what it was: it may lose an order
//! that shipped since, never gain one, because a channel that lost our answer may have taken it.

use super::{Due, Reach};
use crate::ids::Platform;
use crate::instant::{Instant, Span};
use crate::notice::Kind;

/// Most orders that join another one's message. Our choice: more than a person reads in one mail are a dealer's, and
/// a claim must end.
pub const COMPANIONS_MAX: usize = 20;

/// A warning due within this span of another order's joins it, if the order is at risk already. Our choice: half the
/// default lead, so that a buyer hears of both on one day and of neither much before the shop wanted.
pub(super) const EARLY: Span = Span::hours(12);

/// What decides whether a notice may share a message with another one of the same buyer and shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage<'a> {
    /// Its kind.
    pub kind: Kind,
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
        self.kind.is_about_delay()
            && other.kind.is_about_delay()
            && (self.reach, self.locale, self.platform) == (other.reach, other.locale, other.platform)
            && self.message_id == other.message_id
    }
}

/// The order in which notices stand in a shared message: the earliest promise first, then by key.
pub fn place(due: &Due) -> (Option<Instant>, &str) {
    (due.ship_by, &due.key)
}
