//! Which orders go first, and what came of them.

use serde_json::json;

use super::{Change, Fate, Motive, Queued, Suggestion, follow, gain, suggest};
use crate::decide::{Case, Guard, Told, assess, decide, reach};
use crate::event::{Event, OrderEvent};
use crate::forecast::Model;
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::{Policy, Ppm};
use crate::sample::{self, at, said};

/// An order of the hour 0 for 200.00, to leave by the hour 48, and what else happened to it.
fn order(more: &serde_json::Value, events: &[Event]) -> Order {
    let money = |amount: &str| json!({ "amount": amount, "currency": "CNY" });
    let line = |id: &str| {
        json!({
            "line_id": id, "sku": "S1", "quantity": 2, "unit_price": money("50.00"), "fulfilment": "in_stock",
        })
    };
    let mut placed = json!({
        "buyer": { "buyer_id": "B1", "email": "b@example.com" }, "lines": [line("L1"), line("L2")],
        "total": money("210.00"), "ship_by": at(48),
    });
    placed.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut all =
        vec![said(0, "placed", "order.placed", &placed), sample::event(0, "paid", OrderEvent::Paid { paid_at: None })];
    all.extend(events.iter().cloned());
    Order::read(&sample::key(), &sample::everything(&all))
}

fn suggestion(order: &Order, policy: &str, now: Instant) -> Option<Suggestion> {
    suggested(order, &toml::from_str(policy).unwrap(), now)
}

fn suggested(order: &Order, policy: &Policy, now: Instant) -> Option<Suggestion> {
    let guard = Guard { live_since: at(0), pauses: Vec::new(), shadow: false };
    let (model, told) = (Model::default(), Told::default());
    let reached = reach(order.buyer.as_ref(), &crate::decide::Preferences::default(), &policy.channels.order);
    let case = Case {
        order,
        told: &told,
        conditions: &[],
        forecast: &model,
        policy,
        guard: &guard,
        reach: &reached,
        sent_today: &[],
        held_out_today: 0,
        warehouse_spoke_at: None,
        in_company: false,
        now,
    };
    let found = suggest(&case, &assess(&case)?);
    assert_eq!(decide(case).expedite, found);
    found
}

const CHEAP: &str = "[compensation]\nladder = []\n";

#[test]
fn an_order_at_risk_is_suggested_from_its_lead_on_and_until_its_time_has_come() {
    let order = order(&json!({}), &[]);
    let found = suggestion(&order, "", at(30)).unwrap();
    assert_eq!((found.motive, found.leave_by, found.line_ids.len()), (Motive::AtRisk, at(48), 0));
    assert!(found.risk >= Ppm::from_ppm(300_000), "{found:?}");
    assert!(suggestion(&order, "[expedite]\nlead = \"12h\"\n", at(30)).is_none());
    assert!(suggestion(&order, "[expedite]\nlead = \"0s\"\n", at(47)).is_none(), "switched off");
    assert!(suggestion(&order, "[expedite]\nrisk = 1.0\n", at(30)).is_none());
    assert!(suggestion(&order, "", at(48)).is_none(), "too late to save");
}

#[test]
fn what_the_warehouse_cannot_hurry_is_not_suggested() {
    let held = |kind: &str| {
        said(1, "held", "warehouse.exception", &json!({ "exception_id": "X1", "kind": kind, "warehouse_id": "W1" }))
    };
    for kind in ["address", "out_of_stock", "system"] {
        assert!(suggestion(&order(&json!({}), &[held(kind)]), "", at(30)).is_none(), "{kind}");
    }
    let shipped = said(9, "shipped", "warehouse.shipped", &json!({ "parcel_id": "P1", "warehouse_id": "W1" }));
    assert!(suggestion(&order(&json!({}), &[shipped]), "", at(30)).is_none(), "shipped");
    let cancelled = said(9, "cancelled", "order.cancelled", &json!({}));
    assert!(suggestion(&order(&json!({}), &[cancelled]), "", at(30)).is_none(), "cancelled");
}

#[test]
fn helping_is_worth_most_in_the_middle_and_nothing_at_the_ends() {
    let gain = |percent: u32| gain(Ppm::from_ppm(percent * 10_000)).ppm() / 10_000;
    assert_eq!([0, 30, 50, 75, 90, 99, 100].map(gain), [0, 30, 50, 75, 30, 3, 0]);
}

