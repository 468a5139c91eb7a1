//! Between a notice and its row.

use forewarn_core::Instant;
use forewarn_core::decide::Got;
use forewarn_core::ids::{BuyerId, MerchantId, NoticeId, OrderId};
use forewarn_core::notice::Kind;
use rusqlite::{ToSql, named_params, params};

use crate::store::port::{Composed, NoticeRow, NoticeState};
use crate::store::sqlite::orders::order_key;
use crate::store::sqlite::session::{Fields, Session, Summed, rows};
use crate::store::sqlite::{checksum, document};
use crate::store::{Class, StoreError, unreadable};

const WHAT: &str = "notice";

/// The states, to find one by its name.
const STATES: [NoticeState; 8] = [
    NoticeState::Ready,
    NoticeState::Claimed,
    NoticeState::Sending,
    NoticeState::Sent,
    NoticeState::Retry,
    NoticeState::Failed,
    NoticeState::Unknown,
    NoticeState::Withdrawn,
];

/// What became of it afterwards is noted apart, so the sum begins behind it; the id comes first for whoever can read
/// no more.
const SUMMED: Summed = Summed { what: WHAT, skip: 2, id: &[2] };

/// A query for whole notices as [`read`] takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT notice_id, feedback, notice_id, key, merchant_id, order_id, buyer_id, kind, state, created_at, due_at, attempts,
                lease_token, lease_until, updated_at, sent_at, composed, message_id, outcome, checksum FROM notices ",
            $rest
        )
    };
}

pub(in crate::store::sqlite) const ALL: &str = select!("NOT INDEXED");
pub(super) const BY_ID: &str = select!("WHERE notice_id = ?1");
pub(in crate::store::sqlite) const BY_ORDER: &str =
    select!("WHERE merchant_id = ?1 AND order_id = ?2 ORDER BY created_at, notice_id");
/// Due by the business clock `?1`; a lease has run out by the real clock `?2`.
pub(in crate::store::sqlite) const CLAIMABLE: &str = select!(
    "WHERE state IN ('ready', 'retry', 'claimed') AND due_at <= ?1 AND (state <> 'claimed' OR lease_until <= ?2)
     ORDER BY due_at, merchant_id, order_id, notice_id LIMIT ?3"
);
pub(in crate::store::sqlite) const WAITING: &str = select!(
    "WHERE buyer_id = ?2 AND merchant_id = ?1 AND state IN ('ready', 'retry', 'claimed')
     ORDER BY due_at, order_id, notice_id LIMIT ?3"
);
pub(in crate::store::sqlite) const TO_ANNOUNCE: &str = select!(
    "WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND announced IS NOT state
     ORDER BY updated_at, notice_id LIMIT ?1"
);
pub(in crate::store::sqlite) const STRANDED: &str =
    select!("WHERE state = 'sending' AND lease_until <= ?1 ORDER BY lease_until, notice_id LIMIT ?2");
pub(super) const CUT_DUE: &str = select!("WHERE due_at > ?1 AND state IN ('ready', 'retry', 'claimed')");
pub(super) const CUT_LEASES: &str = select!("WHERE lease_until > ?1 AND state = 'sending'");

const OF_BUYER: &str = select!("WHERE merchant_id = ?1 AND buyer_id = ?2 AND state IN ('sent', 'unknown', 'sending')");
/// Where [`OF_BUYER`] has these columns.
const NOTICE_ID: usize = 0;
const ORDER_ID: usize = 5;
const KIND: usize = 7;
const UPDATED_AT: usize = 14;
const SENT_AT: usize = 15;
const MESSAGE_ID: usize = 17;

