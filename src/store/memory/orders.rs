//! Orders, buyers' wishes, signs of life of warehouses.

mod facet;
mod rewake;
mod table;

use std::collections::BTreeMap;

use forewarn_core::decide::Preferences;
use forewarn_core::event::Scope;
use forewarn_core::ids::{MerchantId, WarehouseId};
use forewarn_core::{BuyerKey, Instant, OrderKey};

pub(super) use rewake::count_open;
pub(super) use table::{Orders, leave};

use super::Tables;
use crate::store::StoreError;
use crate::store::fingerprint::Fingerprint;
use crate::store::port::{LEASE_MAX, OrderRow, OrderStore};

/// What is known beside single orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    preferences: BTreeMap<BuyerKey, Preferences>,
    spoke_at: BTreeMap<(MerchantId, WarehouseId), Instant>,
    live_since: BTreeMap<MerchantId, Instant>,
}

impl OrderStore for Tables {
    fn orders_load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        Ok(keys.iter().map(|key| self.orders.get(key).cloned()).collect())
    }

    fn orders_save(&mut self, rows: &[OrderRow]) -> Result<(), StoreError> {
        rows.iter().for_each(|row| self.orders.put(row));
        Ok(())
    }

    fn orders_due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderRow>, StoreError> {
        Ok(self.orders.due(now).take(limit).cloned().collect())
    }

    fn order_park(&mut self, key: &OrderKey, why: &str) -> Result<bool, StoreError> {
        Ok(self.orders.change(key, |row| row.parked = Some(why.to_owned())))
    }

    fn order_unpark(&mut self, key: &OrderKey, at: Instant) -> Result<bool, StoreError> {
        let is_parked = self.orders.get(key).is_some_and(|row| row.parked.is_some());
        Ok(is_parked && self.orders.change(key, |row| (row.parked, row.wake_at) = (None, Some(at))))
    }

    fn orders_parked(&mut self) -> Result<u64, StoreError> {
        Ok(count(self.orders.rows().filter(|row| row.parked.is_some())))
    }

    fn orders_next_wake(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.orders.next_wake())
    }

    fn orders_overdue(&mut self, before: Instant) -> Result<u64, StoreError> {
        // Counted off the rows: this is the proof that the index which wakes orders hides none.
        let is_late = |row: &&OrderRow| row.parked.is_none() && row.wake_at.is_some_and(|at| at < before);
        Ok(count(self.orders.rows().filter(is_late)))
    }

    fn orders_rewake(
        &mut self,
        scope: &Scope,
        at: Instant,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Option<OrderKey>, StoreError> {
        Ok(rewake::rewake(&mut self.orders, scope, at, after, limit))
    }

    fn timers_cut(&mut self, now: Instant) -> Result<(), StoreError> {
        let is_late =
            |row: &&OrderRow| row.wake_at.is_some_and(|at| at > now) && row.parked.is_none() && !row.index.open;
        let late: Vec<OrderKey> = self.orders.rows().filter(is_late).map(|row| row.key.clone()).collect();
        for key in &late {
            self.orders.change(key, |row| row.wake_at = Some(now));
        }
        self.notices.cut(now, now + LEASE_MAX);
        Ok(())
    }

    fn orders_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        Ok(self.orders.of_buyer(buyer).rev().take(limit).collect())
    }

    fn orders_open_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        let is_open = |key: &OrderKey| self.orders.get(key).is_some_and(|row| row.index.open && row.parked.is_none());
        Ok(self.orders.of_buyer(buyer).filter(is_open).take(limit).collect())
    }

    fn preferences_load(&mut self, buyer: &BuyerKey) -> Result<Preferences, StoreError> {
        Ok(self.around.preferences.get(buyer).cloned().unwrap_or_default())
    }

    fn preferences_save(&mut self, buyer: &BuyerKey, preferences: &Preferences) -> Result<(), StoreError> {
        self.around.preferences.insert(buyer.clone(), preferences.clone());
        Ok(())
    }

    fn warehouses_spoke(&mut self, words: &[(MerchantId, WarehouseId, Instant)]) -> Result<(), StoreError> {
        for (merchant, warehouse, at) in words {
            let newest = self.around.spoke_at.entry((merchant.clone(), warehouse.clone())).or_insert(*at);
            *newest = (*at).max(*newest);
        }
        Ok(())
    }

    fn warehouse_spoke_at(
        &mut self,
        merchant: &MerchantId,
        warehouse: &WarehouseId,
    ) -> Result<Option<Instant>, StoreError> {
        Ok(self.around.spoke_at.get(&(merchant.clone(), warehouse.clone())).copied())
    }

    fn live_since(&mut self, merchant: &MerchantId, now: Instant) -> Result<Instant, StoreError> {
        Ok(*self.around.live_since.entry(merchant.clone()).or_insert(now))
    }

    fn facts_digest(&mut self) -> Result<(String, u64, u64), StoreError> {
        let mut fingerprint = Fingerprint::default();
        self.orders.rows().try_for_each(|row| fingerprint.add(&row.key, &row.facts))?;
        Ok(fingerprint.finish())
    }
}

/// How many there are.
pub(super) fn count(rows: impl Iterator) -> u64 {
    u64::try_from(rows.count()).unwrap_or(u64::MAX)
}
