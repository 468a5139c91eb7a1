//! What holds for every decision about any order at any moment.

mod talks;

use proptest::prelude::*;

use super::sound::sound;
use crate::condition::Condition;
use crate::decide::{Case, Decision, Got, Guard, Pause, Paused, Preferences, Reach, Saying, Told, decide, reach};
use crate::event::{Body, ConditionRaised, Event};
use crate::facts::Facts;
use crate::forecast::{Learned, Model, observe};
use crate::ids::{ConditionId, OrderId};
use crate::instant::{Instant, Span};
use crate::notice::{Kind, Why};
use crate::order::Order;
use crate::policy::{MetBy, Policy, Ppm};
use crate::sample::{self, at};
use crate::zone::ClockTime;

/// What a decision needs beside the events.
#[derive(Clone, Debug)]
struct Around {
    now: Instant,
    stocked_out: Option<Option<i64>>,
    live: i64,
    shadow: bool,
    paused: bool,
    in_company: bool,
    sent_today: Vec<Got>,
    held_out_today: u64,
    policy: Policy,
    lessons: Vec<i64>,
}

/// Rules a shop might choose, wise or not.
fn policy() -> impl Strategy<Value = Policy> {
    let hours = (0_i8..24, 0_i8..24);
    (1_i64..80, 0_u32..1_000_000, 0_u32..1_000_000, 0_u32..4, 500_000_u32..990_000, hours, any::<(bool, bool)>())
        .prop_map(|(lead, risk, silence, updates, confidence, (from, to), (first_scan, holdout))| {
            let mut policy = Policy::default();
            policy.warn.lead = Span::hours(lead);
            policy.warn.risk = Ppm::from_ppm(risk + 1);
            policy.warn.silence = Ppm::from_ppm(silence);
            policy.warn.updates = updates;
            policy.quote.confidence = Ppm::from_ppm(confidence);
            policy.quiet_hours.from = ClockTime::at(from, 30);
            policy.quiet_hours.to = ClockTime::at(to, 0);
            policy.promise.met_by = if first_scan { MetBy::FirstScan } else { MetBy::Handover };
            policy.limits.per_order_day = if first_scan { 2 } else { 0 };
            policy.holdout.share = Ppm::from_ppm(if holdout { 500_000 } else { 0 });
            policy
        })
}

/// Something the buyer got today, about this order or another.
fn got() -> impl Strategy<Value = Got> {
    (0_u8..3, prop::sample::select(Kind::ALL), prop::sample::select(vec!["A1", "A2"])).prop_map(
        |(message, kind, order)| Got {
            message_id: format!("m{message}"),
            kind,
            order_id: OrderId::new(order).unwrap(),
        },
    )
}

fn around() -> impl Strategy<Value = Around> {
    let stock = prop::option::of(prop::option::of(0_i64..400));
    let flags = any::<(bool, bool, bool)>();
    let lessons = prop_oneof![Just(Vec::new()), prop::collection::vec(1_i64..90, 1..40)];
    let sent = (prop::collection::vec(got(), 0..5), 98_u64..102);
    (0_i64..500 * 60, stock, -100_i64..100, flags, sent, policy(), lessons).prop_map(
        |(minutes, stocked_out, live, (shadow, paused, in_company), (sent_today, held_out_today), policy, lessons)| {
            Around {
                now: at(0) + Span::minutes(minutes),
                stocked_out,
                live,
                shadow: shadow && paused,
                paused,
                in_company,
                sent_today,
                held_out_today,
                policy,
                lessons,
            }
        },
    )
}

/// A model of orders that were shipped so many hours after they were paid.
fn taught(hours: &[i64]) -> Model {
    let mut model = Model::default();
    for hours in hours {
        let order = sample::shipped_after(*hours);
        let seen = observe(&order, None, None, &mut Learned::default(), at(*hours));
        model.learn(&seen, at(100));
    }
    model
}

/// A world in which to decide, held so that cases can borrow from it.
struct World {
    order: Order,
    conditions: Vec<Condition>,
    model: Model,
    policy: Policy,
    guard: Guard,
    reach: Result<Reach, Why>,
    around: Around,
}