const ADD: &str =
    "INSERT INTO notices (notice_id, key, merchant_id, order_id, buyer_id, kind, state, created_at, due_at,
        attempts, lease_token, lease_until, updated_at, sent_at, composed, message_id, outcome, feedback, checksum)
    VALUES (:notice_id, :key, :merchant_id, :order_id, :buyer_id, :kind, :state, :created_at, :due_at,
        :attempts, :lease_token, :lease_until, :updated_at, :sent_at, :composed, :message_id, :outcome, :feedback,
        :checksum)
    ON CONFLICT (notice_id) DO UPDATE SET buyer_id = excluded.buyer_id, state = excluded.state,
        created_at = excluded.created_at, due_at = excluded.due_at, attempts = excluded.attempts,
        lease_token = excluded.lease_token, lease_until = excluded.lease_until, updated_at = excluded.updated_at,
        sent_at = excluded.sent_at, composed = excluded.composed, message_id = excluded.message_id,
        outcome = excluded.outcome, feedback = excluded.feedback, announced = NULL, checksum = excluded.checksum
    WHERE notices.state = 'withdrawn'";
const CLAIM: &str = "UPDATE notices SET state = ?7, lease_token = ?2, lease_until = ?3, updated_at = ?4, composed = ?5,
        checksum = ?6, outcome = ?8, message_id = ?9
    WHERE notice_id = ?1";
/// More of it than its message is damaged: nothing of it is believed.
const FAIL: &str = "UPDATE notices SET state = 'failed', lease_token = NULL, lease_until = NULL, updated_at = ?2,
        outcome = ?3, checksum = NULL
    WHERE notice_id = ?1";
/// Feedback may come in between the claim and this, so an absent one leaves what is there.
macro_rules! save {
    ($where:literal) => {
        concat!(
            "UPDATE notices SET buyer_id = :buyer_id, state = :state, due_at = :due_at, attempts = :attempts,
                lease_token = :lease_token, lease_until = :lease_until, updated_at = :updated_at, sent_at = :sent_at,
                composed = :composed, message_id = :message_id, outcome = :outcome,
                feedback = coalesce(:feedback, feedback), checksum = :checksum
            WHERE notice_id = :notice_id AND ",
            $where
        )
    };
}

const SAVE: &str = save!("lease_token = :token");
/// Nobody holds it, so its state stands for the token, which is null.
const RESOLVE: &str = save!("lease_token IS :token AND (state = 'unknown' OR state = 'retry' AND sent_at IS NOT NULL)");

/// Adds a notice, unless it is there and was not withdrawn.
pub(super) fn add(session: &Session<'_>, notice: &NoticeRow) -> Result<(), StoreError> {
    let composed = composed(notice.composed.as_deref())?;
    let params = named_params! {
        ":checksum": checksum_of(notice, composed.as_ref())?,
        ":notice_id": notice.notice_id.as_str(),
        ":key": notice.key,
        ":merchant_id": notice.order.merchant_id.as_str(),
        ":order_id": notice.order.order_id.as_str(),
        ":buyer_id": notice.buyer_id.as_ref().map(BuyerId::as_str),
        ":kind": notice.kind.as_str(),
        ":state": notice.state.as_str(),
        ":created_at": notice.created_at.ms(),
        ":due_at": notice.due_at.ms(),
        ":attempts": notice.attempts,
        ":lease_token": notice.lease_token,
        ":lease_until": notice.lease_until.map(Instant::ms),
        ":updated_at": notice.updated_at.ms(),
        ":sent_at": notice.sent_at.map(Instant::ms),
        ":composed": composed,
        ":message_id": notice.composed.as_ref().map(|message| &message.message_id),
        ":outcome": notice.outcome,
        ":feedback": notice.feedback,
    };
    session.execute("adding a notice", ADD, params).map(drop)
}

/// What reached, or may have reached, a buyer since `from`. Decisions stand on it, so every row is held against its sum
/// before it is believed; a damaged one does not count, and stops nobody.
pub(super) fn reached_since(
    session: &Session<'_>,
    merchant: &MerchantId,
    buyer: &BuyerId,
    from: Instant,
) -> Result<Vec<Got>, StoreError> {
    let mut reached = Vec::new();
    session.each("reading what a buyer got", OF_BUYER, [merchant.as_str(), buyer.as_str()], |f| {
        match f.whole(&SUMMED, |f| got(f, from)) {
            Ok(got) => reached.extend(got),
            Err(error @ StoreError::Damaged { .. }) => drop(unreadable(&error)),
            Err(error) => return Err(error),
        }
        Ok(())
    })?;
    reached.sort_unstable();
    Ok(reached)
}

