//! Orders, buyers' wishes, signs of life of warehouses.

pub(super) mod buyers;
mod fingerprint;
mod rewake;
pub(super) mod row;

use forewarn_core::decide::Preferences;
use forewarn_core::event::Scope;
use forewarn_core::ids::{MerchantId, OrderId, WarehouseId};
use forewarn_core::{BuyerKey, Instant, OrderKey};
use rusqlite::params;

pub(super) use rewake::count as count_open;
#[cfg(test)]
pub(super) use rewake::statement;
#[cfg(test)]
pub(super) use row::{COMPARE, DUE, LOAD};
pub(super) use row::{park, remove_tags, unreadable_order};

use super::session::{Fields, Session, rows};
use super::{checksum, document};
use crate::store::StoreError;
use crate::store::port::{LEASE_MAX, OrderRow, OrderStore};

impl OrderStore for Session<'_> {
    fn orders_load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        keys.iter().map(|key| row::load(self, key)).collect()
    }

    fn orders_save(&mut self, rows: &[OrderRow]) -> Result<(), StoreError> {
        // In key order neighbours share pages, which makes a large batch a good deal cheaper.
        let mut sorted: Vec<&OrderRow> = rows.iter().collect();
        sorted.sort_by(|a, b| a.key.cmp(&b.key));
        sorted.into_iter().try_for_each(|order| row::save(self, order))
    }

    fn orders_due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderRow>, StoreError> {
        row::due(self, now, limit)
    }

    fn order_park(&mut self, key: &OrderKey, why: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE orders SET parked = ?3 WHERE merchant_id = ?1 AND order_id = ?2";
        let params = [key.merchant_id.as_str(), key.order_id.as_str(), why];
        Ok(self.execute("setting an order aside", sql, params)? > 0)
    }

    fn order_unpark(&mut self, key: &OrderKey, at: Instant) -> Result<bool, StoreError> {
        let sql = "UPDATE orders SET parked = NULL, wake_at = ?3
                   WHERE merchant_id = ?1 AND order_id = ?2 AND parked IS NOT NULL";
        let params = params![key.merchant_id.as_str(), key.order_id.as_str(), at.ms()];
        Ok(self.execute("taking an order up again", sql, params)? > 0)
    }

    fn orders_parked(&mut self) -> Result<u64, StoreError> {
        let parked: i64 =
            self.single("counting parked orders", "SELECT count(*) FROM orders WHERE parked IS NOT NULL", [])?;
        Ok(parked.unsigned_abs())
    }

    fn orders_next_wake(&mut self) -> Result<Option<Instant>, StoreError> {
        let sql = "SELECT min(wake_at) FROM orders WHERE wake_at IS NOT NULL AND parked IS NULL";
        let next: Option<i64> = self.single("finding the next wake", sql, [])?;
        Ok(next.map(Instant::from_ms))
    }

    fn orders_overdue(&mut self, before: Instant) -> Result<u64, StoreError> {
        // Counted off the rows: this is the proof that the index which wakes orders hides none.
        let sql = "SELECT count(*) FROM orders NOT INDEXED
                   WHERE wake_at IS NOT NULL AND parked IS NULL AND wake_at < ?1";
        let overdue: i64 = self.single("counting overdue orders", sql, [before.ms()])?;
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
        let sql = "UPDATE orders SET wake_at = ?1 WHERE wake_at > ?1 AND parked IS NULL AND open = 0";
        self.execute("waking orders after the clock was set back", sql, [now.ms()])?;
        super::notices::cut(self, now, now + LEASE_MAX)
    }

    fn orders_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        let sql = "SELECT merchant_id, order_id FROM orders WHERE merchant_id = ?1 AND buyer_id = ?2
                   ORDER BY paid_at DESC, order_id DESC LIMIT ?3";
        let params = params![buyer.merchant_id.as_str(), buyer.buyer_id.as_str(), rows(limit)];
        self.all("listing a buyer's orders", sql, params, order_key)
    }

    fn orders_open_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        let params = params![buyer.merchant_id.as_str(), buyer.buyer_id.as_str(), rows(limit)];
        let sql = "SELECT merchant_id, order_id FROM orders WHERE merchant_id = ?1 AND buyer_id = ?2
                   AND open = 1 AND parked IS NULL ORDER BY paid_at, order_id LIMIT ?3";
        self.all("listing a buyer's open orders", sql, params, order_key)
    }

    fn preferences_load(&mut self, buyer: &BuyerKey) -> Result<Preferences, StoreError> {
        let sql = "SELECT merchant_id, buyer_id, preferences, checksum FROM preferences
                   WHERE merchant_id = ?1 AND buyer_id = ?2";
        let params = [buyer.merchant_id.as_str(), buyer.buyer_id.as_str()];
        Ok(self.first("loading preferences", sql, params, buyers::read_preferences)?.unwrap_or_default())
    }

    fn preferences_save(&mut self, buyer: &BuyerKey, preferences: &Preferences) -> Result<(), StoreError> {
        let text = document::write("saving preferences", preferences)?;
        let (shop, id) = (buyer.merchant_id.as_str(), buyer.buyer_id.as_str());
        let checksum = checksum::of("saving preferences", &[&shop, &id, &text])?;
        let sql = "INSERT INTO preferences (merchant_id, buyer_id, preferences, checksum) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET preferences = excluded.preferences, checksum = excluded.checksum";
        self.execute("saving preferences", sql, params![shop, id, text, checksum]).map(drop)
    }

    fn warehouses_spoke(&mut self, words: &[(MerchantId, WarehouseId, Instant)]) -> Result<(), StoreError> {
        let sql = "INSERT INTO warehouses (merchant_id, warehouse_id, spoke_at, checksum) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET spoke_at = excluded.spoke_at, checksum = excluded.checksum
                   WHERE excluded.spoke_at > spoke_at";
        words.iter().try_for_each(|(merchant, warehouse, at)| {
            let (merchant, warehouse, at) = (merchant.as_str(), warehouse.as_str(), at.ms());
            let checksum = checksum::of("noting a warehouse's word", &[&merchant, &warehouse, &at])?;
            let params = params![merchant, warehouse, at, checksum];
            self.execute("noting a warehouse's word", sql, params).map(drop)
        })
    }

    fn warehouse_spoke_at(
        &mut self,
        merchant: &MerchantId,
        warehouse: &WarehouseId,
    ) -> Result<Option<Instant>, StoreError> {
        let sql = "SELECT merchant_id, warehouse_id, spoke_at, checksum FROM warehouses
                   WHERE merchant_id = ?1 AND warehouse_id = ?2";
        let params = [merchant.as_str(), warehouse.as_str()];
        self.first("finding a warehouse's word", sql, params, buyers::read_word)
    }

    fn live_since(&mut self, merchant: &MerchantId, now: Instant) -> Result<Instant, StoreError> {
        let sql = "SELECT merchant_id, live_since, checksum FROM merchants WHERE merchant_id = ?1";
        let params = [merchant.as_str()];
        if let Some(known) = self.first("finding since when a shop is live", sql, params, buyers::read_live_since)? {
            return Ok(known);
        }
        // Looking at an order must not be what starts its shop.
        if !self.is_read_only()? {
            let checksum = checksum::of("noting since when a shop is live", &[&merchant.as_str(), &now.ms()])?;
            let sql = "INSERT INTO merchants (merchant_id, live_since, checksum) VALUES (?1, ?2, ?3)";
            self.execute("noting since when a shop is live", sql, params![merchant.as_str(), now.ms(), checksum])?;
        }
        Ok(now)
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
