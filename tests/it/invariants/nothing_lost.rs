//! Nothing lost: an event is folded into its order's facts or stands in dead letters with its reason.

use std::path::Path;

use forewarn::engine::{Position, Taken};
use forewarn::intake::Reason;
use forewarn::store::StoreError;
use forewarn::store::port::Book;
use serde_json::{Value, json};

use super::floor::{Floor, about, event, placed};

fn fixture(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/events").join(name);
    let text = std::fs::read_to_string(path).expect("the recorded events");
    text.lines().map(str::to_owned).collect()
}

/// The bytes of a bad event, given whole or by a part that repeats.
fn bad() -> Vec<(String, String)> {
    let raw = |line: &String| {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let whole = line["raw"].as_str().map(str::to_owned).unwrap_or_else(|| {
            let part = &line["repeat"];
            let unit = |n: u64| text(&part["unit"]).replace("{n}", &n.to_string());
            let units: String = (1..=part["count"].as_u64().unwrap_or_default()).map(unit).collect();
            format!("{}{units}{}", text(&part["prefix"]), text(&part["suffix"]))
        });
        (text(&line["reason"]), whole)
    };
    fixture("bad.jsonl").iter().map(raw).collect()
}

fn assert_balanced(floor: &mut Floor, read: usize) {
    let five = [Book::Applied, Book::Repeated, Book::Stale, Book::Parked, Book::DeadLetters];
    let sums = five.map(|book| floor.book(book));
    assert_eq!(floor.book(Book::Read), read as u64);
    assert_eq!(sums.iter().sum::<u64>(), read as u64, "{sums:?}");
}

#[test]
fn nothing_lost_every_event_is_folded_or_stands_in_dead_letters() {
    let (good, bad) = (fixture("good.jsonl"), bad());
    for size in [1, 7, 500] {
        let mut floor = Floor::new();
        let all: Vec<&[u8]> =
            good.iter().map(String::as_bytes).chain(bad.iter().map(|(_, raw)| raw.as_bytes())).collect();
        // Everything twice: what comes again counts as well.
        for chunk in all.chunks(size).chain(all.chunks(size)) {
            assert_eq!(floor.batch(chunk).len(), chunk.len());
        }
        assert_balanced(&mut floor, 2 * all.len());
        let places: u64 = floor.letters().iter().map(|letter| letter.seen).sum();
        assert_eq!(places, floor.book(Book::DeadLetters));
        assert!(places >= 2 * bad.len() as u64);
    }
}

#[test]
fn nothing_lost_a_dead_letter_keeps_the_bytes_and_headers_as_they_came() {
    let mut floor = Floor::new();
    let mut expected = Vec::new();
    for (reason, raw) in bad().into_iter().chain([("not_utf8".to_owned(), "\u{0}".to_owned())]) {
        let bytes = if reason == "not_utf8" { vec![0xff, 0x00, 0xfe] } else { raw.into_bytes() };
        let taken = floor.raw(&bytes);
        assert_eq!(taken, Taken::DeadLetter(Reason::parse(&reason).expect("a reason of the contract")));
        expected.push((reason, bytes));
    }
    let mut letters = floor.dead_letters();
    letters.sort_by_key(|l| l.origin.offset);
    assert!(letters.iter().all(|l| l.headers == [("h".to_owned(), b"v".to_vec())] && !l.detail.is_empty()));
    let found: Vec<_> = letters.into_iter().map(|l| (l.reason, l.raw)).collect();
    assert_eq!(found.len(), expected.len());
    assert!(found == expected, "reasons or bytes differ");
}

#[test]
fn nothing_lost_a_bad_event_takes_none_of_its_batch_with_it() {
    let mut floor = Floor::new();
    let (one, two) = (
        event("02 10:00", "order.placed", placed("1", json!({}))),
        event("02 10:00", "order.paid", about("1", json!({}))),
    );
    let (one, two) = (one.to_string(), two.to_string());
    let taken = floor.batch(&[one.as_bytes(), b"{", two.as_bytes()]);
    assert_eq!(taken, [Taken::Applied, Taken::DeadLetter(Reason::NotJson), Taken::Applied]);
    assert_eq!(floor.row("1").facts.entries().len(), 2);
}

