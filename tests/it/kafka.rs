//! Intake from a real Apache Kafka: whatever happens between, each event is taken in exactly once.

mod floor;
mod guard;
mod moody;
mod publish;
mod shop;

pub(crate) use self::floor::engine;

use std::time::Instant as RealInstant;

use forewarn::intake::KEY_HEADER;
use forewarn::intake::freshness::State;
use forewarn::intake::kafka::IntakeError;
use forewarn::store::Store;
use forewarn::store::port::Book;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::BaseRecord;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use self::floor::{Floor, PATIENCE, facts_without_kafka};
use self::moody::Moody;
use self::shop::events;
use crate::services;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_events_are_known_as_if_they_had_come_directly() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "many").await;
    let sent = events(0, 2_200);
    assert_eq!(sent.len(), 20_020);
    floor.produce(&sent);
    let began = RealInstant::now();
    let intake = floor.intake();
    intake.fresh().await;
    let took = began.elapsed();
    println!("{} events in {took:?}: {:.0} events/s", sent.len(), 20_020.0 / took.as_secs_f64());
    floor.read(sent.len()).await;
    let books = floor.books().await;
    assert_eq!((books[&Book::Repeated], books[&Book::DeadLetters]), (0, 220), "{books:?}");
    assert_eq!(books[&Book::Read], books.iter().filter(|(b, _)| **b != Book::Read).map(|(_, n)| n).sum::<u64>());
    assert!(floor.facts(&sent).await == facts_without_kafka(&sent), "the facts differ");
    assert_eq!(intake.freshness.places().len(), 15);
    assert!(intake.freshness.lag_secs() < 5.0);
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_reads_on_at_the_stored_offset() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "restart").await;
    let (first, second) = (events(0, 100), events(100, 100));
    floor.produce(&first);
    let intake = floor.intake();
    // Stopped wherever it happens to be, before it is done.
    intake.stop().await;
    let intake = floor.intake();
    floor.read(first.len()).await;
    intake.stop().await;
    floor.produce(&second);
    let intake = floor.intake();
    floor.read(first.len() + second.len()).await;
    intake.fresh().await;
    assert_eq!(floor.books().await[&Book::Repeated], 0);
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_move_between_processes_without_loss_or_repetition() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "rebalance").await;
    let sent = events(0, 900);
    let (first, rest) = sent.split_at(sent.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    let one = floor.intake();
    floor.produce(first);
    one.until("one holds all", |fresh| fresh.places().len() == 15).await;
    let two = floor.intake();
    floor.produce(second);
    two.until("both hold some", |fresh| !fresh.places().is_empty()).await;
    one.until("both hold some", |fresh| (1..15).contains(&fresh.places().len())).await;
    floor.produce(third);
    one.stop().await;
    two.until("two holds all", |fresh| fresh.places().len() == 15).await;
    floor.read(sent.len()).await;
    let books = floor.books().await;
    assert_eq!(books[&Book::Repeated], 0, "{books:?}");
    assert!(floor.facts(&sent).await == facts_without_kafka(&sent), "the facts differ");
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_owner_is_fenced_off_and_reads_on_from_the_store() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "fenced").await;
    let sent = events(0, 60);
    floor.produce(&sent[..200]);
    let intake = floor.intake();
    floor.read(200).await;
    let topic = floor.settings.topics.warehouse.clone();
    let epochs = |tx: &mut dyn forewarn::store::Tx, topic: &str| {
        (0..3).map(|p| tx.offset_take_over(topic, p)).collect::<Result<Vec<_>, _>>()
    };
    let ours = floor.store.write(move |tx| epochs(tx, &topic)).await.unwrap();
    floor.produce(&sent[200..]);
    floor.read(sent.len()).await;
    assert_eq!(floor.books().await[&Book::Repeated], 0);
    let stored = floor.store.read(|tx| tx.offsets()).await.unwrap();
    let now = stored.iter().filter(|(topic, ..)| *topic == floor.settings.topics.warehouse).map(|(.., o)| o.epoch);
    assert!(now.zip(ours).all(|(now, ours)| now > ours.epoch), "it has taken the partitions back");
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_stands_in_the_dead_letters_as_it_came() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "dead").await;
    let topic = floor.settings.topics.orders.clone();
    let good = events(0, 1);
    floor.produce(&good);
    let (key, broken) = ("shop/1".to_owned(), "{\"specversion\": \"1.0\", oops".to_owned());
    let headers = OwnedHeaders::new().insert(Header { key: "trace", value: Some("t-1") });
    floor.raw(BaseRecord::to(&topic).key(&key).payload(&broken).headers(headers));
    floor.raw(BaseRecord::to(&topic).key(&key));
    floor.raw(BaseRecord::to(&topic).payload(&"x".repeat(300 * 1024)));
    let mut again = good[0].clone();
    again.body["data"]["note"] = "with other content".into();
    floor.produce(&[again.clone()]);
    let intake = floor.intake();
    floor.read(good.len() + 4).await;
    let letters = floor.dead_letters().await;
    let mut reasons: Vec<_> = letters.iter().map(|l| l.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["id_reused", "not_json", "not_json", "too_large", "unknown_grant"]);
    let broken_letter = letters.iter().find(|l| l.raw == broken.as_bytes()).expect("its bytes are untouched");
    assert!(broken_letter.headers.contains(&("trace".into(), b"t-1".to_vec())));
    assert!(broken_letter.headers.contains(&(KEY_HEADER.into(), key.into_bytes())));
    assert_eq!(broken_letter.origin.topic, topic);
    let reused = letters.iter().find(|l| l.reason == "id_reused").expect("it is there");
    assert_eq!(reused.raw, again.body.to_string().into_bytes());
    assert!(letters.iter().any(|l| l.reason == "not_json" && l.raw.is_empty()), "the message without a value");
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_offset_wins_over_the_one_committed_to_kafka() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "offsets").await;
    let sent = events(0, 90);
    let (first, rest) = sent.split_at(sent.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    floor.produce(first);
    let intake = floor.intake();
    floor.read(first.len()).await;
    intake.stop().await;
    commit(&floor, Offset::Beginning);
    floor.produce(second);
    let intake = floor.intake();
    floor.read(first.len() + second.len()).await;
    intake.stop().await;
    floor.produce(third);
    commit(&floor, Offset::End);
    let intake = floor.intake();
    floor.read(sent.len()).await;
    intake.fresh().await;
    assert_eq!(floor.books().await[&Book::Repeated], 0);
    intake.stop().await;
}

