//! One process on a SQLite store and one broker of three.

use std::time::Instant;

use forewarn::store::sqlite::Db;

use super::cluster::Brokers;
use super::fleet::{Fleet, place};
use super::ledger::{Fault, Ledger};
use super::load::Load;
use super::post::Post;
use crate::process::disk::SmallDisk;
use crate::process::replicas::fingerprint;
use crate::process::topics::Stream;

const UNDER_WAY: usize = 8;
const KILLS: usize = 4;
const PART: usize = 150;
const STEP: usize = 20;
const MOODS: usize = 4;
/// Megabytes of the store's disk.
const DISK: usize = 256;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_one_process_loses_nothing_and_sends_nothing_twice() {
    let Some(brokers) = Brokers::found() else { return };
    let post = Post::start().await;
    let stream = Stream::new(&brokers.addresses, "single").on_brokers(3);
    stream.make().await;
    let places = [place("alone", &stream, &post, "")];
    let disk = SmallDisk::of_megabytes(DISK, &places[0]);
    let began = Instant::now();
    let (mut fleet, mut load, mut faults) = (Fleet::start(&places), Load::new(stream), Vec::new());

    fleet.meets_moods(&mut load, &post, MOODS).await;

    let mut since = Instant::now();
    for _ in 0..KILLS {
        load.tell("kill", PART).await;
        let enough = post.count() + STEP;
        fleet.until("mails leave", async |_| post.count() >= enough).await;
        fleet.kill(0);
        since = Instant::now();
    }
    let recovered = fleet.recovers(&load, since).await;
    faults.push(Fault { part: "kill", name: "process killed (-9)", times: KILLS, recovered });

    load.tell("broker", PART).await;
    let away = brokers.crash(1).await;
    load.tell("broker", PART).await;
    fleet.until("two brokers are enough", async |f| f.figures().await.read() >= load.events.len()).await;
    away.revive().await;
    let recovered = fleet.recovers(&load, Instant::now()).await;
    faults.push(Fault { part: "broker", name: "broker killed (-9)", times: 1, recovered });

    if let Some(disk) = &disk {
        disk.fill();
        // The log writes over its own old pages first, so how much fits is not known.
        while !fleet.all_wait_for("the disk is full").await {
            load.tell("full", PART).await;
            let full = async |f: &Fleet<'_>| f.all_wait_for("the disk is full").await;
            let read = async |f: &Fleet<'_>| f.figures().await.read() >= load.events.len();
            fleet.until("it is read or does not fit", async |f| full(f).await || read(f).await).await;
        }
        disk.make_room();
        let recovered = fleet.recovers(&load, Instant::now()).await;
        faults.push(Fault { part: "full", name: "disk full", times: 1, recovered });
    }

    fleet.settles(&load).await;
    let window = UNDER_WAY * fleet.kills + 3 * MOODS;
    fleet.stop();
    let store = disk.as_ref().map_or_else(|| places[0].path().join("forewarn.db"), SmallDisk::store);
    let ledger = Db::open(&store).unwrap().transact(&mut Ledger::read).unwrap();
    let title = format!("1 process, 3 brokers, SQLite: {:.0} s", began.elapsed().as_secs_f64());
    ledger.balance(&title, &load, &post, &faults, window);
    let known = places[0].says(&["fingerprint"]);
    assert_eq!(known.split_whitespace().next(), Some(&*fingerprint(&load.events)), "the facts differ");
}
