//! Orders that turned at risk, and incidents.

use forewarn_core::OrderKey;
use forewarn_core::cause::Cause;
use forewarn_core::event::Scope;
use forewarn_core::ids::{Sku, WarehouseId};
use forewarn_core::incident::{Facet, Handling, Incident, IncidentId, Origin, Turning};

use super::fixtures::{at, full_order, key, key_of, merchant, notice, order, scope};
use super::{TestStore, run};
use crate::store::port::{IncidentOrder, IncidentSum, NoticeRow, NoticeState};

fn house() -> Facet {
    Facet::Warehouse(WarehouseId::new("W1").expect("a good id"))
}

fn turning_of(key: OrderKey, minutes: i64) -> Turning {
    let facets = vec![house(), Facet::Shop];
    Turning { key, at: at(minutes), version: 1, facets, cause: Cause::WarehouseQueue, condition: None }
}

fn turning(name: &str, minutes: i64) -> Turning {
    turning_of(key(name), minutes)
}

pub(super) fn incident(name: &str, minutes: i64) -> Incident {
    Incident {
        id: IncidentId::of(&[name]),
        origin: Origin::Cluster { orders: 24, usual: 3 },
        scope: scope(|s| s.merchant_id = Some(merchant("M1"))),
        cause: Cause::WarehouseQueue,
        since: at(minutes - 10),
        opened_at: at(minutes),
        ended_at: None,
        handling: Handling::Running,
        sentences: std::iter::once(("en".to_owned(), "Our packing line stood still.".to_owned())).collect(),
        per_minute: None,
        changed: None,
    }
}

fn names(turnings: &[Turning]) -> Vec<&str> {
    turnings.iter().map(|turning| turning.key.order_id.as_str()).collect()
}

pub(crate) fn turnings_are_counted_once_and_stay_free_until_they_belong_to_an_incident(store: &mut dyn TestStore) {
    assert_eq!(run(store, |tx| tx.turnings_oldest()), None);
    run(store, |tx| {
        tx.turning_add(&turning("b", 3), None)?;
        tx.turning_add(&turning("a", 5), None)?;
        tx.turning_add(&turning("late", 20), None)?;
        tx.turning_add(&turning_of(key_of("M2", "a"), 4), None)
    });
    assert_eq!(run(store, |tx| tx.turnings_oldest()), Some(at(3)));
    let waiting = run(store, |tx| tx.turnings_uncounted(at(15)));
    assert_eq!(waiting, [turning("a", 5), turning("b", 3), turning_of(key_of("M2", "a"), 4)]);
    let keys: Vec<OrderKey> = waiting.iter().map(|turning| turning.key.clone()).collect();
    run(store, |tx| tx.turnings_count(at(15), &keys, &[]));
    assert_eq!(names(&run(store, |tx| tx.turnings_uncounted(at(15)))), Vec::<&str>::new());
    assert_eq!(run(store, |tx| tx.turnings_oldest()), Some(at(20)));
    assert_eq!(names(&run(store, |tx| tx.turnings_free(&merchant("M1"), at(0)))), ["a", "b"]);
    assert_eq!(names(&run(store, |tx| tx.turnings_free(&merchant("M1"), at(15)))), Vec::<&str>::new());
    run(store, |tx| tx.turnings_join(&[key("a")], IncidentId::of(&["i"])));
    assert_eq!(names(&run(store, |tx| tx.turnings_free(&merchant("M1"), at(0)))), ["b"]);
    run(store, |tx| tx.turnings_forget(at(15), at(0)));
    assert_eq!(names(&run(store, |tx| tx.turnings_free(&merchant("M1"), at(0)))), Vec::<&str>::new());
    assert_eq!(run(store, |tx| tx.incident_sum(IncidentId::of(&["i"]))).orders, 1, "what belongs to one stays");
    // An order that turns again is news again.
    run(store, |tx| tx.turning_add(&turning("a", 30), None));
    assert_eq!(names(&run(store, |tx| tx.turnings_uncounted(at(45)))), ["a", "late"]);
}

pub(crate) fn what_is_usual_is_counted_by_tick(store: &mut dyn TestStore) {
    let shop = merchant("M1");
    run(store, |tx| {
        tx.turnings_count(at(15), &[], &[(shop.clone(), house(), 2), (shop.clone(), Facet::Shop, 3)])?;
        tx.turnings_count(at(30), &[], &[(shop.clone(), house(), 1), (merchant("M2"), house(), 9)])?;
        tx.turnings_count(at(15), &[], &[(shop.clone(), house(), 4)])
    });
    let usual = |store: &mut dyn TestStore, facet: Facet, since| {
        run(store, |tx| tx.turnings_usual(&merchant("M1"), &facet, since))
    };
    assert_eq!(usual(store, house(), at(0)), [(at(15), 6), (at(30), 1)]);
    assert_eq!(usual(store, house(), at(15)), [(at(30), 1)]);
    assert_eq!(usual(store, Facet::Shop, at(0)), [(at(15), 3)]);
    run(store, |tx| tx.turnings_forget(at(0), at(15)));
    assert_eq!(usual(store, house(), at(0)), [(at(30), 1)]);
    assert_eq!(usual(store, Facet::Shop, at(0)), []);
}

