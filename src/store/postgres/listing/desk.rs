//! The desk: what waits, the first in rank first, or what left.

use super::narrowing;
use crate::store::StoreError;
use crate::store::port::{DeskLine, DeskMark, DeskSearch, DeskView, Tenant};
use crate::store::postgres::desk::{COLUMNS, read};
use crate::store::postgres::query::Query;
use crate::store::postgres::session::{Session, rows};

/// A date of the order, while it is open.
macro_rules! of_order {
    ($column:literal) => {
        concat!(
            "(SELECT ",
            $column,
            " FROM orders o WHERE o.merchant_id = desk.merchant_id AND o.order_id = desk.order_id AND o.open)"
        )
    };
}

pub(in crate::store::postgres) fn desk(
    session: &mut Session<'_>,
    tenant: Tenant<'_>,
    search: &DeskSearch,
) -> Result<Vec<DeskLine>, StoreError> {
    let (ship_by, quote) = (of_order!("ship_by"), of_order!("quote"));
    let mut query = narrowing::of(&format!("SELECT {COLUMNS}, {ship_by}, {quote} FROM desk"), tenant);
    if let Some(merchant) = &search.merchant {
        query.and("merchant_id = ?", [merchant.as_str()]);
    }
    if let Some(matter) = search.matter {
        query.and("matter = ?", [matter.as_str()]);
    }
    let sorting = viewed(&mut query, search);
    query.end(&format!(" ORDER BY {sorting} LIMIT ?"), [rows(search.limit)]);
    session.all("listing the desk", query.sql(), &query.params(), |f| {
        Ok(DeskLine { row: read(f)?, ship_by: f.maybe_instant()?, quote: f.maybe_instant()? })
    })
}

fn viewed(query: &mut Query, search: &DeskSearch) -> &'static str {
    if search.view == DeskView::Closed {
        query.plain("closed_at IS NOT NULL");
        if let Some(DeskMark { at, desk_id, .. }) = &search.after {
            query.and("(closed_at, desk_id) < (?, ", [*at]).end("?)", [desk_id.as_str()]);
        }
        return "closed_at DESC, desk_id DESC";
    }
    query.plain("closed_at IS NULL");
    if let DeskView::Of(person) = &search.view {
        query.and("taken_by = ?", [person.as_str()]);
    }
    if let Some(DeskMark { rank, at, desk_id }) = &search.after {
        query
            .and("(rank, queued_at, desk_id) > (?, ", [i32::from(*rank)])
            .end("?, ", [*at])
            .end("?)", [desk_id.as_str()]);
    }
    "rank, queued_at, desk_id"
}
