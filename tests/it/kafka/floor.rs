//! A store, an engine, and topics of their own on the broker that all tests share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant as RealInstant};

use forewarn::clock::{SharedClock, SystemClock};
use forewarn::config::{Kafka, Topics};
use forewarn::copy::Copy;
use forewarn::engine::{Engine, Identity, Incoming, Links, Shop, Shops};
use forewarn::intake::freshness::{Freshness, State};
use forewarn::intake::kafka::{IntakeError, KafkaIntake, Parts};
use forewarn::intake::{Guard, Limits, structured};
use forewarn::store::Store;
use forewarn::store::port::{Book, DeadLetter, Origin};
use forewarn::store::sqlite::{Db, SqliteBackend};
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::{OrderKey, Span};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use rdkafka::util::Timeout;
use tokio_util::sync::CancellationToken;

use super::shop::Sent;

const PARTITIONS: i32 = 3;
/// How long anything may take before a test gives up.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

pub(super) struct Floor {
    pub(super) settings: Kafka,
    pub(super) store: Store,
    pub(super) engine: Arc<Engine>,
    pub(super) limits: Limits,
    producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext>,
    admin: AdminClient<DefaultClientContext>,
    _folder: tempfile::TempDir,
}

/// One intake that runs.
pub(super) struct Intake {
    pub(super) freshness: Arc<Freshness>,
    pub(super) guard: Arc<Guard>,
    stop: CancellationToken,
    running: KafkaIntake,
}

pub(crate) fn engine() -> Engine {
    let shops = Shops { named: BTreeMap::new(), others: Shop::default() };
    let links = Links::new("https://shop.example", b"a secret for tests");
    let identity = Identity { links, shops, live_since: None, shadow: true };
    Engine::new(identity, Arc::new(Copy::builtin()))
}

impl Floor {
    /// Fresh topics whose names begin with `name`.
    pub(super) async fn new(brokers: &str, name: &str) -> Self {
        let floor = Self::without_topics(brokers, name);
        for (_, topic) in floor.settings.topics.all() {
            floor.make(topic).await;
        }
        floor
    }

    /// The same before anybody has made the topics.
    pub(super) fn without_topics(brokers: &str, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name =
            format!("{name}-{}", folder.path().file_name().unwrap().to_string_lossy().trim_start_matches(".tmp"));
        let topic = |what: &str| format!("{name}.{what}");
        let settings = Kafka {
            brokers: Some(brokers.to_owned()),
            group: name.clone(),
            topics: Topics {
                orders: topic("orders"),
                warehouse: topic("warehouse"),
                logistics: topic("logistics"),
                buyers: topic("buyers"),
                grants: topic("grants"),
                notices: topic("notices"),
                grant_requests: topic("grant-requests"),
                dead_letters: topic("dead-letters"),
                expedite: topic("expedite"),
            },
            session_timeout: Span::from_ms(6_000),
            ..Kafka::default()
        };
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", brokers).set("acks", "all");
        Self {
            store: Store::new(SqliteBackend::open(&folder.path().join("store.sqlite3")).unwrap()),
            engine: Arc::new(engine()),
            limits: forewarn::config::Intake::default().limits(),
            producer: client.create().unwrap(),
            admin: client.create().unwrap(),
            settings,
            _folder: folder,
        }
    }

