//! Notices and suppressions, newest first.

use std::cmp::Reverse;

use forewarn_core::Instant;

use super::{is_named, may_see};
use crate::store::memory::Tables;
use crate::store::port::{
    NoticeLine, NoticeRow, NoticeSearch, SuppressedLine, SuppressedSearch, SuppressionRow, Tenant,
};

pub(super) fn list(tables: &Tables, tenant: Tenant<'_>, search: &NoticeSearch) -> Vec<NoticeLine> {
    let after = search.after.as_ref().map(|(at, id)| (*at, id));
    let is_wanted = |notice: &&NoticeRow| {
        may_see(tenant, &notice.order)
            && is_found(notice, search)
            && after.is_none_or(|after| (notice.created_at, &notice.notice_id) < after)
    };
    let mut found: Vec<&NoticeRow> = tables.notices.rows().filter(is_wanted).collect();
    found.sort_by_key(|notice| Reverse((notice.created_at, &notice.notice_id)));
    found.into_iter().take(search.limit).map(notice_line).collect()
}

fn is_found(notice: &NoticeRow, search: &NoticeSearch) -> bool {
    may_see(search.merchant.as_ref(), &notice.order)
        && search.kind.is_none_or(|kind| notice.kind == kind)
        && search.state.is_none_or(|state| notice.state == state)
        && search.text.as_ref().is_none_or(|text| is_named(text, &notice.order, notice.buyer_id.as_ref()))
        && search.from.is_none_or(|from| notice.created_at >= from)
        && search.to.is_none_or(|to| notice.created_at < to)
}

fn notice_line(notice: &NoticeRow) -> NoticeLine {
    let composed = notice.composed.as_ref();
    NoticeLine {
        notice_id: notice.notice_id.clone(),
        order: notice.order.clone(),
        buyer_id: notice.buyer_id.clone(),
        kind: notice.kind,
        state: notice.state,
        created_at: notice.created_at,
        sent_at: notice.sent_at,
        feedback: notice.feedback.clone(),
        outcome: notice.outcome.clone(),
        channel: composed.map(|message| message.channel.clone()),
        subject: composed.map(|message| message.subject.clone()),
        cost: composed.and_then(|message| message.amount.clone().zip(message.currency.clone())),
    }
}

pub(super) fn suppressed(tables: &Tables, tenant: Tenant<'_>, search: &SuppressedSearch) -> Vec<SuppressedLine> {
    let is_wanted = |(place, row): &(i64, &SuppressionRow)| {
        may_see(tenant, &row.order)
            && is_found_suppressed(row, search)
            && search.after.is_none_or(|after| (row.at, *place) < after)
    };
    let mut found: Vec<(i64, &SuppressionRow)> = tables.suppressions.rows().filter(is_wanted).collect();
    found.sort_by_key(|(place, row)| Reverse::<(Instant, i64)>((row.at, *place)));
    found.into_iter().take(search.limit).map(suppressed_line).collect()
}

fn is_found_suppressed(row: &SuppressionRow, search: &SuppressedSearch) -> bool {
    may_see(search.merchant.as_ref(), &row.order)
        && search.kind.is_none_or(|kind| row.suppression.kind == kind)
        && search.why.is_none_or(|why| row.suppression.why == why)
        && search.text.as_ref().is_none_or(|text| is_named(text, &row.order, None))
}

fn suppressed_line((place, row): (i64, &SuppressionRow)) -> SuppressedLine {
    SuppressedLine {
        place,
        order: row.order.clone(),
        kind: row.suppression.kind,
        why: row.suppression.why,
        at: row.at,
        because: row.suppression.because.clone(),
        would: row.composed.as_ref().map(|message| (message.subject.clone(), message.text.clone())),
    }
}
