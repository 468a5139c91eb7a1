//! A notice of which nobody knows whether it was taken: listed, or sent once more as the policy says, never twice blindly.

use std::time::Duration;

use forewarn::engine::{Attempt, Message, Record, Remark, Verdict};
use forewarn::store::port::NoticeState;
use forewarn_core::ids::NoticeId;
use forewarn_core::notice::Kind;
use serde_json::json;

use crate::invariants::floor::{Floor, about, at, sent, sent_kinds};

const RESEND: &str = "[delivery]\nuncertain = \"resend\"\n[compensation]\nladder = []\n";
const RESEND_WITH_COUPONS: &str = "[delivery]\nuncertain = \"resend\"\n";

fn lost() -> Attempt {
    Attempt::Unknown { reason: "smtp end of message: connection lost or not understood".into() }
}

/// A floor with one paid order whose notice's outcome got lost at 10:00.
fn uncertain(policy: &str) -> (Floor, Message) {
    let mut floor = Floor::new();
    floor.policy(policy);
    floor.order("02 10:00", "1");
    floor.wake();
    let [message] = floor.claim("a").ready.try_into().expect("one message");
    assert!(floor.settle(&message, "a", &lost()).is_empty());
    (floor, message)
}

fn state(floor: &mut Floor) -> NoticeState {
    let [state] = floor.states("1", Kind::OrderAccepted).try_into().expect("one notice");
    state
}

fn id(floor: &mut Floor) -> NoticeId {
    floor.notices("1").remove(0).notice_id
}

/// Takes what is due at `time` to its channel.
fn next(floor: &mut Floor, time: &str) -> Option<Message> {
    floor.now = at(time);
    floor.wake();
    floor.claim("b").ready.pop()
}

fn word(floor: &mut Floor, verdict: Verdict) -> Option<Vec<Record>> {
    let (id, now) = (id(floor), floor.now);
    floor.run(|engine, tx| engine.resolve(tx, &id, verdict, "lin", now))
}

#[test]
fn held_it_stays_listed_and_is_never_sent_again() {
    let (mut floor, _) = uncertain("[delivery]\nuncertain = \"hold\"\n");
    assert_eq!(state(&mut floor), NoticeState::Unknown);
    assert_eq!(sent_kinds(&floor.until("03 09:00")), []);
    assert_eq!(state(&mut floor), NoticeState::Unknown);
}

#[test]
fn resent_it_goes_once_more_under_the_same_message_id() {
    let (mut floor, first) = uncertain(RESEND);
    assert_eq!(state(&mut floor), NoticeState::Retry);
    assert!(floor.row("1").told.reached(Kind::OrderAccepted).next().is_some(), "it counts as told meanwhile");
    assert_eq!(next(&mut floor, "02 10:14"), None);
    let again = next(&mut floor, "02 10:15").expect("its time has come");
    let ids = |message: &Message| message.lead.composed.as_ref().map(|c| c.message_id.clone());
    assert_eq!((ids(&again), again.lead.attempts), (ids(&first), 2));
    assert_eq!(sent_kinds(&floor.settle(&again, "b", &sent())), [Kind::OrderAccepted]);
    assert_eq!(state(&mut floor), NoticeState::Sent);
    assert_eq!(floor.row("1").told.said.len(), 1, "the order remembers it once");
    assert_eq!(sent_kinds(&floor.until("03 09:00")), []);
}

#[test]
fn resent_and_lost_again_it_is_left_to_a_person() {
    let (mut floor, _) = uncertain(RESEND);
    let again = next(&mut floor, "02 10:15").expect("its time has come");
    floor.settle(&again, "b", &lost());
    assert_eq!(state(&mut floor), NoticeState::Unknown);
    assert_eq!(sent_kinds(&floor.until("03 09:00")), []);
    assert_eq!(floor.notices("1")[0].attempts, 2);
}

#[test]
fn a_refusal_of_the_second_attempt_says_nothing_of_the_first() {
    let (mut floor, _) = uncertain(RESEND);
    let again = next(&mut floor, "02 10:15").expect("its time has come");
    let later = Attempt::Retry { after: Duration::from_secs(60), reason: "smtp rcpt to: 451".into() };
    floor.settle(&again, "b", &later);
    let third = next(&mut floor, "02 10:16").expect("a certain refusal is retried");
    floor.settle(&third, "b", &Attempt::Failed { reason: "smtp rcpt to: 550 5.1.1".into() });
    let notice = floor.notices("1").remove(0);
    assert_eq!(notice.state, NoticeState::Unknown);
    let why = Remark::Open(Box::new(Remark::Said("smtp rcpt to: 550 5.1.1")));
    assert_eq!(notice.outcome, Some(why.to_string()));
    assert!(floor.row("1").told.reached(Kind::OrderAccepted).next().is_some(), "it may have been read");
}

