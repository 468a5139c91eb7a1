//! Deleting what is past its time. The ledger, wishes of buyers and dates since when shops are live stay, and so do
//! the counts of what went: a sum that metrics show never falls.

use std::collections::BTreeMap;

use forewarn_core::notice::{Kind, Why};
use forewarn_core::{Instant, OrderKey};

use super::Tables;
use crate::store::port::{NoticeState, OrderRow};

/// How much went.
#[derive(Clone, Debug, Default)]
pub(super) struct Pruned {
    pub(super) notices: BTreeMap<(Kind, NoticeState), u64>,
    pub(super) suppressions: BTreeMap<(Kind, Why), u64>,
    /// By reason.
    pub(super) letters: BTreeMap<String, u64>,
}

impl Tables {
    /// Deletes up to `limit` rows from before `before`; gives how many went.
    pub(super) fn prune_rows(&mut self, before: Instant, limit: usize) -> usize {
        let steps = [
            Self::prune_notices,
            Self::prune_suppressions,
            Self::prune_letters,
            Self::prune_acts,
            |tables: &mut Self, before, limit| tables.settings.forget_jobs(before, limit),
            |tables: &mut Self, before, limit| tables.hindsight.forget(before, limit),
            |tables: &mut Self, before, limit| tables.expedites.forget(before, limit),
            |tables: &mut Self, before, limit| tables.trials.forget(before, limit),
            Self::prune_desk,
            |tables: &mut Self, before, limit| tables.incidents.forget(before, limit),
            Self::prune_orders,
        ];
        steps.iter().fold(0, |gone, step| gone + step(self, before, limit - gone))
    }

    fn prune_notices(&mut self, before: Instant, limit: usize) -> usize {
        let settled = self.notices.rows().filter(|notice| notice.state.is_end());
        let old = oldest(settled.map(|n| (n.updated_at, (n.notice_id.clone(), n.kind, n.state))), before, limit);
        for (id, kind, state) in &old {
            *self.pruned.notices.entry((*kind, *state)).or_default() += 1;
            self.notices.remove(id);
        }
        old.len()
    }

    fn prune_suppressions(&mut self, before: Instant, limit: usize) -> usize {
        let all = self.suppressions.rows();
        let old = oldest(
            all.map(|(number, row)| (row.at, (number, row.suppression.kind, row.suppression.why))),
            before,
            limit,
        );
        for (number, kind, why) in &old {
            *self.pruned.suppressions.entry((*kind, *why)).or_default() += 1;
            self.suppressions.remove(*number);
        }
        old.len()
    }

    fn prune_letters(&mut self, before: Instant, limit: usize) -> usize {
        let old = oldest(self.letters.rows().map(|(number, kept)| (kept.last_at, number)), before, limit);
        for number in &old {
            self.count_off(*number);
            self.letters.remove(*number);
        }
        old.len()
    }

    fn prune_acts(&mut self, before: Instant, limit: usize) -> usize {
        let acts = &mut self.letters.acts;
        let mut old = oldest(acts.iter().enumerate().map(|(place, act)| (act.at, place)), before, limit);
        old.sort_unstable();
        old.iter().rev().for_each(|place| drop(acts.remove(*place)));
        old.len()
    }

    fn prune_desk(&mut self, before: Instant, limit: usize) -> usize {
        let old = oldest(self.desk.left(), before, limit);
        old.iter().for_each(|id| self.desk.remove(id));
        old.len()
    }

    /// Orders at rest: not open, never woken, not set aside, with no notice that may still leave and nothing on the desk.
    fn prune_orders(&mut self, before: Instant, limit: usize) -> usize {
        let rests = |row: &&OrderRow| !row.index.open && row.wake_at.is_none() && row.parked.is_none();
        let is_told = |row: &&OrderRow| self.notices.of(&row.key).all(|notice| notice.state.is_end());
        let is_done = |row: &&OrderRow| !self.desk.waits(&row.key);
        let at_rest = self.orders.rows().filter(rests).filter(is_told).filter(is_done);
        let old: Vec<OrderKey> = oldest(at_rest.map(|row| (row.touched_at(), row.key.clone())), before, limit);
        old.iter().for_each(|key| self.orders.remove(key));
        old.len()
    }
}

/// Up to `limit` of what is from before `before`, the oldest first.
fn oldest<T: Ord>(all: impl Iterator<Item = (Instant, T)>, before: Instant, limit: usize) -> Vec<T> {
    let mut old: Vec<(Instant, T)> = all.filter(|(at, _)| *at < before).collect();
    old.sort_unstable();
    old.into_iter().take(limit).map(|(_, what)| what).collect()
}
