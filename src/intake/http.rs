//! Events by HTTP: `POST /v1/events` with a bearer token.
//!
//! One event in structured or binary mode, a JSON list of events, or one event a line. Each gets an answer of its own;
//! what was answered is durable. Whoever gets no answer, or 503, sends everything again: what was taken is repeated then
//! and changes nothing.

mod answer;
mod body;
mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use axum::routing::post;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use self::answer::Problem;
use self::token::Token;
use super::pieces::Pieces;
use super::{Guard, Observer};
use crate::clock::SharedClock;
use crate::engine::{Engine, Incoming, Taken};
use crate::store::{Class, Store, StoreError, Tx};

/// Most bytes of a request (contract: 16 MiB).
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most events of a request: beyond, its answer would be larger than most clients take.
pub const EVENTS_MAX: usize = 10_000;
/// Most events in one transaction.
const TRANSACTION_EVENTS: usize = 1_000;
/// What all requests that are worked on may bring together: 32 MiB. Read into events they take several times as much.
const MIB_MAX: usize = 32;
/// What a request counts for at least, so that no more than eight are worked on at once.
const MIB_LEAST: usize = 4;
/// How long a body may take to arrive: whoever sends slower keeps others out.
const ARRIVAL: Duration = Duration::from_secs(30);

/// What the way in by HTTP works with.
#[derive(Clone)]
pub struct Parts {
    /// Where events go.
    pub store: Store,
    /// What takes events in.
    pub engine: Arc<Engine>,
    /// The time.
    pub clock: SharedClock,
    /// What stops intake of poison.
    pub guard: Arc<Guard>,
    /// Who hears of each batch.
    pub observer: Observer,
}

#[derive(Clone)]
struct Door {
    parts: Parts,
    token: Arc<Token>,
    places: Arc<Semaphore>,
}

/// The route, opened by `token`.
pub fn router(parts: Parts, token: &SecretString) -> Router {
    let door = Door { parts, token: Arc::new(Token::new(token)), places: Arc::new(Semaphore::new(MIB_MAX)) };
    Router::new().route("/v1/events", post(receive)).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(door)
}

/// What a request counts for: what it says it brings, or the most it may where it does not say.
fn mib(headers: &HeaderMap) -> u32 {
    let said = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let brings = said.unwrap_or(BODY_BYTES_MAX).min(BODY_BYTES_MAX).div_ceil(1024 * 1024);
    u32::try_from(brings.max(MIB_LEAST)).unwrap_or(u32::MAX)
}

async fn receive(State(door): State<Door>, request: Request) -> Response {
    door.answer(request).await.unwrap_or_else(Problem::into_answer)
}

impl Door {
    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        if !self.token.opens(request.headers()) {
            return Err(Problem::unauthorized());
        }
        let _place = self.places.try_acquire_many(mib(request.headers())).map_err(|_| Problem::busy())?;
        let form = body::Form::of(request.headers())?;
        let headers = body::kept_headers(request.headers());
        let arrived = tokio::time::timeout(ARRIVAL, Bytes::from_request(request, &())).await;
        let bytes = arrived.map_err(|_| Problem::slow())?.map_err(|rejection| Problem::unread(rejection.status()))?;
        // Millions of bytes are decoded apart, so that other requests go on meanwhile.
        let read = tokio::task::spawn_blocking(move || body::read(form, &headers, &bytes)).await;
        let events = read.map_err(|_| Problem::broken())??;
        let faults: Vec<_> = events.iter().map(|incoming| incoming.event.as_ref().err().cloned()).collect();
        let taken = self.keep(events).await.map_err(|error| Problem::not_kept(&error))?;
        Ok(answer::results(form.is_single(), &taken, faults))
    }

    async fn keep(&self, events: Vec<Incoming>) -> Result<Vec<Taken>, StoreError> {
        let mut pieces = Pieces::of(events, TRANSACTION_EVENTS);
        let mut taken = Vec::new();
        while let Some(piece) = pieces.next() {
            let (engine, batch, now) = (Arc::clone(&self.parts.engine), Arc::clone(&piece), self.parts.clock.now());
            let guard = Arc::clone(&self.parts.guard);
            let step = move |tx: &mut dyn Tx| {
                let ingested = engine.ingest(tx, &batch, &[], now)?;
                let let_in = guard.look(tx, &batch, &ingested.taken, now)?;
                Ok((ingested, let_in))
            };
            match self.parts.store.write(step).await {
                Ok((ingested, let_in)) => {
                    let_in.over.iter().for_each(|place| self.parts.guard.note_over(place));
                    pieces.kept();
                    (self.parts.observer)(&ingested);
                    taken.extend(ingested.taken);
                }
                Err(error) if error.class() == Class::Permanent => pieces.refused(&piece, error)?,
                Err(error) => return self.refuse(error).await,
            }
        }
        Ok(taken)
    }

    /// Notes where too much was poison before the sender hears of it.
    async fn refuse(&self, error: StoreError) -> Result<Vec<Taken>, StoreError> {
        if let StoreError::Poisoned { topic, partition, why } = &error {
            let (place, why, now) = ((topic.clone(), *partition), why.clone(), self.parts.clock.now());
            self.parts.guard.note_stop(&place, &why);
            let guard = Arc::clone(&self.parts.guard);
            self.parts.store.write(move |tx| guard.stop(tx, &place, &why, now)).await?;
        }
        Err(error)
    }
}
