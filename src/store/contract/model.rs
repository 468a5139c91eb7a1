//! The forecast's memory.

use forewarn_core::Instant;
use forewarn_core::event::Fulfilment;
use forewarn_core::facts::Facts;
use forewarn_core::forecast::{Groups, Model, Observation, Queue, Wait, Waited};
use forewarn_core::instant::Span;
use forewarn_core::order::Order;

use super::fixtures::{at, key};
use super::{TestStore, run};
use crate::store::port::Progress;

pub(super) fn seen(hours: i64) -> Observation {
    let groups = Groups::of_order(&key("o-1"), Some("W1"), Fulfilment::InStock, Wait::Stage(None));
    let (from, to, ended) = (Span::ZERO, Span::hours(hours), hours > 2);
    Observation::Waited(Waited { groups, origin: Some(at(hours)), from, to, ended, traits: None })
}

fn queue() -> Queue {
    Queue::of(&Order::read(&key("o-1"), &Facts::default()))
}

/// All observations made before `tick`, read `limit` at a time.
fn read(store: &mut dyn TestStore, tick: i64, limit: usize) -> Vec<Observation> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (part, last) = run(store, |tx| tx.observations_read(after.as_ref(), at(tick), limit));
        assert_eq!(last.is_none(), part.is_empty());
        assert!(part.len() <= limit);
        let ended = part.len() < limit;
        all.extend(part);
        if ended {
            return all;
        }
        after = last;
    }
}

fn progress(store: &mut dyn TestStore) -> [Option<Instant>; 3] {
    let Progress { oldest, learned, closed } = run(store, |tx| tx.observations_progress());
    [oldest, learned, closed]
}

pub(crate) fn observations_are_read_oldest_first(store: &mut dyn TestStore) {
    assert_eq!(progress(store), [None, None, None]);
    assert_eq!(run(store, |tx| tx.observations_read(None, at(9), 2)), (Vec::new(), None));
    // Those of one instant come in the order of their documents, whoever wrote first; equal ones all count.
    run(store, |tx| tx.observations_add(at(5), &[seen(4), seen(3), seen(4)]));
    run(store, |tx| tx.observations_add(at(1), &[seen(1)]));
    run(store, |tx| tx.observations_add(at(9), &[seen(2), Observation::Left(queue())]));
    assert_eq!(progress(store), [Some(at(1)), None, None]);
    for limit in 1..6 {
        assert_eq!(read(store, 9, limit), [seen(1), seen(3), seen(4), seen(4)], "{limit} at a time");
    }
}

pub(crate) fn nothing_is_added_before_a_closed_tick(store: &mut dyn TestStore) {
    run(store, |tx| tx.observations_add(at(5), &[seen(1)]));
    run(store, |tx| tx.observations_close(at(15)));
    assert_eq!(progress(store), [Some(at(5)), None, Some(at(15))]);
    run(store, |tx| tx.observations_add(at(14), &[seen(2)]));
    run(store, |tx| tx.observations_add(at(16), &[seen(3)]));
    assert_eq!(read(store, 15, 9), [seen(1)]);
    assert_eq!(read(store, 16, 9), [seen(1), seen(2)]);
    run(store, |tx| tx.observations_learned());
    assert_eq!(progress(store), [Some(at(5)), Some(at(15)), Some(at(15))]);
}

pub(crate) fn what_is_learned_is_forgotten_in_parts(store: &mut dyn TestStore) {
    run(store, |tx| tx.observations_forget(9));
    run(store, |tx| tx.observations_add(at(5), &[seen(1), seen(2), seen(3)]));
    run(store, |tx| tx.observations_add(at(15), &[seen(4)]));
    run(store, |tx| tx.observations_close(at(15)));
    run(store, |tx| tx.observations_forget(9));
    assert_eq!(read(store, 99, 9).len(), 4, "nothing is learned yet");
    run(store, |tx| tx.observations_learned());
    for left in [2, 1, 1] {
        run(store, |tx| tx.observations_forget(2));
        assert_eq!(read(store, 99, 9).len(), left);
    }
    assert_eq!(progress(store), [Some(at(15)), Some(at(15)), Some(at(15))]);
}

pub(crate) fn a_tick_that_a_wrong_clock_closed_is_opened_again(store: &mut dyn TestStore) {
    run(store, |tx| tx.observations_reopen(at(1)));
    run(store, |tx| tx.observations_add(at(5), &[seen(1)]));
    run(store, |tx| tx.observations_close(at(60)));
    run(store, |tx| tx.observations_learned());
    run(store, |tx| tx.observations_close(at(75)));
    run(store, |tx| tx.observations_reopen(at(80)));
    assert_eq!(progress(store), [None, Some(at(60)), Some(at(75))], "nothing lies ahead, what is learned is gone");
    run(store, |tx| tx.observations_reopen(at(20)));
    run(store, |tx| tx.observations_add(at(21), &[seen(2)]));
    assert_eq!(progress(store), [Some(at(21)), Some(at(20)), Some(at(20))]);
}

pub(crate) fn the_model_comes_back_as_it_was_learned(store: &mut dyn TestStore) {
    let mut model = Model::default();
    assert_eq!(run(store, |tx| tx.model_load()), model);
    assert_eq!(run(store, |tx| tx.model_version()), "");
    run(store, |tx| tx.model_save(&model, &[]));
    assert_eq!(run(store, |tx| tx.model_load()), model);
    for tick in [15, 30] {
        let changed = model.learn(&[seen(tick), Observation::Joined(queue())], at(tick));
        run(store, |tx| tx.model_save(&model, &changed));
        assert_eq!(run(store, |tx| tx.model_load()), model);
        assert_eq!(run(store, |tx| tx.model_version()), at(tick).to_string());
    }
}
