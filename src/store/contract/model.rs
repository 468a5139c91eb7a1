//! The forecast's memory.

use forewarn_core::event::Fulfilment;
use forewarn_core::facts::Facts;
use forewarn_core::forecast::{Groups, Model, Observation, Queue, Wait, Waited};
use forewarn_core::instant::Span;
use forewarn_core::order::Order;

use super::fixtures::{at, key};
use super::{TestStore, attempt, damage_of, run};

fn seen(hours: i64) -> Observation {
    let groups = Groups::of_order(&key("o-1"), Some("W1"), Fulfilment::InStock, Wait::Stage(None));
    let (from, to, ended) = (Span::ZERO, Span::hours(hours), hours > 2);
    Observation::Waited(Waited { groups, origin: Some(at(hours)), from, to, ended, traits: None })
}

fn queue() -> Queue {
    Queue::of(&Order::read(&key("o-1"), &Facts::default()))
}

pub(crate) fn observations_are_taken_once_oldest_first(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.observations_oldest()), None);
    // Those of one instant come in the order of their documents, whoever wrote first.
    run(store, |tx| tx.observations_add(at(5), &[seen(4), seen(3)]));
    run(store, |tx| tx.observations_add(at(1), &[seen(1)]));
    run(store, |tx| tx.observations_add(at(9), &[seen(2), Observation::Left(queue())]));
    assert_eq!(run(store, |tx| tx.observations_oldest()), Some(at(1)));
    assert_eq!(run(store, |tx| tx.observations_take(at(9), 2)), [seen(1), seen(3)]);
    assert_eq!(run(store, |tx| tx.observations_take(at(9), 2)), [seen(4)]);
    assert!(run(store, |tx| tx.observations_take(at(9), 2)).is_empty());
    assert_eq!(run(store, |tx| tx.observations_oldest()), Some(at(9)));
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
    store.damage("UPDATE model_groups SET cells = 'x'");
    assert_eq!(damage_of(attempt(store, |tx| tx.model_load())).0, "group of the model");
}
