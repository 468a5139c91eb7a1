//! `/v1/dead-letters`: look through what could not be taken, read it again, drop it. Operations only.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::Instant;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::dead_letters::{Asked, deed_named, find};
use crate::console::visitor::{Operations, Program};
use crate::store::port::{KeptLetter, LetterAct, LetterDeed, LetterLine, LetterSearch};

/// Acts told with a letter.
const ACTS: usize = 50;

#[derive(Serialize)]
struct List {
    dead_letters: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Item {
    number: i64,
    topic: String,
    partition: i32,
    offset: i64,
    reason: String,
    detail: String,
    bytes: u64,
    first_seen_at: Instant,
    last_seen_at: Instant,
    times_seen: u64,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    item: Item,
    /// Base64, as JSON cannot hold every byte.
    raw: String,
    headers: Vec<Header>,
    acts: Vec<Act>,
}

#[derive(Serialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Act {
    deed: &'static str,
    reason: String,
    outcome: String,
    author: String,
    at: Instant,
}

#[derive(Serialize)]
struct Outcome {
    number: i64,
    outcome: String,
}

/// Which letters to work on, in chunks: the answer's `last` goes into the next request as `after`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChunkAsked {
    reason: String,
    topic: Option<String>,
    #[serde(default)]
    after: i64,
}

#[derive(Serialize)]
struct ChunkAnswer {
    done: u64,
    refused: u64,
    last: i64,
    more: bool,
}

pub(super) async fn list(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    _: Operations,
) -> Result<Response, Failure> {
    let (found, next) = find(&console, &asked).await?;
    Ok(Json(List { dead_letters: found.into_iter().map(item).collect(), next }).into_response())
}

pub(super) async fn show(
    State(console): State<Console>,
    Path(number): Path<i64>,
    _: Operations,
) -> Result<Response, Failure> {
    let read = move |tx: &mut dyn crate::store::Tx| Ok((tx.letter_load(number)?, tx.letter_acts(Some(number), ACTS)?));
    let (kept, acts) = console.store.read(read).await?;
    Ok(Json(whole(kept.ok_or(Failure::NotFound)?, acts)).into_response())
}

pub(super) async fn retry(
    State(console): State<Console>,
    Path(number): Path<i64>,
    Program(visitor): Program,
) -> Result<Response, Failure> {
    let taken = console.letters().retry(number, &visitor.name).await?.ok_or(Failure::NotFound)?;
    Ok(Json(Outcome { number, outcome: taken.as_str().to_owned() }).into_response())
}

pub(super) async fn drop(
    State(console): State<Console>,
    Path(number): Path<i64>,
    Program(visitor): Program,
) -> Result<Response, Failure> {
    if !console.letters().drop(number, &visitor.name).await? {
        return Err(Failure::NotFound);
    }
    Ok(Json(Outcome { number, outcome: "dropped".into() }).into_response())
}

pub(super) async fn chunk(
    State(console): State<Console>,
    Path(deed): Path<String>,
    Program(visitor): Program,
    Json(asked): Json<ChunkAsked>,
) -> Result<Response, Failure> {
    let deed: LetterDeed = deed_named(&deed).ok_or(Failure::NotFound)?;
    let search = LetterSearch { reason: Some(asked.reason), topic: asked.topic };
    let chunk = console.letters().chunk(deed, &search, asked.after, &visitor.name).await?;
    let answer = ChunkAnswer { done: chunk.done, refused: chunk.refused, last: chunk.last, more: chunk.more };
    Ok(Json(answer).into_response())
}

fn item(line: LetterLine) -> Item {
    Item {
        number: line.number,
        topic: line.origin.topic,
        partition: line.origin.partition,
        offset: line.origin.offset,
        reason: line.reason,
        detail: line.detail,
        bytes: line.bytes,
        first_seen_at: line.first_at,
        last_seen_at: line.last_at,
        times_seen: line.seen,
    }
}

fn whole(kept: KeptLetter, acts: Vec<LetterAct>) -> Whole {
    let letter = kept.letter;
    let header = |(name, value): (String, Vec<u8>)| Header { name, value: STANDARD.encode(value) };
    Whole {
        raw: STANDARD.encode(&letter.raw),
        headers: letter.headers.into_iter().map(header).collect(),
        item: Item {
            number: kept.number,
            topic: letter.origin.topic,
            partition: letter.origin.partition,
            offset: letter.origin.offset,
            reason: letter.reason,
            detail: letter.detail,
            bytes: letter.raw.len() as u64,
            first_seen_at: letter.at,
            last_seen_at: kept.last_at,
            times_seen: kept.seen,
        },
        acts: acts.into_iter().map(act).collect(),
    }
}

fn act(act: LetterAct) -> Act {
    Act { deed: act.deed.as_str(), reason: act.reason, outcome: act.outcome, author: act.author, at: act.at }
}
