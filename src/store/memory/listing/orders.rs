//! Orders: the ones that need a look first, or the one that was asked for.

use std::cmp::Reverse;

use forewarn_core::policy::Ppm;

use super::{is_named, may_see};
use crate::store::memory::Tables;
use crate::store::port::{OrderLine, OrderMark, OrderRow, OrderSearch, OrderView, Tenant};

pub(super) fn list(tables: &Tables, tenant: Tenant<'_>, search: &OrderSearch) -> Vec<OrderLine> {
    let is_wanted = |row: &&OrderRow| {
        may_see(tenant, &row.key)
            && may_see(search.merchant.as_ref(), &row.key)
            && is_found(row, search)
            && search.after.as_ref().is_none_or(|mark| comes_after(row, search, mark))
    };
    // They come by key, which the sort keeps among equal ones.
    let mut found: Vec<&OrderRow> = tables.orders.rows().filter(is_wanted).collect();
    match (&search.text, search.view) {
        (Some(_), _) => found.sort_by_key(|row| &row.key.order_id),
        (None, OrderView::Risk) => {
            found.sort_by_key(|row| (Reverse((row.index.at_risk, row.index.risk)), row.index.ship_by));
        }
        (None, OrderView::Overdue) => found.sort_by_key(|row| row.index.ship_by),
        (None, OrderView::Parked) => {}
    }
    found.into_iter().take(search.limit).map(order_line).collect()
}

fn is_found(row: &OrderRow, search: &OrderSearch) -> bool {
    let index = &row.index;
    match (&search.text, search.view) {
        (Some(text), _) => is_named(text, &row.key, index.buyer_id.as_ref()),
        (None, OrderView::Risk) => index.open && index.risk.is_some(),
        (None, OrderView::Overdue) => {
            index.open && search.now.is_none_or(|now| index.ship_by.is_some_and(|ship_by| ship_by < now))
        }
        (None, OrderView::Parked) => row.parked.is_some(),
    }
}

/// Whether the row stands behind the place where the list was left.
fn comes_after(row: &OrderRow, search: &OrderSearch, mark: &OrderMark) -> bool {
    let by_promise = || row.index.ship_by.is_some_and(|ship_by| (ship_by.ms(), &row.key) > (mark.ship_by, &mark.key));
    match (&search.text, search.view) {
        (Some(_), _) => (&row.key.order_id, &row.key.merchant_id) > (&mark.key.order_id, &mark.key.merchant_id),
        (None, OrderView::Risk) => {
            let danger = (row.index.at_risk, row.index.risk.map_or(0, Ppm::ppm));
            let left = (mark.at_risk, mark.risk);
            danger < left || (danger == left && by_promise())
        }
        (None, OrderView::Overdue) => by_promise(),
        (None, OrderView::Parked) => row.key > mark.key,
    }
}

fn order_line(row: &OrderRow) -> OrderLine {
    let index = &row.index;
    OrderLine {
        key: row.key.clone(),
        buyer_id: index.buyer_id.clone(),
        open: index.open,
        paid_at: index.paid_at,
        ship_by: index.ship_by,
        risk: index.risk,
        at_risk: index.at_risk,
        quote: index.quote,
        cause: index.cause,
        handed_over_at: index.handed_over_at,
        chases: index.chases,
        parked: row.parked.clone(),
    }
}
