//! Events by HTTP: who may send, what is taken, and what the sender hears.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use forewarn::clock::SystemClock;
use forewarn::intake::http::{BODY_BYTES_MAX, EVENTS_MAX, Parts, router};
use forewarn::intake::{Guard, Limits};
use forewarn::store::port::{Book, Pass};
use forewarn::store::sqlite::SqliteBackend;
use forewarn::store::{Class, Job, Store, StoreBackend, StoreError};
use forewarn_core::Instant;
use forewarn_core::policy::Ppm;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::kafka::engine;

const TOKEN: &str = "0123456789abcdef";
const STRUCTURED: &str = "application/cloudevents+json";
const LIST: &str = "application/cloudevents-batch+json";
const LINES: &str = "application/x-ndjson";

struct Door {
    router: Router,
    store: Store,
    guard: Arc<Guard>,
    _folder: tempfile::TempDir,
}

fn door() -> Door {
    door_at(Limits { share: Ppm::from_ppm(500_000), window: 1_000 })
}

fn door_at(limits: Limits) -> Door {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(SqliteBackend::open(&folder.path().join("store.sqlite3")).unwrap());
    let guard = Arc::new(Guard::new(limits));
    Door { router: routed(&store, &guard), store, guard, _folder: folder }
}

fn routed(store: &Store, guard: &Arc<Guard>) -> Router {
    let parts = Parts {
        store: store.clone(),
        engine: Arc::new(engine()),
        clock: Arc::new(SystemClock),
        guard: Arc::clone(guard),
        observer: Arc::new(|_| {}),
    };
    router(parts, &TOKEN.to_owned().into())
}

fn event(id: &str, kind: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/shop", "type": kind, "time": "2026-03-05T09:12:44+08:00",
        "data": data,
    })
}

fn placed(order: &str) -> Value {
    let lines = json!([{"line_id": "1", "sku": "A", "quantity": 1, "fulfilment": "in_stock"}]);
    let data = json!({"merchant_id": "m", "order_id": order, "buyer": {"buyer_id": "b"}, "lines": lines});
    event(&format!("placed-{order}"), "order.placed", &data)
}

impl Door {
    async fn send(&self, content_type: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> (StatusCode, Value) {
        let mut request = Request::post("/v1/events").header("authorization", format!("Bearer {TOKEN}"));
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        read(self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()).await
    }

    async fn books(&self, book: Book) -> u64 {
        let books = self.store.read(|tx| tx.books()).await.unwrap();
        books.into_iter().find(|(b, _)| *b == book).unwrap().1
    }
}

async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let expected = if head.status.is_success() || head.status == StatusCode::UNPROCESSABLE_ENTITY {
        "application/json"
    } else {
        "application/problem+json"
    };
    assert_eq!(head.headers["content-type"], expected);
    (head.status, serde_json::from_slice(&bytes).unwrap())
}

fn outcomes(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap();
    assert!(results.iter().enumerate().all(|(place, one)| one["index"] == place), "{answer}");
    let text =
        |one: &Value| [&one["outcome"], &one["reason"]].map(|v| v.as_str().unwrap_or_default().to_owned()).join(" ");
    results.iter().map(|one| text(one).trim().to_owned()).collect()
}

#[tokio::test]
async fn one_event_is_taken_in_structured_and_in_binary_mode() {
    let door = door();
    let body = placed("1").to_string();
    let (status, answer) = door.send(STRUCTURED, &[], body.clone()).await;
    assert_eq!((status, outcomes(&answer)), (StatusCode::OK, vec!["applied".to_owned()]));
    let (_, answer) = door.send("application/json; charset=utf-8", &[], body).await;
    assert_eq!(outcomes(&answer), ["repeated"]);
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-id", "paid-1"),
        ("ce-source", "/shop"),
        ("ce-type", "order.paid"),
        ("ce-time", "2026-03-05T09:20:00+08:00"),
    ];
    let data = json!({"merchant_id": "m", "order_id": "1"}).to_string();
    let (status, answer) = door.send("application/json", &headers, data).await;
    assert_eq!((status, outcomes(&answer)), (StatusCode::OK, vec!["applied".to_owned()]));
}

