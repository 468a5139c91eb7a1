//! Dead letters that a person takes up: read again the ordinary way, in books that balance, and on record.

use forewarn::engine::Taken;
use forewarn::intake::Reason;
use forewarn::store::port::{Book, DeadLetter, LetterAct, LetterDeed, Origin};
use serde_json::json;

use super::dice::Dice;
use super::floor::{Floor, about, at, event, key, placed};

fn asked(order: &str) -> serde_json::Value {
    json!({ "merchant_id": "qinghe", "buyer_id": format!("b-{order}"), "message_id": "m", "text": "?" })
}

fn retry(floor: &mut Floor, number: i64) -> Option<Taken> {
    let now = floor.now;
    floor.run(|engine, tx| engine.letter_retry(tx, number, "lin", now))
}

fn acts(floor: &mut Floor) -> Vec<LetterAct> {
    floor.run(|_, tx| tx.letter_acts(None, 10_000))
}

fn assert_balanced(floor: &mut Floor) {
    let sums = [Book::Applied, Book::Repeated, Book::Stale, Book::Parked, Book::DeadLetters].map(|b| floor.book(b));
    assert_eq!(floor.book(Book::Read), sums.iter().sum::<u64>(), "{sums:?}");
}

/// An order whose buyer is the one [`asked`] speaks for.
fn order(floor: &mut Floor, id: &str) {
    let buyer = json!({ "buyer": { "buyer_id": format!("b-{id}") } });
    floor.order_with("02 10:00", id, buyer);
}

#[test]
fn letters_are_read_again_once_what_they_lacked_is_there() {
    let mut floor = Floor::new();
    assert_eq!(floor.say("02 09:00", "buyer.message", asked("1")), Taken::DeadLetter(Reason::UnknownBuyer));
    let number = floor.letters()[0].number;
    // Nothing was mended yet: it stays.
    assert_eq!(retry(&mut floor, number), Some(Taken::DeadLetter(Reason::UnknownBuyer)));
    assert_eq!((floor.letters()[0].number, floor.letters()[0].seen), (number, 1));
    order(&mut floor, "1");
    assert_eq!(retry(&mut floor, number), Some(Taken::Applied));
    assert!(floor.letters().is_empty());
    assert_eq!(floor.row("1").facts.entries().len(), 3);
    assert_eq!(retry(&mut floor, number), None, "it is gone");
    assert_balanced(&mut floor);
    assert_eq!((floor.book(Book::Read), floor.book(Book::DeadLetters)), (5, 2), "each retry counts as read anew");
    let outcomes: Vec<_> = acts(&mut floor).into_iter().map(|a| (a.letter, a.deed, a.outcome, a.author)).collect();
    let act = |outcome: &str| (number, LetterDeed::Retry, outcome.to_owned(), "lin".to_owned());
    assert_eq!(outcomes, [act("applied"), act("unknown_buyer")]);
}

#[test]
fn letters_refused_again_stay_with_the_new_reason() {
    let mut floor = Floor::new();
    let mut never = event("02 10:00", "order.paid", about("1", json!({})));
    never["time"] = json!("never");
    let raw = never.to_string().into_bytes();
    let origin = Origin { topic: "t".into(), partition: 1, offset: 7 };
    let letter = DeadLetter {
        origin: origin.clone(),
        reason: "unknown_type".into(),
        detail: "an older program did not read it".into(),
        raw: raw.clone(),
        headers: vec![("trace".into(), b"1".to_vec())],
        at: at("02 09:00"),
    };
    floor.run(|_, tx| tx.dead_letters_add(std::slice::from_ref(&letter)));
    let number = floor.letters()[0].number;
    floor.now = at("02 10:00");
    assert_eq!(retry(&mut floor, number), Some(Taken::DeadLetter(Reason::BadTime)));
    let kept = floor.run(|_, tx| tx.letter_load(number)).expect("it stays");
    assert_eq!((kept.letter.reason.as_str(), kept.letter.origin, kept.letter.raw), ("bad_time", origin, raw));
    assert_eq!((kept.letter.at, kept.last_at), (letter.at, at("02 10:00")));
}

#[test]
fn letters_that_are_dropped_are_gone_and_on_record() {
    let mut floor = Floor::new();
    floor.raw(b"{");
    let number = floor.letters()[0].number;
    let now = floor.now;
    assert!(floor.run(|engine, tx| engine.letter_drop(tx, number, "lin", now)));
    assert!(!floor.run(|engine, tx| engine.letter_drop(tx, number, "lin", now)), "once");
    assert!(floor.letters().is_empty());
    let done = acts(&mut floor);
    assert_eq!((done.len(), done[0].deed, done[0].reason.as_str()), (1, LetterDeed::Drop, "not_json"));
    assert_balanced(&mut floor);
}

#[test]
fn letters_taken_up_at_random_leave_the_books_balanced_and_the_facts_as_if_they_had_come_in_time() {
    for seed in 1..=5 {
        let (mut floor, mut dice) = (Floor::new(), Dice::new(seed));
        let (mut tried, mut done) = (0, 0);
        for step in 0..300_u64 {
            let id = (step % 23).to_string();
            match dice.below(6) {
                0 => drop(floor.raw(format!("{{ junk {}", dice.below(5)).as_bytes())),
                1 => drop(floor.say("02 10:00", "order.placed", {
                    let mut data = placed(&id, json!({}));
                    data["buyer"] = json!({ "buyer_id": format!("b-{id}") });
                    data
                })),
                2 => drop(floor.say("02 11:00", "order.paid", about(&id, json!({})))),
                3 | 4 => drop(floor.say("02 12:00", "buyer.message", asked(&id))),
                _ => {}
            }
            let letters = floor.letters();
            if let Some(letter) = letters.get(usize::try_from(dice.below(8)).unwrap_or_default()) {
                let (number, now) = (letter.number, floor.now);
                tried += 1;
                if dice.chance(10) {
                    assert!(floor.run(|engine, tx| engine.letter_drop(tx, number, "lin", now)));
                } else {
                    let taken = retry(&mut floor, number).expect("it is there");
                    done += u64::from(!matches!(taken, Taken::DeadLetter(_)));
                }
            }
            assert_balanced(&mut floor);
        }
        assert_eq!(acts(&mut floor).len(), tried);
        assert!(done > 5, "{done} of {tried} were taken");
    }
    // What was read again is known as if it had come after its order.
    let (mut late, mut in_time) = (Floor::new(), Floor::new());
    late.say("02 12:00", "buyer.message", asked("1"));
    for floor in [&mut late, &mut in_time] {
        order(floor, "1");
    }
    in_time.say("02 12:00", "buyer.message", asked("1"));
    let number = late.letters()[0].number;
    assert_eq!(retry(&mut late, number), Some(Taken::Applied));
    assert_eq!(late.row("1").facts, in_time.row("1").facts);
    assert_eq!(late.run(|_, tx| tx.orders_load(&[key("1")])).len(), 1);
}
