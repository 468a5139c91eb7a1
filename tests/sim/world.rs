//! One run: shops, processes, broker, mail server, coupon system and clock, moved step by step by chance.

use std::collections::BTreeSet;
use std::time::Instant as RealInstant;

use forewarn::engine::Engine;
use forewarn::store::port::{NoticeSearch, NoticeState};
use forewarn::store::{StoreError, Tx};
use forewarn_core::{Instant, Span};

use crate::broker::Broker;
use crate::clock::Clock;
use crate::coupons::Coupons;
use crate::dice::Dice;
use crate::disk::{Disk, Edge, Outcome};
use crate::gate::Breakers;
use crate::member::Member;
use crate::people::People;
use crate::post::Post;
use crate::reference::Reference;
use crate::story;
use crate::weather::{Sort, Weather};

/// How many processes share the work.
const MEMBERS: usize = 2;
/// How long after the last word from outside a run goes on at least: longer than any notice is worth sending.
const AFTERMATH: Span = Span::hours(4 * 24);

/// Steps that come so seldom that their commits are struck more often.
const RARE: [&str; 4] = ["policy", "switch", "approve", "mark_asked"];

/// How often a twin looks up.
const GLANCE: Span = Span::minutes(30);

/// What a process does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Ingest,
    Learn,
    Sweep,
    Wake,
    Coupons,
    Stranded,
    Claim,
    Answer,
    Announce,
}

/// Steps in the order in which `simulate` loops them.
const STEPS: [Step; 9] = [
    Step::Ingest,
    Step::Learn,
    Step::Sweep,
    Step::Wake,
    Step::Coupons,
    Step::Stranded,
    Step::Claim,
    Step::Answer,
    Step::Announce,
];

/// How often the last notices may be tried once all is calm before they are said to be stuck.
const LAST_TRIES: u32 = 5_000;

/// One thing that was done; put into words only when somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    truth: Instant,
    machine: Instant,
    who: usize,
    what: &'static str,
    edge: Option<Edge>,
}

impl std::fmt::Display for Noted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { truth, machine, who, what, edge } = self;
        match edge {
            Some(edge) => write!(f, "{truth} (machine {machine}) process {who}: {what}, {edge:?}"),
            None => write!(f, "{truth} (machine {machine}) {what}"),
        }
    }
}

/// One run.
pub(crate) struct World {
    pub(crate) sort: Sort,
    pub(crate) weather: Weather,
    pub(crate) start: Instant,
    /// When the story is over.
    over: Instant,
    pub(crate) dice: Dice,
    pub(crate) clock: Clock,
    pub(crate) disk: Disk,
    pub(crate) members: Vec<Member>,
    pub(crate) broker: Broker,
    pub(crate) post: Post,
    /// Of each process.
    pub(crate) breakers: Vec<Breakers>,
    /// How often a channel was found to fail.
    pub(crate) opened: u32,
    /// When the run began on the clock that breakers read.
    pub(crate) epoch: RealInstant,
    pub(crate) coupons: Coupons,
    pub(crate) people: People,
    pub(crate) reference: Reference,
    pub(crate) leases: u32,
    /// The last steps, for whoever has to find out.
    pub(crate) trace: Vec<Noted>,
    /// How often a process was started again.
    pub(crate) crashes: u32,
    /// How often a rest was checked against decisions taken anew.
    pub(crate) looks: u32,
}

impl World {
    /// The world of `seed`, in the weather given.
    pub(crate) fn new(seed: u64, sort: Sort, weather: Weather) -> Self {
        let start = story::start(seed);
        let mut dice = Dice::stream(seed, "run");
        let in_file = weather.faults > 0 && dice.chance(5);
        let mut world = Self {
            sort,
            weather,
            start,
            over: start,
            dice,
            clock: Clock::at(start),
            disk: Disk::new(in_file),
            members: (0..MEMBERS).map(|_| Member::start(start)).collect(),
            broker: Broker::new(),
            post: Post::default(),
            breakers: vec![Breakers::default(); MEMBERS],
            opened: 0,
            epoch: RealInstant::now(),
            coupons: Coupons::default(),
            people: People::default(),
            reference: Reference::new(),
            leases: 0,
            trace: Vec::new(),
            crashes: 0,
            looks: 0,
        };
        let mut copies = Dice::stream(seed, "copies");
        world.over = story::send(seed, sort, (weather.faults > 0).then_some(&mut copies), &mut world.broker);
        world.publish_first(seed);
        world
    }

