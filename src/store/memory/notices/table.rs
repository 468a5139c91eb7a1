//! The notices and their indexes, which change together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_core::ids::{NoticeId, OrderId};
use forewarn_core::{BuyerKey, Instant, OrderKey};

use crate::store::memory::orders::leave;
use crate::store::port::{NoticeRow, NoticeState};

/// A notice and the end of which the broker was told.
#[derive(Clone, Debug)]
pub(in crate::store::memory) struct Record {
    pub(in crate::store::memory) row: NoticeRow,
    pub(in crate::store::memory) announced: Option<NoticeState>,
}

/// A place in the outbox, in the order in which notices are claimed.
type Slot = (Instant, OrderKey, NoticeId);

/// All notices.
#[derive(Clone, Debug, Default)]
pub(in crate::store::memory) struct Notices {
    /// Only ever asked for by id, or walked where the order of rows does not show.
    rows: HashMap<NoticeId, Record>,
    indexes: Indexes,
}

#[derive(Clone, Debug, Default)]
struct Indexes {
    /// Ready or to be retried.
    waiting: BTreeSet<Slot>,
    claimed: BTreeSet<Slot>,
    /// On their way, by the end of their lease.
    sending: BTreeSet<(Instant, NoticeId)>,
    /// By decision.
    of_order: BTreeMap<OrderKey, BTreeSet<(Instant, NoticeId)>>,
    /// Waiting or claimed.
    waiting_of: BTreeMap<BuyerKey, BTreeSet<(Instant, OrderId, NoticeId)>>,
    /// What reached a buyer or may have, the newest first.
    reached: BTreeMap<BuyerKey, BTreeSet<(Reverse<Instant>, NoticeId)>>,
    /// Ends that the broker was not told of, the oldest first.
    to_announce: BTreeSet<(Instant, NoticeId)>,
}

impl Notices {
    /// Every notice, in no order.
    pub(in crate::store::memory) fn rows(&self) -> impl Iterator<Item = &NoticeRow> {
        self.rows.values().map(|record| &record.row)
    }

    pub(in crate::store::memory) fn get(&self, id: &NoticeId) -> Option<&NoticeRow> {
        self.rows.get(id).map(|record| &record.row)
    }

    /// Inserts a notice whose id is not there.
    pub(super) fn insert(&mut self, record: Record) {
        self.indexes.insert(&record);
        self.rows.insert(record.row.notice_id.clone(), record);
    }

    /// Changes one notice; whether there is such a notice.
    pub(in crate::store::memory) fn change(&mut self, id: &NoticeId, change: impl FnOnce(&mut Record)) -> bool {
        let Some(record) = self.rows.get_mut(id) else { return false };
        self.indexes.remove(record);
        change(record);
        self.indexes.insert(record);
        true
    }

    /// Takes one notice out.
    pub(in crate::store::memory) fn remove(&mut self, id: &NoticeId) {
        if let Some(record) = self.rows.remove(id) {
            self.indexes.remove(&record);
        }
    }

    /// Up to `limit` notices that may be claimed at the business time `now` and the real time `real_now`, in order.
    pub(super) fn claimable(&self, now: Instant, real_now: Instant, limit: usize) -> Vec<NoticeId> {
        let is_due = move |(at, ..): &&Slot| *at <= now;
        let has_run_out = |(.., id): &&Slot| {
            let until = self.get(id).and_then(|notice| notice.lease_until);
            until.is_some_and(|until| until <= real_now)
        };
        let waiting = self.indexes.waiting.iter().take_while(is_due).take(limit);
        let left = self.indexes.claimed.iter().take_while(is_due).filter(has_run_out).take(limit);
        let both: BTreeSet<&Slot> = waiting.chain(left).collect();
        both.into_iter().take(limit).map(|(.., id)| id.clone()).collect()
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.indexes.waiting.first().map(|(at, ..)| *at)
    }

    /// Notices on their way whose lease has run out by `real_now`, by its end.
    pub(super) fn stranded(&self, real_now: Instant) -> impl Iterator<Item = &NoticeRow> {
        let stranded = self.indexes.sending.iter().take_while(move |(until, _)| *until <= real_now);
        stranded.filter_map(|(_, id)| self.get(id))
    }

