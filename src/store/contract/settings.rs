//! What people set.

use forewarn_core::condition::ConditionFacts;
use forewarn_core::ids::ConditionId;
use forewarn_core::notice::Kind;
use forewarn_core::policy::Channel;

use super::fixtures::{at, merchant};
use super::{TestStore, attempt, run};
use crate::store::port::{Access, AccessRole, JobRun, PolicyDocument, Switch, SwitchScope};

fn publish(store: &mut dyn TestStore, expected: Option<i64>, text: &str) -> Option<i64> {
    run(store, |tx| tx.policy_publish(expected, "v", text, "ops", at(1)))
}

pub(crate) fn a_policy_is_published_only_over_the_one_expected(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.policy_in_force()), None);
    assert_eq!(publish(store, Some(1), "early"), None);
    let first = publish(store, None, "first").expect("there was none");
    assert_eq!(publish(store, None, "slower"), None);
    let second = publish(store, Some(first), "second").expect("it is in force");
    assert!(second > first);
    assert_eq!(publish(store, Some(first), "slower"), None);
    let document = |number, text: &str| PolicyDocument {
        number,
        version: "v".into(),
        text: text.into(),
        author: "ops".into(),
        at: at(1),
    };
    assert_eq!(run(store, |tx| tx.policy_in_force()), Some(document(second, "second")));
    assert_eq!(run(store, |tx| tx.policies(9)), [document(second, "second"), document(first, "first")]);
    assert_eq!(run(store, |tx| tx.policies(1)).len(), 1);
}

pub(crate) fn a_switch_stays_until_it_is_turned_off(store: &mut dyn TestStore) {
    let scopes = [
        SwitchScope::Global,
        SwitchScope::Merchant(merchant("M1")),
        SwitchScope::Kind(Kind::Shipped),
        SwitchScope::Channel(Channel::Sms),
        SwitchScope::Shadow,
    ];
    for scope in &scopes {
        run(store, |tx| tx.switch_set(scope, true, "ops", at(1)));
    }
    run(store, |tx| tx.switch_set(&SwitchScope::Shadow, true, "other", at(2)));
    run(store, |tx| tx.switch_set(&SwitchScope::Global, false, "ops", at(3)));
    run(store, |tx| tx.switch_set(&SwitchScope::Merchant(merchant("M2")), false, "ops", at(3)));
    let mut on = run(store, |tx| tx.switches());
    on.sort_by(|a, b| a.scope.cmp(&b.scope));
    let [_, shop, kind, channel, shadow] = scopes;
    let switch = |scope, author: &str, minutes| Switch { scope, author: author.into(), at: at(minutes) };
    assert_eq!(
        on,
        [switch(shop, "ops", 1), switch(kind, "ops", 1), switch(channel, "ops", 1), switch(shadow, "other", 2)]
    );
}

pub(crate) fn access_can_be_taken_away(store: &mut dyn TestStore) {
    let access = |hash: &str, role| Access { token_hash: hash.into(), role, name: "name".into(), at: at(1) };
    let (ops, shop) = (access("aa", AccessRole::Operations), access("bb", AccessRole::Merchant(merchant("M1"))));
    run(store, |tx| tx.access_add(&ops));
    run(store, |tx| tx.access_add(&shop));
    assert_eq!(run(store, |tx| tx.access_list()), [ops.clone(), shop]);
    assert!(run(store, |tx| tx.access_remove("bb")));
    assert!(!run(store, |tx| tx.access_remove("bb")));
    assert_eq!(run(store, |tx| tx.access_list()), [ops]);
}

pub(crate) fn notes_are_replaced(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.note_load("secret")), None);
    for value in ["one", "two"] {
        run(store, |tx| tx.note_save("secret", value));
        assert_eq!(run(store, |tx| tx.note_load("secret")).as_deref(), Some(value));
    }
}

pub(crate) fn a_scheduled_run_begins_until_it_is_done(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.job_run("prune", at(1))), None);
    for _ in 0..2 {
        assert!(run(store, |tx| tx.job_begin("prune", at(1), at(2))), "who began it may be dead");
        assert_eq!(run(store, |tx| tx.job_run("prune", at(1))), Some(JobRun::Begun));
    }
    run(store, |tx| tx.job_done("prune", at(1), at(3)));
    assert_eq!(run(store, |tx| tx.job_run("prune", at(1))), Some(JobRun::Done));
    assert!(!run(store, |tx| tx.job_begin("prune", at(1), at(4))));
    // Other work and other moments are runs of their own.
    for (name, due_at) in [("mail", at(1)), ("prune", at(5)), ("prune", at(0))] {
        assert_eq!(run(store, |tx| tx.job_run(name, due_at)), None);
        assert!(run(store, |tx| tx.job_begin(name, due_at, at(6))));
    }
    run(store, |tx| tx.job_done("report/m", at(1), at(3)));
    assert_eq!(run(store, |tx| tx.job_run("report/m", at(1))), Some(JobRun::Done));
}

pub(crate) fn every_change_raises_the_version(store: &mut dyn TestStore) {
    let mut last = run(store, |tx| tx.settings_version());
    let mut grew = |store: &mut dyn TestStore| {
        let before = last;
        last = run(store, |tx| tx.settings_version());
        last > before
    };
    publish(store, None, "policy");
    assert!(grew(store));
    run(store, |tx| tx.switch_set(&SwitchScope::Global, true, "ops", at(1)));
    assert!(grew(store));
    run(store, |tx| tx.switch_set(&SwitchScope::Global, false, "ops", at(1)));
    assert!(grew(store));
    let id = ConditionId::new("c").expect("a good id");
    run(store, |tx| tx.condition_save(&id, &ConditionFacts::default()));
    assert!(grew(store));
    let undone = attempt(store, |tx| {
        tx.switch_set(&SwitchScope::Global, true, "ops", at(1))?;
        Err::<(), _>(crate::store::StoreError::Stopped)
    });
    assert!(undone.is_err() && !grew(store), "what was undone is no change");
}
