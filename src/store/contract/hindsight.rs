//! What had been foretold about orders whose end is known.

use forewarn_core::Span;
use forewarn_core::cause::Cause;
use forewarn_core::hindsight::{Look, Past};
use forewarn_core::ids::{Platform, WarehouseId};
use forewarn_core::money::Currency;
use forewarn_core::policy::Ppm;

use super::fixtures::{at, key};
use super::{TestStore, run};

fn look(hours: i64) -> Look {
    let delays = [0, 1, 2, 3, 4].map(|n| Span::hours(n * hours));
    Look { left: Span::hours(hours), risk: Ppm::from_ppm(612_345), cause: Cause::OutOfStock, delays }
}

/// An order promised at `minutes` of the timeline, with only what it must have.
pub(super) fn past(name: &str, minutes: i64) -> Past {
    Past {
        key: key(name),
        platform: None,
        warehouse_id: None,
        currency: None,
        ship_by: at(minutes),
        missed: true,
        ended_at: None,
        looks: vec![look(24)],
    }
}

fn full(name: &str, minutes: i64) -> Past {
    Past {
        platform: Platform::new("tmall").ok(),
        warehouse_id: WarehouseId::new("W1").ok(),
        currency: Currency::new("EUR").ok(),
        missed: false,
        ended_at: Some(at(minutes - 1)),
        looks: vec![look(48), look(24)],
        ..past(name, minutes)
    }
}

pub(crate) fn what_came_of_an_order_is_replaced_when_more_is_known(store: &mut dyn TestStore) {
    run(store, |tx| {
        tx.past_save(&past("o-1", 50))?;
        tx.past_save(&past("o-2", 40))
    });
    assert_eq!(run(store, |tx| tx.pasts(None, 9)), [past("o-1", 50), past("o-2", 40)]);
    // Twice within one step: the later word counts.
    run(store, |tx| {
        tx.past_save(&past("o-1", 70))?;
        tx.past_save(&full("o-1", 60))
    });
    assert_eq!(run(store, |tx| tx.pasts(None, 9)), [full("o-1", 60), past("o-2", 40)]);
}

pub(crate) fn history_comes_in_pages_newest_promise_first(store: &mut dyn TestStore) {
    let all = [past("a", 3), past("b", 9), full("c", 9), past("d", 1), past("e", 9)];
    run(store, |tx| all.iter().try_for_each(|past| tx.past_save(past)));
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = run(store, |tx| tx.pasts(after.as_ref(), 2));
        names.extend(page.iter().map(|past| past.key.order_id.to_string()));
        match page.last() {
            Some(last) => after = Some((last.ship_by, last.key.clone())),
            None => break,
        }
    }
    assert_eq!(names, ["e", "c", "b", "a", "d"]);
}

pub(crate) fn old_history_goes(store: &mut dyn TestStore) {
    run(store, |tx| [past("a", 1), past("b", 2), past("c", 9)].iter().try_for_each(|past| tx.past_save(past)));
    assert_eq!(run(store, |tx| tx.prune(at(5), 1)), 1);
    assert_eq!(run(store, |tx| tx.prune(at(5), 9)), 1);
    assert_eq!(run(store, |tx| tx.pasts(None, 9)), [past("c", 9)]);
}
