//! Delayed orders of one buyer at one shop: one message, one compensation, a record for each order; and parcels of one
//! order that leave, or arrive, together.

mod delivered;
mod parcels;

use std::collections::BTreeMap;

use forewarn::engine::{Attempt, Message, Record};
use forewarn::store::port::{GrantRow, NoticeRow, NoticeState};
use forewarn_core::because::Reason;
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::{Kind, Why};
use serde_json::{Value, json};

use crate::invariants::deterministic::{file, records};
use crate::invariants::floor::{Floor, at, event, sent, sent_kinds, suppressed};
use crate::invariants::generated::{self, Dice};

/// The one buyer of these orders, at `email`, reading `locale`.
fn buyer(email: &str, locale: &str) -> Value {
    json!({ "buyer": { "buyer_id": "lin", "name": "林小满", "email": email, "locale": locale } })
}

fn lin() -> Value {
    buyer("lin@example.com", "zh-CN")
}

fn promised(more: Value, ship_by: &str) -> Value {
    let mut more = more;
    more["ship_by"] = json!(at(ship_by));
    more
}

/// Orders `1` to `3` of the buyer, promised for the evening of 6 March, and one of another buyer.
fn floor() -> Floor {
    let mut floor = floor_over(Floor::new(), &["1", "2", "3"]);
    floor.order_with("02 11:00", "other", promised(json!({}), "06 18:00"));
    floor.rest();
    floor
}

fn floor_over(mut floor: Floor, orders: &[&str]) -> Floor {
    floor.coupons_at_once = false;
    for order in orders {
        floor.order_with("02 10:00", order, promised(lin(), "06 18:00"));
    }
    floor.until("02 11:00");
    floor
}

/// Nothing of the article is left before 9 March.
fn stock_out(floor: &mut Floor, time: &str) {
    let scope = json!({ "merchant_id": "qinghe", "sku": "LINEN" });
    let raised =
        json!({ "condition_id": "stock", "scope": scope, "kind": "out_of_stock", "clears_at": at("09 10:00") });
    floor.say(time, "condition.raised", raised);
    let now = floor.now;
    while floor.run(|engine, tx| engine.sweep(tx, now, 100)) {}
}

fn retry() -> Attempt {
    Attempt::Retry { after: std::time::Duration::from_secs(60), reason: "greylisted".into() }
}

fn orders(message: &Message) -> Vec<&str> {
    message.notices().map(|notice| notice.order.order_id.as_str()).collect()
}

fn id_of(notice: &NoticeRow) -> String {
    notice.composed.as_ref().expect("words").message_id.clone()
}

/// Status and reason of each order's one grant.
fn grants(floor: &mut Floor, orders: &[&str]) -> Vec<(GrantStatus, Option<String>)> {
    let one = |mut grants: Vec<GrantRow>| grants.pop().map(|grant| (grant.status, grant.why)).expect("a grant");
    orders.iter().map(|order| one(floor.grants(order))).collect()
}

fn merged() -> (GrantStatus, Option<String>) {
    (GrantStatus::Refused, Some("merged".into()))
}

fn reserved() -> (GrantStatus, Option<String>) {
    (GrantStatus::Reserved, None)
}

