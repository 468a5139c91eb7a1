//! Between an order and its row.

use forewarn_core::cause::Cause;
use forewarn_core::ids::{BuyerId, Campaign, Carrier, Region, Sku, WarehouseId};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey};
use rusqlite::{ToSql, named_params, params};
use serde::{Deserialize, Serialize};

use super::order_key;
use crate::store::port::{OrderIndex, OrderRow};
use crate::store::sqlite::session::{Fields, Session, Summed, rows};
use crate::store::sqlite::{checksum, document};
use crate::store::{Class, StoreError, unreadable};

/// The columns of an order as [`read`] takes them, after its number and whether its key leads to it. When to look at it, and whether
/// a person has it, change in ways that read nothing else, and whether it is in danger only sorts a list, so its sum begins
/// behind them.
macro_rules! columns {
    () => {
        ", wake_at, parked, at_risk, merchant_id, order_id, open, buyer_id, warehouse_id, campaign, paid_at, ship_by, risk_ppm, \
         quote, cause, handed_over_at, chases, tags, told, facts, checksum"
    };
}
const SUMMED: Summed = Summed { what: WHAT, skip: 5, id: &[5, 6] };
const WHAT: &str = "order";

pub(in crate::store::sqlite) const LOAD: &str =
    concat!("SELECT seq, TRUE", columns!(), " FROM orders WHERE merchant_id = ?1 AND order_id = ?2");
/// Found by its wake, an order must be found by its key too: otherwise its newest events lie elsewhere.
pub(in crate::store::sqlite) const DUE: &str = concat!(
    "SELECT seq, seq IS (SELECT k.seq FROM orders k WHERE k.merchant_id = o.merchant_id AND k.order_id = o.order_id)",
    columns!(),
    " FROM orders o WHERE wake_at IS NOT NULL AND parked IS NULL AND wake_at <= ?1
      ORDER BY wake_at, merchant_id, order_id LIMIT ?2"
);

/// What is stored of the order, and what of it would be written anew by a save.
pub(in crate::store::sqlite) const COMPARE: &str = "SELECT seq, open IS ?3 AND tags IS ?4,
    open IS ?3 AND buyer_id IS ?5 AND warehouse_id IS ?6 AND campaign IS ?7 AND paid_at IS ?8
    FROM orders WHERE merchant_id = ?1 AND order_id = ?2";
const INSERT: &str =
    "INSERT INTO orders (merchant_id, order_id, wake_at, parked, open, buyer_id, warehouse_id, campaign,
        paid_at, ship_by, risk_ppm, at_risk, quote, cause, handed_over_at, chases, touched_at, tags, told, facts,
        checksum)
    VALUES (:merchant_id, :order_id, :wake_at, :parked, :open, :buyer_id, :warehouse_id, :campaign,
        :paid_at, :ship_by, :risk_ppm, :at_risk, :quote, :cause, :handed_over_at, :chases, :touched_at, :tags, :told,
        :facts, :checksum)";
/// Leaves out every column of a scope's index, so that only the index of wakes is written beside the row.
const UPDATE: &str = "UPDATE orders SET wake_at = :wake_at, parked = :parked, ship_by = :ship_by, risk_ppm = :risk_ppm,
        at_risk = :at_risk, quote = :quote, cause = :cause, handed_over_at = :handed_over_at, chases = :chases, touched_at = :touched_at,
        tags = :tags, told = :told, facts = :facts, checksum = :checksum WHERE seq = :seq";
const MOVE: &str = "UPDATE orders SET open = ?2, buyer_id = ?3, warehouse_id = ?4, campaign = ?5, paid_at = ?6
    WHERE seq = ?1";

/// What an order is found by when there may be several of it.
#[derive(Serialize, Deserialize)]
struct Tags<R, C, S> {
    regions: R,
    carriers: C,
    skus: S,
}

/// The parts of an order that are kept as JSON.
struct Documents {
    tags: String,
    told: String,
    facts: String,
}

