//! Orders the warehouse should take first, and what came of them.

use forewarn_core::expedite::{Fate, Motive};
use forewarn_core::ids::{MerchantId, WarehouseId};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey};

use super::connection::Params;
use super::orders::{columns, order_key};
use super::session::{Fields, Session, rows};
use crate::store::port::{ExpediteEffect, ExpediteRow, ExpediteStore, Tenant};
use crate::store::{StoreError, document};

const WHAT: &str = "suggestion for order";
const SAVING: &str = "suggesting orders to the warehouse";
const READING: &str = "reading the queue of suggested orders";

const SAVE: &str = "INSERT INTO expedites (merchant_id, order_id, leave_by, warehouse_id, motive, suggested_at, first_risk,
        risk, worth, currency, lines, held, told)
    SELECT *, false FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::bool[])
    ON CONFLICT (merchant_id, order_id, leave_by) DO UPDATE SET warehouse_id = excluded.warehouse_id,
        told = expedites.told AND expedites.motive = excluded.motive, motive = excluded.motive, risk = excluded.risk,
        worth = excluded.worth, currency = excluded.currency, lines = excluded.lines, held = excluded.held, fate = NULL,
        ended_at = NULL";
const END: &str = "UPDATE expedites e SET fate = b.fate, ended_at = b.ended_at
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
        AS b(merchant_id, order_id, leave_by, fate, ended_at)
    WHERE (e.merchant_id, e.order_id, e.leave_by) = (b.merchant_id, b.order_id, b.leave_by)";
/// A page of the queues.
pub(super) const QUEUE: &str = "SELECT row_number() OVER
            (PARTITION BY merchant_id, warehouse_id ORDER BY worth DESC, leave_by, order_id) AS rank,
        merchant_id, order_id, leave_by, warehouse_id, motive, suggested_at, first_risk, risk, worth, currency, lines, held
    FROM expedites
    WHERE fate IS NULL AND ($1::text IS NULL OR merchant_id = $1) AND ($2::text IS NULL OR warehouse_id = $2)
    ORDER BY rank, leave_by, merchant_id, order_id LIMIT $3";
/// What was not published, ranked among its own queue.
pub(super) const TO_PUBLISH: &str = "WITH fresh AS (SELECT merchant_id, warehouse_id FROM expedites
        WHERE fate IS NULL AND NOT told AND NOT held ORDER BY suggested_at LIMIT $1),
    ranked AS (SELECT row_number() OVER
            (PARTITION BY merchant_id, warehouse_id ORDER BY worth DESC, leave_by, order_id) AS rank,
        merchant_id, order_id, leave_by, warehouse_id, motive, suggested_at, first_risk, risk, worth, currency, lines, held,
        told
        FROM expedites
        WHERE fate IS NULL AND (merchant_id, warehouse_id) IN (SELECT merchant_id, warehouse_id FROM fresh))
    SELECT * FROM ranked WHERE NOT told AND NOT held ORDER BY suggested_at, merchant_id, order_id LIMIT $1";

/// What a step changes in the queue.
#[derive(Clone)]
pub(super) enum Change {
    Stands(ExpediteRow),
    Ended(Fate, Instant),
}

