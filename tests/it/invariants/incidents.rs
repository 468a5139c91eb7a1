//! Many orders at risk for one reason are one incident, and a person has it in hand.

use std::collections::BTreeMap;

use forewarn::engine::{Deed, Record};
use forewarn::store::port::{IncidentSum, NoticeState};
use forewarn_core::Span;
use forewarn_core::cause::Cause;
use forewarn_core::incident::{Facet, Handling, Incident, Origin};
use forewarn_core::notice::{Kind, Why};
use serde_json::json;

use super::floor::{Floor, key, suppressed};
use super::said::at;

const STALLED: usize = 60;

/// `HH:MM` of the minute `n` after nine.
fn clock(n: usize) -> String {
    format!("{:02}:{:02}", 9 + n / 60, n % 60)
}

/// A shop that was watched for three days, in which every order left within a day, from two warehouses.
fn usual_days() -> Floor {
    let mut floor = Floor::new();
    floor.policy("[limits]\nper_buyer_day = 100\n");
    for n in 0..36 {
        let (day, hour) = (2 + n / 12, 8 + n % 12);
        floor.order_with(&format!("{day:02} {hour:02}:00"), &format!("usual-{n}"), json!({ "warehouse_id": house(n) }));
    }
    for n in 0..36 {
        let (day, hour) = (3 + n / 12, 4 + n % 12);
        floor.until(&format!("{day:02} {hour:02}:00"));
        floor.shipped(&format!("{day:02} {hour:02}:00"), &format!("usual-{n}"));
    }
    floor
}

fn house(n: usize) -> &'static str {
    if n.is_multiple_of(2) { "HZ-1" } else { "GZ-1" }
}

/// The same, and then a morning's orders of one warehouse stand, while those of the other one leave.
fn stalled() -> Floor {
    let mut floor = usual_days();
    for n in 0..STALLED {
        floor.until(&format!("06 {}", clock(2 * n)));
        let lines = json!([{ "line_id": "1", "sku": format!("S{}", n % 9), "quantity": 1, "fulfilment": "in_stock" }]);
        let more = json!({ "warehouse_id": "HZ-1", "lines": lines, "ship_to": { "country": "CN" } });
        floor.order_with(&format!("06 {}", clock(2 * n)), &format!("slow-{n}"), more.clone());
        floor.order_with(&format!("06 {}", clock(2 * n)), &format!("quick-{n}"), json!({ "warehouse_id": "GZ-1" }));
    }
    floor.until("06 20:00");
    for n in 0..STALLED {
        floor.shipped("06 20:00", &format!("quick-{n}"));
    }
    floor
}

fn live(floor: &mut Floor) -> Vec<Incident> {
    floor.run(|_, tx| tx.incidents_live())
}

