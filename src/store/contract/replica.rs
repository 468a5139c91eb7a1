//! What several processes tell each other.

use forewarn_core::{Instant, Span};

use super::{TestStore, run};
use crate::store::port::{Place, Reading};

const TOPICS: &[&str] = &["orders", "parcels"];

fn place(topic: &str, partition: i32) -> Place {
    (topic.to_owned(), partition)
}

fn reading(topic: &str, partition: i32, epoch: i64, lag_secs: i64) -> Reading {
    Reading { place: place(topic, partition), epoch, lag: Span::from_ms(lag_secs * 1_000) }
}

/// The stalest partition and its age in whole seconds; a second more may have passed meanwhile.
fn stalest(store: &mut dyn TestStore) -> Option<(Place, Option<i64>)> {
    run(store, |tx| tx.stalest(TOPICS)).map(|(place, age)| (place, age.map(|age| age.ms() / 1_000)))
}

pub(crate) fn what_is_known_is_as_old_as_the_stalest_partition(store: &mut dyn TestStore) {
    assert_eq!(stalest(store), None, "nothing is known to be there");
    for (topic, partition) in [("orders", 0), ("orders", 1), ("parcels", 0), ("elsewhere", 0)] {
        run(store, |tx| tx.offset_take_over(topic, partition));
    }
    run(store, |tx| tx.readings_save(&[reading("orders", 0, 1, 0), reading("parcels", 0, 1, 100)]));
    assert_eq!(stalest(store), Some((place("orders", 1), None)), "of this one nobody has said anything");
    run(store, |tx| tx.readings_save(&[reading("orders", 1, 1, 1_000), reading("elsewhere", 0, 1, 9_000)]));
    let (oldest, age) = stalest(store).expect("all were read");
    assert!(oldest == place("orders", 1) && matches!(age, Some(1_000..=1_060)), "{oldest:?} {age:?}");
    run(store, |tx| tx.readings_save(&[reading("orders", 1, 1, 0)]));
    assert_eq!(stalest(store).map(|(oldest, _)| oldest), Some(place("parcels", 0)));
}

pub(crate) fn whoever_takes_a_partition_over_says_anew_how_far_it_is_read(store: &mut dyn TestStore) {
    run(store, |tx| tx.offset_take_over("orders", 0));
    run(store, |tx| tx.readings_save(&[reading("orders", 0, 1, 0)]));
    assert!(stalest(store).is_some_and(|(_, age)| age.is_some()));
    run(store, |tx| tx.offset_take_over("orders", 0));
    assert_eq!(stalest(store), Some((place("orders", 0), None)));
    run(store, |tx| tx.readings_save(&[reading("orders", 0, 1, 0)]));
    assert_eq!(stalest(store), Some((place("orders", 0), None)), "its former reader has no say");
    run(store, |tx| tx.readings_save(&[reading("orders", 0, 2, 0)]));
    assert!(stalest(store).is_some_and(|(_, age)| age.is_some()));
}

pub(crate) fn a_partition_nobody_reads_yet_is_known(store: &mut dyn TestStore) {
    run(store, |tx| tx.offset_take_over("orders", 0));
    run(store, |tx| tx.offset_advance("orders", 0, 1, None, 7));
    run(store, |tx| tx.readings_save(&[reading("orders", 0, 1, 0)]));
    run(store, |tx| tx.partitions_note(&[place("orders", 0), place("orders", 1)]));
    assert_eq!(stalest(store), Some((place("orders", 1), None)));
    let offsets = run(store, |tx| tx.offsets());
    assert_eq!((offsets[0].2.next, offsets[0].2.epoch), (Some(7), 1), "a known one stays as it is");
    let taken = run(store, |tx| tx.offset_take_over("orders", 1));
    assert_eq!((taken.next, taken.epoch), (None, 1));
}

pub(crate) fn a_lease_is_one_holders_until_it_runs_out_or_is_given_back(store: &mut dyn TestStore) {
    let hour = Span::hours(1);
    assert!(run(store, |tx| tx.lease_take("publish", "a", hour)));
    assert!(!run(store, |tx| tx.lease_take("publish", "b", hour)));
    assert!(run(store, |tx| tx.lease_take("other", "b", hour)), "leases are apart");
    assert!(run(store, |tx| tx.lease_take("publish", "a", hour)), "its holder prolongs it");
    run(store, |tx| tx.lease_release("publish", "b"));
    assert!(!run(store, |tx| tx.lease_take("publish", "b", hour)), "only its holder gives it back");
    run(store, |tx| tx.lease_release("publish", "a"));
    assert!(run(store, |tx| tx.lease_take("publish", "b", Span::default())));
    assert!(run(store, |tx| tx.lease_take("publish", "a", hour)), "it ran out at once");
}

pub(crate) fn the_stores_clock_is_about_right(store: &mut dyn TestStore) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let ours = Instant::from_ms(i64::try_from(since.as_millis()).expect("before the year 292 million"));
    let theirs = run(store, |tx| tx.store_clock());
    assert!((theirs - ours).ms().abs() < 60_000, "{theirs} against {ours}");
}