#[test]
fn one_stock_out_is_one_message_one_compensation_and_a_record_for_each_order() {
    let mut floor = floor();
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let claimed = floor.claim("a");
    let told: Vec<Vec<&str>> = claimed.ready.iter().map(orders).collect();
    assert_eq!(told, [vec!["1", "2", "3"], vec!["other"]]);
    let [joint, _] = claimed.ready.as_slice() else { panic!("two messages") };
    assert!(joint.notices().all(|notice| id_of(notice) == id_of(&joint.lead)));
    assert_eq!(grants(&mut floor, &["1", "2", "3", "other"]), [reserved(), merged(), merged(), reserved()]);

    let records = floor.settle(joint, "a", &sent());
    assert_eq!(sent_kinds(&records), [Kind::DelayWarning; 3]);
    let records: Vec<_> =
        records.iter().filter_map(|r| if let Record::Notice(n) = r { Some(n) } else { None }).collect();
    let given: Vec<_> = records.iter().map(|n| (n.order_id.as_str(), n.compensation.is_some())).collect();
    assert_eq!(given, [("1", true), ("2", false), ("3", false)]);
    let text = &records[0].text;
    assert!(
        records
            .iter()
            .all(|n| n.text == *text && n.subject == records[0].subject && n.message_id == id_of(&joint.lead))
    );
    assert!(records.windows(2).all(|two| two[0].notice_id != two[1].notice_id));
    assert_eq!(text.matches("5.00").count(), 1, "one coupon is promised once: {text}");
    assert!(["订单号 1\n", "订单号 2\n", "订单号 3\n"].iter().all(|title| text.contains(title)), "{text}");
    assert_eq!(sent_kinds(&floor.rest()), []);
}

#[test]
fn another_address_language_buyer_or_platform_is_told_alone() {
    let mut floor = Floor::new();
    let mut elsewhere = lin();
    elsewhere["platform"] = json!("shopify");
    for (order, who) in [
        ("1", lin()),
        ("2", buyer("office@example.com", "zh-CN")),
        ("3", buyer("lin@example.com", "en")),
        ("4", json!({ "buyer": { "buyer_id": "wang", "email": "lin@example.com", "locale": "zh-CN" } })),
        ("5", lin()),
        ("6", elsewhere),
    ] {
        floor.order_with("02 10:00", order, promised(who, "06 18:00"));
    }
    floor.policy("[limits]\nper_buyer_day = 9");
    floor.until("02 11:00");
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let claimed = floor.claim("a");
    let told: Vec<Vec<&str>> = claimed.ready.iter().map(orders).collect();
    assert_eq!(told, [vec!["1", "5"], vec!["2"], vec!["3"], vec!["4"], vec!["6"]]);
    let each = grants(&mut floor, &["1", "2", "3", "4", "5", "6"]);
    assert_eq!(each, [reserved(), reserved(), reserved(), reserved(), merged(), reserved()]);
}

#[test]
fn an_order_no_wake_has_come_to_yet_joins_with_its_notice_and_its_grant() {
    let mut floor = floor();
    stock_out(&mut floor, "03 12:00");
    let now = floor.now;
    assert_eq!(floor.run(|engine, tx| engine.wake(tx, now, 1)).orders, 1);
    let claimed = floor.claim("a");
    assert_eq!(claimed.ready.iter().map(orders).collect::<Vec<_>>(), [["1", "2", "3"]]);
    assert_eq!(grants(&mut floor, &["1", "2", "3"]), [reserved(), merged(), merged()]);
    floor.wake();
    assert_eq!(floor.claim("a").ready.iter().map(orders).collect::<Vec<_>>(), [["other"]]);
}

#[test]
fn the_size_of_a_claim_changes_nothing() {
    let play = |limit: usize| {
        let mut floor = floor();
        stock_out(&mut floor, "03 12:00");
        floor.wake();
        let (now, mut lines) = (floor.now, Vec::new());
        loop {
            let lease = forewarn::engine::Lease { token: "a".into(), real_now: now, until: now };
            let claimed = floor.run(|engine, tx| engine.claim(tx, now, limit, &lease));
            lines.extend(claimed.records);
            for message in &claimed.ready {
                lines.extend(floor.settle(message, "a", &sent()));
            }
            if claimed.looked_at == 0 {
                break lines.iter().map(|line| serde_json::to_string(line).expect("a record")).collect::<Vec<_>>();
            }
        }
    };
    let one = play(1);
    assert!(one.len() >= 4, "{one:?}");
    assert_eq!(one, play(2));
    assert_eq!(one, play(100));
}

