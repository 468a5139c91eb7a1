//! Stores side by side: the same events and steps leave the same records on each.
//!
//! With `FOREWARN_TEST_EVENTS` naming a file of events the last test takes these in place of a few made up ones: its
//! figures are those of the backends' speed and growth. Run it with `--release --nocapture`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant as RealInstant};

use forewarn::copy::Copy;
use forewarn::engine::{Attempt, Engine, Identity, Incoming, Lease, Links, Message, Shop, Shops};
use forewarn::intake::{read, structured};
use forewarn::policy::PolicyBook;
use forewarn::store::memory::Memory;
use forewarn::store::port::{NoticeSearch, Origin, SuppressedSearch};
use forewarn::store::{StoreError, Tx, postgres, sqlite};
use forewarn_core::{Instant, Span};

use crate::invariants::generated;
use crate::services;

const TOKEN: &str = "twins";
/// Everything is told, however late, so that there is something to claim.
const TELLS_ALL: &str = "[expires]\norder_accepted = \"40000h\"\nshipped = \"40000h\"\ndelivered = \"40000h\"\n\
    promise_missed = \"40000h\"\nlogistics_delay = \"40000h\"\n[quiet_hours]\nfrom = \"00:00\"\nto = \"00:00\"\n\
    [limits]\nper_buyer_day = 1000\n";

/// Most notices claimed for the figures; half of them are settled.
const CLAIMS_MAX: usize = 4_000;

/// A step of the engine, with what it gives kept outside.
type Step<'s> = dyn FnMut(&mut dyn Tx) -> Result<(), StoreError> + 's;

