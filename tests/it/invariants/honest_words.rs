//! Honest words: a coupon is in the account only after the coupon system said so, no date before what was announced,
//! no same apology twice, and no more than is known: the article that ran short, the day of an arrival, a share of
//! certainty.

use std::sync::Arc;

use forewarn::store::port::{Composed, NoticeRow};
use forewarn_core::Instant;
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::Kind;
use serde_json::json;

use super::floor::{Floor, about, at, sent_kinds};

const IN_ACCOUNT: [&str; 2] = ["已经在您的账户里了", "It is in your account now"];
const SET_ASIDE: [&str; 2] = ["已为您预留", "It is reserved for you"];
const COUPON: [&str; 2] = ["优惠券", "coupon"];

fn warning(floor: &mut Floor) -> (NoticeRow, Arc<Composed>) {
    let all = floor.notices("1");
    let found = all.into_iter().find(|n| n.kind == Kind::DelayWarning).expect("a warning");
    let composed = found.composed.clone().expect("its words");
    (found, composed)
}

fn says(composed: &Composed, words: [&str; 2]) -> bool {
    words.iter().any(|w| composed.text.contains(w)) && words.iter().any(|w| composed.html.contains(w))
}

fn english() -> serde_json::Value {
    json!({ "buyer": { "buyer_id": "b", "email": "b@example.com", "locale": "en-GB" } })
}

/// One order in each language that waits for its warning while the coupon system does what it does.
fn floors(coupons_at_once: bool, policy: &str) -> Vec<Floor> {
    let made = [json!({}), english()].into_iter().map(|more| {
        let mut floor = Floor::new();
        floor.coupons_at_once = coupons_at_once;
        floor.policy(policy);
        floor.order_with("02 10:00", "1", more);
        floor
    });
    made.collect()
}

#[test]
fn honest_words_a_coupon_is_in_the_account_only_once_it_is() {
    for mut floor in floors(true, "") {
        floor.until("03 10:00");
        let (_, words) = warning(&mut floor);
        assert!(says(&words, IN_ACCOUNT) && !says(&words, SET_ASIDE), "{}", words.text);
        assert!(words.promotional && words.amount.as_deref() == Some("5.00"));
    }
}

#[test]
fn honest_words_until_the_coupon_system_answers_it_is_set_aside() {
    for mut floor in floors(false, "") {
        floor.until("03 10:00");
        let (_, words) = warning(&mut floor);
        assert!(says(&words, SET_ASIDE) && !says(&words, IN_ACCOUNT), "{}", words.text);
    }
}

#[test]
fn honest_words_a_refused_coupon_is_not_spoken_of() {
    for mut floor in floors(false, "") {
        floor.until("03 09:59");
        floor.now = at("03 10:00");
        floor.wake();
        let id = floor.grants("1")[0].grant_id.to_string();
        floor.say("03 10:00", "grant.result", json!({ "grant_id": id, "status": "refused", "reason": "budget" }));
        floor.until("03 10:00");
        let (_, words) = warning(&mut floor);
        assert!(!COUPON.iter().any(|w| words.text.contains(w) || words.html.contains(w)), "{}", words.text);
        assert!(words.grant_id.is_none() && !words.promotional);
        assert_eq!(floor.grants("1")[0].status, GrantStatus::Refused);
    }
}

#[test]
fn honest_words_a_coupon_past_a_cap_is_not_spoken_of_either() {
    for mut floor in floors(true, "[compensation]\nper_merchant_day = \"5.00\"") {
        floor.order("02 10:00", "0");
        floor.until("03 10:00");
        let refused = floor.grants("1").remove(0);
        assert_eq!((refused.status, refused.why.as_deref()), (GrantStatus::Refused, Some("per_merchant_day")));
        let (_, words) = warning(&mut floor);
        assert!(!COUPON.iter().any(|w| words.text.contains(w) || words.html.contains(w)), "{}", words.text);
    }
}

#[test]
fn honest_words_a_coupon_that_waits_for_a_person_is_not_promised() {
    for mut floor in floors(true, "[compensation]\napprove_over = \"1.00\"") {
        floor.until("03 10:00");
        let (_, words) = warning(&mut floor);
        assert!(!COUPON.iter().any(|w| words.text.contains(w)), "{}", words.text);
        assert_eq!(floor.grants("1")[0].status, GrantStatus::NeedsApproval);
    }
}

/// The announcement comes, the warning goes out, then the announcement moves once more.
fn slipped(floor: &mut Floor) -> Vec<NoticeRow> {
    let expect = |day: &str| {
        about(
            "1",
            json!({ "warehouse_id": "HZ-1", "stage": "accepted", "expected_ship_at": format!("2026-03-{day}T10:00:00+08:00") }),
        )
    };
    floor.say("02 12:00", "warehouse.progress", expect("06"));
    floor.until("03 12:00");
    floor.say("05 10:00", "warehouse.progress", expect("09"));
    floor.until("05 20:00");
    floor.notices("1").into_iter().filter(|n| matches!(n.kind, Kind::DelayWarning | Kind::DelayUpdate)).collect()
}