#[test]
fn what_has_shipped_before_a_retry_is_left_out_and_the_rest_keeps_its_message_and_gets_the_compensation() {
    let mut floor = floor();
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let first = floor.claim("a").ready.remove(0);
    assert!(floor.settle(&first, "a", &retry()).is_empty());
    floor.shipped("03 12:00:30", "1");
    floor.now = at("03 12:01");
    let claimed = floor.claim("a");
    let again = &claimed.ready[0];
    assert_eq!(orders(again), ["2", "3"]);
    assert_eq!(id_of(&again.lead), id_of(&first.lead), "a channel that took the first attempt knows it again");
    assert_eq!(suppressed(&claimed.records), [(Kind::DelayWarning, Why::Shipped)]);
    let released = (GrantStatus::Released, Some("shipped".into()));
    assert_eq!(grants(&mut floor, &["1", "2", "3"]), [released, reserved(), merged()]);
    let words = again.lead.composed.clone().expect("words");
    assert!(words.text.contains("5.00") && !words.text.contains("订单号 1\n"), "{}", words.text);
    assert_eq!(again.notices().map(|notice| notice.attempts).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Withdrawn]);
}

#[test]
fn an_attempted_message_takes_nobody_in() {
    let mut floor = floor();
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let first = floor.claim("a").ready.remove(0);
    floor.settle(&first, "a", &retry());
    floor.order_with("03 12:00:10", "4", promised(lin(), "06 18:00"));
    floor.wake();
    let alone = floor.claim("a");
    assert_eq!(alone.ready.iter().map(orders).collect::<Vec<_>>(), [["4"]]);
    assert_eq!(grants(&mut floor, &["4"]), [reserved()]);
    floor.now = at("03 12:01");
    assert_eq!(orders(&floor.claim("b").ready[0]), ["1", "2", "3"]);
}

#[test]
fn one_message_counts_once_against_the_days_limit() {
    let mut floor = floor();
    floor.policy("[limits]\nper_buyer_day = 2");
    stock_out(&mut floor, "03 12:00");
    let records = floor.rest();
    assert_eq!(sent_kinds(&records).len(), 4, "three orders in one message, and the other buyer's");
    floor.order_with("03 13:00", "4", lin());
    assert_eq!(sent_kinds(&floor.rest()), [Kind::DelayWarning], "the second message of the day");
    floor.order_with("03 13:30", "5", lin());
    assert_eq!(suppressed(&floor.rest()), [(Kind::DelayWarning, Why::Limit), (Kind::OrderAccepted, Why::Limit)]);
}

#[test]
fn the_grant_that_was_answered_before_the_message_left_is_told_as_given() {
    let mut floor = floor();
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let now = floor.now;
    floor.run(|engine, tx| engine.grant_at_once(tx, now, 10));
    let claimed = floor.claim("a");
    let words = claimed.ready[0].lead.composed.clone().expect("words");
    assert!(words.text.contains("已经在您的账户里了"), "{}", words.text);
    let granted = (GrantStatus::Granted, None);
    assert_eq!(grants(&mut floor, &["1", "2", "3"]), [granted, merged(), merged()]);
}

#[test]
fn the_larger_compensation_stands_for_both() {
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    let ladder = "[[compensation.ladder]]\nkind = \"delay_warning\"\ncause = \"out_of_stock\"\n";
    floor.policy(&format!(
        "{ladder}delay_at_least = \"72h\"\ncoupon = \"8.00\"\n{ladder}coupon = \"5.00\"\n[compensation]\nper_buyer_30d = \"9.00\""
    ));
    floor.order_with("02 10:00", "1", promised(lin(), "08 18:00"));
    floor.order_with("02 10:00", "2", promised(lin(), "05 18:00"));
    floor.until("02 11:00");
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let claimed = floor.claim("a");
    assert_eq!(orders(&claimed.ready[0]), ["2", "1"], "the earliest promise first");
    let gave_way = (GrantStatus::Released, Some("merged".into()));
    assert_eq!(grants(&mut floor, &["1", "2"]), [gave_way, reserved()]);
    let words = claimed.ready[0].lead.composed.clone().expect("words");
    assert!(words.text.contains("8.00") && !words.text.contains("5.00"), "{}", words.text);
}

