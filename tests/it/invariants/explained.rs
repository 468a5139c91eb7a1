//! Explained: every notice sent and every one that was not stands on record with its facts, numbers and policy.

use forewarn::engine::{Record, dossier};
use forewarn_core::because::sentences;
use forewarn_core::notice::{Kind, Why};
use serde_json::json;

use super::floor::{Floor, at, key};

/// Two orders: one that is warned about, one that may not be.
fn floor() -> (Floor, Vec<Record>) {
    let mut floor = Floor::new();
    floor.policy("[warn]\nrisk = 0.4");
    floor.order("02 10:00", "1");
    floor.order_with("02 10:00", "2", json!({ "notify": false }));
    let records = floor.until("03 12:00");
    (floor, records)
}

#[test]
fn explained_every_notice_carries_its_reasons_and_its_policy() {
    let (mut floor, records) = floor();
    let in_force = floor.run(|engine, tx| Ok(engine.settings(tx)?.policy.version().to_owned()));
    let mut seen = 0;
    for record in &records {
        if let Record::Notice(n) = record {
            seen += 1;
            assert_eq!(n.policy_version, in_force);
            assert!(!n.because.0.is_empty(), "{}", n.kind);
        }
    }
    assert_eq!(seen, 2);
    let warning = records
        .iter()
        .find_map(|r| if let Record::Notice(n) = r { Some(n).filter(|n| n.kind == Kind::DelayWarning) } else { None });
    let because = sentences(&warning.expect("a warning").because.0).join("; ");
    for fact in ["ship by 2026-03-04T02:00:00Z", "risk 0.", "against 0.4 by forecast", "cause "] {
        assert!(because.contains(fact), "`{fact}` is not among: {because}");
    }
}

#[test]
fn explained_every_suppression_carries_them_too() {
    let (mut floor, records) = floor();
    let stored = floor.run(|_, tx| tx.suppressions_of(&key("2")));
    assert_eq!(
        stored.iter().map(|(kind, why, ..)| (*kind, *why)).collect::<Vec<_>>(),
        [(Kind::OrderAccepted, Why::NotifyOff), (Kind::DelayWarning, Why::NotifyOff)]
    );
    assert!(stored.iter().all(|(.., because)| !because.is_empty()));
    let written: Vec<_> =
        records.iter().filter_map(|r| if let Record::Suppressed(s) = r { Some(s) } else { None }).collect();
    assert!(written.iter().all(|s| !s.because.0.is_empty() && !s.policy_version.is_empty()) && written.len() == 2);
}

#[test]
fn explained_a_withdrawn_notice_says_why() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.until("03 09:00");
    floor.now = at("03 10:00");
    floor.wake();
    floor.shipped("03 10:00", "1");
    floor.claim("a");
    let withdrawn = floor.notices("1").into_iter().find(|n| n.kind == Kind::DelayWarning).expect("it was decided");
    assert_eq!(withdrawn.outcome.as_deref(), Some("shipped"));
    let stored = floor.run(|_, tx| tx.suppressions_of(&key("1")));
    assert!(
        stored
            .iter()
            .all(|(kind, why, _, because)| *kind == Kind::DelayWarning && *why == Why::Shipped && !because.is_empty())
    );
}

#[test]
fn explained_an_order_can_be_read_at_any_moment() {
    let (mut floor, _) = floor();
    let now = floor.now;
    let (row, found) = floor.run(|engine, tx| dossier(engine, tx, &key("1"), now)).expect("the order");
    let decision = found.decision.expect("a decision");
    assert!(row.parked.is_none() && decision.due.is_empty());
    assert_eq!(decision.standing.ship_by, Some(at("04 10:00")));
    assert!(decision.standing.risk.is_some() && decision.standing.quote > Some(at("04 10:00")));
    assert!(decision.standing.cause.is_some());
    assert!(floor.run(|engine, tx| dossier(engine, tx, &key("none"), now)).is_none());
    assert_eq!(floor.row("1"), row, "reading changes nothing");
}

#[test]
fn explained_a_refused_coupon_names_its_cap() {
    let mut floor = Floor::new();
    floor.policy("[compensation]\nper_merchant_day = \"7.00\"");
    for order in ["1", "2"] {
        floor.order("02 10:00", order);
    }
    floor.until("03 12:00");
    let grants: Vec<_> =
        ["1", "2"].into_iter().flat_map(|order| floor.run(|_, tx| tx.grants_of(&key(order)))).collect();
    assert_eq!(grants.iter().filter_map(|g| g.why.as_deref()).collect::<Vec<_>>(), ["per_merchant_day"]);
}
