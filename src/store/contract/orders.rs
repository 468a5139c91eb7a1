//! Orders come back as they were, and when they are due.

use forewarn_core::BuyerKey;
use forewarn_core::decide::Preferences;
use forewarn_core::event::{OrderEvent, PreferenceChannel};
use forewarn_core::ids::WarehouseId;
use forewarn_core::policy::Ppm;

use super::fixtures::{at, buyer, full_order, key, key_of, merchant, order, stamp};
use super::{TestStore, attempt, run};
use crate::store::port::{OrderIndex, OrderRow, OrderSearch, OverviewAsk};
use crate::store::{Class, StoreError, Tx};

fn save(store: &mut dyn TestStore, rows: &[OrderRow]) {
    run(store, |tx| tx.orders_save(rows));
}

fn due_at(name: &str, minutes: i64) -> OrderRow {
    OrderRow { wake_at: Some(at(minutes)), ..order(name) }
}

fn names(rows: &[OrderRow]) -> Vec<&str> {
    rows.iter().map(|row| row.key.order_id.as_str()).collect()
}

pub(crate) fn orders_come_back_as_they_were_saved(store: &mut dyn TestStore) {
    let rows = [full_order("full"), order("bare")];
    save(store, &rows);
    let found = run(store, |tx| tx.orders_load(&[key("bare"), key("unknown"), key("full"), key_of("M2", "bare")]));
    assert_eq!(found, [Some(rows[1].clone()), None, Some(rows[0].clone()), None]);
}

pub(crate) fn a_save_replaces_what_was_there(store: &mut dyn TestStore) {
    let (first, mut second) = (full_order("o-1"), order("o-1"));
    second.facts.fold(&stamp(9, "again"), 9, OrderEvent::Paid { paid_at: None });
    second.index.buyer_id = Some(buyer("B2"));
    for row in [&first, &second, &first] {
        save(store, std::slice::from_ref(row));
        assert_eq!(run(store, |tx| tx.orders_load(&[key("o-1")])), [Some(row.clone())]);
    }
}

pub(crate) fn a_step_that_fails_leaves_nothing(store: &mut dyn TestStore) {
    let failed = attempt(store, |tx| {
        tx.orders_save(&[order("o-1")])?;
        Err::<(), _>(StoreError::Fenced { topic: "t".into(), partition: 0 })
    });
    assert_eq!(failed.expect_err("the step failed").class(), Class::Retry);
    assert_eq!(run(store, |tx| tx.orders_load(&[key("o-1")])), [None]);
}

pub(crate) fn due_orders_come_by_wake_then_key(store: &mut dyn TestStore) {
    let mut other_shop = due_at("a", 10);
    other_shop.key = key_of("M0", "z");
    save(store, &[due_at("b", 10), due_at("a", 10), due_at("c", 5), due_at("late", 11), order("asleep"), other_shop]);
    let find = |tx: &mut dyn Tx, limit| tx.orders_due(at(10), limit);
    assert_eq!(names(&run(store, |tx| find(tx, 10))), ["c", "z", "a", "b"]);
    assert_eq!(names(&run(store, |tx| find(tx, 2))), ["c", "z"]);
    assert_eq!(run(store, |tx| tx.orders_next_wake()), Some(at(5)));
    assert_eq!(run(store, |tx| tx.orders_overdue(at(10))), 1);
    assert_eq!(run(store, |tx| tx.orders_overdue(at(12))), 5);
    save(store, &[order("c")]);
    assert_eq!(names(&run(store, |tx| find(tx, 1))), ["z"]);
}

pub(crate) fn a_parked_order_is_never_due(store: &mut dyn TestStore) {
    save(store, &[OrderRow { parked: Some("why".into()), ..due_at("o-1", 1) }]);
    assert!(run(store, |tx| tx.orders_due(at(9), 9)).is_empty());
    assert_eq!(run(store, |tx| tx.orders_next_wake()), None);
    assert_eq!(run(store, |tx| tx.orders_overdue(at(9))), 0);
    save(store, &[due_at("o-1", 1)]);
    assert_eq!(names(&run(store, |tx| tx.orders_due(at(9), 9))), ["o-1"]);
}

