//! From notices to rows, many at once.

use forewarn_core::decide::Got;
use forewarn_core::ids::BuyerId;
use forewarn_core::{BuyerKey, Instant};
use postgres::types::ToSql;

use super::claim::counts;
use crate::store::port::{Composed, NoticeRow, NoticeState};
use crate::store::postgres::fault;
use crate::store::postgres::session::{Session, small};
use crate::store::{StoreError, document};

/// The columns of a batch as [`Columns::params`] gives them.
macro_rules! batch {
    () => {
        "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::bigint[], $10::int[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[],
            $16::text[], $17::text[], $18::text[])
        AS b(notice_id, key, merchant_id, order_id, buyer_id, kind, state, created_at, due_at, attempts, lease_token,
            lease_until, updated_at, sent_at, composed, message_id, outcome, feedback)"
    };
}

const ADD: &str = concat!(
    "INSERT INTO notices (notice_id, key, merchant_id, order_id, buyer_id, kind, state, created_at, due_at, attempts,
        lease_token, lease_until, updated_at, sent_at, composed, message_id, outcome, feedback) SELECT * FROM ",
    batch!(),
    " ON CONFLICT (notice_id) DO UPDATE SET buyer_id = excluded.buyer_id, state = excluded.state,
        created_at = excluded.created_at, due_at = excluded.due_at, attempts = excluded.attempts,
        lease_token = excluded.lease_token, lease_until = excluded.lease_until, updated_at = excluded.updated_at,
        sent_at = excluded.sent_at, composed = excluded.composed, message_id = excluded.message_id,
        outcome = excluded.outcome, feedback = excluded.feedback, announced = NULL
    WHERE notices.state = 'withdrawn'"
);
/// Feedback may come in between the claim and this, so an absent one leaves what is there. The lease is compared only
/// where it was not claimed in this very transaction, whose lock on the row is better than any token.
macro_rules! save {
    ($where:literal) => {
        concat!(
            "UPDATE notices n SET buyer_id = b.buyer_id, state = b.state, due_at = b.due_at, attempts = b.attempts,
                lease_token = b.lease_token, lease_until = b.lease_until, updated_at = b.updated_at,
                sent_at = b.sent_at, composed = b.composed, message_id = b.message_id, outcome = b.outcome,
                feedback = coalesce(b.feedback, n.feedback) FROM ",
            batch!(),
            " WHERE n.notice_id = b.notice_id AND ",
            $where
        )
    };
}

const SAVE: &str = save!("($19::text IS NULL OR n.lease_token = $19)");
/// Nobody holds it, so its state stands for the token, which is null.
const RESOLVE: &str = save!(
    "n.lease_token IS NOT DISTINCT FROM $19::text
     AND (n.state = 'unknown' OR n.state = 'retry' AND n.sent_at IS NOT NULL)"
);

/// Adds notices; of several with one id the first counts, as it would row by row.
pub(super) fn add(session: &mut Session<'_>, rows: &[NoticeRow]) -> Result<(), StoreError> {
    if rows.iter().any(|row| session.pending.saved.contains_key(&row.notice_id)) {
        session.flush_notices()?;
    }
    for row in rows {
        let first = session.pending.added.get(&row.notice_id);
        if first.is_none_or(|first| first.state == NoticeState::Withdrawn) {
            session.pending.added.insert(row.notice_id.clone(), row.clone());
        }
        session.effects.notices |= row.state == NoticeState::Ready;
    }
    Ok(())
}

/// Writes a notice back if `token` still holds it; whether it did. One that this step has claimed waits with the
/// others.
pub(super) fn save(session: &mut Session<'_>, notice: &NoticeRow, token: &str) -> Result<bool, StoreError> {
    if session.seen.claimed.get(&notice.notice_id).is_some_and(|holder| holder == token) {
        count(session, notice);
        if notice.lease_token.as_deref() != Some(token) {
            session.seen.claimed.remove(&notice.notice_id);
        }
        session.pending.saved.insert(notice.notice_id.clone(), notice.clone());
        return Ok(true);
    }
    // What their buyers got is counted anew when it is asked for.
    session.seen.sent.clear();
    session.flush_notices()?;
    Ok(write(session, SAVE, &[notice], Some(token))? > 0)
}

/// Writes a notice back that nobody holds, if nobody knows its outcome; whether it was so.
pub(super) fn resolve(session: &mut Session<'_>, notice: &NoticeRow) -> Result<bool, StoreError> {
    session.seen.sent.clear();
    session.flush_notices()?;
    session.effects.notices |= notice.state == NoticeState::Retry;
    Ok(write(session, RESOLVE, &[notice], None)? > 0)
}

impl Session<'_> {
    /// Writes the notices that wait.
    pub(in crate::store::postgres) fn flush_notices(&mut self) -> Result<(), StoreError> {
        let added: Vec<NoticeRow> = std::mem::take(&mut self.pending.added).into_values().collect();
        let saved: Vec<NoticeRow> = std::mem::take(&mut self.pending.saved).into_values().collect();
        if !added.is_empty() {
            let columns = Columns::of(&added.iter().collect::<Vec<_>>())?;
            self.change("adding notices", ADD, &columns.params())?;
        }
        if !saved.is_empty() {
            let written = write(self, SAVE, &saved.iter().collect::<Vec<_>>(), None)?;
            if written != saved.len() as u64 {
                return Err(fault::overtaken("saving notices"));
            }
        }
        Ok(())
    }
}

