use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::*;
use crate::intake::structured;

fn start() -> Instant {
    Instant::parse("2026-03-04T02:00:00Z").expect("a good instant")
}

/// A month of history and two weeks on, made once: it takes seconds without optimisation.
static STORY: LazyLock<Vec<ShopEvent>> =
    LazyLock::new(|| Shop::new(7, start()).events_until(start() + Span::hours(14 * 24)));

fn since_the_start() -> impl Iterator<Item = &'static ShopEvent> {
    STORY.iter().filter(|e| e.time >= start())
}

#[test]
fn the_same_seed_tells_the_same_story_however_often_one_asks() {
    let once = &*STORY;
    let mut shop = Shop::new(7, start());
    let mut often = shop.events_until(start());
    for hour in 1..=14 * 24 {
        often.extend(shop.events_until(start() + Span::hours(hour)));
    }
    assert!(*once == often, "asking often changed the story");
    let (other, own) = (Shop::new(8, start()).events_until(once[99].time), &once[..100]);
    assert!(other != own, "another seed tells another story");
}

#[test]
fn events_come_in_order_of_time_and_all_but_the_broken_ones_can_be_read() {
    let events = &*STORY;
    assert!(events.is_sorted_by_key(|e| e.time));
    let refused: Vec<_> = events.iter().filter_map(|e| structured(e.payload.as_bytes()).err()).collect();
    // Two a cycle of eight days.
    assert_eq!(refused.len(), 4, "{refused:#?}");
}

#[test]
fn keys_and_topics_fit_what_is_told() {
    for event in since_the_start() {
        let Ok(told) = structured(event.payload.as_bytes()) else {
            continue;
        };
        let key = match &told.subject {
            forewarn_core::event::Subject::Order(key) => key.to_string(),
            forewarn_core::event::Subject::Condition(id) => id.to_string(),
            forewarn_core::event::Subject::Buyer(buyer) => {
                format!("{}/{}", buyer.merchant_id, buyer.buyer_id)
            }
            other => panic!("no event is about {other:?}"),
        };
        assert_eq!(event.key, key);
        assert!(event.topic.starts_with("forewarn."));
    }
}

#[test]
fn a_month_lies_behind_the_start_and_orders_are_on_their_way() {
    let mut shop = Shop::new(3, start());
    let history = shop.events_until(start());
    let count = |kind: &str| history.iter().filter(|e| e.payload.contains(&format!("\"{kind}\""))).count();
    let (placed, shipped, delivered) = (count("order.placed"), count("warehouse.shipped"), count("delivered"));
    assert!((2_700..3_700).contains(&placed), "{placed} orders");
    assert!((22_000..36_000).contains(&history.len()), "{} events", history.len());
    assert!(placed > shipped + 100 && shipped > delivered + 100, "{placed} {shipped} {delivered}");
    assert!(count("condition.raised") == 0);
}

#[test]
fn every_incident_happens_once_a_cycle() {
    let since: Vec<_> = since_the_start().filter(|e| e.time < start() + Span::hours(190)).collect();
    let raised = |name: &str| since.iter().filter(|e| e.key == name && e.payload.contains("condition.raised")).count();
    assert_eq!((raised("sold-out-0"), raised("flood-0"), raised("hub-0")), (2, 1, 1));
    let told = |word: &str| since.iter().filter(|e| e.payload.contains(word)).count();
    assert!(told("-address\"") >= 3, "a bad address is reported, mended and cleared");
    assert!(told("hub_overload") >= 3, "{}", told("hub_overload"));
}

#[test]
fn ids_are_used_twice_only_for_the_same_event() {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut repeated = BTreeSet::new();
    for event in since_the_start() {
        let Ok(told) = structured(event.payload.as_bytes()) else {
            continue;
        };
        let id = (told.stamp.source.to_string(), told.stamp.id.to_string());
        if let Some(before) = seen.insert(id.clone(), event.payload.clone()) {
            assert_eq!(before, event.payload, "{id:?}");
            repeated.insert(id);
        }
    }
    assert!(!repeated.is_empty(), "something is told twice");
}

#[test]
fn a_warehouse_stands_still_and_nothing_says_so() {
    let (from, to) = (start() + Span::hours(50), start() + Span::hours(92));
    let at_work = |e: &&ShopEvent| {
        let read = structured(e.payload.as_bytes());
        read.is_ok_and(|_| e.payload.contains("CD-1") && !e.payload.contains("\"order.placed\""))
    };
    let during = since_the_start().filter(at_work).filter(|e| e.time >= from && e.time < to);
    let left_late = |e: &&ShopEvent| e.payload.contains("warehouse.shipped") && e.time < from + Span::hours(2);
    let told: Vec<_> = during.filter(|e| !left_late(e)).map(|e| &e.payload).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn boxes_packed_together_leave_within_minutes() {
    let mut left: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    for event in since_the_start().filter(|e| e.payload.contains("\"warehouse.shipped\"")) {
        left.entry(&event.key).or_default().push(event.time);
    }
    let close = |times: &&Vec<Instant>| times.windows(2).any(|two| two[1] - two[0] < Span::minutes(10));
    assert!(left.values().filter(close).count() >= 10, "{}", left.values().filter(close).count());
}
