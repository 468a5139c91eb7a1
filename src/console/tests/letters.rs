//! Dead letters in the console and the API: shown safely, worked on by operations, on record.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::client::Reply;
use super::sample::{Sample, ZH, key};
use crate::engine::{Down, Engine};
use crate::store::port::{DeadLetter, LetterSearch, NoticeState, Origin, Watch};

fn letter(offset: i64, reason: &str, raw: &[u8]) -> DeadLetter {
    DeadLetter {
        origin: Origin { topic: "forewarn.orders".into(), partition: 2, offset },
        reason: reason.into(),
        detail: "it was not as it should be".into(),
        raw: raw.to_vec(),
        headers: vec![("trace".into(), b"t-<1>".to_vec())],
        at: super::sample::at("2026-03-01T08:00:00+08:00"),
    }
}

impl Sample {
    async fn with_letters(letters: Vec<DeadLetter>) -> (Self, String) {
        let sample = Self::empty().await;
        sample.store.write(move |tx| tx.dead_letters_add(&letters)).await.unwrap();
        let cookie = sample.log_in(&sample.operations).await;
        (sample, cookie)
    }

    async fn numbers(&self) -> Vec<i64> {
        self.store.read(|tx| tx.letter_numbers(&LetterSearch::default(), 0, 1_000)).await.unwrap()
    }