fn only(floor: &mut Floor) -> Incident {
    let mut all = live(floor);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn sum(floor: &mut Floor, incident: &Incident) -> IncidentSum {
    floor.run(|_, tx| tx.incident_sum(incident.id))
}

fn act(floor: &mut Floor, incident: &Incident, deed: &Deed) -> Incident {
    let now = floor.now;
    let done = floor.run(|engine, tx| engine.act_on_incident(tx, (None, incident.id), deed.clone(), ("ops", now)));
    done.expect("it is there")
}

/// Lets time pass until the cluster is found.
fn until_found(floor: &mut Floor) -> Vec<Record> {
    let mut records = Vec::new();
    for quarter in 0..96 {
        if !live(floor).is_empty() {
            break;
        }
        floor.now = floor.now.max(at("07 00:00") + Span::minutes(15 * quarter));
        records.extend(floor.rest());
    }
    records
}

fn texts<'r>(records: &'r [Record]) -> Vec<&'r str> {
    let text = |record: &'r Record| match record {
        Record::Notice(notice) if notice.kind.is_about_delay() => Some(notice.text.as_str()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

#[test]
fn a_warehouse_that_stands_becomes_one_incident_by_itself() {
    let mut floor = stalled();
    until_found(&mut floor);
    let incident = only(&mut floor);
    let shop = key("slow-1").merchant_id;
    let house = forewarn_core::ids::WarehouseId::new("HZ-1").expect("a good id");
    assert_eq!(incident.scope, Facet::Warehouse(house).scope(&shop));
    let Origin::Cluster { orders, usual } = incident.origin else { panic!("{incident:?}") };
    assert!(orders >= 20 && orders >= 4 * usual, "{incident:?}");
    assert_eq!(incident.handling, Handling::Running);
    // Each order counts once, however often it is decided.
    let end = floor.now + Span::hours(6);
    while let Some(due) = floor.next_due().filter(|due| *due <= end) {
        floor.now = floor.now.max(due);
        floor.rest();
    }
    let sum = sum(&mut floor, &incident);
    assert_eq!((sum.orders, sum.open), (60, 60));
    assert_eq!(only(&mut floor).id, incident.id, "what comes later belongs to it");
}

#[test]
fn usual_days_are_no_incident() {
    let mut floor = usual_days();
    floor.until("09 00:00");
    assert_eq!(live(&mut floor), []);
}

#[test]
fn what_is_held_waits_and_goes_out_with_the_sentence_once_it_is_let_go() {
    let mut floor = stalled();
    until_found(&mut floor);
    let incident = only(&mut floor);
    let sentence = "仓库水管爆裂，我们正在人工打包。";
    let word = Deed::Word(BTreeMap::from([("zh".to_owned(), sentence.to_owned())]));
    act(&mut floor, &incident, &word);
    act(&mut floor, &incident, &Deed::Handle(Handling::Held));
    let before = sum(&mut floor, &incident);
    let held_from = floor.now;
    let mut records = Vec::new();
    while let Some(due) = floor.next_due().filter(|due| *due <= at("08 15:00")) {
        floor.now = floor.now.max(due);
        records.extend(floor.rest());
    }
    assert_eq!(texts(&records), Vec::<&str>::new(), "nothing is told of a delay while it is held");
    let kept = suppressed(&records);
    assert!(kept.iter().any(|(_, why)| *why == Why::Paused), "{kept:?}");
    let named = records.iter().filter_map(|record| match record {
        Record::Suppressed(line) if line.why == Why::Paused => {
            Some(forewarn_core::because::sentences(&line.because.0).join("; "))
        }
        _ => None,
    });
    for because in named {
        let wanted = format!("notices of incident {} are held since {held_from}", incident.id);
        assert!(because.contains(&wanted), "{because}");
    }
    let held = sum(&mut floor, &incident);
    assert!(held.held > 0 && held.told == before.told, "{before:?} {held:?}");
    act(&mut floor, &incident, &Deed::Handle(Handling::Running));
    floor.now = floor.now + Span::minutes(1);
    let records = floor.rest();
    let told = texts(&records);
    assert!(!told.is_empty() && told.iter().all(|text| text.contains(sentence)), "{told:?}");
    let after = sum(&mut floor, &incident);
    assert_eq!(after.held, 0, "{after:?}");
    assert!(after.told > held.told);
}

#[test]
fn what_is_stopped_stays_unsent_when_the_incident_is_over() {
    let mut floor = stalled();
    until_found(&mut floor);
    let incident = only(&mut floor);
    act(&mut floor, &incident, &Deed::Handle(Handling::Held));
    floor.until("08 08:30");
    act(&mut floor, &incident, &Deed::Handle(Handling::Stopped));
    floor.now = floor.now + Span::minutes(1);
    floor.rest();
    let silent: Vec<String> = (0..STALLED)
        .map(|n| format!("slow-{n}"))
        .filter(|id| floor.states(id, Kind::DelayWarning).is_empty())
        .collect();
    assert!(!silent.is_empty());
    // The end of a cluster is told from its orders; here it is set, as if it were over while they wait.
    floor.run(|_, tx| {
        let over = Incident { ended_at: Some(at("08 08:40")), handling: Handling::Stopped, ..incident.clone() };
        tx.incident_save(&over)?;
        tx.sweep_start(&over.scope)
    });
    floor.now = floor.now + Span::minutes(20);
    let records = floor.rest();
    for id in &silent {
        assert_eq!(floor.states(id, Kind::DelayWarning), Vec::<NoticeState>::new(), "{id}: {:?}", texts(&records));
    }
}

#[test]
fn a_cluster_ends_by_itself_when_its_orders_have_left() {
    let mut floor = stalled();
    until_found(&mut floor);
    let incident = only(&mut floor);
    let time = floor.now;
    for n in 0..STALLED {
        floor.now = time;
        floor.shipped("07 12:00", &format!("slow-{n}"));
    }
    floor.now = floor.now.max(at("07 12:00"));
    floor.rest();
    assert_eq!(only(&mut floor).id, incident.id, "it may not be over yet");
    floor.until("08 12:00");
    floor.now = at("08 12:00");
    floor.rest();
    assert_eq!(live(&mut floor), []);
    let over = floor.run(|_, tx| tx.incidents_over(None, 9)).remove(0);
    assert_eq!(over.id, incident.id);
    assert!(over.ended_at.is_some_and(|end| end > time && end <= at("08 12:00")), "{over:?}");
}

#[test]
fn a_condition_is_one_incident_with_all_its_orders() {
    let mut floor = usual_days();
    let scope = json!({ "merchant_id": "qinghe", "warehouse_id": "HZ-1" });
    let raised = json!({ "condition_id": "c-1", "scope": scope, "kind": "system" });
    floor.say("06 08:00", "condition.raised", raised.clone());
    let incident = only(&mut floor);
    assert_eq!((incident.cause, incident.since), (Cause::System, at("06 08:00")));
    for n in 0..30 {
        floor.order_with(&format!("06 {}", clock(n)), &format!("slow-{n}"), json!({ "warehouse_id": "HZ-1" }));
    }
    floor.until("07 12:00");
    floor.now = floor.now.max(at("07 12:00"));
    floor.rest();
    assert_eq!(only(&mut floor).id, incident.id, "its orders are no cluster beside it");
    assert_eq!(sum(&mut floor, &incident).orders, 30);
    floor.say("07 13:00", "condition.raised", raised);
    assert_eq!(only(&mut floor).id, incident.id, "said again it is the same one");
    floor.say("07 14:00", "condition.cleared", json!({ "condition_id": "c-1" }));
    assert_eq!(live(&mut floor), []);
    let over = floor.run(|_, tx| tx.incidents_over(None, 9)).remove(0);
    assert_eq!((over.id, over.ended_at), (incident.id, Some(at("07 14:00"))));
}
