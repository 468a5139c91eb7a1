//! Told again, from the first offset on or on another topic: nothing changes, and nothing grows.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::json;

use super::replicas::{self, DEADLINE, EVENTS_EACH, read, ready};
use super::sink::Sink;
use super::topics::Stream;
use super::{Place, Running};
use crate::services;

const ORDERS: usize = 800;
const EVENTS: usize = EVENTS_EACH * ORDERS;

/// Rows of every table.
const ROWS: &str = "SELECT table_name || ' ' || (xpath('/row/n/text()', query_to_xml(
        format('SELECT count(*) AS n FROM %I', table_name), false, true, '')))[1]::text
    FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name";
/// Bytes of all tables with their indexes, after dead rows were taken out.
const BYTES: &str = "SELECT sum(pg_total_relation_size(oid))::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
/// Of the process, in MiB.
const MIB_MAX: u64 = 256;

/// What must be the same after everything was told again.
#[derive(Debug, PartialEq)]
struct Standing {
    facts: String,
    rows: Vec<String>,
    applied: f64,
    dead_letters: f64,
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_told_again_changes_nothing_and_nothing_grows() {
    let (Some(brokers), Some(server)) = (services::kafka(), services::postgres()) else { return };
    let database = services::database(&server);
    let stream = Stream::new(&brokers, "repeats");
    stream.make().await;
    let mut events = replicas::events(ORDERS);
    // Some that no one can take, which must not become more dead letters either.
    events
        .extend((0..50).map(|n| json!({"type": "order.paid", "id": n, "data": {"merchant_id": "m", "order_id": "o"}})));
    stream.produce(&events);
    let (sink, url) = Sink::start().await;
    let place = replicas::place(&stream, &url).sharing(&database.url);
    let told = events.len() as f64;
    let (first, before) = standing(&place, &database, told).await;

    // From the first offset on, as somebody does who no longer trusts what was read.
    database.ask("UPDATE offsets SET next = NULL RETURNING topic");
    let (second, _) = standing(&place, &database, 2.0 * told).await;
    assert_eq!(second, first, "a replay changed something");

    // And all of it again on a topic where it does not belong, at new offsets.
    stream.produce_to("buyers", &events[..EVENTS]);
    let (third, after) = standing(&place, &database, 3.0 * told - 50.0).await;
    assert_eq!(third, first, "a second topic changed something");
    let taken = sink.taken();
    assert_eq!(taken.len(), ORDERS);
    assert!(taken.values().all(|bodies| bodies.len() == 1), "nothing twice");
    assert!(after.0 < before.0 + before.0 / 20, "{} bytes became {}", before.0, after.0);
    assert!(after.1 < MIB_MAX, "{} MiB", after.1);
    let line = format!(
        "| told 3 times | {} events read | facts, rows, notices as after the first | {} -> {} bytes | {} MiB at most |\n",
        3 * EVENTS,
        before.0,
        after.0,
        after.1
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Reads until `told` events are in the books and everything is sent; gives what stands then, its bytes, and the process's
/// memory in MiB.
async fn standing(place: &Place, database: &services::Database, told: f64) -> (Standing, (u64, u64)) {
    let mut serve = place.serve();
    serve.within(DEADLINE, "all is read and sent", async |s| ready(s).await && settled(s, told).await).await;
    let applied = serve.metric("forewarn_books{account=\"applied\"}").await;
    let dead_letters = serve.sum("forewarn_dead_letters_total", "").await;
    let memory = serve.peak_kib() / 1024;
    assert_eq!(balance(&serve).await, told, "the books");
    serve.stop();
    let facts = place.says(&["fingerprint"]);
    // Leases come and go with the process, the clock's note with the minutes, what was observed is learned; books have up
    // to sixteen drawers each, and each partition something came from has a watch.
    let passing = ["leases ", "notes ", "observations ", "books ", "intake_watches "];
    let rows = database.ask(ROWS).into_iter().filter(|row| !passing.iter().any(|name| row.starts_with(name))).collect();
    database.compact();
    let bytes = database.ask(BYTES)[0].parse().unwrap();
    (Standing { facts, rows, applied, dead_letters }, (bytes, memory))
}

async fn settled(serve: &Running<'_>, told: f64) -> bool {
    let sent = serve.sum("forewarn_notices_total", "state=\"sent\"").await;
    read(serve).await >= told && sent >= ORDERS as f64
}

/// The accounts an event can end in, added up.
async fn balance(serve: &Running<'_>) -> f64 {
    let mut books = BTreeMap::new();
    for account in ["applied", "repeated", "stale", "parked", "dead_letters"] {
        books.insert(account, serve.metric(&format!("forewarn_books{{account=\"{account}\"}}")).await);
    }
    books.values().sum()
}
