//! Parcels of one order that leave, or arrive, within minutes: one message, and a record for each of them.

use forewarn::engine::{Message, NoticeRecord, Record};
use forewarn::store::port::NoticeState;
use forewarn_core::notice::Kind;
use serde_json::json;

use super::{at, id_of, lin, promised, retry, sent, sent_kinds};
use crate::invariants::floor::Floor;

/// Order `1` of three lines.
fn floor() -> Floor {
    let line = |n: u32| json!({ "line_id": format!("L{n}"), "sku": format!("S{n}"), "quantity": 1, "fulfilment": "in_stock", "title": format!("杯子{n}号") });
    let mut floor = Floor::new();
    let mut order = promised(lin(), "06 18:00");
    order["lines"] = json!([line(1), line(2), line(3)]);
    floor.order_with("02 10:00", "1", order);
    floor.until("02 11:00");
    floor
}

/// The parcel leaves with the lines of these numbers.
fn leaves(floor: &mut Floor, time: &str, parcel: &str, lines: &[u32]) {
    let lines: Vec<String> = lines.iter().map(|n| format!("L{n}")).collect();
    let data = json!({
        "merchant_id": "qinghe", "order_id": "1", "parcel_id": parcel, "carrier": "SF",
        "tracking_number": format!("SF-{parcel}"), "line_ids": lines,
    });
    floor.say(time, "warehouse.shipped", data);
}

fn carrier_says(floor: &mut Floor, time: &str, parcel: &str, status: &str) {
    let data = json!({ "merchant_id": "qinghe", "order_id": "1", "parcel_id": parcel, "status": status });
    floor.say(time, "parcel.status", data);
}

fn parcels(message: &Message) -> Vec<String> {
    let parcel = |n: &forewarn::store::port::NoticeRow| n.composed.as_ref().and_then(|c| c.parcel_id.clone());
    message.notices().filter_map(parcel).collect()
}

fn told(records: &[Record]) -> Vec<&NoticeRecord> {
    records.iter().filter_map(|r| if let Record::Notice(n) = r { Some(&**n) } else { None }).collect()
}

#[test]
fn parcels_that_leave_within_minutes_are_one_message_with_a_record_each() {
    let mut floor = floor();
    leaves(&mut floor, "03 15:00", "P1", &[1]);
    assert_eq!(sent_kinds(&floor.rest()), [], "two lines are still to leave, so it waits for them");
    leaves(&mut floor, "03 15:06", "P2", &[2]);
    let records = floor.until("03 15:30");
    let records = told(&records);
    let who: Vec<_> = records.iter().map(|n| (n.kind, n.parcel_id.as_deref(), n.at)).collect();
    let when = at("03 15:15");
    assert_eq!(who, [(Kind::Shipped, Some("P1"), when), (Kind::Shipped, Some("P2"), when)]);
    assert_eq!((&records[0].message_id, &records[0].text), (&records[1].message_id, &records[1].text));
    assert_ne!(records[0].notice_id, records[1].notice_id);
    let text = &records[0].text;
    for said in ["2个包裹", "SF-P1", "SF-P2", "杯子1号", "杯子2号", "未发出的商品", "杯子3号"] {
        assert!(text.contains(said), "{said} in {text}");
    }

    leaves(&mut floor, "03 17:00", "P3", &[3]);
    let records = floor.rest();
    let last = told(&records);
    assert_eq!(last.iter().map(|n| n.parcel_id.as_deref()).collect::<Vec<_>>(), [Some("P3")]);
    assert!(last[0].text.contains("这个订单已全部发出"), "{}", last[0].text);
}