trait Steps {
    fn step(&mut self, step: &mut Step<'_>) -> Result<(), StoreError>;
}

impl Steps for sqlite::Db {
    fn step(&mut self, step: &mut Step<'_>) -> Result<(), StoreError> {
        self.transact(&mut |tx| step(tx))
    }
}

impl Steps for Memory {
    fn step(&mut self, step: &mut Step<'_>) -> Result<(), StoreError> {
        self.transact(&mut |tx| step(tx))
    }
}

impl Steps for postgres::Db {
    fn step(&mut self, step: &mut Step<'_>) -> Result<(), StoreError> {
        self.transact(&mut |tx| step(tx))
    }
}

fn run<R>(store: &mut dyn Steps, mut step: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>) -> R {
    let mut result = None;
    store
        .step(&mut |tx| {
            result = Some(step(tx)?);
            Ok(())
        })
        .expect("a store that works");
    result.expect("the step ran")
}

/// An engine that learns `lesson` observations in a step, which must not show.
fn engine(live_since: Instant, lesson: usize) -> Engine {
    let shops = Shops { named: BTreeMap::new(), others: Shop::default() };
    let links = Links::new("https://shop.example", b"a secret for tests");
    let identity = Identity { links, shops, live_since: Some(live_since), shadow: false };
    Engine::new(identity, Arc::new(Copy::builtin())).learning_by(lesson)
}

fn publish(store: &mut dyn Steps, toml: &str, at: Instant) {
    let book = PolicyBook::parse(toml).expect("a policy without faults");
    run(store, |tx| tx.policy_publish(None, book.version(), book.text(), "test", at));
}

/// Events with their times, ascending.
fn made_up(seed: u64, orders: u64) -> Vec<(Instant, Incoming)> {
    let line = |(n, event): (usize, &serde_json::Value)| incoming(n, event.to_string().into_bytes());
    let mut all: Vec<_> = generated::floor(seed, orders).events.iter().enumerate().map(line).collect();
    all.sort_by_key(|(at, _)| *at);
    all
}

fn incoming(n: usize, raw: Vec<u8>) -> (Instant, Incoming) {
    let origin = Origin { topic: "twins".into(), partition: 0, offset: i64::try_from(n).expect("a small number") };
    let event = structured(&raw);
    let at = event.as_ref().map_or(Instant::from_ms(0), |event| event.stamp.time);
    (at, Incoming { origin, event, raw, headers: Vec::new() })
}

/// Plays the events in slices of three hours and then goes on for ten days, to rest each time.
fn play(store: &mut dyn Steps, events: &[(Instant, Incoming)], lesson: usize) {
    let start = generated::start();
    let engine = engine(start, lesson);
    publish(store, "", start);
    let (mut events, mut now) = (events.iter().peekable(), start);
    let end = events.clone().next_back().map_or(start, |(at, _)| *at) + Span::hours(240);
    while now < end {
        now = now + Span::hours(3);
        let batch: Vec<Incoming> =
            std::iter::from_fn(|| events.next_if(|(at, _)| *at <= now)).map(|(_, e)| e.clone()).collect();
        run(store, |tx| engine.ingest(tx, &batch, &[], now));
        while run(store, |tx| engine.watch_incidents(tx, now)) {}
        while run(store, |tx| engine.learn(tx, now)) {}
        while run(store, |tx| engine.sweep(tx, now, 100)) {}
        loop {
            let woken = run(store, |tx| {
                let woken = engine.wake(tx, now, 50)?;
                engine.grant_at_once(tx, now, 100)?;
                Ok(woken.orders)
            });
            if woken + deliver(store, &engine, now, 20).0 == 0 {
                break;
            }
        }
    }
}

/// Claims once and settles what was claimed, each in a step of its own; how many were looked at, and sent.
fn deliver(store: &mut dyn Steps, engine: &Engine, now: Instant, limit: usize) -> (usize, usize) {
    let lease = Lease { token: TOKEN.into(), real_now: now, until: now + Span::minutes(2) };
    let claimed = run(store, |tx| engine.claim(tx, now, limit, &lease));
    let sent = Attempt::Sent { receipt: "250 ok".into() };
    for notice in claimed.ready.iter().flat_map(Message::notices) {
        run(store, |tx| engine.settle(tx, &notice.notice_id, TOKEN, &sent, now));
    }
    (claimed.looked_at, claimed.ready.iter().flat_map(Message::notices).count())
}

/// Everything a store knows, as text.
fn everything(store: &mut dyn Steps) -> Vec<String> {
    run(store, |tx| {
        let mut all = vec![format!("{:?} {:?}", tx.facts_digest()?, tx.books()?)];
        all.push(format!("{:?} {:?} {:?}", tx.notice_counts()?, tx.grant_totals(None)?, tx.model_load()?));
        let search = NoticeSearch { limit: 100_000, ..NoticeSearch::default() };
        for line in tx.notices_list(None, &search)? {
            all.push(format!("{:?}", tx.notice_load(&line.notice_id)?));
            all.push(format!("{:?}", tx.orders_load(std::slice::from_ref(&line.order))?));
            all.push(format!("{:?}", tx.grants_of(&line.order)?));
        }
        let search = SuppressedSearch { limit: 100_000, ..SuppressedSearch::default() };
        all.extend(tx.suppressed_list(None, &search)?.into_iter().map(|mut line| {
            line.place = 0;
            format!("{line:?}")
        }));
        all.sort();
        Ok(all)
    })
}

#[test]
fn the_same_events_leave_the_same_records_on_both() {
    let Some(server) = services::postgres() else { return };
    for seed in [7, 11] {
        let database = services::database(&server);
        let events = made_up(seed, 15);
        let mut file = sqlite::Db::in_memory().expect("room in memory");
        let mut shared = postgres::Db::open(&postgres::Settings::new(&database.url)).expect("the server answers");
        play(&mut file, &events, 2_000);
        play(&mut shared, &events, 3);
        are_alike(&everything(&mut file), &everything(&mut shared), seed);
    }
}

#[test]
fn the_store_of_a_simulated_run_keeps_the_same_records() {
    for seed in [7, 11] {
        let events = made_up(seed, 15);
        let mut file = sqlite::Db::in_memory().expect("room in memory");
        let mut memory = Memory::new();
        play(&mut file, &events, 2_000);
        play(&mut memory, &events, 3);
        are_alike(&everything(&mut file), &everything(&mut memory), seed);
    }
}

fn are_alike(one: &[String], other: &[String], seed: u64) {
    assert!(one.len() > 100, "there is something to compare: {}", one.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other, "seed {seed}");
    }
    assert_eq!(one.len(), other.len(), "seed {seed}");
}

