//! What was due and not sent.

use forewarn_core::notice::{Kind, Why};

use super::fixtures::{at, because, key, suppression};
use super::{TestStore, run};

pub(crate) fn a_suppression_is_written_once_for_each_reason(store: &mut dyn TestStore) {
    let first = suppression("p1", Why::OptedOut);
    let mut later = first.clone();
    later.at = at(9);
    let mut other = suppression("p1", Why::Paused);
    other.at = at(0);
    run(store, |tx| tx.suppressions_add(&[first.clone(), later.clone(), other.clone()]));
    run(store, |tx| tx.suppressions_add(std::slice::from_ref(&later)));
    let expected = [(Kind::Shipped, Why::Paused, at(0), because()), (Kind::Shipped, Why::OptedOut, at(1), because())];
    assert_eq!(run(store, |tx| tx.suppressions_of(&key("o-1"))), expected);
    assert!(run(store, |tx| tx.suppressions_of(&key("o-2"))).is_empty());
}

pub(crate) fn suppressions_are_counted_by_kind_and_reason(store: &mut dyn TestStore) {
    let rows = [suppression("p1", Why::Cap), suppression("p2", Why::Cap), suppression("p2", Why::Stale)];
    run(store, |tx| tx.suppressions_add(&rows));
    let mut counts = run(store, |tx| tx.notice_counts()).1;
    counts.sort();
    assert_eq!(counts, [(Kind::Shipped, Why::Cap, 2), (Kind::Shipped, Why::Stale, 1)]);
}