#[test]
fn what_arrives_together_is_told_together_and_the_last_of_it_ends_the_order() {
    let mut floor = floor();
    leaves(&mut floor, "03 15:00", "P1", &[1]);
    leaves(&mut floor, "03 15:00", "P2", &[2]);
    leaves(&mut floor, "03 15:00", "P3", &[3]);
    assert_eq!(sent_kinds(&floor.rest()), [Kind::Shipped; 3]);
    carrier_says(&mut floor, "04 09:00", "P1", "delivered");
    let records = floor.rest();
    let first = &told(&records)[0].text;
    assert!(first.contains("还在路上的商品") && !first.contains("全部送达"), "{first}");

    carrier_says(&mut floor, "05 08:00", "P2", "out_for_delivery");
    carrier_says(&mut floor, "05 08:00", "P3", "out_for_delivery");
    carrier_says(&mut floor, "05 11:00", "P2", "delivered");
    assert_eq!(sent_kinds(&floor.rest()), [], "the other one is at the door too");
    carrier_says(&mut floor, "05 11:02", "P3", "delivered");
    let records = floor.rest();
    let records = told(&records);
    assert_eq!(records.iter().map(|n| n.parcel_id.as_deref()).collect::<Vec<_>>(), [Some("P2"), Some("P3")]);
    assert_eq!(records[0].message_id, records[1].message_id);
    assert!(records[0].text.contains("至此全部送达"), "{}", records[0].text);
}

#[test]
fn an_attempted_message_takes_no_further_parcel_in() {
    let mut floor = floor();
    leaves(&mut floor, "03 15:00", "P1", &[1]);
    leaves(&mut floor, "03 15:01", "P2", &[2]);
    floor.now = at("03 15:15");
    floor.wake();
    let first = floor.claim("a").ready.remove(0);
    assert_eq!(parcels(&first), ["P1", "P2"]);
    floor.settle(&first, "a", &retry());
    leaves(&mut floor, "03 15:15:30", "P3", &[3]);
    floor.wake();
    assert_eq!(floor.claim("b").ready.iter().map(parcels).collect::<Vec<_>>(), [["P3"]]);
    floor.now = at("03 15:16:15");
    let again = floor.claim("a").ready.remove(0);
    assert_eq!(parcels(&again), ["P1", "P2"]);
    assert_eq!(id_of(&again.lead), id_of(&first.lead), "a channel that took the first attempt knows it again");
    floor.settle(&again, "a", &sent());
    assert!(floor.states("1", Kind::Shipped).iter().all(|state| *state != NoticeState::Retry));
}

#[test]
fn several_parcels_count_once_against_the_days_limit_and_bring_one_compensation() {
    let mut floor = floor();
    let rung = "[[compensation.ladder]]\nkind = \"shipped\"\ncause = \"*\"\ncoupon = \"2.00\"";
    floor.policy(&format!("[limits]\nper_order_day = 1\n{rung}"));
    leaves(&mut floor, "03 15:00", "P1", &[1]);
    leaves(&mut floor, "03 15:00", "P2", &[2, 3]);
    let records = floor.rest();
    let records = told(&records);
    assert_eq!(records.len(), 2);
    assert_eq!(records.iter().filter(|n| n.compensation.is_some()).count(), 1);
    assert_eq!(records[0].text.matches("2.00").count(), 1, "{}", records[0].text);
    let spent = floor.grants("1").iter().filter(|grant| grant.status.is_spent()).count();
    assert_eq!(spent, 1, "the other one gave way");
}

#[test]
fn the_largest_order_leaves_in_messages_a_person_can_read() {
    let mut floor = Floor::new();
    let mut order = promised(lin(), "06 18:00");
    let line = |n: u32| json!({ "line_id": format!("L{n}"), "sku": "LINEN", "quantity": 1, "fulfilment": "in_stock" });
    order["lines"] = (1..=50).map(line).collect();
    floor.order_with("02 10:00", "1", order);
    floor.until("02 11:00");
    for n in 1..=50 {
        leaves(&mut floor, "03 15:00", &format!("P{n}"), &[n]);
    }
    floor.wake();
    let sizes: Vec<usize> = floor.claim("a").ready.iter().map(|message| parcels(message).len()).collect();
    assert_eq!(sizes, [21, 21, 8]);
}
