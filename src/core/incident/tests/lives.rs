//! How an incident begins, holds back and ends.

use super::{facet, shop, tick, turned};
use crate::cause::Cause;
use crate::condition::Condition;
use crate::decide::Paused;
use crate::event::{ConditionKind, ConditionRaised, Scope};
use crate::ids::ConditionId;
use crate::incident::{Change, Cluster, Handling, Incident, IncidentId, is_over};
use crate::instant::Span;

fn cluster() -> Incident {
    let orders = turned(1, 30, "warehouse=W1");
    let found = Cluster {
        merchant_id: shop(),
        facet: facet("warehouse=W1"),
        orders: orders.iter().map(|turning| turning.key.clone()).collect(),
        since: orders[0].at,
        usual: 1,
        open: 60,
        cause: Cause::WarehouseQueue,
    };
    Incident::of_cluster(&found, tick(4))
}

fn outage() -> Incident {
    let scope = Scope { merchant_id: Some(shop()), ..Scope::default() };
    let raised = ConditionRaised { scope, kind: ConditionKind::System, clears_at: None, detail: None };
    Incident::of_condition(&Condition { id: ConditionId::new("c-1").unwrap(), raised_at: tick(0), raised }, tick(1))
}

#[test]
fn a_name_is_the_same_for_the_same_thing_and_is_read_as_it_is_written() {
    assert_eq!(cluster().id, cluster().id);
    assert_ne!(cluster().id, outage().id);
    let id = cluster().id;
    assert_eq!(IncidentId::parse(&id.to_string()), Some(id));
    for bad in ["", "1", "0123456789ABCDEF", "+123456789abcdef", "0123456789abcdef0"] {
        assert_eq!(IncidentId::parse(bad), None, "{bad}");
    }
    let json = serde_json::to_string(&cluster()).unwrap();
    assert_eq!(serde_json::from_str::<Incident>(&json).unwrap(), cluster());
}

#[test]
fn a_known_cause_belongs_to_its_condition_and_every_other_to_the_cluster() {
    let (cluster, outage) = (cluster(), outage());
    let mut late = turned(50, 50, "warehouse=W1").remove(0);
    assert!(cluster.has(&late) && !outage.has(&late));
    late.condition = Some(ConditionId::new("c-1").unwrap());
    assert!(!cluster.has(&late) && outage.has(&late));
    let elsewhere = turned(51, 51, "warehouse=W2").remove(0);
    assert!(!cluster.has(&elsewhere));
    let over = Incident { ended_at: Some(tick(9)), ..cluster };
    assert!(!over.has(&turned(52, 52, "warehouse=W1").remove(0)));
}

#[test]
fn held_holds_until_it_is_let_go_and_stopped_until_it_is_over() {
    let change = Some(Change { by: "ops".into(), at: tick(6) });
    let mut incident = Incident { changed: change, ..cluster() };
    assert_eq!(incident.pause(), None);
    for (handling, over, expected) in [
        (Handling::Held, false, Some(false)),
        (Handling::Held, true, Some(false)),
        (Handling::Stopped, false, Some(true)),
        (Handling::Stopped, true, None),
        (Handling::Running, true, None),
    ] {
        incident.handling = handling;
        incident.ended_at = over.then(|| tick(20));
        let pause = incident.pause();
        assert_eq!(pause.map(|p| p.since), expected.map(|_| tick(6)));
        let id = incident.id;
        assert_eq!(pause.map(|p| p.of), expected.map(|stopped| Paused::Incident { id, stopped }));
    }
}

#[test]
fn a_sentence_counts_while_the_incident_may_still_speak() {
    let mut incident = cluster();
    incident.sentences.insert("en".into(), "Our packing line stood still.".into());
    assert_eq!(incident.sentence("en"), Some("Our packing line stood still."));
    assert_eq!(incident.sentence("zh"), None);
    incident.ended_at = Some(tick(20));
    assert_eq!(incident.sentence("en"), None);
    incident.handling = Handling::Held;
    assert!(incident.sentence("en").is_some());
}

#[test]
fn a_cluster_is_over_when_it_is_quiet_and_nothing_of_it_is_open() {
    let last = tick(0);
    assert!(!is_over(last, 0, last + Span::hours(5)));
    assert!(is_over(last, 0, last + Span::hours(6)));
    assert!(!is_over(last, 1, last + Span::hours(6)));
    assert!(is_over(last, 1, last + Span::hours(7 * 24)));
}