impl Documents {
    fn of(order: &OrderRow) -> Result<Self, StoreError> {
        let OrderIndex { regions, carriers, open_skus, .. } = &order.index;
        let write_tags = || document::write("saving an order", &Tags { regions, carriers, skus: open_skus });
        Ok(Self {
            tags: write_tags()?,
            told: document::write("saving an order", &order.told)?,
            facts: document::write("saving an order", &order.facts)?,
        })
    }
}

/// The sum over the columns as [`columns!`] names them.
fn checksum_of(order: &OrderRow, documents: &Documents) -> Result<i64, StoreError> {
    let (key, index) = (&order.key, &order.index);
    let values: [&dyn ToSql; 16] = [
        &key.merchant_id.as_str(),
        &key.order_id.as_str(),
        &index.open,
        &index.buyer_id.as_ref().map(BuyerId::as_str),
        &index.warehouse_id.as_ref().map(WarehouseId::as_str),
        &index.campaign.as_ref().map(Campaign::as_str),
        &index.paid_at.map(Instant::ms),
        &index.ship_by.map(Instant::ms),
        &index.risk.map(Ppm::ppm),
        &index.quote.map(Instant::ms),
        &index.cause.map(Cause::as_str),
        &index.handed_over_at.map(Instant::ms),
        &index.chases,
        &documents.tags,
        &documents.told,
        &documents.facts,
    ];
    checksum::of("saving an order", &values)
}

/// Every order, by its row.
pub(in crate::store::sqlite) const ALL: &str = concat!(
    "SELECT seq, seq IS (SELECT k.seq FROM orders k WHERE k.merchant_id = o.merchant_id AND k.order_id = o.order_id)",
    columns!(),
    " FROM orders o NOT INDEXED"
);

/// The order `key`, where it is known.
pub(super) fn load(session: &Session<'_>, key: &OrderKey) -> Result<Option<OrderRow>, StoreError> {
    let found = session.first("loading an order", LOAD, [key.merchant_id.as_str(), key.order_id.as_str()], read)?;
    match found {
        Some(row) if row.key != *key => Err(document::damaged(WHAT, key, "key")),
        found => Ok(found),
    }
}

/// Orders that are due. One that cannot be read is set aside, and what comes after it moves up.
pub(super) fn due(session: &Session<'_>, now: Instant, limit: usize) -> Result<Vec<OrderRow>, StoreError> {
    loop {
        let (mut found, mut damaged) = (Vec::new(), Vec::new());
        session.each("finding due orders", DUE, params![now.ms(), rows(limit)], |f| {
            let seq: i64 = f.peek()?;
            match read(f) {
                Ok(row) => found.push(row),
                Err(error) => damaged.push((seq, error)),
            }
            Ok(())
        })?;
        if damaged.is_empty() {
            return Ok(found);
        }
        for (seq, error) in damaged {
            park(session, seq, &unreadable_order(error)?)?;
        }
    }
}

/// The reason to set an order aside that cannot be read.
///
/// # Errors
/// `error` itself, when it is not the row that is at fault.
pub(in crate::store::sqlite) fn unreadable_order(error: StoreError) -> Result<String, StoreError> {
    if error.class() == Class::Permanent { Ok(unreadable(&error)) } else { Err(error) }
}

/// Sets the order `seq` aside.
pub(in crate::store::sqlite) fn park(session: &Session<'_>, seq: i64, why: &str) -> Result<(), StoreError> {
    session
        .execute("setting an order aside", "UPDATE orders SET parked = ?2 WHERE seq = ?1", params![seq, why])
        .map(drop)
}

/// An order from its columns, held against its sum.
pub(in crate::store::sqlite) fn read(f: &mut Fields<'_>) -> Result<OrderRow, StoreError> {
    f.whole(&SUMMED, |f| {
        let (_seq, is_reached): (i64, bool) = (f.take()?, f.take()?);
        let (wake_at, parked, at_risk, key) = (f.maybe_instant()?, f.take()?, f.take()?, order_key(f)?);
        if !is_reached {
            return Err(document::damaged(WHAT, &key, "key"));
        }
        let mut row = read_known(f, key, wake_at, parked)?;
        row.index.at_risk = at_risk;
        Ok(row)
    })
}

