//! From orders to rows, many at once.

use std::collections::BTreeSet;

use forewarn_core::cause::Cause;
use forewarn_core::ids::{BuyerId, Campaign, Carrier, Region, Sku, WarehouseId};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey};
use postgres::types::ToSql;

use super::tags::{self, BETWEEN, Tag};
use super::{columns, order_key};
use crate::store::port::{OrderIndex, OrderRow};
use crate::store::postgres::fault;
use crate::store::postgres::session::{Fields, Session, small};
use crate::store::{StoreError, document};

/// Most orders in one statement: a few megabytes.
const CHUNK: usize = 1_000;

/// The columns of a batch as [`Columns::params`] gives them.
macro_rules! batch {
    () => {
        "unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::bigint[], $11::int[], $12::bigint[], $13::text[], $14::bigint[], $15::int[],
            $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::boolean[])
        AS b(merchant_id, order_id, wake_at, parked, open, buyer_id, warehouse_id, campaign, paid_at, ship_by, risk_ppm,
            quote, cause, handed_over_at, chases, touched_at, regions, carriers, skus, told, facts, at_risk)"
    };
}

/// A row that somebody else made meanwhile is not replaced: it is counted as missing, and the step runs again.
const INSERT: &str = concat!(
    "INSERT INTO orders (merchant_id, order_id, wake_at, parked, open, buyer_id, warehouse_id, campaign, paid_at,
        ship_by, risk_ppm, quote, cause, handed_over_at, chases, touched_at, regions, carriers, skus, told, facts, at_risk)
    SELECT merchant_id, order_id, wake_at, parked, open, buyer_id, warehouse_id, campaign, paid_at, ship_by, risk_ppm,
        quote, cause, handed_over_at, chases, touched_at, string_to_array(regions, $23), string_to_array(carriers, $23),
        string_to_array(skus, $23), told, facts, at_risk FROM ",
    batch!(),
    " ON CONFLICT DO NOTHING"
);
pub(in crate::store::postgres) const UPDATE: &str = concat!(
    "UPDATE orders o SET wake_at = b.wake_at, parked = b.parked, open = b.open, buyer_id = b.buyer_id,
        warehouse_id = b.warehouse_id, campaign = b.campaign, paid_at = b.paid_at, ship_by = b.ship_by,
        risk_ppm = b.risk_ppm, quote = b.quote, cause = b.cause, handed_over_at = b.handed_over_at, chases = b.chases,
        touched_at = b.touched_at, regions = string_to_array(b.regions, $23),
        carriers = string_to_array(b.carriers, $23), skus = string_to_array(b.skus, $23), told = b.told,
        facts = b.facts, at_risk = b.at_risk FROM ",
    batch!(),
    " WHERE o.merchant_id = b.merchant_id AND o.order_id = b.order_id"
);
const LOCK: &str = "SELECT o.merchant_id, o.order_id, open, regions, carriers, skus
    FROM unnest($1::text[], $2::text[]) AS k(merchant_id, order_id)
    JOIN orders o ON o.merchant_id = k.merchant_id AND o.order_id = k.order_id
    ORDER BY o.merchant_id, o.order_id FOR UPDATE OF o";
const TAG: &str = "INSERT INTO order_tags (tag, value, merchant_id, order_id)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING";
const UNTAG: &str = "DELETE FROM order_tags t
    USING unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS b(tag, value, merchant_id, order_id)
    WHERE t.tag = b.tag AND t.value = b.value AND t.merchant_id = b.merchant_id AND t.order_id = b.order_id";

impl Session<'_> {
    /// Writes the orders that wait.
    pub(in crate::store::postgres) fn flush_orders(&mut self) -> Result<(), StoreError> {
        if self.pending.orders.is_empty() {
            return Ok(());
        }
        let rows: Vec<OrderRow> = std::mem::take(&mut self.pending.orders).into_values().collect();
        look_for_unseen(self, &rows)?;
        let (known, new): (Vec<&OrderRow>, Vec<&OrderRow>) =
            rows.iter().partition(|row| matches!(self.seen.orders.get(&row.key), Some(Some(_))));
        for (statement, rows) in [(INSERT, new), (UPDATE, known)] {
            for chunk in rows.chunks(CHUNK) {
                let written = write(self, statement, chunk)?;
                if written != chunk.len() as u64 {
                    return Err(fault::overtaken("saving orders"));
                }
            }
        }
        retag(self, &rows)
    }
}

/// An order that is saved without having been loaded is locked and compared first.
fn look_for_unseen(session: &mut Session<'_>, rows: &[OrderRow]) -> Result<(), StoreError> {
    let unseen: Vec<&OrderKey> =
        rows.iter().map(|r| &r.key).filter(|k| !session.seen.orders.contains_key(*k)).collect();
    if unseen.is_empty() || session.is_read_only() {
        return Ok(());
    }
    let (merchants, orders) = columns(unseen.iter().copied());
    let found = session.peek("locking orders", LOCK, &[&merchants, &orders], filed)?;
    session.seen.orders.extend(unseen.into_iter().map(|key| (key.clone(), None)));
    session.seen.orders.extend(found.into_iter().map(|(key, tags)| (key, Some(tags))));
    Ok(())
}

/// An order's key and the tags it is filed under, from the columns `merchant_id, order_id, open, regions, carriers,
/// skus`.
pub(in crate::store::postgres) fn filed(f: &mut Fields<'_>) -> Result<(OrderKey, BTreeSet<Tag>), StoreError> {
    let key = order_key(f)?;
    let index = OrderIndex {
        open: f.take()?,
        regions: f.list("tags of order", &key, "regions", Region::new)?,
        carriers: f.list("tags of order", &key, "carriers", Carrier::new)?,
        open_skus: f.list("tags of order", &key, "skus", Sku::new)?,
        ..OrderIndex::default()
    };
    Ok((key, tags::of(&index)))
}