#[test]
fn both_take_events_by_the_thousand() {
    let Some(server) = services::postgres() else { return };
    let events = match std::env::var_os("FOREWARN_TEST_EVENTS").map(PathBuf::from) {
        Some(path) => {
            let lines = read(&path).expect("a file that can be read").map(|line| line.expect("a line").bytes);
            lines.enumerate().map(|(n, raw)| incoming(n, raw)).collect()
        }
        None => made_up(3, 200),
    };
    let database = services::database(&server);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut file = sqlite::Db::open(&path).expect("a new file");
    let mut shared = postgres::Db::open(&postgres::Settings::new(&database.url)).expect("the server answers");
    let on_file = measure("sqlite", &mut file, &events);
    let on_server = measure("postgres", &mut shared, &events);
    assert_eq!(on_file, on_server, "orders, events and fingerprint");
    // The last connection folds the log into the file.
    drop(file);
    say(&format!("bytes, sqlite: {}", tables(&path).join(", ")));
    say(&format!("bytes, postgres: {}", database.sizes().join(", ")));
}

/// Bytes of the larger tables of a SQLite file with their indexes.
fn tables(path: &std::path::Path) -> Vec<String> {
    let sql = "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_schema m USING (name)
        GROUP BY m.tbl_name ORDER BY 2 DESC LIMIT 6";
    let file = rusqlite::Connection::open(path).expect("the same file");
    let mut asked = file.prepare(sql).expect("a statement");
    let line = |row: &rusqlite::Row<'_>| Ok(format!("{} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    asked.query_map([], line).expect("rows").map(|line| line.expect("a row")).collect()
}

/// Takes everything in, looks at every order, claims and settles what is due; says how fast each was.
fn measure(name: &str, store: &mut dyn Steps, events: &[(Instant, Incoming)]) -> (String, u64, u64) {
    let first = events.iter().map(|(at, _)| *at).min().expect("there are events");
    let now = events.iter().map(|(at, _)| *at).max().expect("there are events");
    let engine = engine(first - Span::hours(1), 2_000);
    publish(store, TELLS_ALL, first);
    let rate = |what: &str, n: usize, began: RealInstant| {
        let per_second = n as f64 / began.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        say(&format!("{name}: {n} {what}, {per_second:.0} a second"));
    };
    let batches: Vec<Vec<Incoming>> =
        events.chunks(1_000).map(|some| some.iter().map(|(_, event)| event.clone()).collect()).collect();
    let began = RealInstant::now();
    for batch in &batches {
        run(store, |tx| engine.ingest(tx, batch, &[], now));
    }
    rate("events taken in, 1000 a step", events.len(), began);
    let (began, mut looked_at) = (RealInstant::now(), 0);
    loop {
        let woken = run(store, |tx| engine.wake(tx, now, 500)).orders;
        looked_at += woken;
        if woken < 500 {
            break;
        }
    }
    rate("orders looked at, 500 a step", looked_at, began);
    let lease = Lease { token: TOKEN.into(), real_now: now, until: now + Span::minutes(2) };
    let (began, mut claimed) = (RealInstant::now(), Vec::new());
    loop {
        let some = run(store, |tx| engine.claim(tx, now, 100, &lease));
        claimed.extend(some.ready.iter().flat_map(Message::notices).cloned());
        if some.looked_at < 100 || claimed.len() >= CLAIMS_MAX {
            break;
        }
    }
    rate("notices claimed, 100 a step", claimed.len(), began);
    let (began, sent) = (RealInstant::now(), Attempt::Sent { receipt: "250 ok".into() });
    let settled = claimed.iter().take(CLAIMS_MAX / 2);
    let count = settled.len();
    for notice in settled {
        run(store, |tx| engine.settle(tx, &notice.notice_id, TOKEN, &sent, now));
    }
    rate("notices settled, one a step, one after the other", count, began);
    let counts = run(store, |tx| tx.notice_counts());
    let notices: u64 = counts.0.iter().map(|(.., n)| n).sum();
    let suppressions: u64 = counts.1.iter().map(|(.., n)| n).sum();
    say(&format!("{name}: {notices} notices and {suppressions} suppressions kept"));
    run(store, |tx| tx.facts_digest())
}

/// Written by hand, because the test runner swallows what a passing test prints.
fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).expect("somebody reads");
}
