//! From rows to orders.

use std::collections::BTreeSet;

use forewarn_core::cause::Cause;
use forewarn_core::ids::{BuyerId, Campaign, Carrier, Region, Sku, WarehouseId};
use forewarn_core::policy::Ppm;
use forewarn_core::{BuyerKey, Instant, OrderKey};

use super::{columns, order_key, tags};
use crate::store::port::{OrderIndex, OrderRow};
use crate::store::postgres::session::{Fields, Session, rows};
use crate::store::{Class, StoreError, unreadable};

/// The columns of an order as [`read`] takes them.
macro_rules! columns {
    () => {
        "o.merchant_id, o.order_id, wake_at, parked, open, buyer_id, warehouse_id, campaign, paid_at, ship_by, \
         risk_ppm, at_risk, quote, cause, handed_over_at, chases, regions, carriers, skus, told, facts"
    };
}

/// Sorted by key, which is the order in which rows are locked.
pub(in crate::store::postgres) const LOAD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM unnest($1::text[], $2::text[]) AS k(merchant_id, order_id)
      JOIN orders o ON o.merchant_id = k.merchant_id AND o.order_id = k.order_id ORDER BY o.merchant_id, o.order_id"
);
pub(in crate::store::postgres) const DUE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM orders o WHERE wake_at IS NOT NULL AND parked IS NULL AND wake_at <= $1
      ORDER BY wake_at, merchant_id, order_id LIMIT $2"
);

/// By an index on the buyer; who buys has few orders.
pub(in crate::store::postgres) const OPEN_OF_BUYER: &str = "SELECT merchant_id, order_id FROM orders
    WHERE merchant_id = $1 AND buyer_id = $2 AND open AND parked IS NULL
    ORDER BY paid_at NULLS FIRST, order_id LIMIT $3";

/// The orders of `keys`; each is there once, `None` where it is not known.
pub(super) fn load(
    session: &mut Session<'_>,
    keys: &[&OrderKey],
) -> Result<Vec<(OrderKey, Option<OrderRow>)>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{LOAD}{}", session.locking(" FOR UPDATE OF o"));
    let (merchants, orders) = columns(keys.iter().copied());
    let found = session.peek("loading orders", &sql, &[&merchants, &orders], read)?;
    Ok(note(session, keys, found))
}

impl Session<'_> {
    /// Loads and locks orders that this step is about to ask for one by one. One that cannot be read is left out: it is
    /// asked for again, and whoever asks hears of it.
    pub(in crate::store::postgres) fn read_orders_ahead(&mut self, keys: &[OrderKey]) -> Result<(), StoreError> {
        let unknown: Vec<&OrderKey> = keys.iter().filter(|key| !self.seen.orders.contains_key(*key)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let sql = format!("{LOAD}{}", self.locking(" FOR UPDATE OF o"));
        let (merchants, orders) = columns(unknown.iter().copied());
        let rows =
            self.peek("loading orders", &sql, &[&merchants, &orders], |f| Ok((order_key(f)?, f.rewind(read))))?;
        let damaged: BTreeSet<OrderKey> =
            rows.iter().filter(|(_, row)| row.is_err()).map(|(key, _)| key.clone()).collect();
        let readable: Vec<&OrderKey> = unknown.into_iter().filter(|key| !damaged.contains(*key)).collect();
        let found = rows.into_iter().filter_map(|(_, row)| row.ok()).collect();
        let mut known = note(self, &readable, found);
        for (_, row) in &known {
            if let Some(row) = row {
                self.seen.around.take(row);
            }
        }
        let missing: Vec<_> = readable.iter().filter(|key| !known.iter().any(|(k, _)| k == **key)).collect();
        known.extend(missing.into_iter().map(|key| ((*key).clone(), None)));
        self.seen.fetched.extend(known);
        Ok(())
    }
}

/// Notes which of the `keys` that were asked for are there.
fn note(session: &mut Session<'_>, keys: &[&OrderKey], found: Vec<OrderRow>) -> Vec<(OrderKey, Option<OrderRow>)> {
    for key in keys {
        session.seen.orders.entry((*key).clone()).or_insert(None);
    }
    found
        .into_iter()
        .map(|row| {
            session.seen.orders.insert(row.key.clone(), Some(tags::of(&row.index)));
            (row.key.clone(), Some(row))
        })
        .collect()
}

