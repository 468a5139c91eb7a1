//! What only a person can settle is on the desk once, in the very step that finds it, and leaves it when it is settled.

use forewarn::engine::Taken;
use forewarn::store::StoreError;
use forewarn::store::port::{Closing, DeskRow, NoticeState};
use forewarn_core::cause::Cause;
use forewarn_core::desk::{Ending, Matter, Outcome};
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::MerchantId;
use forewarn_core::notice::Kind;
use serde_json::json;

use super::floor::{Floor, about, at, event, key, placed, sent};

/// How an entry left: with what outcome, and what ended it by itself.
type Left = Option<(Outcome, Option<Ending>)>;

/// What the desk holds of an order: matter, how often it came, and how it left.
fn desk(floor: &mut Floor, order: &str) -> Vec<(Matter, u32, Left)> {
    let left = |row: &DeskRow| row.closed.as_ref().map(|closing| (closing.outcome, closing.ended_by));
    rows(floor, order).iter().map(|row| (row.matter, row.number, left(row))).collect()
}

fn rows(floor: &mut Floor, order: &str) -> Vec<DeskRow> {
    let key = key(order);
    floor.run(|_, tx| tx.desk_of(&key))
}

/// A person closes the newest entry of the order; whether it was open.
fn close(floor: &mut Floor, order: &str, tenant: Option<&MerchantId>) -> bool {
    let id = rows(floor, order).last().expect("an entry").desk_id.clone();
    let closing =
        Closing { at: floor.now, outcome: Outcome::BuyerCalled, by: Some("lin".into()), ended_by: None, note: None };
    floor.run(|engine, tx| engine.desk_close(tx, tenant, &id, &closing)).is_some()
}

fn itself(ending: Ending) -> Left {
    Some((Outcome::ResolvedItself, Some(ending)))
}

const CALLED: Left = Some((Outcome::BuyerCalled, None));

#[test]
fn desk_an_address_nobody_answers_about_comes_once_and_goes_when_it_is_mended() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut floor = Floor::open(&path);
    floor.order_with("02 10:00", "1", json!({ "ship_by": at("12 18:00") }));
    let fault = about("1", json!({ "warehouse_id": "HZ-1", "exception_id": "x", "kind": "address" }));
    floor.say("02 12:00", "warehouse.exception", fault.clone());
    floor.until("04 11:00");
    assert_eq!(desk(&mut floor, "1"), []);
    floor.until("04 13:00");
    let open = [(Matter::UnansweredAddress, 1, None)];
    assert_eq!(desk(&mut floor, "1"), open);
    // The same events again, and a new process on the same file, change nothing.
    assert_eq!(floor.say("02 12:00", "warehouse.exception", fault.clone()), Taken::Repeated);
    drop(floor);
    let mut floor = Floor::open(&path);
    floor.now = at("04 13:00");
    floor.say("04 14:00", "buyer.message", about("1", json!({ "message_id": "m", "text": "?" })));
    floor.until("05 09:00");
    assert_eq!(desk(&mut floor, "1"), open);
    assert_eq!(rows(&mut floor, "1")[0].chases, 1);
    let cleared = about("1", json!({ "warehouse_id": "HZ-1", "exception_id": "x" }));
    floor.say("05 09:00", "warehouse.exception_cleared", cleared);
    floor.rest();
    let mended = (Matter::UnansweredAddress, 1, itself(Ending::Mended));
    assert_eq!(desk(&mut floor, "1"), [mended]);
    floor.say("06 09:00", "warehouse.exception", fault);
    floor.rest();
    assert_eq!(desk(&mut floor, "1"), [mended, (Matter::UnansweredAddress, 2, None)]);
}

/// An order whose date slips: told on the 2nd, again on the 6th, and on the 8th for the last time.
fn late(floor: &mut Floor) {
    floor.order_with("02 10:00", "1", json!({ "ship_by": at("05 18:00") }));
    for (said, expected) in [("02 12:00", "07 10:00"), ("06 12:00", "09 10:00"), ("08 12:00", "11 10:00")] {
        assert_eq!(desk(floor, "1"), [], "before the last update");
        slip(floor, said, expected);
    }
}

