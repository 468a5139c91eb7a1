//! Three replicas on three brokers and PostgreSQL.

use std::time::Instant;

use forewarn::store::postgres::{Db, Settings};

use super::cluster::{Brokers, OnSmallDisk, Server};
use super::fleet::{Fleet, place};
use super::ledger::{Fault, Ledger};
use super::line::Line;
use super::load::Load;
use super::post::{Mood, Post};
use super::wanted;
use crate::process::Place;
use crate::process::replicas::fingerprint;
use crate::process::topics::Stream;
use crate::services;

const REPLICAS: usize = 3;
/// Mails on their way at once in one replica: no more can be unknown after its death.
const UNDER_WAY: usize = 8;
/// Orders told before a kill.
const ROUND: usize = 60;
/// Mails that must leave, or events that must be read, before a fault.
const STEP: usize = 20;
/// After so many kills they rest.
const REST: usize = 30;
/// Orders told while any of the other faults lasts.
const PART: usize = 150;
/// How often the mail server does each thing it should not.
const MOODS: usize = 8;
/// Megabytes of the database's disk.
const DISK: usize = 1_024;

/// What the faults of one run work on.
struct Run<'a> {
    fleet: Fleet<'a>,
    load: Load,
    post: &'a Post,
    brokers: Brokers,
    server: &'a Server,
    line: &'a Line,
    faults: Vec<Fault>,
    places: &'a [Place],
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_replicas_lose_nothing_and_send_nothing_twice() {
    let (Some(brokers), Some(server)) = (Brokers::found(), Server::alone().await) else { return };
    let small = server.database_on_small_disk(DISK);
    let plain = small.is_none().then(|| services::database(&server.url));
    let database = small.as_ref().map(OnSmallDisk::database).or(plain.as_ref()).unwrap();
    let (post, line) = (Post::start().await, Line::to(&server.host()).await);
    let url = database.url.replace(&server.host(), &line.address.to_string());
    let stream = Stream::new(&brokers.addresses, "faults").on_brokers(3);
    stream.make().await;
    let names = ["one", "two", "three"];
    let places = names.map(|name| place(name, &stream, &post, "").sharing(&url));
    let began = Instant::now();
    let mut run = Run {
        fleet: Fleet::start(&places),
        load: Load::new(stream),
        post: &post,
        brokers,
        server: &server,
        line: &line,
        faults: Vec::new(),
        places: &places,
    };
    run.nothing().await;
    run.mail().await;
    run.kills(wanted("FOREWARN_FAULT_KILLS", 18)).await;
    run.frozen().await;
    run.broker().await;
    run.database_crash().await;
    run.database_cut().await;
    if let Some(small) = &small {
        run.disk_full(small).await;
    }
    run.fleet.settles(&run.load).await;
    let window = UNDER_WAY * (run.fleet.kills + 1) + 3 * MOODS;
    let Run { fleet, load, faults, .. } = run;
    fleet.stop();
    let ledger = read(&database.url);
    let title = format!("3 replicas, 3 brokers, PostgreSQL: {:.0} s", began.elapsed().as_secs_f64());
    ledger.balance(&title, &load, &post, &faults, window);
    let known = places[0].says(&["fingerprint"]);
    assert_eq!(known.split_whitespace().next(), Some(&*fingerprint(&load.events)), "the facts differ");
}

/// In a thread of its own: the client runs a runtime of its own.
fn read(url: &str) -> Ledger {
    let settings = Settings::new(url);
    let read = std::thread::spawn(move || Db::open(&settings).unwrap().transact(&mut Ledger::read).unwrap());
    read.join().unwrap()
}

