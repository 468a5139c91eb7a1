//! `/v1/intake`: where intake is stopped because too much is poison, and what is let pass. Operations only.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::stops;
use crate::console::visitor::{Operations, Program};
use crate::store::port::{Pass, Watch};

#[derive(Serialize)]
struct Standing {
    stopped: Vec<Stop>,
    passes: Vec<PassAnswer>,
}

#[derive(Serialize)]
struct Stop {
    topic: String,
    partition: i32,
    since: Instant,
    why: String,
}

#[derive(Serialize)]
struct PassAnswer {
    number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
    author: String,
    at: Instant,
}

/// What to let pass: with a reason, a number or a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PassAsked {
    topic: Option<String>,
    partition: Option<i32>,
    reason: Option<String>,
    next: Option<u64>,
    #[serde(rename = "for")]
    time: Option<String>,
}

pub(super) async fn show(State(console): State<Console>, Operations(visitor): Operations) -> Result<Response, Failure> {
    let now = visitor.now;
    let (stopped, passes) = console.store.read(move |tx| Ok((tx.watches_stopped()?, tx.passes(now)?))).await?;
    let stop = |watch: Watch| {
        let (since, why) = watch.stopped?;
        Some(Stop { topic: watch.place.0, partition: watch.place.1, since, why })
    };
    let stopped = stopped.into_iter().filter_map(stop).collect();
    Ok(Json(Standing { stopped, passes: passes.into_iter().map(answer).collect() }).into_response())
}

pub(super) async fn pass(
    State(console): State<Console>,
    Program(visitor): Program,
    Json(asked): Json<PassAsked>,
) -> Result<Response, Failure> {
    let fields = [
        ("topic", asked.topic),
        ("partition", asked.partition.map(|n| n.to_string())),
        ("reason", asked.reason),
        ("next", asked.next.map(|n| n.to_string())),
        ("for", asked.time),
    ];
    let fields: BTreeMap<_, _> = fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect();
    let mut pass = stops::asked(&fields, &visitor.name, visitor.now)?;
    tracing::info!(pass = ?pass, "dead letters are let pass");
    let kept = pass.clone();
    pass.number = console.store.write(move |tx| tx.pass_add(&kept)).await?;
    Ok((StatusCode::CREATED, Json(answer(pass))).into_response())
}

pub(super) async fn end(
    State(console): State<Console>,
    Path(number): Path<i64>,
    Program(visitor): Program,
) -> Result<Response, Failure> {
    let (author, now) = (visitor.name.clone(), visitor.now);
    if !console.store.write(move |tx| tx.pass_end(number, &author, now)).await? {
        return Err(Failure::NotFound);
    }
    tracing::info!(pass = number, by = %visitor.name, "dead letters are no longer let pass");
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn answer(pass: Pass) -> PassAnswer {
    PassAnswer {
        number: pass.number,
        topic: pass.topic,
        partition: pass.partition,
        reason: pass.reason,
        left: pass.left,
        until: pass.until,
        author: pass.author,
        at: pass.at,
    }
}