fn slip(floor: &mut Floor, said: &str, expected: &str) {
    floor.until(said);
    let data = json!({ "warehouse_id": "HZ-1", "stage": "picking", "expected_ship_at": at(expected) });
    floor.say(said, "warehouse.progress", about("1", data));
    floor.rest();
}

#[test]
fn desk_the_last_update_says_that_a_person_has_it_and_so_it_is() {
    let mut floor = Floor::new();
    late(&mut floor);
    let told = floor.notices("1").into_iter().rfind(|notice| notice.kind == Kind::DelayUpdate).expect("an update");
    let text = told.composed.as_ref().expect("it was sent").text.clone();
    assert!(text.contains("已转由专人跟进"), "{text}");
    assert_eq!(desk(&mut floor, "1"), [(Matter::PastUpdates, 1, None)]);
    assert_eq!(rows(&mut floor, "1")[0].cause, Cause::WarehouseQueue);
    floor.shipped("10 09:00", "1");
    floor.rest();
    assert_eq!(desk(&mut floor, "1"), [(Matter::PastUpdates, 1, itself(Ending::Shipped))]);
}

#[test]
fn desk_what_a_person_settled_comes_back_with_something_new_alone() {
    let mut floor = Floor::new();
    late(&mut floor);
    let foreign = MerchantId::new("lumen").expect("a short id");
    assert!(!close(&mut floor, "1", Some(&foreign)), "another shop's");
    let own = MerchantId::new("qinghe").expect("a short id");
    assert!(close(&mut floor, "1", Some(&own)));
    assert!(!close(&mut floor, "1", None), "it has left");
    floor.until("09 09:00");
    assert_eq!(desk(&mut floor, "1"), [(Matter::PastUpdates, 1, CALLED)]);
    slip(&mut floor, "10 12:00", "13 10:00");
    let again = [(Matter::PastUpdates, 1, CALLED), (Matter::PastUpdates, 2, None)];
    assert_eq!(desk(&mut floor, "1"), again);
    floor.until("12 12:00");
    assert_eq!(desk(&mut floor, "1"), again, "the same news once");
}

#[test]
fn desk_a_step_that_is_undone_leaves_nothing_there_and_the_next_one_brings_it_once() {
    let mut floor = Floor::new();
    late(&mut floor);
    assert!(close(&mut floor, "1", None));
    floor.until("10 12:00");
    let data = json!({ "warehouse_id": "HZ-1", "stage": "picking", "expected_ship_at": at("13 10:00") });
    floor.say("10 12:00", "warehouse.progress", about("1", data));
    let (engine, now) = (&floor.engine, floor.now);
    let undone = floor.db.transact(&mut |tx| {
        engine.wake(tx, now, 9)?;
        assert_eq!(tx.desk_of(&key("1"))?.len(), 2);
        Err::<(), _>(StoreError::Stopped)
    });
    assert!(undone.is_err());
    assert_eq!(desk(&mut floor, "1").len(), 1);
    floor.rest();
    assert_eq!(desk(&mut floor, "1").len(), 2);
}

fn answer(floor: &mut Floor, time: &str, status: &str) -> Taken {
    let grant = floor.grants("1")[0].grant_id.clone();
    floor.say(time, "grant.result", json!({ "grant_id": grant, "status": status }))
}

#[test]
fn desk_a_coupon_that_was_told_and_is_refused_is_a_persons_to_make_good() {
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    floor.order_with("02 10:00", "1", json!({ "ship_by": at("05 18:00") }));
    floor.until("04 19:00");
    let now = floor.now;
    floor.run(|engine, tx| engine.grant_requests(tx, now, 9));
    assert_eq!(answer(&mut floor, "04 20:00", "refused"), Taken::Applied);
    floor.rest();
    assert_eq!(floor.grants("1")[0].status, GrantStatus::Refused);
    assert_eq!(desk(&mut floor, "1"), [(Matter::RefusedGrant, 1, None)]);
    // That the order ships makes nothing good; a person does.
    floor.shipped("05 09:00", "1");
    floor.rest();
    assert_eq!(desk(&mut floor, "1"), [(Matter::RefusedGrant, 1, None)]);
    assert!(close(&mut floor, "1", None));
    floor.until("20 09:00");
    assert_eq!(desk(&mut floor, "1"), [(Matter::RefusedGrant, 1, CALLED)]);
}

