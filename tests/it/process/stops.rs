//! SIGTERM at any moment under load: it ends in order within seconds, and nothing is lost or done twice.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Running;
use super::events::Order;
use super::replicas::{self, DEADLINE, read};
use super::sink::Sink;
use super::topics::Stream;
use crate::services;

/// How long the process may take to end.
const LONGEST: Duration = Duration::from_secs(5);
/// Events of one order, each of which owes its buyer one notice.
const EVENTS_EACH: usize = 3;

/// Orders that come between one word to stop and the next.
const ORDERS_EACH: usize = 50;

/// How often; `FOREWARN_TEST_STOPS` says otherwise.
fn rounds() -> usize {
    std::env::var("FOREWARN_TEST_STOPS").ok().map_or(20, |n| n.parse().unwrap())
}

/// Writes orders to Kafka until told to stop, so many a round: a slow machine must be able to send them all in the end.
struct Load {
    orders: Arc<AtomicUsize>,
    allowed: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    writer: std::thread::JoinHandle<()>,
}

impl Load {
    fn start(stream: Stream) -> Self {
        let (orders, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, ended) = (Arc::clone(&orders), Arc::clone(&over));
        let allowed = Arc::new(AtomicUsize::new(0));
        let most = Arc::clone(&allowed);
        let writer = std::thread::spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                let from = count.load(Ordering::SeqCst);
                if from < most.load(Ordering::SeqCst) {
                    let events: Vec<_> = (from..from + 10).flat_map(life).collect();
                    stream.produce(&events);
                    count.fetch_add(10, Ordering::SeqCst);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self { orders, allowed, over, writer }
    }

    /// Lets as many more orders come as belong to one round.
    fn go_on(&self) {
        self.allowed.fetch_add(ORDERS_EACH, Ordering::SeqCst);
    }

    /// How many orders there are now that no more come.
    fn end(self) -> usize {
        self.over.store(true, Ordering::SeqCst);
        self.writer.join().unwrap();
        self.orders.load(Ordering::SeqCst)
    }
}

fn life(n: usize) -> Vec<serde_json::Value> {
    let mut order = Order::new(&format!("s-{n}"));
    order.buyer = serde_json::json!({"buyer_id": format!("b-{n}"), "phone": format!("1380000{n:05}")});
    [order.paid(-60), vec![order.stage("accepted", -30)]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_word_to_stop_ends_it_in_order_within_seconds() {
    let (Some(brokers), Some(server)) = (services::kafka(), services::postgres()) else { return };
    let database = services::database(&server);
    let stream = Stream::new(&brokers, "stops");
    stream.make().await;
    let (sink, url) = Sink::start().await;
    sink.slow_down(Duration::from_millis(20));
    let place = replicas::place(&stream, &url).sharing(&database.url);
    let (rounds, mut slowest, mut known) = (rounds(), Duration::ZERO, 0.0);
    let load = Load::start(stream.at(&brokers));
    for round in 0..rounds {
        load.go_on();
        let mut serve = place.serve();
        known = moment(&mut serve, round, known).await;
        let told = Instant::now();
        let status = serve.terminate();
        slowest = slowest.max(told.elapsed());
        assert!(status.success(), "round {round}: {status}: {}", place.words());
        assert!(told.elapsed() < LONGEST, "round {round} took {:?}: {}", told.elapsed(), place.words());
    }
    let orders = load.end();
    let events = (orders * EVENTS_EACH) as f64;
    let mut serve = place.serve();
    serve
        .within(DEADLINE, "the rest is read and sent", async |s| {
            read(s).await >= events && s.sum("forewarn_notices_total", "state=").await >= orders as f64
        })
        .await;
    for (name, sum) in [("read", events), ("applied", events)] {
        assert_eq!(serve.metric(&format!("forewarn_books{{account=\"{name}\"}}")).await, sum, "{name}");
    }
    assert_eq!(serve.sum("forewarn_notices_total", "state=\"sent\"").await, orders as f64, "none is unknown");
    serve.stop();
    let taken = sink.taken();
    assert_eq!(taken.len(), orders);
    assert!(taken.values().all(|bodies| bodies.len() == 1), "none of them twice");
    let line = format!(
        "| SIGTERM ×{rounds} | {events} events | {orders} sent | 0 lost | 0 twice | slowest end {:.1} s |\n",
        slowest.as_secs_f64()
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Waits for the moment of one round: right after the start, while it joins the group, or in the middle of the work. Gives
/// how many events are read by then.
async fn moment(serve: &mut Running<'_>, round: usize, known: f64) -> f64 {
    serve.until("it is alive", async |s| s.get("/healthz").await.is_some_and(|(status, _)| status == 200)).await;
    match round % 4 {
        0 => known,
        1 => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            known
        }
        _ => {
            serve.within(DEADLINE, "more is read", async |s| read(s).await > known).await;
            read(serve).await
        }
    }
}
