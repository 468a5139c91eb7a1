//! A rule that panics sets its order aside, visibly, and the others go on.
//!
//! No event is known to provoke this, or it would be mended. Here what was learned of one shop is damaged in the
//! store: counts that belong together are cut off, and the rule that reads them stops.

use std::collections::BTreeMap;

use forewarn::engine::Taken;
use forewarn::store::port::NoticeState;
use forewarn_core::event::Fulfilment;
use forewarn_core::forecast::cells::CELLS;
use forewarn_core::forecast::{Cells, Model};
use forewarn_core::forecast::{Groups, Wait};
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::{Kind, Why};
use serde_json::json;

use super::floor::{Floor, about, at, event, key, placed, sent_kinds, suppressed};

/// Spoils what was learned of the shop `qinghe`.
fn spoil(floor: &mut Floor) {
    let mut cells = serde_json::to_value(Cells::default()).expect("cells are JSON");
    for (name, counts) in cells.as_object_mut().into_iter().flatten() {
        *counts = if name == "ends" { json!(vec![20; CELLS]) } else { json!([]) };
    }
    let cells: Cells = serde_json::from_value(cells).expect("cells as they are stored");
    let groups = Groups::of_order(&key("1"), None, Fulfilment::InStock, Wait::Dwell(None));
    let name = groups.names().last().expect("the shop's own").clone();
    let model = Model::new("spoiled".into(), [(name.clone(), cells)].into(), BTreeMap::new(), []);
    floor.run(|_, tx| tx.model_save(&model, std::slice::from_ref(&name)));
}

/// An order of the shop `lumen`, which nothing is wrong with.
fn other_shop(floor: &mut Floor, time: &str) {
    for (kind, mut data) in [("order.placed", placed("x", json!({}))), ("order.paid", about("x", json!({})))] {
        data["merchant_id"] = json!("lumen");
        floor.now = floor.now.max(at(time));
        floor.raw(event(time, kind, data).to_string().as_bytes());
    }
}

#[test]
fn set_aside_an_order_whose_rule_panics_is_parked_and_the_others_go_on() {
    let mut floor = Floor::new();
    spoil(&mut floor);
    floor.order("02 10:00", "1");
    other_shop(&mut floor, "02 10:00");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::OrderAccepted], "the other shop's");
    let parked = floor.row("1").parked.expect("it is set aside");
    assert!(parked.contains("panicked"), "{parked}");
    // It is never woken again, and what comes for it is kept and counted as parked.
    assert!(floor.until("04 12:00").iter().all(|r| !format!("{r:?}").contains("\"1\"")));
    assert_eq!(floor.say("04 13:00", "warehouse.shipped", about("1", json!({ "parcel_id": "p" }))), Taken::Parked);
    assert_eq!(floor.row("1").facts.entries().len(), 3);
}

#[test]
fn set_aside_what_waits_in_the_outbox_is_withdrawn_and_its_coupon_released() {
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    floor.order("02 10:00", "1");
    floor.until("03 09:59");
    floor.now = at("03 10:00");
    assert_eq!(floor.wake().enqueued, 1);
    spoil(&mut floor);
    let claimed = floor.claim("a");
    assert!(claimed.ready.is_empty());
    assert_eq!(suppressed(&claimed.records), [(Kind::DelayWarning, Why::NeedsHuman)]);
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Withdrawn]);
    assert_eq!(floor.grants("1")[0].status, GrantStatus::Released);
    assert!(floor.row("1").parked.is_some());
}
