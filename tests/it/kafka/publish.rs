//! What goes out: each message fits its schema, comes at least once, and is marked only when the broker has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant as RealInstant;

use forewarn::clock::SystemClock;
use forewarn::config::Kafka;
use forewarn::engine::GrantFate;
use forewarn::intake::{Fault, KEY_HEADER, Reason};
use forewarn::publish::{PublishError, Published, Publisher};
use forewarn::store::port::{Composed, DeadLetter, ExpediteRow, GrantRow, Json, NoticeRow, NoticeState, Origin};
use forewarn_core::because::Reason as Because;
use forewarn_core::digest;
use forewarn_core::expedite::Motive;
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::{BuyerId, GrantId, LineId, MerchantId, NoticeId, OrderId, WarehouseId};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::notice::Kind;
use forewarn_core::policy::Ppm;
use forewarn_core::text::Private;
use forewarn_core::{Instant, OrderKey, Span};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::types::RDKafkaRespErr;
use serde_json::Value;

use super::floor::{Floor, PATIENCE, engine};
use crate::{schemas, services};

fn at() -> Instant {
    Instant::parse("2026-03-06T10:00:00Z").unwrap()
}

fn notice(key: &str, state: NoticeState, outcome: Option<&str>) -> NoticeRow {
    let composed = Composed {
        message_id: format!("msg_{key}"),
        channel: "email".into(),
        to: Private::new("lin@example.com").unwrap(),
        locale: "zh-CN".into(),
        template: "delay_warning.plain".into(),
        promotional: true,
        parcel_id: None,
        cause: Some("warehouse_queue".into()),
        ship_by: Some(at()),
        quoted_ship_by: Some(at()),
        risk: None,
        grant_id: Some("grt_1".into()),
        amount: Some("5.00".into()),
        currency: Some("CNY".into()),
        subject: "Your order will be late".into(),
        text: "We are sorry.".into(),
        html: "<p>We are sorry.</p>".into(),
        variables: Json::default(),
        because: vec![Because::Postponed { at: at() }],
        policy_version: "pol_1".into(),
        shop: "Qinghe".into(),
        unsubscribe_url: None,
        together_with: Vec::new(),
    };
    NoticeRow {
        notice_id: NoticeId::new(&format!("ntc_{}", digest::of(&["notice", key]))).unwrap(),
        key: key.into(),
        order: OrderKey { merchant_id: MerchantId::new("m").unwrap(), order_id: OrderId::new("o").unwrap() },
        buyer_id: Some(BuyerId::new("b").unwrap()),
        kind: Kind::DelayWarning,
        state,
        created_at: at(),
        due_at: at(),
        attempts: 1,
        lease_token: None,
        lease_until: None,
        updated_at: at(),
        sent_at: None,
        composed: Some(composed.into()),
        outcome: outcome.map(str::to_owned),
        feedback: None,
    }
}

fn grant(key: &str) -> GrantRow {
    GrantRow {
        grant_id: GrantId::new(&format!("grt_{key}")).unwrap(),
        order: notice(key, NoticeState::Ready, None).order,
        buyer_id: Some(BuyerId::new("b").unwrap()),
        notice_key: key.into(),
        money: Money { amount: Amount::from_thousandths(5_000), currency: Currency::new("CNY").unwrap() },
        status: GrantStatus::Reserved,
        why: None,
        code: None,
        created_at: at(),
        updated_at: at(),
        requested_at: None,
    }
}

fn letter(offset: i64) -> DeadLetter {
    let fault = Fault::new(Reason::NotJson, "not JSON from byte 0 on");
    DeadLetter {
        origin: Origin { topic: "forewarn.orders".into(), partition: 2, offset },
        reason: fault.reason.as_str().into(),
        detail: fault.detail,
        raw: vec![0xff, 0x00, b'{'],
        headers: vec![("trace".into(), vec![0xfe]), (KEY_HEADER.into(), b"m/o".to_vec())],
        at: at(),
    }
}

fn suggestion(order: &str, worth: i64) -> ExpediteRow {
    ExpediteRow {
        order: OrderKey { merchant_id: MerchantId::new("m").unwrap(), order_id: OrderId::new(order).unwrap() },
        leave_by: at() + Span::hours(20),
        warehouse_id: Some(WarehouseId::new("W1").unwrap()),
        motive: Motive::AtRisk,
        suggested_at: at(),
        first_risk: Ppm::from_ppm(700_000),
        risk: Ppm::from_ppm(700_000),
        worth: Money { amount: Amount::from_thousandths(worth), currency: Currency::new("CNY").unwrap() },
        line_ids: vec![LineId::new("L1").unwrap()],
        held: false,
    }
}

