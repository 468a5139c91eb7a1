use serde_json::json;

use super::{Arm, Change, Entered, follow};
use crate::cause::Cause;
use crate::decide::{Choices, Said, Saying, Told};
use crate::instant::Instant;
use crate::notice::{Kind, Why};
use crate::order::Order;
use crate::policy::Policy;
use crate::sample::{self, at, said};

fn policy() -> Policy {
    toml::from_str("[holdout]\nshare = 0.1\n").unwrap()
}

fn order(shipped: Option<i64>, asked: Option<i64>) -> Order {
    let line = json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
    let placed = json!({ "buyer": { "buyer_id": "B1" }, "lines": [line] });
    let mut events = vec![said(0, "placed", "order.placed", &placed), said(0, "paid", "order.paid", &json!({}))];
    let ask = |hour| said(hour, "asked", "buyer.message", &json!({ "message_id": "M1", "text": "?" }));
    events.extend(asked.map(ask));
    events.extend(shipped.map(|hour| said(hour, "shipped", "warehouse.shipped", &json!({ "parcel_id": "P1" }))));
    Order::read(&sample::key(), &sample::everything(&events))
}

fn warned(hour: i64, choices: Option<Choices>) -> Told {
    let said = Said {
        key: "k".into(),
        kind: Kind::DelayWarning,
        state: Saying::Sent,
        at: at(hour),
        promise_version: None,
        promise_share: None,
        quoted: None,
        expected_delivery: None,
        parcel_id: None,
        exception_id: None,
        signal: None,
        cause: Some(Cause::WarehouseQueue),
        choices,
        kept: None,
        is_last: false,
    };
    Told { said: vec![said], ..Told::default() }
}

fn held_out() -> Told {
    Told { suppressed: [("k".to_owned(), Why::Holdout)].into(), ..Told::default() }
}

fn seen(told: &mut Told, order: &Order, now: Instant) -> Vec<(Arm, Change)> {
    follow(told, order, &policy(), now).into_iter().map(|(entered, change)| (entered.arm, change)).collect()
}

#[test]
fn each_arm_counts_who_asked_afterwards() {
    let ended = |asked| Change::Ended { asked, cancelled: false };
    for (mut told, arm) in [(warned(20, None), Arm::Warned), (held_out(), Arm::HeldOut)] {
        assert_eq!(seen(&mut told, &order(None, Some(10)), at(20)), [(arm, Change::Entered)]);
        assert_eq!(seen(&mut told, &order(None, Some(25)), at(26)), []);
        let mut asked_before = told.clone();
        assert_eq!(seen(&mut told, &order(Some(30), Some(25)), at(30)), [(arm, ended(true))]);
        assert_eq!(seen(&mut told, &order(Some(30), Some(25)), at(31)), [], "once");
        assert_eq!(seen(&mut asked_before, &order(Some(30), Some(10)), at(30)), [(arm, ended(false))]);
    }
}

#[test]
fn an_answer_by_the_page_of_a_notice_is_no_asking() {
    let shipped = |channel: &str| {
        let line = json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
        let message = json!({ "message_id": "M1", "text": "fine", "channel": channel });
        let events = [
            said(0, "placed", "order.placed", &json!({ "buyer": { "buyer_id": "B1" }, "lines": [line] })),
            said(0, "paid", "order.paid", &json!({})),
            said(25, "asked", "buyer.message", &message),
            said(30, "shipped", "warehouse.shipped", &json!({ "parcel_id": "P1" })),
        ];
        Order::read(&sample::key(), &sample::everything(&events))
    };
    let asked = |channel| {
        let mut told = warned(20, None);
        let changes = seen(&mut told, &shipped(channel), at(30));
        changes.contains(&(Arm::Warned, Change::Ended { asked: true, cancelled: false }))
    };
    assert!(asked("im"));
    assert!(!asked("page"), "who is told is given a page to answer by, who is not told has none");
}

#[test]
fn who_was_given_a_choice_and_a_shop_without_a_holdout_are_no_part_of_it() {
    assert_eq!(seen(&mut warned(20, Some(Choices::WaitOrCancel)), &order(None, None), at(20)), []);
    assert_eq!(seen(&mut Told::default(), &order(None, None), at(20)), []);
    assert_eq!(follow(&mut warned(20, None), &order(None, None), &Policy::default(), at(20)), []);
}

#[test]
fn an_order_that_entered_is_counted_to_its_end_under_its_day() {
    let mut told = held_out();
    let entered = follow(&mut told, &order(None, None), &policy(), at(20));
    let day = policy().quiet_hours.zone.day(at(20)).0;
    assert_eq!(entered, [(Entered { arm: Arm::HeldOut, at: at(20), day, ended: false }, Change::Entered)]);
    // The holdout was switched off since; what began is counted.
    let ended = follow(&mut told, &order(Some(90), None), &Policy::default(), at(90));
    assert_eq!(ended.first().map(|(entered, _)| entered.day), Some(day));
    let text = serde_json::to_string(&told).unwrap();
    assert_eq!(serde_json::from_str::<Told>(&text).unwrap(), told);
}
