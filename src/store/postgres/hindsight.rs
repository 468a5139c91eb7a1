//! What had been foretold about orders whose end is known.

use forewarn_core::Instant;
use forewarn_core::hindsight::Past;
use forewarn_core::ids::{Platform, WarehouseId};
use forewarn_core::money::Currency;

use super::orders::{columns, order_key};
use super::session::{Fields, Session, rows};
use crate::store::port::{HindsightStore, PastMark};
use crate::store::{StoreError, document};

const SAVING: &str = "keeping what came of orders";
const READING: &str = "reading what came of orders";
/// Of the history, from its newest end.
const FIRST: &str =
    "SELECT merchant_id, order_id, platform, warehouse_id, currency, ship_by, missed, ended_at, looks FROM hindsight
    ORDER BY ship_by DESC, merchant_id DESC, order_id DESC LIMIT $1";
/// The same below where the page before ended.
pub(super) const NEXT: &str =
    "SELECT merchant_id, order_id, platform, warehouse_id, currency, ship_by, missed, ended_at, looks FROM hindsight
    WHERE (ship_by, merchant_id, order_id) < ($2, $3, $4)
    ORDER BY ship_by DESC, merchant_id DESC, order_id DESC LIMIT $1";
const SAVE: &str = "INSERT INTO hindsight (merchant_id, order_id, platform, warehouse_id, currency, ship_by, missed,
        ended_at, looks)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bool[],
        $8::bigint[], $9::text[])
    ON CONFLICT (merchant_id, order_id) DO UPDATE SET platform = excluded.platform,
        warehouse_id = excluded.warehouse_id, currency = excluded.currency, ship_by = excluded.ship_by,
        missed = excluded.missed, ended_at = excluded.ended_at, looks = excluded.looks";

impl HindsightStore for Session<'_> {
    fn past_save(&mut self, past: &Past) -> Result<(), StoreError> {
        self.pending.pasts.insert(past.key.clone(), past.clone());
        Ok(())
    }

    fn pasts(&mut self, after: Option<&PastMark>, limit: usize) -> Result<Vec<Past>, StoreError> {
        let limit = rows(limit);
        let Some((ship_by, key)) = after else { return self.all(READING, FIRST, &[&limit], read_past) };
        let (merchant, order) = (key.merchant_id.as_str(), key.order_id.as_str());
        self.all(READING, NEXT, &[&limit, &ship_by.ms(), &merchant, &order], read_past)
    }
}

impl Session<'_> {
    /// Writes the history that waits, in the order of its keys. Whoever looks at an order holds its row, so no two
    /// steps write about the same one.
    pub(super) fn flush_pasts(&mut self) -> Result<(), StoreError> {
        let pasts: Vec<Past> = std::mem::take(&mut self.pending.pasts).into_values().collect();
        if pasts.is_empty() {
            return Ok(());
        }
        let (merchants, orders) = columns(pasts.iter().map(|past| &past.key));
        let platforms: Vec<_> = pasts.iter().map(|past| past.platform.as_ref().map(Platform::as_str)).collect();
        let houses: Vec<_> = pasts.iter().map(|past| past.warehouse_id.as_ref().map(WarehouseId::as_str)).collect();
        let currencies: Vec<_> = pasts.iter().map(|past| past.currency.as_ref().map(Currency::as_str)).collect();
        let ship_by: Vec<i64> = pasts.iter().map(|past| past.ship_by.ms()).collect();
        let missed: Vec<bool> = pasts.iter().map(|past| past.missed).collect();
        let ended: Vec<Option<i64>> = pasts.iter().map(|past| past.ended_at.map(Instant::ms)).collect();
        let looks = pasts.iter().map(|past| document::write(SAVING, &past.looks)).collect::<Result<Vec<_>, _>>()?;
        let params: super::connection::Params<'_> =
            &[&merchants, &orders, &platforms, &houses, &currencies, &ship_by, &missed, &ended, &looks];
        self.change(SAVING, SAVE, params).map(drop)
    }
}

fn read_past(f: &mut Fields<'_>) -> Result<Past, StoreError> {
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
