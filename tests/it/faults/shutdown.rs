//! SIGTERM under full load: the process ends within five seconds, in order, and nothing is told twice or left in doubt.

use std::io::Write as _;
use std::time::{Duration, Instant};

use forewarn::store::sqlite::Db;

use super::fleet::{Fleet, place};
use super::ledger::{Fault, Ledger};
use super::load::Load;
use super::post::Post;
use super::wanted;
use crate::process::topics::Stream;
use crate::services;

/// Orders told before each word to stop: more than leave before it.
const ROUND: usize = 60;
const STEP: usize = 20;
const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_ends_in_order_within_five_seconds() {
    let Some(brokers) = services::kafka() else { return };
    let post = Post::start().await;
    let stream = Stream::new(&brokers, "stop");
    stream.make().await;
    let places = [place("alone", &stream, &post, "")];
    let began = Instant::now();
    let (mut fleet, mut load) = (Fleet::start(&places), Load::new(stream));
    let (mut took, mut since) = (Vec::new(), began);
    for _ in 0..wanted("FOREWARN_FAULT_STOPS", 20) {
        let enough = post.count() + STEP;
        load.tell("stop", ROUND).await;
        fleet.until("mails leave", async |_| post.count() >= enough).await;
        took.push(fleet.terminate(0));
        since = Instant::now();
    }
    let recovered = fleet.recovers(&load, since).await;
    fleet.settles(&load).await;
    fleet.stop();
    let ledger = Db::open(&places[0].path().join("forewarn.db")).unwrap().transact(&mut Ledger::read).unwrap();
    let fault = Fault { part: "stop", name: "SIGTERM", times: took.len(), recovered };
    let title = format!("1 process, 1 broker, SQLite: {:.0} s", began.elapsed().as_secs_f64());
    ledger.balance(&title, &load, &post, &[fault], 0);
    took.sort();
    let (middle, longest) = (took[took.len() / 2], took[took.len() - 1]);
    let line = format!("{} SIGTERMs: half ended within {middle:.2?}, all within {longest:.2?}\n", took.len());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    assert!(longest <= LIMIT, "{longest:?}");
}