/// What a buyer got with this row, if that was since `from`.
fn got(f: &Fields<'_>, from: Instant) -> Result<Option<Got>, StoreError> {
    if f.instant_at(SENT_AT)?.or(f.instant_at(UPDATED_AT)?).is_none_or(|at| at < from) {
        return Ok(None);
    }
    let notice_id: String = f.at(NOTICE_ID)?;
    let damaged = |column| document::damaged(WHAT, &notice_id, column);
    let (kind, order_id): (String, String) = (f.at(KIND)?, f.at(ORDER_ID)?);
    let message_id: Option<String> = f.at(MESSAGE_ID)?;
    Ok(Some(Got {
        kind: Kind::named(&kind).ok_or_else(|| damaged("kind"))?,
        order_id: OrderId::new(&order_id).map_err(|_| damaged("order_id"))?,
        message_id: message_id.unwrap_or(notice_id),
    }))
}

/// Claims up to `limit` notices due at `now` for `token` until `lease_until`. One that cannot be read fails.
pub(super) fn claim(
    session: &Session<'_>,
    (now, real_now): (Instant, Instant),
    limit: usize,
    (token, lease_until): (&str, Instant),
) -> Result<Vec<NoticeRow>, StoreError> {
    let due = params![now.ms(), real_now.ms(), rows(limit)];
    let mut claimed = Vec::new();
    for Mended { id, row, damage } in mended(session, "finding due notices", CLAIMABLE, due)? {
        let row = row.map(|mut notice| {
            // The index alone says that it waits; what the row says counts.
            if !notice.is_pending() || notice.due_at > now {
                return Err(document::damaged(WHAT, &notice.notice_id, "state"));
            }
            notice.state = if damage.is_none() { NoticeState::Claimed } else { NoticeState::Failed };
            notice.lease_token = damage.is_none().then(|| token.to_owned());
            notice.lease_until = damage.is_none().then_some(lease_until);
            notice.updated_at = now;
            notice.outcome = damage.clone().or(notice.outcome);
            Ok(notice)
        });
        let row = row.transpose()?;
        let changed = match &row {
            Some(notice) => write_claim(session, notice)?,
            None => session.execute("failing a notice", FAIL, params![id, now.ms(), damage])?,
        };
        // Written by its id: one that its id does not lead to would be sent again and again.
        if changed != 1 {
            return Err(document::damaged(WHAT, &id, "notice_id"));
        }
        claimed.extend(row);
    }
    Ok(claimed)
}

fn write_claim(session: &Session<'_>, notice: &NoticeRow) -> Result<usize, StoreError> {
    let composed = composed(notice.composed.as_deref())?;
    let params = params![
        notice.notice_id.as_str(),
        notice.lease_token,
        notice.lease_until.map(Instant::ms),
        notice.updated_at.ms(),
        composed,
        checksum_of(notice, composed.as_ref())?,
        notice.state.as_str(),
        notice.outcome,
        notice.composed.as_ref().map(|message| &message.message_id),
    ];
    session.execute("claiming a notice", CLAIM, params)
}

/// Takes the notice `id` for a message unless somebody else holds it; whether it did.
pub(super) fn take(
    session: &Session<'_>,
    id: &NoticeId,
    real_now: Instant,
    (token, lease_until): (&str, Instant),
) -> Result<bool, StoreError> {
    let found = session.first("claiming a notice for a message", BY_ID, [id.as_str()], read)?;
    let Some(mut notice) = found.filter(|notice| notice.is_free(real_now, token)) else { return Ok(false) };
    notice.state = NoticeState::Claimed;
    notice.lease_token = Some(token.to_owned());
    notice.lease_until = Some(lease_until);
    Ok(write_claim(session, &notice)? > 0)
}