fn write(session: &mut Session<'_>, statement: &str, rows: &[&OrderRow]) -> Result<u64, StoreError> {
    let columns = Columns::of(rows)?;
    session.change("saving orders", statement, &columns.params())
}

/// Takes out tags that no longer hold and adds new ones.
fn retag(session: &mut Session<'_>, rows: &[OrderRow]) -> Result<(), StoreError> {
    let mut gone: Vec<(Tag, &OrderKey)> = Vec::new();
    let mut new: Vec<(Tag, &OrderKey)> = Vec::new();
    for row in rows {
        let now = tags::of(&row.index);
        let before = session.seen.orders.insert(row.key.clone(), Some(now.clone())).flatten().unwrap_or_default();
        gone.extend(before.difference(&now).map(|tag| (tag.clone(), &row.key)));
        new.extend(now.difference(&before).map(|tag| (tag.clone(), &row.key)));
    }
    for (statement, mut tags) in [(UNTAG, gone), (TAG, new)] {
        if tags.is_empty() {
            continue;
        }
        tags.sort();
        let names: Vec<&str> = tags.iter().map(|((tag, _), _)| *tag).collect();
        let values: Vec<&str> = tags.iter().map(|((_, value), _)| value.as_str()).collect();
        let (merchants, orders) = columns(tags.iter().map(|(_, key)| *key));
        session.change("tagging orders", statement, &[&names, &values, &merchants, &orders])?;
    }
    Ok(())
}

/// Takes out all tags of orders that are deleted.
pub(in crate::store::postgres) fn untag(
    session: &mut Session<'_>,
    orders: &[(OrderKey, BTreeSet<Tag>)],
) -> Result<(), StoreError> {
    let tags: Vec<(&Tag, &OrderKey)> =
        orders.iter().flat_map(|(key, tags)| tags.iter().map(move |tag| (tag, key))).collect();
    let names: Vec<&str> = tags.iter().map(|((tag, _), _)| *tag).collect();
    let values: Vec<&str> = tags.iter().map(|((_, value), _)| value.as_str()).collect();
    let (merchants, orders) = columns(tags.iter().map(|(_, key)| *key));
    session.change("removing tags of orders", UNTAG, &[&names, &values, &merchants, &orders]).map(drop)
}

/// A batch of orders, column by column.
#[derive(Default)]
struct Columns<'o> {
    merchants: Vec<&'o str>,
    orders: Vec<&'o str>,
    wakes: Vec<Option<i64>>,
    parked: Vec<Option<&'o str>>,
    open: Vec<bool>,
    buyers: Vec<Option<&'o str>>,
    warehouses: Vec<Option<&'o str>>,
    campaigns: Vec<Option<&'o str>>,
    paid: Vec<Option<i64>>,
    ship_by: Vec<Option<i64>>,
    risks: Vec<Option<i32>>,
    quotes: Vec<Option<i64>>,
    causes: Vec<Option<&'static str>>,
    handed_over: Vec<Option<i64>>,
    chases: Vec<i32>,
    touched: Vec<i64>,
    regions: Vec<String>,
    carriers: Vec<String>,
    skus: Vec<String>,
    told: Vec<String>,
    facts: Vec<String>,
    at_risk: Vec<bool>,
}

impl<'o> Columns<'o> {
    fn of(rows: &[&'o OrderRow]) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for row in rows {
            columns.push(row)?;
        }
        Ok(columns)
    }

    fn push(&mut self, row: &'o OrderRow) -> Result<(), StoreError> {
        let index = &row.index;
        self.merchants.push(row.key.merchant_id.as_str());
        self.orders.push(row.key.order_id.as_str());
        self.wakes.push(row.wake_at.map(Instant::ms));
        self.parked.push(row.parked.as_deref());
        self.open.push(index.open);
        self.buyers.push(index.buyer_id.as_ref().map(BuyerId::as_str));
        self.warehouses.push(index.warehouse_id.as_ref().map(WarehouseId::as_str));
        self.campaigns.push(index.campaign.as_ref().map(Campaign::as_str));
        self.paid.push(index.paid_at.map(Instant::ms));
        self.ship_by.push(index.ship_by.map(Instant::ms));
        self.risks.push(index.risk.map(|risk| small(Ppm::ppm(risk))));
        self.quotes.push(index.quote.map(Instant::ms));
        self.causes.push(index.cause.map(Cause::as_str));
        self.handed_over.push(index.handed_over_at.map(Instant::ms));
        self.chases.push(small(index.chases));
        self.touched.push(row.touched_at().ms());
        self.regions.push(tags::joined(&index.regions));
        self.carriers.push(tags::joined(&index.carriers));
        self.skus.push(tags::joined(&index.open_skus));
        self.told.push(document::write("saving an order", &row.told)?);
        self.facts.push(document::write("saving an order", &row.facts)?);
        self.at_risk.push(index.at_risk);
        Ok(())
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 23] {
        [
            &self.merchants,
            &self.orders,
            &self.wakes,
            &self.parked,
            &self.open,
            &self.buyers,
            &self.warehouses,
            &self.campaigns,
            &self.paid,
            &self.ship_by,
            &self.risks,
            &self.quotes,
            &self.causes,
            &self.handed_over,
            &self.chases,
            &self.touched,
            &self.regions,
            &self.carriers,
            &self.skus,
            &self.told,
            &self.facts,
            &self.at_risk,
            &BETWEEN,
        ]
    }
}
