//! A server that takes every mail and cuts the line instead of answering, a thousand times.

use std::collections::BTreeMap;
use std::path::Path;

use forewarn::store::port::NoticeRow;
use forewarn::store::port::NoticeState::{Sent, Unknown};
use forewarn_core::Span;
use forewarn_core::notice::Kind;
use serde_json::json;

use super::server::{Act, Script, Server};
use super::smtp::{channel, message_ids, run};
use super::stage::{PATIENCE, states};
use crate::invariants::floor::{Floor, about, at, event, placed};

const PLAIN: &str = "tls = \"none\"\n";
const OK: Act = Act::Say("250 2.0.0 Ok");

/// Of five mails it takes, it answers the last one only: just often enough not to be left alone.
async fn every_fifth_answer(lost: usize) -> Server {
    let mut acts: Vec<Act> =
        [Act::Drop, Act::Drop, Act::Drop, Act::Drop, OK].into_iter().cycle().take(mails(lost)).collect();
    acts.push(OK);
    Script::new().on("END", &acts).start().await
}

/// Paid orders whose notices are due.
fn floor(path: &Path, policy: &str, orders: usize) -> Floor {
    let mut floor = Floor::open(path);
    floor.now = at("02 10:00");
    floor.policy(policy);
    let events: Vec<Vec<u8>> = (0..orders)
        .flat_map(|n| {
            let id = n.to_string();
            let paid = event("02 10:00", "order.paid", about(&id, json!({})));
            [event("02 09:59", "order.placed", placed(&id, json!({}))), paid].map(|e| e.to_string().into_bytes())
        })
        .collect();
    for batch in events.chunks(500) {
        floor.batch(&batch.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    while floor.wake().orders > 0 {}
    floor
}

/// How many mails it takes to lose the answers to so many of them.
const fn mails(lost: usize) -> usize {
    lost * 5 / 4
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap()
}

/// How often each mail reached the server.
fn copies(server: &Server) -> BTreeMap<usize, usize> {
    let mut mails = BTreeMap::<String, usize>::new();
    message_ids(server).into_iter().for_each(|id| *mails.entry(id).or_default() += 1);
    let mut copies = BTreeMap::new();
    mails.into_values().for_each(|times| *copies.entry(times).or_default() += 1);
    copies
}

const LOST: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_lost_answers_are_a_thousand_unknown_notices_and_none_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.db");
    let mut floor = floor(&path, "", mails(LOST));
    let server = every_fifth_answer(LOST).await;
    let channel = channel(&server, PATIENCE, PLAIN);
    for minutes in [0, 20, 40] {
        run(&path, &channel, floor.now + Span::minutes(minutes), 1).await;
    }
    let answered = count(mails(LOST) - LOST);
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(Sent, answered), (Unknown, count(LOST))]);
    assert_eq!(copies(&server), BTreeMap::from([(1, mails(LOST))]));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_policy_each_is_sent_once_more_under_its_message_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.db");
    // Each mail takes two attempts here, so the short form plays fewer.
    let lost = if std::env::var_os("FOREWARN_LONG").is_some() { LOST } else { LOST / 5 };
    let mut floor = floor(&path, "[delivery]\nuncertain = \"resend\"\n", mails(lost));
    let server = every_fifth_answer(lost).await;
    let channel = channel(&server, PATIENCE, PLAIN);
    for minutes in [0, 20, 40] {
        run(&path, &channel, floor.now + Span::minutes(minutes), 1).await;
    }
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(Sent, count(mails(lost)))]);
    assert_eq!(copies(&server), BTreeMap::from([(1, mails(lost) - lost), (2, lost)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_that_brings_a_coupon_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.db");
    let mut floor = floor(&path, "[delivery]\nuncertain = \"resend\"\n", 100);
    let well = Script::new().start().await;
    run(&path, &channel(&well, PATIENCE, PLAIN), floor.now, 4).await;
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(Sent, 100)]);
    floor.now = at("03 10:00");
    while floor.wake().orders > 0 {}
    let server = every_fifth_answer(80).await;
    let channel = channel(&server, PATIENCE, PLAIN);
    for minutes in [0, 20, 40] {
        run(&path, &channel, floor.now + Span::minutes(minutes), 1).await;
    }
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(Sent, 120), (Unknown, 80)]);
    assert_eq!(copies(&server), BTreeMap::from([(1, 100)]));
    let brings_coupon = |notice: &NoticeRow| notice.composed.as_ref().is_some_and(|c| c.grant_id.is_some());
    let warnings = (0..100).flat_map(|n| floor.notices(&n.to_string())).filter(|n| n.kind == Kind::DelayWarning);
    assert_eq!(warnings.filter(brings_coupon).count(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_left_alone_before_it_costs_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.db");
    let mut floor = floor(&path, "", 200);
    let server = Script::new().on("END", &[Act::Drop]).start().await;
    run(&path, &channel(&server, PATIENCE, PLAIN), floor.now, 1).await;
    assert_eq!(states(&mut floor)[&Unknown], 5);
    assert_eq!(message_ids(&server).len(), 5);
}
