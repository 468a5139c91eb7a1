//! From rows to notices.

use forewarn_core::ids::{BuyerId, NoticeId};
use forewarn_core::notice::Kind;

use crate::store::port::{NoticeRow, NoticeState};
use crate::store::postgres::connection::Params;
use crate::store::postgres::orders::order_key;
use crate::store::postgres::session::{Fields, Session};
use crate::store::{Class, StoreError, unreadable};

const WHAT: &str = "notice";

/// A query for whole notices as [`read`] takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT notice_id, key, merchant_id, order_id, buyer_id, kind, state, created_at, due_at, attempts,
                lease_token, lease_until, updated_at, sent_at, composed, outcome, feedback FROM notices ",
            $rest
        )
    };
}

pub(super) const BY_ID: &str = select!("WHERE notice_id = $1");
pub(in crate::store::postgres) const BY_ORDER: &str =
    select!("WHERE merchant_id = $1 AND order_id = $2 ORDER BY created_at, notice_id");
/// Due by the business clock `$1`; a lease has run out by the real clock `$2`.
pub(in crate::store::postgres) const CLAIMABLE: &str = select!(
    "WHERE state IN ('ready', 'retry', 'claimed') AND due_at <= $1 AND (state <> 'claimed' OR lease_until <= $2)
     ORDER BY due_at, merchant_id, order_id, notice_id LIMIT $3"
);
pub(in crate::store::postgres) const WAITING: &str = select!(
    "WHERE buyer_id = $2 AND merchant_id = $1 AND state IN ('ready', 'retry', 'claimed')
     ORDER BY due_at, order_id, notice_id LIMIT $3"
);
pub(in crate::store::postgres) const TO_ANNOUNCE: &str = select!(
    "WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND announced IS DISTINCT FROM state
     ORDER BY updated_at, notice_id LIMIT $1"
);
pub(in crate::store::postgres) const STRANDED: &str =
    select!("WHERE state = 'sending' AND lease_until <= $1 ORDER BY lease_until, notice_id LIMIT $2");

/// How many notices of each kind are in each state, pruned ones included.
pub(super) fn counts(session: &mut Session<'_>) -> Result<Vec<(Kind, NoticeState, u64)>, StoreError> {
    let sql = "SELECT kind, state, sum(n)::bigint FROM (SELECT kind, state, count(*) AS n FROM notices
               GROUP BY kind, state UNION ALL SELECT kind, detail, n FROM pruned WHERE what = 'notice') AS d
               GROUP BY kind, state ORDER BY kind, state";
    // A damaged name must not keep all the others from being counted.
    let found = session.all("counting notices", sql, &[], |f| {
        let kind = f.maybe_parsed(WHAT, &"count", "kind", |name| Kind::named(name).ok_or(())).unwrap_or_default();
        let state = f.maybe_parsed(WHAT, &"count", "state", state_named).unwrap_or_default();
        Ok(kind.zip(state).zip(Some(f.count()?)))
    })?;
    Ok(found.into_iter().flatten().map(|((kind, state), count)| (kind, state, count)).collect())
}

/// A notice from its columns.
pub(in crate::store::postgres) fn read(f: &mut Fields<'_>) -> Result<NoticeRow, StoreError> {
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
        attempts: f.small()?,
        lease_token: f.take()?,
        lease_until: f.maybe_instant()?,
        updated_at: f.instant()?,
        sent_at: f.maybe_instant()?,
        composed: f.maybe_document("message of notice", &notice_id)?,
        outcome: f.take()?,
        feedback: f.take()?,
        notice_id,
    })
}

/// A notice that was read, with or without its message.
pub(in crate::store::postgres) struct Mended {
    /// Its id as it stands in the row.
    pub(in crate::store::postgres) id: String,
    /// The notice; `None` when more than its message is damaged.
    pub(in crate::store::postgres) row: Option<NoticeRow>,
    /// What could not be read.
    pub(in crate::store::postgres) damage: Option<String>,
}

/// Rows of a query for whole notices, each with its id; a message that cannot be read is put aside, so that its row can
/// be read without it, and the damage is told beside it.
pub(in crate::store::postgres) fn mended(
    session: &mut Session<'_>,
    operation: &'static str,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<Mended>, StoreError> {
    let rows = session.all(operation, sql, params, |f| Ok((f.column::<String>(0)?, read(f))))?;
    let mend = |(id, row): (String, Result<NoticeRow, StoreError>)| match row {
        Ok(row) => Ok(Mended { id, row: Some(row), damage: None }),
        Err(error) if error.class() == Class::Permanent && !session.is_read_only() => {
            let damage = Some(unreadable(&error));
            put_aside(session, &id)?;
            let row = session.first(operation, BY_ID, &[&id], |f| Ok(read(f)))?.and_then(Result::ok);
            Ok(Mended { id, row, damage })
        }
        Err(error) => Err(error),
    };
    rows.into_iter().map(mend).collect()
}

/// Moves a notice's message out of its row; it is kept for whoever mends it.
fn put_aside(session: &mut Session<'_>, id: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO damaged_documents (what, id, text, at)
               SELECT 'message of notice', notice_id, composed, updated_at FROM notices
               WHERE notice_id = $1 AND composed IS NOT NULL";
    session.execute("putting a message aside", sql, &[&id])?;
    let sql = "UPDATE notices SET composed = NULL WHERE notice_id = $1";
    session.execute("putting a message aside", sql, &[&id]).map(drop)
}

fn state_named(name: &str) -> Result<NoticeState, ()> {
    NoticeState::named(name).ok_or(())
}
