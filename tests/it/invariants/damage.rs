//! One damaged row never stops the others: it is set aside, visibly, and taken up again after repair.

use forewarn::store::port::NoticeState;
use forewarn_core::notice::Kind;
use serde_json::json;

use super::floor::{Floor, about, at, key, sent, sent_kinds};

/// A floor on a file, and a second way into the file.
struct House {
    floor: Floor,
    file: rusqlite::Connection,
    _folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("forewarn.db");
        let floor = Floor::open(&path);
        let file = rusqlite::Connection::open(&path).expect("the same file");
        Self { floor, file, _folder: folder }
    }

    fn damage(&self, sql: &str) {
        assert!(self.file.execute(sql, []).expect("the statement fits the schema") > 0, "nothing was damaged");
    }

    fn text(&self, column: &str, order: &str) -> String {
        let sql = format!("SELECT {column} FROM orders WHERE order_id = ?1");
        self.file.query_row(&sql, [order], |row| row.get(0)).expect("a row")
    }

    fn repair(&self, column: &str, order: &str, text: &str) {
        let sql = format!("UPDATE orders SET {column} = ?2 WHERE order_id = ?1");
        assert_eq!(self.file.execute(&sql, [order, text]).expect("a repair"), 1);
    }

    fn parked(&mut self) -> u64 {
        self.floor.run(|_, tx| tx.orders_parked())
    }
}

#[test]
fn damage_to_an_order_stops_neither_wake_nor_the_others_and_repair_brings_it_back() {
    let mut house = House::new();
    for id in ["1", "2", "3"] {
        house.floor.order("02 10:00", id);
    }
    let intact = house.text("facts", "2");
    house.damage("UPDATE orders SET facts = substr(facts, 1, 40) WHERE order_id = '2'");
    let records = house.floor.rest();
    assert_eq!(sent_kinds(&records), [Kind::OrderAccepted, Kind::OrderAccepted], "those of 1 and 3");
    assert_eq!(house.parked(), 1);
    // Repaired but not taken up it rests; taken up it is looked at.
    house.repair("facts", "2", &intact);
    assert!(house.floor.rest().is_empty());
    let now = house.floor.now;
    assert!(house.floor.run(|engine, tx| engine.unpark(tx, &key("2"), "lin", now)));
    assert_eq!(sent_kinds(&house.floor.rest()), [Kind::OrderAccepted], "that of 2");
    assert_eq!(house.parked(), 0);
}

#[test]
fn damage_that_is_still_there_keeps_an_order_set_aside() {
    let mut house = House::new();
    house.floor.order("02 10:00", "1");
    house.damage("UPDATE orders SET told = 'no json'");
    house.floor.rest();
    let now = house.floor.now;
    let (engine, db) = (&house.floor.engine, &mut house.floor.db);
    let refused = db.transact(&mut |tx| engine.unpark(tx, &key("1"), "lin", now));
    assert!(refused.expect_err("it cannot be read").to_string().contains("qinghe/1"));
    assert_eq!(house.parked(), 1);
}

#[test]
fn damage_to_an_order_makes_its_notice_wait_and_the_others_leave() {
    let mut house = House::new();
    for id in ["1", "2"] {
        house.floor.order("02 10:00", id);
    }
    assert_eq!(house.floor.wake().enqueued, 2);
    let intact = house.text("told", "1");
    house.damage("UPDATE orders SET told = 'no json' WHERE order_id = '1'");
    let claimed = house.floor.claim("a");
    assert_eq!(claimed.ready.iter().map(|m| m.lead.order.order_id.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(house.floor.states("1", Kind::OrderAccepted), [NoticeState::Retry]);
    assert_eq!(house.parked(), 1);
    for notice in &claimed.ready {
        house.floor.settle(notice, "a", &sent());
    }
    house.repair("told", "1", &intact);
    let now = house.floor.now;
    assert!(house.floor.run(|engine, tx| engine.unpark(tx, &key("1"), "lin", now)));
    assert_eq!(sent_kinds(&house.floor.until("02 12:00")), [Kind::OrderAccepted], "it left after repair");
}

#[test]
fn damage_to_an_order_while_its_notice_is_on_its_way_does_not_lose_the_outcome() {
    let mut house = House::new();
    house.floor.order("02 10:00", "1");
    house.floor.wake();
    let claimed = house.floor.claim("a");
    house.damage("UPDATE orders SET facts = 'no json'");
    house.floor.settle(&claimed.ready[0], "a", &sent());
    assert_eq!(house.floor.states("1", Kind::OrderAccepted), [NoticeState::Sent]);
    assert_eq!(house.parked(), 1);
}

#[test]
fn damage_to_a_message_fails_its_notice_with_the_reason_and_the_others_leave() {
    let mut house = House::new();
    for id in ["1", "2"] {
        house.floor.order("02 10:00", id);
    }
    house.floor.wake();
    // Put back after a first try, a notice holds its message.
    for notice in house.floor.claim("a").ready {
        let again =
            forewarn::engine::Attempt::Retry { after: std::time::Duration::from_secs(60), reason: "later".into() };
        house.floor.settle(&notice, "a", &again);
    }
    house.damage("UPDATE notices SET composed = substr(composed, 1, 50) WHERE order_id = '1'");
    house.floor.now = at("02 10:30");
    let claimed = house.floor.claim("b");
    assert_eq!(claimed.ready.iter().map(|m| m.lead.order.order_id.as_str()).collect::<Vec<_>>(), ["2"]);
    let failed = house.floor.notices("1");
    assert_eq!((failed.len(), failed[0].state), (1, NoticeState::Failed));
    assert!(failed[0].outcome.as_deref().is_some_and(|why| why.contains("cannot be read")), "{:?}", failed[0].outcome);
    // The order remembers that nothing was said, and is not stopped by it.
    house.floor.shipped("02 11:00", "1");
    assert!(sent_kinds(&house.floor.rest()).contains(&Kind::Shipped));
    assert_eq!(house.floor.say("02 12:00", "order.paid", about("9", json!({}))), forewarn::engine::Taken::Applied);
}

#[test]
fn damage_to_one_order_of_a_buyer_does_not_keep_the_others_from_being_told_together() {
    let mut house = House::new();
    for id in ["1", "2", "3"] {
        let buyer = json!({ "buyer_id": "lin", "email": "lin@example.com", "locale": "zh-CN" });
        house.floor.order_with("02 10:00", id, json!({ "buyer": buyer, "ship_by": at("04 10:00") }));
    }
    house.floor.until("03 09:59");
    house.floor.now = at("03 10:00");
    assert_eq!(house.floor.wake().enqueued, 3);
    house.damage("UPDATE orders SET facts = substr(facts, 1, 40) WHERE order_id = '2'");
    let claimed = house.floor.claim("a");
    assert_eq!(claimed.ready.len(), 1);
    let told: Vec<_> = claimed.ready[0].notices().map(|n| n.order.order_id.as_str()).collect();
    assert_eq!(told, ["1", "3"]);
    assert_eq!(house.parked(), 1);
    assert_eq!(house.floor.states("2", Kind::DelayWarning), [NoticeState::Retry]);
}
