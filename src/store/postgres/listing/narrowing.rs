//! Conditions that narrow a list.

use crate::store::port::Tenant;
use crate::store::postgres::query::Query;

/// `select` with the one condition nobody may leave out: whose rows may be seen.
pub(super) fn of(select: &str, tenant: Tenant<'_>) -> Query {
    let mut query = Query::new(&format!("{select} WHERE TRUE"));
    if let Some(merchant) = tenant {
        query.and("merchant_id = ?", [merchant.as_str()]);
    }
    query
}

/// The order's id begins with `text`.
pub(super) fn order_begins(query: &mut Query, text: &str) {
    query.and("order_id >= ? AND order_id < ?", [text, &past(text)]);
}

/// The order's id begins with `text`, or the buyer's id is `text`.
pub(super) fn order_or_buyer(query: &mut Query, text: &str) {
    query.and("((order_id >= ? AND order_id < ?) OR buyer_id = ?)", [text, &past(text), text]);
}

/// No id holds a character above this one, and the columns compare byte by byte.
fn past(text: &str) -> String {
    format!("{text}\u{10FFFF}")
}
