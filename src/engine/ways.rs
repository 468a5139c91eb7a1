//! Which way a notice goes: the policy's first that reaches the buyer, or another one while that fails for long.

use std::collections::BTreeMap;

use forewarn_core::Instant;
use forewarn_core::decide::{Preferences, Reach, reach};
use forewarn_core::event::Buyer;
use forewarn_core::notice::Why;
use forewarn_core::policy::{Channel, Policy};

use super::Down;
use crate::store::port::NoticeRow;

/// Which ways fail, as far as one notice is concerned.
#[derive(Clone, Copy)]
pub(super) struct Ways<'a> {
    /// Channels that are left alone.
    pub(super) down: &'a BTreeMap<String, Down>,
    /// Those of them that this notice may find out about.
    pub(super) trying: &'a [String],
    /// The way on which this notice was perhaps taken: on another it could be heard twice under two ids.
    pub(super) bound: Option<&'a str>,
    /// The way on which this notice itself was refused for long.
    pub(super) tired_of: Option<&'a str>,
    pub(super) now: Instant,
}

impl Ways<'_> {
    /// Where a notice to `buyer` goes.
    ///
    /// # Errors
    /// As [`reach`]: one that no ordinary way reaches is not sent on another either.
    pub(super) fn reach(self, buyer: Option<&Buyer>, wishes: &Preferences, policy: &Policy) -> Result<Reach, Why> {
        let ways = policy.channels.order.iter().chain(&policy.delivery.failover);
        let bound: Vec<Channel> = ways.copied().filter(|c| self.bound == Some(c.as_str())).collect();
        if let Ok(same) = reach(buyer, wishes, &bound) {
            return Ok(same);
        }
        let first = reach(buyer, wishes, &policy.channels.order)?;
        if !self.fails(first.channel, policy) {
            return Ok(first);
        }
        let others = policy.delivery.failover.iter().copied();
        let others: Vec<Channel> = others.filter(|c| *c != first.channel && !self.fails(*c, policy)).collect();
        Ok(reach(buyer, wishes, &others).unwrap_or(first))
    }

    fn fails(self, channel: Channel, policy: &Policy) -> bool {
        let name = channel.as_str();
        let for_long = |down: &&Down| down.since + policy.delivery.failover_after <= self.now;
        let is_tried = self.trying.iter().any(|tried| tried == name);
        self.tired_of == Some(name) || self.down.get(name).filter(for_long).is_some_and(|_| !is_tried)
    }
}

/// The way on which `notice` was refused again and again since it was decided so long ago that it takes another. What
/// was perhaps taken never changes its way.
pub(super) fn tired_of<'n>(notice: &'n NoticeRow, policy: &Policy, now: Instant) -> Option<&'n str> {
    let tried = notice.composed.as_ref().filter(|_| notice.attempts > 0 && !notice.is_perhaps_taken())?;
    (notice.created_at + policy.delivery.failover_after <= now).then_some(tried.channel.as_str())
}
