//! The outbox: nothing lost between claim and record, nothing claimed twice.

use forewarn_core::BuyerKey;
use forewarn_core::decide::Got;
use forewarn_core::notice::Kind;

use super::fixtures::{at, buyer, composed, key, merchant, notice};
use super::{TestStore, run};
use crate::store::port::{Composed, NoticeRow, NoticeState};

fn add(store: &mut dyn TestStore, rows: &[NoticeRow]) {
    run(store, |tx| tx.notices_add(rows));
}

fn load(store: &mut dyn TestStore, row: &NoticeRow) -> NoticeRow {
    run(store, |tx| tx.notice_load(&row.notice_id)).expect("it was added")
}

/// Claims at business time `now` and real time `real`, for ten minutes.
fn claim(store: &mut dyn TestStore, now: i64, real: i64, limit: usize, token: &str) -> Vec<NoticeRow> {
    run(store, |tx| tx.notices_claim(at(now), at(real), limit, token, at(real + 10)))
}

fn names(rows: &[NoticeRow]) -> Vec<&str> {
    rows.iter().map(|row| row.notice_id.as_str()).collect()
}

fn settled(mut row: NoticeRow, state: NoticeState) -> NoticeRow {
    row.state = state;
    row.lease_token = None;
    row.lease_until = None;
    row
}

pub(crate) fn a_notice_comes_back_as_it_was_added(store: &mut dyn TestStore) {
    let mut full = notice("full", 1);
    full.attempts = 2;
    full.lease_token = Some("t".into());
    full.lease_until = Some(at(9));
    full.sent_at = Some(at(3));
    full.composed = Some(composed().into());
    full.outcome = Some("250 ok".into());
    full.feedback = Some("delivered".into());
    let bare = NoticeRow { buyer_id: None, ..notice("bare", 0) };
    add(store, &[full.clone(), bare.clone()]);
    assert_eq!(load(store, &full), full);
    assert_eq!(run(store, |tx| tx.notices_of(&key("o-1"))), [bare, full]);
    assert!(run(store, |tx| tx.notices_of(&key("o-2"))).is_empty());
    assert_eq!(run(store, |tx| tx.notice_load(&notice("unknown", 0).notice_id)), None);
}

pub(crate) fn adding_again_changes_nothing(store: &mut dyn TestStore) {
    add(store, &[notice("n", 1)]);
    let [held] = claim(store, 1, 1, 9, "t").try_into().expect("one is due");
    add(store, &[notice("n", 5), notice("n", 6)]);
    assert_eq!(load(store, &held), held);
    assert!(run(store, |tx| tx.notice_save(&settled(held.clone(), NoticeState::Sent), "t")));
    add(store, &[notice("n", 7)]);
    assert_eq!(load(store, &held).state, NoticeState::Sent);
}

pub(crate) fn a_withdrawn_notice_becomes_ready_again(store: &mut dyn TestStore) {
    add(store, &[notice("n", 1)]);
    let [held] = claim(store, 1, 1, 9, "t").try_into().expect("one is due");
    assert!(run(store, |tx| tx.notice_save(&settled(held.clone(), NoticeState::Withdrawn), "t")));
    assert!(claim(store, 9, 9, 9, "u").is_empty());
    add(store, &[notice("n", 5)]);
    assert_eq!(load(store, &held), notice("n", 5));
    assert_eq!(names(&claim(store, 9, 9, 9, "u")), ["n"]);
}

pub(crate) fn claims_come_by_due_time_then_key(store: &mut dyn TestStore) {
    let mut other = notice("a-other-order", 2);
    other.order = key("o-0");
    let retry = NoticeRow { state: NoticeState::Retry, ..notice("retry", 1) };
    add(store, &[notice("b", 2), notice("a", 2), other, retry, notice("late", 4)]);
    assert_eq!(run(store, |tx| tx.notices_next_due()), Some(at(1)));
    assert_eq!(names(&claim(store, 3, 0, 2, "t")), ["retry", "a-other-order"]);
    assert_eq!(run(store, |tx| tx.notices_next_due()), Some(at(2)));
    let rest = claim(store, 3, 0, 9, "u");
    assert_eq!(names(&rest), ["a", "b"]);
    assert_eq!(load(store, &rest[0]), rest[0]);
    let held = (rest[0].state, rest[0].lease_token.as_deref(), rest[0].lease_until);
    assert_eq!(held, (NoticeState::Claimed, Some("u"), Some(at(10))));
    assert_eq!(run(store, |tx| tx.notices_next_due()), Some(at(4)));
}

pub(crate) fn a_lease_keeps_others_away_until_it_runs_out(store: &mut dyn TestStore) {
    add(store, &[notice("n", 0)]);
    assert_eq!(claim(store, 0, 100, 9, "t").len(), 1);
    assert!(claim(store, 99, 109, 9, "u").is_empty(), "the business clock never ends a lease");
    let again = claim(store, 99, 110, 9, "u");
    assert_eq!(again[0].lease_token.as_deref(), Some("u"));
}

