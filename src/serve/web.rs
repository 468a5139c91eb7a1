//! What machines ask the service: alive, ready, metrics.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connections::{CONNECTIONS_MAX, Connections};
use super::metrics::Live;
use super::{Health, Metrics, Readiness};
use crate::clock::SharedClock;
use crate::engine::{Down, Engine};
use crate::store::Store;

/// Tells what only the running process knows.
pub type LiveState = Arc<dyn Fn() -> Live + Send + Sync>;

/// What the probes read.
#[derive(Clone)]
pub struct Probes {
    /// Where the sums stand.
    pub store: Store,
    /// The time.
    pub clock: SharedClock,
    /// Whether the service is ready.
    pub health: Health,
    /// Lag and holds.
    pub live: LiveState,
}

impl Probes {
    /// `/healthz`, `/readyz` and `/metrics`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

/// What can be said before there is a store: alive, and why not ready.
pub fn lobby(health: Health) -> Router {
    let ready = move || std::future::ready(answer(&health.now()));
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

async fn ready(State(probes): State<Probes>) -> Response {
    let mut readiness = probes.health.now();
    // A store that cannot be read says so below.
    let down = probes.store.read(|tx| Engine::channels_down(tx)).await.unwrap_or_default();
    readiness.remarks = down.iter().map(|(name, down)| channel_down(name, down)).collect();
    readiness.waiting.extend(probes.store.trouble().map(|trouble| ("store", trouble)));
    answer(&readiness)
}

fn answer(readiness: &Readiness) -> Response {
    let remarks: String = readiness.remarks.iter().map(|remark| format!("{remark}\n")).collect();
    if readiness.is_ready() {
        return (StatusCode::OK, format!("ready\n{remarks}")).into_response();
    }
    let reasons = readiness.waiting.iter().map(|(part, reason)| format!("{part}: {reason}\n")).collect::<String>();
    (StatusCode::SERVICE_UNAVAILABLE, reasons + &remarks).into_response()
}

fn channel_down(name: &str, down: &Down) -> String {
    format!("channel {name}: left alone since {}, notices wait: {}", down.since, down.why)
}

async fn metrics(State(probes): State<Probes>) -> Response {
    let (now, live) = (probes.clock.now(), (probes.live)());
    match probes.store.read(move |tx| Metrics.scrape(tx, now, live)).await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics could not be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read; see the log\n").into_response()
        }
    }
}

/// Serves `router` on `listener` until told to stop; requests in hand are finished.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let listener = Connections::of(listener, CONNECTIONS_MAX);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}