fn write(
    session: &mut Session<'_>,
    statement: &str,
    rows: &[&NoticeRow],
    token: Option<&str>,
) -> Result<u64, StoreError> {
    let columns = Columns::of(rows)?;
    let mut params = columns.params().to_vec();
    params.push(&token);
    session.change("saving notices", statement, &params)
}

/// A notice that was only claimed so far and is now on its way counts from here on: so the next one to the same buyer
/// need not ask the database again.
fn count(session: &mut Session<'_>, notice: &NoticeRow) {
    let waits = session.pending.saved.get(&notice.notice_id);
    let counted = waits.is_none_or(counts);
    match &notice.buyer_id {
        Some(buyer_id) if counts(notice) && !counted && is_alone(notice) => {
            let buyer = BuyerKey { merchant_id: notice.order.merchant_id.clone(), buyer_id: buyer_id.clone() };
            let at = notice.sent_at.unwrap_or(notice.updated_at);
            for (_, sent) in session.seen.sent.range_mut(..=at) {
                sent.entry(buyer.clone()).and_modify(|got| {
                    got.push(got_with(notice));
                    got.sort_unstable();
                });
            }
        }
        // Told together with others, saved twice, or written in between: too rare to reckon with.
        _ if counted || counts(notice) => session.seen.sent.clear(),
        _ => {}
    }
}

/// What its buyer got with a notice.
fn got_with(notice: &NoticeRow) -> Got {
    let message_id = notice.composed.as_ref().map(|message| message.message_id.clone());
    Got {
        message_id: message_id.unwrap_or_else(|| notice.notice_id.to_string()),
        kind: notice.kind,
        order_id: notice.order.order_id.clone(),
    }
}

/// Whether its message carries no other notice, now or at an earlier attempt.
fn is_alone(notice: &NoticeRow) -> bool {
    notice.attempts <= 1 && notice.composed.as_ref().is_none_or(|message| message.together_with.is_empty())
}

/// A message as a document.
pub(super) fn composed(composed: Option<&Composed>) -> Result<Option<String>, StoreError> {
    composed.map(|message| document::write("saving a message", message)).transpose()
}

/// A batch of notices, column by column.
#[derive(Default)]
struct Columns<'n> {
    ids: Vec<&'n str>,
    keys: Vec<&'n str>,
    merchants: Vec<&'n str>,
    orders: Vec<&'n str>,
    buyers: Vec<Option<&'n str>>,
    kinds: Vec<&'static str>,
    states: Vec<&'static str>,
    created: Vec<i64>,
    due: Vec<i64>,
    attempts: Vec<i32>,
    tokens: Vec<Option<&'n str>>,
    leases: Vec<Option<i64>>,
    updated: Vec<i64>,
    sent: Vec<Option<i64>>,
    composed: Vec<Option<String>>,
    messages: Vec<Option<&'n str>>,
    outcomes: Vec<Option<String>>,
    feedback: Vec<Option<&'n str>>,
}

impl<'n> Columns<'n> {
    fn of(rows: &[&'n NoticeRow]) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for row in rows {
            columns.push(row)?;
        }
        Ok(columns)
    }

    fn push(&mut self, row: &'n NoticeRow) -> Result<(), StoreError> {
        self.ids.push(row.notice_id.as_str());
        self.keys.push(&row.key);
        self.merchants.push(row.order.merchant_id.as_str());
        self.orders.push(row.order.order_id.as_str());
        self.buyers.push(row.buyer_id.as_ref().map(BuyerId::as_str));
        self.kinds.push(row.kind.as_str());
        self.states.push(row.state.as_str());
        self.created.push(row.created_at.ms());
        self.due.push(row.due_at.ms());
        self.attempts.push(small(row.attempts));
        self.tokens.push(row.lease_token.as_deref());
        self.leases.push(row.lease_until.map(Instant::ms));
        self.updated.push(row.updated_at.ms());
        self.sent.push(row.sent_at.map(Instant::ms));
        self.composed.push(composed(row.composed.as_deref())?);
        self.messages.push(row.composed.as_ref().map(|message| message.message_id.as_str()));
        // A server's own words may hold anything; PostgreSQL's text holds everything but this one character.
        self.outcomes.push(row.outcome.as_ref().map(|said| said.replace('\0', "\u{fffd}")));
        self.feedback.push(row.feedback.as_deref());
        Ok(())
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 18] {
        [
            &self.ids,
            &self.keys,
            &self.merchants,
            &self.orders,
            &self.buyers,
            &self.kinds,
            &self.states,
            &self.created,
            &self.due,
            &self.attempts,
            &self.tokens,
            &self.leases,
            &self.updated,
            &self.sent,
            &self.composed,
            &self.messages,
            &self.outcomes,
            &self.feedback,
        ]
    }
}