    /// Makes a topic; one of that name which the broker is still deleting is waited out.
    pub(super) async fn make(&self, topic: &str) {
        let began = std::time::Instant::now();
        let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
        while !self.admin.create_topics([&new], &AdminOptions::new()).await.unwrap().iter().all(Result::is_ok) {
            assert!(began.elapsed() < PATIENCE, "the broker does not make the topic {topic}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) async fn delete(&self, topic: &str) {
        let gone = self.admin.delete_topics(&[topic], &AdminOptions::new()).await.unwrap();
        gone.into_iter().for_each(|one| drop(one.unwrap()));
    }

    /// Writes events to their topics and waits until the broker has them.
    pub(super) fn produce(&self, events: &[Sent]) {
        for event in events {
            let bytes = event.body.to_string();
            let topic = event.topic(&self.settings.topics);
            let headers = OwnedHeaders::new()
                .insert(rdkafka::message::Header { key: "content-type", value: Some("application/cloudevents+json") });
            self.raw(BaseRecord::to(topic).key(&event.key).payload(&bytes).headers(headers));
        }
        self.flush();
    }

    /// Waits until the broker has everything that was written.
    pub(super) fn flush(&self) {
        self.producer.flush(Timeout::After(PATIENCE)).unwrap();
    }

    pub(super) fn raw(&self, record: BaseRecord<'_, String, String>) {
        let mut record = record;
        while let Err((error, back)) = self.producer.send(record) {
            assert_eq!(error.rdkafka_error_code(), Some(rdkafka::error::RDKafkaErrorCode::QueueFull));
            std::thread::sleep(Duration::from_millis(5));
            record = back;
        }
    }

    pub(super) fn intake(&self) -> Intake {
        let (clock, stop): (SharedClock, _) = (Arc::new(SystemClock), CancellationToken::new());
        let freshness = Arc::new(Freshness::new(Span::minutes(5), Arc::clone(&clock)));
        let guard = Arc::new(Guard::new(self.limits));
        let parts = Parts {
            store: self.store.clone(),
            engine: Arc::clone(&self.engine),
            clock,
            freshness: Arc::clone(&freshness),
            guard: Arc::clone(&guard),
            observer: Arc::new(|_| {}),
            stop: stop.clone(),
        };
        let running = KafkaIntake::start(&self.settings, parts).unwrap();
        Intake { freshness, guard, stop, running }
    }

    pub(super) async fn books(&self) -> BTreeMap<Book, u64> {
        self.store.read(|tx| tx.books()).await.unwrap().into_iter().collect()
    }

    /// Waits until that many events were read in all.
    pub(super) async fn read(&self, events: usize) {
        let began = RealInstant::now();
        loop {
            let read = self.books().await[&Book::Read];
            assert!(read <= events as u64, "{read} of {events} read: some twice");
            if read == events as u64 {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{read} of {events} read");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) async fn dead_letters(&self) -> Vec<DeadLetter> {
        self.store.read(|tx| tx.dead_letters(10_000)).await.unwrap().0
    }

    /// What is known of every order of these events, as text.
    pub(super) async fn facts(&self, events: &[Sent]) -> BTreeMap<OrderKey, String> {
        let keys = order_keys(events);
        self.store.read(move |tx| known(tx, &keys)).await.unwrap()
    }
}

impl Intake {
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.running.ended().await.unwrap();
    }

    /// The reason why it ended without being told to.
    pub(super) async fn fails(self) -> (IntakeError, State) {
        let ended = tokio::time::timeout(PATIENCE, self.running.ended()).await.unwrap();
        (ended.unwrap_err(), self.freshness.state())
    }

    pub(super) async fn fresh(&self) {
        self.until("it is fresh", Freshness::is_fresh).await;
    }

    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Freshness) -> bool) {
        let began = RealInstant::now();
        while !holds(&self.freshness) {
            assert!(began.elapsed() < PATIENCE, "{what}: {:?}", self.freshness.state());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What is known after the events were taken in directly, one after the other.
pub(super) fn facts_without_kafka(events: &[Sent]) -> BTreeMap<OrderKey, String> {
    let (mut db, engine) = (Db::in_memory().unwrap(), engine());
    for (number, some) in events.chunks(500).enumerate() {
        let batch: Vec<_> = some.iter().map(|event| incoming(event, number)).collect();
        db.transact(&mut |tx| engine.ingest(tx, &batch, &[], forewarn_core::Instant::from_ms(0)).map(drop)).unwrap();
    }
    db.transact(&mut |tx| known(tx, &order_keys(events))).unwrap()
}

fn incoming(event: &Sent, number: usize) -> Incoming {
    let raw = event.body.to_string().into_bytes();
    let origin = Origin { topic: "direct".into(), partition: 0, offset: i64::try_from(number).unwrap() };
    Incoming { origin, event: structured(&raw), raw, headers: Vec::new() }
}

fn order_keys(events: &[Sent]) -> Vec<OrderKey> {
    let orders: BTreeSet<_> = events.iter().filter_map(|event| event.order.clone()).collect();
    let key = |(merchant, order): (String, String)| OrderKey {
        merchant_id: MerchantId::new(&merchant).unwrap(),
        order_id: OrderId::new(&order).unwrap(),
    };
    orders.into_iter().map(key).collect()
}

fn known(
    tx: &mut dyn forewarn::store::Tx,
    keys: &[OrderKey],
) -> Result<BTreeMap<OrderKey, String>, forewarn::store::StoreError> {
    let rows = tx.orders_load(keys)?;
    let text = |row: Option<forewarn::store::port::OrderRow>| {
        row.map(|row| serde_json::to_string(&row.facts).unwrap()).unwrap_or_default()
    };
    Ok(keys.iter().cloned().zip(rows.into_iter().map(text)).collect())
}
