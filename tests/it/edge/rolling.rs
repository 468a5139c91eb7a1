//! A place on the wire is taken again as soon as it is free, and nothing is noted as on its way that only waits.

use std::sync::Arc;
use std::time::Duration;

use forewarn::clock::FastClock;
use forewarn::deliver::channels::Channels;
use forewarn::deliver::dispatch::{Begun, Dispatcher};
use forewarn::deliver::gate::Limits;
use forewarn::store::port::NoticeState;
use forewarn_core::{Instant, Span};
use tokio::sync::Notify;

use super::stage::{PATIENCE, Tarpit, dispatcher, settle, soon, states};
use crate::invariants::floor::Floor;

/// Paid orders, whose notices are due; those of slow receivers come first.
fn floor(path: &std::path::Path, slow: usize, quick: usize) -> Floor {
    let mut floor = Floor::open(path);
    for n in 0..slow {
        floor.order("02 10:00", &format!("a-slow-{n}"));
    }
    for n in 0..quick {
        floor.order("02 10:01", &format!("quick-{n}"));
    }
    floor.wake();
    floor
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_costs_its_own_place_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut floor = floor(&path, 2, 20);
    let tarpit = Tarpit::new("email");
    let mut channels = Channels::default();
    channels.add(Arc::<Tarpit>::clone(&tarpit), Limits::default());
    let bell = Arc::new(Notify::new());
    let rung = Arc::clone(&bell);
    let delivery = dispatcher(&path, channels, floor.now, 3).start(Arc::new(move || rung.notify_one()));

    assert_eq!(delivery.step().await.expect("a store that works"), Begun { looked_at: 3, messages: 3 });
    let mut on_the_wire = 0;
    while states(&mut floor).get(&NoticeState::Sent) != Some(&20) {
        tokio::time::timeout(PATIENCE, bell.notified()).await.expect("a place that becomes free");
        delivery.step().await.expect("a store that works");
        on_the_wire = on_the_wire.max(states(&mut floor).get(&NoticeState::Sending).copied().unwrap_or(0));
    }
    assert!(on_the_wire <= 3, "{on_the_wire} were noted as on their way over three places");
    soon("only the slow ones are on their way", || states(&mut floor).get(&NoticeState::Sending) == Some(&2)).await;

    tarpit.release();
    delivery.drain().await;
    settle(&delivery).await;
    assert_eq!(states(&mut floor).into_iter().collect::<Vec<_>>(), [(NoticeState::Sent, 22)]);
    assert_eq!(tarpit.seen().len(), 22, "each went once");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_place_taken_nothing_is_claimed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut floor = floor(&path, 3, 1);
    let tarpit = Tarpit::new("email");
    let mut channels = Channels::default();
    channels.add(Arc::<Tarpit>::clone(&tarpit), Limits::default());
    let delivery = dispatcher(&path, channels, floor.now, 2).start(Arc::new(|| {}));
    assert_eq!(delivery.step().await.expect("a store that works").messages, 2);
    assert_eq!(delivery.step().await.expect("a store that works"), Begun::default());
    let waits = states(&mut floor);
    assert_eq!((waits[&NoticeState::Sending], waits[&NoticeState::Ready]), (2, 2));
    tarpit.release();
    delivery.drain().await;
    settle(&delivery).await;
    assert_eq!(states(&mut floor)[&NoticeState::Sent], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_outlasts_its_lease_is_not_taken_for_a_dead_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut floor = floor(&path, 1, 0);
    let tarpit = Tarpit::new("email");
    let mut channels = Channels::default();
    channels.add(Arc::<Tarpit>::clone(&tarpit), Limits::default());
    let quick = Dispatcher { lease: Duration::from_millis(60), ..dispatcher(&path, channels, floor.now, 1) };
    let delivery = Dispatcher { clock: Arc::new(FastClock::stopped_at(floor.now, 1)), ..quick }.start(Arc::new(|| {}));
    delivery.step().await.expect("a store that works");
    let lease = |floor: &mut Floor| floor.notices("a-slow-0")[0].lease_until;
    let first = lease(&mut floor).expect("it is on its way");
    // Ten leases long.
    soon("the lease is extended", || lease(&mut floor).is_some_and(|until| until >= first + Span::from_ms(600))).await;
    let real_now = Instant::from_ms(first.ms() + 300);
    let stranded = floor.run(|engine, tx| engine.settle_stranded(tx, at_rest(), real_now, 10));
    assert_eq!(stranded, 0);
    tarpit.release();
    delivery.drain().await;
    assert_eq!(states(&mut floor)[&NoticeState::Sent], 1);
}

fn at_rest() -> Instant {
    crate::invariants::floor::at("02 10:00")
}
