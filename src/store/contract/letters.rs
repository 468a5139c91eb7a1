//! Dead letters that people work on.

use super::fixtures::{at, dead_letter};
use super::{TestStore, run};
use crate::store::port::{DeadLetter, LetterAct, LetterDeed, LetterLine, LetterSearch, Origin};

fn add(store: &mut dyn TestStore, letters: &[DeadLetter]) {
    run(store, |tx| tx.dead_letters_add(letters));
}

fn all(store: &mut dyn TestStore) -> Vec<LetterLine> {
    run(store, |tx| tx.letters_list(&LetterSearch::default(), None, 99))
}

fn counts(store: &mut dyn TestStore) -> Vec<(String, u64)> {
    run(store, |tx| tx.dead_letters(0)).1
}

/// What `letter` says, at another place.
fn elsewhere(letter: &DeadLetter, offset: i64, minutes: i64) -> DeadLetter {
    let origin = Origin { partition: 5, offset, ..letter.origin.clone() };
    DeadLetter { origin, at: at(minutes), ..letter.clone() }
}

pub(crate) fn the_same_words_again_are_the_same_letter(store: &mut dyn TestStore) {
    let first = dead_letter(1, 0);
    add(store, &[first.clone(), elsewhere(&first, 70, 3)]);
    add(store, &[elsewhere(&first, 71, 9), elsewhere(&first, 70, 4), dead_letter(2, 5)]);
    let lines = all(store);
    assert_eq!(lines.iter().map(|l| (l.origin.offset, l.seen)).collect::<Vec<_>>(), [(1, 3), (2, 1)]);
    assert_eq!((lines[0].first_at, lines[0].last_at), (at(0), at(9)));
    assert_eq!((lines[0].bytes, lines[0].reason.as_str()), (first.raw.len() as u64, "bad_time"));
    // Another reason, other headers or another topic make another letter.
    let reason = DeadLetter { reason: "bad_id".into(), ..elsewhere(&first, 80, 9) };
    let headers = DeadLetter { headers: Vec::new(), ..elsewhere(&first, 81, 9) };
    let mut topic = elsewhere(&first, 82, 9);
    topic.origin.topic = "other".into();
    add(store, &[reason, headers, topic]);
    assert_eq!(all(store).len(), 5);
    assert_eq!(counts(store), [("bad_id".to_owned(), 1), ("bad_time".to_owned(), 6)]);
}

pub(crate) fn letters_are_published_so_many_bytes_at_once(store: &mut dyn TestStore) {
    const EACH: usize = 6 * 1024 * 1024;
    let large = |n: u8| DeadLetter { raw: vec![n; EACH], ..dead_letter(i64::from(n), 1) };
    let here = |n: u8| Origin { offset: 100 + i64::from(n), ..large(n).origin };
    let letters: Vec<DeadLetter> = (1..=4).map(large).collect();
    run(store, |tx| tx.dead_letters_add(&letters));
    // Each was seen at a second place too.
    let again: Vec<DeadLetter> = (1..=4).map(|n| DeadLetter { origin: here(n), ..large(n) }).collect();
    run(store, |tx| tx.dead_letters_add(&again));
    let (mut published, mut rounds) = (Vec::new(), 0);
    loop {
        let some: Vec<Origin> = run(store, |tx| tx.dead_letters_to_publish(9)).into_iter().map(|l| l.origin).collect();
        if some.is_empty() {
            break;
        }
        assert!(some.len() <= 3, "{} letters of 6 MiB at once", some.len());
        run(store, |tx| tx.dead_letters_published(&some, at(4)));
        published.extend(some);
        rounds += 1;
    }
    let expected: Vec<Origin> = letters.into_iter().map(|letter| letter.origin).chain((1..=4).map(here)).collect();
    assert_eq!((published, rounds), (expected, 3));
}

pub(crate) fn each_place_of_a_letter_is_published_once(store: &mut dyn TestStore) {
    let first = dead_letter(1, 0);
    let second = elsewhere(&first, 70, 3);
    add(store, &[first.clone(), second.clone()]);
    let places = |store: &mut dyn TestStore| {
        run(store, |tx| tx.dead_letters_to_publish(9)).into_iter().map(|l| (l.origin, l.raw)).collect::<Vec<_>>()
    };
    let expected = [(first.origin.clone(), first.raw.clone()), (second.origin.clone(), first.raw.clone())];
    assert_eq!(places(store), expected);
    assert_eq!(run(store, |tx| tx.dead_letters_to_publish(1)).len(), 1);
    run(store, |tx| tx.dead_letters_published(std::slice::from_ref(&first.origin), at(4)));
    assert_eq!(places(store), expected[1..]);
    run(store, |tx| tx.dead_letters_published(std::slice::from_ref(&second.origin), at(4)));
    assert_eq!(places(store), []);
}

