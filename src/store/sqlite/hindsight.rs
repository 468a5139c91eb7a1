//! What had been foretold about orders whose end is known.

use forewarn_core::Instant;
use forewarn_core::hindsight::Past;
use forewarn_core::ids::{Platform, WarehouseId};
use forewarn_core::money::Currency;
use rusqlite::params;

use super::orders::order_key;
use super::session::{Fields, Session, rows};
use crate::store::port::{HindsightStore, PastMark};
use crate::store::{StoreError, document};

const SAVING: &str = "keeping what came of an order";
const READING: &str = "reading what came of orders";

impl HindsightStore for Session<'_> {
    fn past_save(&mut self, past: &Past) -> Result<(), StoreError> {
        let sql = "INSERT INTO hindsight (merchant_id, order_id, platform, warehouse_id, currency, ship_by, missed,
                       ended_at, looks)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                   ON CONFLICT DO UPDATE SET platform = excluded.platform, warehouse_id = excluded.warehouse_id,
                       currency = excluded.currency, ship_by = excluded.ship_by, missed = excluded.missed,
                       ended_at = excluded.ended_at, looks = excluded.looks";
        let params = params![
            past.key.merchant_id.as_str(),
            past.key.order_id.as_str(),
            past.platform.as_ref().map(Platform::as_str),
            past.warehouse_id.as_ref().map(WarehouseId::as_str),
            past.currency.as_ref().map(Currency::as_str),
            past.ship_by.ms(),
            past.missed,
            past.ended_at.map(Instant::ms),
            document::write(SAVING, &past.looks)?,
        ];
        self.execute(SAVING, sql, params).map(drop)
    }

    fn pasts(&mut self, after: Option<&PastMark>, limit: usize) -> Result<Vec<Past>, StoreError> {
        let limit = rows(limit);
        let Some((ship_by, key)) = after else { return self.all(READING, &page(""), params![limit], read_past) };
        let below = "WHERE (ship_by, merchant_id, order_id) < (?2, ?3, ?4)";
        let params = params![limit, ship_by.ms(), key.merchant_id.as_str(), key.order_id.as_str()];
        self.all(READING, &page(below), params, read_past)
    }
}

/// The statement of a page of the history `below` where the one before ended.
pub(super) fn page(below: &str) -> String {
    format!(
        "SELECT merchant_id, order_id, platform, warehouse_id, currency, ship_by, missed, ended_at, looks FROM hindsight
         {below} ORDER BY ship_by DESC, merchant_id DESC, order_id DESC LIMIT ?1"
    )
}

/// Reads a row of the history.
pub(super) fn read_past(f: &mut Fields<'_>) -> Result<Past, StoreError> {
    const WHAT: &str = "history of order";
    let key = order_key(f)?;
    Ok(Past {
        platform: f.maybe_parsed(WHAT, &key, "platform", Platform::new)?,
        warehouse_id: f.maybe_parsed(WHAT, &key, "warehouse_id", WarehouseId::new)?,
        currency: f.maybe_parsed(WHAT, &key, "currency", Currency::new)?,
        ship_by: f.instant()?,
        missed: f.take()?,
        ended_at: f.maybe_instant()?,
        looks: f.document(WHAT, &key)?,
        key,
    })
}
