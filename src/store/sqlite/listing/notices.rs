//! Notices and suppressions, newest first.

use forewarn_core::Instant;
use forewarn_core::ids::{BuyerId, NoticeId};
use forewarn_core::notice::{Kind, Why};
use rusqlite::types::Value;

use super::super::document;
use super::super::orders::order_key;
use super::super::session::{Fields, Session, rows};
use super::narrowing::Narrowing;
use crate::store::StoreError;
use crate::store::port::{NoticeLine, NoticeSearch, NoticeState, SuppressedLine, SuppressedSearch, Tenant};

pub(super) fn list(
    session: &Session<'_>,
    tenant: Tenant<'_>,
    search: &NoticeSearch,
) -> Result<Vec<NoticeLine>, StoreError> {
    let after = search.after.as_ref().map(|(at, id)| (at.ms(), id.as_str().to_owned()));
    let query = Narrowing::of(tenant)
        .maybe(search.merchant.as_ref(), |q, m| q.text("merchant_id =", m.as_str()))
        .maybe(search.kind, |q, k| q.text("kind =", k.as_str()))
        .maybe(search.state, |q, s| q.text("state =", s.as_str()))
        .maybe(search.text.as_deref(), Narrowing::order_or_buyer)
        .maybe(search.from, |q, at| q.number("created_at >=", at.ms()))
        .maybe(search.to, |q, at| q.number("created_at <", at.ms()))
        .maybe(after, |q, (at, id)| {
            q.values("(created_at, notice_id) < (?, ?)", [Value::Integer(at), Value::Text(id)])
        });
    // A text finds few rows by its own index; the plus keeps the statement from walking all of them by age instead.
    let newest =
        if search.text.is_some() { "+created_at DESC, notice_id DESC" } else { "created_at DESC, notice_id DESC" };
    // A message that is no JSON any more must not fail the statement for all the others.
    let [channel, subject, amount, currency] = ["channel", "subject", "amount", "currency"]
        .map(|field| format!("CASE WHEN json_valid(composed) THEN composed ->> '$.{field}' END"));
    let sql = format!(
        "SELECT notice_id, merchant_id, order_id, buyer_id, kind, state, created_at, sent_at, feedback, outcome,
                {channel}, {subject}, {amount}, {currency}
         FROM notices WHERE {query} ORDER BY {newest} LIMIT {}",
        rows(search.limit)
    );
    let found = session.all("listing notices", &sql, query.params(), |f| Ok(notice_line(f)))?;
    // One damaged row must not hide all the others; what is wrong with it is told where it is claimed.
    Ok(found.into_iter().filter_map(Result::ok).collect())
}

fn notice_line(f: &mut Fields<'_>) -> Result<NoticeLine, StoreError> {
    let notice_id = f.parsed("notice", &"in a list", "notice_id", NoticeId::new)?;
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
        channel: f.take()?,
        subject: f.take()?,
        cost: f.take::<Option<String>>()?.zip(f.take::<Option<String>>()?),
        notice_id,
    })
}

pub(super) fn suppressed(
    session: &Session<'_>,
    tenant: Tenant<'_>,
    search: &SuppressedSearch,
) -> Result<Vec<SuppressedLine>, StoreError> {
    let query = Narrowing::of(tenant)
        .maybe(search.merchant.as_ref(), |q, m| q.text("merchant_id =", m.as_str()))
        .maybe(search.kind, |q, k| q.text("kind =", k.as_str()))
        .maybe(search.why, |q, w| q.text("why =", w.as_str()))
        .maybe(search.text.as_deref(), Narrowing::order_begins)
        .maybe(search.after, |q, (at, place)| {
            q.values("(at, seq) < (?, ?)", [Value::Integer(at.ms()), Value::Integer(place)])
        });
    let newest = if search.text.is_some() { "+at DESC, seq DESC" } else { "at DESC, seq DESC" };
    let sql = format!(
        "SELECT seq, merchant_id, order_id, kind, why, at, because, composed ->> '$.subject', composed ->> '$.text'
         FROM suppressions WHERE {query} ORDER BY {newest} LIMIT {}",
        rows(search.limit)
    );
    session.all("listing suppressions", &sql, query.params(), suppressed_line)
}

fn suppressed_line(f: &mut Fields<'_>) -> Result<SuppressedLine, StoreError> {
    let place: i64 = f.take()?;
    Ok(SuppressedLine {
        place,
        order: order_key(f)?,
        kind: f.parsed("suppression", &place, "kind", |k| Kind::named(k).ok_or(()))?,
        why: f.parsed("suppression", &place, "why", |w| Why::named(w).ok_or(()))?,
        at: Instant::from_ms(f.take()?),
        because: document::read("suppression", &place, &f.take::<String>()?)?,
        would: f.take::<Option<String>>()?.zip(f.take::<Option<String>>()?),
    })
}
