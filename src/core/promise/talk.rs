//! Talks with a buyer about a later ship time that are not settled.
//!
//! A proposal is no promise, because the buyer may refuse it, and no announcement either. It is the shop's own word all
//! the same that it needs until then: while it waits for an answer the promise stands and counts as at risk, and no date
//! before the proposed one is honest. It waits until it is answered, replaced by another proposal or by a ship time that
//! the shop named since, or until nothing of its promise is open. When the promised time passes without an answer there
//! is nothing left to ask for, and so nobody is shown a question any more; the date still bounds what can honestly be
//! told, because the shop has named no other.

use serde::Serialize;

use super::{Promise, PromiseSource};
use crate::event::RenegotiationStatus::{Agreed, Expired, Proposed as Asked, Refused};
use crate::instant::Instant;
use crate::order::Order;

/// A later ship time the buyer was asked for and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// That time.
    pub at: Instant,
    /// Since when the buyer has been asked for it.
    pub since: Instant,
}

impl Proposed {
    /// Whether it asks for more than `promise` and the shop has named no other ship time for it since. A promise that
    /// counts from payment is no word of the shop's.
    pub(super) fn is_about(&self, promise: &Promise) -> bool {
        let named = [Some(promise.since).filter(|_| promise.source != PromiseSource::Policy), promise.postponed_since];
        self.at > promise.value && named.into_iter().flatten().all(|named| named <= self.since)
    }
}

/// What became of an order's talks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Talks {
    /// The proposal that nobody has answered.
    pub(super) open: Option<Proposed>,
    /// How many proposals were made in all, as [`times_asked`] counts them.
    asked: usize,
}

/// How often the buyer of `order` was asked for a later time; a proposal told twice is one, and so is an agreement of
/// which no proposal was told. Of more than the newest 32 words of the talks the oldest are not counted.
pub fn times_asked(order: &Order) -> usize {
    read(order).asked
}

/// Plays the talks. A newer proposal takes an older one's place, and an agreement settles whatever was asked before it.
/// A refusal or an expiry ends only the proposal for the time it names, so that the end of one that was replaced leaves
/// the newer one open.
pub(super) fn read(order: &Order) -> Talks {
    let mut told: Vec<_> = order.talks.iter().collect();
    // Of two words of one moment the question came before its answer, whatever their ids.
    told.sort_by_key(|(since, talk)| (*since, talk.status != Asked));
    let mut talks = Talks::default();
    let mut agreed = None;
    for (since, talk) in told {
        let is_open = talks.open.is_some_and(|open| open.at == talk.ship_by);
        match talk.status {
            Asked if is_open => {}
            Asked => {
                talks.open = Some(Proposed { at: talk.ship_by, since: *since });
                talks.asked += 1;
            }
            Refused | Expired if !is_open => {}
            Refused | Expired => talks.open = None,
            Agreed => {
                let untold = talks.open.is_none() && agreed != Some(talk.ship_by);
                talks.asked += usize::from(untold);
                (talks.open, agreed) = (None, Some(talk.ship_by));
            }
        }
    }
    talks
}
