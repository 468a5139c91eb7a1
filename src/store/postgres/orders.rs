//! Orders, buyers' wishes, signs of life of warehouses.

mod around;
mod fingerprint;
mod rewake;
mod row;
mod save;
mod tags;

use std::collections::HashMap;

use forewarn_core::decide::Preferences;
use forewarn_core::event::Scope;
use forewarn_core::ids::{MerchantId, OrderId, WarehouseId};
use forewarn_core::{BuyerKey, Instant, OrderKey};

pub(super) use rewake::count as count_open;
#[cfg(test)]
pub(super) use rewake::statement;
#[cfg(test)]
pub(super) use row::{DUE, LOAD, OPEN_OF_BUYER};
pub(super) use row::{park, unreadable_order};
#[cfg(test)]
pub(super) use save::UPDATE;
pub(super) use save::{filed, untag};
pub(super) use tags::Tag;

use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::{LEASE_MAX, OrderRow, OrderStore};

impl OrderStore for Session<'_> {
    fn orders_load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        let mut found: HashMap<OrderKey, Option<OrderRow>> = HashMap::with_capacity(keys.len());
        for key in keys {
            let known = self.pending.orders.get(key).cloned().map(Some).or_else(|| self.seen.fetched.remove(key));
            found.extend(known.map(|row| (key.clone(), row)));
        }
        let unknown: Vec<&OrderKey> = keys.iter().filter(|key| !found.contains_key(*key)).collect();
        found.extend(row::load(self, &unknown)?);
        // A key may be asked for twice, so the rows are handed out by copy.
        Ok(keys.iter().map(|key| found.get(key).cloned().flatten()).collect())
    }

    fn orders_save(&mut self, rows: &[OrderRow]) -> Result<(), StoreError> {
        let due = |row: &OrderRow| row.wake_at.is_some_and(|at| self.seen.now.is_none_or(|now| at <= now));
        self.effects.orders |= rows.iter().any(due);
        self.pending.orders.extend(rows.iter().map(|row| (row.key.clone(), row.clone())));
        Ok(())
    }

    fn orders_due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderRow>, StoreError> {
        self.seen.now = Some(now);
        row::due(self, now, limit)
    }

    fn order_park(&mut self, key: &OrderKey, why: &str) -> Result<bool, StoreError> {
        self.seen.fetched.remove(key);
        row::park_one(self, key.merchant_id.as_str(), key.order_id.as_str(), why)
    }

    fn order_unpark(&mut self, key: &OrderKey, at: Instant) -> Result<bool, StoreError> {
        self.seen.fetched.remove(key);
        self.effects.orders = true;
        let sql = "UPDATE orders SET parked = NULL, wake_at = $3
                   WHERE merchant_id = $1 AND order_id = $2 AND parked IS NOT NULL";
        let (merchant, order) = (key.merchant_id.as_str(), key.order_id.as_str());
        Ok(self.execute("taking an order up again", sql, &[&merchant, &order, &at.ms()])? > 0)
    }

    fn orders_parked(&mut self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM orders WHERE parked IS NOT NULL";
        Ok(self.single::<i64>("counting parked orders", sql, &[])?.unsigned_abs())
    }

    fn orders_next_wake(&mut self) -> Result<Option<Instant>, StoreError> {
        let sql = "SELECT min(wake_at) FROM orders WHERE wake_at IS NOT NULL AND parked IS NULL";
        let next: Option<i64> = self.single("finding the next wake", sql, &[])?;
        Ok(next.map(Instant::from_ms))
    }

    fn orders_overdue(&mut self, before: Instant) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM orders WHERE wake_at IS NOT NULL AND parked IS NULL AND wake_at < $1";
        let overdue: i64 = self.single("counting overdue orders", sql, &[&before.ms()])?;
        Ok(overdue.unsigned_abs())
    }

    fn orders_rewake(
        &mut self,
        scope: &Scope,
        at: Instant,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Option<OrderKey>, StoreError> {
        rewake::rewake(self, scope, at, after, limit)
    }

    fn timers_cut(&mut self, now: Instant) -> Result<(), StoreError> {
        let sql = "UPDATE orders SET wake_at = $1 WHERE wake_at > $1 AND parked IS NULL AND NOT open";
        self.execute("waking orders after the clock was set back", sql, &[&now.ms()])?;
        let sql = "UPDATE notices SET due_at = $1 WHERE due_at > $1 AND state IN ('ready', 'retry', 'claimed')";
        self.execute("hastening notices after the clock was set back", sql, &[&now.ms()])?;
        let sql = "UPDATE notices SET lease_until = $1 WHERE lease_until > $1 AND state = 'sending'";
        self.execute("cutting leases after the clock was set back", sql, &[&(now + LEASE_MAX).ms()])?;
        (self.effects.orders, self.effects.notices) = (true, true);
        Ok(())
    }

    fn orders_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        let sql = "SELECT merchant_id, order_id FROM orders WHERE merchant_id = $1 AND buyer_id = $2
                   ORDER BY paid_at DESC NULLS LAST, order_id DESC LIMIT $3";
        let (merchant, buyer) = (buyer.merchant_id.as_str(), buyer.buyer_id.as_str());
        self.all("listing a buyer's orders", sql, &[&merchant, &buyer, &rows(limit)], order_key)
    }

    fn orders_open_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        row::open_of_buyer(self, buyer, limit)
    }

    fn preferences_load(&mut self, buyer: &BuyerKey) -> Result<Preferences, StoreError> {
        around::wishes(self, buyer)
    }

    fn preferences_save(&mut self, buyer: &BuyerKey, preferences: &Preferences) -> Result<(), StoreError> {
        around::wish(self, buyer, preferences)
    }

    fn warehouses_spoke(&mut self, words: &[(MerchantId, WarehouseId, Instant)]) -> Result<(), StoreError> {
        for (merchant, warehouse, at) in words {
            let house = (merchant.clone(), warehouse.clone());
            self.seen.words.remove(&house);
            let newest = self.pending.words.entry(house).or_insert(*at);
            *newest = (*newest).max(*at);
        }
        Ok(())
    }

    fn warehouse_spoke_at(
        &mut self,
        merchant: &MerchantId,
        warehouse: &WarehouseId,
    ) -> Result<Option<Instant>, StoreError> {
        around::word(self, &(merchant.clone(), warehouse.clone()))
    }

    fn live_since(&mut self, merchant: &MerchantId, now: Instant) -> Result<Instant, StoreError> {
        around::live_since(self, merchant, now)
    }

    fn facts_digest(&mut self) -> Result<(String, u64, u64), StoreError> {
        fingerprint::of_all(self)
    }
}

/// The next two columns as the key of an order.
pub(super) fn order_key(fields: &mut Fields<'_>) -> Result<OrderKey, StoreError> {
    let merchant_id = fields.parsed("order", &"of an unreadable shop", "merchant_id", MerchantId::new)?;
    let order_id = fields.parsed("order", &merchant_id, "order_id", OrderId::new)?;
    Ok(OrderKey { merchant_id, order_id })
}

/// Keys as two columns.
pub(super) fn columns<'k>(keys: impl IntoIterator<Item = &'k OrderKey>) -> (Vec<&'k str>, Vec<&'k str>) {
    keys.into_iter().map(|key| (key.merchant_id.as_str(), key.order_id.as_str())).unzip()
}
