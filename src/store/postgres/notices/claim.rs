//! Claiming, and everything a claim is judged by, read ahead.

use forewarn_core::ids::{BuyerId, MerchantId};
use forewarn_core::{BuyerKey, Instant};

use super::row::{self, Mended};
use crate::store::StoreError;
use crate::store::port::{NoticeRow, NoticeState, grant_id};
use crate::store::postgres::session::{Session, rows};
use crate::store::postgres::{grants, key};

/// Counts messages for many buyers at once; one that is on its way counts: two that leave together must not both pass
/// for the last one allowed.
pub(in crate::store::postgres) const SENT: &str = "SELECT k.merchant_id, k.buyer_id,
        (SELECT count(DISTINCT coalesce(n.message_id, n.notice_id)) FROM notices n
            WHERE n.merchant_id = k.merchant_id AND n.buyer_id = k.buyer_id
            AND n.state IN ('sent', 'unknown', 'sending') AND coalesce(n.sent_at, n.updated_at) >= $3)::int
    FROM unnest($1::text[], $2::text[]) AS k(merchant_id, buyer_id)";

/// Who claims what.
pub(super) struct Claim<'c> {
    pub(super) now: Instant,
    pub(super) real_now: Instant,
    pub(super) limit: usize,
    pub(super) token: &'c str,
    pub(super) lease_until: Instant,
}

/// Claims due notices that nobody else holds. Their rows are locked first, then their buyers, then their orders in key
/// order, so that no two claims wait for each other in a circle.
pub(super) fn claim(session: &mut Session<'_>, claim: &Claim<'_>) -> Result<Vec<NoticeRow>, StoreError> {
    let sql = format!("{}{}", row::CLAIMABLE, session.locking(" FOR UPDATE SKIP LOCKED"));
    let params: [&(dyn postgres::types::ToSql + Sync); 3] = [&claim.now.ms(), &claim.real_now.ms(), &rows(claim.limit)];
    let found = row::mended(session, "finding due notices", &sql, &params)?;
    let mut claimed = fail_damaged(session, found, claim.now)?;
    let place = |n: &NoticeRow| (n.due_at, n.order.clone(), n.notice_id.clone());
    claimed.sort_by_cached_key(place);
    for notice in claimed.iter_mut().filter(|n| n.state != NoticeState::Failed) {
        notice.state = NoticeState::Claimed;
        notice.lease_token = Some(claim.token.to_owned());
        notice.lease_until = Some(claim.lease_until);
        notice.updated_at = claim.now;
        session.seen.claimed.insert(notice.notice_id.clone(), claim.token.to_owned());
        session.pending.saved.insert(notice.notice_id.clone(), notice.clone());
    }
    lock_buyers(session, &claimed)?;
    read_ahead(session, &claimed)?;
    Ok(claimed)
}

/// Notices whose message cannot be read fail at once, and are handed on where the rest of them can be.
fn fail_damaged(session: &mut Session<'_>, found: Vec<Mended>, now: Instant) -> Result<Vec<NoticeRow>, StoreError> {
    let sql =
        "UPDATE notices SET state = 'failed', lease_token = NULL, lease_until = NULL, updated_at = $2, outcome = $3
               WHERE notice_id = $1";
    let mut rows = Vec::with_capacity(found.len());
    for Mended { id, row, damage } in found {
        if let Some(why) = &damage {
            session.change("claiming a notice", sql, &[&id, &now.ms(), why])?;
        }
        rows.extend(row.map(|notice| match damage {
            None => notice,
            Some(why) => NoticeRow {
                state: NoticeState::Failed,
                lease_token: None,
                lease_until: None,
                updated_at: now,
                outcome: Some(why),
                ..notice
            },
        }));
    }
    Ok(rows)
}

/// Two claims that count one buyer's notices at the same time would both find room for a last one.
fn lock_buyers(session: &mut Session<'_>, claimed: &[NoticeRow]) -> Result<(), StoreError> {
    let buyer = |n: &NoticeRow| {
        let id = n.buyer_id.as_ref()?;
        Some(key::of(session.schema(), &["buyer", n.order.merchant_id.as_str(), id.as_str()]))
    };
    let keys = claimed.iter().filter_map(buyer).collect();
    session.lock("waiting for buyers", keys)
}

fn read_ahead(session: &mut Session<'_>, claimed: &[NoticeRow]) -> Result<(), StoreError> {
    let mut keys: Vec<_> = claimed.iter().map(|n| n.order.clone()).collect();
    keys.sort();
    keys.dedup();
    session.read_orders_ahead(&keys)?;
    grants::read_ahead(session, claimed.iter().map(|n| grant_id(&n.key)).collect())
}

/// How many messages a buyer got, or perhaps got, since `from`.
pub(super) fn sent_since(session: &mut Session<'_>, buyer: &BuyerKey, from: Instant) -> Result<u32, StoreError> {
    if let Some(known) = session.seen.sent.get(&from).and_then(|sent| sent.get(buyer)) {
        return Ok(*known);
    }
    // What this step has only claimed counts no more than before; what it has sent must be seen.
    if session.pending.saved.values().chain(session.pending.added.values()).any(counts) {
        session.flush_notices()?;
    }
    let known = session.seen.sent.entry(from).or_default();
    let others = session.seen.around.buyers.iter().filter(|b| *b != buyer && !known.contains_key(*b));
    let wanted = others.chain([buyer]).map(|b| (b.merchant_id.as_str(), b.buyer_id.as_str()));
    let (merchants, buyers): (Vec<String>, Vec<String>) =
        wanted.map(|(merchant, buyer)| (merchant.to_owned(), buyer.to_owned())).unzip();
    let counted = session.peek("counting buyers' notices", SENT, &[&merchants, &buyers, &from.ms()], |f| {
        let merchant_id = f.parsed("notice", &"counted", "merchant_id", MerchantId::new)?;
        let buyer_id = f.parsed("notice", &"counted", "buyer_id", BuyerId::new)?;
        Ok((BuyerKey { merchant_id, buyer_id }, f.small()?))
    })?;
    let known = session.seen.sent.entry(from).or_default();
    known.extend(counted);
    Ok(known.get(buyer).copied().unwrap_or(0))
}

/// Whether a notice counts as one its buyer got.
pub(super) fn counts(notice: &NoticeRow) -> bool {
    matches!(notice.state, NoticeState::Sent | NoticeState::Unknown | NoticeState::Sending)
}
