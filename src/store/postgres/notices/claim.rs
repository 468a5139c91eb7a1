//! Claiming, and everything a claim is judged by, read ahead.

use forewarn_core::decide::Got;
use forewarn_core::ids::{BuyerId, MerchantId, OrderId};
use forewarn_core::notice::Kind;
use forewarn_core::{BuyerKey, Instant};

use super::row::{self, Mended};
use crate::store::StoreError;
use crate::store::port::{NoticeRow, NoticeState, grant_id};
use crate::store::postgres::session::{Session, rows};
use crate::store::postgres::{grants, key};

/// What many buyers got, read at once; one that is on its way counts.
pub(in crate::store::postgres) const SENT: &str = "SELECT k.merchant_id, k.buyer_id, n.message_id, n.kind, n.order_id
    FROM unnest($1::text[], $2::text[]) AS k(merchant_id, buyer_id)
    CROSS JOIN LATERAL (SELECT coalesce(message_id, notice_id) AS message_id, kind, order_id FROM notices
        WHERE merchant_id = k.merchant_id AND buyer_id = k.buyer_id
        AND state IN ('sent', 'unknown', 'sending') AND coalesce(sent_at, updated_at) >= $3 OFFSET 0) AS n";

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

/// What a buyer got, or perhaps got, since `from`.
pub(super) fn sent_since(session: &mut Session<'_>, buyer: &BuyerKey, from: Instant) -> Result<Vec<Got>, StoreError> {
    if let Some(known) = session.seen.sent.get(&from).and_then(|sent| sent.get(buyer)) {
        return Ok(known.clone());
    }
    // What this step has only claimed counts no more than before; what it has sent must be seen.
    if session.pending.saved.values().chain(session.pending.added.values()).any(counts) {
        session.flush_notices()?;
    }
    let known = session.seen.sent.entry(from).or_default();
    let others = session.seen.around.buyers.iter().filter(|b| *b != buyer && !known.contains_key(*b));
    let wanted: Vec<BuyerKey> = others.chain([buyer]).cloned().collect();
    let (merchants, buyers): (Vec<&str>, Vec<&str>) =
        wanted.iter().map(|b| (b.merchant_id.as_str(), b.buyer_id.as_str())).unzip();
    let found = session.peek("reading what buyers got", SENT, &[&merchants, &buyers, &from.ms()], |f| {
        let merchant_id = f.parsed("notice", &"got", "merchant_id", MerchantId::new)?;
        let buyer_id = f.parsed("notice", &"got", "buyer_id", BuyerId::new)?;
        let message_id: String = f.take()?;
        let kind = f.parsed("notice", &message_id, "kind", |name| Kind::named(name).ok_or(()))?;
        let order_id = f.parsed("notice", &message_id, "order_id", OrderId::new)?;
        Ok((BuyerKey { merchant_id, buyer_id }, Got { message_id, kind, order_id }))
    })?;
    let known = session.seen.sent.entry(from).or_default();
    known.extend(wanted.into_iter().map(|buyer| (buyer, Vec::new())));
    for (buyer, got) in found {
        known.entry(buyer).or_default().push(got);
    }
    known.values_mut().for_each(|got| got.sort_unstable());
    Ok(known.get(buyer).cloned().unwrap_or_default())
}

/// Whether a notice counts as one its buyer got.
pub(super) fn counts(notice: &NoticeRow) -> bool {
    matches!(notice.state, NoticeState::Sent | NoticeState::Unknown | NoticeState::Sending)
}