pub(crate) fn a_notice_on_its_way_is_never_claimed_again(store: &mut dyn TestStore) {
    add(store, &[notice("n", 0)]);
    let [mut held] = claim(store, 0, 0, 9, "t").try_into().expect("one is due");
    held.state = NoticeState::Sending;
    assert!(run(store, |tx| tx.notice_save(&held, "t")));
    assert!(run(store, |tx| tx.notices_stranded(at(9), 9)).is_empty());
    assert!(claim(store, 99, 99, 9, "u").is_empty());
    assert_eq!(run(store, |tx| tx.notices_stranded(at(10), 9)), [held.clone()]);
    assert!(run(store, |tx| tx.notice_save(&settled(held.clone(), NoticeState::Unknown), "t")));
    assert!(run(store, |tx| tx.notices_stranded(at(99), 9)).is_empty());
}

pub(crate) fn only_the_holder_of_the_token_writes_back(store: &mut dyn TestStore) {
    add(store, &[notice("n", 0)]);
    let [first] = claim(store, 0, 0, 9, "t").try_into().expect("one is due");
    let [second] = claim(store, 0, 50, 9, "u").try_into().expect("the lease has run out");
    let sent = settled(first, NoticeState::Sent);
    assert!(!run(store, |tx| tx.notice_save(&sent, "t")));
    assert_eq!(load(store, &sent), second);
    assert!(run(store, |tx| tx.notice_save(&sent, "u")));
    assert_eq!(load(store, &sent), sent);
    assert!(!run(store, |tx| tx.notice_save(&sent, "u")), "a settled notice is held by nobody");
}

pub(crate) fn only_what_is_open_and_held_by_nobody_is_resolved(store: &mut dyn TestStore) {
    let unknown = NoticeRow { state: NoticeState::Unknown, sent_at: Some(at(1)), ..notice("unknown", 0) };
    let again = NoticeRow { state: NoticeState::Retry, sent_at: Some(at(1)), ..notice("again", 50) };
    let others = [
        NoticeRow { state: NoticeState::Retry, ..notice("refused", 50) },
        NoticeRow { state: NoticeState::Sent, sent_at: Some(at(1)), ..notice("sent", 0) },
        notice("ready", 50),
    ];
    add(store, &[unknown.clone(), again.clone()]);
    add(store, &others);
    let arrived =
        |row: &NoticeRow| NoticeRow { outcome: Some("arrived".into()), ..settled(row.clone(), NoticeState::Sent) };
    for other in &others {
        assert!(!run(store, |tx| tx.notice_resolve(&arrived(other))), "{}", other.notice_id);
        assert_eq!(&load(store, other), other);
    }
    let due = NoticeRow { state: NoticeState::Retry, due_at: at(9), ..unknown };
    assert!(run(store, |tx| tx.notice_resolve(&due)));
    assert_eq!(load(store, &due), due);
    let [held] = claim(store, 9, 9, 9, "t").try_into().expect("it is due");
    assert!(!run(store, |tx| tx.notice_resolve(&arrived(&held))), "somebody holds it");
    assert!(run(store, |tx| tx.notice_resolve(&arrived(&again))));
    assert_eq!(load(store, &again), arrived(&again));
}

pub(crate) fn feedback_outlasts_a_later_save(store: &mut dyn TestStore) {
    add(store, &[notice("n", 0)]);
    let [held] = claim(store, 0, 0, 9, "t").try_into().expect("one is due");
    assert!(run(store, |tx| tx.notice_feedback(&held.notice_id, "bounced")));
    assert!(run(store, |tx| tx.notice_save(&settled(held.clone(), NoticeState::Sent), "t")));
    assert_eq!(load(store, &held).feedback.as_deref(), Some("bounced"));
    assert!(!run(store, |tx| tx.notice_feedback(&notice("unknown", 0).notice_id, "opened")));
}

pub(crate) fn a_buyers_count_holds_what_was_or_may_have_been_sent(store: &mut dyn TestStore) {
    let states = [
        NoticeState::Sent,
        NoticeState::Unknown,
        NoticeState::Sending,
        NoticeState::Ready,
        NoticeState::Failed,
        NoticeState::Withdrawn,
    ];
    let rows: Vec<NoticeRow> =
        (0..).zip(states).map(|(i, state)| NoticeRow { state, ..notice(&format!("n-{i}"), 10) }).collect();
    add(store, &rows);
    let old = NoticeRow { state: NoticeState::Sent, sent_at: Some(at(1)), ..notice("old", 10) };
    let others = NoticeRow { state: NoticeState::Sent, buyer_id: Some(buyer("B2")), ..notice("other", 10) };
    add(store, &[old, others]);
    let got = |name: &str| Got { message_id: name.into(), kind: Kind::DelayWarning, order_id: key("o-1").order_id };
    let newest = ["n-0", "n-1", "n-2"].map(got).to_vec();
    assert_eq!(run(store, |tx| tx.notices_sent_since(&merchant("M1"), &buyer("B1"), at(10))), newest);
    let all = [newest, vec![got("old")]].concat();
    assert_eq!(run(store, |tx| tx.notices_sent_since(&merchant("M1"), &buyer("B1"), at(0))), all);
    assert_eq!(run(store, |tx| tx.notices_sent_since(&merchant("M2"), &buyer("B1"), at(0))), []);
}

