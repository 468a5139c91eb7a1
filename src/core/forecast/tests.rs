//! A distribution that hangs together, learned exactly once.

mod floor;
mod journey;
mod legs;
mod shapes;
mod state;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::cells::Cells;
use super::clock::Clock;
use super::curve::Curve;
use super::{Forecast, Learned, Model, Observation, Question, Waited, observe};
use crate::cause::{Surroundings, find};
use crate::event::{Body, Event};
use crate::facts::Facts;
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::Ppm;
use crate::sample::{self, at};

fn order(events: &[Event]) -> Order {
    let mut facts = Facts::default();
    for event in events {
        let Body::Order(said) = event.body.clone() else {
            continue;
        };
        facts.fold(&event.stamp, event.digest(), said);
    }
    Order::read(&sample::key(), &facts)
}

fn waits() -> impl Strategy<Value = Vec<(i64, i64, bool)>> {
    prop::collection::vec((0_i64..2_000, 0_i64..2_000, any::<bool>()), 1..60)
}

/// A clock that knows no habits.
fn plain() -> Clock {
    Clock::of(std::iter::empty())
}

/// Ten minutes each, so that borders of cells are met.
fn span(n: i64) -> Span {
    Span::minutes(n * 10)
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_wait_seen_in_pieces_is_the_wait_seen_whole(
        (from, to, ended) in (0_i64..2_000, 0_i64..2_000, any::<bool>()).prop_map(|(a, b, e)| (a.min(b), a.max(b), e)),
        cuts in prop::collection::btree_set(0_i64..2_000, 0..6),
    ) {
        let mut whole = Cells::default();
        whole.add(span(from), span(to), ended);
        let mut pieces = Cells::default();
        let mut start = from;
        for cut in cuts.into_iter().filter(|c| (from..to).contains(c)) {
            pieces.add(span(start), span(cut), false);
            start = cut;
        }
        pieces.add(span(start), span(to), ended);
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn the_order_of_learning_changes_nothing((all, shuffled) in waits().prop_flat_map(|w| (Just(w.clone()), Just(w).prop_shuffle()))) {
        let learned = |waits: &[(i64, i64, bool)]| {
            let mut cells = Cells::default();
            for (from, to, ended) in waits {
                cells.add(span(*from), span(*to), *ended);
            }
            cells
        };
        prop_assert_eq!(learned(&all), learned(&shuffled));
        let (left, right) = all.split_at(all.len() / 2);
        let mut merged = learned(left);
        merged.merge(&learned(right));
        prop_assert_eq!(merged, learned(&all));
    }

    #[test]
    fn quantiles_and_survival_are_each_others_inverse(
        rates in prop::collection::vec(1e-10_f64..1e-5, super::cells::CELLS),
        known in 0_i64..100_000,
        share in 0.01_f64..0.99,
    ) {
        let (origin, since) = (at(0), at(0) + Span::minutes(known));
        let curve = Curve::new(plain(), origin, since, rates.try_into().unwrap());
        let quantile = curve.quantile(share);
        prop_assert!(quantile >= since);
        prop_assert!(quantile <= curve.quantile(share + 0.005), "quantiles rise");
        let year = since + Span::hours(24 * 365);
        if quantile < year {
            prop_assert!((1.0 - curve.survival(quantile) - share).abs() < 1e-3, "{} at {quantile}", curve.survival(quantile));
        }
        prop_assert!((curve.survival(since) - 1.0).abs() < f64::EPSILON);
        prop_assert!(curve.beyond(quantile).quantile(share) >= quantile);
    }

    #[test]
    fn risk_falls_as_the_promise_is_later(events in sample::paid_order(20), hour in 0_i64..300) {
        let order = order(&events);
        let now = at(hour);
        let around = Surroundings { conditions: &[], silent: false, warehouse_alive: false, surge: None };
        let finding = find(&order, around, now);
        let prediction = Model::default().predict(Question { order: &order, finding: &finding, ship_by: Some(at(48)), now });
        let Some(prediction) = prediction else { return Ok(()) };
        let risks: Vec<Ppm> = (0..60).map(|n| prediction.after(now + Span::hours(n * 12))).collect();
        prop_assert!(risks.is_sorted_by(|a, b| a >= b), "{risks:?}");
        prop_assert!(prediction.by(Ppm::from_ppm(900_000)) > now - Span::from_ms(1));
        prop_assert!(prediction.by(Ppm::from_ppm(500_000)) <= prediction.by(Ppm::from_ppm(900_000)));
    }

    #[test]
    fn a_life_watched_closely_teaches_what_one_look_at_the_end_does(events in sample::paid_order(25)) {
        // Waiting time is learned in pieces while the order is open; the sum must not depend on how often we look.
        let order = order(&events);
        let end = at(24 * 60);
        let totals = |looks: &[i64]| {
            let mut learned = Learned::default();
            let mut counted = BTreeMap::<String, Cells>::new();
            for hour in looks {
                let seen = observe(&order, Some(at(48)), None, &mut learned, at(*hour).min(end));
                for wait in seen.iter().filter_map(waited) {
                    let names = wait.groups.names().iter();
                    names.for_each(|n| counted.entry(n.clone()).or_default().add(wait.from, wait.to, wait.ended));
                }
            }
            counted
        };
        let often: Vec<i64> = (0..60).map(|d| d * 24).chain([24 * 60]).collect();
        prop_assert_eq!(totals(&often), totals(&[24 * 60]));
    }
}

#[test]
fn nothing_is_learned_twice() {
    let events = [sample::event(0, "p", placed()), sample::event(0, "q", paid()), shipped(30)];
    let order = order(&events);
    let mut learned = Learned::default();
    let first = observe(&order, Some(at(48)), None, &mut learned, at(31));
    let waits = |seen: &[Observation]| -> Vec<Waited> { seen.iter().filter_map(waited).collect() };
    assert!(waits(&first).iter().any(|o| o.ended && o.to == Span::hours(30)));
    assert_eq!(observe(&order, Some(at(48)), None, &mut learned, at(31)), []);
    let later = observe(&order, Some(at(48)), None, &mut learned, at(900));
    let on_its_way = |o: &Waited| ["scan|handed_over", "journey"].contains(&o.groups.names()[0].as_str());
    assert!(waits(&later).iter().all(on_its_way), "{later:?}");
}

#[test]
fn an_order_that_never_ships_weighs_as_still_waiting() {
    let order = order(&[sample::event(0, "p", placed()), sample::event(0, "q", paid())]);
    let mut learned = Learned::default();
    let stage = |seen: Vec<Observation>| -> Vec<(Span, Span, bool)> {
        let mine = seen.iter().filter_map(waited).filter(|o| o.groups.names()[0].starts_with("Stage"));
        mine.map(|o| (o.from, o.to, o.ended)).collect()
    };
    assert_eq!(stage(observe(&order, Some(at(48)), None, &mut learned, at(47))), []);
    assert_eq!(
        stage(observe(&order, Some(at(48)), None, &mut learned, at(48))),
        [(Span::ZERO, Span::hours(48), false)]
    );
    assert_eq!(
        stage(observe(&order, Some(at(48)), None, &mut learned, at(121))),
        [(Span::hours(48), Span::hours(120), false)]
    );
}

#[test]
fn the_rule_of_silence_rests_below_twenty() {
    let order = order(&[sample::event(0, "p", placed()), sample::event(0, "q", paid())]);
    let model = |n: usize| {
        let mut seen = Vec::new();
        for _ in 0..n {
            let shipped = [sample::event(0, "p", placed()), sample::event(0, "q", paid()), shipped(10)];
            seen.extend(observe(&self::order(&shipped), None, None, &mut Learned::default(), at(11)));
        }
        let mut model = Model::default();
        model.learn(&seen, at(12));
        model
    };
    let share = Ppm::from_ppm(950_000);
    assert_eq!(model(19).silence_limit(&order, share), None);
    let limit = model(20).silence_limit(&order, share).unwrap();
    assert!((Span::hours(8)..=Span::hours(12)).contains(&limit), "{limit}");
}

fn waited(seen: &Observation) -> Option<Waited> {
    match seen {
        Observation::Waited(wait) => Some(wait.clone()),
        _ => None,
    }
}

#[test]
fn an_order_waits_in_one_queue_at_a_time_and_leaves_it_once() {
    let mut learned = Learned::default();
    let mut turns = |events: &[Event], hour: i64| -> Vec<String> {
        let seen = observe(&order(events), Some(at(48)), None, &mut learned, at(hour));
        let turn = |seen: &Observation| match seen {
            Observation::Joined(queue) => Some(format!("+{}", queue.name())),
            Observation::Left(queue) => Some(format!("-{}", queue.name())),
            _ => None,
        };
        seen.iter().filter_map(turn).collect()
    };
    let mut events = vec![sample::event(0, "p", placed()), sample::event(0, "q", paid())];
    let shop = format!("queue|{}|", sample::key().merchant_id);
    assert_eq!(turns(&events, 0), [format!("+{shop}")]);
    assert!(turns(&events, 1).is_empty());
    let accepted = serde_json::json!({ "warehouse_id": "W1", "stage": "accepted" });
    let accepted = serde_json::json!({ "type": "warehouse.progress", "data": accepted });
    events.push(sample::event(2, "a", serde_json::from_value(accepted).unwrap()));
    assert_eq!(turns(&events, 2), [format!("-{shop}"), format!("+{shop}W1")]);
    events.push(shipped(30));
    assert_eq!(turns(&events, 30), [format!("-{shop}W1")]);
    assert!(turns(&events, 900).is_empty());
}

#[test]
fn an_order_that_never_ships_is_forgotten_by_its_queue() {
    let order = order(&[sample::event(0, "p", placed()), sample::event(0, "q", paid())]);
    let mut learned = Learned::default();
    let left = |seen: &[Observation]| seen.iter().any(|o| matches!(o, Observation::Left(_)));
    assert!(!left(&observe(&order, Some(at(48)), None, &mut learned, at(48 + 719))));
    assert!(left(&observe(&order, Some(at(48)), None, &mut learned, at(48 + 720))));
}

fn placed() -> crate::event::OrderEvent {
    let line = serde_json::json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
    let data = serde_json::json!({ "buyer": { "buyer_id": "B1" }, "lines": [line] });
    serde_json::from_value(serde_json::json!({ "type": "order.placed", "data": data })).unwrap()
}

fn paid() -> crate::event::OrderEvent {
    crate::event::OrderEvent::Paid { paid_at: None }
}

fn shipped(hour: i64) -> Event {
    let data = serde_json::json!({ "parcel_id": "P1" });
    sample::event(
        hour,
        "s",
        serde_json::from_value(serde_json::json!({ "type": "warehouse.shipped", "data": data })).unwrap(),
    )
}

/// The epoch keeps curves exact however far away it lies.
#[test]
fn a_wait_of_a_century_is_no_harm() {
    let curve = Curve::new(plain(), Instant::from_ms(0), at(0), [1e-9; super::cells::CELLS]);
    assert!(curve.survival(at(876_000)) < 1e-12);
    assert!(curve.quantile(1.0) > at(0));
}
