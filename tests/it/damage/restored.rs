//! A store restored from a backup has forgotten what was sent since; it sends none of it again.

use std::collections::BTreeSet;

use forewarn::engine::{Engine, Record};
use forewarn::store::port::NoticeState;
use forewarn::store::sqlite::backup;
use forewarn_core::notice::Kind;
use forewarn_core::{Instant, Span};

use super::{play, time_of};
use crate::invariants::floor::{Floor, at, sent_kinds};
use crate::invariants::generated::{floor as generated, start};

fn sent(records: &[Record]) -> BTreeSet<String> {
    records
        .iter()
        .filter_map(|r| {
            if let Record::Notice(n) = r { Some(format!("{} {} {}", n.notice_id, n.kind, n.order_id)) } else { None }
        })
        .collect()
}

/// The copy at `path` as a service finds it that is started on it at `now`.
fn restored(path: &std::path::Path, now: Instant) -> Floor {
    let mut floor = Floor::open(path);
    floor.now = now;
    floor.run(|_, tx| Engine::note_restore(tx, now)).expect("the store is a backup");
    floor
}

#[test]
fn what_was_sent_after_the_backup_is_listed_as_unknown_and_not_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("f.db"), folder.path().join("copy.db"));
    let mut lost = Floor::open(&path);
    lost.order("02 10:00", "before");
    assert_eq!(sent_kinds(&lost.rest()), [Kind::OrderAccepted]);
    // In the outbox when the backup is taken, sent a moment later.
    lost.order("02 11:00", "waiting");
    lost.wake();
    backup(&path, &copy, false, lost.now).expect("a backup");
    lost.rest();
    lost.order("02 12:00", "after");
    assert_eq!(sent_kinds(&lost.rest()), [Kind::OrderAccepted]);
    drop(lost);

    let mut floor = restored(&copy, at("02 13:00"));
    // Kafka hands out again what came after the stored offsets.
    floor.order("02 12:00", "after");
    assert_eq!(sent_kinds(&floor.rest()), []);
    assert_eq!(floor.states("before", Kind::OrderAccepted), [NoticeState::Sent]);
    for id in ["waiting", "after"] {
        let notice = floor.notices(id).remove(0);
        assert_eq!(notice.state, NoticeState::Unknown, "{id}");
        let outcome = notice.outcome.expect("a reason");
        assert!(outcome.contains("restored from a backup of 2026-03-02T03:00:00Z"), "{outcome}");
        assert!(notice.composed.is_some(), "whoever decides about it sees what it says");
    }
    // What becomes due from now on goes out as ever, the warning of the very same orders too.
    let later = sent_kinds(&floor.until("20 12:00"));
    assert_eq!(later.iter().filter(|kind| **kind == Kind::DelayWarning).count(), 3, "{later:?}");
}

#[test]
fn the_line_is_drawn_once_for_each_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy, again) = (folder.path().join("f.db"), folder.path().join("c.db"), folder.path().join("d.db"));
    let mut floor = Floor::open(&path);
    assert_eq!(floor.run(|_, tx| Engine::note_restore(tx, at("02 10:00"))), None, "a store of its own");
    backup(&path, &copy, false, at("02 10:00")).expect("a backup");
    drop(restored(&copy, at("02 13:00")));
    let mut floor = Floor::open(&copy);
    assert_eq!(floor.run(|_, tx| Engine::note_restore(tx, at("02 18:00"))), None, "a later start moves no line");
    floor.now = at("02 18:00");
    floor.order("02 18:00", "new");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::OrderAccepted]);
    backup(&copy, &again, false, at("02 19:00")).expect("a backup of a restored store");
    let drawn = Floor::open(&again).run(|_, tx| Engine::note_restore(tx, at("03 10:00"))).expect("a line of its own");
    assert_eq!((drawn.from, drawn.until), (at("02 19:00"), at("03 10:00")));
}

/// Whatever became of the orders, no notice leaves the lost store and the restored one.
#[test]
fn no_notice_leaves_both_stores_whatever_happened_around_the_backup() {
    let (mut sent_since, mut sent_later) = (0, 0);
    for seed in [3, 5, 8] {
        let events = generated(seed, 40).events;
        let folder = tempfile::tempdir().expect("a folder");
        let (path, copy) = (folder.path().join("f.db"), folder.path().join("copy.db"));
        let taken_at = start() + Span::hours(60 + i64::try_from(seed).expect("small") * 7);
        let (lost_at, found_at) = (taken_at + Span::hours(30), taken_at + Span::hours(33));
        let mut lost = Floor::open(&path);
        let before = sent(&play(&mut lost, &events, taken_at));
        backup(&path, &copy, false, taken_at).expect("a backup");
        let since = sent(&play(&mut lost, &events, lost_at));
        drop(lost);

        let mut floor = restored(&copy, found_at);
        let missed: Vec<String> = events
            .iter()
            .filter(|event| (taken_at..=found_at).contains(&time_of(event)))
            .map(ToString::to_string)
            .collect();
        floor.batch(&missed.iter().map(String::as_bytes).collect::<Vec<_>>());
        let later = sent(&play(&mut floor, &events, start() + Span::hours(24 * 16)));
        let twice: Vec<_> = later.iter().filter(|id| before.contains(*id) || since.contains(*id)).collect();
        assert!(twice.is_empty(), "seed {seed}: {twice:?}");
        sent_since += since.len();
        sent_later += later.len();
    }
    assert!(sent_since > 15 && sent_later > 15, "{sent_since} sent since the backups, {sent_later} later");
}
