//! Notices of one buyer that may leave in the message of another.

use forewarn_core::ids::NoticeId;
use forewarn_core::{BuyerKey, Instant};

use super::row;
use crate::store::port::{NoticeRow, NoticeState};
use crate::store::postgres::session::{Session, rows};
use crate::store::{Class, StoreError};

/// A row that another step has locked is left to it.
const TAKE: &str = "UPDATE notices SET state = 'claimed', lease_token = $3, lease_until = $4
    WHERE notice_id IN (SELECT notice_id FROM notices WHERE notice_id = $1 AND (state IN ('ready', 'retry')
        OR state = 'claimed' AND (lease_until <= $2 OR lease_token = $3)) FOR UPDATE SKIP LOCKED)";

/// Up to `limit` waiting notices of a buyer. What this step has done with notices of the buyer stands in the way of
/// what the database says of them. One that cannot be read is left to its own claim.
pub(super) fn waiting(session: &mut Session<'_>, buyer: &BuyerKey, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
    if !session.pending.added.is_empty() {
        session.flush_notices()?;
    }
    let own = |notice: &&NoticeRow| notice.buyer_id.as_ref() == Some(&buyer.buyer_id);
    let unwritten = session.pending.saved.values().filter(own).count();
    let (merchant, id) = (buyer.merchant_id.as_str(), buyer.buyer_id.as_str());
    let most = rows(limit.saturating_add(unwritten));
    let read = session
        .peek("finding a buyer's waiting notices", row::WAITING, &[&merchant, &id, &most], |f| Ok(row::read(f)))?;
    let mut found = Vec::with_capacity(read.len());
    for notice in read {
        match notice {
            Ok(notice) => found.push(session.pending.saved.get(&notice.notice_id).cloned().unwrap_or(notice)),
            Err(error) if error.class() == Class::Permanent => {}
            Err(error) => return Err(error),
        }
    }
    found.retain(|n| matches!(n.state, NoticeState::Ready | NoticeState::Retry | NoticeState::Claimed));
    found.sort_by(|a, b| (a.due_at, &a.order.order_id, &a.notice_id).cmp(&(b.due_at, &b.order.order_id, &b.notice_id)));
    found.truncate(limit);
    Ok(found)
}

/// Claims one waiting notice; whether it is held now. Its row stays locked, so that what this step finds out about it
/// may wait with the rest.
pub(super) fn take(
    session: &mut Session<'_>,
    id: &NoticeId,
    real_now: Instant,
    token: &str,
    lease_until: Instant,
) -> Result<bool, StoreError> {
    let held = session.seen.claimed.get(id).is_some_and(|holder| holder == token);
    if held && let Some(notice) = session.pending.saved.get_mut(id).filter(|n| n.state == NoticeState::Claimed) {
        notice.lease_until = Some(lease_until);
        return Ok(true);
    }
    session.flush_notices()?;
    let params: [&(dyn postgres::types::ToSql + Sync); 4] = [&id.as_str(), &real_now.ms(), &token, &lease_until.ms()];
    let taken = session.change("claiming a notice for a message", TAKE, &params)? > 0;
    if taken {
        session.seen.claimed.insert(id.clone(), token.to_owned());
    }
    Ok(taken)
}
