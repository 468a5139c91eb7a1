//! Replicas of one service: started, killed, frozen, stopped, and asked how far they are.

use std::time::{Duration, Instant};

use super::load::Load;
use super::post::{Mood, Post};
use crate::process::topics::Stream;
use crate::process::{AT_ANY_HOUR, Place, Running};

/// How long anything may take before a test gives up: far longer than any lease, lock or time-out set here.
pub(super) const DEADLINE: Duration = Duration::from_secs(150);
const LOOK: Duration = Duration::from_millis(50);

/// Where the replica called `name` runs. Its lease is the shortest there is, so that what a dead process left behind is
/// soon taken up.
pub(super) fn place(name: &str, stream: &Stream, post: &Post, more: &str) -> Place {
    let sections = [&Place::live(), &stream.section(), &post.section(name), "[engine]\nlease = \"10s\"\n", more];
    Place::new(&sections.concat(), "", &format!("{AT_ANY_HOUR}[channels]\norder = [\"email\"]\n"))
}

/// Replicas by number.
pub(super) struct Fleet<'a> {
    places: &'a [Place],
    running: Vec<Option<Running<'a>>>,
    frozen: Option<usize>,
    /// How often any of them was killed.
    pub(super) kills: usize,
}

impl<'a> Fleet<'a> {
    /// Starts one replica a place.
    pub(super) fn start(places: &'a [Place]) -> Self {
        let running = places.iter().map(|place| Some(place.serve())).collect();
        Self { places, running, frozen: None, kills: 0 }
    }