/// Writes a notice back if `token` still holds it; whether it did.
pub(super) fn save(session: &Session<'_>, notice: &NoticeRow, token: &str) -> Result<bool, StoreError> {
    write(session, notice, SAVE, Some(token))
}

/// Writes a notice back that nobody holds, if nobody knows its outcome; whether it was so.
pub(super) fn resolve(session: &Session<'_>, notice: &NoticeRow) -> Result<bool, StoreError> {
    write(session, notice, RESOLVE, None)
}

fn write(
    session: &Session<'_>,
    notice: &NoticeRow,
    statement: &'static str,
    token: Option<&str>,
) -> Result<bool, StoreError> {
    let composed = composed(notice.composed.as_deref())?;
    let params = named_params! {
        ":checksum": checksum_of(notice, composed.as_ref())?,
        ":notice_id": notice.notice_id.as_str(),
        ":token": token,
        ":buyer_id": notice.buyer_id.as_ref().map(BuyerId::as_str),
        ":state": notice.state.as_str(),
        ":due_at": notice.due_at.ms(),
        ":attempts": notice.attempts,
        ":lease_token": notice.lease_token,
        ":lease_until": notice.lease_until.map(Instant::ms),
        ":updated_at": notice.updated_at.ms(),
        ":sent_at": notice.sent_at.map(Instant::ms),
        ":composed": composed,
        ":message_id": notice.composed.as_ref().map(|message| &message.message_id),
        ":outcome": notice.outcome,
        ":feedback": notice.feedback,
    };
    Ok(session.execute("saving a notice", statement, params)? > 0)
}

/// How many notices of each kind are in each state, pruned ones included.
pub(super) fn counts(session: &Session<'_>) -> Result<Vec<(Kind, NoticeState, u64)>, StoreError> {
    let sql = "SELECT kind, state, sum(n) FROM (SELECT kind, state, count(*) AS n FROM notices GROUP BY kind, state
               UNION ALL SELECT kind, detail, n FROM pruned WHERE what = 'notice') GROUP BY kind, state ORDER BY kind, state";
    // A damaged name must not keep all the others from being counted.
    let found = session.all("counting notices", sql, [], |f| {
        let kind = f.maybe_parsed(WHAT, &"count", "kind", |name| Kind::named(name).ok_or(())).unwrap_or_default();
        let state = f.maybe_parsed(WHAT, &"count", "state", state_named).unwrap_or_default();
        Ok(kind.zip(state).zip(Some(f.count()?)))
    })?;
    Ok(found.into_iter().flatten().map(|((kind, state), count)| (kind, state, count)).collect())
}

/// A notice from its columns.
pub(in crate::store::sqlite) fn read(f: &mut Fields<'_>) -> Result<NoticeRow, StoreError> {
    f.whole(&SUMMED, read_columns)
}

fn read_columns(f: &mut Fields<'_>) -> Result<NoticeRow, StoreError> {
    let (_id, feedback): (String, _) = (f.take()?, f.take()?);
    let notice_id = f.parsed(WHAT, &"with an unreadable id", "notice_id", NoticeId::new)?;
    let key = f.take()?;
    let order = order_key(f)?;
    Ok(NoticeRow {
        key,
        order,
        buyer_id: f.maybe_parsed(WHAT, &notice_id, "buyer_id", BuyerId::new)?,
        kind: f.parsed(WHAT, &notice_id, "kind", |name| Kind::named(name).ok_or(()))?,
        state: f.parsed(WHAT, &notice_id, "state", state_named)?,
        created_at: f.instant()?,
        due_at: f.instant()?,
        attempts: f.take()?,
        lease_token: f.take()?,
        lease_until: f.maybe_instant()?,
        updated_at: f.instant()?,
        sent_at: f.maybe_instant()?,
        composed: f.maybe_document("message of notice", &notice_id)?,
        outcome: {
            let _message_id: Option<String> = f.take()?;
            f.take()?
        },
        feedback,
        notice_id,
    })
}

