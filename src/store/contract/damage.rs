//! Rows that were damaged behind the port's back: what is read of them is an error that names them, or they are set
//! aside, and the others go on.
//!
//! Only of stores whose rows lie outside the program, on a disk or on a server. A store in the program's own memory has
//! none that anything else could write to.

use forewarn_core::BuyerKey;
use forewarn_core::forecast::Model;
use forewarn_core::ids::{ConditionId, NoticeId};

use super::conditions::raised;
use super::fixtures::{at, buyer, composed, full_order, key, merchant, notice};
use super::hindsight::past;
use super::incidents::incident;
use super::model::seen;
use super::{DamagedStore, attempt, run};
use crate::store::StoreError;
use crate::store::port::{NoticeRow, NoticeSearch, NoticeState, OrderRow, OrderSearch, OrderView};

/// The sort and the id a damaged row is reported under.
pub(crate) fn damage_of<R: std::fmt::Debug>(result: Result<R, StoreError>) -> (&'static str, String) {
    match result {
        Err(StoreError::Damaged { what, id, .. }) => (what, id),
        other => panic!("the damage goes unnoticed: {other:?}"),
    }
}

fn due(name: &str, minutes: i64) -> OrderRow {
    OrderRow { wake_at: Some(at(minutes)), parked: None, ..full_order(name) }
}

fn save(store: &mut dyn DamagedStore, rows: &[OrderRow]) {
    run(store, |tx| tx.orders_save(rows));
}

fn add(store: &mut dyn DamagedStore, rows: &[NoticeRow]) {
    run(store, |tx| tx.notices_add(rows));
}

pub(crate) fn damaged_facts_name_their_order(store: &mut dyn DamagedStore) {
    save(store, &[due("bad", 1), due("good", 2)]);
    store.damage("UPDATE orders SET facts = '{\"entries\": [{\"secret\": 1' WHERE order_id = 'bad'");
    let loaded = attempt(store, |tx| tx.orders_load(&[key("bad")]));
    assert!(!format!("{loaded:?}").contains("secret"), "an error never shows what a document says");
    assert_eq!(damage_of(loaded), ("facts of order", "M1/bad".into()));
    assert_eq!(damage_of(attempt(store, |tx| tx.facts_digest())).1, "M1/bad");
    assert!(run(store, |tx| tx.orders_load(&[key("good")]))[0].is_some());
}

pub(crate) fn a_damaged_column_names_its_order(store: &mut dyn DamagedStore) {
    save(store, &[full_order("bad")]);
    store.damage("UPDATE orders SET cause = 'gremlins'");
    assert_eq!(damage_of(attempt(store, |tx| tx.orders_load(&[key("bad")]))), ("order", "M1/bad".into()));
}

