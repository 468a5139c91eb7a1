use super::{Evidence, Mover, Reason, sentences};
use crate::forecast::Wait;
use crate::ids::ParcelId;
use crate::instant::{Instant, Span};
use crate::policy::Ppm;

/// Every kind of reason as a store holds it, one a line; the console's tests read the same file.
const EXAMPLES: &str = include_str!("examples.jsonl");

fn examples() -> Vec<Reason> {
    EXAMPLES.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Numbers every kind of clause, so that a new one cannot be left out of the examples.
fn place(reason: &Reason) -> usize {
    match reason {
        Reason::ShipBy { .. } => 0,
        Reason::Postponed { .. } => 1,
        Reason::Risk { .. } => 2,
        Reason::Silence { .. } => 3,
        Reason::Cause { evidence: Evidence::Exception { .. }, .. } => 4,
        Reason::Cause { evidence: Evidence::Condition { .. }, .. } => 5,
        Reason::Cause { evidence: Evidence::SilentAlone, .. } => 6,
        Reason::Cause { evidence: Evidence::Backlog { .. }, .. } => 7,
        Reason::Cause { evidence: Evidence::Campaign { .. }, .. } => 8,
        Reason::Cause { evidence: Evidence::Step { .. }, .. } => 9,
        Reason::Cause { evidence: Evidence::NotTakenUp, .. } => 10,
        Reason::Forecast(basis) => match basis.wait {
            Wait::Stage(None) => 11,
            Wait::Stage(Some(_)) => 12,
            Wait::Announced => 13,
            Wait::Resumed => 14,
            Wait::Blocked(_) => 15,
            Wait::Dwell(_) | Wait::Overdue => 16,
            Wait::Pickup => 32,
        },
        Reason::Usual { .. } => 17,
        Reason::NoLongerDue => 18,
        Reason::HandedOver { .. } => 19,
        Reason::Delivered { .. } => 20,
        Reason::Trouble { .. } => 21,
        Reason::Announced { .. } => 22,
        Reason::Doubted { .. } => 23,
        Reason::Together { .. } => 24,
        Reason::SetAside { .. } => 25,
        Reason::Moved { by: Mover::TimeLeft { .. }, .. } => 26,
        Reason::Moved { by: Mover::LateRecord { .. }, .. } => 27,
        Reason::Moved { by: Mover::Record { .. }, .. } => 28,
        Reason::Moved { by: Mover::Overdue { .. }, .. } => 29,
        Reason::Moved { by: Mover::Pace { .. }, .. } => 30,
        Reason::Cause { evidence: Evidence::NotCollected { .. }, .. } => 31,
        Reason::Paused { .. } => 33,
        Reason::Reckoned { .. } => 34,
        Reason::Needed { .. } => 35,
        Reason::Proposed { .. } => 36,
        Reason::Plain(_) => 37,
    }
}

#[test]
fn there_is_an_example_of_everything() {
    let mut places: Vec<usize> = examples().iter().map(place).collect();
    places.dedup();
    assert_eq!(places, (0..37).collect::<Vec<_>>());
}

#[test]
fn what_was_stored_is_read_and_written_the_same() {
    let written: Vec<String> = examples().iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    assert_eq!(written.join("\n"), EXAMPLES.trim_end());
}

#[test]
fn a_sentence_of_an_earlier_version_is_read_as_it_stands() {
    let stored = r#"["ship by 2026-03-06T10:00:00Z (named by the order, version 1)","no_longer_due"]"#;
    let read: Vec<Reason> = serde_json::from_str(stored).unwrap();
    assert!(read.iter().all(|r| matches!(r, Reason::Plain(_))));
    assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    assert_eq!(serde_json::to_string(&sentences(&read)).unwrap(), stored);
}

#[test]
fn something_else_is_no_reason() {
    for text in ["7", "null", "{}", r#"{"is":"unheard_of"}"#, r#"{"is":"postponed"}"#] {
        assert!(serde_json::from_str::<Reason>(text).is_err(), "{text}");
    }
}

#[test]
fn a_silence_keeps_its_milliseconds() {
    let silence = Reason::Silence { span: Span::from_ms(3_600_001), share: Ppm::from_ppm(950_000) };
    let stored = serde_json::to_string(&silence).unwrap();
    assert_eq!(serde_json::from_str::<Reason>(&stored).unwrap(), silence);
    assert_eq!(silence.to_string(), "silent for 3600s, longer than 0.95 of comparable orders");
}

#[test]
fn ids_and_milliseconds_stand_in_the_sentence() {
    let (parcel_id, at) = (ParcelId::new("箱 7").unwrap(), Instant::from_ms(1_772_409_600_123));
    let said = Reason::HandedOver { parcel_id, at }.to_string();
    assert_eq!(said, "parcel 箱 7 handed over 2026-03-02T00:00:00.123Z");
}

#[test]
fn every_clause_in_english() {
    insta::assert_snapshot!(sentences(&examples()).join("\n"), @r"
    ship by 2026-03-06T10:00:00Z (payment plus the policy's window, version 1)
    ship by 2026-03-06T10:00:00Z (agreed with the buyer, version 2)
    the shop named 2026-03-08T04:00:00Z instead, not agreed by the buyer
    risk 0.830001 against 0.5 by forecast 2026-03-05T09:45:00Z
    risk 0.5 against 0.5 by forecast prior
    silent for 27h, longer than 0.95 of comparable orders
    cause out_of_stock reported: exception x-1 reported 2026-03-05T03:00:00Z
    cause weather reported: condition c-7 raised 2026-03-05T03:00:00Z
    cause system inferred: no word on this order while its warehouse reports on others
    cause surge inferred: 1265 orders wait in its queue, where 210 usually do
    cause surge inferred: bought in campaign 38-festival
    cause warehouse_queue inferred: at step picking since 2026-03-05T03:00:00Z
    cause warehouse_queue inferred: paid and not yet taken up by the warehouse
    waiting since it was paid 2026-03-04T02:00:00Z; learned from 112 orders of this shop and 2400 in all
    packed since 2026-03-04T02:00:00Z; learned from 112 orders of this shop and 2400 in all
    announced to ship 2026-03-08T04:00:00Z; this shop has no history, so it was learned from 3 orders of all shops
    held up until 2026-03-08T04:00:00Z, moving from then on; this shop has no history, so it was learned from 3 orders of all shops
    held up by carrier since 2026-03-04T02:00:00Z; nothing comparable was seen yet, so it stands on estimates
    waiting since 2026-03-04T02:00:00Z; nothing comparable was seen yet, so it stands on estimates
    95 % of parcels are heard of again within 27 h; learned from 214 legs of this carrier from the same warehouse to the same region
    95 % of parcels arrive within 0 h after they were expected; learned from 48 legs of this carrier
    95 % of parcels are heard of again within 8 h; learned from 2100 legs of all carriers, as this one has too few
    decided earlier, no longer due before it was sent
    parcel P-1 handed over 2026-03-05T13:10:00Z
    delivered 2026-03-07T02:30:00Z
    stalled since 2026-03-07T02:30:00Z
    told 2026-03-08T04:00:00Z, announced 2026-03-09T04:00:00Z
    told 2026-03-08T04:00:00Z, which the forecast now misses with chance 0.62
    told together with another order of this buyer; by itself from 2026-03-06T04:00:00Z on
    the order is set aside: a rule panicked while the order was read
    24 h are left, 3 h by when this shop ships: raises the risk
    this shop missed 7 of 9 orders that were still open a day before: raises the risk
    this shop's record is new: lowers the risk
    this shop missed 2 of 31 orders: lowers the risk
    no other order of this shop is past its limit: lowers the risk
    12 other orders of this shop are past their limit: raises the risk
    it has waited 25 h of the 48 h promised: lowers the risk
    cause carrier inferred: parcel P-1 said to be shipped 2026-03-05T03:00:00Z, not scanned by its carrier since
    said to be shipped 2026-03-05T03:00:00Z, waiting for its first scan; learned from 112 orders of this shop and 2400 in all
    all notices are paused since 2026-03-05T03:00:00Z
    notices of this shop are paused since 2026-03-05T03:00:00Z
    notices of the kind delay_warning are paused since 2026-03-05T03:00:00Z
    the channel sms is paused since 2026-03-05T03:00:00Z
    the forecast's 2026-03-08T04:00:00Z is 2026-03-09T01:00:00Z in working time
    needed by 2026-03-08T10:00:00Z, so it has to leave by 2026-03-05T10:00:00Z, which it misses with chance 0.74: 72 h on the way by the policy's estimate
    needed by 2026-03-08T10:00:00Z, so it has to leave by 2026-03-06T01:00:00Z, which it misses with chance 1: 57 h on the way, learned from 240 parcels
    the shop asked for 2026-03-08T04:00:00Z on 2026-03-05T02:00:00Z, not agreed by the buyer so far
    ");
}