#[test]
fn honest_words_no_same_apology_twice() {
    for mut floor in floors(true, "") {
        let told = slipped(&mut floor);
        let words: Vec<Arc<Composed>> = told.iter().filter_map(|n| n.composed.clone()).collect();
        assert_eq!(told.iter().map(|n| n.kind).collect::<Vec<_>>(), [Kind::DelayWarning, Kind::DelayUpdate]);
        assert_ne!(words[0].subject, words[1].subject);
        // The first line greets, the next one apologises.
        let opening = |c: &Composed| c.text.lines().filter(|l| !l.is_empty()).nth(1).map(str::to_owned);
        assert_ne!(opening(&words[0]), opening(&words[1]), "the same opening twice");
    }
}

#[test]
fn honest_words_no_date_is_quoted_before_what_was_announced() {
    for mut floor in floors(true, "") {
        let told = slipped(&mut floor);
        let quoted: Vec<Option<Instant>> =
            told.iter().map(|n| n.composed.as_ref().and_then(|c| c.quoted_ship_by)).collect();
        assert!(quoted[0] > Some(at("06 10:00")) && quoted[1] > Some(at("09 10:00")), "{quoted:?}");
    }
}

#[test]
fn honest_words_a_condition_bounds_the_date_of_every_order_it_touches() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    let raised = json!({
        "condition_id": "c", "scope": { "warehouse_id": "HZ-1" }, "kind": "surge", "clears_at": "2026-03-14T10:00:00+08:00",
    });
    floor.say("02 11:00", "condition.raised", raised);
    let sent = sent_kinds(&floor.until("04 12:00"));
    assert!(sent.contains(&Kind::DelayWarning), "{sent:?}");
    let (_, words) = warning(&mut floor);
    assert!(words.quoted_ship_by > Some(at("14 10:00")), "{:?}", words.quoted_ship_by);
    assert_eq!(words.cause.as_deref(), Some("surge"));
}

fn words(floor: &mut Floor, kind: Kind) -> Arc<Composed> {
    let told = floor.notices("1").into_iter().rfind(|n| n.kind == kind);
    told.and_then(|n| n.composed).unwrap_or_else(|| panic!("no words of {kind}"))
}

fn lines(articles: &[(&str, &str)]) -> serde_json::Value {
    let line = |(sku, title): &(&str, &str)| json!({ "line_id": sku, "sku": sku, "title": title, "quantity": 1, "fulfilment": "in_stock" });
    json!({ "lines": articles.iter().map(line).collect::<Vec<_>>() })
}

#[test]
fn honest_words_an_article_that_ran_short_is_named_where_the_order_has_others() {
    let (linen, lamp) = (("LINEN", "亚麻被套"), ("LAMP", "床头灯"));
    for (articles, said) in [
        (vec![linen, lamp], "「亚麻被套」备货不够"),
        (vec![linen], "您订的商品备货不够"),
        (vec![lamp, linen, ("RUG", "地毯")], "「亚麻被套」备货不够"),
    ] {
        let mut floor = Floor::new();
        floor.order_with("02 10:00", "1", lines(&articles));
        let raised = json!({
            "condition_id": "stock", "scope": { "merchant_id": "qinghe", "sku": "LINEN" }, "kind": "out_of_stock",
            "clears_at": at("09 10:00"),
        });
        floor.say("02 11:00", "condition.raised", raised);
        floor.until("03 12:00");
        let told = words(&mut floor, Kind::DelayWarning);
        assert!(told.text.contains(said) && told.html.contains(said), "{articles:?}: {}", told.text);
    }
}

#[test]
fn honest_words_an_arrival_is_told_as_a_day_and_not_again_after_a_failed_attempt() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    let eta = |day: &str| at(&format!("{day} 05:00"));
    floor.say(
        "02 12:00",
        "warehouse.shipped",
        about("1", json!({ "parcel_id": "P", "expected_delivery_at": eta("05") })),
    );
    floor.until("02 12:00");
    let told = words(&mut floor, Kind::Shipped);
    assert!(told.subject.ends_with("，预计3月5日（周四）送达"), "{}", told.subject);
    let failed = |at: Option<Instant>| {
        about("1", json!({ "parcel_id": "P", "status": "attempt_failed", "expected_delivery_at": at }))
    };
    floor.say("05 14:00", "parcel.status", failed(None));
    floor.until("05 14:00");
    let told = words(&mut floor, Kind::LogisticsDelay);
    assert!(told.text.contains("新的送达日期还没有定") && !told.text.contains("3月5日"), "{}", told.text);
    floor.say("05 15:00", "parcel.status", failed(Some(eta("06"))));
    floor.until("05 15:00");
    let told = words(&mut floor, Kind::LogisticsDelay);
    assert!(told.text.contains("预计送达：3月6日（周五）\n"), "{}", told.text);
}

#[test]
fn honest_words_a_share_of_certainty_needs_orders_behind_it() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.until("03 10:00");
    let (_, told) = warning(&mut floor);
    assert!(told.quoted_ship_by.is_some() && !told.text.contains('%'), "{}", told.text);
    assert!(told.text.contains("按目前的实际进度推算"), "{}", told.text);
}