pub(crate) fn a_buyers_orders_come_newest_payment_first(store: &mut dyn TestStore) {
    let bought = |name: &str, who: &str, paid: Option<i64>| {
        let mut row = order(name);
        row.index.buyer_id = Some(buyer(who));
        row.index.paid_at = paid.map(at);
        row
    };
    save(store, &[bought("a", "B1", Some(1)), bought("b", "B1", Some(9)), bought("c", "B2", Some(5))]);
    save(store, &[bought("d", "B1", None), order("e")]);
    let mine = BuyerKey { merchant_id: merchant("M1"), buyer_id: buyer("B1") };
    assert_eq!(run(store, |tx| tx.orders_of_buyer(&mine, 9)), [key("b"), key("a"), key("d")]);
    assert_eq!(run(store, |tx| tx.orders_of_buyer(&mine, 1)), [key("b")]);
    let elsewhere = BuyerKey { merchant_id: merchant("M2"), ..mine };
    assert!(run(store, |tx| tx.orders_of_buyer(&elsewhere, 9)).is_empty());
}

pub(crate) fn a_buyers_open_orders_come_oldest_payment_first(store: &mut dyn TestStore) {
    let bought = |name: &str, paid: i64, open: bool, parked: Option<&str>| {
        let mut row = OrderRow { parked: parked.map(Into::into), ..order(name) };
        row.index.buyer_id = Some(buyer("B1"));
        row.index.paid_at = Some(at(paid));
        row.index.open = open;
        row
    };
    let closed = bought("closed", 1, false, None);
    let parked = bought("parked", 1, true, Some("why"));
    save(store, &[bought("c", 5, true, None), bought("b", 9, true, None), closed, parked]);
    save(store, &[bought("a", 5, true, None), order("somebody-elses")]);
    let mine = BuyerKey { merchant_id: merchant("M1"), buyer_id: buyer("B1") };
    assert_eq!(run(store, |tx| tx.orders_open_of_buyer(&mine, 9)), [key("a"), key("c"), key("b")]);
    assert_eq!(run(store, |tx| tx.orders_open_of_buyer(&mine, 1)), [key("a")]);
    let elsewhere = BuyerKey { merchant_id: merchant("M2"), ..mine };
    assert!(run(store, |tx| tx.orders_open_of_buyer(&elsewhere, 9)).is_empty());
}

pub(crate) fn wishes_outlast_the_step(store: &mut dyn TestStore) {
    let who = BuyerKey { merchant_id: merchant("M1"), buyer_id: buyer("B1") };
    assert_eq!(run(store, |tx| tx.preferences_load(&who)), Preferences::default());
    let mut wishes = Preferences::default();
    for (channel, allow) in [(PreferenceChannel::Email, false), (PreferenceChannel::All, true)] {
        wishes.take(channel, &stamp(1, "p"), allow);
        run(store, |tx| tx.preferences_save(&who, &wishes));
        assert_eq!(run(store, |tx| tx.preferences_load(&who)), wishes);
    }
}

pub(crate) fn a_warehouses_word_only_moves_forward(store: &mut dyn TestStore) {
    let (shop, house) = (merchant("M1"), WarehouseId::new("W1").expect("a good id"));
    assert_eq!(run(store, |tx| tx.warehouse_spoke_at(&shop, &house)), None);
    for (word, newest) in [(5, 5), (3, 5), (8, 8)] {
        run(store, |tx| tx.warehouses_spoke(&[(shop.clone(), house.clone(), at(word))]));
        assert_eq!(run(store, |tx| tx.warehouse_spoke_at(&shop, &house)), Some(at(newest)));
    }
}

pub(crate) fn a_shop_goes_live_once(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.live_since(&merchant("M1"), at(3))), at(3));
    assert_eq!(run(store, |tx| tx.live_since(&merchant("M1"), at(9))), at(3));
    assert_eq!(run(store, |tx| tx.live_since(&merchant("M2"), at(9))), at(9));
}