pub(crate) fn a_damaged_order_is_set_aside_and_the_others_are_due(store: &mut dyn DamagedStore) {
    save(store, &[due("a", 1), due("b", 2), due("c", 3), due("d", 4)]);
    store.damage("UPDATE orders SET told = '{\"secret\"' WHERE order_id = 'a'");
    store.damage("UPDATE orders SET cause = 'gremlins' WHERE order_id = 'c'");
    // What is damaged takes no place among the first two.
    let found = run(store, |tx| tx.orders_due(at(9), 2));
    assert_eq!(found.iter().map(|row| row.key.order_id.as_str()).collect::<Vec<_>>(), ["b", "d"]);
    assert_eq!(run(store, |tx| tx.orders_parked()), 2);
    assert_eq!(run(store, |tx| tx.orders_next_wake()), Some(at(2)));
    let search = OrderSearch { view: OrderView::Parked, limit: 9, ..OrderSearch::default() };
    let parked = run(store, |tx| tx.orders_list(None, &search));
    assert_eq!(parked.iter().map(|line| line.key.order_id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    for line in parked {
        let why = line.parked.expect("it says why");
        assert!(why.contains("cannot be read") && !why.contains("secret"), "{why}");
    }
}

pub(crate) fn a_damaged_message_names_its_notice(store: &mut dyn DamagedStore) {
    let full = NoticeRow { composed: Some(composed().into()), ..notice("n", 0) };
    add(store, &[full]);
    store.damage("UPDATE notices SET composed = '{}'");
    let loaded = attempt(store, |tx| tx.notice_load(&NoticeId::new("n").expect("a good id")));
    assert_eq!(damage_of(loaded), ("message of notice", "n".into()));
}

pub(crate) fn a_damaged_notice_fails_and_the_others_are_claimed(store: &mut dyn DamagedStore) {
    let with_message = |name: &str| NoticeRow { composed: Some(composed().into()), ..notice(name, 0) };
    add(store, &[with_message("a"), with_message("b"), with_message("c")]);
    store.damage("UPDATE notices SET composed = '{\"secret\": ' WHERE notice_id = 'a'");
    store.damage("UPDATE notices SET kind = 'gremlins' WHERE notice_id = 'b'");
    let claimed = run(store, |tx| tx.notices_claim(at(9), at(9), 9, "t", at(19)));
    let states: Vec<_> = claimed.iter().map(|n| (n.notice_id.as_str(), n.state)).collect();
    assert_eq!(states, [("a", NoticeState::Failed), ("c", NoticeState::Claimed)]);
    assert_eq!((&claimed[0].composed, &claimed[0].lease_token), (&None, &None));
    let why = claimed[0].outcome.as_deref().expect("a failed notice says why");
    assert!(why.contains("cannot be read") && !why.contains("secret"), "{why}");
    // It is stored so, listed, told to the broker, and never claimed again.
    assert_eq!(run(store, |tx| tx.notice_load(&claimed[0].notice_id)).as_ref(), Some(&claimed[0]));
    let failed = NoticeSearch { state: Some(NoticeState::Failed), limit: 9, ..NoticeSearch::default() };
    let listed = run(store, |tx| tx.notices_list(None, &failed));
    assert_eq!(listed.iter().map(|line| line.notice_id.as_str()).collect::<Vec<_>>(), ["a"]);
    let told = run(store, |tx| tx.notices_to_announce(9));
    assert_eq!(told.iter().map(|n| n.notice_id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(
        run(store, |tx| tx.notices_claim(at(30), at(30), 9, "u", at(40))).iter().all(|n| n.notice_id.as_str() == "c")
    );
}

pub(crate) fn a_damaged_message_on_its_way_is_put_aside(store: &mut dyn DamagedStore) {
    let on_its_way = |name: &str| NoticeRow {
        state: NoticeState::Sending,
        lease_token: Some("t".into()),
        lease_until: Some(at(1)),
        composed: Some(composed().into()),
        ..notice(name, 0)
    };
    add(store, &[on_its_way("a"), on_its_way("b")]);
    store.damage("UPDATE notices SET composed = '{}' WHERE notice_id = 'a'");
    let stranded = run(store, |tx| tx.notices_stranded(at(9), 9));
    let found: Vec<_> = stranded.iter().map(|n| (n.notice_id.as_str(), n.state, n.composed.is_some())).collect();
    assert_eq!(found, [("a", NoticeState::Sending, false), ("b", NoticeState::Sending, true)]);
}

pub(crate) fn damaged_history_names_its_order(store: &mut dyn DamagedStore) {
    run(store, |tx| tx.past_save(&past("o-1", 1)));
    store.damage("UPDATE hindsight SET looks = '[['");
    assert_eq!(damage_of(attempt(store, |tx| tx.pasts(None, 9))), ("history of order", key("o-1").to_string()));
}

pub(crate) fn a_damaged_message_is_left_to_its_own_claim(store: &mut dyn DamagedStore) {
    add(store, &[NoticeRow { composed: Some(composed().into()), ..notice("a", 1) }, notice("b", 2)]);
    store.damage("UPDATE notices SET composed = '{}' WHERE notice_id = 'a'");
    let mine = BuyerKey { merchant_id: merchant("M1"), buyer_id: buyer("B1") };
    let waiting = run(store, |tx| tx.notices_waiting(&mine, 9));
    assert_eq!(waiting.iter().map(|n| n.notice_id.as_str()).collect::<Vec<_>>(), ["b"]);
}

pub(crate) fn a_damaged_condition_is_named(store: &mut dyn DamagedStore) {
    let id = ConditionId::new("c").expect("a good id");
    run(store, |tx| tx.condition_save(&id, &raised(1)));
    store.damage("UPDATE conditions SET facts = '[]'");
    assert_eq!(damage_of(attempt(store, |tx| tx.conditions_in_force())), ("condition", "c".into()));
}

pub(crate) fn a_damaged_incident_is_named(store: &mut dyn DamagedStore) {
    let kept = incident("i", 1);
    run(store, |tx| tx.incident_save(&kept));
    store.damage("UPDATE incidents SET incident = '[]'");
    assert_eq!(damage_of(attempt(store, |tx| tx.incidents_live())), ("incident", kept.id.to_string()));
}

pub(crate) fn a_damaged_group_of_the_model_is_named(store: &mut dyn DamagedStore) {
    let mut model = Model::default();
    let changed = model.learn(&[seen(15)], at(15));
    run(store, |tx| tx.model_save(&model, &changed));
    store.damage("UPDATE model_groups SET cells = 'x'");
    assert_eq!(damage_of(attempt(store, |tx| tx.model_load())).0, "group of the model");
}