impl World {
    fn new(events: &[Event], around: &Around) -> Self {
        let mut facts = Facts::default();
        for event in events {
            let Body::Order(said) = event.body.clone() else {
                continue;
            };
            facts.fold(&event.stamp, event.digest(), said);
        }
        let policy = around.policy.clone();
        let order = Order::read(&sample::key(), &facts).met_by(policy.promise.met_by);
        let raised = |clears: Option<i64>| {
            let scope = serde_json::json!({ "merchant_id": "shop", "sku": "S1" });
            let data = serde_json::json!({ "scope": scope, "kind": "out_of_stock", "clears_at": clears.map(at) });
            let raised: ConditionRaised = serde_json::from_value(data).unwrap();
            Condition { id: ConditionId::new("C1").unwrap(), raised_at: at(1), raised }
        };
        let conditions = around.stocked_out.map(raised).into_iter().filter(|c| c.touches(&order)).collect();
        let pause = Pause { of: Paused::Kind(Kind::Shipped), since: at(0) };
        let pauses = if around.paused { vec![pause] } else { Vec::new() };
        Self {
            reach: reach(order.buyer.as_ref(), &Preferences::default(), &policy.channels.order),
            order,
            conditions,
            model: taught(&around.lessons),
            policy,
            guard: Guard { live_since: at(around.live), pauses, shadow: around.shadow },
            around: around.clone(),
        }
    }

    fn decide(&self, told: &Told, now: Instant) -> Decision {
        let conditions: Vec<&Condition> = self.conditions.iter().collect();
        let case = Case {
            order: &self.order,
            told,
            conditions: &conditions,
            forecast: &self.model,
            policy: &self.policy,
            guard: &self.guard,
            reach: &self.reach,
            sent_today: &self.around.sent_today,
            held_out_today: self.around.held_out_today,
            warehouse_spoke_at: None,
            in_company: self.around.in_company,
            now,
        };
        let decision = decide(case);
        assert_eq!(decision, decide(case));
        sound(&case, &decision);
        decision
    }
}

proptest! {
    // As many cases as `PROPTEST_CASES` says, 256 without it: `tests/long properties` asks for a million.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_decision_is_sound_and_every_order_comes_to_rest(
        events in sample::paid_order(30),
        around in around(),
        fates in prop::collection::vec(prop::sample::select(vec![Saying::Sent, Saying::Sent, Saying::Failed, Saying::Unknown]), 64),
    ) {
        let world = World::new(&events, &around);
        let mut told = Told::default();
        let mut now = around.now;
        let mut fates = fates.into_iter().cycle();
        for _ in 0..400 {
            let decision = world.decide(&told, now);
            for kept in &decision.suppressed {
                prop_assert!(told.suppressed.insert((kept.key.clone(), kept.why)), "suppressed twice");
            }
            for due in &decision.due {
                told.said.push(due.said(now));
                told.settle(&due.key, fates.next().unwrap(), now);
            }
            if decision.due.is_empty() {
                let Some(next) = decision.wake_at else { return Ok(()) };
                now = next;
            }
        }
        // An open order is looked at every two hours within its window; sixty days on, nothing may be left to do.
        let last = world.decide(&told, now + Span::hours(24 * 400));
        prop_assert!(last.due.len() <= 1, "something is due a year later: {:?}", last.due);
    }

    #[test]
    fn nothing_is_due_whose_trigger_lies_before_we_were_live(events in sample::paid_order(30), around in around()) {
        let mut world = World::new(&events, &around);
        world.guard.live_since = around.now + Span::from_ms(1);
        prop_assert_eq!(world.decide(&Told::default(), around.now).due, vec![]);
    }

    #[test]
    fn the_order_of_arrival_changes_no_decision(
        (events, shuffled) in sample::paid_order(30).prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle())),
        around in around(),
    ) {
        let decide = |events: &[Event]| World::new(events, &around).decide(&Told::default(), around.now);
        prop_assert_eq!(decide(&events), decide(&shuffled));
    }

    #[test]
    fn what_waits_to_be_sent_is_due_held_or_on_record(events in sample::paid_order(30), around in around(), later in 0_i64..200) {
        let world = World::new(&events, &around);
        let first = world.decide(&Told::default(), around.now);
        let mut told = Told::default();
        told.said.extend(first.due.iter().map(|d| d.said(around.now)));
        let then = around.now + Span::hours(later);
        let second = world.decide(&told, then);
        for said in &told.said {
            let due = second.due.iter().any(|d| d.key == said.key);
            let answered = second.answered.contains(&said.key) || second.suppressed.iter().any(|k| k.key == said.key);
            prop_assert!(due || answered, "{} is forgotten", said.key);
        }
    }
}
