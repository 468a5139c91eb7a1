//! A later time that is asked of a buyer takes no word away and says nothing twice.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{World, around};
use crate::decide::{Decision, Due, Saying, Told};
use crate::event::RenegotiationStatus::{Agreed, Proposed};
use crate::event::{Body, Event, OrderEvent, Renegotiated, RenegotiationStatus};
use crate::instant::{Instant, Span};
use crate::notice::Kind;
use crate::policy::Ppm;
use crate::sample::{self, at};

/// The order's events without what the shop asked its buyer for.
fn unasked(events: Vec<Event>) -> Vec<Event> {
    let is_asked = |e: &Event| matches!(&e.body, Body::Order(OrderEvent::Renegotiated(t)) if t.status == Proposed);
    events.into_iter().filter(|e| !is_asked(e)).collect()
}

/// A word of the talks, said at `hour` about the time `by` hours after the beginning.
fn talk(hour: i64, by: i64, status: RenegotiationStatus) -> Event {
    let talk = Renegotiated { ship_by: at(by), status };
    sample::event(hour, &format!("talk {hour} {by} {status:?}"), OrderEvent::Renegotiated(talk))
}

/// Decides at `now`, all that is due reaching its buyer; gives when to decide next.
fn step(world: &World, told: &mut Told, now: Instant) -> (Decision, Option<Instant>) {
    let decision = world.decide(told, now);
    told.suppressed.extend(decision.suppressed.iter().map(|kept| (kept.key.clone(), kept.why)));
    for due in &decision.due {
        told.said.push(due.said(now));
        told.settle(&due.key, Saying::Sent, now);
    }
    let next = if decision.due.is_empty() { decision.wake_at } else { Some(now) };
    (decision, next)
}

/// Decides again and again from `now` on, all that is due reaching its buyer, until nothing is left to do or `rounds` are
/// over; gives each look.
fn walk(world: &World, told: &mut Told, mut now: Instant, rounds: usize) -> Vec<(Instant, Decision)> {
    let mut seen = Vec::new();
    for _ in 0..rounds {
        let (decision, next) = step(world, told, now);
        seen.push((now, decision));
        let Some(next) = next else { break };
        now = next;
    }
    seen
}

/// Whether it tells that the promise itself will not be kept, or was not.
fn breaks_the_promise(due: &Due) -> bool {
    let kinds = [Kind::DelayWarning, Kind::PromiseMissed, Kind::DelayUpdate];
    kinds.contains(&due.kind) && due.variant != "needed"
}

/// Whether `due` says what `left_out` would have said: the warning names the promise, and the buyer's own day where it is lost.
fn says_it_too(due: &Due, left_out: &Due) -> bool {
    let gives_way = left_out.kind == Kind::OrderAccepted || left_out.variant == "needed";
    due.key == left_out.key || (due.kind == Kind::DelayWarning && gives_way)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_proposal_mutes_no_notice(
        events in sample::paid_order(30),
        around in around(),
        (hour, by) in (0_i64..240, 0_i64..400),
    ) {
        let events = unasked(events);
        // A proposed date may keep the buyer's own day where the forecast's does not: then no choice is owed any more, and
        // the holdout may leave the order out.
        let mut around = around;
        around.policy.holdout.share = Ppm::from_ppm(0);
        let without = World::new(&events, &around);
        let with = World::new(&[&events[..], &[talk(hour, by, Proposed)]].concat(), &around);
        let (mut told, mut now) = (Told::default(), around.now);
        for _ in 0..20 {
            // The date that was told is the proposed one: the shop's own word stands until its time has passed.
            prop_assume!(told.said.iter().all(|said| said.quoted != Some(at(by))));
            let asked = with.decide(&told, now);
            let (decision, next) = step(&without, &mut told, now);
            // When an update comes due depends on the date the shop named last, so its moment is another one.
            for due in decision.due.iter().filter(|due| due.kind != Kind::DelayUpdate) {
                prop_assert!(asked.due.iter().any(|d| says_it_too(d, due)), "{} is muted: {asked:#?}", due.key);
            }
            let Some(next) = next else { return Ok(()) };
            now = next;
        }
    }

    #[test]
    fn a_proposal_and_its_agreement_tell_no_delay_twice(
        events in sample::paid_order(20),
        around in around(),
        (hour, by, later, less) in (0_i64..100, 0_i64..400, 0_i64..100, 0_i64..100),
    ) {
        let events = [unasked(events), vec![talk(hour, by, Proposed)]].concat();
        let (world, mut told) = (World::new(&events, &around), Told::default());
        let asked = walk(&world, &mut told, around.now, 60);
        let mut broken = BTreeSet::new();
        for due in asked.iter().flat_map(|(_, decision)| &decision.due).filter(|due| breaks_the_promise(due)) {
            let is_first = due.kind == Kind::DelayUpdate || broken.insert((due.promise_version, due.promise_share.clone()));
            prop_assert!(is_first, "{} is told under the promise of an earlier word", due.key);
        }
        // The buyer agrees to what was told, or to less; what was told of a part of the order is about that part alone.
        let Some(quoted) = told.said.iter().filter_map(|said| said.quoted).max() else { return Ok(()) };
        let now = asked.last().map_or(around.now, |(at, _)| *at);
        let since = (now - at(0)).ms() / Span::hours(1).ms();
        let to = (quoted - at(0)).ms() / Span::hours(1).ms() - less;
        let world = World::new(&[events, vec![talk(since, to, Agreed)]].concat(), &around);
        let agreed = walk(&world, &mut told, now + Span::hours(later), 60);
        let whole = |due: &&Due| due.promise_share.is_none() && breaks_the_promise(due);
        let dues = agreed.iter().flat_map(|(_, decision)| &decision.due).filter(whole);
        // That the agreed time was missed is news, and from then on the date told with it is the one the buyer holds.
        for due in dues.take_while(|due| due.kind != Kind::PromiseMissed) {
            let again = told.said.iter().any(|said| said.quoted >= due.quoted_ship_by && said.key != due.key && said.at <= now && said.promise_share.is_none());
            prop_assert!(!again, "{} tells {:?} after {quoted}", due.key, due.quoted_ship_by);
        }
    }
}
