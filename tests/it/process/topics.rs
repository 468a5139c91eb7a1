//! Topics of a test's own on the broker that all tests share.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use forewarn::config::Topics;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::util::Timeout;
use rdkafka::{Message as _, Offset};
use serde_json::Value;

const PARTITIONS: i32 = 3;
/// Nothing came for so long: longer than publishers rest between two looks.
const QUIET: Duration = Duration::from_secs(2);

/// What hands events to the brokers.
pub(crate) type Producer = ThreadedProducer<DefaultProducerContext>;

/// Where one test's events go.
#[derive(Clone)]
pub(crate) struct Stream {
    brokers: String,
    prefix: String,
    copies: i32,
    topics: Topics,
}

impl Stream {
    /// Names that begin with `name` and something no other run uses; the topics are not made yet.
    pub(crate) fn new(brokers: &str, name: &str) -> Self {
        let mut own = [0_u8; 6];
        getrandom::fill(&mut own).unwrap();
        let own: String = own.iter().map(|byte| format!("{byte:02x}")).collect();
        let prefix = format!("{name}-{own}");
        let of = |what: &str| format!("{prefix}.{what}");
        let topics = Topics {
            orders: of("orders"),
            warehouse: of("warehouse"),
            logistics: of("logistics"),
            buyers: of("buyers"),
            grants: of("grants"),
            notices: of("notices"),
            grant_requests: of("grant-requests"),
            dead_letters: of("dead-letters"),
            expedite: of("expedite"),
        };
        Self { brokers: brokers.to_owned(), prefix, copies: 1, topics }
    }

    /// The same topics by another address of the broker.
    pub(crate) fn at(&self, brokers: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            prefix: self.prefix.clone(),
            copies: self.copies,
            topics: self.topics.clone(),
        }
    }

    /// The same on a cluster, each partition on `copies` brokers.
    pub(crate) fn on_brokers(self, copies: i32) -> Self {
        Self { copies, ..self }
    }

    /// `[kafka]` for the configuration. The broker forgets a killed process no sooner than after the session's time.
    pub(crate) fn section(&self) -> String {
        let names = self.topics.all().map(|(key, topic)| format!("{key} = \"{topic}\"\n")).concat();
        format!(
            "[kafka]\nbrokers = \"{}\"\ngroup = \"{}\"\nsession_timeout = \"6s\"\n[kafka.topics]\n{names}",
            self.brokers, self.prefix
        )
    }

    pub(crate) async fn make(&self) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let all = self.topics.all();
        let new = all.map(|(_, topic)| NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(self.copies)));
        let made = admin.create_topics(&new, &AdminOptions::new()).await.unwrap();
        made.into_iter().for_each(|one| drop(one.unwrap()));
    }

    /// Writes the events in their order and waits until the broker has them.
    pub(crate) fn produce(&self, events: &[Value]) {
        self.write(events.iter().map(|event| (self.topic_of(event["type"].as_str().unwrap()), event)));
    }

    /// The same, all to one input topic.
    pub(crate) fn produce_to(&self, name: &str, events: &[Value]) {
        let all = self.topics.all();
        let (_, topic) = all.iter().find(|(key, _)| *key == name).unwrap();
        self.write(events.iter().map(|event| (*topic, event)));
    }

    fn write<'a>(&'a self, events: impl Iterator<Item = (&'a str, &'a Value)>) {
        let producer = self.producer();
        for (topic, event) in events {
            let data = &event["data"];
            let key = format!("{}/{}", data["merchant_id"].as_str().unwrap(), data["order_id"].as_str().unwrap());
            send(&producer, topic, &key, &event.to_string());
        }
        producer.flush(Timeout::After(super::PATIENCE)).unwrap();
    }

    /// How often each notice was announced, read from the first announcement on until there are as many as `at_least`
    /// and none more come.
    pub(crate) async fn announced(&self, at_least: usize) -> BTreeMap<String, usize> {
        let (mut client, topic) = (self.client(), self.topics.notices.clone());
        let consumer: BaseConsumer = client.set("group.id", "unused").create().unwrap();
        let read = move || {
            let mut from = TopicPartitionList::new();
            for partition in 0..PARTITIONS {
                from.add_partition_offset(&topic, partition, Offset::Beginning).unwrap();
            }
            consumer.assign(&from).unwrap();
            let (mut announced, began) = (BTreeMap::<String, usize>::new(), Instant::now());
            let mut last = Instant::now();
            while last.elapsed() < QUIET || (announced.len() < at_least && began.elapsed() < super::PATIENCE) {
                let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
                let message = message.unwrap();
                let event: Value = serde_json::from_slice(message.payload().unwrap()).unwrap();
                *announced.entry(event["data"]["notice_id"].as_str().unwrap().to_owned()).or_default() += 1;
                last = Instant::now();
            }
            announced
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    pub(crate) fn producer(&self) -> Producer {
        self.client().create().unwrap()
    }

    /// Gives an event of the type `kind` to `producer`.
    pub(crate) fn hand(&self, producer: &Producer, kind: &str, key: &str, body: &str) {
        send(producer, self.topic_of(kind), key, body);
    }

    fn topic_of(&self, kind: &str) -> &str {
        match kind {
            "parcel.status" => &self.topics.logistics,
            kind if kind.starts_with("warehouse.") => &self.topics.warehouse,
            _ => &self.topics.orders,
        }
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        // A record that is sent again because its answer was lost stands in the topic once.
        client.set("bootstrap.servers", &self.brokers).set("acks", "all").set("enable.idempotence", "true");
        client
    }
}

/// Gives a record to `producer`, which may have to make room first.
fn send(producer: &Producer, topic: &str, key: &str, body: &str) {
    let mut record = BaseRecord::to(topic).key(key).payload(body);
    while let Err((error, back)) = producer.send(record) {
        assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::QueueFull));
        std::thread::sleep(Duration::from_millis(5));
        record = back;
    }
}