/// Orders that are due and nobody else holds. One that cannot be read is set aside, and what comes after it moves up.
pub(super) fn due(session: &mut Session<'_>, now: Instant, limit: usize) -> Result<Vec<OrderRow>, StoreError> {
    let sql = format!("{DUE}{}", session.locking(" FOR UPDATE OF o SKIP LOCKED"));
    let mut due = loop {
        let found = session.all("finding due orders", &sql, &[&now.ms(), &rows(limit)], |f| {
            Ok((f.column::<String>(0)?, f.column::<String>(1)?, read(f)))
        })?;
        let (mut due, mut damaged) = (Vec::with_capacity(found.len()), false);
        for (merchant, order, row) in found {
            match row {
                Ok(row) => due.push(row),
                Err(error) => {
                    damaged = true;
                    park(session, &merchant, &order, &unreadable_order(error)?)?;
                }
            }
        }
        if !damaged {
            break due;
        }
    };
    // A row that changed between the search and the lock comes as it is now, in the place it had before.
    due.sort_by(|a, b| (a.wake_at, &a.key).cmp(&(b.wake_at, &b.key)));
    for row in &due {
        session.seen.orders.insert(row.key.clone(), Some(tags::of(&row.index)));
        session.seen.around.take(row);
    }
    Ok(due)
}

/// The reason to set an order aside that cannot be read.
///
/// # Errors
/// `error` itself, when it is not the row that is at fault.
pub(in crate::store::postgres) fn unreadable_order(error: StoreError) -> Result<String, StoreError> {
    if error.class() == Class::Permanent { Ok(unreadable(&error)) } else { Err(error) }
}

/// Sets an order aside, named as its row names it.
pub(in crate::store::postgres) fn park(
    session: &mut Session<'_>,
    merchant: &str,
    order: &str,
    why: &str,
) -> Result<(), StoreError> {
    park_one(session, merchant, order, why).map(drop)
}

/// As [`park`]; whether there is such an order.
pub(super) fn park_one(session: &mut Session<'_>, merchant: &str, order: &str, why: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE orders SET parked = $3 WHERE merchant_id = $1 AND order_id = $2";
    Ok(session.execute("setting an order aside", sql, &[&merchant, &order, &why])? > 0)
}

/// A buyer's open orders, oldest payment first; what this step has saved of the buyer counts.
pub(super) fn open_of_buyer(
    session: &mut Session<'_>,
    buyer: &BuyerKey,
    limit: usize,
) -> Result<Vec<OrderKey>, StoreError> {
    if !session.pending.orders.is_empty() {
        session.flush_orders()?;
    }
    let (merchant, id) = (buyer.merchant_id.as_str(), buyer.buyer_id.as_str());
    session.peek("listing a buyer's open orders", OPEN_OF_BUYER, &[&merchant, &id, &rows(limit)], order_key)
}

fn read(f: &mut Fields<'_>) -> Result<OrderRow, StoreError> {
    const WHAT: &str = "order";
    let key = order_key(f)?;
    let (wake_at, parked, open) = (f.maybe_instant()?, f.take()?, f.take()?);
    let index = OrderIndex {
        open,
        buyer_id: f.maybe_parsed(WHAT, &key, "buyer_id", BuyerId::new)?,
        warehouse_id: f.maybe_parsed(WHAT, &key, "warehouse_id", WarehouseId::new)?,
        campaign: f.maybe_parsed(WHAT, &key, "campaign", Campaign::new)?,
        paid_at: f.maybe_instant()?,
        ship_by: f.maybe_instant()?,
        risk: f.take::<Option<i32>>()?.map(|ppm| Ppm::from_ppm(u32::try_from(ppm).unwrap_or(0))),
        at_risk: f.take()?,
        quote: f.maybe_instant()?,
        cause: f.maybe_parsed(WHAT, &key, "cause", |name| Cause::named(name).ok_or(()))?,
        handed_over_at: f.maybe_instant()?,
        chases: f.small()?,
        regions: f.list("tags of order", &key, "regions", Region::new)?,
        carriers: f.list("tags of order", &key, "carriers", Carrier::new)?,
        open_skus: f.list("tags of order", &key, "skus", Sku::new)?,
    };
    let told = f.document("memory of order", &key)?;
    let facts = f.document("facts of order", &key)?;
    Ok(OrderRow { key, facts, told, wake_at, parked, index })
}