    /// Plays until nothing is left to do.
    pub(crate) fn run(&mut self) {
        let calm_from = self.broker.last_arrival().unwrap_or(self.start) + Span::hours(1);
        while let Some(moment) = self.next_moment() {
            if self.clock.truth >= calm_from && self.weather.faults > 0 {
                self.calm_down();
            }
            self.over = self.over.max(self.broker.last_arrival().map_or(self.over, |at| at + AFTERMATH));
            if moment > self.over {
                break;
            }
            self.clock.truth = moment;
            self.moment();
        }
        self.calm_down();
        self.clock.truth = self.over;
        self.rest();
        // What left in the last moment still gets its answer, or its lease runs out; what is put off then gets another try.
        self.weather.moody = 0;
        let mut tries = 0;
        while let Some(next) = self.next_of_the_last_notices() {
            tries += 1;
            assert!(tries < LAST_TRIES, "the last notices never come to an end: {:?}", self.waiting());
            self.clock.truth = self.clock.truth.max(next);
            self.rest();
        }
    }

    /// When a notice that is on its way or in the outbox moves next.
    fn next_of_the_last_notices(&mut self) -> Option<Instant> {
        let due = self.disk.look(|tx| tx.notices_next_due());
        self.reference.next_lease_end().into_iter().chain(due).min()
    }

    /// Notices that are to be tried again, with what became of the last attempt.
    fn waiting(&mut self) -> Vec<(String, u32, Option<String>)> {
        let search = NoticeSearch { state: Some(NoticeState::Retry), limit: 9, ..NoticeSearch::default() };
        let rows = self.disk.look(|tx| {
            let lines = tx.notices_list(None, &search)?;
            lines.iter().filter_map(|line| tx.notice_load(&line.notice_id).transpose()).collect::<Result<Vec<_>, _>>()
        });
        rows.into_iter().map(|row| (row.key, row.attempts, row.outcome)).collect()
    }

    /// From here on nothing goes wrong any more; what is on its way may still end.
    fn calm_down(&mut self) {
        let late = if self.sort == Sort::Twin { 0 } else { 80 };
        self.weather = Weather { moody: self.weather.moody.min(10), late, ..Weather::CALM };
        self.clock.set_right();
        self.end_of_people();
        self.broker.gone_until = None;
        self.post.away_until = None;
    }

    fn moment(&mut self) {
        let now = self.clock.truth;
        self.broker.arrive(now);
        if self.dice.chance(self.weather.clock) {
            if self.clock.is_right() {
                self.clock.step(&mut self.dice);
            } else {
                self.clock.set_right();
            }
            self.note(0, "the clock is set", None);
        }
        if self.broker.gone_until.is_some_and(|until| until <= now) {
            self.broker.gone_until = None;
        }
        if self.dice.chance(self.weather.gone) {
            self.broker.gone_until = Some(now + self.dice.minutes(2_000));
        }
        if self.dice.chance(self.weather.gone) {
            self.post.away_until = Some(now + self.dice.minutes(2_000));
        }
        if self.dice.chance(self.weather.people) {
            self.somebody_acts();
        }
        if self.sort != Sort::Twin && self.dice.chance(self.weather.late / 2) {
            // Too busy to come to rest before time goes on: much may happen between a wake and its claim.
            for _ in 0..self.dice.up_to(12) {
                let step = self.dice.of(&STEPS);
                self.take(step);
            }
            return;
        }
        self.rest();
        let unaware = &self.people.unaware;
        assert!(unaware.is_empty(), "a policy or a switch changed and nobody looked at {unaware:?}");
        // What a wrong clock finds due is no measure; that all is well again once it is right is one.
        if self.clock.is_right() && self.dice.chance(if self.sort == Sort::Clock { 60 } else { 12 }) {
            self.look_anew(false);
        }
    }

