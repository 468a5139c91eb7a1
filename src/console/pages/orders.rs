//! Orders: the ones that need a look, or the one whose id was pasted.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::OrderKey;
use forewarn_core::ids::{MerchantId, OrderId};
use serde::Deserialize;

use super::rows::OrderItem;
use crate::console::failure::Failure;
use crate::console::paging::{self, ROWS};
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::{OrderLine, OrderMark, OrderSearch, OrderView};

/// What the search form and links carry; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    q: String,
    merchant: String,
    view: String,
    after: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    shell: Shell,
    t: Speech,
    asked: Asked,
    /// Which view this is, by its name in words.
    lead: &'static str,
    views: Vec<View>,
    orders: Vec<OrderItem>,
    more: Option<String>,
    shops: bool,
    known: Vec<(String, String)>,
}

pub(super) struct View {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) here: bool,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    if let Some(key) = pasted_key(&asked.q) {
        let own = visitor.own_shop();
        let wanted = key.clone();
        if console.store.read(move |tx| tx.order_seen(own.as_ref(), &wanted)).await? {
            return Ok(to_order(&key));
        }
    }
    let mut found = find(&console, &visitor, &asked).await?;
    // Whoever pastes a whole id wants that order, not a list of one.
    let mut exact = found.iter().filter(|o| o.key.order_id.as_str() == asked.q.trim());
    if let (Some(order), None) = (exact.next(), exact.next()) {
        return Ok(to_order(&order.key));
    }
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let more = found.last().filter(|_| more).map(|last| link(&asked, &paging::write(&last.mark())));
    let t = visitor.speech.clone();
    let mut shell = Shell::new(&visitor, "/orders");
    shell.search.clone_from(&asked.q);
    let policy = Arc::clone(&visitor.policy);
    render(&OrdersPage {
        orders: found.iter().map(|o| OrderItem::new(o, &t, &policy, visitor.now)).collect(),
        lead: name_of(view_named(&asked.view)),
        views: views(here(&asked), &asked.merchant, &t),
        shops: visitor.is_operations(),
        known: visitor.known_shops(),
        shell,
        asked,
        more,
        t,
    })
}

async fn find(console: &Console, visitor: &Visitor, asked: &Asked) -> Result<Vec<OrderLine>, Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let mark = |text: String| paging::read::<OrderMark>(&text).ok_or(Failure::BadRequest);
    let shop = |m: String| MerchantId::new(&m).map_err(|_| Failure::BadField("filter.merchant"));
    let search = OrderSearch {
        merchant: given(&asked.merchant).map(shop).transpose()?,
        text: given(&asked.q),
        view: view_named(&asked.view),
        now: Some(visitor.now),
        after: given(&asked.after).map(mark).transpose()?,
        // One more than is shown tells whether there is more.
        limit: ROWS + 1,
    };
    let own = visitor.own_shop();
    Ok(console.store.read(move |tx| tx.orders_list(own.as_ref(), &search)).await?)
}

fn view_named(name: &str) -> OrderView {
    match name {
        "overdue" => OrderView::Overdue,
        "parked" => OrderView::Parked,
        _ => OrderView::Risk,
    }
}

fn name_of(view: OrderView) -> &'static str {
    match view {
        OrderView::Risk => "risk",
        OrderView::Overdue => "overdue",
        OrderView::Parked => "parked",
    }
}

/// The view the reader is at; none while they look for an order.
fn here(asked: &Asked) -> &'static str {
    if asked.q.trim().is_empty() { name_of(view_named(&asked.view)) } else { "" }
}

/// The ways to look at open orders: by risk, overdue, set aside, and which go first; `here` is the one that is shown.
pub(super) fn views(here: &str, merchant: &str, t: &Speech) -> Vec<View> {
    let view = |name: &str| {
        let href = match name {
            "first" => paging::link("/expedite", &[("merchant", merchant)]),
            "risk" => paging::link("/orders", &[("merchant", merchant)]),
            _ => paging::link("/orders", &[("merchant", merchant), ("view", name)]),
        };
        View { href, label: t.name("view", name), here: name == here }
    };
    ["risk", "first", "overdue", "parked"].map(view).into()
}

/// `shop/order`, as operators write it.
fn pasted_key(text: &str) -> Option<OrderKey> {
    let (merchant, order) = text.trim().split_once('/')?;
    Some(OrderKey { merchant_id: MerchantId::new(merchant).ok()?, order_id: OrderId::new(order).ok()? })
}

fn to_order(key: &OrderKey) -> Response {
    Redirect::to(&order_path(key.merchant_id.as_str(), key.order_id.as_str())).into_response()
}

fn link(asked: &Asked, after: &str) -> String {
    let pairs = [("q", asked.q.trim()), ("merchant", &asked.merchant), ("view", &asked.view), ("after", after)];
    paging::link("/orders", &pairs)
}