impl Run<'_> {
    /// Notes a fault that is over since `since`, once the backlog is drained.
    async fn over(&mut self, part: &'static str, name: &'static str, times: usize, since: Instant) {
        let recovered = self.fleet.recovers(&self.load, since).await;
        self.faults.push(Fault { part, name, times, recovered });
    }

    /// Tells more and waits until a few mails of anything told left since.
    async fn tell_and_send(&mut self, part: &'static str, orders: usize) {
        let (post, enough) = (self.post.clone(), self.post.count() + STEP);
        self.load.tell(part, orders).await;
        self.fleet.until("mails leave", async |_| post.count() >= enough).await;
    }

    /// Tells more and waits until a part of it is read.
    async fn tell_and_read(&mut self, part: &'static str, orders: usize) {
        let enough = self.load.events.len() + STEP;
        self.load.tell(part, orders).await;
        self.fleet.until("events are read", async |fleet| fleet.figures().await.read() >= enough).await;
    }

    async fn nothing(&mut self) {
        let began = Instant::now();
        self.load.tell("calm", PART).await;
        self.over("calm", "none, from the start of all", 0, began).await;
    }

    /// Each mood meets some mails; the rest is worked off while other things fail.
    async fn mail(&mut self) {
        self.fleet.meets_moods(&mut self.load, self.post, MOODS).await;
        self.tell_and_send("down", PART).await;
        self.post.go_down();
        let retries = self.fleet.figures().await.waiting("retry") + MOODS;
        self.fleet.until("mails wait for the server", async |f| f.figures().await.waiting("retry") >= retries).await;
        let up = Instant::now();
        self.post.come_up();
        self.over("down", "SMTP: server gone", 1, up).await;
    }

    /// One replica while mails leave, one while events are read, and one at once after it.
    async fn kills(&mut self, count: usize) {
        let mut since = Instant::now();
        while self.fleet.kills < count {
            self.tell_and_send("kill", ROUND).await;
            self.fleet.kill(self.fleet.kills % REPLICAS);
            self.tell_and_read("kill", ROUND).await;
            self.fleet.kill(self.fleet.kills % REPLICAS);
            self.fleet.kill(self.fleet.kills % REPLICAS);
            since = Instant::now();
            // A replica that dies every few seconds sends less than is told; what waits is worked off now and then.
            if self.fleet.kills.is_multiple_of(REST) {
                self.fleet.recovers(&self.load, since).await;
            }
        }
        self.over("kill", "replica killed (-9)", self.fleet.kills, since).await;
    }

    /// A replica that sleeps past its session and its lease with a mail in hand finds itself replaced.
    async fn frozen(&mut self) {
        // What earlier deaths left on its way is listed first, so that one more is the sleeper's.
        self.fleet.until("nothing is on its way", async |f| f.figures().await.none_on_its_way()).await;
        let unknown = self.fleet.figures().await.unknown();
        self.post.next(1, Mood::SilentAtEnd);
        self.load.tell("freeze", PART).await;
        let post = self.post.clone();
        self.fleet.until("a mail waits for its answer", async |_| !post.waiting().is_empty()).await;
        let name = self.post.waiting()[0].clone();
        let sleeper = ["one", "two", "three"].iter().position(|known| *known == name).unwrap();
        self.fleet.freeze(sleeper);
        self.load.tell("freeze", PART).await;
        let began = Instant::now();
        self.fleet.until("the others have its work", async |f| f.figures().await.unknown() > unknown).await;
        let load = &self.load;
        self.fleet.until("the others have read everything", async |f| f.is_drained(load).await).await;
        let without = began.elapsed().as_secs_f64();
        self.faults.push(Fault { part: "freeze", name: "replica frozen: without it", times: 1, recovered: without });
        self.post.speak();
        let since = Instant::now();
        self.fleet.thaw();
        let place = &self.places[sleeper];
        let fenced = "the lease was lost before the outcome was noted";
        self.fleet.until("the sleeper is fenced", async |_| place.words().contains(fenced)).await;
        self.load.tell("thaw", PART).await;
        self.over("thaw", "replica thawed: with it", 1, since).await;
    }

    async fn broker(&mut self) {
        for node in 1..=3 {
            self.load.tell("broker", PART / 3).await;
            let away = self.brokers.crash(node).await;
            // The remaining two take it, and it is read, while the third is away.
            self.load.tell("broker", PART / 3).await;
            let load = &self.load;
            self.fleet.until("two brokers are enough", async |f| f.figures().await.read() >= load.events.len()).await;
            away.revive().await;
        }
        self.over("broker", "broker killed (-9)", 3, Instant::now()).await;
    }

    async fn database_crash(&mut self) {
        let mut since = Instant::now();
        for _ in 0..2 {
            self.tell_and_send("crash", PART).await;
            self.server.crash().await;
            self.fleet.until("all say that the store is away", async |f| f.all_wait_for("wake: ").await).await;
            self.server.revive().await;
            since = Instant::now();
        }
        self.over("crash", "PostgreSQL restarted (immediate)", 2, since).await;
    }

    /// The line falls silent while everything is under way, then it is cut, and a while later it is there again.
    async fn database_cut(&mut self) {
        self.tell_and_send("cut", PART).await;
        self.line.fall_silent();
        self.load.tell("cut", PART).await;
        self.line.cut();
        self.fleet.until("all say that the store is away", async |f| f.all_wait_for("wake: ").await).await;
        self.line.open();
        self.over("cut", "PostgreSQL silent, then cut off", 1, Instant::now()).await;
    }

    async fn disk_full(&mut self, small: &OnSmallDisk) {
        small.disk.fill();
        self.load.tell("full", 2 * PART).await;
        let places = self.places;
        let told = async |_: &Fleet<'_>| places.iter().any(|place| place.words().contains("disk is full"));
        self.fleet.until("a replica says that the disk is full", told).await;
        small.disk.make_room();
        self.over("full", "PostgreSQL's disk full", 1, Instant::now()).await;
    }
}