/// Two sorts of ends each, one grant to ask for, one order to take first and one that nobody is to be told of, one dead letter.
async fn fill(floor: &Floor) {
    let notices = [
        notice("a", NoticeState::Sent, Some("250 ok")),
        notice("b", NoticeState::Failed, Some("550 no such box")),
        notice("c", NoticeState::Unknown, Some("connection lost")),
        notice("d", NoticeState::Withdrawn, Some("shipped")),
        notice("e", NoticeState::Withdrawn, None),
        notice("f", NoticeState::Ready, None),
    ];
    let held = ExpediteRow { held: true, ..suggestion("held", 20_000) };
    let filled = floor.store.write(move |tx| {
        tx.notices_add(&notices)?;
        tx.grant_save(&grant("f"))?;
        [&suggestion("o", 9_000), &held].into_iter().try_for_each(|row| tx.expedite_save(row))?;
        tx.policy_publish(None, "pol_2", "", "test", at())?;
        tx.dead_letters_add(&[letter(7)])
    });
    filled.await.unwrap();
}

fn publisher(floor: &Floor) -> Publisher {
    Publisher::new(&floor.settings, floor.store.clone(), Arc::new(SystemClock)).unwrap()
}

/// Everything in a topic, in the order of its partitions.
fn consumed(settings: &Kafka, topic: &str, expected: usize) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", settings.brokers.as_ref().unwrap())
        .set("group.id", format!("{}-reader", settings.group))
        .create()
        .unwrap();
    let mut list = rdkafka::TopicPartitionList::new();
    for partition in 0..3 {
        list.add_partition_offset(topic, partition, rdkafka::Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let (began, mut found) = (RealInstant::now(), Vec::new());
    while found.len() < expected {
        assert!(began.elapsed() < PATIENCE, "{} of {expected} messages in {topic}", found.len());
        if let Some(message) = consumer.poll(std::time::Duration::from_millis(100)) {
            found.push(message.unwrap().detach());
        }
    }
    found
}

fn events(messages: &[OwnedMessage]) -> BTreeMap<String, Value> {
    let validators = schemas::validators().unwrap();
    let event = |message: &OwnedMessage| {
        let event: Value = serde_json::from_slice(message.payload().unwrap()).unwrap();
        let kind = event["type"].as_str().unwrap().to_owned();
        let validator = &validators[&format!("schemas/events/{kind}.schema.json")];
        let faults: Vec<_> = validator.iter_errors(&event).map(|f| format!("{}: {f}", f.instance_path())).collect();
        assert!(faults.is_empty(), "{kind}: {faults:?} in {event}");
        (format!("{kind} {}", event["data"]["outcome"].as_str().unwrap_or_default()), event)
    };
    messages.iter().map(event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_fits_its_schema_and_is_published_once() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "publish").await;
    fill(&floor).await;
    let publisher = publisher(&floor);
    let round = publisher.round().await.unwrap();
    assert_eq!(round, Published { grants: 1, notices: 5, expedites: 1, dead_letters: 1 });
    assert_eq!(publisher.round().await.unwrap(), Published::default(), "everything is marked");
    let topics = &floor.settings.topics;
    let notices = events(&consumed(&floor.settings, &topics.notices, 4));
    let kinds: Vec<_> = notices.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["notice.failed failed", "notice.failed unknown", "notice.sent ", "notice.withdrawn "]);
    assert_eq!(notices["notice.sent "]["data"]["class"], "promotional");
    assert!(!notices["notice.sent "].to_string().contains("lin@example.com"), "the address stays here");
    let suggested = consumed(&floor.settings, &topics.expedite, 1);
    assert_eq!(suggested[0].key(), Some(b"m/o".as_slice()));
    let data = &events(&suggested)["order.expedite "]["data"];
    assert_eq!((&data["rank"], &data["reason"]), (&2.into(), &"at_risk".into()), "what is held back is ranked too");
    let requests = consumed(&floor.settings, &topics.grant_requests, 1);
    assert_eq!(requests[0].key(), Some(b"grt_f".as_slice()));
    let request = &events(&requests)["grant.requested "];
    assert_eq!((&request["data"]["amount"], &request["data"]["policy_version"]), (&"5.00".into(), &"pol_1".into()));
    let asked = floor.store.read(|tx| tx.grant_load(&GrantId::new("grt_f").unwrap())).await.unwrap().unwrap();
    assert!(asked.requested_at.is_some() && asked.status == GrantStatus::Reserved);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_keeps_its_bytes_its_key_and_its_headers() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let floor = Floor::new(&brokers, "letters").await;
    fill(&floor).await;
    publisher(&floor).round().await.unwrap();
    let published = consumed(&floor.settings, &floor.settings.topics.dead_letters, 1);
    let [message] = published.as_slice() else { panic!("one letter") };
    assert_eq!((message.payload(), message.key()), (Some([0xff, 0x00, b'{'].as_slice()), Some(b"m/o".as_slice())));
    let headers: BTreeMap<_, _> = message.headers().unwrap().iter().map(|h| (h.key, h.value.unwrap())).collect();
    let expected: BTreeMap<_, &[u8]> = BTreeMap::from([
        ("trace", [0xfe].as_slice()),
        ("forewarn_reason", b"not_json"),
        ("forewarn_detail", b"not JSON from byte 0 on"),
        ("forewarn_topic", b"forewarn.orders"),
        ("forewarn_partition", b"2"),
        ("forewarn_offset", b"7"),
    ]);
    assert_eq!(headers, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_was_taken_back_and_then_sent_is_told_twice() {
    let cluster = MockCluster::new(1).unwrap();
    let floor = mocked(&cluster);
    let write = |row: NoticeRow| floor.store.write(move |tx| tx.notices_add(std::slice::from_ref(&row)));
    let publisher = publisher(&floor);
    write(notice("a", NoticeState::Withdrawn, Some("paused"))).await.unwrap();
    assert_eq!(publisher.round().await.unwrap().notices, 1);
    write(notice("a", NoticeState::Ready, None)).await.unwrap();
    assert_eq!(publisher.round().await.unwrap().notices, 0);
    // Adding stands in for the delivery that ends it.
    let ended = floor.store.write(|tx| {
        let claimed = tx.notices_claim(at(), at(), 1, "t", at())?;
        let sent = NoticeRow { state: NoticeState::Sent, ..claimed[0].clone() };
        tx.notice_save(&sent, "t")
    });
    assert!(ended.await.unwrap());
    assert_eq!(publisher.round().await.unwrap().notices, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_refuses_stays_unmarked_and_is_published_later() {
    let cluster = MockCluster::new(1).unwrap();
    let floor = mocked(&cluster);
    fill(&floor).await;
    let refuse = |error| {
        cluster.topic_error(&floor.settings.topics.grant_requests, error).unwrap();
    };
    refuse(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    let publisher = publisher(&floor);
    let failed = publisher.round().await.expect_err("one topic is closed");
    assert!(matches!(&failed, PublishError::NotTaken { topic, .. } if topic.ends_with("grant-requests")), "{failed}");
    let waiting = floor.store.read(|tx| tx.grants_to_request(10)).await.unwrap();
    assert_eq!(waiting.len(), 1, "it does not count as asked for");
    assert!(floor.store.read(|tx| tx.dead_letters_to_publish(10)).await.unwrap().is_empty(), "the others went on");
    refuse(RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR);
    let began = RealInstant::now();
    while floor.store.read(|tx| tx.grants_to_request(10)).await.unwrap().len() == 1 {
        assert!(began.elapsed() < PATIENCE, "it is never asked for");
        // The client remembers for a while that it was shut out.
        drop(publisher.round().await);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_may_not_be_repeated_is_marked_before_it_leaves() {
    let cluster = MockCluster::new(1).unwrap();
    let mut floor = mocked(&cluster);
    floor.settings.repeat_grant_requests = false;
    fill(&floor).await;
    let topic = floor.settings.topics.grant_requests.clone();
    let asked = async || {
        let grant = floor.store.read(|tx| tx.grant_load(&GrantId::new("grt_f").unwrap())).await.unwrap().unwrap();
        grant.requested_at.is_some()
    };
    let publisher = publisher(&floor);
    // The broker says no: it surely has nothing, so it is asked again.
    cluster.topic_error(&topic, RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED).unwrap();
    publisher.round().await.expect_err("one topic is closed");
    assert!(!asked().await, "it does not count as asked for");
    cluster.topic_error(&topic, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).unwrap();
    let began = RealInstant::now();
    while !asked().await {
        assert!(began.elapsed() < PATIENCE, "it is never asked for");
        drop(publisher.round().await);
    }
    assert_eq!(consumed(&floor.settings, &topic, 1).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_answer_was_lost_is_not_repeated_and_waits_for_a_person() {
    let Some(brokers) = services::kafka() else {
        return;
    };
    let mut floor = Floor::new(&brokers, "once").await;
    floor.settings.repeat_grant_requests = false;
    fill(&floor).await;
    // A process that dies after the mark leaves what this leaves: marked, and perhaps told.
    let id = GrantId::new("grt_f").unwrap();
    let marked = id.clone();
    let mark = floor.store.write(move |tx| {
        let grant = tx.grant_load(&marked)?.unwrap();
        tx.grant_save(&GrantRow { requested_at: Some(at()), ..grant })
    });
    mark.await.unwrap();
    let publisher = publisher(&floor);
    assert_eq!(publisher.round().await.unwrap().grants, 0, "nobody knows whether it left");
    let waiting = floor.store.read(|tx| tx.grants_unanswered(at() + Span::hours(1), 9)).await.unwrap();
    assert_eq!(waiting.iter().map(|g| &g.grant_id).collect::<Vec<_>>(), [&id]);
    // A person found that the coupon system knows nothing of it.
    let engine = engine();
    let again = floor.store.write(move |tx| engine.grant_resolve(tx, &id, &GrantFate::NeverAsked, "lin", at()));
    assert!(again.await.unwrap().is_some());
    assert_eq!(publisher.round().await.unwrap().grants, 1);
    assert_eq!(publisher.round().await.unwrap().grants, 0, "it leaves once");
    assert_eq!(consumed(&floor.settings, &floor.settings.topics.grant_requests, 1).len(), 1);
}

fn mocked(cluster: &MockCluster<'_, rdkafka::producer::DefaultProducerContext>) -> Floor {
    let floor = Floor::without_topics(&cluster.bootstrap_servers(), "mock");
    for (_, topic) in floor.settings.topics.all() {
        cluster.create_topic(topic, 3, 1).unwrap();
    }
    floor
}
