//! Two services on one database and one consumer group: together they do what one does, once.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use forewarn::engine::Incoming;
use forewarn::intake::structured;
use forewarn::store::Tx;
use forewarn::store::port::Origin;
use forewarn::store::sqlite::Db;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::events::{Order, from_now};
use super::serve::lead_through;
use super::sink::Sink;
use super::topics::Stream;
use super::{AT_ANY_HOUR, Place, Running};
use crate::services;

const ORDERS: usize = 3_000;
/// Of each order.
pub(super) const EVENTS_EACH: usize = 5;
const EVENTS: usize = EVENTS_EACH * ORDERS;
pub(super) const DEADLINE: Duration = Duration::from_secs(120);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread")]
async fn two_services_share_the_work_and_do_each_thing_once() {
    let (Some(brokers), Some(server)) = (services::kafka(), services::postgres()) else { return };
    let began = Instant::now();
    let database = services::database(&server);
    let stream = Stream::new(&brokers, "replicas");
    stream.make().await;
    let events = events(ORDERS);
    let (first, rest) = events.split_at(EVENTS / 3);
    stream.produce(first);
    let (sink, url) = Sink::start().await;
    let place = || place(&stream, &url).sharing(&database.url);
    let (one, two, three) = (place(), place(), place());
    let (mut a, mut b) = (one.serve(), two.serve());
    a.within(DEADLINE, "both are ready and the first part is read", async |a| {
        ready(a).await && ready(&b).await && read(a).await >= first.len() as f64
    })
    .await;

    // One leaves in order and another comes while events flow: the group deals the partitions out anew each time.
    let (second, third) = rest.split_at(EVENTS / 3);
    stream.produce(second);
    a.stop();
    let mut c = three.serve();
    stream.produce(third);
    b.within(DEADLINE, "everything is read and sent", async |b| settled(b, ORDERS).await).await;
    c.within(DEADLINE, "the newcomer is ready", async |c| ready(c).await).await;
    let ran = began.elapsed();
    let applied = b.metric("forewarn_books{account=\"applied\"}").await;
    let announced = stream.announced(ORDERS).await;
    b.stop();
    c.stop();

    assert_eq!(applied, EVENTS as f64, "each event once");
    let taken = sink.taken();
    assert_eq!(taken.len(), ORDERS, "each order's one notice");
    assert!(taken.values().all(|bodies| bodies.len() == 1), "none of them twice");
    assert_eq!(announced.len(), ORDERS, "each was announced");
    assert!(announced.values().all(|times| *times == 1), "none of them twice");
    for place in [&one, &two, &three] {
        assert!(place.words().contains("partitions taken over"), "each had its part: {}", place.words());
    }
    assert_eq!(two.says(&["fingerprint"]).split_whitespace().next(), Some(&*fingerprint(&events)), "the facts differ");
    let line = format!(
        "| 3 replicas, 2 at a time | {EVENTS} events | {ORDERS} sent | 0 lost | 0 twice | {:.0} s |\n",
        ran.as_secs_f64()
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_the_database_and_an_outage_passes() {
    let Some(server) = services::postgres() else { return };
    let database = services::database(&server);
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let host = server.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
    let (sink, url) = Sink::start().await;
    let gateway = format!("[webhook.sms]\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n");
    let policy = format!("{AT_ANY_HOUR}[channels]\norder = [\"sms\"]\n");
    let place = Place::new(&format!("{}{gateway}", Place::live()), "", &policy);
    let place = place.sharing(&database.url.replace(&host, &address.to_string()));
    let mut serve = place.serve();
    let says = async |s: &Running<'_>, status: u16, word: &str| {
        s.get("/readyz").await.is_some_and(|(found, why)| found == status && why.contains(word))
    };
    serve.until("it says what it waits for", async |s| says(s, 503, "store: ").await).await;
    assert_eq!(serve.get("/healthz").await.map(|(status, _)| status), Some(200));
    assert!(place.words().contains("no server took the connection"), "the log says so too: {}", place.words());

    let door = tokio::spawn(lead_through(TcpListener::bind(address).await.unwrap(), host.clone()));
    serve.ready().await;
    serve.post(&paid("before"), "applied").await;
    serve.until("the first notice has left", async |_| sink.count() == 1).await;

    // Away again, and every line with it.
    door.abort();
    services::cut_off(&database);
    serve.until("it says that it waits", async |s| says(s, 503, "wake: ").await).await;
    drop(tokio::spawn(lead_through(TcpListener::bind(address).await.unwrap(), host)));
    serve.ready().await;
    serve.post(&paid("after"), "applied").await;
    serve.until("the second notice has left", async |_| sink.count() == 2).await;
    serve.stop();
    assert!(sink.taken().values().all(|bodies| bodies.len() == 1), "nothing twice");
}

pub(super) fn paid(id: &str) -> Vec<Value> {
    let mut order = Order::new(id);
    order.buyer = json!({"buyer_id": id, "phone": "13800000000"});
    order.paid(-10)
}

pub(super) fn place(stream: &Stream, url: &str) -> Place {
    let gateway = format!("[webhook.sms]\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n");
    let policy = format!("{AT_ANY_HOUR}[channels]\norder = [\"sms\"]\n");
    Place::new(&format!("{}{}{gateway}", Place::live(), stream.section()), "", &policy)
}

pub(super) async fn ready(serve: &Running<'_>) -> bool {
    serve.get("/readyz").await.is_some_and(|(status, _)| status == 200)
}

pub(super) async fn read(serve: &Running<'_>) -> f64 {
    serve.metric("forewarn_books{account=\"read\"}").await
}

/// Whether all events of so many orders are read and each order's notice has left.
pub(super) async fn settled(serve: &Running<'_>, orders: usize) -> bool {
    let sent = serve.sum("forewarn_notices_total", "state=\"sent\"").await;
    read(serve).await >= (EVENTS_EACH * orders) as f64 && sent >= orders as f64
}

/// Each order owes its buyer one notice, whatever is read first, because everything else is long past.
pub(super) fn events(orders: usize) -> Vec<Value> {
    const HOUR: i64 = 60;
    let lives = (0..orders).map(|n| {
        let mut order = Order::new(&format!("r-{n}"));
        order.buyer = json!({"buyer_id": format!("b-{n}"), "phone": format!("1380000{n:05}")});
        let stages = |from: i64, names: &[&str]| {
            (from..).zip(names).map(|(minute, stage)| order.stage(stage, minute)).collect::<Vec<_>>()
        };
        match n % 2 {
            0 => [order.paid(-HOUR), stages(-30, &["accepted", "printed", "picking"])].concat(),
            _ => {
                let shipped = vec![order.shipped(-HOUR)];
                [order.paid(-20 * HOUR), stages(-10 * HOUR, &["accepted", "packed"]), shipped].concat()
            }
        }
    });
    let all: Vec<Value> = lives.flatten().collect();
    let ids: BTreeSet<&str> = all.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!((all.len(), ids.len()), (EVENTS_EACH * orders, EVENTS_EACH * orders));
    all
}

/// The fingerprint of the same events on SQLite, handed to the engine one after the other.
pub(crate) fn fingerprint(events: &[Value]) -> String {
    let (mut db, engine) = (Db::in_memory().unwrap(), crate::kafka::engine());
    for some in events.chunks(1_000) {
        let batch: Vec<Incoming> = some.iter().map(incoming).collect();
        db.transact(&mut |tx: &mut dyn Tx| engine.ingest(tx, &batch, &[], from_now(0)).map(drop)).unwrap();
    }
    db.transact(&mut |tx| tx.facts_digest()).unwrap().0
}

fn incoming(event: &Value) -> Incoming {
    let raw = event.to_string().into_bytes();
    let origin = Origin { topic: "direct".into(), partition: 0, offset: 0 };
    Incoming { origin, event: structured(&raw), raw, headers: Vec::new() }
}
