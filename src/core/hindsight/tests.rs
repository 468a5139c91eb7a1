//! What is kept of a forecast, what became of it, and what policies would have done with it.

use super::{CONFIDENCES, Foretold, Look, Past, Step, Trial};
use crate::cause::Cause;
use crate::decide::{Case, Guard, Told, assess};
use crate::event::{Event, OrderEvent};
use crate::forecast::Model;
use crate::instant::Span;
use crate::money::{Amount, Currency};
use crate::notice::Why;
use crate::order::Order;
use crate::policy::{Policy, Ppm};
use crate::sample::{at, event, everything, key};

fn said(hour: i64, id: &str, kind: &str, data: &serde_json::Value) -> Event {
    let said = serde_json::from_value::<OrderEvent>(serde_json::json!({ "type": kind, "data": data })).unwrap();
    event(hour, id, said)
}

/// Placed and paid at hour 0 for hour 48, its lines of the given kinds.
fn bought(lines: &[&str]) -> Vec<Event> {
    let line = |(n, fulfilment): (usize, &&str)| serde_json::json!({ "line_id": format!("L{n}"), "sku": "S", "quantity": 1, "fulfilment": fulfilment });
    let lines: Vec<_> = lines.iter().enumerate().map(line).collect();
    let placed = serde_json::json!({ "buyer": { "buyer_id": "B1" }, "lines": lines });
    vec![said(0, "placed", "order.placed", &placed), event(0, "paid", OrderEvent::Paid { paid_at: None })]
}

fn shipped(hour: i64) -> Event {
    said(hour, "shipped", "warehouse.shipped", &serde_json::json!({ "parcel_id": "P1" }))
}

/// Looks at the order of `events` at each of `hours`, as the service does; gives what came of it, with the hour.
fn follow(foretold: &mut Foretold, events: &[Event], hours: impl IntoIterator<Item = i64>) -> Vec<(i64, Past)> {
    let (model, policy, told) = (Model::default(), Policy::default(), Told::default());
    let guard = Guard { live_since: at(0), pauses: Vec::new(), shadow: false };
    let mut found = Vec::new();
    for hour in hours {
        let known: Vec<Event> = events.iter().filter(|e| e.stamp.time <= at(hour)).cloned().collect();
        let order = Order::read(&key(), &everything(&known));
        let case = Case {
            order: &order,
            told: &told,
            conditions: &[],
            forecast: &model,
            policy: &policy,
            guard: &guard,
            reach: &Err(Why::NoAddress),
            sent_today: &[],
            held_out_today: 0,
            warehouse_spoke_at: None,
            in_company: false,
            now: at(hour),
        };
        if let Some(assessment) = assess(&case) {
            foretold.note(&order, &assessment, policy.lead(), at(hour));
        }
        found.extend(foretold.settle(&order, at(hour)).map(|past| (hour, past)));
    }
    found
}

fn left(past: &Past) -> Vec<i64> {
    past.looks.iter().map(|look| look.left.ms() / 3_600_000).collect()
}

#[test]
fn the_first_look_within_each_span_is_kept_until_the_order_ends() {
    let mut foretold = Foretold::default();
    let events = [bought(&["in_stock"]), vec![shipped(40)]].concat();
    let found = follow(&mut foretold, &events, 0..60);
    let [(hour, past)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((*hour, past.missed, past.ended_at, past.ship_by), (40, false, Some(at(40)), at(48)));
    assert_eq!(left(past), [48, 36, 24, 12]);
    assert!(foretold.is_empty(), "an order that ended carries nothing on");
}

#[test]
fn a_miss_is_known_at_ship_by_and_told_again_when_the_order_ends() {
    let mut foretold = Foretold::default();
    let events = [bought(&["in_stock"]), vec![shipped(90)]].concat();
    let found = follow(&mut foretold, &events, 0..120);
    let told: Vec<_> = found.iter().map(|(hour, past)| (*hour, past.missed, past.ended_at)).collect();
    assert_eq!(told, [(48, true, None), (90, true, Some(at(90)))]);
    assert_eq!(found[0].1.looks, found[1].1.looks, "nothing is added after ship-by");
}

#[test]
fn news_that_come_late_put_a_miss_right() {
    let mut foretold = Foretold::default();
    let on_time = [bought(&["in_stock"]), vec![shipped(40)]].concat();
    assert_eq!(follow(&mut foretold, &on_time[..2], 0..=50).len(), 1);
    let found = follow(&mut foretold, &on_time, [51]);
    assert_eq!((found[0].1.missed, found[0].1.ended_at), (false, Some(at(40))));
}

#[test]
fn what_was_cancelled_in_time_is_no_history() {
    let mut foretold = Foretold::default();
    let cancelled = said(30, "cancelled", "order.cancelled", &serde_json::json!({}));
    let events = [bought(&["in_stock"]), vec![cancelled]].concat();
    assert_eq!(follow(&mut foretold, &events, 0..60), []);
    assert!(foretold.is_empty());
}

#[test]
fn another_promise_voids_what_was_foretold_before() {
    let mut foretold = Foretold::default();
    let talk = serde_json::json!({ "ship_by": at(100).to_string(), "status": "agreed" });
    let events = [bought(&["in_stock"]), vec![said(30, "talk", "promise.renegotiated", &talk), shipped(90)]].concat();
    let found = follow(&mut foretold, &events, 0..120);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].1.ship_by, left(&found[0].1)[0]), (at(100), 70));
}

