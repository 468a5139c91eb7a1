//! What an order is judged by beside itself: its shop, its buyer, its warehouse. Asked for all orders in hand at once.

use forewarn_core::decide::Preferences;
use forewarn_core::ids::{BuyerId, MerchantId, WarehouseId};
use forewarn_core::{BuyerKey, Instant};

use crate::store::postgres::fault;
use crate::store::postgres::seen::House;
use crate::store::postgres::session::Session;
use crate::store::{StoreError, document};

const WISHES: &str = "SELECT p.merchant_id, p.buyer_id, preferences
    FROM unnest($1::text[], $2::text[]) AS k(merchant_id, buyer_id)
    JOIN preferences p ON p.merchant_id = k.merchant_id AND p.buyer_id = k.buyer_id";
const WORDS: &str = "SELECT w.merchant_id, w.warehouse_id, spoke_at
    FROM unnest($1::text[], $2::text[]) AS k(merchant_id, warehouse_id)
    JOIN warehouses w ON w.merchant_id = k.merchant_id AND w.warehouse_id = k.warehouse_id";
const SPOKE: &str = "INSERT INTO warehouses (merchant_id, warehouse_id, spoke_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
    ON CONFLICT (merchant_id, warehouse_id) DO UPDATE SET spoke_at = excluded.spoke_at
    WHERE excluded.spoke_at > warehouses.spoke_at";

/// A buyer's wishes.
pub(super) fn wishes(session: &mut Session<'_>, buyer: &BuyerKey) -> Result<Preferences, StoreError> {
    if !session.seen.wishes.contains_key(buyer) {
        let mut wanted = std::mem::take(&mut session.seen.around.buyers);
        wanted.insert(buyer.clone());
        let known = &session.seen.wishes;
        let unknown: Vec<&BuyerKey> = wanted.iter().filter(|b| !known.contains_key(*b)).collect();
        let (merchants, buyers) = columns(&unknown);
        let found = session.peek("loading preferences", WISHES, &[&merchants, &buyers], |f| {
            let merchant_id = f.parsed("preferences", &"of an unreadable shop", "merchant_id", MerchantId::new)?;
            let buyer_id = f.parsed("preferences", &merchant_id, "buyer_id", BuyerId::new)?;
            Ok((BuyerKey { merchant_id, buyer_id }, Some(f.take::<String>()?)))
        })?;
        session.seen.wishes.extend(unknown.into_iter().map(|buyer| (buyer.clone(), None)));
        session.seen.wishes.extend(found);
        session.seen.around.buyers = wanted;
    }
    match session.seen.wishes.get(buyer) {
        Some(Some(text)) => document::read("preferences", &buyer.buyer_id, text),
        _ => Ok(Preferences::default()),
    }
}

/// Keeps a buyer's wishes, if they are still what this step has read.
pub(super) fn wish(session: &mut Session<'_>, buyer: &BuyerKey, wishes: &Preferences) -> Result<(), StoreError> {
    const SAVING: &str = "saving preferences";
    let text = document::write(SAVING, wishes)?;
    let (merchant, id) = (buyer.merchant_id.as_str(), buyer.buyer_id.as_str());
    let changed = match session.seen.wishes.get(buyer).cloned() {
        Some(Some(before)) => {
            let sql = "UPDATE preferences SET preferences = $3
                       WHERE merchant_id = $1 AND buyer_id = $2 AND preferences = $4";
            session.change(SAVING, sql, &[&merchant, &id, &text, &before])?
        }
        Some(None) => {
            let sql = "INSERT INTO preferences (merchant_id, buyer_id, preferences) VALUES ($1, $2, $3)
                       ON CONFLICT DO NOTHING";
            session.change(SAVING, sql, &[&merchant, &id, &text])?
        }
        None => {
            let sql = "INSERT INTO preferences (merchant_id, buyer_id, preferences) VALUES ($1, $2, $3)
                       ON CONFLICT (merchant_id, buyer_id) DO UPDATE SET preferences = excluded.preferences";
            session.change(SAVING, sql, &[&merchant, &id, &text])?
        }
    };
    session.seen.wishes.insert(buyer.clone(), Some(text));
    if changed == 0 { Err(fault::overtaken(SAVING)) } else { Ok(()) }
}