pub(crate) fn what_a_buyer_got_names_its_message(store: &mut dyn TestStore) {
    let told = |name: &str, message: &str| {
        let words = Composed { message_id: message.into(), ..composed() };
        NoticeRow { state: NoticeState::Sent, composed: Some(words.into()), ..notice(name, 10) }
    };
    add(store, &[told("a", "m-1"), told("b", "m-1"), told("c", "m-2"), notice("d", 10)]);
    let [mut later] = claim(store, 10, 10, 9, "t").try_into().expect("one is due");
    let messages = |store: &mut dyn TestStore| -> Vec<String> {
        let got = run(store, |tx| tx.notices_sent_since(&merchant("M1"), &buyer("B1"), at(0)));
        got.into_iter().map(|got| got.message_id).collect()
    };
    assert_eq!(messages(store), ["m-1", "m-1", "m-2"]);
    (later.state, later.composed) = (NoticeState::Sending, told("d", "m-2").composed);
    assert!(run(store, |tx| tx.notice_save(&later, "t")));
    assert_eq!(messages(store), ["m-1", "m-1", "m-2", "m-2"]);
}

pub(crate) fn a_buyers_waiting_notices_come_whenever_they_are_due(store: &mut dyn TestStore) {
    let state = |name: &str, minutes, state| NoticeRow { state, ..notice(name, minutes) };
    let sent = state("sent", 1, NoticeState::Sent);
    let other = NoticeRow { buyer_id: Some(buyer("B2")), ..notice("other", 1) };
    add(store, &[notice("b", 99), state("a", 7, NoticeState::Retry), sent, other, notice("c", 1)]);
    assert_eq!(claim(store, 1, 1, 1, "t").len(), 1);
    let mine = BuyerKey { merchant_id: merchant("M1"), buyer_id: buyer("B1") };
    assert_eq!(names(&run(store, |tx| tx.notices_waiting(&mine, 9))), ["c", "a", "b"]);
    assert_eq!(names(&run(store, |tx| tx.notices_waiting(&mine, 2))), ["c", "a"]);
    let elsewhere = BuyerKey { merchant_id: merchant("M2"), ..mine };
    assert!(run(store, |tx| tx.notices_waiting(&elsewhere, 9)).is_empty());
}

pub(crate) fn one_notice_is_taken_whenever_it_is_due_unless_another_holds_it(store: &mut dyn TestStore) {
    let n = notice("n", 99);
    add(store, std::slice::from_ref(&n));
    let take = |store: &mut dyn TestStore, real: i64, token: &str| {
        run(store, |tx| tx.notice_take(&n.notice_id, at(real), token, at(real + 10)))
    };
    assert!(take(store, 0, "t") && take(store, 1, "t"));
    let held = load(store, &n);
    let lease = (held.state, held.lease_token.as_deref(), held.lease_until);
    assert_eq!(lease, (NoticeState::Claimed, Some("t"), Some(at(11))));
    assert!(!take(store, 10, "u"), "the lease still holds");
    assert!(take(store, 11, "u"));
    assert!(run(store, |tx| tx.notice_save(&settled(held.clone(), NoticeState::Sending), "u")));
    assert!(!take(store, 99, "v"), "it is on its way");
}

pub(crate) fn notices_are_counted_by_kind_and_state(store: &mut dyn TestStore) {
    let shipped = NoticeRow { kind: Kind::Shipped, state: NoticeState::Sent, ..notice("c", 0) };
    add(store, &[notice("a", 0), notice("b", 0), shipped]);
    let (mut counts, suppressed) = run(store, |tx| tx.notice_counts());
    counts.sort();
    assert_eq!(counts, [(Kind::DelayWarning, NoticeState::Ready, 2), (Kind::Shipped, NoticeState::Sent, 1)]);
    assert!(suppressed.is_empty());
}

pub(crate) fn unknown_notices_are_counted_by_channel(store: &mut dyn TestStore) {
    let lost = |name: &str, channel: &str| {
        let composed = Composed { channel: channel.into(), ..composed() };
        NoticeRow { state: NoticeState::Unknown, composed: Some(composed.into()), ..notice(name, 0) }
    };
    let bare = NoticeRow { state: NoticeState::Unknown, ..notice("bare", 0) };
    let failed = NoticeRow { state: NoticeState::Failed, ..lost("failed", "sms") };
    add(store, &[lost("a", "email"), lost("b", "sms"), lost("c", "email"), bare, failed]);
    let counts = run(store, |tx| tx.notices_unknown());
    assert_eq!(counts, [(String::new(), 1), ("email".into(), 2), ("sms".into(), 1)]);
}
