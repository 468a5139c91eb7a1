//! A gateway that takes notices by HTTP and remembers each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

/// Every notice with all bodies that told it.
pub(super) type Taken = BTreeMap<String, Vec<Bytes>>;

#[derive(Clone, Default)]
pub(super) struct Sink(Arc<Inner>);

#[derive(Default)]
struct Inner {
    taken: Mutex<Taken>,
    waiting: AtomicUsize,
    rest_ms: AtomicU64,
    gate: Arc<RwLock<()>>,
}

impl Sink {
    /// Listens on a port of its own until the test's runtime ends; gives its address too.
    pub(super) async fn start() -> (Self, String) {
        let sink = Self::default();
        let router = Router::new().route("/hook", post(take)).with_state(sink.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        drop(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
        (sink, url)
    }

    /// How many different notices came.
    pub(super) fn count(&self) -> usize {
        self.taken().len()
    }

    pub(super) fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap()
    }

    /// Answers nobody while the guard lives.
    pub(super) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.0.gate).write_owned().await
    }

    /// How many requests wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::SeqCst)
    }

    /// Takes so long for every answer from now on.
    pub(super) fn slow_down(&self, rest: Duration) {
        self.0.rest_ms.store(u64::try_from(rest.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

async fn take(State(sink): State<Sink>, headers: HeaderMap, body: Bytes) -> &'static str {
    sink.0.waiting.fetch_add(1, Ordering::SeqCst);
    drop(sink.0.gate.read().await);
    tokio::time::sleep(Duration::from_millis(sink.0.rest_ms.load(Ordering::SeqCst))).await;
    let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(headers["webhook-id"], *told["message_id"].as_str().unwrap(), "the id of the message, not of a notice");
    for order in told["orders"].as_array().unwrap() {
        let id = order["notice_id"].as_str().unwrap().to_owned();
        sink.taken().entry(id).or_default().push(body.clone());
    }
    sink.0.waiting.fetch_sub(1, Ordering::SeqCst);
    "taken"
}
