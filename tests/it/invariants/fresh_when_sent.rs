//! Fresh when sent: nothing leaves while intake is behind. How freshness itself is told stands in the tests of
//! intake::freshness; here is what the service does with it.

use std::time::{Duration, Instant};

use forewarn::serve::{AfterHold, Hold};
use forewarn_core::notice::{Kind, Why};

use super::floor::{Floor, sent_kinds, suppressed};

const MAX: Duration = Duration::from_secs(30 * 60);

#[test]
fn fresh_when_sent_nothing_leaves_before_intake_has_caught_up() {
    let (hold, start) = (Hold::new(MAX, AfterHold::Send), Instant::now());
    for minute in 0..30 {
        assert!(!hold.lets_pass(false, start + Duration::from_secs(minute * 60)));
    }
    assert!(hold.lets_pass(true, start + Duration::from_secs(29 * 60)));
}

#[test]
fn fresh_when_sent_after_the_longest_hold_the_policy_says_what_happens() {
    let (send, hold, start) = (Hold::new(MAX, AfterHold::Send), Hold::new(MAX, AfterHold::Hold), Instant::now());
    assert!(!send.lets_pass(false, start) && !hold.lets_pass(false, start));
    assert!(send.lets_pass(false, start + MAX));
    assert!(!hold.lets_pass(false, start + 10 * MAX));
}

#[test]
fn fresh_when_sent_catching_up_first_keeps_an_apology_from_an_order_that_left_long_ago() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.until("02 12:00");
    // The word that it shipped lies in the topic while the service is down; on start it is taken in before anything
    // is decided.
    floor.now = super::floor::at("03 12:00");
    floor.shipped("02 18:00", "1");
    let records = floor.rest();
    assert_eq!(sent_kinds(&records), [Kind::Shipped]);
    assert!(suppressed(&records).iter().all(|(kind, why)| (*kind, *why) == (Kind::DelayWarning, Why::Shipped)));
}
