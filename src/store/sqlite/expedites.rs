//! Orders the warehouse should take first, and what came of them.

use forewarn_core::expedite::{Fate, Motive};
use forewarn_core::ids::{MerchantId, WarehouseId};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey};
use rusqlite::params;

use super::orders::order_key;
use super::session::{Fields, Session, rows};
use crate::store::port::{ExpediteEffect, ExpediteRow, ExpediteStore, Tenant};
use crate::store::{StoreError, document};

const WHAT: &str = "suggestion for order";
const SAVING: &str = "suggesting an order to the warehouse";
const READING: &str = "reading the queue of suggested orders";

const SAVE: &str =
    "INSERT INTO expedites (merchant_id, order_id, leave_by, warehouse_id, motive, suggested_at, first_risk,
        risk, worth, currency, lines, held, told)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0)
    ON CONFLICT DO UPDATE SET warehouse_id = excluded.warehouse_id, told = told AND motive = excluded.motive,
        motive = excluded.motive, risk = excluded.risk, worth = excluded.worth, currency = excluded.currency,
        lines = excluded.lines, held = excluded.held, fate = NULL, ended_at = NULL";
/// The columns of a row, its rank first.
const RANKED: &str =
    "row_number() OVER (PARTITION BY merchant_id, warehouse_id ORDER BY worth DESC, leave_by, order_id)
        AS rank, merchant_id, order_id, leave_by, warehouse_id, motive, suggested_at, first_risk, risk, worth, currency,
        lines, held";

/// The statement for a page of the queues.
pub(super) fn queue() -> String {
    format!(
        "SELECT {RANKED} FROM expedites
         WHERE fate IS NULL AND (?1 IS NULL OR merchant_id = ?1) AND (?2 IS NULL OR warehouse_id = ?2)
         ORDER BY rank, leave_by, merchant_id, order_id LIMIT ?3"
    )
}

/// The statement for what was not published, ranked among its own queue.
pub(super) fn to_publish() -> String {
    format!(
        "WITH fresh AS (SELECT merchant_id, warehouse_id FROM expedites
             WHERE fate IS NULL AND told = 0 AND held = 0 ORDER BY suggested_at LIMIT ?1),
         ranked AS (SELECT {RANKED}, told FROM expedites
             WHERE fate IS NULL AND (merchant_id, warehouse_id) IN (SELECT merchant_id, warehouse_id FROM fresh))
         SELECT * FROM ranked WHERE told = 0 AND held = 0 ORDER BY suggested_at, merchant_id, order_id LIMIT ?1"
    )
}

impl ExpediteStore for Session<'_> {
    fn expedite_save(&mut self, row: &ExpediteRow) -> Result<(), StoreError> {
        let params = params![
            row.order.merchant_id.as_str(),
            row.order.order_id.as_str(),
            row.leave_by.ms(),
            row.warehouse_id.as_ref().map_or("", WarehouseId::as_str),
            row.motive.as_str(),
            row.suggested_at.ms(),
            row.first_risk.ppm(),
            row.risk.ppm(),
            row.worth.amount.thousandths(),
            row.worth.currency.as_str(),
            document::write(SAVING, &row.line_ids)?,
            row.held,
        ];
        self.execute(SAVING, SAVE, params).map(drop)
    }

    fn expedite_end(&mut self, order: &OrderKey, leave_by: Instant, fate: Fate, at: Instant) -> Result<(), StoreError> {
        let sql = "UPDATE expedites SET fate = ?4, ended_at = ?5
                   WHERE merchant_id = ?1 AND order_id = ?2 AND leave_by = ?3";
        let params =
            params![order.merchant_id.as_str(), order.order_id.as_str(), leave_by.ms(), fate.as_str(), at.ms()];
        self.execute("noting what came of a suggested order", sql, params).map(drop)
    }

    fn expedite_queue(
        &mut self,
        tenant: Tenant<'_>,
        warehouse: Option<&WarehouseId>,
        limit: usize,
    ) -> Result<Vec<(u64, ExpediteRow)>, StoreError> {
        let params = params![tenant.map(MerchantId::as_str), warehouse.map(WarehouseId::as_str), rows(limit)];
        self.all(READING, &queue(), params, read_ranked)
    }

    fn expedites_to_publish(&mut self, limit: usize) -> Result<Vec<(u64, ExpediteRow)>, StoreError> {
        self.all(READING, &to_publish(), [rows(limit)], read_ranked)
    }

    fn expedites_published(&mut self, published: &[ExpediteRow]) -> Result<(), StoreError> {
        let sql = "UPDATE expedites SET told = 1
                   WHERE merchant_id = ?1 AND order_id = ?2 AND leave_by = ?3 AND motive = ?4";
        published.iter().try_for_each(|row| {
            let (shop, order) = (row.order.merchant_id.as_str(), row.order.order_id.as_str());
            let params = params![shop, order, row.leave_by.ms(), row.motive.as_str()];
            self.execute("marking suggested orders as published", sql, params).map(drop)
        })
    }

    fn expedite_effect(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<ExpediteEffect, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM expedites WHERE fate IS NULL AND (?1 IS NULL OR merchant_id = ?1)),
                       count(*) FILTER (WHERE fate = 'saved'), count(*) FILTER (WHERE fate = 'missed'),
                       coalesce(sum(first_risk) FILTER (WHERE fate IN ('saved', 'missed')), 0)
                   FROM expedites WHERE leave_by >= ?2 AND (?1 IS NULL OR merchant_id = ?1)";
        let params = params![tenant.map(MerchantId::as_str), since.ms()];
        let found = self.first("summing what came of suggested orders", sql, params, |f| {
            let (open, saved, missed) = (f.count()?, f.count()?, f.count()?);
            Ok(ExpediteEffect { open, saved, missed, expected_missed_ppm: f.count()? })
        })?;
        Ok(found.unwrap_or_default())
    }
}

fn read_ranked(f: &mut Fields<'_>) -> Result<(u64, ExpediteRow), StoreError> {
    Ok((f.count()?, read_row(f)?))
}

/// Reads a row of the queue.
pub(super) fn read_row(f: &mut Fields<'_>) -> Result<ExpediteRow, StoreError> {
    let order = order_key(f)?;
    let leave_by = f.instant()?;
    Ok(ExpediteRow {
        leave_by,
        warehouse_id: f.parsed(WHAT, &order, "warehouse_id", warehouse)?,
        motive: f.parsed(WHAT, &order, "motive", |name| Motive::named(name).ok_or(()))?,
        suggested_at: f.instant()?,
        first_risk: f.take().map(Ppm::from_ppm)?,
        risk: f.take().map(Ppm::from_ppm)?,
        worth: Money {
            amount: f.take().map(Amount::from_thousandths)?,
            currency: f.parsed(WHAT, &order, "currency", Currency::new)?,
        },
        line_ids: f.document(WHAT, &order)?,
        held: f.take()?,
        order,
    })
}

/// The warehouse in its column, where none is an empty text.
fn warehouse(text: &str) -> Result<Option<WarehouseId>, String> {
    Some(text).filter(|text| !text.is_empty()).map(WarehouseId::new).transpose()
}