    /// Sends a form of operations with its token.
    async fn order(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Reply {
        let form = self.form(cookie).await;
        let all: Vec<(&str, &str)> = [("form", form.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, cookie, &all).await
    }

    pub(super) async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }
}

fn parsed(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

/// An event that is taken once it is read again.
fn good(id: usize) -> Vec<u8> {
    json!({
        "specversion": "1.0", "id": format!("p-{id}"), "source": "/shop", "type": "order.paid",
        "time": "2026-03-01T07:00:00+08:00", "data": {"merchant_id": ZH, "order_id": format!("L-{id}")},
    })
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn letters_are_found_by_reason_and_topic_and_shown_safely() {
    let hostile = b"<script>alert(1)</script>\xe2\x80\xae".to_vec();
    let letters = vec![letter(1, "not_json", &hostile), letter(2, "not_utf8", &[0, 255, b'a'])];
    let (sample, cookie) = Sample::with_letters(letters).await;
    let numbers = sample.numbers().await;
    let list = sample.get("/dead-letters?reason=not_json", &cookie).await;
    list.shows("forewarn.orders / 2 / 1");
    list.hides("forewarn.orders / 2 / 2");
    list.hides("alert(1)");
    sample.get("/dead-letters?topic=other", &cookie).await.shows("None here.");
    let one = sample.get(&format!("/dead-letters/{}", numbers[0]), &cookie).await;
    one.shows("alert(1)");
    one.hides("<script>alert");
    one.hides("\u{202e}");
    one.shows("u{202e}");
    one.hides("t-<1>");
    let two = sample.get(&format!("/dead-letters/{}", numbers[1]), &cookie).await;
    two.shows("00 ff 61");
    let merchant = sample.log_in(&sample.merchant).await;
    let closed = sample.get(&format!("/dead-letters/{}", numbers[0]), &merchant).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN);
    closed.hides("alert(1)");
}

#[tokio::test]
async fn a_letter_is_read_again_or_dropped_by_name_and_only_from_our_own_page() {
    let letters = vec![letter(1, "unknown_type", &good(1)), letter(2, "not_json", b"{"), letter(3, "not_json", b"[")];
    let (sample, cookie) = Sample::with_letters(letters).await;
    let [first, second, third] = sample.numbers().await.try_into().unwrap();
    let path = |number: i64, deed: &str| format!("/dead-letters/{number}/{deed}");
    let foreign = sample.post(&path(first, "retry"), &cookie, &[]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let taken = sample.order(&path(first, "retry"), &cookie, &[]).await;
    assert_eq!((taken.status, taken.location()), (StatusCode::SEE_OTHER, "/dead-letters"));
    let row = sample.store.read(|tx| tx.orders_load(&[key(ZH, "L-1")])).await.unwrap();
    assert!(row[0].is_some(), "the event was taken in");
    let refused = sample.order(&path(second, "retry"), &cookie, &[]).await;
    assert_eq!(refused.location(), format!("/dead-letters/{second}"));
    sample.order(&path(third, "drop"), &cookie, &[]).await;
    assert_eq!(sample.numbers().await, [second]);
    let page = sample.get("/dead-letters", &cookie).await;
    page.shows("What was done");
    page.shows("lin ·");
    let acts = sample.store.read(|tx| tx.letter_acts(None, 9)).await.unwrap();
    let outcomes: Vec<_> = acts.iter().map(|a| (a.letter, a.outcome.as_str(), a.author.as_str())).collect();
    assert_eq!(outcomes, [(third, "dropped", "lin"), (second, "not_json", "lin"), (first, "applied", "lin")]);
}

#[tokio::test]
async fn many_letters_are_worked_on_by_the_hundred() {
    let all = (0..130_usize).map(|n| {
        let raw = if n.is_multiple_of(10) { format!("{{ {n}").into_bytes() } else { good(n) };
        letter(i64::try_from(n).unwrap(), "unknown_type", &raw)
    });
    let (sample, cookie) = Sample::with_letters(all.collect()).await;
    assert_eq!(sample.order("/dead-letters", &cookie, &[("deed", "retry")]).await.status, StatusCode::BAD_REQUEST);
    let fields = [("deed", "retry"), ("reason", "unknown_type")];
    let reply = sample.order("/dead-letters", &cookie, &fields).await;
    assert!(reply.location().contains("done=90") && reply.location().contains("refused=10"), "{}", reply.location());
    assert!(reply.location().contains("more=true"), "{}", reply.location());
    let page = sample.get(reply.location(), &cookie).await;
    page.shows("90 taken, 10 refused again.");
    page.shows("name=\"after\" value=\"100\"");
    let fields = [("deed", "drop"), ("reason", "unknown_type"), ("after", "100")];
    let reply = sample.order("/dead-letters", &cookie, &fields).await;
    assert!(reply.location().contains("done=30") && !reply.location().contains("more"), "{}", reply.location());
    assert_eq!(sample.numbers().await.len(), 10, "those refused stay, under their new reason");
    sample.get("/dead-letters?reason=not_json", &cookie).await.shows("Not JSON");
}

#[tokio::test]
async fn programs_of_operations_work_on_letters_with_their_token() {
    let letters =
        vec![letter(1, "unknown_type", &good(1)), letter(2, "not_json", &[0, 1]), letter(3, "not_json", b"[")];
    let (sample, _) = Sample::with_letters(letters).await;
    let token = sample.operations.clone();
    let list = sample.call(Method::GET, "/v1/dead-letters?reason=not_json", &token, None).await;
    assert_eq!(parsed(&list)["dead_letters"].as_array().unwrap().len(), 2);
    let [first, second, third] = sample.numbers().await.try_into().unwrap();
    let one = parsed(&sample.call(Method::GET, &format!("/v1/dead-letters/{second}"), &token, None).await);
    assert_eq!((&one["raw"], &one["times_seen"], &one["offset"]), (&json!("AAE="), &json!(1), &json!(2)));
    let retried = sample.call(Method::POST, &format!("/v1/dead-letters/{first}/retry"), &token, None).await;
    assert_eq!(parsed(&retried), json!({"number": first, "outcome": "applied"}));
    let again = sample.call(Method::POST, &format!("/v1/dead-letters/{first}/retry"), &token, None).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let dropped = sample.call(Method::DELETE, &format!("/v1/dead-letters/{third}"), &token, None).await;
    assert_eq!(parsed(&dropped)["outcome"], "dropped");
    let asked = json!({"reason": "not_json"});
    let chunk = sample.call(Method::POST, "/v1/dead-letters/chunks/retry", &token, Some(asked)).await;
    assert_eq!(parsed(&chunk), json!({"done": 0, "refused": 1, "last": second, "more": false}));
    let acts = parsed(&sample.call(Method::GET, &format!("/v1/dead-letters/{second}"), &token, None).await);
    assert_eq!((&acts["acts"][0]["author"], &acts["acts"][0]["outcome"]), (&json!("lin"), &json!("not_json")));
    let merchant = sample.call(Method::DELETE, &format!("/v1/dead-letters/{second}"), &sample.merchant, None).await;
    assert_eq!(merchant.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn operations_let_poison_pass_and_take_that_back() {
    let (sample, cookie) = Sample::with_letters(Vec::new()).await;
    let stopped = Some((super::sample::at("2026-03-01T08:00:00+08:00"), "26 of 50 are dead letters".to_owned()));
    let watch = Watch { place: ("forewarn.orders".into(), 2), recent: String::new(), stopped };
    sample.store.write(move |tx| tx.watches_save(std::slice::from_ref(&watch))).await.unwrap();
    let page = sample.get("/dead-letters", &cookie).await;
    page.shows("Intake of forewarn.orders, partition 2, is stopped");
    page.shows("26 of 50 are dead letters");
    let fields = [("topic", "forewarn.orders"), ("partition", "2"), ("next", "1000")];
    assert_eq!(sample.order("/intake/passes", &cookie, &fields).await.status, StatusCode::SEE_OTHER);
    for bad in [&[("topic", "t")][..], &[("reason", "made_up")], &[("next", "0")], &[("next", "9"), ("partition", "1")]]
    {
        assert_eq!(sample.order("/intake/passes", &cookie, bad).await.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    let token = sample.operations.clone();
    let asked = json!({"reason": "unknown_type", "for": "2h"});
    let made = sample.call(Method::POST, "/v1/intake/passes", &token, Some(asked)).await;
    assert_eq!((made.status, &parsed(&made)["until"]), (StatusCode::CREATED, &json!("2026-03-01T02:00:00Z")));
    let standing = parsed(&sample.call(Method::GET, "/v1/intake", &token, None).await);
    assert_eq!(standing["stopped"][0]["partition"], 2);
    assert_eq!((&standing["passes"][0]["left"], &standing["passes"][0]["author"]), (&json!(1_000), &json!("lin")));
    let path = format!("/v1/intake/passes/{}", parsed(&made)["number"]);
    assert_eq!(sample.call(Method::DELETE, &path, &token, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(sample.call(Method::DELETE, &path, &token, None).await.status, StatusCode::NOT_FOUND);
    let number = standing["passes"][0]["number"].to_string();
    sample.order("/intake/passes", &cookie, &[("end", &number)]).await;
    assert_eq!(parsed(&sample.call(Method::GET, "/v1/intake", &token, None).await)["passes"], json!([]));
}

#[tokio::test]
async fn a_notice_of_which_nobody_knows_is_settled_by_word_of_operations() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let order = key(ZH, "QH-1001");
    let lose = move |tx: &mut dyn crate::store::Tx| {
        let mut notices = tx.notices_of(&order)?;
        let mut lost = notices.remove(0);
        lost.notice_id = forewarn_core::ids::NoticeId::new("ntc_lost").unwrap();
        (lost.key, lost.state) = ("lost".into(), NoticeState::Unknown);
        tx.notices_add(&[lost])
    };
    sample.store.write(lose).await.unwrap();
    let page = sample.get("/notices/ntc_lost", &cookie).await;
    page.shows("/notices/ntc%5Flost/arrived");
    page.shows("/notices/ntc%5Flost/again");
    let shop = sample.log_in(&sample.merchant).await;
    sample.get("/notices/ntc_lost", &shop).await.hides("/notices/ntc%5Flost/again");
    sample.order("/notices/ntc_lost/arrived", &cookie, &[]).await;
    sample.get("/notices/ntc_lost", &cookie).await.hides("/notices/ntc%5Flost/arrived");
    let id = forewarn_core::ids::NoticeId::new("ntc_lost").unwrap();
    let kept = sample.store.read(move |tx| tx.notice_load(&id)).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.outcome.as_deref()), (NoticeState::Sent, Some("arrived, by word of lin")));
    let token = sample.operations.clone();
    let again = sample.call(Method::POST, "/v1/notices/ntc_lost/again", &token, None).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "it is settled");
}

#[tokio::test]
async fn a_channel_that_fails_is_told_on_the_overview() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    sample.get("/", &cookie).await.hides("cannot be sent");
    let down = Down { since: super::sample::at("2026-03-06T09:30:00+08:00"), why: "smtp connect: 421 <b>".into() };
    sample.store.write(move |tx| Engine::note_channel(tx, "email", Some(&down))).await.unwrap();
    let page = sample.get("/", &cookie).await;
    page.shows("cannot be sent since");
    page.shows("smtp connect: 421");
    page.hides("<b>");
    let shop = sample.log_in(&sample.merchant).await;
    let page = sample.get("/", &shop).await;
    page.shows("cannot be sent since");
    page.hides("smtp connect");
    sample.store.write(|tx| Engine::note_channel(tx, "email", None)).await.unwrap();
    sample.get("/", &cookie).await.hides("cannot be sent");
}

#[tokio::test]
async fn an_order_that_is_set_aside_is_taken_up_again() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let order = key(ZH, "QH-1001");
    let park = |order: forewarn_core::OrderKey| sample.store.write(move |tx| tx.order_park(&order, "a rule panicked"));
    assert!(park(order.clone()).await.unwrap());
    sample.get("/orders?view=parked", &cookie).await.shows("needs repair: a rule panicked");
    sample.get("/orders/qinghe-home/QH-1001", &cookie).await.shows("/orders/qinghe%2Dhome/QH%2D1001/unpark");
    sample.order("/orders/qinghe-home/QH-1001/unpark", &cookie, &[]).await;
    assert_eq!(sample.store.read(|tx| tx.orders_parked()).await.unwrap(), 0);
    assert!(park(order).await.unwrap());
    let path = "/v1/orders/qinghe-home/QH-1001/unpark";
    let token = sample.operations.clone();
    assert_eq!(sample.call(Method::POST, path, &token, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(sample.call(Method::POST, path, &token, None).await.status, StatusCode::NOT_FOUND);
}
