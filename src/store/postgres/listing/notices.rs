//! Notices and suppressions, newest first.

use forewarn_core::ids::{BuyerId, NoticeId};
use forewarn_core::notice::{Kind, Why};

use super::narrowing::{self, order_begins, order_or_buyer};
use crate::store::port::{NoticeLine, NoticeSearch, NoticeState, SuppressedLine, SuppressedSearch, Tenant};
use crate::store::postgres::orders::order_key;
use crate::store::postgres::session::{Fields, Session, rows};
use crate::store::{StoreError, document};

pub(super) fn list(
    session: &mut Session<'_>,
    tenant: Tenant<'_>,
    search: &NoticeSearch,
) -> Result<Vec<NoticeLine>, StoreError> {
    let mut query = narrowing::of(
        "SELECT notice_id, merchant_id, order_id, buyer_id, kind, state, created_at, sent_at, feedback, outcome,
            composed FROM notices",
        tenant,
    );
    if let Some(merchant) = &search.merchant {
        query.and("merchant_id = ?", [merchant.as_str()]);
    }
    if let Some(kind) = search.kind {
        query.and("kind = ?", [kind.as_str()]);
    }
    if let Some(state) = search.state {
        query.and("state = ?", [state.as_str()]);
    }
    if let Some(text) = &search.text {
        order_or_buyer(&mut query, text);
    }
    if let Some(from) = search.from {
        query.and("created_at >= ?", [from.ms()]);
    }
    if let Some(to) = search.to {
        query.and("created_at < ?", [to.ms()]);
    }
    if let Some((at, id)) = &search.after {
        query.end(" AND (created_at, notice_id) < (?", [at.ms()]).end(", ?)", [id.as_str()]);
    }
    query.end(" ORDER BY created_at DESC, notice_id DESC LIMIT ?", [rows(search.limit)]);
    let found = session.all("listing notices", query.sql(), &query.params(), |f| Ok(notice_line(f)))?;
    // One damaged row must not hide all the others; what is wrong with it is told where it is claimed.
    Ok(found.into_iter().filter_map(Result::ok).collect())
}

fn notice_line(f: &mut Fields<'_>) -> Result<NoticeLine, StoreError> {
    let notice_id = f.parsed("notice", &"in a list", "notice_id", NoticeId::new)?;
    // The server would fail the whole statement over one message that is no JSON any more.
    let message: serde_json::Value =
        serde_json::from_str(f.column::<Option<&str>>(10)?.unwrap_or_default()).unwrap_or_default();
    let said = |name: &str| message.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let named_kind = |name: &str| Kind::named(name).ok_or(());
    Ok(NoticeLine {
        order: order_key(f)?,
        buyer_id: f.maybe_parsed("notice", &notice_id, "buyer_id", BuyerId::new)?,
        kind: f.parsed("notice", &notice_id, "kind", named_kind)?,
        state: f.parsed("notice", &notice_id, "state", |s| NoticeState::named(s).ok_or(()))?,
        created_at: f.instant()?,
        sent_at: f.maybe_instant()?,
        feedback: f.take()?,
        outcome: f.take()?,
        channel: said("channel"),
        subject: said("subject"),
        cost: said("amount").zip(said("currency")),
        notice_id,
    })
}

pub(super) fn suppressed(
    session: &mut Session<'_>,
    tenant: Tenant<'_>,
    search: &SuppressedSearch,
) -> Result<Vec<SuppressedLine>, StoreError> {
    let mut query = narrowing::of(
        "SELECT seq, merchant_id, order_id, kind, why, at, because, composed::json ->> 'subject',
            composed::json ->> 'text' FROM suppressions",
        tenant,
    );
    if let Some(merchant) = &search.merchant {
        query.and("merchant_id = ?", [merchant.as_str()]);
    }
    if let Some(kind) = search.kind {
        query.and("kind = ?", [kind.as_str()]);
    }
    if let Some(why) = search.why {
        query.and("why = ?", [why.as_str()]);
    }
    if let Some(text) = &search.text {
        order_begins(&mut query, text);
    }
    if let Some((at, place)) = search.after {
        query.and("(at, seq) < (?, ?)", [at.ms(), place]);
    }
    query.end(" ORDER BY at DESC, seq DESC LIMIT ?", [rows(search.limit)]);
    session.all("listing suppressions", query.sql(), &query.params(), suppressed_line)
}

fn suppressed_line(f: &mut Fields<'_>) -> Result<SuppressedLine, StoreError> {
    let place: i64 = f.take()?;
    Ok(SuppressedLine {
        place,
        order: order_key(f)?,
        kind: f.parsed("suppression", &place, "kind", |k| Kind::named(k).ok_or(()))?,
        why: f.parsed("suppression", &place, "why", |w| Why::named(w).ok_or(()))?,
        at: f.instant()?,
        because: document::read("suppression", &place, f.take::<&str>()?)?,
        would: f.take::<Option<String>>()?.zip(f.take::<Option<String>>()?),
    })
}
