//! The orders and their indexes, which change together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use forewarn_core::ids::OrderId;
use forewarn_core::{BuyerKey, Instant, OrderKey};

use super::facet::{self, Facet};
use crate::store::port::OrderRow;

/// All orders.
#[derive(Clone, Debug, Default)]
pub(in crate::store::memory) struct Orders {
    /// Asked for by key many times for each time that it is walked in order.
    rows: HashMap<OrderKey, OrderRow>,
    indexes: Indexes,
}

#[derive(Clone, Debug, Default)]
struct Indexes {
    /// Those that will be woken.
    due: BTreeSet<(Instant, OrderKey)>,
    facets: BTreeMap<Facet, BTreeSet<OrderKey>>,
    /// By payment, then by order.
    of_buyer: BTreeMap<BuyerKey, BTreeSet<(Option<Instant>, OrderId)>>,
}

impl Orders {
    /// Every order, ascending by key.
    pub(in crate::store::memory) fn rows(&self) -> impl Iterator<Item = &OrderRow> {
        let mut rows: Vec<&OrderRow> = self.rows.values().collect();
        rows.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        rows.into_iter()
    }

    pub(in crate::store::memory) fn get(&self, key: &OrderKey) -> Option<&OrderRow> {
        self.rows.get(key)
    }

    /// Inserts or replaces an order.
    pub(in crate::store::memory) fn put(&mut self, row: &OrderRow) {
        match self.rows.get_mut(&row.key) {
            Some(known) => {
                self.indexes.update(known, row);
                known.clone_from(row);
            }
            None => {
                self.indexes.insert(row);
                self.rows.insert(row.key.clone(), row.clone());
            }
        }
    }

    /// Changes one order; whether there is such an order. What it is found by stays, but for when it wakes.
    pub(in crate::store::memory) fn change(&mut self, key: &OrderKey, change: impl FnOnce(&mut OrderRow)) -> bool {
        let Some(row) = self.rows.get_mut(key) else { return false };
        let before = wake_of(row);
        change(row);
        self.indexes.move_wake(before, wake_of(row));
        true
    }

    /// Takes one order out.
    pub(in crate::store::memory) fn remove(&mut self, key: &OrderKey) {
        if let Some(row) = self.rows.remove(key) {
            self.indexes.remove(&row);
        }
    }

    /// Orders that are to be woken by `now`, ascending by (moment, key).
    pub(in crate::store::memory) fn due(&self, now: Instant) -> impl Iterator<Item = &OrderRow> {
        let due = self.indexes.due.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, key)| self.rows.get(key))
    }

    pub(in crate::store::memory) fn next_wake(&self) -> Option<Instant> {
        self.indexes.due.first().map(|(at, _)| *at)
    }

    /// The orders of a buyer, ascending by (payment, order); unpaid ones come first.
    pub(in crate::store::memory) fn of_buyer(&self, buyer: &BuyerKey) -> impl DoubleEndedIterator<Item = OrderKey> {
        let merchant_id = buyer.merchant_id.clone();
        let orders = self.indexes.of_buyer.get(buyer).into_iter().flatten();
        orders.map(move |(_, id)| OrderKey { merchant_id: merchant_id.clone(), order_id: id.clone() })
    }

    /// The orders with this facet above `after`, ascending by key.
    pub(super) fn with<'a>(
        &'a self,
        facet: &Facet,
        after: Option<&'a OrderKey>,
    ) -> impl Iterator<Item = &'a OrderRow> + use<'a> {
        let above = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let keys = self.indexes.facets.get(facet).map(|keys| keys.range::<OrderKey, _>(above));
        keys.into_iter().flatten().filter_map(|key| self.rows.get(key))
    }
}

impl Indexes {
    fn insert(&mut self, row: &OrderRow) {
        self.move_wake(None, wake_of(row));
        self.enter_facets(row);
        self.enter_buyer(row);
    }

    fn remove(&mut self, row: &OrderRow) {
        self.move_wake(wake_of(row), None);
        self.leave_facets(row);
        self.leave_buyer(row);
    }

    /// What an order is found by rarely changes after its first hours, so it is compared first.
    fn update(&mut self, known: &OrderRow, row: &OrderRow) {
        self.move_wake(wake_of(known), wake_of(row));
        if !facet::are_same(known, row) {
            self.leave_facets(known);
            self.enter_facets(row);
        }
        if (&known.index.buyer_id, known.index.paid_at) != (&row.index.buyer_id, row.index.paid_at) {
            self.leave_buyer(known);
            self.enter_buyer(row);
        }
    }

    fn move_wake(&mut self, from: Option<(Instant, OrderKey)>, to: Option<(Instant, OrderKey)>) {
        if from == to {
            return;
        }
        if let Some(from) = from {
            self.due.remove(&from);
        }
        self.due.extend(to);
    }

    fn enter_facets(&mut self, row: &OrderRow) {
        for facet in facet::of(row) {
            self.facets.entry(facet).or_default().insert(row.key.clone());
        }
    }

    fn leave_facets(&mut self, row: &OrderRow) {
        for facet in facet::of(row) {
            leave(&mut self.facets, facet, &row.key);
        }
    }

    fn enter_buyer(&mut self, row: &OrderRow) {
        if let Some(buyer) = buyer_of(row) {
            self.of_buyer.entry(buyer).or_default().insert((row.index.paid_at, row.key.order_id.clone()));
        }
    }

    fn leave_buyer(&mut self, row: &OrderRow) {
        if let Some(buyer) = buyer_of(row) {
            leave(&mut self.of_buyer, buyer, &(row.index.paid_at, row.key.order_id.clone()));
        }
    }
}

/// When the order is to be woken, if it is.
fn wake_of(row: &OrderRow) -> Option<(Instant, OrderKey)> {
    let at = row.wake_at.filter(|_| row.parked.is_none())?;
    Some((at, row.key.clone()))
}

fn buyer_of(row: &OrderRow) -> Option<BuyerKey> {
    let buyer_id = row.index.buyer_id.clone()?;
    Some(BuyerKey { merchant_id: row.key.merchant_id.clone(), buyer_id })
}

/// Takes `member` out of the set under `key`, and the set with its last member.
pub(in crate::store::memory) fn leave<K: Ord, T: Ord>(sets: &mut BTreeMap<K, BTreeSet<T>>, key: K, member: &T) {
    if let std::collections::btree_map::Entry::Occupied(mut set) = sets.entry(key) {
        set.get_mut().remove(member);
        if set.get().is_empty() {
            set.remove();
        }
    }
}