impl ExpediteStore for Session<'_> {
    fn expedite_save(&mut self, row: &ExpediteRow) -> Result<(), StoreError> {
        self.pending.expedites.insert((row.order.clone(), row.leave_by), Change::Stands(row.clone()));
        Ok(())
    }

    fn expedite_end(&mut self, order: &OrderKey, leave_by: Instant, fate: Fate, at: Instant) -> Result<(), StoreError> {
        let key = (order.clone(), leave_by);
        // What has just joined must be there before it can end.
        if matches!(self.pending.expedites.get(&key), Some(Change::Stands(_))) {
            self.flush_expedites()?;
        }
        self.pending.expedites.insert(key, Change::Ended(fate, at));
        Ok(())
    }

    fn expedite_queue(
        &mut self,
        tenant: Tenant<'_>,
        warehouse: Option<&WarehouseId>,
        limit: usize,
    ) -> Result<Vec<(u64, ExpediteRow)>, StoreError> {
        let (shop, house) = (tenant.map(MerchantId::as_str), warehouse.map(WarehouseId::as_str));
        self.all(READING, QUEUE, &[&shop, &house, &rows(limit)], read_ranked)
    }

    fn expedites_to_publish(&mut self, limit: usize) -> Result<Vec<(u64, ExpediteRow)>, StoreError> {
        self.all(READING, TO_PUBLISH, &[&rows(limit)], read_ranked)
    }

    fn expedites_published(&mut self, published: &[ExpediteRow]) -> Result<(), StoreError> {
        let (shops, orders) = columns(published.iter().map(|row| &row.order));
        let leave_by: Vec<i64> = published.iter().map(|row| row.leave_by.ms()).collect();
        let motives: Vec<&str> = published.iter().map(|row| row.motive.as_str()).collect();
        let sql = "UPDATE expedites e SET told = true
                   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
                       AS b(merchant_id, order_id, leave_by, motive)
                   WHERE (e.merchant_id, e.order_id, e.leave_by, e.motive)
                       = (b.merchant_id, b.order_id, b.leave_by, b.motive)";
        self.execute("marking suggested orders as published", sql, &[&shops, &orders, &leave_by, &motives]).map(drop)
    }

    fn expedite_effect(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<ExpediteEffect, StoreError> {
        let sql =
            "SELECT (SELECT count(*) FROM expedites WHERE fate IS NULL AND ($1::text IS NULL OR merchant_id = $1)),
                       count(*) FILTER (WHERE fate = 'saved'), count(*) FILTER (WHERE fate = 'missed'),
                       coalesce(sum(first_risk) FILTER (WHERE fate IN ('saved', 'missed')), 0)::bigint
                   FROM expedites WHERE leave_by >= $2 AND ($1::text IS NULL OR merchant_id = $1)";
        let found = self.all(
            "summing what came of suggested orders",
            sql,
            &[&tenant.map(MerchantId::as_str), &since.ms()],
            |f| {
                let (open, saved, missed) = (f.count()?, f.count()?, f.count()?);
                Ok(ExpediteEffect { open, saved, missed, expected_missed_ppm: f.count()? })
            },
        )?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}

impl Session<'_> {
    /// Writes the changes that wait, in the order of their keys. Whoever looks at an order holds its row, so no two
    /// steps write about the same one.
    pub(super) fn flush_expedites(&mut self) -> Result<(), StoreError> {
        let (mut stand, mut end) = (Vec::new(), Vec::new());
        for ((order, leave_by), change) in std::mem::take(&mut self.pending.expedites) {
            match change {
                Change::Stands(row) => stand.push(row),
                Change::Ended(fate, at) => end.push((order, leave_by.ms(), fate.as_str(), at.ms())),
            }
        }
        self.save_expedites(&stand)?;
        if end.is_empty() {
            return Ok(());
        }
        let (shops, orders) = columns(end.iter().map(|(order, ..)| order));
        let leave_by: Vec<i64> = end.iter().map(|(_, leave_by, ..)| *leave_by).collect();
        let fates: Vec<&str> = end.iter().map(|(.., fate, _)| *fate).collect();
        let ended: Vec<i64> = end.iter().map(|(.., at)| *at).collect();
        let params: Params<'_> = &[&shops, &orders, &leave_by, &fates, &ended];
        self.change("noting what came of suggested orders", END, params).map(drop)
    }

    fn save_expedites(&mut self, stand: &[ExpediteRow]) -> Result<(), StoreError> {
        if stand.is_empty() {
            return Ok(());
        }
        let (shops, orders) = columns(stand.iter().map(|row| &row.order));
        let leave_by: Vec<i64> = stand.iter().map(|row| row.leave_by.ms()).collect();
        let houses: Vec<&str> = stand.iter().map(|r| r.warehouse_id.as_ref().map_or("", WarehouseId::as_str)).collect();
        let motives: Vec<&str> = stand.iter().map(|row| row.motive.as_str()).collect();
        let suggested: Vec<i64> = stand.iter().map(|row| row.suggested_at.ms()).collect();
        let first: Vec<i64> = stand.iter().map(|row| row.first_risk.ppm().into()).collect();
        let risks: Vec<i64> = stand.iter().map(|row| row.risk.ppm().into()).collect();
        let worth: Vec<i64> = stand.iter().map(|row| row.worth.amount.thousandths()).collect();
        let currencies: Vec<&str> = stand.iter().map(|row| row.worth.currency.as_str()).collect();
        let lines = stand.iter().map(|row| document::write(SAVING, &row.line_ids)).collect::<Result<Vec<_>, _>>()?;
        let held: Vec<bool> = stand.iter().map(|row| row.held).collect();
        let params: Params<'_> = &[
            &shops,
            &orders,
            &leave_by,
            &houses,
            &motives,
            &suggested,
            &first,
            &risks,
            &worth,
            &currencies,
            &lines,
            &held,
        ];
        self.change(SAVING, SAVE, params).map(drop)
    }
}

fn read_ranked(f: &mut Fields<'_>) -> Result<(u64, ExpediteRow), StoreError> {
    let rank = f.count()?;
    let order = order_key(f)?;
    let leave_by = f.instant()?;
    let row = ExpediteRow {
        leave_by,
        warehouse_id: f.parsed(WHAT, &order, "warehouse_id", warehouse)?,
        motive: f.parsed(WHAT, &order, "motive", |name| Motive::named(name).ok_or(()))?,
        suggested_at: f.instant()?,
        first_risk: risk(f)?,
        risk: risk(f)?,
        worth: Money {
            amount: f.take().map(Amount::from_thousandths)?,
            currency: f.parsed(WHAT, &order, "currency", Currency::new)?,
        },
        line_ids: f.document(WHAT, &order)?,
        held: f.take()?,
        order,
    };
    Ok((rank, row))
}

fn risk(f: &mut Fields<'_>) -> Result<Ppm, StoreError> {
    Ok(Ppm::from_ppm(u32::try_from(f.count()?).unwrap_or(u32::MAX)))
}

/// The warehouse in its column, where none is an empty text.
fn warehouse(text: &str) -> Result<Option<WarehouseId>, String> {
    Some(text).filter(|text| !text.is_empty()).map(WarehouseId::new).transpose()
}
