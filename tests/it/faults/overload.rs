//! More than can be worked off, and nobody to work it off: memory stays within its bounds and nothing is lost.

use std::io::Write as _;
use std::time::Instant;

use forewarn::store::sqlite::Db;

use super::fleet::{Fleet, place};
use super::ledger::{Fault, Ledger};
use super::load::Load;
use super::post::Post;
use super::wanted;
use crate::process::topics::Stream;
use crate::services;

/// Most bytes that a process may have resident.
const MEMORY: u64 = 512 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_and_a_paused_consumer_stay_within_bounds_and_lose_nothing() {
    let Some(brokers) = services::kafka() else { return };
    let burst = wanted("FOREWARN_FAULT_BURST", 1_500);
    let post = Post::start().await;
    let stream = Stream::new(&brokers, "burst");
    stream.make().await;
    let places = [place("alone", &stream, &post, "")];
    let began = Instant::now();
    let (mut fleet, mut load, mut faults) = (Fleet::start(&places), Load::new(stream), Vec::new());
    let mut largest = 0;
    load.tell("usual", burst / 10).await;
    let recovered = fleet.recovers(&load, Instant::now()).await;
    faults.push(Fault { part: "usual", name: "none", times: 0, recovered });

    load.tell("burst", burst).await;
    let since = Instant::now();
    drains(&mut fleet, &load, &mut largest).await;
    let recovered = since.elapsed().as_secs_f64();
    faults.push(Fault { part: "burst", name: "ten times as much at once", times: 1, recovered });

    // Stopped for longer than its session while as much again comes.
    fleet.freeze(0);
    load.tell("paused", burst).await;
    let paused = Instant::now();
    fleet.until("its session is over", async |_| paused.elapsed().as_secs() > 8).await;
    fleet.thaw();
    let since = Instant::now();
    drains(&mut fleet, &load, &mut largest).await;
    let recovered = since.elapsed().as_secs_f64();
    faults.push(Fault { part: "paused", name: "consumer paused meanwhile", times: 1, recovered });

    fleet.settles(&load).await;
    fleet.stop();
    let ledger = Db::open(&places[0].path().join("forewarn.db")).unwrap().transact(&mut Ledger::read).unwrap();
    let title = format!("1 process, 1 broker, SQLite: {:.0} s", began.elapsed().as_secs_f64());
    // What was on its way when it was paused may be in doubt.
    ledger.balance(&title, &load, &post, &faults, 8);
    let line = format!("most memory: {} MiB\n", largest >> 20);
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    assert!(largest < MEMORY, "{largest} bytes");
}

/// Waits until the backlog is drained; notes the most memory seen at the way.
async fn drains(fleet: &mut Fleet<'_>, load: &Load, largest: &mut u64) {
    let seen = std::sync::atomic::AtomicU64::new(*largest);
    let drained = async |fleet: &Fleet<'_>| {
        seen.fetch_max(fleet.resident(), std::sync::atomic::Ordering::Relaxed);
        fleet.is_drained(load).await
    };
    fleet.until("the backlog is drained", drained).await;
    *largest = seen.into_inner();
}