pub(crate) fn a_new_reason_at_the_same_place_replaces_the_old_one(store: &mut dyn TestStore) {
    let first = dead_letter(1, 0);
    let second = elsewhere(&first, 70, 3);
    add(store, &[first.clone(), second.clone()]);
    run(store, |tx| tx.dead_letters_published(&[first.origin.clone(), second.origin.clone()], at(4)));
    let anew = DeadLetter { reason: "bad_id".into(), detail: "other words".into(), at: at(8), ..first.clone() };
    add(store, std::slice::from_ref(&anew));
    let lines = all(store);
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].reason.as_str(), lines[0].detail.as_str(), lines[0].seen), ("bad_id", "other words", 1));
    assert_eq!((lines[0].first_at, lines[0].last_at), (at(0), at(8)));
    assert_eq!(counts(store), [("bad_id".to_owned(), 1), ("bad_time".to_owned(), 2)], "sums never fall");
    let again = run(store, |tx| tx.dead_letters_to_publish(9));
    assert_eq!(again.iter().map(|l| l.reason.as_str()).collect::<Vec<_>>(), ["bad_id"], "it is told with its reason");
}

pub(crate) fn letters_are_listed_in_pages_and_found_by_reason_and_topic(store: &mut dyn TestStore) {
    let other = |offset, minutes| DeadLetter { reason: "bad_id".into(), ..dead_letter(offset, minutes) };
    let mut elsewhere = dead_letter(9, 6);
    elsewhere.origin.topic = "http".into();
    add(store, &[dead_letter(1, 5), other(2, 5), dead_letter(3, 1), other(4, 9), elsewhere]);
    let page = |store: &mut dyn TestStore, after| {
        run(store, |tx| tx.letters_list(&LetterSearch::default(), after, 2))
            .into_iter()
            .map(|l| (l.last_at, l.number, l.origin.offset))
            .collect::<Vec<_>>()
    };
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let rows = page(store, after);
        let Some((at, number, _)) = rows.last() else { break };
        after = Some((*at, *number));
        seen.extend(rows.iter().map(|(.., offset)| *offset));
    }
    assert_eq!(seen, [4, 9, 2, 1, 3]);
    let by_reason = LetterSearch { reason: Some("bad_id".into()), topic: None };
    let found = run(store, |tx| tx.letters_list(&by_reason, None, 9));
    assert_eq!(found.iter().map(|l| l.origin.offset).collect::<Vec<_>>(), [4, 2]);
    let by_topic = LetterSearch { reason: None, topic: Some("http".into()) };
    assert_eq!(run(store, |tx| tx.letters_list(&by_topic, None, 9)).len(), 1);
    let numbers = run(store, |tx| tx.letter_numbers(&LetterSearch::default(), 0, 9));
    assert!(numbers.is_sorted() && numbers.len() == 5);
    assert_eq!(run(store, |tx| tx.letter_numbers(&LetterSearch::default(), numbers[1], 2)), numbers[2..4]);
    assert_eq!(run(store, |tx| tx.letter_numbers(&by_reason, 0, 9)).len(), 2);
}

pub(crate) fn a_letter_that_is_taken_away_still_counts(store: &mut dyn TestStore) {
    let first = dead_letter(1, 0);
    add(store, &[first.clone(), elsewhere(&first, 70, 3)]);
    let number = all(store)[0].number;
    let kept = run(store, |tx| tx.letter_load(number)).expect("it is there");
    assert_eq!((kept.letter, kept.seen, kept.last_at), (first.clone(), 2, at(3)));
    assert!(run(store, |tx| tx.letter_remove(number)));
    assert!(!run(store, |tx| tx.letter_remove(number)), "once");
    assert_eq!(run(store, |tx| tx.letter_load(number)), None);
    assert!(all(store).is_empty() && run(store, |tx| tx.dead_letters_to_publish(9)).is_empty());
    assert_eq!(counts(store), [("bad_time".to_owned(), 2)]);
    // Seen again, it is a new letter.
    add(store, &[elsewhere(&first, 70, 8)]);
    assert_eq!((all(store)[0].seen, counts(store)), (1, vec![("bad_time".to_owned(), 3)]));
}

pub(crate) fn what_was_done_is_on_record(store: &mut dyn TestStore) {
    let act = |letter, deed, minutes| LetterAct {
        letter,
        origin: dead_letter(letter, 0).origin,
        reason: "bad_time".into(),
        deed,
        outcome: "applied".into(),
        author: "lin".into(),
        at: at(minutes),
    };
    let acts = [act(1, LetterDeed::Retry, 1), act(2, LetterDeed::Drop, 2), act(1, LetterDeed::Retry, 3)];
    run(store, |tx| acts.iter().try_for_each(|act| tx.letter_act_add(act)));
    let [first, second, third] = acts;
    assert_eq!(run(store, |tx| tx.letter_acts(None, 2)), [third.clone(), second]);
    assert_eq!(run(store, |tx| tx.letter_acts(Some(1), 9)), [third, first]);
}
