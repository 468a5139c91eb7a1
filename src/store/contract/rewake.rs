//! From a scope to exactly the orders in it.

use forewarn_core::event::Scope;
use forewarn_core::ids::{Campaign, Carrier, Region, Sku, WarehouseId};

use super::fixtures::{at, full_order, key, key_of, merchant, notice, order, scope};
use super::{TestStore, run};
use crate::store::port::{NoticeRow, NoticeState, OrderRow};

/// The orders a sweep over `scope` wakes, in chunks of `chunk`.
fn woken(store: &mut dyn TestStore, scope: &Scope, chunk: usize) -> Vec<String> {
    let mut after = None;
    loop {
        after = run(store, |tx| tx.orders_rewake(scope, at(60), after.as_ref(), chunk));
        if after.is_none() {
            break;
        }
    }
    let due = run(store, |tx| tx.orders_due(at(60), 100));
    let mut keys: Vec<_> = due.into_iter().map(|row| row.key).collect();
    keys.sort();
    keys.iter().map(ToString::to_string).collect()
}

/// An order in every scope of [`full_order`], asleep and not set aside.
fn asleep(name: &str) -> OrderRow {
    OrderRow { wake_at: None, parked: None, ..full_order(name) }
}

fn save(store: &mut dyn TestStore, rows: &[OrderRow]) {
    run(store, |tx| tx.orders_save(rows));
}

pub(crate) fn each_field_of_a_scope_narrows(store: &mut dyn TestStore) {
    let scopes = [
        scope(|s| s.merchant_id = Some(merchant("M1"))),
        scope(|s| s.warehouse_id = WarehouseId::new("W1").ok()),
        scope(|s| s.sku = Sku::new("S2").ok()),
        scope(|s| s.carrier = Carrier::new("SF").ok()),
        scope(|s| s.region = Region::new("广东").ok()),
        scope(|s| s.campaign = Campaign::new("double-eleven").ok()),
        scope(|s| {
            s.merchant_id = Some(merchant("M1"));
            s.warehouse_id = WarehouseId::new("W1").ok();
            s.sku = Sku::new("S1").ok();
            s.carrier = Carrier::new("SF").ok();
            s.region = Region::new("CN").ok();
            s.campaign = Campaign::new("double-eleven").ok();
        }),
        scope(|s| {
            s.warehouse_id = WarehouseId::new("W1").ok();
            s.campaign = Campaign::new("double-eleven").ok();
        }),
    ];
    let mut elsewhere = order("outside");
    elsewhere.key = key_of("M2", "outside");
    let mut half = asleep("half");
    half.key = key_of("M2", "half");
    half.index.open_skus.truncate(0);
    half.index.warehouse_id = None;
    half.index.campaign = None;
    half.index.carriers.clear();
    half.index.regions.clear();
    for scope in scopes {
        save(store, &[asleep("a"), asleep("b"), elsewhere.clone(), half.clone()]);
        assert_eq!(woken(store, &scope, 10), ["M1/a", "M1/b"], "{scope:?}");
    }
}

pub(crate) fn an_empty_scope_is_every_open_order(store: &mut dyn TestStore) {
    let mut closed = order("closed");
    closed.index.open = false;
    save(store, &[asleep("a"), order("b"), closed]);
    assert_eq!(woken(store, &Scope::default(), 10), ["M1/a", "M1/b"]);
}

pub(crate) fn a_carrier_reaches_parcels_on_their_way(store: &mut dyn TestStore) {
    let mut shipped = asleep("shipped");
    shipped.index.open = false;
    shipped.index.open_skus.clear();
    save(store, &[asleep("open"), shipped]);
    let by_region = scope(|s| s.region = Region::new("CN").ok());
    assert_eq!(woken(store, &by_region, 10), ["M1/open"]);
    let by_carrier = scope(|s| {
        s.carrier = Carrier::new("SF").ok();
        s.region = Region::new("CN").ok();
    });
    assert_eq!(woken(store, &by_carrier, 10), ["M1/open", "M1/shipped"]);
}

