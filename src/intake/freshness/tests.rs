//! When notices may leave and when not.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::clock::Clock;

#[derive(Default)]
struct Hand(AtomicI64);

impl Hand {
    fn forward(&self, secs: i64) {
        self.0.fetch_add(secs * 1_000, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        Instant::from_ms(self.0.load(Ordering::Relaxed))
    }

    fn real_now(&self) -> Instant {
        self.now()
    }
}

const MINUTES_5: Span = Span::minutes(5);

fn began() -> (Arc<Hand>, Freshness) {
    let hand = Arc::new(Hand(AtomicI64::new(1_000_000_000)));
    let clock: SharedClock = Arc::<Hand>::clone(&hand);
    (hand, Freshness::new(MINUTES_5, clock))
}

fn assigned(next: Option<i64>, low: i64, high: i64) -> (Arc<Hand>, Freshness) {
    let (hand, fresh) = began();
    fresh.assigned([("t".to_owned(), 0, next)]);
    assert_eq!(fresh.state(), State::Starting);
    fresh.bounds("t", 0, low, high);
    (hand, fresh)
}

#[test]
fn nothing_is_fresh_before_the_group_has_shared_the_partitions_out() {
    let (_, fresh) = began();
    assert_eq!((fresh.state(), fresh.is_fresh()), (State::Starting, false));
}

#[test]
fn after_a_start_the_end_seen_then_must_be_reached() {
    let (_, fresh) = assigned(Some(10), 0, 30);
    assert_eq!(fresh.state(), State::CatchingUp { remaining: 20 });
    fresh.ingested("t", 0, 29, None);
    fresh.observed("t", 0, 1_000);
    assert_eq!(fresh.state(), State::CatchingUp { remaining: 1 });
    fresh.ingested("t", 0, 30, None);
    assert_eq!(fresh.state(), State::Fresh, "what came after the start does not count");
}

#[test]
fn an_empty_partition_is_fresh_at_once_wherever_it_begins() {
    let (_, fresh) = assigned(None, 500, 500);
    assert_eq!(fresh.state(), State::Fresh);
    let (_, fresh) = assigned(None, 500, 520);
    assert_eq!(fresh.state(), State::CatchingUp { remaining: 20 });
}

#[test]
fn lag_is_the_wait_of_the_oldest_event_not_the_length_of_a_quiet_night() {
    let (hand, fresh) = assigned(Some(0), 0, 0);
    let night = hand.now();
    fresh.ingested("t", 0, 1, Some(night));
    hand.forward(8 * 3_600);
    fresh.observed("t", 0, 2);
    assert_eq!((fresh.lag_secs(), fresh.is_fresh()), (0.0, true));
    hand.forward(9);
    assert!((fresh.lag_secs() - 9.0).abs() < 1e-9);
}

#[test]
fn events_that_wait_too_long_hold_notices_until_they_are_read() {
    let (hand, fresh) = assigned(Some(0), 0, 0);
    fresh.observed("t", 0, 100);
    for _ in 0..301 {
        hand.forward(1);
        fresh.observed("t", 0, 100);
    }
    assert_eq!(fresh.state(), State::Lagging { secs: 301.0 });
    fresh.ingested("t", 0, 50, Some(hand.now()));
    assert!(fresh.is_fresh(), "still behind, but by new events only");
    fresh.ingested("t", 0, 100, Some(hand.now() - MINUTES_5 - MINUTES_5));
    assert!(fresh.is_fresh(), "at the end nothing waits, however old the last event is");
}

#[test]
fn a_writer_whose_clock_goes_ahead_hides_no_lag() {
    let (hand, fresh) = assigned(Some(0), 0, 0);
    fresh.ingested("t", 0, 1, Some(hand.now() + Span::hours(5)));
    fresh.observed("t", 0, 9);
    hand.forward(301);
    fresh.observed("t", 0, 9);
    assert!(matches!(fresh.state(), State::Lagging { .. }));
}

#[test]
fn a_broker_that_says_nothing_makes_stale() {
    let (hand, fresh) = assigned(Some(5), 0, 5);
    hand.forward(10);
    assert_eq!((fresh.lag_secs(), fresh.is_fresh()), (0.0, true));
    hand.forward(291);
    assert_eq!(fresh.state(), State::Lagging { secs: 301.0 });
}

#[test]
fn the_end_is_told_with_its_reason_and_a_service_without_a_broker_is_fresh() {
    let (hand, fresh) = assigned(Some(5), 0, 5);
    fresh.unassigned();
    assert_eq!(fresh.state(), State::Starting);
    fresh.stopped("the topic is gone".into());
    fresh.unassigned();
    assert_eq!(fresh.state(), State::Stopped { why: "the topic is gone".into() });
    assert!(Freshness::without_broker(hand).is_fresh());
}