#[test]
fn outcomes_and_feedback_hold_for_every_order_of_the_message() {
    for (attempt, state) in [
        (Attempt::Failed { reason: "550".into() }, NoticeState::Failed),
        (Attempt::Unknown { reason: "lost".into() }, NoticeState::Unknown),
        (sent(), NoticeState::Sent),
    ] {
        let mut floor = floor();
        stock_out(&mut floor, "03 12:00");
        floor.wake();
        let joint = floor.claim("a").ready.remove(0);
        floor.settle(&joint, "a", &attempt);
        for order in ["1", "2", "3"] {
            assert_eq!(floor.states(order, Kind::DelayWarning), [state], "{order}");
        }
        let bounced = json!({ "notice_id": joint.others[0].notice_id, "outcome": "bounced" });
        floor.raw(event("03 12:05", "notice.feedback", bounced).to_string().as_bytes());
        let heard = |floor: &mut Floor, order: &str| floor.notices(order).pop().and_then(|notice| notice.feedback);
        assert!(["1", "2", "3"].iter().all(|order| heard(&mut floor, order).as_deref() == Some("bounced")));
    }
}

#[test]
fn a_process_that_dies_leaves_every_order_of_the_message_unknown() {
    let mut floor = floor();
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    assert_eq!(floor.claim("dead").ready.len(), 2);
    floor.now = at("03 12:10");
    assert_eq!(floor.settle_stranded(), 4);
    for order in ["1", "2", "3"] {
        assert_eq!(floor.states(order, Kind::DelayWarning), [NoticeState::Unknown]);
    }
}

#[test]
fn an_order_told_early_in_company_goes_alone_when_the_other_one_ships() {
    let mut floor = Floor::new();
    floor.order_with("02 10:00", "1", promised(lin(), "04 11:00"));
    floor.order_with("02 10:00", "2", promised(lin(), "04 13:00"));
    floor.until("03 10:59");
    floor.now = at("03 11:00");
    floor.wake();
    let first = floor.claim("a").ready.remove(0);
    assert_eq!(orders(&first), ["1", "2"]);
    let early = first.others[0].composed.clone().expect("words");
    assert!(early.because.iter().any(|why| matches!(why, Reason::Together { .. })), "{:?}", early.because);
    floor.settle(&first, "a", &retry());
    floor.shipped("03 11:00:30", "1");
    floor.now = at("03 11:01");
    floor.wake();
    let claimed = floor.claim("a");
    let told = claimed.ready.iter().filter(|message| message.lead.kind == Kind::DelayWarning);
    assert_eq!(told.map(orders).collect::<Vec<_>>(), [["2"]]);
    assert_eq!(grants(&mut floor, &["2"]), [reserved()]);
}

#[test]
fn messages_of_a_random_floor_are_one_mail_and_promise_one_compensation() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = generated::floor(21, 150).lines(&mut Dice::new(1));
    let mut messages: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in records(&[file(folder.path(), "a.jsonl", &lines)], 0, 100) {
        let record: Value = serde_json::from_str(&line).expect("a record");
        if record["record"] == "notice" {
            messages.entry(record["message_id"].to_string()).or_default().push(record);
        }
    }
    let joint: Vec<&Vec<Value>> = messages.values().filter(|notices| notices.len() > 1).collect();
    assert!(joint.len() > 5, "only {} messages tell of several orders", joint.len());
    for notices in joint {
        for field in ["at", "merchant_id", "channel", "to", "locale", "subject", "text", "policy_version"] {
            assert!(notices.iter().all(|n| n[field] == notices[0][field]), "{field} differs: {notices:?}");
        }
        assert!(notices.iter().filter(|n| n.get("compensation").is_some()).count() <= 1, "{notices:?}");
    }
}
