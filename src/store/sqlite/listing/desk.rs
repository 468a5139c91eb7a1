//! The desk: what waits, the first in rank first, or what left.

use forewarn_core::desk::Matter;
use rusqlite::types::Value;

use super::super::desk::{COLUMNS, read};
use super::super::session::{Session, rows};
use super::narrowing::Narrowing;
use crate::store::StoreError;
use crate::store::port::{DeskLine, DeskMark, DeskSearch, DeskView, Tenant};

/// A date of the order, while it is open.
macro_rules! of_order {
    ($column:literal) => {
        concat!(
            "(SELECT ",
            $column,
            " FROM orders o WHERE o.merchant_id = desk.merchant_id AND o.order_id = desk.order_id AND o.open = 1)"
        )
    };
}

pub(in crate::store::sqlite) fn desk(
    session: &Session<'_>,
    tenant: Tenant<'_>,
    search: &DeskSearch,
) -> Result<Vec<DeskLine>, StoreError> {
    let (query, sql) = statement(tenant, search);
    session.all("listing the desk", &sql, query.params(), |f| {
        Ok(DeskLine { row: read(f)?, ship_by: f.maybe_instant()?, quote: f.maybe_instant()? })
    })
}

/// The statement of a page, with the values of its conditions.
pub(in crate::store::sqlite) fn statement(tenant: Tenant<'_>, search: &DeskSearch) -> (Narrowing, String) {
    let query = Narrowing::of(tenant)
        .maybe(search.merchant.as_ref(), |q, m| q.text("merchant_id =", m.as_str()))
        .maybe(search.matter.map(Matter::as_str), |q, matter| q.text("matter =", matter));
    let after = search.after.as_ref();
    let past = |q: Narrowing, m: &DeskMark| q.values("(rank, queued_at, desk_id) > (?, ?, ?)", place(m));
    let open = |q: Narrowing| q.always("closed_at IS NULL").maybe(after, past);
    let (query, sorting) = match &search.view {
        DeskView::Open => (open(query), "rank, queued_at, desk_id"),
        DeskView::Of(person) => (open(query).text("taken_by =", person), "rank, queued_at, desk_id"),
        DeskView::Closed => {
            let left = query.always("closed_at IS NOT NULL").maybe(after, |q, m| {
                let [_, at, id] = place(m);
                q.values("(closed_at, desk_id) < (?, ?)", [at, id])
            });
            (left, "closed_at DESC, desk_id DESC")
        }
    };
    let (ship_by, quote) = (of_order!("ship_by"), of_order!("quote"));
    let limit = rows(search.limit);
    let sql = format!("SELECT {COLUMNS}, {ship_by}, {quote} FROM desk WHERE {query} ORDER BY {sorting} LIMIT {limit}");
    (query, sql)
}

fn place(mark: &DeskMark) -> [Value; 3] {
    [Value::Integer(i64::from(mark.rank)), Value::Integer(mark.at), Value::Text(mark.desk_id.clone())]
}
