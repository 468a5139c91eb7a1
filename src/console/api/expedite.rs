//! `GET /v1/expedite`: orders the warehouse should take first, ranked, and what came of those it was asked for.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::expedite::Motive;
use forewarn_core::ids::{LineId, MerchantId, OrderId, WarehouseId};
use forewarn_core::money::Money;
use forewarn_core::policy::Ppm;
use serde::Serialize;

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::expedite::{Asked, Found, find};
use crate::console::visitor::Visitor;
use crate::store::port::ExpediteRow;

/// Orders answered at once. Our choice: a shift's work.
const ORDERS: usize = 500;

#[derive(Serialize)]
struct Answer {
    orders: Vec<Item>,
    effect: Effect,
}

#[derive(Serialize)]
struct Item {
    rank: u64,
    merchant_id: MerchantId,
    order_id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse_id: Option<WarehouseId>,
    reason: Motive,
    ship_by: Instant,
    risk: Ppm,
    worth: Price,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_ids: Vec<LineId>,
    suggested_at: Instant,
}

#[derive(Serialize)]
struct Price {
    amount: String,
    currency: String,
}

#[derive(Serialize)]
struct Effect {
    since: Instant,
    waiting: u64,
    left_in_time: u64,
    left_too_late: u64,
    expected_too_late: f64,
}

pub(super) async fn show(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let found = find(&console, &visitor, &asked, ORDERS).await?;
    Ok(Json(answer(found)).into_response())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn answer(found: Found) -> Answer {
    let Found { orders, effect, since } = found;
    Answer {
        orders: orders.into_iter().map(|(rank, row)| item(rank, row)).collect(),
        effect: Effect {
            since,
            waiting: effect.open,
            left_in_time: effect.saved,
            left_too_late: effect.missed,
            expected_too_late: effect.expected_missed_ppm as f64 / 1_000_000.0,
        },
    }
}

fn item(rank: u64, row: ExpediteRow) -> Item {
    let Money { currency, .. } = row.worth;
    Item {
        rank,
        merchant_id: row.order.merchant_id,
        order_id: row.order.order_id,
        warehouse_id: row.warehouse_id,
        reason: row.motive,
        ship_by: row.leave_by,
        risk: row.risk,
        worth: Price { amount: row.worth.amount_text(), currency: currency.to_string() },
        line_ids: row.line_ids,
        suggested_at: row.suggested_at,
    }
}