#[test]
fn what_a_miss_costs_ranks_the_order() {
    let plain = order(&json!({}), &[]);
    let asked = said(5, "asked", "buyer.message", &json!({ "message_id": "M1", "text": "where is it?" }));
    let found = suggestion(&plain, CHEAP, at(30)).unwrap();
    let of = |stake: u64| {
        let thousandths = stake * u64::from(gain(found.risk).ppm()) / 1_000_000;
        i64::try_from(thousandths).unwrap() / 10 * 10
    };
    let value = |policy: &str, order: &Order| suggestion(order, policy, at(30)).unwrap().worth.amount.thousandths();
    assert_eq!(value(CHEAP, &plain), of(1_000), "patience alone");
    assert_eq!(value("", &plain), of(6_000), "and the coupon of the default ladder");
    let penalty = "[penalty]\nshare = 0.05\nat_least = \"5.00\"\nat_most = \"30.00\"\n[compensation]\nladder = []\n";
    assert_eq!(value(penalty, &plain), of(11_000), "5 % of 4 × 50.00");
    let bounded = "[penalty]\nshare = 0.5\nat_most = \"30.00\"\n[compensation]\nladder = []\n";
    assert_eq!(value(bounded, &plain), of(31_000));
    let foreign = "[penalty]\nshare = 0.5\ncurrency = \"USD\"\n[compensation]\nladder = []\n";
    assert_eq!(value(foreign, &plain), of(1_000), "a penalty in another currency is none");
    assert_eq!(value(CHEAP, &order(&json!({}), &[asked])), of(1_250), "who asks weighs a quarter more");
}

#[test]
fn a_buyers_day_before_the_promise_puts_the_sale_at_stake() {
    // Three days on the way by default: it has to leave by the hour 40.
    let order = order(&json!({ "needed_by": at(40) + Span::hours(72) }), &[]);
    let found = suggestion(&order, CHEAP, at(20)).unwrap();
    assert_eq!((found.motive, found.leave_by), (Motive::BuyerUrgent, at(40)));
    let stake = 201_000 * i64::from(gain(found.risk).ppm()) / 1_000_000;
    assert_eq!(found.worth.amount.thousandths(), stake / 10 * 10);
    // Once it is too late for the day, the promise is still worth keeping.
    let later = suggestion(&order, CHEAP, at(41)).unwrap();
    assert_eq!((later.motive, later.leave_by), (Motive::AtRisk, at(48)));
}

fn shipped(hour: i64) -> Event {
    said(hour, &format!("shipped {hour}"), "warehouse.shipped", &json!({ "parcel_id": "P1", "warehouse_id": "W1" }))
}

#[test]
fn what_was_suggested_is_judged_once_and_anew_only_when_news_came_late() {
    let open = order(&json!({}), &[]);
    let suggested = suggestion(&open, "", at(30)).unwrap();
    let mut queued = None;
    assert_eq!(follow(&mut queued, &open, Some(&suggested), at(30)), [Change::Stands(suggested)]);
    assert_eq!(follow(&mut queued, &open, None, at(40)), [], "less at risk for a while, it keeps its place");
    let ended = |fate| Change::Ended { leave_by: at(48), fate };
    assert_eq!(follow(&mut queued, &open, None, at(49)), [ended(Fate::Missed)]);
    assert_eq!(follow(&mut queued, &open, None, at(50)), []);
    // It had left in time, and the word came late.
    let gone = order(&json!({}), &[shipped(47)]);
    assert_eq!(follow(&mut queued, &gone, None, at(60)), [ended(Fate::Saved)]);
    assert_eq!(follow(&mut queued, &gone, None, at(61)), []);
    let text = serde_json::to_string(&queued).unwrap();
    assert_eq!(serde_json::from_str::<Option<Queued>>(&text).unwrap(), queued);
}

#[test]
fn another_promise_is_another_place_in_the_queue() {
    let open = order(&json!({}), &[]);
    let first = suggestion(&open, "", at(30)).unwrap();
    let second = Suggestion { leave_by: at(72), ..first.clone() };
    let mut queued = None;
    follow(&mut queued, &open, Some(&first), at(30));
    let changes = follow(&mut queued, &open, Some(&second), at(31));
    assert_eq!(changes, [Change::Ended { leave_by: at(48), fate: Fate::Void }, Change::Stands(second)]);
    let cancelled = order(&json!({}), &[said(33, "cancelled", "order.cancelled", &json!({}))]);
    let void = Change::Ended { leave_by: at(72), fate: Fate::Void };
    assert_eq!(follow(&mut queued, &cancelled, None, at(33)), [void]);
}

#[test]
fn a_promise_that_was_missed_stays_missed_when_another_one_takes_its_place() {
    let open = order(&json!({}), &[]);
    let first = suggestion(&open, "", at(30)).unwrap();
    let mut queued = None;
    follow(&mut queued, &open, Some(&first), at(30));
    assert_eq!(follow(&mut queued, &open, None, at(49)).len(), 1);
    let second = Suggestion { leave_by: at(72), ..first };
    assert_eq!(follow(&mut queued, &open, Some(&second), at(50)), [Change::Stands(second)]);
}