#[test]
fn what_is_no_longer_right_is_not_sent_again_and_not_taken_back() {
    let (mut floor, _) = uncertain(RESEND);
    floor.say("02 10:05", "order.cancelled", about("1", json!({})));
    assert_eq!(next(&mut floor, "02 10:15"), None);
    let notice = floor.notices("1").remove(0);
    assert_eq!(notice.state, NoticeState::Unknown);
    assert!(notice.outcome.is_some_and(|text| matches!(Remark::read(&text), Remark::Open(_))));
    assert_eq!(floor.suppressions("1"), [], "it may have been read, so it was not suppressed");
}

#[test]
fn a_compensation_is_never_announced_twice_by_itself() {
    let mut floor = Floor::new();
    floor.policy(RESEND_WITH_COUPONS);
    floor.order("02 10:00", "1");
    floor.until("03 09:59");
    floor.now = at("03 10:00");
    floor.wake();
    let [warning] = floor.claim("a").ready.try_into().expect("the warning");
    assert!(warning.lead.composed.as_ref().is_some_and(|c| c.grant_id.is_some()));
    floor.settle(&warning, "a", &lost());
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Unknown]);
    assert_eq!(sent_kinds(&floor.until("03 20:00")), []);
}

#[test]
fn stranded_by_a_dead_process_it_goes_once_more() {
    let mut floor = Floor::new();
    floor.policy(RESEND);
    floor.order("02 10:00", "1");
    floor.wake();
    assert_eq!(floor.claim("dead").ready.len(), 1);
    floor.now = at("02 10:10");
    assert_eq!(floor.settle_stranded(), 1);
    assert_eq!(state(&mut floor), NoticeState::Retry);
    assert!(next(&mut floor, "02 10:25").is_some());
    floor.now = at("02 10:40");
    assert_eq!(floor.settle_stranded(), 1);
    assert_eq!(state(&mut floor), NoticeState::Unknown);
}

#[test]
fn word_from_the_channel_that_it_arrived_saves_the_second_attempt() {
    let (mut floor, _) = uncertain(RESEND);
    let notice = id(&mut floor);
    floor.say("02 10:05", "notice.feedback", json!({ "notice_id": notice, "outcome": "delivered" }));
    assert_eq!(next(&mut floor, "02 10:15"), None);
    assert_eq!(state(&mut floor), NoticeState::Sent);
    assert_eq!(floor.row("1").told.said.len(), 1);
}

#[test]
fn a_person_says_that_it_arrived() {
    let (mut floor, _) = uncertain("");
    let records = word(&mut floor, Verdict::Arrived).expect("its outcome is unknown");
    assert_eq!(sent_kinds(&records), [Kind::OrderAccepted]);
    let notice = floor.notices("1").remove(0);
    assert_eq!((notice.state, notice.outcome), (NoticeState::Sent, Some(Remark::Arrived("lin").to_string())));
    assert!(word(&mut floor, Verdict::Again).is_none(), "it is settled");
}

#[test]
fn a_person_has_it_sent_again_and_it_is_decided_again_first() {
    let (mut floor, _) = uncertain("");
    assert_eq!(word(&mut floor, Verdict::Again).map(|records| records.len()), Some(0));
    let again = next(&mut floor, "02 10:00").expect("at once");
    floor.settle(&again, "b", &sent());
    assert_eq!(state(&mut floor), NoticeState::Sent);

    let (mut floor, _) = uncertain("");
    floor.say("02 10:05", "order.cancelled", about("1", json!({})));
    assert!(word(&mut floor, Verdict::Again).is_some());
    assert_eq!(next(&mut floor, "02 10:06"), None);
    assert_eq!(state(&mut floor), NoticeState::Unknown);
}

#[test]
fn nobody_has_a_say_in_what_is_on_its_way() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.wake();
    assert!(word(&mut floor, Verdict::Arrived).is_none(), "it waits");
    floor.claim("a");
    assert!(word(&mut floor, Verdict::Again).is_none(), "it is on the wire");
    assert_eq!(state(&mut floor), NoticeState::Sending);
}

#[test]
fn a_joint_message_goes_once_more_as_one() {
    let mut floor = Floor::new();
    floor.policy(RESEND);
    for order in ["1", "2"] {
        let buyer = json!({ "buyer": { "buyer_id": "lin", "email": "lin@example.com", "locale": "en" } });
        floor.order_with("02 10:00", order, buyer);
    }
    floor.until("03 09:59");
    floor.now = at("03 10:00");
    floor.wake();
    let [first] = floor.claim("a").ready.try_into().expect("one message");
    assert_eq!(first.others.len(), 1);
    floor.settle(&first, "a", &lost());
    let again = next(&mut floor, "03 10:15").expect("its time has come");
    assert_eq!(again.others.len(), 1);
    let ids = |message: &Message| -> Vec<_> {
        message.notices().map(|n| n.composed.as_ref().map(|c| c.message_id.clone())).collect()
    };
    assert_eq!(ids(&again), ids(&first));
    assert_eq!(sent_kinds(&floor.settle(&again, "b", &sent())), [Kind::DelayWarning; 2]);
}