fn read_known(
    f: &mut Fields<'_>,
    key: OrderKey,
    wake_at: Option<Instant>,
    parked: Option<String>,
) -> Result<OrderRow, StoreError> {
    let mut index = OrderIndex {
        open: f.take()?,
        buyer_id: f.maybe_parsed(WHAT, &key, "buyer_id", BuyerId::new)?,
        warehouse_id: f.maybe_parsed(WHAT, &key, "warehouse_id", WarehouseId::new)?,
        campaign: f.maybe_parsed(WHAT, &key, "campaign", Campaign::new)?,
        paid_at: f.maybe_instant()?,
        ship_by: f.maybe_instant()?,
        risk: f.take::<Option<u32>>()?.map(Ppm::from_ppm),
        quote: f.maybe_instant()?,
        cause: f.maybe_parsed(WHAT, &key, "cause", |name| Cause::named(name).ok_or(()))?,
        handed_over_at: f.maybe_instant()?,
        chases: f.take()?,
        ..OrderIndex::default()
    };
    let tags: Tags<Vec<Region>, Vec<Carrier>, Vec<Sku>> = f.document("tags of order", &key)?;
    (index.regions, index.carriers, index.open_skus) = (tags.regions, tags.carriers, tags.skus);
    let told = f.document("memory of order", &key)?;
    let facts = f.document("facts of order", &key)?;
    Ok(OrderRow { key, facts, told, wake_at, parked, index })
}

/// Inserts or replaces `order`. What it is found by rarely changes after its first hours, so it is compared first and
/// written only when it did.
pub(super) fn save(session: &Session<'_>, order: &OrderRow) -> Result<(), StoreError> {
    let index = &order.index;
    let documents = Documents::of(order)?;
    let tags = &documents.tags;
    let compare = params![
        order.key.merchant_id.as_str(),
        order.key.order_id.as_str(),
        index.open,
        tags,
        index.buyer_id.as_ref().map(BuyerId::as_str),
        index.warehouse_id.as_ref().map(WarehouseId::as_str),
        index.campaign.as_ref().map(Campaign::as_str),
        index.paid_at.map(Instant::ms),
    ];
    let found = |f: &mut Fields<'_>| Ok((f.take::<i64>()?, f.take::<bool>()?, f.take::<bool>()?));
    match session.first("comparing an order", COMPARE, compare, found)? {
        None => {
            insert(session, order, &documents)?;
            add_tags(session, order)
        }
        Some((seq, same_tags, same_place)) => {
            if !same_tags {
                remove_tags(session, &order.key, seq)?;
                add_tags(session, order)?;
            }
            if !same_place {
                relocate(session, index, seq)?;
            }
            update(session, order, &documents, seq)
        }
    }
}

fn insert(session: &Session<'_>, order: &OrderRow, documents: &Documents) -> Result<(), StoreError> {
    let (key, index) = (&order.key, &order.index);
    let params = named_params! {
        ":merchant_id": key.merchant_id.as_str(),
        ":order_id": key.order_id.as_str(),
        ":wake_at": order.wake_at.map(Instant::ms),
        ":parked": order.parked,
        ":open": index.open,
        ":buyer_id": index.buyer_id.as_ref().map(BuyerId::as_str),
        ":warehouse_id": index.warehouse_id.as_ref().map(WarehouseId::as_str),
        ":campaign": index.campaign.as_ref().map(Campaign::as_str),
        ":paid_at": index.paid_at.map(Instant::ms),
        ":ship_by": index.ship_by.map(Instant::ms),
        ":risk_ppm": index.risk.map(Ppm::ppm),
        ":at_risk": index.at_risk,
        ":quote": index.quote.map(Instant::ms),
        ":cause": index.cause.map(Cause::as_str),
        ":handed_over_at": index.handed_over_at.map(Instant::ms),
        ":chases": index.chases,
        ":touched_at": order.touched_at().ms(),
        ":tags": documents.tags,
        ":told": documents.told,
        ":facts": documents.facts,
        ":checksum": checksum_of(order, documents)?,
    };
    session.execute("inserting an order", INSERT, params).map(drop)
}

