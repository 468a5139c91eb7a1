//! The fold as a set: any order of arrival, any number of repeats, one result.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{EVENTS_MAX, Facts, Folded};
use crate::event::{Body, Event, OrderEvent, Subject};
use crate::ids::{EventId, MerchantId, OrderId, OrderKey, Source};
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};
use crate::sample::{self, at};

fn fold(facts: &mut Facts, event: &Event) -> Folded {
    let Body::Order(said) = event.body.clone() else { panic!("the samples speak of orders") };
    facts.fold(&event.stamp, event.digest(), said)
}

fn folded<'a>(events: impl IntoIterator<Item = &'a Event>) -> Facts {
    let mut facts = Facts::default();
    for event in events {
        fold(&mut facts, event);
    }
    facts
}

fn json(facts: &Facts) -> String {
    serde_json::to_string(facts).unwrap()
}

/// Parcels without the moment of their last scan.
fn undated(order: &Order) -> Vec<Parcel> {
    let mut parcels = order.parcels.clone();
    for scan in parcels.iter_mut().filter_map(|p| p.last_scan.as_mut()) {
        scan.at = at(0);
    }
    parcels
}

fn last_scans(order: &Order) -> Vec<Option<Instant>> {
    order.parcels.iter().map(|p| p.last_scan.as_ref().map(|scan| scan.at)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_arrival_order_and_any_repeats_give_the_same_facts(
        (events, shuffled) in sample::events(60).prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle())),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let once = folded(&events);
        let repeats: Vec<&Event> = if events.is_empty() { Vec::new() } else { again.iter().map(|i| i.get(&events)).collect() };
        prop_assert_eq!(json(&folded(&shuffled)), json(&once));
        prop_assert_eq!(json(&folded(shuffled.iter().chain(repeats))), json(&once));
    }

    #[test]
    fn facts_survive_the_store(events in sample::events(40)) {
        let facts = folded(&events);
        let back: Facts = serde_json::from_str(&json(&facts)).unwrap();
        prop_assert_eq!(back, facts);
    }

    #[test]
    fn an_order_can_be_read_from_any_facts(events in sample::events(60)) {
        let facts = folded(&events);
        let order = Order::read(&sample::key(), &facts);
        prop_assert_eq!(Order::read(&sample::key(), &facts), order.clone());
        for line in order.open_lines() {
            prop_assert!(order.parcels.iter().filter(|p| p.line_ids.contains(&line.id)).all(|p| p.handed_over_at().is_none()));
        }
        prop_assert!(order.stages.is_sorted());
    }

    #[test]
    fn dropping_events_never_changes_what_is_promised_or_done(events in sample::events(60)) {
        // The fold drops what cannot matter: what is read from all events is what is read from the facts.
        let kept = Order::read(&sample::key(), &folded(&events));
        let all = Order::read(&sample::key(), &sample::everything(&events));
        prop_assert_eq!((kept.placed_at, kept.paid_at, kept.cancelled_at), (all.placed_at, all.paid_at, all.cancelled_at));
        prop_assert_eq!((kept.ship_by, &kept.talks, &kept.lines), (all.ship_by, &all.talks, &all.lines));
        prop_assert_eq!((&kept.stages, kept.expected_ship), (&all.stages, all.expected_ship));
        // Since when a parcel is in a state that it left and came back to may come out a little later than it was.
        prop_assert_eq!(undated(&kept), undated(&all));
        prop_assert!(last_scans(&kept) >= last_scans(&all));
        // When a report that ended and came again began anew may come out a little later than it did.
        let ends = |o: &Order| -> BTreeMap<_, _> { o.exceptions.iter().map(|e| (e.id.clone(), (e.kind, e.cleared_at))).collect() };
        prop_assert_eq!(ends(&kept), ends(&all));
    }
}

#[test]
fn a_repeat_is_a_repeat_and_a_reused_id_is_told() {
    let paid = |id: &str, paid_at| sample::event(5, id, OrderEvent::Paid { paid_at });
    let mut facts = Facts::default();
    assert_eq!(fold(&mut facts, &paid("a", None)), Folded::Applied);
    assert_eq!(fold(&mut facts, &paid("a", None)), Folded::Repeated);
    assert_eq!(fold(&mut facts, &paid("a", Some(at(3)))), Folded::IdReused);
    assert_eq!(facts.entries().len(), 1);
}

#[test]
fn an_id_is_noticed_again_after_its_event_was_dropped() {
    let mut facts = Facts::default();
    for hour in 1..=10 {
        fold(&mut facts, &sample::event(hour, &format!("p{hour}"), OrderEvent::Paid { paid_at: None }));
    }
    assert_eq!(facts.entries().len(), 1);
    let dropped = sample::event(4, "p4", OrderEvent::Paid { paid_at: None });
    assert_eq!(fold(&mut facts, &dropped), Folded::Repeated);
    let reused = sample::event(4, "p4", OrderEvent::Paid { paid_at: Some(at(1)) });
    assert_eq!(fold(&mut facts, &reused), Folded::IdReused);
}

#[test]
fn older_news_is_stale_and_changes_nothing_that_is_read() {
    let mut facts = Facts::default();
    fold(&mut facts, &sample::event(9, "new", OrderEvent::Paid { paid_at: None }));
    let before = Order::read(&sample::key(), &facts);
    assert_eq!(fold(&mut facts, &sample::event(2, "old", OrderEvent::Paid { paid_at: None })), Folded::Stale);
    assert_eq!(Order::read(&sample::key(), &facts), before);
}

#[test]
fn an_endless_stream_of_new_parcels_is_stopped() {
    let mut facts = Facts::default();
    for n in 0..EVENTS_MAX {
        assert_eq!(fold(&mut facts, &sample::scan(1, &format!("P{n}"))), Folded::Applied);
    }
    assert_eq!(fold(&mut facts, &sample::scan(2, "one more")), Folded::TooMany);
    assert_eq!(fold(&mut facts, &sample::scan(1, "P7")), Folded::Repeated);
}

#[test]
fn the_digest_is_the_same_on_every_machine_and_in_every_release() {
    // A changed digest would make every redelivered event look like a reused id after an upgrade.
    let key = OrderKey { merchant_id: MerchantId::new("m").unwrap(), order_id: OrderId::new("o").unwrap() };
    let event = Event {
        stamp: crate::event::Stamp {
            time: Instant::from_ms(1_772_416_800_000) + Span::hours(1),
            source: Source::new("s").unwrap(),
            id: EventId::new("e").unwrap(),
        },
        subject: Subject::Order(key),
        body: Body::Order(OrderEvent::Paid { paid_at: None }),
    };
    assert_snapshot!(format!("{:016x}", event.digest()), @"19adc1b0ce2f0479");
}
