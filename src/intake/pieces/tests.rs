//! One event that cannot be kept holds up no other.

use super::*;
use crate::store::Class;
use crate::store::port::Origin;

fn event(offset: i64) -> Incoming {
    Incoming {
        origin: Origin { topic: "t".into(), partition: 0, offset },
        event: Err(Fault::new(Reason::NotJson, "none")),
        raw: Vec::new(),
        headers: Vec::new(),
    }
}

fn refusal() -> StoreError {
    StoreError::Database { operation: "testing", remedy: "none", class: Class::Permanent, source: "no".into() }
}

fn is_dead(event: &Incoming) -> bool {
    event.event.as_ref().is_err_and(|fault| fault.reason == Reason::NotStored)
}

#[test]
fn a_batch_is_cut_to_size_and_stays_in_order() {
    let mut pieces = Pieces::of((0..7).map(event).collect(), 3);
    let mut seen = Vec::new();
    while let Some(piece) = pieces.next() {
        seen.push(piece.iter().map(|e| e.origin.offset).collect::<Vec<_>>());
        pieces.kept();
    }
    assert_eq!(seen, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
}

#[test]
fn the_one_event_to_blame_is_found_and_the_others_are_kept_in_order() {
    for bad in [0, 13, 99] {
        let mut pieces = Pieces::of((0..100).map(event).collect(), 100);
        let (mut kept, mut dead, mut tries) = (Vec::new(), Vec::new(), 0);
        while let Some(piece) = pieces.next() {
            tries += 1;
            if piece.iter().any(|e| e.origin.offset == bad && !is_dead(e)) {
                pieces.refused(&piece, refusal()).expect("a dead letter is next");
                continue;
            }
            kept.extend(piece.iter().map(|e| e.origin.offset));
            dead.extend(piece.iter().filter(|e| is_dead(e)).map(|e| e.origin.offset));
            pieces.kept();
        }
        assert_eq!((kept, dead), ((0..100).collect(), vec![bad]));
        assert!(tries < 30, "{tries} transactions");
    }
}

#[test]
fn a_store_that_takes_no_dead_letter_either_is_an_error() {
    let mut pieces = Pieces::of(vec![event(0)], 10);
    let mut refused = 0;
    while let Some(piece) = pieces.next() {
        if pieces.refused(&piece, refusal()).is_err() {
            break;
        }
        refused += 1;
    }
    assert_eq!(refused, 1);
}