#[tokio::test]
async fn a_list_and_lines_are_answered_event_by_event() {
    let door = door();
    let reused = {
        let mut other = placed("1");
        other["data"]["note"] = "other content".into();
        other
    };
    let events = [
        placed("1"),
        json!({"oops": true}),
        placed("2"),
        placed("2"),
        reused,
        event("x", "order.vanished", &json!({})),
    ];
    let expected = [
        "applied",
        "dead_letter not_cloudevents",
        "applied",
        "repeated",
        "dead_letter id_reused",
        "dead_letter unknown_type",
    ];
    let (status, answer) = door.send(LIST, &[], json!(events).to_string()).await;
    assert_eq!((status, outcomes(&answer)), (StatusCode::OK, expected.map(str::to_owned).to_vec()));
    assert!(answer["results"][1]["detail"].as_str().unwrap().contains("specversion"), "{answer}");
    let lines = events.map(|event| event.to_string()).join("\r\n\n") + "\nno json\n";
    let (status, answer) = door.send(LINES, &[], lines).await;
    let again = outcomes(&answer);
    assert_eq!((status, again.len(), again[0].as_str()), (StatusCode::OK, 7, "repeated"));
    assert_eq!(again[6], "dead_letter not_json");
    // The four refused came twice at the most and stand there once each.
    let (letters, _) = door.store.read(|tx| tx.dead_letters(100)).await.unwrap();
    assert_eq!(letters.len(), 4);
    assert!(letters.iter().all(|letter| letter.origin.topic == "http" && letter.headers.len() == 1));
    assert_eq!(door.books(Book::Read).await, 13);
}

#[tokio::test]
async fn a_single_event_that_is_refused_is_told_by_the_status_too() {
    let door = door();
    let (status, answer) = door.send(STRUCTURED, &[], "{").await;
    assert_eq!(
        (status, outcomes(&answer)),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["dead_letter not_json".to_owned()])
    );
    let large = "x".repeat(256 * 1024 + 1);
    let (status, answer) = door.send(STRUCTURED, &[], large).await;
    assert_eq!(
        (status, outcomes(&answer)),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["dead_letter too_large".to_owned()])
    );
    let (letters, _) = door.store.read(|tx| tx.dead_letters(100)).await.unwrap();
    assert!(letters.iter().all(|letter| { letter.headers.iter().all(|(name, _)| name != "authorization") }));
}

#[tokio::test]
async fn without_the_token_nothing_is_read() {
    let door = door();
    for given in [None, Some("Bearer wrong"), Some("Basic MDEyMzQ1Njc4OWFiY2RlZg=="), Some("Bearer 0123456789abcdef0")]
    {
        let mut request = Request::post("/v1/events").header("content-type", STRUCTURED);
        if let Some(given) = given {
            request = request.header("authorization", given);
        }
        let request = request.body(Body::from(placed("1").to_string())).unwrap();
        let response = door.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let (status, problem) = read(response).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
    }
    assert_eq!(door.books(Book::Read).await, 0);
}

#[tokio::test]
async fn what_is_no_request_is_a_problem_and_leaves_nothing_behind() {
    let door = door();
    let (status, _) = door.send("text/plain", &[], "hello").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _) = door.send("", &[], "hello").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, problem) = door.send(LIST, &[], "{\"not\": \"a list\"}").await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("not_a_list")));
    let (status, problem) = door.send(LINES, &[], vec![b'x'; BODY_BYTES_MAX + 1]).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    let (status, problem) = door.send(LINES, &[], "{}\n".repeat(EVENTS_MAX + 1)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_many_events")));
    assert_eq!(door.books(Book::Read).await, 0);
}

#[tokio::test]
async fn as_many_events_as_fit_are_taken_in_several_transactions() {
    let door = door();
    let lines: String = (0..2_500).map(|n| placed(&n.to_string()).to_string() + "\n").collect();
    let (status, answer) = door.send(LINES, &[], lines).await;
    assert_eq!(status, StatusCode::OK);
    assert!(outcomes(&answer).iter().all(|outcome| outcome == "applied"));
    assert_eq!(door.books(Book::Applied).await, 2_500);
}

/// A store that answers every step alike.
struct Ill(fn() -> StoreError);

impl StoreBackend for Ill {
    fn write(&self, _: Job) -> std::pin::Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(async { Err((self.0)()) })
    }

    fn read(&self, job: Job) -> std::pin::Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        self.write(job)
    }
}

