//! Dead letters beside a running service: worked on from the command line, and poison that stops intake until a word.

use forewarn::store::port::Book;
use serde_json::{Value, json};

use super::{Place, Running, TOKEN};

fn unknown(n: usize) -> Value {
    json!({
        "specversion": "1.0", "id": format!("u-{n}"), "source": "/s", "type": "order.vanished",
        "time": "2026-03-01T08:00:00Z", "data": {"n": n},
    })
}

fn asked() -> Value {
    json!({
        "specversion": "1.0", "id": "asked", "source": "/s", "type": "buyer.message", "time": "2026-03-01T09:00:00Z",
        "data": {"merchant_id": "m", "buyer_id": "b", "message_id": "1", "text": "where is it?"},
    })
}

fn paid() -> Value {
    json!({
        "specversion": "1.0", "id": "placed", "source": "/s", "type": "order.placed", "time": "2026-03-01T08:00:00Z",
        "data": {"merchant_id": "m", "order_id": "o", "buyer": {"buyer_id": "b"},
            "lines": [{"line_id": "1", "sku": "A", "quantity": 1, "fulfilment": "in_stock"}]},
    })
}

/// The configuration with mail that stays in the house.
fn keeping(sections: String) -> String {
    sections + "[mailbox]\nenabled = true\n"
}

async fn status(serve: &Running<'_>, event: &Value) -> u16 {
    let request = reqwest::Client::new().post(serve.url("/v1/events")).bearer_auth(TOKEN);
    let request = request.header("content-type", "application/cloudevents+json").body(event.to_string());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_listed_shown_read_again_and_dropped_beside_the_running_service() {
    let place = Place::new(&keeping(Place::live()), "", "");
    let mut serve = place.serve();
    serve.ready().await;
    for event in [asked(), unknown(1), unknown(2)] {
        assert_eq!(status(&serve, &event).await, 422);
    }
    let listed = place.says(&["dead-letters", "list", "--lang", "en"]);
    assert!(listed.contains("unknown_buyer") && listed.matches("unknown_type").count() == 2, "{listed}");
    let shown = place.says(&["dead-letters", "show", "1"]);
    assert!(shown.contains("where is it?") && shown.contains("content-type"), "{shown}");
    // Nothing was mended: refused again, and the status says so.
    let refused = place.run(&["dead-letters", "retry", "1", "--by", "lin"]);
    assert_eq!(refused.status.code(), Some(1));
    serve.post(&[paid()], "applied").await;
    let taken = place.says(&["dead-letters", "retry", "1", "--by", "lin", "--lang", "en"]);
    assert!(taken.contains("taken: applied"), "{taken}");
    let dropped = place.says(&["dead-letters", "drop", "--reason", "unknown_type", "--by", "lin", "--lang", "zh-CN"]);
    assert!(dropped.contains("已丢弃: 2"), "{dropped}");
    let log = place.says(&["dead-letters", "log"]);
    assert!(log.lines().count() == 4 && log.lines().all(|line| line.contains("lin")), "{log}");
    assert!(place.says(&["dead-letters", "list", "--lang", "en"]).contains("no dead letters"));
    assert_eq!(place.run(&["dead-letters", "show", "1"]).status.code(), Some(1));
    let books = place.db().transact(&mut |tx| tx.books()).unwrap();
    let sum = |of: Book| books.iter().find(|(book, _)| *book == of).unwrap().1;
    assert_eq!((sum(Book::Read), sum(Book::DeadLetters), sum(Book::Applied)), (6, 4, 2));
    serve.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_stops_intake_loudly_until_an_operator_lets_it_pass() {
    let intake = Place::live().replace("[intake]", "[intake]\ndead_letter_window = 20\nmax_dead_letter_share = 0.5");
    let place = Place::new(&keeping(intake), "", "");
    let mut serve = place.serve();
    serve.ready().await;
    let mut answers = Vec::new();
    for n in 0..9 {
        answers.push(status(&serve, &unknown(n)).await);
    }
    assert_eq!(answers, [vec![422; 5], vec![503; 4]].concat());
    serve
        .until("readiness says why", async |s| {
            let (status, why) = s.get("/readyz").await.unwrap_or_default();
            status == 503 && why.contains("dead letters: http/0 is stopped") && why.contains("unknown_type")
        })
        .await;
    assert_eq!(serve.metric("forewarn_intake_stopped{topic=\"http\",partition=\"0\"}").await, 1.0);
    let told = place.words().lines().filter(|line| line.contains("ERROR") && line.contains("stopped")).count();
    assert_eq!(told, 1, "once, not at every try: {}", place.words());
    assert!(place.says(&["dead-letters", "stopped", "--lang", "en"]).contains("http/0"));
    let endless = place.run(&["dead-letters", "pass", "--topic", "http"]);
    assert_eq!(endless.status.code(), Some(1), "a pass ends, or names a reason");
    let pass = place.says(&["dead-letters", "pass", "--reason", "unknown_type", "--for", "1h", "--lang", "en"]);
    assert!(pass.contains("pass 1: */* unknown_type"), "{pass}");
    assert_eq!(status(&serve, &unknown(9)).await, 422);
    serve.ready().await;
    assert_eq!(serve.metric("forewarn_intake_stopped{topic=\"http\",partition=\"0\"}").await, 0.0);
    assert!(place.says(&["dead-letters", "unpass", "1", "--lang", "en"]).contains("no longer"));
    serve.stop();
}
