//! Conditions and the sweeps they start.

use forewarn_core::condition::ConditionFacts;
use forewarn_core::event::{ConditionKind, ConditionRaised, Scope};
use forewarn_core::ids::ConditionId;

use super::fixtures::{key, merchant, scope, stamp};
use super::{TestStore, run};

pub(super) fn raised(minutes: i64) -> ConditionFacts {
    let mut facts = ConditionFacts::default();
    let scope = scope(|s| s.merchant_id = Some(merchant("M1")));
    facts.raise(
        &stamp(minutes, "c"),
        ConditionRaised { scope, kind: ConditionKind::Surge, clears_at: None, detail: None },
    );
    facts
}

fn id(name: &str) -> ConditionId {
    ConditionId::new(name).expect("a good id")
}

pub(crate) fn a_condition_counts_while_it_is_in_force(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.condition_load(&id("c-1"))), None);
    for name in ["c-2", "c-1"] {
        run(store, |tx| tx.condition_save(&id(name), &raised(1)));
    }
    assert_eq!(run(store, |tx| tx.condition_load(&id("c-1"))), Some(raised(1)));
    let listed = run(store, |tx| tx.conditions_in_force());
    assert_eq!(listed.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["c-1", "c-2"]);
    let mut over = raised(1);
    over.clear(&stamp(2, "over"));
    run(store, |tx| tx.condition_save(&id("c-1"), &over));
    assert_eq!(run(store, |tx| tx.conditions_in_force()), [raised(1).in_force(&id("c-2")).expect("it is in force")]);
    assert_eq!(run(store, |tx| tx.condition_load(&id("c-1"))), Some(over));
}

pub(crate) fn a_sweep_goes_on_where_it_stood(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.sweep_next()), None);
    run(store, |tx| tx.sweep_start(&Scope::default()));
    let mut sweep = run(store, |tx| tx.sweep_next()).expect("a sweep was started");
    assert_eq!((&sweep.scope, &sweep.after), (&Scope::default(), &None));
    sweep.after = Some(key("o-1"));
    run(store, |tx| tx.sweep_advance(sweep.id, sweep.after.as_ref()));
    assert_eq!(run(store, |tx| tx.sweep_next()), Some(sweep.clone()));
    run(store, |tx| tx.sweep_advance(sweep.id, None));
    assert_eq!(run(store, |tx| tx.sweep_next()), None);
}

pub(crate) fn sweeps_are_worked_off_oldest_first(store: &mut dyn TestStore) {
    let shop = scope(|s| s.merchant_id = Some(merchant("M1")));
    run(store, |tx| tx.sweep_start(&shop));
    run(store, |tx| tx.sweep_start(&Scope::default()));
    let first = run(store, |tx| tx.sweep_next()).expect("two were started");
    assert_eq!(first.scope, shop);
    run(store, |tx| tx.sweep_advance(first.id, None));
    let second = run(store, |tx| tx.sweep_next()).expect("one is left");
    assert_eq!(second.scope, Scope::default());
    assert!(second.id > first.id);
    run(store, |tx| tx.sweep_advance(second.id, None));
    run(store, |tx| tx.sweep_start(&shop));
    assert!(run(store, |tx| tx.sweep_next()).expect("one was started").id > second.id, "a number is never used again");
}
