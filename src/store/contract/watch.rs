//! The guard's memory.

use super::fixtures::at;
use super::{TestStore, run};
use crate::store::port::{Pass, Watch};

fn pass(left: Option<u64>, minutes: Option<i64>) -> Pass {
    Pass {
        number: 0,
        topic: Some("orders".into()),
        partition: Some(3),
        reason: Some("unknown_type".into()),
        left,
        until: minutes.map(at),
        author: "lin".into(),
        at: at(0),
    }
}

fn held(store: &mut dyn TestStore, minutes: i64) -> Vec<(i64, Option<u64>)> {
    run(store, |tx| tx.passes(at(minutes))).into_iter().map(|pass| (pass.number, pass.left)).collect()
}

pub(crate) fn a_place_is_remembered_until_it_changes(store: &mut dyn TestStore) {
    let places = [("orders".to_owned(), 3), ("http".to_owned(), 0)];
    let unseen = run(store, |tx| tx.watches_load(&places));
    assert!(unseen.iter().all(|watch| watch.recent.is_empty() && watch.stopped.is_none()));
    let stopped = Some((at(5), "too many".to_owned()));
    let one = Watch { place: places[0].clone(), recent: "0110".into(), stopped: stopped.clone() };
    run(store, |tx| tx.watches_save(std::slice::from_ref(&one)));
    assert_eq!(run(store, |tx| tx.watches_load(&places)), [one.clone(), unseen[1].clone()]);
    let listed = run(store, |tx| tx.watches_stopped());
    assert_eq!(listed.iter().map(|w| (&w.place, &w.stopped)).collect::<Vec<_>>(), [(&places[0], &stopped)]);
    run(store, |tx| tx.watches_save(&[Watch { stopped: None, ..one.clone() }]));
    assert!(run(store, |tx| tx.watches_stopped()).is_empty());
}

pub(crate) fn a_pass_holds_until_it_is_used_up_over_or_taken_back(store: &mut dyn TestStore) {
    let counted = run(store, |tx| tx.pass_add(&pass(Some(5), None)));
    let timed = run(store, |tx| tx.pass_add(&pass(None, Some(10))));
    let open = run(store, |tx| tx.pass_add(&Pass { topic: None, partition: None, ..pass(None, None) }));
    assert!(counted < timed && timed < open);
    let kept = run(store, |tx| tx.passes(at(1)));
    assert_eq!(kept[0], Pass { number: counted, ..pass(Some(5), None) });
    assert_eq!(kept[2], Pass { number: open, topic: None, partition: None, ..pass(None, None) });
    run(store, |tx| {
        tx.pass_spend(counted, 3, at(2))?;
        tx.pass_spend(timed, 3, at(2))
    });
    assert_eq!(held(store, 9), [(counted, Some(2)), (timed, None), (open, None)]);
    run(store, |tx| tx.pass_spend(counted, 2, at(2)));
    assert_eq!(held(store, 9), [(timed, None), (open, None)]);
    assert_eq!(held(store, 10), [(open, None)]);
    assert!(!run(store, |tx| tx.pass_end(timed, "lin", at(11))), "it is over");
    assert!(!run(store, |tx| tx.pass_end(counted, "lin", at(11))), "it is used up");
    assert!(run(store, |tx| tx.pass_end(open, "lin", at(11))));
    assert!(!run(store, |tx| tx.pass_end(open, "lin", at(11))), "once");
    assert!(held(store, 11).is_empty());
    assert!(run(store, |tx| tx.pass_add(&pass(None, None))) > open, "a number is never used again");
}
