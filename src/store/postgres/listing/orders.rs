//! Orders: the ones that need a look first, or the one that was asked for.

use forewarn_core::cause::Cause;
use forewarn_core::ids::BuyerId;
use forewarn_core::policy::Ppm;

use super::narrowing::{self, order_or_buyer};
use crate::store::StoreError;
use crate::store::port::{OrderLine, OrderMark, OrderSearch, OrderView, Tenant};
use crate::store::postgres::orders::order_key;
use crate::store::postgres::query::Query;
use crate::store::postgres::session::{Fields, Session, rows, small};

pub(super) fn list(
    session: &mut Session<'_>,
    tenant: Tenant<'_>,
    search: &OrderSearch,
) -> Result<Vec<OrderLine>, StoreError> {
    let mut query = narrowing::of(
        "SELECT merchant_id, order_id, buyer_id, open, paid_at, ship_by, risk_ppm, at_risk, quote, cause, handed_over_at,
            chases, parked FROM orders",
        tenant,
    );
    if let Some(merchant) = &search.merchant {
        query.and("merchant_id = ?", [merchant.as_str()]);
    }
    let sorting = match &search.text {
        Some(text) => {
            order_or_buyer(&mut query, text);
            if let Some(OrderMark { key, .. }) = &search.after {
                query.and("(order_id, merchant_id) > (?, ?)", [key.order_id.as_str(), key.merchant_id.as_str()]);
            }
            "order_id, merchant_id"
        }
        None => viewed(&mut query, search),
    };
    query.end(&format!(" ORDER BY {sorting} LIMIT ?"), [rows(search.limit)]);
    session.all("listing orders", query.sql(), &query.params(), order_line)
}

fn viewed(query: &mut Query, search: &OrderSearch) -> &'static str {
    let after = search.after.as_ref();
    match search.view {
        OrderView::Risk => {
            query.plain("open").plain("risk_ppm IS NOT NULL");
            if let Some(mark) = after {
                let risk = small(mark.risk);
                query.and("(at_risk, risk_ppm) <= (?, ", [mark.at_risk]).end("?)", [risk]);
                query.end(" AND ((at_risk, risk_ppm) < (?, ", [mark.at_risk]).end("?) OR ", [risk]);
                past(query, mark);
                query.end::<i64, 0>(")", []);
            }
            "at_risk DESC, risk_ppm DESC, ship_by, merchant_id, order_id"
        }
        OrderView::Overdue => {
            query.plain("open");
            if let Some(now) = search.now {
                query.and("ship_by < ?", [now.ms()]);
            }
            if let Some(mark) = after {
                query.end::<i64, 0>(" AND ", []);
                past(query, mark);
            }
            "ship_by, merchant_id, order_id"
        }
        OrderView::Parked => {
            query.plain("parked IS NOT NULL");
            if let Some(OrderMark { key, .. }) = after {
                query.and("(merchant_id, order_id) > (?, ?)", [key.merchant_id.as_str(), key.order_id.as_str()]);
            }
            "merchant_id, order_id"
        }
    }
}

fn past(query: &mut Query, mark: &OrderMark) {
    query
        .end("(ship_by, merchant_id, order_id) > (?, ", [mark.ship_by])
        .end("?, ?)", [mark.key.merchant_id.as_str(), mark.key.order_id.as_str()]);
}

/// A list must show an order that is set aside because a column of it is damaged: what cannot be read stays empty.
fn order_line(f: &mut Fields<'_>) -> Result<OrderLine, StoreError> {
    let key = order_key(f)?;
    Ok(OrderLine {
        buyer_id: f.maybe_parsed("order", &key, "buyer_id", BuyerId::new).unwrap_or_default(),
        open: f.take()?,
        paid_at: f.maybe_instant()?,
        ship_by: f.maybe_instant()?,
        risk: f.take::<Option<i32>>()?.map(|ppm| Ppm::from_ppm(u32::try_from(ppm).unwrap_or(0))),
        at_risk: f.take()?,
        quote: f.maybe_instant()?,
        cause: f.maybe_parsed("order", &key, "cause", |c| Cause::named(c).ok_or(())).unwrap_or_default(),
        handed_over_at: f.maybe_instant()?,
        chases: f.small()?,
        parked: f.take()?,
        key,
    })
}