    fn of(&mut self, n: usize) -> &mut Running<'a> {
        self.running[n].as_mut().unwrap()
    }

    /// Kills a replica where it stands and starts it again.
    pub(super) fn kill(&mut self, n: usize) {
        self.running[n].take().unwrap().kill_nine();
        self.kills += 1;
        self.running[n] = Some(self.places[n].serve());
    }

    /// Asks a replica to end and starts it again; how long it took to end.
    pub(super) fn terminate(&mut self, n: usize) -> Duration {
        let began = Instant::now();
        let status = self.of(n).terminate();
        let took = began.elapsed();
        assert!(status.success(), "replica {n}: {status}\n{}", self.places[n].words());
        self.running[n] = Some(self.places[n].serve());
        took
    }

    pub(super) fn freeze(&mut self, n: usize) {
        self.of(n).signal("STOP");
        self.frozen = Some(n);
    }

    pub(super) fn thaw(&mut self) {
        let n = self.frozen.take().unwrap();
        self.of(n).signal("CONT");
    }

    /// Ends all in order.
    pub(super) fn stop(mut self) {
        self.running.drain(..).flatten().for_each(Running::stop);
    }

    /// Bytes of memory the largest has resident.
    pub(super) fn resident(&self) -> u64 {
        self.running.iter().flatten().map(Running::resident).max().unwrap_or(0)
    }

    fn awake(&self) -> impl Iterator<Item = &Running<'a>> {
        let awake = self.running.iter().enumerate().filter(|(n, _)| Some(*n) != self.frozen);
        awake.filter_map(|(_, running)| running.as_ref())
    }

    /// The text of the first `/metrics` that is answered; all replicas tell the same, as it is the store's.
    pub(super) async fn figures(&self) -> Figures {
        for running in self.awake() {
            if let Some((200, text)) = running.get("/metrics").await {
                return Figures(text);
            }
        }
        Figures(String::new())
    }

    /// Whether every replica that is not frozen says that it is ready.
    pub(super) async fn is_ready(&self) -> bool {
        for running in self.awake() {
            if running.get("/readyz").await.is_none_or(|(status, _)| status != 200) {
                return false;
            }
        }
        true
    }

    /// Whether every replica that is not frozen says that it waits for something named `word`.
    pub(super) async fn all_wait_for(&self, word: &str) -> bool {
        for running in self.awake() {
            if running.get("/readyz").await.is_none_or(|(status, why)| status != 503 || !why.contains(word)) {
                return false;
            }
        }
        true
    }

    /// Whether all that was told is read, every owed notice was decided and attempted, and every replica is ready.
    pub(super) async fn is_drained(&self, load: &Load) -> bool {
        let figures = self.figures().await;
        let decided = figures.settled() + figures.waiting("") >= load.owed();
        let attempted = figures.waiting("ready") == 0;
        figures.read() >= load.events.len() && decided && attempted && self.is_ready().await
    }

    /// Waits until the backlog is drained; the seconds since `since`, when the fault was over.
    pub(super) async fn recovers(&mut self, load: &Load, since: Instant) -> f64 {
        self.until("the backlog is drained", async |fleet| fleet.is_drained(load).await).await;
        since.elapsed().as_secs_f64()
    }

    /// Waits until no notice is on its way or waits for another attempt.
    pub(super) async fn settles(&mut self, load: &Load) {
        let settled = async |fleet: &Self| {
            let figures = fleet.figures().await;
            figures.read() >= load.events.len() && figures.settled() >= load.owed() && figures.waiting("") == 0
        };
        self.until("every notice is settled", settled).await;
    }

    /// Lets `each` mails meet each mood of the mail server, fewer at a time than a channel is left alone for, with mails
    /// that are taken in between.
    pub(super) async fn meets_moods(&mut self, load: &mut Load, post: &Post, each: usize) {
        const AT_ONCE: usize = 4;
        const TAKEN: usize = 20;
        for mood in Mood::BAD.into_iter().flat_map(|mood| std::iter::repeat_n(mood, each.div_ceil(AT_ONCE))) {
            post.next(AT_ONCE, mood);
            load.tell("mail", AT_ONCE).await;
            let met = async |fleet: &Self| post.is_calm() && fleet.figures().await.none_on_its_way();
            self.until("a mood was met", met).await;
            let enough = post.count() + TAKEN;
            load.tell("mail", TAKEN).await;
            self.until("mails leave again", async |_| post.count() >= enough).await;
        }
    }

    /// Looks at a condition again and again until it holds. A replica that ends by itself is a failure.
    pub(super) async fn until(&mut self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self).await {
            for (running, place) in self.running.iter_mut().zip(self.places) {
                let ended = running.as_mut().and_then(Running::has_ended);
                assert!(ended.is_none(), "ended with {ended:?} before {what}:\n{}", place.words());
            }
            assert!(began.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}\n{}", self.words().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What can be said of all of them where a test gives up.
    async fn words(&self) -> String {
        let mut words = format!("{:#?}\n", self.figures().await.0);
        for (n, place) in self.places.iter().enumerate() {
            let ready = match self.running[n].as_ref().filter(|_| Some(n) != self.frozen) {
                Some(running) => running.get("/readyz").await,
                None => None,
            };
            let log = place.words();
            let last: Vec<&str> =
                log.lines().rev().filter(|line| !line.contains("notice attempted")).take(30).collect();
            words += &format!("replica {n}: {ready:?}\n{}\n", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        words
    }
}

/// What `/metrics` said.
pub(super) struct Figures(String);

impl Figures {
    /// Events read.
    pub(super) fn read(&self) -> usize {
        self.sum("forewarn_books{account=\"read\"}", "")
    }

    /// Notices that wait in states whose name holds `state`.
    pub(super) fn waiting(&self, state: &str) -> usize {
        self.sum("forewarn_notices_waiting", &format!("state=\"{state}"))
    }

    /// Whether no notice is noted as being sent; not known from a page that was not to be had.
    pub(super) fn none_on_its_way(&self) -> bool {
        self.read() > 0 && self.waiting("sending") == 0
    }

    /// Notices that came to their end.
    pub(super) fn settled(&self) -> usize {
        self.sum("forewarn_notices_total", "")
    }

    /// Notices listed as unknown.
    pub(super) fn unknown(&self) -> usize {
        self.sum("forewarn_notices_total", "state=\"unknown\"")
    }

    /// A page that was not to be had says zero, as a service that knows nothing yet does.
    fn sum(&self, name: &str, part: &str) -> usize {
        let lines = self.0.lines().filter(|line| line.starts_with(name) && line.contains(part));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok()).sum()
    }
}