    /// When something happens next. A twin only looks up every half hour, so that what comes twice shifts nothing.
    fn next_moment(&mut self) -> Option<Instant> {
        let now = self.clock.truth;
        let due = self.disk.look(|tx| Ok([tx.orders_next_wake()?, tx.notices_next_due()?]));
        let machine =
            due.into_iter().flatten().chain(self.reference.next_lease_end()).map(|at| self.clock.truth_of(at));
        let outside = [self.broker.next_arrival(), self.post.next_answer(), self.broker.gone_until];
        let next = machine.chain(outside.into_iter().flatten()).min()?;
        if self.sort == Sort::Twin {
            let next = next.max(now + Span::from_ms(1));
            return Some((next + GLANCE - Span::from_ms(1)).floor_to(GLANCE));
        }
        let lost = !self.clock.is_right();
        let late = self.dice.chance(self.weather.late);
        let stop = match (late, self.dice.below(20)) {
            (false, _) => Span::ZERO,
            (true, 0) => self.dice.minutes(4_000),
            (true, _) => self.dice.minutes(240),
        };
        // A clock that stands years back makes nothing due; time goes on all the same.
        let next = if lost { next.min(now + Span::hours(12)) } else { next };
        Some(next.max(now + Span::from_ms(1)) + stop)
    }

    /// Runs steps until none of them has anything left to do.
    pub(crate) fn rest(&mut self) {
        if self.sort == Sort::Twin {
            return self.rest_in_turn();
        }
        let mut idle = BTreeSet::new();
        while idle.len() < STEPS.len() {
            let step = self.dice.of(&STEPS);
            if idle.contains(&step) {
                continue;
            }
            if self.take(step) {
                idle.clear();
            } else {
                idle.insert(step);
            }
        }
    }

    /// The same in the fixed order of `simulate`.
    fn rest_in_turn(&mut self) {
        while self.take(Step::Ingest) {}
        while self.take(Step::Learn) {}
        while self.take(Step::Sweep) {}
        loop {
            let mut worked = false;
            for step in &STEPS[3..] {
                while self.take(*step) {
                    worked = true;
                    // Whoever dies with a notice on its way leaves it unknown; twins are about all else.
                    while self.take(Step::Answer) {}
                }
            }
            if !worked {
                return;
            }
        }
    }

    /// Takes one step by some process; whether there was anything to do.
    fn take(&mut self, step: Step) -> bool {
        let who = self.dice.up_to(MEMBERS) - 1;
        match step {
            Step::Ingest => self.ingest(who),
            Step::Learn => self.learn(who),
            Step::Sweep => self.sweep(who),
            Step::Wake => self.wake(who),
            Step::Coupons => self.ask_coupons(who),
            Step::Stranded => self.settle_stranded(who),
            Step::Claim => self.claim(who),
            Step::Answer => self.hear_answer(),
            Step::Announce => self.announce(who),
        }
    }

    /// Runs `step` of process `who` up to an edge chosen by chance; gives what stands and whether the process knows.
    pub(crate) fn attempt<R>(
        &mut self,
        who: usize,
        name: &'static str,
        step: impl FnMut(&Engine, &mut dyn Tx) -> Result<R, StoreError>,
    ) -> Outcome<R> {
        let often = if RARE.contains(&name) { 6 } else { 1 };
        let edge = Edge::roll(&mut self.dice, self.weather.faults * often);
        self.attempt_up_to(who, name, edge, step)
    }

    /// The same up to `edge`.
    pub(crate) fn attempt_up_to<R>(
        &mut self,
        who: usize,
        name: &'static str,
        edge: Edge,
        mut step: impl FnMut(&Engine, &mut dyn Tx) -> Result<R, StoreError>,
    ) -> Outcome<R> {
        self.note(who, name, Some(edge));
        let engine = &self.members[who].engine;
        let outcome = self.disk.step(name, edge, &mut |tx| step(engine, tx));
        if !outcome.alive {
            self.members[who].restart(self.start);
            self.crashes += 1;
        }
        outcome
    }

    /// The same for a step that the store never refuses.
    pub(crate) fn done<R>(
        &mut self,
        who: usize,
        name: &'static str,
        step: impl FnMut(&Engine, &mut dyn Tx) -> Result<R, StoreError>,
    ) -> (Option<R>, bool) {
        let outcome = self.attempt(who, name, step);
        let truth = outcome.truth.unwrap_or_else(|e| panic!("{name} was refused: {e}: {e:?}"));
        (truth, outcome.alive)
    }

    /// Keeps `what` for the report of a failure.
    pub(crate) fn note(&mut self, who: usize, what: &'static str, edge: Option<Edge>) {
        self.trace.push(Noted { truth: self.clock.truth, machine: self.clock.now(), who, what, edge });
    }
}
