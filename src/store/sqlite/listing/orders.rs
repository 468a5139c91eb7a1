//! Orders: the ones that need a look first, or the one that was asked for.

use forewarn_core::cause::Cause;
use forewarn_core::ids::BuyerId;
use forewarn_core::policy::Ppm;
use rusqlite::types::Value;

use super::super::orders::order_key;
use super::super::session::{Fields, Session, rows};
use super::narrowing::Narrowing;
use crate::store::StoreError;
use crate::store::port::{OrderLine, OrderMark, OrderSearch, OrderView, Tenant};

pub(super) fn list(
    session: &Session<'_>,
    tenant: Tenant<'_>,
    search: &OrderSearch,
) -> Result<Vec<OrderLine>, StoreError> {
    let query = Narrowing::of(tenant).maybe(search.merchant.as_ref(), |q, m| q.text("merchant_id =", m.as_str()));
    let (query, sorting) = match &search.text {
        Some(text) => {
            let rest = query.order_or_buyer(text).maybe(search.after.as_ref(), |q, m| {
                let [_, merchant, order] = place(m);
                q.values("(+order_id, merchant_id) > (?, ?)", [order, merchant])
            });
            (rest, "+order_id, merchant_id")
        }
        None => viewed(query, search),
    };
    let sql = format!(
        "SELECT merchant_id, order_id, buyer_id, open, paid_at, ship_by, risk_ppm, at_risk, quote, cause, handed_over_at,
                chases, parked
         FROM orders WHERE {query} ORDER BY {sorting} LIMIT {}",
        rows(search.limit)
    );
    session.all("listing orders", &sql, query.params(), order_line)
}

fn viewed(query: Narrowing, search: &OrderSearch) -> (Narrowing, &'static str) {
    let after = search.after.as_ref();
    match search.view {
        OrderView::Risk => {
            let open = query.always("open = 1").always("risk_ppm IS NOT NULL");
            let rest = open.maybe(after, |q, m| {
                let [ship_by, merchant, order] = place(m);
                let risk = || Value::Integer(i64::from(m.risk));
                let place = [Value::from(m.at_risk), risk(), Value::from(m.at_risk), risk(), ship_by, merchant, order];
                q.values(
                    "(at_risk, risk_ppm) <= (?, ?)
                     AND ((at_risk, risk_ppm) < (?, ?) OR (ship_by, merchant_id, order_id) > (?, ?, ?))",
                    place,
                )
            });
            (rest, "at_risk DESC, risk_ppm DESC, ship_by, merchant_id, order_id")
        }
        OrderView::Overdue => {
            let late = query.always("open = 1").maybe(search.now, |q, now| q.number("ship_by <", now.ms()));
            let rest = late.maybe(after, |q, m| q.values("(ship_by, merchant_id, order_id) > (?, ?, ?)", place(m)));
            (rest, "ship_by, merchant_id, order_id")
        }
        OrderView::Parked => {
            let parked = query.always("parked IS NOT NULL");
            let key = |m: &OrderMark| {
                let [_, merchant, order] = place(m);
                [merchant, order]
            };
            let rest = parked.maybe(after, |q, m| q.values("(merchant_id, order_id) > (?, ?)", key(m)));
            (rest, "merchant_id, order_id")
        }
    }
}

fn place(mark: &OrderMark) -> [Value; 3] {
    let text = |id: &str| Value::Text(id.to_owned());
    let key = &mark.key;
    [Value::Integer(mark.ship_by), text(key.merchant_id.as_str()), text(key.order_id.as_str())]
}

/// A list must show an order that is set aside because a column of it is damaged: what cannot be read stays empty.
fn order_line(f: &mut Fields<'_>) -> Result<OrderLine, StoreError> {
    let key = order_key(f)?;
    Ok(OrderLine {
        buyer_id: f.maybe_parsed("order", &key, "buyer_id", BuyerId::new).unwrap_or_default(),
        open: f.take()?,
        paid_at: f.maybe_instant()?,
        ship_by: f.maybe_instant()?,
        risk: f.take::<Option<u32>>().unwrap_or_default().map(Ppm::from_ppm),
        at_risk: f.take().unwrap_or_default(),
        quote: f.maybe_instant()?,
        cause: f.maybe_parsed("order", &key, "cause", |c| Cause::named(c).ok_or(())).unwrap_or_default(),
        handed_over_at: f.maybe_instant()?,
        chases: f.take().unwrap_or_default(),
        parked: f.take()?,
        key,
    })
}