pub(crate) fn an_earlier_wake_stays(store: &mut dyn TestStore) {
    let early = OrderRow { wake_at: Some(at(10)), ..asleep("early") };
    let late = OrderRow { wake_at: Some(at(90)), ..asleep("late") };
    save(store, &[early, late]);
    woken(store, &Scope::default(), 10);
    let found = run(store, |tx| tx.orders_load(&[key("early"), key("late")]));
    let wakes: Vec<_> = found.into_iter().flatten().map(|row| row.wake_at).collect();
    assert_eq!(wakes, [Some(at(10)), Some(at(60))]);
}

pub(crate) fn chunks_reach_every_order_once(store: &mut dyn TestStore) {
    let rows: Vec<OrderRow> = (0..7).map(|i| asleep(&format!("o-{i}"))).collect();
    let scopes =
        [Scope::default(), scope(|s| s.sku = Sku::new("S1").ok()), scope(|s| s.region = Region::new("CN").ok())];
    for scope in scopes {
        save(store, &rows);
        let first = run(store, |tx| tx.orders_rewake(&scope, at(60), None, 3));
        assert_eq!(first, Some(key("o-2")));
        assert_eq!(run(store, |tx| tx.orders_due(at(60), 100)).len(), 3);
        let second = run(store, |tx| tx.orders_rewake(&scope, at(60), first.as_ref(), 3));
        assert_eq!(second, Some(key("o-5")));
        let third = run(store, |tx| tx.orders_rewake(&scope, at(60), second.as_ref(), 3));
        assert_eq!(third, None);
        assert_eq!(run(store, |tx| tx.orders_due(at(60), 100)).len(), 7);
    }
}

pub(crate) fn an_order_that_left_a_scope_is_not_reached(store: &mut dyn TestStore) {
    save(store, &[asleep("a"), asleep("b")]);
    let mut shipped = asleep("a");
    shipped.index.open_skus.remove(0);
    shipped.index.warehouse_id = WarehouseId::new("W2").ok();
    save(store, &[shipped]);
    for left in [scope(|s| s.sku = Sku::new("S1").ok()), scope(|s| s.warehouse_id = WarehouseId::new("W1").ok())] {
        assert_eq!(woken(store, &left, 10), ["M1/b"]);
        save(store, &[asleep("b")]);
    }
    let still = scope(|s| s.sku = Sku::new("S2").ok());
    assert_eq!(woken(store, &still, 10), ["M1/a", "M1/b"]);
}

pub(crate) fn a_clock_that_was_set_back_makes_later_moments_due(store: &mut dyn TestStore) {
    let row = |name: &str, wake: i64, open: bool| {
        let mut row = OrderRow { wake_at: Some(at(wake)), ..asleep(name) };
        row.index.open = open;
        row
    };
    save(store, &[row("early", 10, false), row("late", 900, false), row("open", 900, true)]);
    run(store, |tx| tx.notices_add(&[notice("on-its-way", 0), notice("waits", 900)]));
    let [mut held] = run(store, |tx| tx.notices_claim(at(0), at(0), 9, "t", at(900))).try_into().expect("one is due");
    held.state = NoticeState::Sending;
    assert!(run(store, |tx| tx.notice_save(&held, "t")));
    run(store, |tx| tx.timers_cut(at(60)));
    let found = run(store, |tx| tx.orders_load(&[key("early"), key("late"), key("open")]));
    let wakes: Vec<_> = found.into_iter().flatten().map(|row| row.wake_at).collect();
    assert_eq!(wakes, [Some(at(10)), Some(at(60)), Some(at(900))], "open orders are a sweep's part");
    assert_eq!(run(store, |tx| tx.notices_next_due()), Some(at(60)));
    assert!(run(store, |tx| tx.notices_stranded(at(119), 9)).is_empty());
    let stranded = run(store, |tx| tx.notices_stranded(at(120), 9));
    assert_eq!(stranded, [NoticeRow { lease_until: Some(at(120)), ..held }], "nothing else of it has changed");
    let due = run(store, |tx| tx.notices_claim(at(60), at(60), 9, "u", at(70)));
    assert_eq!(due.iter().map(|n| n.state).collect::<Vec<_>>(), [NoticeState::Claimed]);
}
