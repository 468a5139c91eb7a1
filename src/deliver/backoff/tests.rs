use std::time::Duration;

use proptest::prelude::*;

use super::{MAX_RETRY_AFTER, next_delay};
use crate::deliver::channel::RetryClass;

const CLASSES: [RetryClass; 5] =
    [RetryClass::Network, RetryClass::Timeout, RetryClass::Busy, RetryClass::Greylisted, RetryClass::Config];

#[test]
fn a_lost_connection_is_tried_again_within_seconds_and_then_ever_later() {
    let delays: Vec<u64> = (1..7)
        .filter_map(|attempt| next_delay(attempt, RetryClass::Network, None, 7))
        .map(|delay| delay.as_secs())
        .collect();
    assert_eq!(delays.len(), 6);
    assert!((4..=6).contains(&delays[0]), "{delays:?}");
    assert!(delays.windows(2).all(|pair| pair[0] < pair[1]), "{delays:?}");
}

#[test]
fn every_class_gives_up_and_stays_given_up() {
    for class in CLASSES {
        let last = (1..1_000)
            .find(|attempt| next_delay(*attempt, class, None, 1).is_none())
            .unwrap_or_else(|| panic!("{class:?} never gives up"));
        assert!(next_delay(last + 1, class, None, 1).is_none());
        assert!(next_delay(u32::MAX, class, Some(MAX_RETRY_AFTER), 1).is_none());
    }
}

#[test]
fn a_greylisted_mail_waits_at_least_the_customary_five_minutes_less_jitter() {
    for seed in 0..1_000 {
        let delay = next_delay(1, RetryClass::Greylisted, None, seed);
        assert!(delay >= Some(Duration::from_secs(288)), "{delay:?}");
    }
}

#[test]
fn what_the_way_fails_for_is_tried_hourly_for_a_week() {
    for class in [RetryClass::Network, RetryClass::Timeout, RetryClass::Config] {
        let delays: Vec<Duration> = (1..1_000).map_while(|attempt| next_delay(attempt, class, None, 3)).collect();
        assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(3_600 * 6 / 5)), "{class:?}");
        let days = delays.iter().sum::<Duration>().as_secs() / (24 * 3_600);
        assert!((6..=8).contains(&days), "{class:?} is tried for {days} days");
    }
}

#[test]
fn the_jitter_spreads_over_the_whole_band() {
    let delays: Vec<u128> = (0..2_000)
        .filter_map(|seed| next_delay(3, RetryClass::Network, None, seed))
        .map(|delay| delay.as_millis())
        .collect();
    assert!(delays.iter().min() < Some(&97_500));
    assert!(delays.iter().max() > Some(&142_500));
}

proptest! {
    #[test]
    fn delays_stay_within_the_band_and_repeat(attempt in 0_u32..80, seed: u64, index in 0_usize..5) {
        let class = CLASSES[index];
        let first = next_delay(attempt, class, None, seed);
        prop_assert_eq!(first, next_delay(attempt, class, None, seed));
        if let Some(delay) = first {
            prop_assert!(delay >= Duration::from_secs(4));
            prop_assert!(delay <= Duration::from_secs(12 * 3_600));
        }
    }

    #[test]
    fn never_earlier_than_the_receiver_asked(attempt in 1_u32..8, seed: u64, asked in 0_u64..1_000_000) {
        let asked = Duration::from_secs(asked);
        if let Some(delay) = next_delay(attempt, RetryClass::Busy, Some(asked), seed) {
            prop_assert!(delay >= asked.min(MAX_RETRY_AFTER));
        }
    }
}
