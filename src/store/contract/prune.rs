//! What is past its time goes, and nothing else.

use forewarn_core::notice::Why;

use super::fixtures::{at, dead_letter, grant, key, notice, order, suppression};
use super::{TestStore, run};
use crate::store::port::{NoticeRow, NoticeState, OrderRow};

/// An order at rest since the beginning of the timeline.
fn at_rest(name: &str) -> OrderRow {
    let mut row = order(name);
    row.index.open = false;
    row
}

fn kept(store: &mut dyn TestStore, names: &[&str]) -> Vec<String> {
    let keys: Vec<_> = names.iter().map(|name| key(name)).collect();
    let found = run(store, |tx| tx.orders_load(&keys));
    found.into_iter().flatten().map(|row| row.key.order_id.to_string()).collect()
}

pub(crate) fn old_settled_rows_go_and_live_ones_stay(store: &mut dyn TestStore) {
    let waking = OrderRow { wake_at: Some(at(500)), ..at_rest("waking") };
    let parked = OrderRow { parked: Some("why".into()), ..at_rest("parked") };
    let mut young = at_rest("young");
    young.facts = super::fixtures::full_order("any").facts;
    let rows = [at_rest("rest"), at_rest("pending"), at_rest("told"), waking, parked, young, order("open")];
    let pending = NoticeRow { order: key("pending"), ..notice("pending", 0) };
    let sent = NoticeRow { order: key("told"), state: NoticeState::Sent, ..notice("sent", 0) };
    let newly_sent = NoticeRow { order: key("told"), state: NoticeState::Sent, ..notice("new", 5) };
    run(store, |tx| {
        tx.orders_save(&rows)?;
        tx.notices_add(&[pending.clone(), sent.clone(), newly_sent.clone()])?;
        tx.suppressions_add(&[suppression("p", Why::Stale)])?;
        tx.grant_save(&grant("g", 1, 0))?;
        tx.dead_letters_add(&[dead_letter(1, 0), dead_letter(2, 5)])
    });
    // One settled notice, one suppression, one dead letter, two orders.
    assert_eq!(run(store, |tx| tx.prune(at(3), 100)), 5);
    let all = ["rest", "pending", "told", "waking", "parked", "young", "open"];
    assert_eq!(kept(store, &all), ["pending", "waking", "parked", "young", "open"]);
    assert_eq!(run(store, |tx| tx.notices_of(&key("pending"))).len(), 1);
    assert_eq!(run(store, |tx| tx.notices_of(&key("told"))), [newly_sent]);
    assert_eq!(run(store, |tx| tx.dead_letters(9)).0, [dead_letter(2, 5)]);
    assert!(run(store, |tx| tx.suppressions_of(&key("o-1"))).is_empty());
    assert_eq!(run(store, |tx| tx.grants_of(&key("o-1"))).len(), 1, "the ledger is kept");
    assert_eq!(run(store, |tx| tx.prune(at(3), 100)), 0);
}

pub(crate) fn the_limit_holds_for_all_tables_together(store: &mut dyn TestStore) {
    run(store, |tx| {
        tx.orders_save(&[at_rest("a"), at_rest("b"), at_rest("c")])?;
        tx.dead_letters_add(&[dead_letter(1, 0), dead_letter(2, 0)])
    });
    assert_eq!(run(store, |tx| tx.prune(at(3), 4)), 4);
    assert_eq!(run(store, |tx| tx.prune(at(3), 4)), 1);
    assert!(kept(store, &["a", "b", "c"]).is_empty());
}
