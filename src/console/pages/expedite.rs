//! Orders the warehouse should take first, and what came of those it was asked for.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use forewarn_core::ids::{MerchantId, WarehouseId};
use forewarn_core::{Instant, Span};
use serde::Deserialize;

use super::orders::{View, views};
use super::rows::risk_tone;
use crate::console::failure::Failure;
use crate::console::paging::ROWS;
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::{ExpediteEffect, ExpediteRow};

/// How far back what came of suggestions is counted.
const EFFECT_OVER: Span = Span::hours(30 * 24);

/// What the form and the API's address carry; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    pub(in crate::console) merchant: String,
    pub(in crate::console) warehouse: String,
}

/// A queue as it stands, and what came of earlier ones.
pub(in crate::console) struct Found {
    pub(in crate::console) orders: Vec<(u64, ExpediteRow)>,
    pub(in crate::console) effect: ExpediteEffect,
    /// From when on it is counted.
    pub(in crate::console) since: Instant,
}

#[derive(Template)]
#[template(path = "expedite.html")]
struct ExpeditePage {
    shell: Shell,
    t: Speech,
    asked: Asked,
    views: Vec<View>,
    rows: Vec<Row>,
    /// What came of suggestions; empty while none has ended.
    effect: String,
    more: bool,
    shops: bool,
    known: Vec<(String, String)>,
}

struct Row {
    rank: u64,
    href: String,
    order: String,
    merchant: String,
    warehouse: String,
    motive: String,
    leave_by: String,
    exact: String,
    risk: String,
    risk_tone: &'static str,
    /// Of a hundred.
    share: u32,
    worth: String,
    held: bool,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let t = visitor.speech.clone();
    let mut found = find(&console, &visitor, &asked, ROWS + 1).await?;
    let more = found.orders.len() > ROWS;
    found.orders.truncate(ROWS);
    render(&ExpeditePage {
        shell: Shell::new(&visitor, "/orders"),
        views: views("first", &asked.merchant, &t),
        rows: found.orders.iter().map(|(rank, row)| Row::new(*rank, row, &visitor)).collect(),
        effect: effect(found.effect, &t),
        shops: visitor.is_operations(),
        known: visitor.known_shops(),
        asked,
        more,
        t,
    })
}

/// Up to `limit` orders of the queues that `asked` names and `visitor` may see.
pub(in crate::console) async fn find(
    console: &Console,
    visitor: &Visitor,
    asked: &Asked,
    limit: usize,
) -> Result<Found, Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let shop = |m: String| MerchantId::new(&m).map_err(|_| Failure::BadField("filter.merchant"));
    let house = |w: String| WarehouseId::new(&w).map_err(|_| Failure::BadField("filter.warehouse"));
    let wanted = given(&asked.merchant).map(shop).transpose()?;
    let warehouse = given(&asked.warehouse).map(house).transpose()?;
    // Whoever may not see a shop is not told whether it has a queue.
    let own = visitor.own_shop();
    let foreign = own.is_some() && wanted.is_some() && wanted != own;
    let (tenant, since) = (own.or(wanted), visitor.now - EFFECT_OVER);
    let limit = if foreign { 0 } else { limit };
    let step = move |tx: &mut dyn crate::store::Tx| {
        let orders = tx.expedite_queue(tenant.as_ref(), warehouse.as_ref(), limit)?;
        Ok((orders, tx.expedite_effect(tenant.as_ref(), since)?))
    };
    let (orders, effect) = console.store.read(step).await?;
    Ok(Found { orders, effect, since })
}

impl Row {
    fn new(rank: u64, row: &ExpediteRow, visitor: &Visitor) -> Self {
        let (key, t) = (&row.order, &visitor.speech);
        Self {
            rank,
            href: order_path(key.merchant_id.as_str(), key.order_id.as_str()),
            order: key.order_id.to_string(),
            merchant: key.merchant_id.to_string(),
            warehouse: row.warehouse_id.as_ref().map_or_else(|| "–".into(), ToString::to_string),
            motive: t.name("motive", row.motive),
            leave_by: t.time(&row.leave_by),
            exact: t.exact(&row.leave_by),
            risk: t.percent(&row.risk),
            risk_tone: risk_tone(row.risk, &visitor.policy),
            share: row.risk.ppm() / 10_000,
            worth: t.price(&row.worth.amount_text(), row.worth.currency.as_str()),
            held: row.held,
        }
    }
}

/// How many left in time, beside how many would have by what was foretold when they were suggested.
fn effect(effect: ExpediteEffect, t: &Speech) -> String {
    let ended = effect.saved + effect.missed;
    if ended == 0 {
        return String::new();
    }
    let expected = (ended * 1_000_000).saturating_sub(effect.expected_missed_ppm) / 1_000_000;
    let [ended, saved, expected] = [ended, effect.saved, expected].map(|n| t.number(&n));
    t.fill("expedite.effect", &[&ended, &saved, &expected])
}
