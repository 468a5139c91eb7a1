//! Orders the warehouse should take first.

use forewarn_core::expedite::{Fate, Motive};
use forewarn_core::ids::{LineId, WarehouseId};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::policy::Ppm;

use super::fixtures::{at, key, merchant};
use super::{TestStore, run};
use crate::store::port::{ExpediteEffect, ExpediteRow};

fn suggested(name: &str, worth: i64) -> ExpediteRow {
    ExpediteRow {
        order: key(name),
        leave_by: at(50),
        warehouse_id: Some(WarehouseId::new("W1").unwrap()),
        motive: Motive::AtRisk,
        suggested_at: at(1),
        first_risk: Ppm::from_ppm(600_000),
        risk: Ppm::from_ppm(600_000),
        worth: Money { amount: Amount::from_thousandths(worth), currency: Currency::new("CNY").unwrap() },
        line_ids: Vec::new(),
        held: false,
    }
}

fn save(store: &mut dyn TestStore, rows: &[ExpediteRow]) {
    run(store, |tx| rows.iter().try_for_each(|row| tx.expedite_save(row)));
}

fn queue(store: &mut dyn TestStore) -> Vec<(u64, String)> {
    let found = run(store, |tx| tx.expedite_queue(None, None, 9));
    found.into_iter().map(|(rank, row)| (rank, row.order.order_id.to_string())).collect()
}

fn to_publish(store: &mut dyn TestStore) -> Vec<(u64, ExpediteRow)> {
    run(store, |tx| tx.expedites_to_publish(9))
}

pub(crate) fn the_greatest_worth_ranks_first_within_shop_and_warehouse(store: &mut dyn TestStore) {
    let elsewhere = ExpediteRow { warehouse_id: None, ..suggested("d", 1) };
    let sooner = ExpediteRow { leave_by: at(40), ..suggested("c", 5_000) };
    let mut other = suggested("e", 9_000);
    other.order.merchant_id = merchant("M2");
    save(store, &[suggested("a", 5_000), suggested("b", 7_000), sooner.clone(), elsewhere.clone(), other.clone()]);
    let expected = [(1, "b"), (1, "d"), (1, "e"), (2, "c"), (3, "a")].map(|(rank, id)| (rank, id.to_owned()));
    assert_eq!(queue(store), expected);
    let of = |store: &mut dyn TestStore, shop: &str, house: Option<&str>| {
        let (shop, house) = (merchant(shop), house.map(|w| WarehouseId::new(w).unwrap()));
        run(store, |tx| tx.expedite_queue(Some(&shop), house.as_ref(), 9))
    };
    assert_eq!(of(store, "M2", None), [(1, other)], "a shop sees its own alone");
    let own = key("a").merchant_id;
    let first: Vec<u64> = of(store, own.as_str(), Some("W1")).iter().map(|(rank, _)| *rank).collect();
    assert_eq!(first, [1, 2, 3]);
    assert_eq!(of(store, own.as_str(), Some("W9")), []);
    assert_eq!(run(store, |tx| tx.expedite_queue(None, None, 2)).len(), 2);
}

pub(crate) fn a_suggestion_is_published_once_for_each_motive(store: &mut dyn TestStore) {
    let line_ids = vec![LineId::new("L1").unwrap()];
    let row = ExpediteRow { line_ids, ..suggested("a", 5_000) };
    let held = ExpediteRow { held: true, ..suggested("b", 6_000) };
    save(store, &[row.clone(), held.clone()]);
    assert_eq!(to_publish(store), [(2, row.clone())], "what is held is ranked and not told");
    let published = |store: &mut dyn TestStore, row: &ExpediteRow| {
        run(store, |tx| tx.expedites_published(std::slice::from_ref(row)));
    };
    // A later look moves the risk, not the moment it was first suggested, and tells nothing new.
    published(store, &row);
    let again = ExpediteRow { risk: Ppm::from_ppm(700_000), ..row.clone() };
    save(store, &[ExpediteRow { suggested_at: at(9), first_risk: Ppm::from_ppm(1), ..again.clone() }]);
    assert_eq!(to_publish(store), []);
    assert_eq!(run(store, |tx| tx.expedite_queue(None, None, 9))[1], (2, again.clone()));
    let urgent = ExpediteRow { motive: Motive::BuyerUrgent, ..again };
    save(store, std::slice::from_ref(&urgent));
    published(store, &row);
    assert_eq!(to_publish(store), [(2, urgent.clone())], "it has another motive since");
    published(store, &urgent);
    save(store, &[ExpediteRow { held: false, ..held }]);
    assert_eq!(to_publish(store).len(), 1, "what is let go is told");
}

pub(crate) fn what_came_of_suggestions_is_counted(store: &mut dyn TestStore) {
    save(store, &[suggested("a", 1), suggested("b", 2), suggested("c", 3), suggested("d", 4)]);
    let end = |store: &mut dyn TestStore, name: &str, fate| {
        run(store, |tx| tx.expedite_end(&key(name), at(50), fate, at(51)));
    };
    end(store, "a", Fate::Missed);
    end(store, "b", Fate::Missed);
    end(store, "b", Fate::Saved);
    end(store, "c", Fate::Void);
    let effect = |store: &mut dyn TestStore, since| run(store, |tx| tx.expedite_effect(None, at(since)));
    let counted = ExpediteEffect { open: 1, saved: 1, missed: 1, expected_missed_ppm: 1_200_000 };
    assert_eq!(effect(store, 0), counted);
    assert_eq!(effect(store, 51), ExpediteEffect { open: 1, ..ExpediteEffect::default() });
    let other = merchant("M2");
    assert_eq!(run(store, |tx| tx.expedite_effect(Some(&other), at(0))), ExpediteEffect::default());
    assert_eq!(queue(store), [(1, "d".to_owned())]);
    // In one step it joins again and ends: the end stands.
    run(store, |tx| {
        tx.expedite_save(&suggested("e", 5))?;
        tx.expedite_end(&key("e"), at(50), Fate::Saved, at(51))
    });
    assert_eq!(queue(store), [(1, "d".to_owned())]);
    // What ended goes when it is past its time, what waits does not.
    assert_eq!(run(store, |tx| tx.prune(at(50), 100)), 0);
    assert_eq!(run(store, |tx| tx.prune(at(60), 100)), 4);
    assert_eq!(effect(store, 0), ExpediteEffect { open: 1, ..ExpediteEffect::default() });
}
