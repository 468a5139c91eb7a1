//! Nothing lost, nothing twice: `kill -9` ten times over 50,000 events from a real Kafka, with notices on their way to
//! a gateway and a real mail server.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::time::{Duration, Instant};

use forewarn::engine::Incoming;
use forewarn::intake::structured;
use forewarn::store::port::{Book, NoticeSearch, NoticeState, Origin};
use forewarn::store::sqlite::Db;
use forewarn::store::{StoreError, Tx};
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::notice::Kind;
use forewarn_core::{OrderKey, digest};
use serde_json::Value;

use super::events::{Order, SHOP, due, from_now};
use super::mail::{arrived, section};
use super::sink::Sink;
use super::topics::Stream;
use super::{AT_ANY_HOUR, Place, Running};
use crate::services;

const ORDERS: usize = 10_000;
/// Of these, the first come before the first start, the others while notices leave.
const FIRST: usize = 6_000;
/// Every so manieth buyer is written to by mail, the others through the gateway.
const MAILED: usize = 25;
const EVENTS: usize = 5 * ORDERS;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The moment of a kill.
enum When {
    /// So many events are in the store.
    Read(usize),
    /// The gateway has so many notices.
    Taken(usize),
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_over_fifty_thousand_events_lose_nothing_and_send_nothing_twice() {
    let (Some(brokers), Some(smtp)) = (services::kafka(), services::smtp()) else { return };
    let began = Instant::now();
    let run = digest::of(&[&from_now(0).to_string(), &std::process::id().to_string()]);
    let events = events(&run);
    let (first, second) = events.split_at(5 * FIRST);
    let stream = Stream::new(&brokers, "kill");
    stream.make().await;
    stream.produce(first);
    let (sink, url) = Sink::start().await;
    let gateway = format!("[webhook.sms]\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n");
    let sections =
        format!("{}{}{}{gateway}[engine]\nlease = \"10s\"\n", Place::live(), stream.section(), section(&smtp));
    let place = Place::new(&sections, "", &format!("{AT_ANY_HOUR}[channels]\norder = [\"email\", \"sms\"]\n"));

    for at in [When::Read(4_000), When::Read(12_000), When::Read(24_000)] {
        killed(&place, &sink, at).await;
    }
    for at in [300, 900, 1_800, 3_000] {
        killed(&place, &sink, When::Taken(at)).await;
    }
    stream.produce(second);
    for at in [When::Read(36_000), When::Read(46_000), When::Taken(6_500)] {
        killed(&place, &sink, at).await;
    }
    let mut serve = place.serve();
    serve.reaches(EVENTS, "events that are read", read).await;
    serve.reaches(ORDERS, "notices that are settled", settled).await;
    serve.stop();

    let ran = began.elapsed();
    let found = place.db().transact(&mut |tx| Found::read(tx, &events)).unwrap();
    found.balance();
    assert!(found.facts == Found::facts_taken_in_directly(&events), "the facts differ");
    let mailed = mails(&smtp, &run, found.sent_by("email").len()).await;
    let twice = compare(&found, &sink, &mailed);
    let line = format!(
        "| kill -9 ×10 | {EVENTS} events | {} sent ({} by mail) | {} unknown, {twice} of them arrived | 0 lost | 0 twice | {:.0} s |\n",
        found.of(NoticeState::Sent).len(),
        found.sent_by("email").len(),
        found.of(NoticeState::Unknown).len(),
        ran.as_secs_f64(),
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Starts the service and kills it when the moment has come.
async fn killed(place: &Place, sink: &Sink, at: When) {
    let mut serve = place.serve();
    match at {
        When::Read(events) => serve.reaches(events, "events that are read", read).await,
        When::Taken(notices) => serve.reaches(notices, "notices that are taken", async |_| sink.count() as f64).await,
    }
    serve.kill_nine();
}

async fn read(serve: &Running<'_>) -> f64 {
    serve.metric("forewarn_books{account=\"read\"}").await
}

async fn settled(serve: &Running<'_>) -> f64 {
    let of = async |state| serve.sum("forewarn_notices_total", &format!("state=\"{state}\"")).await;
    of("sent").await + of("unknown").await
}

/// A third of the orders was paid just now, a third left the warehouse, a third arrived.
fn events(run: &str) -> Vec<Value> {
    let lives = (0..ORDERS).map(|n| {
        let mut order = Order::new(&format!("{run}-{n}"));
        let name = if n % MAILED == 0 { "email" } else { "phone" };
        order.buyer = serde_json::json!({
            "buyer_id": format!("b-{n}"), name: if name == "email" { format!("{run}-{n}@example.com") } else { format!("1380000{n:05}") },
        });
        order.life(n)
    });
    lives.flatten().collect()
}

/// What the store holds at the end.
struct Found {
    facts: String,
    books: BTreeMap<Book, u64>,
    /// Id, order, kind, state and channel of every notice.
    notices: Vec<(String, String, Kind, NoticeState, String)>,
}

impl Found {
    fn read(tx: &mut dyn Tx, events: &[Value]) -> Result<Self, StoreError> {
        let search = NoticeSearch { limit: 2 * ORDERS, ..NoticeSearch::default() };
        let lines = tx.notices_list(None, &search)?;
        let notice = |line: forewarn::store::port::NoticeLine| {
            let channel = line.channel.unwrap_or_default();
            (line.notice_id.to_string(), line.order.order_id.to_string(), line.kind, line.state, channel)
        };
        Ok(Self {
            facts: facts(tx, events)?,
            books: tx.books()?.into_iter().collect(),
            notices: lines.into_iter().map(notice).collect(),
        })
    }

    /// The same events handed to the engine one after the other, without Kafka and without interruption.
    fn facts_taken_in_directly(events: &[Value]) -> String {
        let (mut db, engine) = (Db::in_memory().unwrap(), crate::kafka::engine());
        for some in events.chunks(1_000) {
            let batch: Vec<_> = some.iter().map(incoming).collect();
            let step = &mut |tx: &mut dyn Tx| engine.ingest(tx, &batch, &[], from_now(0)).map(drop);
            db.transact(step).unwrap();
        }
        db.transact(&mut |tx| facts(tx, events)).unwrap()
    }

    /// Each event once, and each order's one notice once, sent or listed as unknown.
    fn balance(&self) {
        let (all, books) = (EVENTS as u64, &self.books);
        assert_eq!((books[&Book::Read], books[&Book::Applied]), (all, all), "{books:?}");
        let owed: BTreeSet<_> = self.notices.iter().map(|(_, order, kind, ..)| (order.clone(), *kind)).collect();
        assert_eq!(self.notices.len(), ORDERS, "one notice an order");
        assert_eq!(owed.len(), ORDERS);
        for (_, order, kind, state, _) in &self.notices {
            let number = order.rsplit('-').next().unwrap().parse::<usize>().unwrap();
            assert_eq!(*kind, due(number), "{order}");
            assert!(matches!(state, NoticeState::Sent | NoticeState::Unknown), "{order}: {state:?}");
        }
    }

    fn of(&self, state: NoticeState) -> BTreeSet<&str> {
        self.notices.iter().filter(|(.., s, _)| *s == state).map(|(id, ..)| id.as_str()).collect()
    }

    fn sent_by(&self, channel: &str) -> BTreeSet<&str> {
        let sent = |state: NoticeState, by: &str| state == NoticeState::Sent && by == channel;
        self.notices.iter().filter(|(.., s, by)| sent(*s, by)).map(|(id, ..)| id.as_str()).collect()
    }
}

fn incoming(event: &Value) -> Incoming {
    let raw = event.to_string().into_bytes();
    let origin = Origin { topic: "direct".into(), partition: 0, offset: 0 };
    Incoming { origin, event: structured(&raw), raw, headers: Vec::new() }
}

/// One digest of what is known of every order.
fn facts(tx: &mut dyn Tx, events: &[Value]) -> Result<String, StoreError> {
    let orders: BTreeSet<&str> = events.iter().map(|e| e["data"]["order_id"].as_str().unwrap()).collect();
    let key =
        |order: &&str| OrderKey { merchant_id: MerchantId::new(SHOP).unwrap(), order_id: OrderId::new(order).unwrap() };
    let keys: Vec<OrderKey> = orders.iter().map(key).collect();
    let mut all = String::new();
    for some in keys.chunks(500) {
        for row in tx.orders_load(some)? {
            all = digest::of(&[&all, &serde_json::to_string(&row.unwrap().facts).unwrap()]);
        }
    }
    Ok(all)
}

/// How often each notice came by mail, once the server has delivered what it took.
async fn mails(smtp: &services::Smtp, run: &str, at_least: usize) -> BTreeMap<String, usize> {
    let began = Instant::now();
    loop {
        let mut mails = BTreeMap::new();
        for id in arrived(&smtp.maildir, run).iter().filter_map(|mail| super::mail::notice_id(mail)) {
            *mails.entry(id).or_default() += 1;
        }
        if mails.len() >= at_least || began.elapsed() > super::PATIENCE {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What is listed against what arrived; gives how many of the unknown did arrive.
fn compare(found: &Found, sink: &Sink, mails: &BTreeMap<String, usize>) -> usize {
    let taken = sink.taken();
    for (id, bodies) in taken.iter() {
        assert_eq!(bodies.len(), 1, "{id} was posted more than once");
    }
    assert!(mails.values().all(|times| *times == 1), "a mail came twice: {mails:?}");
    let arrived: BTreeSet<&str> = taken.keys().chain(mails.keys()).map(String::as_str).collect();
    let (sent, unknown) = (found.of(NoticeState::Sent), found.of(NoticeState::Unknown));
    let missing: Vec<_> = sent.difference(&arrived).collect();
    assert!(missing.is_empty(), "listed as sent and not there: {missing:?}");
    let listed: BTreeSet<&str> = sent.union(&unknown).copied().collect();
    let unlisted: Vec<_> = arrived.difference(&listed).collect();
    assert!(unlisted.is_empty(), "there and not listed: {unlisted:?}");
    unknown.intersection(&arrived).count()
}