/// A warehouse's newest word.
pub(super) fn word(session: &mut Session<'_>, house: &House) -> Result<Option<Instant>, StoreError> {
    if let Some(known) = session.seen.words.get(house) {
        return Ok(*known);
    }
    session.flush_words()?;
    let mut wanted = session.seen.around.houses.clone();
    wanted.insert(house.clone());
    let (merchants, houses): (Vec<&str>, Vec<&str>) = wanted.iter().map(|(m, w)| (m.as_str(), w.as_str())).unzip();
    let found = session.peek("finding warehouses' words", WORDS, &[&merchants, &houses], |f| {
        let merchant = f.parsed("warehouse", &"of an unreadable shop", "merchant_id", MerchantId::new)?;
        let house = f.parsed("warehouse", &merchant, "warehouse_id", WarehouseId::new)?;
        Ok(((merchant, house), Some(f.instant()?)))
    })?;
    session.seen.words.extend(wanted.into_iter().map(|house| (house, None)));
    session.seen.words.extend(found);
    Ok(session.seen.words.get(house).copied().flatten())
}

/// Since when a shop is live; from now on where nobody has said so.
pub(super) fn live_since(
    session: &mut Session<'_>,
    merchant: &MerchantId,
    now: Instant,
) -> Result<Instant, StoreError> {
    if !session.seen.live.contains_key(merchant) {
        let mut wanted = session.seen.around.shops.clone();
        wanted.insert(merchant.clone());
        let names: Vec<&str> = wanted.iter().map(MerchantId::as_str).collect();
        let sql = "SELECT merchant_id, live_since FROM merchants WHERE merchant_id = ANY($1::text[])";
        let found = session.peek("finding since when shops are live", sql, &[&names], |f| {
            Ok((f.parsed("shop", &"with an unreadable id", "merchant_id", MerchantId::new)?, Some(f.instant()?)))
        })?;
        session.seen.live.extend(wanted.into_iter().map(|merchant| (merchant, None)));
        session.seen.live.extend(found);
    }
    if let Some(Some(known)) = session.seen.live.get(merchant) {
        return Ok(*known);
    }
    // Looking at an order must not be what starts its shop.
    if session.is_read_only() {
        return Ok(now);
    }
    let sql = "INSERT INTO merchants (merchant_id, live_since) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    if session.change("noting since when a shop is live", sql, &[&merchant.as_str(), &now.ms()])? == 0 {
        // Somebody else noted it meanwhile.
        return Err(fault::overtaken("noting since when a shop is live"));
    }
    session.seen.live.insert(merchant.clone(), Some(now));
    Ok(now)
}

impl Session<'_> {
    /// Writes the warehouses' words that wait.
    pub(in crate::store::postgres) fn flush_words(&mut self) -> Result<(), StoreError> {
        let words = std::mem::take(&mut self.pending.words);
        if words.is_empty() {
            return Ok(());
        }
        let (merchants, houses): (Vec<&str>, Vec<&str>) = words.keys().map(|(m, w)| (m.as_str(), w.as_str())).unzip();
        let moments: Vec<i64> = words.values().map(|at| at.ms()).collect();
        self.change("noting warehouses' words", SPOKE, &[&merchants, &houses, &moments]).map(drop)
    }
}

fn columns<'k>(buyers: &[&'k BuyerKey]) -> (Vec<&'k str>, Vec<&'k str>) {
    buyers.iter().map(|buyer| (buyer.merchant_id.as_str(), buyer.buyer_id.as_str())).unzip()
}
