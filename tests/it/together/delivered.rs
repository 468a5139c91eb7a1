//! The way out: a joint message is one attempt on its channel, whatever the outcome.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use forewarn::clock::FastClock;
use forewarn::deliver::channel::{Channel, Outcome, Outgoing, RetryClass, Sending};
use forewarn::deliver::channels::Channels;
use forewarn::deliver::dispatch::Dispatcher;
use forewarn::deliver::gate::Limits;
use forewarn::store::Store;
use forewarn::store::port::NoticeState;
use forewarn::store::sqlite::SqliteBackend;
use forewarn_core::notice::Kind;

use super::{at, floor_over, stock_out};
use crate::invariants::floor::Floor;

/// A channel that is busy at its first attempt, takes every later one, and keeps what it saw.
#[derive(Default)]
struct Gateway(Mutex<Vec<Outgoing>>);

impl Channel for Gateway {
    fn name(&self) -> &str {
        "email"
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async {
            let mut seen = self.0.lock().expect("no test panics while it holds this");
            seen.push(outgoing.clone());
            if seen.len() > 1 {
                return Outcome::Sent { receipt: "250 ok".into() };
            }
            Outcome::Retry { class: RetryClass::Busy, after: Some(Duration::ZERO), reason: "451".into() }
        })
    }
}

fn dispatcher(path: &std::path::Path, gateway: &Arc<Gateway>, now: forewarn_core::Instant) -> Dispatcher {
    let mut channels = Channels::default();
    channels.add(Arc::<Gateway>::clone(gateway), Limits::default());
    Dispatcher {
        store: Store::new(SqliteBackend::open(path).expect("the floor's file")),
        engine: Arc::new(Floor::open(path).engine),
        clock: Arc::new(FastClock::stopped_at(now, 1)),
        channels,
        lease: Duration::from_secs(600),
        concurrency: 8,
    }
}

/// Puts what is due on the wire and waits for the outcomes.
async fn deliver(dispatcher: Dispatcher) {
    let delivery = dispatcher.start(Arc::new(|| {}));
    delivery.step().await.expect("a store that works");
    delivery.drain().await;
}

#[tokio::test]
async fn a_joint_message_is_one_mail_at_every_attempt() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut floor = floor_over(Floor::open(&path), &["1", "2", "3"]);
    stock_out(&mut floor, "03 12:00");
    floor.wake();
    let gateway = Arc::new(Gateway::default());
    deliver(dispatcher(&path, &gateway, floor.now)).await;
    assert_eq!(gateway.0.lock().expect("nobody holds it").len(), 1);
    assert_eq!(floor.states("2", Kind::DelayWarning), [NoticeState::Retry]);

    deliver(dispatcher(&path, &gateway, at("03 13:00"))).await;
    for order in ["1", "2", "3"] {
        assert_eq!(floor.states(order, Kind::DelayWarning), [NoticeState::Sent]);
    }
    let seen = gateway.0.lock().expect("nobody holds it");
    let [before, after] = seen.as_slice() else { panic!("two attempts, not {}", seen.len()) };
    assert_eq!((before.attempt, after.attempt), (1, 2));
    assert_eq!((&before.message_id, &before.text), (&after.message_id, &after.text));
    assert_eq!(before.template, "delayed_orders.plain");
    let told: Vec<_> = before.orders.iter().map(|told| told.order_id.as_str()).collect();
    assert_eq!(told, ["1", "2", "3"]);
    assert_eq!(before.orders[0].notice_id, before.notice_id);
}