#[tokio::test]
async fn a_store_that_cannot_keep_is_told_with_a_time_to_come_back() {
    let busy = || StoreError::Database { operation: "a", remedy: "b", class: Class::Retry, source: "c".into() };
    let stopped = Ill(|| StoreError::Stopped);
    for (ill, code, after) in [(stopped, "store_stopped", "30"), (Ill(busy), "store_busy", "1")] {
        let request = Request::post("/v1/events")
            .header("authorization", format!("bearer {TOKEN}"))
            .header("content-type", STRUCTURED)
            .body(Body::from(placed("1").to_string()))
            .unwrap();
        let response = routed(&Store::new(ill), &door().guard).oneshot(request).await.unwrap();
        assert_eq!(response.headers()["retry-after"], after);
        let (status, problem) = read(response).await;
        assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(code)));
    }
}

/// One event a request, as most senders do.
async fn poison(door: &Door, from: usize, count: usize) -> Vec<StatusCode> {
    let mut answers = Vec::new();
    for n in from..from + count {
        let unknown = event(&n.to_string(), "order.vanished", &json!({"n": n}));
        answers.push(door.send(STRUCTURED, &[], unknown.to_string()).await.0);
    }
    answers
}

fn word(reason: Option<&str>, left: Option<u64>) -> Pass {
    let reason = reason.map(str::to_owned);
    let at = Instant::from_ms(0);
    Pass { number: 0, topic: None, partition: None, reason, left, until: None, author: "lin".into(), at }
}

#[tokio::test]
async fn too_much_poison_is_refused_until_an_operator_lets_it_pass() {
    let door = door_at(Limits { share: Ppm::from_ppm(500_000), window: 20 });
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    // Half of half a window, then no more.
    let answers = poison(&door, 0, 7).await;
    assert_eq!(answers, [vec![refused; 5], vec![StatusCode::SERVICE_UNAVAILABLE; 2]].concat());
    let (status, problem) = door.send(LINES, &[], "{\n{\n").await;
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("too_many_dead_letters")));
    assert!(problem["detail"].as_str().unwrap().contains("intake.max_dead_letter_share"), "{problem}");
    assert_eq!((door.books(Book::Read).await, door.books(Book::DeadLetters).await), (5, 5), "nothing was kept of it");
    let stops = door.guard.stops();
    assert_eq!((stops.len(), stops[0].0.clone()), (1, ("http".to_owned(), 0)));
    let stored = door.store.read(|tx| tx.watches_stopped()).await.unwrap();
    assert!(stored[0].stopped.as_ref().unwrap().1.contains("not_json"), "{stored:?}");
    // Good events are other senders' and go on.
    assert_eq!(door.send(STRUCTURED, &[], placed("1").to_string()).await.0, StatusCode::OK);
    // So many more, and then it stops again.
    door.store.write(|tx| tx.pass_add(&word(None, Some(3)))).await.unwrap();
    let answers = poison(&door, 100, 4).await;
    assert_eq!(answers[..3], [refused; 3]);
    assert!(door.store.read(|tx| tx.passes(Instant::from_ms(0))).await.unwrap().is_empty(), "it is used up");
    // A reason that is let pass never stops anything; another does.
    door.store.write(|tx| tx.pass_add(&word(Some("unknown_type"), None))).await.unwrap();
    assert_eq!(poison(&door, 200, 60).await, [refused; 60]);
    assert!(door.guard.stops().is_empty(), "{:?}", door.guard.stops());
    let mut last = refused;
    for n in 0..30 {
        last = door.send(STRUCTURED, &[], format!("{{ {n}")).await.0;
    }
    assert_eq!(last, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn what_we_only_do_not_know_stops_nothing() {
    let door = door_at(Limits { share: Ppm::from_ppm(100_000), window: 20 });
    for n in 0..40 {
        let answer = event(&n.to_string(), "grant.result", &json!({"grant_id": format!("g-{n}"), "status": "granted"}));
        assert_eq!(door.send(STRUCTURED, &[], answer.to_string()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(door.guard.stops().is_empty());
}

#[tokio::test]
async fn a_window_outlasts_the_process() {
    let limits = Limits { share: Ppm::from_ppm(500_000), window: 20 };
    let mut door = door_at(limits);
    assert!(poison(&door, 0, 5).await.iter().all(|status| *status == StatusCode::UNPROCESSABLE_ENTITY));
    door.router = routed(&door.store, &Arc::new(Guard::new(limits)));
    assert_eq!(poison(&door, 5, 1).await, [StatusCode::SERVICE_UNAVAILABLE]);
    // A changed limit counts from the start.
    door.router = routed(&door.store, &Arc::new(Guard::new(Limits { share: Ppm::ONE, ..limits })));
    assert_eq!(poison(&door, 5, 1).await, [StatusCode::UNPROCESSABLE_ENTITY]);
}
