//! Poison: intake of a partition stops where it stands, the others go on, and it goes on after an operator's word.

use std::time::Duration;

use forewarn::intake::{Limits, Reason};
use forewarn::store::port::{Book, Offset, Pass};
use forewarn_core::Instant;
use forewarn_core::policy::Ppm;
use rdkafka::producer::BaseRecord;

use super::floor::{Floor, Intake, PATIENCE};
use super::shop::events;
use crate::services;

const LIMITS: Limits = Limits { share: Ppm::from_ppm(500_000), window: 40 };

async fn floor(brokers: &str, name: &str) -> Floor {
    let mut floor = Floor::new(brokers, name).await;
    floor.limits = LIMITS;
    floor.settings.batch_events = 20;
    floor
}

/// Writes `count` events of an unknown type to partition 1 of the orders' topic.
fn poison(floor: &Floor, from: usize, count: usize) {
    let (topic, key) = (floor.settings.topics.orders.clone(), "k".to_owned());
    for n in from..from + count {
        let body = format!(
            r#"{{"specversion": "1.0", "id": "p-{n}", "source": "/s", "type": "order.vanished", "data": {{"n": {n}}}}}"#
        );
        floor.raw(BaseRecord::to(&topic).key(&key).partition(1).payload(&body));
    }
    floor.flush();
}

async fn stored(floor: &Floor) -> Option<i64> {
    let topic = floor.settings.topics.orders.clone();
    let all: Vec<(String, i32, Offset)> = floor.store.read(|tx| tx.offsets()).await.unwrap();
    all.into_iter().find(|(t, partition, _)| *t == topic && *partition == 1).and_then(|(.., offset)| offset.next)
}

async fn pass(floor: &Floor, reason: Option<Reason>, left: Option<u64>) {
    let word = Pass {
        number: 0,
        topic: Some(floor.settings.topics.orders.clone()),
        partition: Some(1),
        reason: reason.map(|reason| reason.as_str().to_owned()),
        left,
        until: None,
        author: "lin".into(),
        at: Instant::from_ms(0),
    };
    floor.store.write(move |tx| tx.pass_add(&word)).await.unwrap();
}

async fn until(what: &str, intake: &Intake, holds: impl AsyncFn() -> bool) {
    let began = std::time::Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "{what}: {:?}", intake.guard.stops());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_stops_its_partition_at_the_stored_offset_until_an_operator_lets_it_pass() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = floor(&brokers, "poison").await;
    poison(&floor, 0, 200);
    let intake = floor.intake();
    until("it stops", &intake, async || !intake.guard.stops().is_empty()).await;
    let topic = floor.settings.topics.orders.clone();
    let (place, why) = intake.guard.stops().remove(0);
    assert_eq!(place, (topic.clone(), 1));
    assert!(why.contains("unknown_type") && why.contains("dead letters"), "{why}");
    let stopped_at = stored(&floor).await.unwrap_or(0);
    assert!(stopped_at <= 10, "at most half of half a window is drained, not {stopped_at}");
    // Other topics and other partitions of this one go on.
    let good = events(0, 60);
    floor.produce(&good);
    let others = good.iter().filter(|e| e.topic(&floor.settings.topics) != topic).count();
    let elsewhere = async || floor.books().await[&Book::Read] >= others as u64 + u64::try_from(stopped_at).unwrap();
    until("the others go on", &intake, elsewhere).await;
    assert_eq!(stored(&floor).await.unwrap_or(0), stopped_at, "nothing more is drained");
    assert!(!intake.freshness.is_fresh(), "what is known is not new while events wait");
    let listed = floor.store.read(|tx| tx.watches_stopped()).await.unwrap();
    assert_eq!(listed[0].place, (topic.clone(), 1));
    // A word for the next fifty: fifty pass, a few more until the limit, and it stops again.
    pass(&floor, None, Some(50)).await;
    until("fifty pass", &intake, async || stored(&floor).await.unwrap_or(0) >= stopped_at + 50).await;
    until("it stops again", &intake, async || !intake.guard.stops().is_empty()).await;
    let again = stored(&floor).await.unwrap_or(0);
    assert!((50..120).contains(&(again - stopped_at)), "from {stopped_at} to {again}");
    // A reason that is let pass lets all of it through, and what is good behind it.
    pass(&floor, Some(Reason::UnknownType), None).await;
    floor.read(good.len() + 200).await;
    until("it goes on", &intake, async || intake.guard.stops().is_empty()).await;
    intake.fresh().await;
    let books = floor.books().await;
    assert_eq!(books[&Book::Repeated], 0, "{books:?}");
    assert_eq!(books[&Book::Read], books.iter().filter(|(b, _)| **b != Book::Read).map(|(_, n)| n).sum::<u64>());
    assert!(floor.store.read(|tx| tx.watches_stopped()).await.unwrap().is_empty());
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_does_not_let_poison_pass_and_changed_limits_do() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let mut floor = floor(&brokers, "again").await;
    poison(&floor, 0, 100);
    let mut reached = 0;
    for _ in 0..3 {
        let intake = floor.intake();
        until("it stops", &intake, async || !intake.guard.stops().is_empty()).await;
        intake.stop().await;
        let now = stored(&floor).await.unwrap_or(0);
        assert!(now <= 10, "{now} were drained");
        reached = now;
    }
    assert!(reached < 100);
    floor.limits = Limits { share: Ppm::ONE, ..LIMITS };
    let intake = floor.intake();
    floor.read(100).await;
    assert!(intake.guard.stops().is_empty());
    intake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_are_missing_are_named_until_they_are_there() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::without_topics(&brokers, "missing");
    let intake = floor.intake();
    let wanted: std::collections::BTreeSet<String> =
        floor.settings.topics.all().into_iter().take(5).map(|(_, topic)| topic.to_owned()).collect();
    intake.until("they are named", |fresh| fresh.missing() == wanted).await;
    for topic in &wanted {
        floor.make(topic).await;
    }
    intake.until("none is missing", |fresh| fresh.missing().is_empty()).await;
    intake.fresh().await;
    intake.stop().await;
}
