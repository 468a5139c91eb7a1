//! `forewarn serve` and the commands beside it: what it waits for, what stops it, what it never does unasked.

use std::time::{Duration, Instant};

use forewarn::store::port::{NoticeState, SwitchScope};
use forewarn_core::event::Scope;
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{OrderKey, Span};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::events::{Order, SHOP, from_now, history};
use super::sink::Sink;
use super::topics::Stream;
use super::{AT_ANY_HOUR, Place, Running, TOKEN};
use crate::services;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A configuration whose notices go to `sink`.
fn to_gateway(more: &str, url: &str) -> Place {
    let gateway = format!("[webhook.sms]\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n");
    Place::new(&format!("{more}{gateway}"), "", &format!("{AT_ANY_HOUR}[channels]\norder = [\"sms\"]\n"))
}

/// An order just paid by a buyer with a telephone.
fn order(id: &str) -> Order {
    let mut order = Order::new(id);
    order.buyer["phone"] = "13800000000".into();
    order.buyer["buyer_id"] = id.into();
    order
}

fn key(order: &str) -> OrderKey {
    OrderKey { merchant_id: MerchantId::new(SHOP).unwrap(), order_id: OrderId::new(order).unwrap() }
}

/// How many notices stand in which state.
fn states(place: &Place, of: &[NoticeState]) -> u64 {
    let (notices, _) = place.db().transact(&mut |tx| tx.notice_counts()).unwrap();
    notices.iter().filter(|(_, state, _)| of.contains(state)).map(|(.., n)| n).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_it_waits_says_so_and_holds_and_goes_on_when_the_broker_is_there() {
    let Some(brokers) = services::kafka() else { return };
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = door.local_addr().unwrap();
    // Nobody listens there until the broker "comes back".
    drop(door);
    let (sink, url) = Sink::start().await;
    let stream = Stream::new(&address.to_string(), "away");
    let place = to_gateway(&format!("{}{}", Place::live(), stream.section()), &url);
    let mut serve = place.serve();
    serve.until("it is alive", async |s| s.get("/healthz").await.is_some_and(|(status, _)| status == 200)).await;
    let (status, why) = serve.get("/readyz").await.unwrap();
    assert!(status == 503 && why.contains("intake: "), "{status}: {why}");
    serve.post(&order("held").paid(-10), "applied").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(sink.count(), 0, "what is not known to be new is not acted on");
    serve.until("readiness names the broker", async |s| says(s, "the broker does not answer").await).await;
    let told = place.words().lines().filter(|line| line.contains("kafka: ")).count();
    assert!((1..=10).contains(&told), "{told} lines about the broker:\n{}", place.words());

    stream.at(&brokers).make().await;
    let door = TcpListener::bind(address).await.unwrap();
    drop(tokio::spawn(lead_through(door, brokers)));
    serve.ready().await;
    serve.until("the notice has left", async |_| sink.count() == 1).await;
    serve.stop();
}

async fn says(serve: &Running<'_>, words: &str) -> bool {
    serve.get("/readyz").await.is_some_and(|(_, why)| why.contains(words))
}

/// Leads every connection through to the server.
pub(super) async fn lead_through(door: TcpListener, server: String) {
    loop {
        let (mut client, _) = door.accept().await.unwrap();
        let mut server = TcpStream::connect(&server).await.unwrap();
        drop(tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await.map(drop) }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_to_stop_finishes_what_is_under_way() {
    let (sink, url) = Sink::start().await;
    let place = to_gateway(&Place::live(), &url);
    let mut serve = place.serve();
    serve.ready().await;
    let hold = sink.hold().await;
    let events: Vec<_> = (0..150).flat_map(|n| order(&format!("o-{n}")).paid(-10)).collect();
    serve.post(&events, "applied").await;
    serve.until("notices are under way", async |_| sink.waiting() > 0).await;
    let release = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(hold);
    });
    serve.stop();
    release.await.unwrap();
    assert_eq!(states(&place, &[NoticeState::Sending, NoticeState::Claimed, NoticeState::Unknown]), 0);
    let sent = states(&place, &[NoticeState::Sent]);
    assert_eq!(sent, sink.count() as u64);
    assert!(sent > 0);
    let mut serve = place.serve();
    serve.until("the rest has left", async |_| sink.count() == 150).await;
    serve.stop();
    assert!(sink.taken().values().all(|bodies| bodies.len() == 1), "nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_shipped_it_is_in_shadow_and_sends_nothing() {
    let (sink, url) = Sink::start().await;
    let place = to_gateway(&format!("[intake]\nhttp_token = \"{TOKEN}\"\n"), &url);
    let mut serve = place.serve();
    serve.ready().await;
    first_contact(&mut serve).await;
    serve.post(&order("o").paid(0), "applied").await;
    serve
        .until("it is written down what was not sent", async |s| {
            s.metric("forewarn_suppressed_total{kind=\"order_accepted\",why=\"shadow\"}").await >= 1.0
        })
        .await;
    serve.stop();
    assert_eq!(sink.count(), 0);
    assert_eq!(states(&place, &NoticeState::ALL), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_before_a_shop_was_first_heard_of_is_not_written_about() {
    let (sink, url) = Sink::start().await;
    let place = to_gateway(&format!("[intake]\nhttp_token = \"{TOKEN}\"\n[safety]\nshadow = false\n"), &url);
    let mut serve = place.serve();
    serve.ready().await;
    first_contact(&mut serve).await;
    serve.post(&order("after").paid(0), "applied").await;
    serve.until("the new one has left", async |_| sink.count() == 1).await;
    serve.stop();
    assert_eq!(place.db().transact(&mut |tx| tx.notices_of(&key("before"))).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pause_switch_acts_within_a_second_and_nothing_is_forgotten() {
    let (sink, url) = Sink::start().await;
    let place = to_gateway(&Place::live(), &url);
    let mut serve = place.serve();
    serve.ready().await;
    sink.slow_down(Duration::from_millis(20));
    let all = 1_000;
    let events: Vec<_> = (0..all).flat_map(|n| order(&format!("o-{n}")).paid(-10)).collect();
    serve.post(&events, "applied").await;
    serve.until("notices leave", async |_| sink.count() > 20).await;
    let turn = |on: bool| {
        let step = &mut |tx: &mut dyn forewarn::store::Tx| {
            tx.switch_set(&SwitchScope::Global, on, "test", from_now(0))?;
            if on { Ok(()) } else { tx.sweep_start(&Scope::default()) }
        };
        place.db().transact(step).unwrap();
    };
    turn(true);
    let turned = Instant::now();
    let (mut last, mut seen) = (turned, sink.count());
    while last.elapsed() < Duration::from_secs(2) {
        let now = sink.count();
        if now != seen {
            (last, seen) = (Instant::now(), now);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(last - turned < Duration::from_secs(1), "the last notice left {:?} later", last - turned);
    assert!(seen < all, "{seen} had left already: the test paused too late");
    turn(false);
    serve.until("the rest has left", async |_| sink.count() == all).await;
    serve.until("nothing waits", async |s| s.sum("forewarn_notices_waiting", "").await == 0.0).await;
    serve.stop();
    assert!(sink.taken().values().all(|bodies| bodies.len() == 1), "nothing twice");
}

/// Without `live_since` a shop counts from the moment its first order was looked at: what that order is about happened
/// before.
async fn first_contact(serve: &mut Running<'_>) {
    serve.post(&order("before").paid(-10), "applied").await;
    serve
        .until("the first order is written down as old", async |s| {
            s.metric("forewarn_suppressed_total{kind=\"order_accepted\",why=\"stale\"}").await >= 1.0
        })
        .await;
}

#[test]
fn faults_in_the_configuration_are_named_all_at_once() {
    let wrong =
        "[kafka]\nbrokers = \"http://x\"\nbatch_events = 0\n[intake]\nmax_lag = \"soon\"\n[safty]\nshadow = true\n";
    let place = Place::new(wrong, "listn = 1\n", "");
    for command in ["serve", "check"] {
        let output = place.run(&[command]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for fault in ["intake.max_lag", "safty", "console.listn", "forewarn.toml:"] {
            assert!(said.contains(fault), "{command}: {fault} is not in {said}");
        }
    }
    let place = Place::new("[kafka]\nbrokers = \"http://x\"\nbatch_events = 0\n", "", "");
    let said = String::from_utf8(place.run(&["serve"]).stderr).unwrap();
    assert!(said.contains("kafka.brokers") && said.contains("kafka.batch_events"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_does_what_its_roles_say_and_no_more() {
    let (sink, url) = Sink::start().await;
    let place = to_gateway(&Place::live(), &url);
    let mut intake = place.serve_as(&["--role", "intake"]);
    intake.ready().await;
    let status = async |running: &Running<'_>, path: &str| running.get(path).await.unwrap().0;
    assert_eq!((status(&intake, "/healthz").await, status(&intake, "/metrics").await), (200, 200));
    assert_eq!(status(&intake, "/login").await, 404, "no console");
    intake.post(&order("o").paid(-10), "applied").await;
    intake.stop();
    assert_eq!((states(&place, &NoticeState::ALL), sink.count()), (0, 0));

    let mut wake = place.serve_as(&["--role", "wake"]);
    wake.ready().await;
    wake.until("the notice waits", async |s| s.sum("forewarn_notices_waiting", "state=\"ready\"").await >= 1.0).await;
    assert_eq!(status(&wake, "/v1/events").await, 404, "no way in");
    wake.stop();
    assert_eq!(sink.count(), 0);

    let mut deliver = place.serve_as(&["--role", "deliver,console"]);
    deliver.until("the notice has left", async |_| sink.count() == 1).await;
    assert_eq!(status(&deliver, "/login").await, 200);
    deliver.stop();
}

#[test]
fn what_acts_does_not_run_apart_from_what_reads_kafka() {
    let place = Place::new("[kafka]\nbrokers = \"127.0.0.1:1\"\n", "", "");
    let output = place.run(&["serve", "--role", "wake,deliver"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("intake"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let place = Place::new("", "", "");
    let taken = std::net::TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let output = place.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("console.listen") && said.contains(&place.port.to_string()), "{said}");
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_reads_an_order_beside_the_running_service() {
    let place = Place::new(&format!("{}[mailbox]\nenabled = true\n", Place::live()), "", AT_ANY_HOUR);
    let mut serve = place.serve();
    serve.ready().await;
    let mut late = order("L-1");
    late.ship_by = from_now(24 * 60) - Span::minutes(5);
    serve.post(&history(SHOP), "applied").await;
    serve.post(&late.paid(-40 * 60), "applied").await;
    serve
        .until("the warning is in the mailbox", async |s| {
            s.metric("forewarn_notices_total{kind=\"delay_warning\",state=\"sent\"}").await >= 1.0
        })
        .await;
    let said = place.says(&["order", &format!("{SHOP}/L-1")]);
    for words in
        ["state    open", "promise  ", "cause    warehouse_queue", "honest   ", "delay_warning", "sent", "5.00 CNY"]
    {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    assert!(!said.contains("example.com") && !said.contains("王芳"), "no personal data: {said}");
    let unknown = place.run(&["order", "nobody/1"]);
    assert_eq!(unknown.status.code(), Some(1));
    let suppressed = place.db().transact(&mut |tx| tx.suppressions_of(&key("L-1"))).unwrap();
    assert!(suppressed.iter().any(|(kind, why, ..)| (*kind, *why) == (Kind::OrderAccepted, Why::Stale)));
    serve.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_given_shown_used_and_taken_away() {
    let place = Place::new("", "", "");
    let mut serve = place.serve();
    serve.ready().await;
    let link = place.says(&["user", "add", "Ana"]);
    let token = link.lines().next().unwrap().split_once("/?token=").unwrap().1.to_owned();
    let shop = place.says(&["user", "add", "Shop", "--merchant", "m1"]);
    assert!(shop.starts_with(&serve.url("/?token=")), "{shop}");
    let listed = place.says(&["user", "list"]);
    assert!(listed.contains("Ana") && listed.contains("operations") && listed.contains("merchant m1"), "{listed}");
    assert!(!listed.contains(&token));
    let opens = async || {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let request = client.get(serve.url("/policy")).bearer_auth(&token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(opens().await, 200);
    assert!(place.says(&["user", "remove", "Ana"]).contains("1 token"));
    assert_ne!(opens().await, 200, "at once");
    assert_eq!(place.run(&["user", "remove", "Ana"]).status.code(), Some(1));
    assert!(!place.says(&["user", "list"]).contains("Ana"));
    serve.stop();
}

#[test]
fn the_shipped_configuration_and_policy_hold() {
    let deploy = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
    let check = |arguments: &[&str]| {
        std::process::Command::new(env!("CARGO_BIN_EXE_forewarn")).arg("check").args(arguments).output().unwrap()
    };
    let (config, policy) = (format!("{deploy}/forewarn.toml"), format!("{deploy}/policy.toml"));
    let output = check(&["--config", &config, "--policy", &policy]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
