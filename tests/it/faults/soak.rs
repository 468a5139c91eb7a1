//! A steady load for a long time: memory stays where it is, and intake keeps up.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::Server;
use super::fleet::{Figures, Fleet, place};
use super::load::named;
use super::post::Post;
use super::wanted;
use crate::process::events::{SHOP, from_now};
use crate::process::topics::Stream;
use crate::services;

/// The load comes in so many strokes a second.
const STROKES: usize = 20;
/// One order in so many owes its buyer a mail, the others ended long ago.
const TELLING: usize = 10;
/// Stands for the order's name in what is told.
const NAME: &str = "THE-ORDER";
/// Events an order.
const EVENTS: usize = 5;
/// How much more memory there may be at the end than at half time: what the allocator holds on to, and caches of the
/// store that fill.
const GROWTH: u64 = 32 << 20;
/// Enough mails at once for what falls due at the highest rate.
const WIDE: &str = "deliver_concurrency = 64\n";

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_under_a_steady_load_on_sqlite() {
    let Some(brokers) = services::kafka() else { return };
    soak(&brokers, "SQLite", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_under_a_steady_load_on_postgresql() {
    let (Some(brokers), Some(server)) = (services::kafka(), Server::alone().await) else { return };
    let database = services::database(&server.url);
    soak(&brokers, "PostgreSQL", Some(&database.url)).await;
}

/// What was seen at one moment.
struct Sample {
    secs: u64,
    resident: u64,
    told: usize,
    read: usize,
    settled: usize,
    waiting: usize,
}

async fn soak(brokers: &str, store: &str, url: Option<&str>) {
    let (secs, rate) = (wanted("FOREWARN_FAULT_SOAK", 30), wanted("FOREWARN_FAULT_RATE", 500));
    let post = Post::start().await;
    let stream = Stream::new(brokers, "soak");
    stream.make().await;
    let place = place("alone", &stream, &post, WIDE);
    let places = [if let Some(url) = url { place.sharing(url) } else { place }];
    let mut fleet = Fleet::start(&places);
    fleet.until("it is ready", async |fleet| fleet.is_ready().await).await;
    let telling = tokio::task::spawn_blocking(move || tell(&stream, secs, rate));
    let (began, mut samples) = (Instant::now(), Vec::new());
    for part in [4, 2, 1] {
        let until = Duration::from_secs((secs / part) as u64);
        while began.elapsed() < until {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        samples.push(sample(&fleet, began, rate).await);
    }
    let told = telling.await.unwrap();
    let since = Instant::now();
    let all_read = async |fleet: &Fleet<'_>| {
        let figures = fleet.figures().await;
        let decided = figures.settled() + figures.waiting("") >= (told / EVENTS).div_ceil(TELLING);
        figures.read() >= told && decided && figures.waiting("ready") == 0
    };
    fleet.until("the rest is read and sent", all_read).await;
    let drained = since.elapsed().as_secs_f64();
    let last = fleet.figures().await;
    report(&format!("{store}, {rate} events a second for {secs} s"), &samples, (told, &last, drained));
    fleet.stop();
    let (middle, end) = (samples[1].resident, samples[2].resident);
    assert!(end < middle + GROWTH, "memory grew from {middle} to {end} bytes");
    assert_eq!(last.read(), told, "each event once");
    assert!(post.book().messages.values().all(|times| *times == 1), "nothing twice");
}

/// Tells orders at a steady pace; a stroke that comes late is made up for. Gives how many events were told.
fn tell(stream: &Stream, secs: usize, rate: usize) -> usize {
    let (producer, began) = (stream.producer(), Instant::now());
    let (orders, strokes) = (rate / EVENTS / STROKES, secs * STROKES);
    let run = format!("soak{}", from_now(0).ms());
    let mut lives = Lives::from_now();
    for stroke in 0..strokes {
        let due = Duration::from_millis((1_000 * stroke / STROKES) as u64);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        if stroke % (60 * STROKES) == 0 {
            lives = Lives::from_now();
        }
        for n in stroke * orders..(stroke + 1) * orders {
            let id = format!("{run}-soak-{n}");
            for (kind, body) in lives.of(n) {
                stream.hand(&producer, kind, &format!("{SHOP}/{id}"), &body.replace(NAME, &id));
            }
        }
    }
    rdkafka::producer::Producer::flush(&producer, Duration::from_secs(60)).unwrap();
    orders * strokes * EVENTS
}

/// Events as texts in which only the order's name is to be filled in, because making each anew would take more time
/// than reading it does.
struct Lives {
    telling: Vec<Texts>,
    silent: Texts,
}

/// Types and texts of an order's events.
type Texts = Vec<(String, String)>;

impl Lives {
    fn from_now() -> Self {
        let texts = |events: Vec<Value>| {
            events.iter().map(|event| (event["type"].as_str().unwrap().to_owned(), event.to_string())).collect()
        };
        let telling = (0..3).map(|n| texts(named(NAME).life(n))).collect();
        Self { telling, silent: texts(named(NAME).long_gone()) }
    }

    fn of(&self, n: usize) -> &Texts {
        if n.is_multiple_of(TELLING) { &self.telling[n / TELLING % 3] } else { &self.silent }
    }
}

async fn sample(fleet: &Fleet<'_>, began: Instant, rate: usize) -> Sample {
    let (secs, figures) = (began.elapsed().as_secs(), fleet.figures().await);
    let told = usize::try_from(secs).unwrap() * rate;
    let (resident, waiting) = (fleet.resident(), figures.waiting("ready"));
    Sample { secs, resident, told, read: figures.read(), settled: figures.settled(), waiting }
}

fn report(title: &str, samples: &[Sample], (told, last, drained): (usize, &Figures, f64)) {
    let mut table = format!("\n{title}\n| after | memory | told | read | settled | outbox |\n");
    for Sample { secs, resident, told, read, settled, waiting } in samples {
        let memory = resident >> 20;
        table += &format!("| {secs} s | {memory} MiB | {told} | {read} | {settled} | {waiting} |\n");
    }
    let (read, settled) = (last.read(), last.settled());
    table += &format!("| +{drained:.1} s |  | {told} | {read} | {settled} | {} |\n", last.waiting("ready"));
    std::io::stdout().write_all(table.as_bytes()).unwrap();
}