pub(crate) fn the_fingerprint_ignores_arrival_and_sees_every_fact(store: &mut dyn TestStore) {
    let empty = run(store, |tx| tx.facts_digest());
    assert_eq!((empty.1, empty.2), (0, 0));
    save(store, &[full_order("b")]);
    save(store, &[order("a")]);
    let both = run(store, |tx| tx.facts_digest());
    assert_eq!((both.1, both.2), (2, 3));
    let mut asleep = order("a");
    asleep.wake_at = Some(at(1));
    save(store, &[asleep, full_order("b")]);
    assert_eq!(run(store, |tx| tx.facts_digest()), both);
    let mut more = order("a");
    more.facts.fold(&stamp(1, "else"), 7, OrderEvent::Message(message()));
    save(store, &[more]);
    let changed = run(store, |tx| tx.facts_digest());
    assert_eq!((changed.1, changed.2), (2, 4));
    assert_ne!(changed.0, both.0);
}

fn message() -> forewarn_core::event::Message {
    let row = full_order("any");
    let said = row.facts.entries().iter().find_map(|e| match &e.event {
        OrderEvent::Message(message) => Some(message.clone()),
        _ => None,
    });
    said.expect("a full order holds a message")
}

pub(crate) fn a_search_by_text_goes_on_where_it_was_left(store: &mut dyn TestStore) {
    let rows: Vec<OrderRow> = (1..=7).map(|n| due_at(&format!("A{n}"), n)).chain([due_at("B1", 9)]).collect();
    save(store, &rows);
    let search = OrderSearch { text: Some("A".into()), limit: 3, ..OrderSearch::default() };
    assert_eq!(paged(store, search), ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]);
}

/// What a search finds, page by page.
fn paged(store: &mut dyn TestStore, mut search: OrderSearch) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let lines = run(store, |tx| tx.orders_list(None, &search));
        let Some(last) = lines.last() else { break };
        search.after = Some(last.mark());
        found.extend(lines.iter().map(|line| line.key.order_id.to_string()));
    }
    found
}

pub(crate) fn orders_in_danger_are_listed_first_and_page_by_page(store: &mut dyn TestStore) {
    let row = |name: &str, at_risk: bool, risk: u32, ship_by: i64| {
        let index =
            OrderIndex { at_risk, risk: Some(Ppm::from_ppm(risk)), ship_by: Some(at(ship_by)), ..order(name).index };
        OrderRow { index, ..order(name) }
    };
    let mut closed = row("closed", true, 999_999, 1);
    closed.index.open = false;
    let calm = [row("calm-2", false, 490_000, 5), row("calm-1", false, 490_000, 4), row("calm-3", false, 20, 1)];
    let grave = [row("asked", true, 20, 9), row("likely", true, 900_000, 9), row("as-likely", true, 900_000, 9)];
    save(store, &[calm.as_slice(), &grave, &[closed, order("no-promise")]].concat());
    let search = OrderSearch { limit: 1, ..OrderSearch::default() };
    let listed = paged(store, search);
    assert_eq!(listed, ["as-likely", "likely", "asked", "calm-1", "calm-2", "calm-3"], "a row a page");
    let ask = OverviewAsk { now: at(2), day_from: at(0), week_from: at(0) };
    assert_eq!(run(store, |tx| tx.overview(None, &ask)).at_risk, 3);
    let settled = OrderRow { index: OrderIndex { at_risk: false, ..grave[0].index.clone() }, ..grave[0].clone() };
    save(store, &[settled]);
    assert_eq!(run(store, |tx| tx.overview(None, &ask)).at_risk, 2, "a save replaces it");
}

pub(crate) fn an_order_is_set_aside_and_taken_up_unread(store: &mut dyn TestStore) {
    let due = OrderRow { wake_at: Some(at(1)), parked: None, ..full_order("a") };
    save(store, std::slice::from_ref(&due));
    assert!(!run(store, |tx| tx.order_park(&key("none"), "why")));
    assert!(!run(store, |tx| tx.order_unpark(&key("a"), at(7))), "it is not set aside");
    assert!(run(store, |tx| tx.order_park(&key("a"), "why")));
    assert!(run(store, |tx| tx.orders_due(at(9), 9)).is_empty());
    let parked = OrderRow { parked: Some("why".into()), ..due.clone() };
    assert_eq!(run(store, |tx| tx.orders_load(&[key("a")])), [Some(parked)]);
    assert!(run(store, |tx| tx.order_unpark(&key("a"), at(7))));
    assert_eq!(run(store, |tx| tx.orders_due(at(9), 9)), [OrderRow { wake_at: Some(at(7)), ..due }]);
}