#[test]
fn nothing_lost_what_is_repeated_stale_or_contradicts_itself_is_counted_as_that() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    assert_eq!(floor.say("02 10:00", "order.paid", about("1", json!({}))), Taken::Repeated);
    let mut other = event("02 10:00", "order.paid", about("1", json!({})));
    other["data"]["paid_at"] = json!("2026-03-02T01:00:00Z");
    assert_eq!(floor.raw(other.to_string().as_bytes()), Taken::DeadLetter(Reason::IdReused));
    // The newest payment is kept, so an older one says nothing any more.
    assert_eq!(floor.say("02 09:00", "order.paid", about("1", json!({}))), Taken::Stale);
    assert_balanced(&mut floor, 5);
    assert_eq!(floor.dead_letters().len(), 1);
}

#[test]
fn nothing_lost_events_before_their_order_wait_for_it() {
    let mut floor = Floor::new();
    floor.shipped("02 12:00", "1");
    assert_eq!(floor.say("02 10:00", "order.paid", about("1", json!({}))), Taken::Applied);
    assert_eq!(floor.say("02 10:00", "order.placed", placed("1", json!({}))), Taken::Applied);
    let sent = super::floor::sent_kinds(&floor.rest());
    assert_eq!(sent, [forewarn_core::notice::Kind::Shipped]);
}

#[test]
fn nothing_lost_answers_about_what_we_do_not_know_are_dead_letters() {
    let mut floor = Floor::new();
    let answers = [
        ("grant.result", json!({ "grant_id": "g", "status": "granted" }), Reason::UnknownGrant),
        ("notice.feedback", json!({ "notice_id": "n", "outcome": "opened" }), Reason::UnknownNotice),
        (
            "buyer.message",
            json!({ "merchant_id": "qinghe", "buyer_id": "b", "message_id": "m", "text": "?" }),
            Reason::UnknownBuyer,
        ),
    ];
    for (kind, data, reason) in answers {
        assert_eq!(floor.say("02 10:00", kind, data), Taken::DeadLetter(reason));
    }
    assert_balanced(&mut floor, 3);
}

#[test]
fn nothing_lost_a_message_finds_the_order_that_came_in_the_same_batch() {
    let mut floor = Floor::new();
    floor.now = super::floor::at("02 10:00");
    let events = [
        event("02 10:00", "order.placed", placed("1", json!({}))),
        event("02 10:00", "order.paid", about("1", json!({}))),
        event(
            "02 10:01",
            "buyer.message",
            json!({ "merchant_id": "qinghe", "buyer_id": "b-1", "message_id": "m", "text": "?" }),
        ),
    ]
    .map(|e| e.to_string());
    let taken = floor.batch(&events.each_ref().map(String::as_bytes));
    assert_eq!(taken, [Taken::Applied, Taken::Applied, Taken::Applied]);
    assert_eq!(floor.row("1").index.chases, 1);
}

#[test]
fn nothing_lost_a_batch_of_a_partition_another_process_owns_writes_nothing() {
    let mut floor = Floor::new();
    let mine = floor.run(|_, tx| tx.offset_take_over("orders", 0));
    floor.run(|_, tx| tx.offset_take_over("orders", 0));
    let at = Position { topic: "orders".into(), partition: 0, epoch: mine.epoch, expected: None, next: 1 };
    let raw = event("02 10:00", "order.placed", placed("1", json!({}))).to_string().into_bytes();
    let event = forewarn::intake::structured(&raw);
    let origin = forewarn::store::port::Origin { topic: "orders".into(), partition: 0, offset: 0 };
    let batch = [forewarn::engine::Incoming { origin, event, raw, headers: Vec::new() }];
    let (engine, now) = (&floor.engine, floor.now);
    let refused = floor.db.transact(&mut |tx| engine.ingest(tx, &batch, std::slice::from_ref(&at), now).map(drop));
    assert!(matches!(refused, Err(StoreError::Fenced { .. })), "{refused:?}");
    assert_balanced(&mut floor, 0);
    let mine = floor.run(|_, tx| tx.offset_take_over("orders", 0));
    let (engine, now) = (&floor.engine, floor.now);
    let at = Position { epoch: mine.epoch, ..at };
    floor
        .db
        .transact(&mut |tx| engine.ingest(tx, &batch, std::slice::from_ref(&at), now).map(drop))
        .expect("the owner");
    assert_balanced(&mut floor, 1);
}
