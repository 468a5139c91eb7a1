//! Offsets, dead letters, books.

use super::fixtures::{at, dead_letter, key, order};
use super::{TestStore, attempt, run};
use crate::store::port::{Book, DeadLetter, Offset};
use crate::store::{Class, StoreError};

const TOPIC: &str = "forewarn.orders";

pub(crate) fn taking_over_fences_off_the_former_owner(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.offset_take_over(TOPIC, 0)), Offset { next: None, epoch: 1 });
    run(store, |tx| tx.offset_advance(TOPIC, 0, 1, None, 10));
    assert_eq!(run(store, |tx| tx.offset_take_over(TOPIC, 0)), Offset { next: Some(10), epoch: 2 });
    let stale = attempt(store, |tx| {
        tx.orders_save(&[order("o-1")])?;
        tx.offset_advance(TOPIC, 0, 1, Some(10), 20)
    });
    let error = stale.expect_err("an older epoch is fenced off");
    assert_eq!(error.class(), Class::Retry);
    assert!(matches!(error, StoreError::Fenced { topic, partition: 0 } if topic == TOPIC));
    assert_eq!(run(store, |tx| tx.orders_load(&[key("o-1")])), [None]);
    run(store, |tx| tx.offset_advance(TOPIC, 0, 2, Some(10), 20));
    run(store, |tx| tx.offset_take_over("a", 1));
    let expected = [
        ("a".to_owned(), 1, Offset { next: None, epoch: 1 }),
        (TOPIC.to_owned(), 0, Offset { next: Some(20), epoch: 2 }),
    ];
    assert_eq!(run(store, |tx| tx.offsets()), expected);
}

pub(crate) fn an_unexpected_offset_writes_nothing(store: &mut dyn TestStore) {
    run(store, |tx| tx.offset_take_over(TOPIC, 0));
    for (epoch, expected) in [(1, Some(0)), (2, None), (0, None)] {
        assert!(attempt(store, |tx| tx.offset_advance(TOPIC, 0, epoch, expected, 5)).is_err());
    }
    run(store, |tx| tx.offset_advance(TOPIC, 0, 1, None, 5));
    assert!(attempt(store, |tx| tx.offset_advance(TOPIC, 0, 1, None, 9)).is_err());
    assert!(attempt(store, |tx| tx.offset_advance(TOPIC, 0, 1, Some(4), 9)).is_err());
    assert!(attempt(store, |tx| tx.offset_advance(TOPIC, 7, 1, None, 9)).is_err());
    assert_eq!(run(store, |tx| tx.offsets())[0].2.next, Some(5));
}

pub(crate) fn a_dead_letter_counts_once(store: &mut dyn TestStore) {
    let oversized = DeadLetter { reason: "too_large".into(), ..dead_letter(8, 2) };
    run(store, |tx| tx.dead_letters_add(&[dead_letter(7, 1), oversized.clone()]));
    run(store, |tx| tx.dead_letters_add(&[dead_letter(7, 9), dead_letter(9, 2)]));
    let (newest, counts) = run(store, |tx| tx.dead_letters(9));
    assert_eq!(newest, [dead_letter(9, 2), oversized, dead_letter(7, 1)]);
    assert_eq!(counts, [("bad_time".to_owned(), 2), ("too_large".to_owned(), 1)]);
    assert_eq!(run(store, |tx| tx.dead_letters(1)).0, [dead_letter(9, 2)]);
    assert_eq!(newest[0].at, at(2));
}

pub(crate) fn the_books_add_up(store: &mut dyn TestStore) {
    assert!(run(store, |tx| tx.books()).iter().all(|(_, events)| *events == 0));
    run(store, |tx| tx.books_add(&[(Book::Read, 5), (Book::Applied, 3), (Book::Stale, 0)]));
    run(store, |tx| tx.books_add(&[(Book::Read, 2), (Book::DeadLetters, 1)]));
    let expected = Book::ALL.map(|book| match book {
        Book::Read => (book, 7),
        Book::Applied => (book, 3),
        Book::DeadLetters => (book, 1),
        Book::Repeated | Book::Stale | Book::Parked => (book, 0),
    });
    assert_eq!(run(store, |tx| tx.books()), expected);
}