pub(crate) fn open_orders_are_counted_in_their_scope(store: &mut dyn TestStore) {
    let mut shipped = full_order("shipped");
    shipped.index.open = false;
    run(store, |tx| tx.orders_save(&[full_order("full"), order("bare"), shipped.clone()]));
    let count = |store: &mut dyn TestStore, scope: &Scope| run(store, |tx| tx.orders_open_in(scope));
    let shop = merchant("M1");
    assert_eq!(count(store, &Facet::Shop.scope(&shop)), 2);
    assert_eq!(count(store, &house().scope(&shop)), 1);
    assert_eq!(count(store, &Facet::Sku(Sku::new("S2").expect("a good id")).scope(&shop)), 1);
    assert_eq!(count(store, &scope(|s| s.carrier = full_order("x").index.carriers.pop())), 1);
    assert_eq!(count(store, &house().scope(&merchant("M2"))), 0);
}

pub(crate) fn an_incident_is_live_until_it_is_over_and_let_go(store: &mut dyn TestStore) {
    let before = run(store, |tx| tx.settings_version());
    let (first, second) = (incident("first", 10), incident("second", 20));
    run(store, |tx| tx.incident_save(&first));
    run(store, |tx| tx.incident_save(&second));
    assert!(run(store, |tx| tx.settings_version()) > before, "whoever caches incidents looks again");
    assert_eq!(run(store, |tx| tx.incidents_live()), [second.clone(), first.clone()]);
    let (own, foreign) = (merchant("M1"), merchant("M2"));
    assert_eq!(run(store, |tx| tx.incident_load(None, first.id)), Some(first.clone()));
    assert_eq!(run(store, |tx| tx.incident_load(Some(&own), first.id)), Some(first.clone()));
    assert_eq!(run(store, |tx| tx.incident_load(Some(&foreign), first.id)), None);
    let held = Incident { ended_at: Some(at(90)), handling: Handling::Held, ..first };
    run(store, |tx| tx.incident_save(&held));
    assert_eq!(run(store, |tx| tx.incidents_live()), [second.clone(), held.clone()]);
    let over = Incident { handling: Handling::Running, ..held };
    run(store, |tx| tx.incident_save(&over));
    assert_eq!(run(store, |tx| tx.incidents_live()), [second]);
    assert_eq!(run(store, |tx| tx.incidents_over(Some(&own), 9)), [over]);
    assert_eq!(run(store, |tx| tx.incidents_over(Some(&foreign), 9)), []);
}

pub(crate) fn an_incident_sums_up_how_its_orders_stand(store: &mut dyn TestStore) {
    let id = IncidentId::of(&["i"]);
    let sent = |name: &str, minutes: i64| NoticeRow {
        order: key(name),
        state: NoticeState::Sent,
        sent_at: Some(at(minutes)),
        ..notice(&format!("n-{name}"), minutes)
    };
    let mut shipped = order("shipped");
    shipped.index.open = false;
    run(store, |tx| {
        tx.orders_save(&[order("told"), order("held"), order("early"), shipped.clone()])?;
        for name in ["told", "shipped"] {
            tx.turning_add(&turning(name, 10), Some(id))?;
        }
        tx.turning_add(&turning("held", 12), Some(id))?;
        tx.turning_hold(&turning("held", 14), id)?;
        // It turned long before, and is told of again.
        tx.turning_hold(&turning("early", 15), id)?;
        tx.turning_add(&turning("another", 11), Some(IncidentId::of(&["j"])))?;
        tx.notices_add(&[sent("told", 13), sent("early", 2)])
    });
    let sum = IncidentSum { orders: 4, open: 3, told: 1, held: 2, last: Some(at(15)) };
    assert_eq!(run(store, |tx| tx.incident_sum(id)), sum);
    let stands = |name: &str, minutes, open, told, held| {
        let key = key(name);
        IncidentOrder { key, at: at(minutes), open, told, held }
    };
    let first = run(store, |tx| tx.incident_orders(id, None, 2));
    assert_eq!(first, [stands("early", 15, true, false, true), stands("held", 12, true, false, true)]);
    let rest = run(store, |tx| tx.incident_orders(id, Some(&key("held")), 9));
    assert_eq!(rest, [stands("shipped", 10, false, false, false), stands("told", 10, true, true, false)]);
    assert_eq!(names(&run(store, |tx| tx.turnings_uncounted(at(30)))).len(), 4, "what was held is no turning");
    // Once its notice went out nothing is held any more.
    run(store, |tx| tx.notices_add(&[sent("held", 16)]));
    let sum = run(store, |tx| tx.incident_sum(id));
    assert_eq!((sum.told, sum.held), (2, 1));
    assert_eq!(run(store, |tx| tx.incident_sum(IncidentId::of(&["none"]))), IncidentSum::default());
}

pub(crate) fn old_incidents_go_with_their_orders(store: &mut dyn TestStore) {
    let over = Incident { ended_at: Some(at(20)), ..incident("over", 10) };
    let held = Incident { ended_at: Some(at(20)), handling: Handling::Held, ..incident("held", 10) };
    let open = incident("open", 10);
    run(store, |tx| {
        for incident in [&over, &held, &open] {
            tx.incident_save(incident)?;
            tx.turning_add(&turning(&incident.id.to_string(), 9), Some(incident.id))?;
        }
        Ok(())
    });
    assert_eq!(run(store, |tx| tx.prune(at(20), 9)), 0);
    assert_eq!(run(store, |tx| tx.prune(at(21), 9)), 1);
    assert_eq!(run(store, |tx| tx.incident_load(None, over.id)), None);
    assert_eq!(run(store, |tx| tx.incident_sum(over.id)).orders, 0);
    for kept in [held, open] {
        assert_eq!(run(store, |tx| tx.incident_sum(kept.id)).orders, 1);
    }
}
