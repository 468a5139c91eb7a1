//! A floor in a file with delivery running over it, and channels that do as a test says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as RealInstant};

use forewarn::clock::FastClock;
use forewarn::deliver::channel::{Channel, Outcome, Outgoing, Sending};
use forewarn::deliver::channels::Channels;
use forewarn::deliver::dispatch::{Delivery, Dispatcher};
use forewarn::store::Store;
use forewarn::store::port::NoticeState;
use forewarn::store::sqlite::SqliteBackend;
use forewarn_core::Instant;
use tokio::sync::Semaphore;

use crate::invariants::floor::Floor;

/// How long a test waits for what must come.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A channel that lets messages to `slow` buyers wait until it is told to go on, and takes the others at once.
pub(super) struct Tarpit {
    name: &'static str,
    go: Semaphore,
    seen: Mutex<Vec<Outgoing>>,
}

impl Tarpit {
    pub(super) fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, go: Semaphore::new(0), seen: Mutex::default() })
    }

    pub(super) fn release(&self) {
        self.go.add_permits(1_000);
    }

    pub(super) fn seen(&self) -> Vec<Outgoing> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Channel for Tarpit {
    fn name(&self) -> &str {
        self.name
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(outgoing.clone());
            if outgoing.order_id.contains("slow") {
                self.go.acquire().await.expect("nobody closes it").forget();
            }
            Outcome::Sent { receipt: "250 ok".into() }
        })
    }
}

/// Delivery over the floor's file at `path`, at `now`.
pub(super) fn dispatcher(path: &Path, channels: Channels, now: Instant, concurrency: usize) -> Dispatcher {
    Dispatcher {
        store: Store::new(SqliteBackend::open(path).expect("the floor's file")),
        engine: Arc::new(Floor::open(path).engine),
        clock: Arc::new(FastClock::stopped_at(now, 1)),
        channels,
        lease: Duration::from_secs(600),
        concurrency,
    }
}

/// Takes steps until none finds anything to do, which with thousands of messages takes its time.
pub(super) async fn settle(delivery: &Delivery) {
    let began = RealInstant::now();
    while delivery.step().await.expect("a store that works").looked_at > 0 {
        assert!(began.elapsed() < 30 * PATIENCE, "delivery never comes to rest");
        delivery.drain().await;
    }
}

/// How many notices of the floor are in each state.
pub(super) fn states(floor: &mut Floor) -> BTreeMap<NoticeState, u64> {
    let counts = floor.run(|_, tx| tx.notice_counts()).0;
    let mut states = BTreeMap::new();
    for (_, state, count) in counts {
        *states.entry(state).or_default() += count;
    }
    states
}

/// Asks again and again until `holds`; fails after [`PATIENCE`].
pub(super) async fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let began = RealInstant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