    /// The notices of an order, by decision.
    pub(in crate::store::memory) fn of(&self, order: &OrderKey) -> impl Iterator<Item = &NoticeRow> {
        self.indexes.of_order.get(order).into_iter().flatten().filter_map(|(_, id)| self.get(id))
    }

    /// What waits for a buyer in the outbox, by when it is due.
    pub(super) fn waiting_of(&self, buyer: &BuyerKey) -> impl Iterator<Item = &NoticeRow> {
        self.indexes.waiting_of.get(buyer).into_iter().flatten().filter_map(|(.., id)| self.get(id))
    }

    /// What reached a buyer, or may have, at or after `from`.
    pub(super) fn reached_since(&self, buyer: &BuyerKey, from: Instant) -> impl Iterator<Item = &NoticeRow> {
        let reached = self.indexes.reached.get(buyer).into_iter().flatten();
        reached.take_while(move |(at, _)| at.0 >= from).filter_map(|(_, id)| self.get(id))
    }

    /// Ends that the broker was not told of, the oldest first.
    pub(in crate::store::memory) fn to_announce(&self) -> impl Iterator<Item = &NoticeRow> {
        self.indexes.to_announce.iter().filter_map(|(_, id)| self.get(id))
    }
}

impl Indexes {
    fn insert(&mut self, record: &Record) {
        let notice = &record.row;
        let id = || notice.notice_id.clone();
        match notice.state {
            NoticeState::Ready | NoticeState::Retry => drop(self.waiting.insert(slot(notice))),
            NoticeState::Claimed => drop(self.claimed.insert(slot(notice))),
            NoticeState::Sending => self.sending.extend(notice.lease_until.map(|until| (until, id()))),
            _ => {}
        }
        self.of_order.entry(notice.order.clone()).or_default().insert((notice.created_at, id()));
        if is_to_be_announced(record) {
            self.to_announce.insert((notice.updated_at, id()));
        }
        let Some(buyer) = buyer_of(notice) else { return };
        if notice.is_pending() {
            let place = (notice.due_at, notice.order.order_id.clone(), id());
            self.waiting_of.entry(buyer).or_default().insert(place);
        } else if let Some(at) = reached_at(notice) {
            self.reached.entry(buyer).or_default().insert((Reverse(at), id()));
        }
    }

    fn remove(&mut self, record: &Record) {
        let notice = &record.row;
        let id = || notice.notice_id.clone();
        match notice.state {
            NoticeState::Ready | NoticeState::Retry => drop(self.waiting.remove(&slot(notice))),
            NoticeState::Claimed => drop(self.claimed.remove(&slot(notice))),
            NoticeState::Sending => drop(notice.lease_until.map(|until| self.sending.remove(&(until, id())))),
            _ => {}
        }
        leave(&mut self.of_order, notice.order.clone(), &(notice.created_at, id()));
        self.to_announce.remove(&(notice.updated_at, id()));
        let Some(buyer) = buyer_of(notice) else { return };
        if notice.is_pending() {
            leave(&mut self.waiting_of, buyer, &(notice.due_at, notice.order.order_id.clone(), id()));
        } else if let Some(at) = reached_at(notice) {
            leave(&mut self.reached, buyer, &(Reverse(at), id()));
        }
    }
}

fn slot(notice: &NoticeRow) -> Slot {
    (notice.due_at, notice.order.clone(), notice.notice_id.clone())
}

fn buyer_of(notice: &NoticeRow) -> Option<BuyerKey> {
    let buyer_id = notice.buyer_id.clone()?;
    Some(BuyerKey { merchant_id: notice.order.merchant_id.clone(), buyer_id })
}

fn is_to_be_announced(record: &Record) -> bool {
    record.row.state.is_end() && record.announced != Some(record.row.state)
}

/// When it reached its buyer, or may have. One that is on its way counts: two that leave together must not both pass for
/// the last one allowed.
fn reached_at(notice: &NoticeRow) -> Option<Instant> {
    let counts = matches!(notice.state, NoticeState::Sent | NoticeState::Unknown | NoticeState::Sending);
    counts.then(|| notice.sent_at.unwrap_or(notice.updated_at))
}
