//! `/v1/desk`: what waits for a person, first things first, or what left; and a person's word on an entry.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::cause::Cause;
use forewarn_core::desk::{Ending, Matter, Outcome};
use forewarn_core::ids::DeskId;
use forewarn_core::text::Private;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::desk::{Asked, Deed, close_with, find, perform};
use crate::console::paging::ROWS;
use crate::console::visitor::{Program, Visitor};
use crate::store::port::DeskLine;

#[derive(Serialize)]
struct List {
    entries: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One entry, as programs read it.
#[derive(Serialize)]
pub(super) struct Item {
    desk_id: String,
    merchant_id: String,
    order_id: String,
    matter: Matter,
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
    number: u32,
    cause: Cause,
    chases: u32,
    opened_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    ship_by: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_ship_by: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<Taken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Closed>,
}

#[derive(Serialize)]
struct Taken {
    by: String,
    at: Instant,
}

#[derive(Serialize)]
struct Closed {
    at: Instant,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<Ending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Private>,
}

/// How an entry is closed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    outcome: String,
    #[serde(default)]
    note: String,
}

pub(super) async fn list(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (found, next) = find(&console, &visitor, &asked, ROWS).await?;
    Ok(Json(List { entries: found.into_iter().map(item).collect(), next }).into_response())
}

pub(super) async fn act(
    State(console): State<Console>,
    Path((id, name)): Path<(String, String)>,
    Program(visitor): Program,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = DeskId::new(&id).map_err(|_| Failure::NotFound)?;
    let deed = match name.as_str() {
        "take" => Deed::Take,
        "back" => Deed::GiveBack,
        "close" => {
            let word: Word = serde_json::from_slice(&body).map_err(|_| Failure::BadRequest)?;
            close_with(word.outcome.trim(), word.note.trim())?
        }
        _ => return Err(Failure::NotFound),
    };
    let (_, done) = perform(&console, &visitor, &id, deed).await?;
    if done { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(Failure::NotFound) }
}

pub(super) fn item(line: DeskLine) -> Item {
    let DeskLine { row, ship_by, quote } = line;
    Item {
        desk_id: row.desk_id.to_string(),
        merchant_id: row.order.merchant_id.to_string(),
        order_id: row.order.order_id.to_string(),
        matter: row.matter,
        about: row.about,
        number: row.number,
        cause: row.cause,
        chases: row.chases,
        opened_at: row.opened_at,
        ship_by,
        quoted_ship_by: quote,
        taken: row.taken.map(|(by, at)| Taken { by, at }),
        closed: row.closed.map(|closing| Closed {
            at: closing.at,
            outcome: closing.outcome,
            by: closing.by,
            ended_by: closing.ended_by,
            note: closing.note,
        }),
    }
}
