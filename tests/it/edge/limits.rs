//! What a channel bears is kept to, and one that fails is left alone, without costing the others their places.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use forewarn::deliver::channel::{Channel, Outcome, Outgoing, RetryClass, Sending};
use forewarn::deliver::channels::Channels;
use forewarn::deliver::gate::Limits;
use forewarn::deliver::pace::Limit;
use forewarn::engine::Engine;
use forewarn::store::port::NoticeState;
use forewarn_core::Span;
use serde_json::json;

use super::stage::{Tarpit, dispatcher, settle, soon, states};
use crate::invariants::floor::Floor;

fn at_once(most: u32) -> Limits {
    let channel = Limit { concurrency: NonZeroU32::new(most), per_minute: None };
    Limits { channel, domain: Limit::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_channel_takes_no_place_that_another_could_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut floor = Floor::open(&path);
    floor.policy("[channels]\norder = [\"email\", \"sms\"]\n");
    for n in 0..4 {
        floor.order("02 10:00", &format!("a-slow-{n}"));
    }
    for n in 0..4 {
        let buyer = json!({ "buyer": { "buyer_id": format!("p-{n}"), "phone": "+8613800000000", "locale": "en" } });
        floor.order_with("02 10:00", &format!("text-{n}"), buyer);
    }
    floor.wake();
    let (email, sms) = (Tarpit::new("email"), Tarpit::new("sms"));
    let mut channels = Channels::default();
    channels.add(Arc::<Tarpit>::clone(&email), at_once(1));
    channels.add(Arc::<Tarpit>::clone(&sms), at_once(1));
    let delivery = dispatcher(&path, channels.clone(), floor.now, 2).start(Arc::new(|| {}));
    while delivery.step().await.expect("a store that works").looked_at > 0 {}
    soon("a text leaves although all mails are stuck", || !sms.seen().is_empty()).await;
    assert_eq!(email.seen().len(), 1, "one connection, one mail on its way");
    email.release();
    delivery.drain().await;
    // Whoever found no room comes back soon, and is not forgotten.
    for round in 1..=8 {
        let later = floor.now + Span::minutes(10 * round);
        settle(&dispatcher(&path, channels.clone(), later, 2).start(Arc::new(|| {}))).await;
    }
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(NoticeState::Sent, 8)]);
    assert_eq!((email.seen().len(), sms.seen().len()), (4, 4), "each went once");
}

/// A channel whose server is away, or is not.
struct Server {
    away: bool,
    seen: Mutex<Vec<String>>,
}

impl Channel for Server {
    fn name(&self) -> &str {
        "email"
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(outgoing.notice_id.clone());
            if self.away {
                let reason = "smtp connect: connection refused".into();
                return Outcome::Retry { class: RetryClass::Network, after: None, reason };
            }
            Outcome::Sent { receipt: "250 ok".into() }
        })
    }
}

/// Lets delivery run over the file until nothing is due; gives how many messages reached the channel.
async fn run(path: &Path, away: bool, now: forewarn_core::Instant) -> usize {
    let server = Arc::new(Server { away, seen: Mutex::default() });
    let mut channels = Channels::default();
    channels.add(Arc::<Server>::clone(&server), Limits::default());
    settle(&dispatcher(path, channels, now, 1).start(Arc::new(|| {}))).await;
    server.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_fails_is_left_alone_until_a_probe_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut floor = Floor::open(&path);
    for n in 0..30 {
        floor.order("02 10:00", &n.to_string());
    }
    floor.wake();
    assert_eq!(run(&path, true, floor.now).await, 5, "five failures in a row are enough");
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(NoticeState::Retry, 30)]);
    let tried: u32 = (0..30).map(|n| floor.notices(&n.to_string())[0].attempts).sum();
    assert_eq!(tried, 5, "waiting costs no attempt");
    let down = floor.run(|_, tx| Engine::channels_down(tx));
    let down = down.get("email").expect("it is known to be down");
    assert_eq!((down.since, down.why.as_str()), (floor.now, "smtp connect: connection refused"));

    // The next process begins with one probe, and goes on leaving it alone.
    let later = floor.now + Span::minutes(10);
    assert_eq!(run(&path, true, later).await, 1);
    let since = floor.run(|_, tx| Engine::channels_down(tx)).get("email").map(|down| down.since);
    assert_eq!(since, Some(floor.now), "it has been down all the time");

    // Once the server is back, the probe closes the gap and the rest follows.
    let mut sent = 0;
    for minutes in [20, 30, 40] {
        sent += run(&path, false, floor.now + Span::minutes(minutes)).await;
    }
    assert_eq!(sent, 30);
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(NoticeState::Sent, 30)]);
    assert!(floor.run(|_, tx| Engine::channels_down(tx)).is_empty());
}