#[test]
fn a_promise_for_a_part_of_what_is_open_is_not_kept() {
    let mut foretold = Foretold::default();
    assert_eq!(follow(&mut foretold, &bought(&["in_stock", "presale"]), 0..60), []);
    assert!(foretold.is_empty());
}

#[test]
fn an_order_carries_no_more_than_twelve_looks_and_they_survive_being_kept() {
    let mut foretold = Foretold::default();
    let events = bought(&["made_to_order"]);
    let found = follow(&mut foretold, &events, (0..360).step_by(2));
    assert_eq!(found, []);
    let text = serde_json::to_string(&foretold).unwrap();
    assert!(text.len() < 900, "{} bytes: {text}", text.len());
    assert_eq!(serde_json::from_str::<Foretold>(&text).unwrap(), foretold);
    assert_eq!(foretold.looks.len(), 7);
}

fn look(left: i64, risk: u32, delays: [i64; CONFIDENCES.len()]) -> Look {
    Look {
        left: Span::hours(left),
        risk: Ppm::from_ppm(risk),
        cause: Cause::WarehouseQueue,
        delays: delays.map(Span::hours),
    }
}

fn past(risk: u32, missed: bool, ended: i64) -> Past {
    Past {
        key: key(),
        platform: None,
        warehouse_id: None,
        currency: None,
        ship_by: at(100),
        missed,
        ended_at: Some(at(ended)),
        looks: vec![look(48, risk / 2, [0, 2, 10, 20, 40]), look(24, risk, [0, 2, 10, 20, 40])],
    }
}

#[test]
fn the_delay_between_two_kept_confidences_lies_between_theirs() {
    let look = look(24, 0, [0, 2, 10, 20, 44]);
    let at = |ppm| look.delay(Ppm::from_ppm(ppm)).ms() / 60_000;
    assert_eq!([500_000, 800_000, 900_000, 950_000, 990_000].map(at), [0, 120, 600, 1_200, 2_640]);
    assert_eq!([650_000, 850_000, 970_000].map(at), [60, 360, 1_920]);
    assert_eq!([100_000, 1_000_000].map(at), [0, 2_640], "nothing is made up beyond them");
}

#[test]
fn the_look_nearest_the_lead_is_read_if_the_order_was_open_then() {
    let past = past(600_000, true, 70);
    let read = |lead| past.look(Span::hours(lead)).map(|look| look.left.ms() / 3_600_000);
    assert_eq!([96, 47, 37, 36, 31].map(read), [Some(48), Some(48), Some(48), Some(24), Some(24)]);
    assert_eq!([30, 24, 6].map(read), [None; 3], "it had ended by then");
}

// Reckoned by hand: five orders, thresholds and coupons from the default ladder overridden here.
#[test]
fn a_trial_counts_whom_a_policy_would_have_warned_and_what_that_costs() {
    let rules =
        "[warn]\nrisk = 0.5\n[[compensation.ladder]]\nkind = 'delay_warning'\ndelay_at_least = '5h'\ncoupon = '3.00'";
    let policy: Policy = toml::from_str(rules).unwrap();
    let mut history = vec![past(900_000, true, 130), past(500_000, false, 90), past(499_999, true, 120)];
    // Shipped before the lead: nobody would have been warned.
    history.push(past(990_000, false, 70));
    history.push(Past { currency: Some(Currency::new("EUR").unwrap()), ..past(700_000, true, 110) });
    let mut trial = Trial::default();
    history.iter().for_each(|past| trial.add(past, &policy));
    let given = std::iter::once((policy.compensation.currency, Amount::parse("6.00").unwrap())).collect();
    assert_eq!(trial.own, Step { warned: 3, caught: 2, missed: 1, given });
    assert_eq!((trial.open_at_lead, trial.other_currency, trial.apart), (4, 1, Span::ZERO));
    assert_eq!(
        (trial.own.false_alarms(), trial.own.precision(), trial.own.recall()),
        (1, Some(2.0 / 3.0), Some(2.0 / 3.0))
    );
    let steps = trial.sweep.steps();
    assert_eq!(steps.len(), 19);
    assert_eq!(steps[9], (policy.warn.risk, trial.own.clone()), "the policy's own threshold is one of the sweep's");
    let warned: Vec<usize> = steps.iter().map(|(_, step)| step.warned).collect();
    assert_eq!(warned, [4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0]);
    assert!(steps.iter().all(|(_, step)| step.caught + step.missed == 3));
    // A shorter delay earns nothing on this ladder.
    let sure: Policy = toml::from_str(&format!("{rules}\n[quote]\nconfidence = 0.8")).unwrap();
    let mut trial = Trial::default();
    history.iter().for_each(|past| trial.add(past, &sure));
    assert!(trial.own.given.is_empty());
}

#[test]
fn a_far_lead_reads_the_nearest_look_and_says_how_far_off_it_was() {
    let policy: Policy = toml::from_str("[warn]\nlead = '60h'\nrisk = 0.4").unwrap();
    let mut trial = Trial::default();
    trial.add(&past(900_000, true, 130), &policy);
    assert_eq!((trial.own.warned, trial.apart), (1, Span::hours(12)));
}
