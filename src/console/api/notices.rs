//! `/v1/notices`: notices, newest first, and a word on those of which nobody knows whether they were taken.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;
use forewarn_core::notice::Kind;
use serde::Serialize;

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::notice::take_word;
use crate::console::pages::notices::{Asked, find};
use crate::console::paging::ROWS;
use crate::console::visitor::{Program, Visitor};
use crate::store::port::{NoticeLine, NoticeState};

#[derive(Serialize)]
struct List {
    notices: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Item {
    notice_id: String,
    merchant_id: String,
    order_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer_id: Option<String>,
    kind: Kind,
    state: NoticeState,
    created_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compensation: Option<Price>,
}

#[derive(Serialize)]
struct Price {
    amount: String,
    currency: String,
}

pub(super) async fn list(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (found, next) = find(&console, &visitor, &asked, ROWS).await?;
    Ok(Json(List { notices: found.into_iter().map(item).collect(), next }).into_response())
}

pub(super) async fn resolve(
    State(console): State<Console>,
    Path((id, word)): Path<(String, String)>,
    Program(visitor): Program,
) -> Result<Response, Failure> {
    let id = NoticeId::new(&id).map_err(|_| Failure::NotFound)?;
    let open = take_word(&console, &visitor, &id, &word).await?;
    if open { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(Failure::NotFound) }
}

fn item(line: NoticeLine) -> Item {
    Item {
        notice_id: line.notice_id.to_string(),
        merchant_id: line.order.merchant_id.to_string(),
        order_id: line.order.order_id.to_string(),
        buyer_id: line.buyer_id.map(|b| b.to_string()),
        kind: line.kind,
        state: line.state,
        created_at: line.created_at,
        sent_at: line.sent_at,
        channel: line.channel,
        subject: line.subject,
        feedback: line.feedback,
        compensation: line.cost.map(|(amount, currency)| Price { amount, currency }),
    }
}
