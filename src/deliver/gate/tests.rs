use std::num::NonZeroU32;

use super::*;

fn limits(channel: u32, domain: u32) -> BTreeMap<String, Limits> {
    let concurrency = |n| Limit { concurrency: NonZeroU32::new(n), per_minute: None };
    let limits = Limits { channel: concurrency(channel), domain: concurrency(domain) };
    BTreeMap::from([("email".to_owned(), limits), ("sms".to_owned(), Limits::default())])
}

/// What a claim finds for each of `to`, in one go.
fn asked(gate: &Gate, now: Instant, to: &[(&str, &str)]) -> Vec<bool> {
    let mut plan = Plan::of(gate, now);
    to.iter().map(|(channel, address)| plan.admit(channel, address) == Admission::Go).collect()
}

#[test]
fn a_full_domain_holds_up_neither_others_nor_other_channels() {
    let now = Instant::now();
    let gate = Gate::new(&limits(3, 1), now);
    let to = [
        ("email", "a@slow.example"),
        ("email", "b@SLOW.example"),
        ("email", "c@other.example"),
        ("email", "d@third.example"),
        ("email", "e@fourth.example"),
        ("sms", "+8613800000000"),
    ];
    assert_eq!(asked(&gate, now, &to), [true, false, true, true, false, true]);
}

#[test]
fn a_claim_that_is_undone_leaves_no_trace_and_an_end_makes_room() {
    let now = Instant::now();
    let mut gate = Gate::new(&limits(1, 0), now);
    let to = Destination::new("email", "a@example.com");
    for _ in 0..3 {
        assert_eq!(asked(&gate, now, &[("email", "a@example.com"), ("email", "b@example.com")]), [true, false]);
    }
    let place = gate.begin(&to, now);
    assert_eq!(asked(&gate, now, &[("email", "b@example.com")]), [false]);
    gate.end(&place, Shows::Works, Duration::from_millis(1), now);
    assert_eq!(asked(&gate, now, &[("email", "b@example.com")]), [true]);
}

#[test]
fn a_channel_that_is_left_alone_lets_one_probe_through() {
    let now = Instant::now();
    let mut gate = Gate::new(&limits(4, 0), now);
    let to = Destination::new("email", "a@example.com");
    let places: Vec<_> = (0..5).map(|_| gate.begin(&to, now)).collect();
    let changes: Vec<_> = places.iter().filter_map(|to| gate.end(to, Shows::Fails, Duration::ZERO, now)).collect();
    assert_eq!(changes, [Change::Opened]);
    let two = [("email", "a@example.com"), ("email", "b@example.com"), ("sms", "1")];
    assert_eq!(asked(&gate, now, &two), [false, false, true]);
    let later = now + Duration::from_secs(30);
    assert_eq!(asked(&gate, later, &two), [true, false, true]);
    let probe = gate.begin(&to, later);
    assert_eq!(asked(&gate, later, &two), [false, false, true]);
    assert_eq!(gate.end(&probe, Shows::Works, Duration::ZERO, later), Some(Change::Closed));
    assert_eq!(asked(&gate, later, &two), [true, true, true]);
}

#[test]
fn those_that_wait_come_back_one_after_the_other_also_in_the_next_claim() {
    let now = Instant::now();
    let mut gate = Gate::new(&limits(1, 0), now);
    gate.begin(&Destination::new("email", "a@example.com"), now);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let mut plan = Plan::of(&gate, now);
        for _ in 0..3 {
            let Admission::Wait(wait, why) = plan.admit("email", "b@example.com") else { panic!("there is room") };
            assert_eq!(why, Remark::Crowded);
            waits.push(wait);
        }
        plan.enter(&mut gate);
    }
    assert!(waits.is_sorted() && waits.first() != waits.last(), "{waits:?}");
}

#[test]
fn what_a_channel_held_up_comes_back_at_five_hundred_a_second() {
    let now = Instant::now();
    let mut gate = Gate::new(&BTreeMap::new(), now);
    gate.open("email", now);
    gate.begin(&Destination::new("email", "probe@example.com"), now);
    let mut plan = Plan::of(&gate, now);
    let asked = (0..5_001).map(|_| match plan.admit("email", "b@example.com") {
        Admission::Wait(wait, Remark::LeftAlone) => wait,
        other => panic!("{other:?}"),
    });
    let waits: Vec<Duration> = asked.collect();
    assert_eq!(waits[5_000] - waits[0], Duration::from_secs(10));
}

#[test]
fn ever_new_domains_cost_bounded_memory() {
    let now = Instant::now();
    let mut gate = Gate::new(&limits(0, 1), now);
    let places: Vec<_> =
        (0..3 * DOMAINS_MAX).map(|n| gate.begin(&Destination::new("email", &format!("a@{n}.example")), now)).collect();
    assert_eq!(gate.ways["email"].domains.len(), DOMAINS_MAX + 1);
    assert_eq!(asked(&gate, now, &[("email", "a@one-more.example")]), [false], "the others share one account");
    for place in &places {
        gate.end(place, Shows::Works, Duration::ZERO, now);
    }
    assert_eq!(gate.ways["email"].domains.len(), 0);
}

#[test]
fn what_another_process_found_to_fail_is_tried_by_one_message_and_then_at_the_breakers_pace() {
    let now = Instant::now();
    let mut gate = Gate::new(&limits(4, 0), now);
    let to = Destination::new("email", "a@example.com");
    let mut plan = Plan::of(&gate, now);
    assert_eq!(plan.tries(&["email"]), ["email"]);
    assert_eq!(plan.admit("email", "a@example.com"), Admission::Go);
    assert!(plan.tries(&["email"]).is_empty(), "its probe is on its way");
    plan.enter(&mut gate);
    let probe = gate.begin(&to, now);
    assert_eq!(gate.end(&probe, Shows::Fails, Duration::ZERO, now), None);
    let soon = now + Duration::from_secs(29);
    assert!(Plan::of(&gate, soon).tries(&["email"]).is_empty());
    let later = now + Duration::from_secs(90);
    assert_eq!(Plan::of(&gate, later).tries(&["email"]), ["email"]);
    let probe = gate.begin(&to, later);
    assert_eq!(gate.end(&probe, Shows::Works, Duration::ZERO, later), Some(Change::Closed));
    assert!(Plan::of(&gate, later).tries(&[]).is_empty());
}

#[test]
fn an_incident_leaves_at_its_own_pace_and_holds_up_nobody_else() {
    let start = Instant::now();
    let mut gate = Gate::new(&limits(0, 0), start);
    let (one, other) = (IncidentId::of(&["one"]), IncidentId::of(&["other"]));
    let six = NonZeroU32::new(6).expect("above 0");
    let mut left = Vec::new();
    for second in 0..30 {
        let now = start + Duration::from_secs(second);
        let mut plan = Plan::of(&gate, now);
        for _ in 0..3 {
            if plan.turn_of(one, six).is_none() {
                plan.took_turn(one, six);
                left.push(second);
            }
        }
        assert!(second > 0 || plan.turn_of(other, six).is_none());
        plan.enter(&mut gate);
    }
    assert_eq!(left, [0, 10, 20]);
    let mut undone = Plan::of(&gate, start + Duration::from_secs(30));
    assert!(undone.turn_of(one, six).is_none());
    undone.took_turn(one, six);
    drop(undone);
    let mut plan = Plan::of(&gate, start + Duration::from_secs(30));
    assert!(plan.turn_of(one, six).is_none(), "what was undone took no turn");
}