#[test]
fn desk_a_refusal_beside_news_of_its_order_loses_neither() {
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    floor.order_with("02 10:00", "1", json!({ "ship_by": at("05 18:00") }));
    floor.until("04 19:00");
    let grant = floor.grants("1")[0].grant_id.clone();
    let message = |id: &str| event("04 20:00", "buyer.message", about("1", json!({ "message_id": id, "text": "?" })));
    let refused = event("04 20:00", "grant.result", json!({ "grant_id": grant, "status": "refused" }));
    let batch = [message("m-1"), refused, message("m-2")].map(|event| event.to_string());
    floor.now = at("04 20:00");
    let taken = floor.batch(&batch.each_ref().map(String::as_bytes));
    assert_eq!(taken, [Taken::Applied, Taken::Applied, Taken::Applied]);
    floor.rest();
    assert_eq!(desk(&mut floor, "1"), [(Matter::RefusedGrant, 1, None)]);
    assert_eq!((floor.row("1").index.chases, rows(&mut floor, "1")[0].chases), (2, 2));
}

#[test]
fn desk_a_coupon_the_buyer_was_not_told_of_or_had_is_nobodys() {
    // Refused before its notice left, which goes without it.
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    floor.order_with("02 10:00", "1", json!({ "ship_by": at("05 18:00") }));
    floor.until("04 17:59");
    floor.now = at("04 18:00");
    floor.wake();
    assert_eq!(answer(&mut floor, "04 18:00", "refused"), Taken::Applied);
    floor.until("05 09:00");
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Sent]);
    assert_eq!(desk(&mut floor, "1"), []);
    // Given, and run out unused.
    let mut floor = Floor::new();
    floor.order_with("02 10:00", "1", json!({ "ship_by": at("05 18:00") }));
    floor.until("05 09:00");
    assert_eq!(floor.grants("1")[0].status, GrantStatus::Granted);
    assert_eq!(answer(&mut floor, "05 10:00", "expired"), Taken::Applied);
    floor.rest();
    assert_eq!((floor.grants("1")[0].status, desk(&mut floor, "1")), (GrantStatus::Expired, vec![]));
}

#[test]
fn desk_a_refusal_while_the_notice_is_on_its_way_counts_when_it_arrives() {
    for (arrives, wanted) in [(true, 1), (false, 0)] {
        let mut floor = Floor::new();
        floor.coupons_at_once = false;
        floor.order_with("02 10:00", "1", json!({ "ship_by": at("05 18:00") }));
        floor.until("04 17:59");
        floor.now = at("04 18:00");
        floor.wake();
        let message = floor.claim("a").ready.remove(0);
        assert_eq!(answer(&mut floor, "04 18:00", "refused"), Taken::Applied);
        floor.rest();
        assert_eq!(desk(&mut floor, "1"), [], "nobody has read it yet");
        let failed = forewarn::engine::Attempt::Failed { reason: "550".into() };
        floor.settle(&message, "a", &if arrives { sent() } else { failed });
        floor.rest();
        assert_eq!(desk(&mut floor, "1").len(), wanted, "arrives: {arrives}");
    }
}

#[test]
fn desk_the_cause_ranks_and_the_order_placed_under_it_names_no_buyer() {
    let mut floor = Floor::new();
    floor.say(
        "02 10:00",
        "order.placed",
        placed("1", json!({ "ship_by": at("12 18:00"), "buyer": { "buyer_id": "b-1" } })),
    );
    floor.say("02 10:00", "order.paid", about("1", json!({})));
    let fault = json!({ "warehouse_id": "HZ-1", "exception_id": "x", "kind": "contact" });
    floor.say("02 12:00", "warehouse.exception", about("1", fault));
    floor.rest();
    let row = rows(&mut floor, "1").remove(0);
    assert_eq!((row.matter, row.cause, row.about.as_str()), (Matter::UnansweredAddress, Cause::Address, "x"));
    assert!(!format!("{row:?}").contains("b-1"));
}
