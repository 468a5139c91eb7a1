//! More than the store can take: intake waits, memory does not grow, and nothing that was answered is lost.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::events::Order;
use super::replicas::{DEADLINE, read};
use super::topics::Stream;
use super::{AT_ANY_HOUR, Place, TOKEN};
use crate::services;

const IN_KAFKA: usize = 10_000;
/// Orders in one request: together a few MiB.
const IN_REQUEST: usize = 1_000;
const REQUESTS: usize = 40;
/// Of the process in all, in MiB (R12); a debug build on top of a few requests' worth and librdkafka's queue.
const MIB_MAX: u64 = 512;

/// Two events, of which one is about 4 KiB long.
fn long(name: &str, n: usize) -> Vec<Value> {
    let mut order = Order::new(&format!("{name}-{n}"));
    order.title = "茶".repeat(1_300);
    order.paid(-10)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stands_still_slows_intake_and_memory_stays() {
    let (Some(brokers), Some(server)) = (services::kafka(), services::postgres()) else { return };
    let database = services::database(&server);
    let stream = Stream::new(&brokers, "overload");
    stream.make().await;
    let sections = format!("[intake]\nhttp_token = \"{TOKEN}\"\n{}", stream.section());
    let place = Place::new(&sections, "", AT_ANY_HOUR).sharing(&database.url);
    let mut serve = place.serve();
    serve.ready().await;
    let idle = serve.peak_kib() / 1024;

    let held = database.hold("orders");
    let bytes: usize = (0..IN_KAFKA / 500)
        .map(|chunk| {
            let events: Vec<Value> = (chunk * 500..(chunk + 1) * 500).flat_map(|n| long("k", n)).collect();
            stream.produce(&events);
            events.iter().map(|event| event.to_string().len()).sum::<usize>()
        })
        .sum();
    let posts: Vec<_> = (0..REQUESTS).map(|n| tokio::spawn(post(serve.url("/v1/events"), n))).collect();
    let began = Instant::now();
    serve
        .within(DEADLINE, "it says so, still answering", async |s| {
            let alive = s.get("/healthz").await.is_some_and(|(status, _)| status == 200);
            alive && began.elapsed() > Duration::from_secs(8)
        })
        .await;
    assert_eq!(read(&serve).await, 0.0, "nothing is taken that cannot be kept");
    drop(held);

    let mut kept = 0;
    for post in posts {
        kept += post.await.unwrap();
    }
    let all = 2 * (IN_KAFKA + kept * IN_REQUEST);
    serve.within(DEADLINE, "everything that was answered is known", async |s| read(s).await >= all as f64).await;
    let peak = serve.peak_kib() / 1024;
    let applied = serve.metric("forewarn_books{account=\"applied\"}").await;
    serve.stop();
    assert!(kept < REQUESTS, "some were told to come later");
    assert!(applied >= all as f64, "{applied} of {all}");
    assert!(peak < MIB_MAX, "{peak} MiB");
    let line = format!(
        "| store stands still 8 s | {} MiB in Kafka, {REQUESTS} requests of 4 MiB | {kept} requests kept, others 503 | {idle} MiB idle, {peak} MiB at most |\n",
        bytes / 1024 / 1024
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Posts one request and, told to come later, no more; whether it was kept.
async fn post(url: String, n: usize) -> usize {
    let lines: String =
        (0..IN_REQUEST).flat_map(|order| long(&format!("h-{n}"), order)).map(|event| format!("{event}\n")).collect();
    let request = reqwest::Client::new().post(url).bearer_auth(TOKEN).header("content-type", "application/x-ndjson");
    // Refused early, the rest of the body is not read, which the client may hear of as a broken connection.
    let Ok(answer) = request.body(lines).send().await else { return 0 };
    match answer.status().as_u16() {
        200 => 1,
        503 => 0,
        other => panic!("{other}: {}", answer.text().await.unwrap()),
    }
}