fn update(session: &Session<'_>, order: &OrderRow, documents: &Documents, seq: i64) -> Result<(), StoreError> {
    let index = &order.index;
    let params = named_params! {
        ":seq": seq,
        ":wake_at": order.wake_at.map(Instant::ms),
        ":parked": order.parked,
        ":ship_by": index.ship_by.map(Instant::ms),
        ":risk_ppm": index.risk.map(Ppm::ppm),
        ":at_risk": index.at_risk,
        ":quote": index.quote.map(Instant::ms),
        ":cause": index.cause.map(Cause::as_str),
        ":handed_over_at": index.handed_over_at.map(Instant::ms),
        ":chases": index.chases,
        ":touched_at": order.touched_at().ms(),
        ":tags": documents.tags,
        ":told": documents.told,
        ":facts": documents.facts,
        ":checksum": checksum_of(order, documents)?,
    };
    session.execute("updating an order", UPDATE, params).map(drop)
}

fn relocate(session: &Session<'_>, index: &OrderIndex, seq: i64) -> Result<(), StoreError> {
    let params = params![
        seq,
        index.open,
        index.buyer_id.as_ref().map(BuyerId::as_str),
        index.warehouse_id.as_ref().map(WarehouseId::as_str),
        index.campaign.as_ref().map(Campaign::as_str),
        index.paid_at.map(Instant::ms),
    ];
    session.execute("updating what an order is found by", MOVE, params).map(drop)
}

/// Takes out the tags of the stored order `seq`. They stand in its row, so that no second index is needed to find them.
pub(in crate::store::sqlite) fn remove_tags(session: &Session<'_>, key: &OrderKey, seq: i64) -> Result<(), StoreError> {
    type Stored = Tags<Vec<String>, Vec<String>, Vec<String>>;
    let sql = "SELECT tags FROM orders WHERE seq = ?1";
    let stored = session.first("reading an order's tags", sql, [seq], |f| f.document("tags of order", key))?;
    let Some(Stored { regions, carriers, skus }) = stored else {
        return Ok(());
    };
    let sql = "DELETE FROM order_tags WHERE tag = ?1 AND value = ?2 AND merchant_id = ?3 AND order_id = ?4";
    [("region", regions), ("carrier", carriers), ("sku", skus)].into_iter().try_for_each(|(tag, values)| {
        values.iter().try_for_each(|value| {
            let params = [tag, value, key.merchant_id.as_str(), key.order_id.as_str()];
            session.execute("removing an order's tags", sql, params).map(drop)
        })
    })
}

/// An article or a region leads only to open orders, so that orders at rest cost a sweep nothing. A carrier leads to
/// every order that names it.
pub(in crate::store::sqlite) fn tags_of(order: &OrderRow) -> impl Iterator<Item = (&'static str, &str)> {
    let index = &order.index;
    let carriers = index.carriers.iter().map(|c| ("carrier", c.as_str()));
    let regions = index.regions.iter().filter(|_| index.open).map(|r| ("region", r.as_str()));
    let skus = index.open_skus.iter().filter(|_| index.open).map(|s| ("sku", s.as_str()));
    carriers.chain(regions).chain(skus)
}

fn add_tags(session: &Session<'_>, order: &OrderRow) -> Result<(), StoreError> {
    let sql = "INSERT OR IGNORE INTO order_tags (tag, value, merchant_id, order_id) VALUES (?1, ?2, ?3, ?4)";
    tags_of(order).try_for_each(|(tag, value)| {
        let params = [tag, value, order.key.merchant_id.as_str(), order.key.order_id.as_str()];
        session.execute("tagging an order", sql, params).map(drop)
    })
}