/// Rows of a query for whole notices, each with its id; a message that cannot be read is put aside, so that its row can
/// be read without it, and the damage is told beside it. A row of which more is damaged is `None`.
pub(in crate::store::sqlite) fn mended(
    session: &Session<'_>,
    operation: &'static str,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<Mended>, StoreError> {
    let (mut found, mut now) = (Vec::new(), Vec::new());
    session.each(operation, sql, params, |f| {
        let id: String = f.peek()?;
        now.push((id, read(f)));
        Ok(())
    })?;
    for (id, row) in now {
        found.push(match row {
            Ok(row) => Mended { id, row: Some(row), damage: None },
            Err(error) if error.class() == Class::Permanent && !session.is_read_only()? => {
                let damage = Some(unreadable(&error));
                put_aside(session, &id)?;
                let row = session.first(operation, BY_ID, [&id], read).ok().flatten();
                Mended { id, row, damage }
            }
            Err(error) => return Err(error),
        });
    }
    Ok(found)
}

/// Rows of a query for whole notices that can be read; the others stay as they are.
pub(super) fn readable(
    session: &Session<'_>,
    operation: &'static str,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<NoticeRow>, StoreError> {
    let mut found = Vec::new();
    session.each(operation, sql, params, |f| {
        match read(f) {
            Ok(row) => found.push(row),
            Err(error) if error.class() == Class::Permanent => {}
            Err(error) => return Err(error),
        }
        Ok(())
    })?;
    Ok(found)
}

/// A notice that was read, with or without its message.
pub(in crate::store::sqlite) struct Mended {
    /// Its id as it stands in the row.
    pub(in crate::store::sqlite) id: String,
    /// The notice; `None` when more than its message is damaged.
    pub(in crate::store::sqlite) row: Option<NoticeRow>,
    /// What could not be read.
    pub(in crate::store::sqlite) damage: Option<String>,
}

/// Moves a notice's message out of its row; it is kept for whoever mends it.
fn put_aside(session: &Session<'_>, id: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO damaged_documents (what, id, text, at)
               SELECT 'message of notice', notice_id, composed, updated_at FROM notices
               WHERE notice_id = ?1 AND composed IS NOT NULL";
    session.execute("putting a message aside", sql, [id])?;
    // What is left is never sent, so it is read as it stands; its sum was one with the message.
    let sql = "UPDATE notices SET composed = NULL, checksum = NULL WHERE notice_id = ?1";
    session.execute("putting a message aside", sql, [id]).map(drop)
}

/// The sum over the columns as a query for whole notices names them.
pub(super) fn checksum_of(notice: &NoticeRow, composed: Option<&String>) -> Result<i64, StoreError> {
    let values: [&dyn ToSql; 17] = [
        &notice.notice_id.as_str(),
        &notice.key,
        &notice.order.merchant_id.as_str(),
        &notice.order.order_id.as_str(),
        &notice.buyer_id.as_ref().map(BuyerId::as_str),
        &notice.kind.as_str(),
        &notice.state.as_str(),
        &notice.created_at.ms(),
        &notice.due_at.ms(),
        &notice.attempts,
        &notice.lease_token,
        &notice.lease_until.map(Instant::ms),
        &notice.updated_at.ms(),
        &notice.sent_at.map(Instant::ms),
        &composed,
        &notice.composed.as_ref().map(|message| &message.message_id),
        &notice.outcome,
    ];
    checksum::of("saving a notice", &values)
}

/// A message as a document.
pub(super) fn composed(composed: Option<&Composed>) -> Result<Option<String>, StoreError> {
    composed.map(|message| document::write("saving a message", message)).transpose()
}

fn state_named(name: &str) -> Result<NoticeState, ()> {
    STATES.into_iter().find(|state| state.as_str() == name).ok_or(())
}