/// Moves the group's own offsets of every input topic.
fn commit(floor: &Floor, to: Offset) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", floor.settings.brokers.as_ref().unwrap())
        .set("group.id", &floor.settings.group)
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    for (_, topic) in floor.settings.topics.all().into_iter().take(5) {
        for partition in 0..3 {
            let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE).unwrap();
            let offset = if to == Offset::End { high } else { low };
            list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
        }
    }
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_stops_intake_loudly() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "anew").await;
    let sent = events(0, 60);
    floor.produce(&sent);
    let intake = floor.intake();
    floor.read(sent.len()).await;
    intake.stop().await;
    let orders = floor.settings.topics.orders.clone();
    floor.delete(&orders).await;
    floor.make(&orders).await;
    floor.produce(&events(500, 2));
    let (error, state) = floor.intake().fails().await;
    assert!(matches!(&error, IntakeError::OutOfRange { topic, .. } if *topic == orders), "{error}");
    assert!(matches!(&state, State::Stopped { why } if why.contains(&orders)), "{state:?}");
    assert!(floor.facts(&events(500, 2)).await.values().all(|facts| !facts.contains("order.placed")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_deleted_under_a_running_intake_stops_it_loudly() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "gone").await;
    let sent = events(0, 30);
    floor.produce(&sent);
    let intake = floor.intake();
    floor.read(sent.len()).await;
    let orders = floor.settings.topics.orders.clone();
    floor.delete(&orders).await;
    let (error, state) = intake.fails().await;
    assert!(matches!(&error, IntakeError::Gone { topic } if *topic == orders), "{error}");
    assert!(matches!(state, State::Stopped { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_in_process_broker_serves_as_well() {
    let cluster = MockCluster::new(1).unwrap();
    let floor = Floor::without_topics(&cluster.bootstrap_servers(), "mock");
    for (_, topic) in floor.settings.topics.all() {
        cluster.create_topic(topic, 3, 1).unwrap();
    }
    let sent = events(0, 100);
    floor.produce(&sent);
    let intake = floor.intake();
    floor.read(sent.len()).await;
    intake.fresh().await;
    assert_eq!(floor.books().await[&Book::Repeated], 0);
    assert!(floor.facts(&sent).await == facts_without_kafka(&sent), "the facts differ");
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_busy_or_whose_answers_get_lost_keeps_each_event_once() {
    let cluster = MockCluster::new(1).unwrap();
    let mut floor = Floor::without_topics(&cluster.bootstrap_servers(), "moody");
    floor.settings.batch_events = 10;
    for (_, topic) in floor.settings.topics.all() {
        cluster.create_topic(topic, 3, 1).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let moody = Moody::open(&folder.path().join("store.sqlite3"));
    let moods = moody.moods();
    floor.store = Store::new(moody);
    let sent = events(0, 40);
    floor.produce(&sent);
    let intake = floor.intake();
    floor.read(sent.len()).await;
    assert_eq!(floor.books().await[&Book::Repeated], 0);
    assert!(floor.facts(&sent).await == facts_without_kafka(&sent), "the facts differ");
    assert!(moods.busy() > 0 && moods.lost() > 0, "the store had its moods");
    intake.stop().await;
}
