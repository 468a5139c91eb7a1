//! The very engine that `serve` runs, on a store in memory and a virtual clock, over recorded events.
//!
//! Same events, policy and seed give the same records, byte for byte, whatever the order of the lines in the files
//! and however many events a step takes at once.

pub mod backtest;
mod letter;
mod play;
mod scribe;
pub mod shop;
mod tally;
#[cfg(test)]
mod tests;
mod watermark;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use forewarn_core::Instant;
use serde::Serialize;

pub use letter::DeadLetterRecord;
pub use play::{Cue, Play, PlayError};
pub use tally::Tally;

use crate::copy::Copy;
use crate::engine::{Attempt, Engine, Identity, Incoming, Lease, Links, Message, Record, Shop, Shops, Taken};
use crate::policy::PolicyBook;
use crate::store::memory::Memory;
use crate::store::{StoreError, Tx};
use scribe::{Scribe, Sheet, Slips};
use watermark::{Out, Watermark};

/// The token under which the simulation claims notices; there is nobody to fence off.
const TOKEN: &str = "simulate";
/// How many letters and lines go to the scribe at once: it is woken for a pile, not for each. Our choice.
const PILE: usize = 64;
/// How many piles the run may be ahead of the scribe. Our choice: some megabytes.
const AHEAD: usize = 32;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The policy in force from the first event on.
    pub policy: PolicyBook,
    /// The last moment that is played; `None`: until nothing is due any more.
    pub until: Option<Instant>,
    /// Feeds the signatures of links, the only thing that a seed changes.
    pub seed: u64,
    /// How many events, orders or notices a step takes at once, at least 1; never changes a record.
    pub batch: usize,
}

/// A line of the output.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// What the engine did.
    Record(Record),
    /// An event that could not be taken.
    DeadLetter(DeadLetterRecord),
}

impl Line {
    /// The moment it is dated by.
    pub fn at(&self) -> Instant {
        match self {
            Self::Record(record) => record.at(),
            Self::DeadLetter(letter) => letter.at,
        }
    }
}

/// One simulated shop floor.
pub struct World {
    store: Memory,
    engine: Engine,
    copy: Arc<Copy>,
    slips: Arc<Slips>,
    setup: Setup,
    answers_at_once: bool,
    now: Instant,
}

impl World {
    /// A world in which `play` has not begun.
    ///
    /// # Errors
    /// When the policy cannot be published.
    pub fn new(play: &Play, setup: Setup) -> Result<Self, StoreError> {
        let start = play.first_at().unwrap_or(Instant::from_ms(0));
        let identity = Identity {
            links: Links::new("https://forewarn.invalid", format!("seed {}", setup.seed).as_bytes()),
            shops: Shops { named: std::collections::BTreeMap::new(), others: Shop::default() },
            live_since: Some(start),
            shadow: false,
        };
        let mut store = Memory::new();
        let policy = setup.policy.clone();
        let publish = |tx: &mut dyn Tx| tx.policy_publish(None, policy.version(), policy.text(), "simulate", start);
        store.transact(&mut |tx| publish(tx).map(drop))?;
        let copy = Arc::new(Copy::builtin().without_html());
        let slips = Arc::new(Slips::new(Arc::clone(&copy)));
        let engine = Engine::new(identity, Arc::clone(&slips) as _);
        Ok(Self { store, engine, copy, slips, setup, answers_at_once: !play.has_grant_results(), now: start })
    }

    /// Plays everything, handing each line of the record to `out` in order.
    ///
    /// All of it is one transaction: there is nobody else to see the steps between, and a failure ends the world. It is
    /// played on a thread of its own, while words are written and lines let out on this one.
    ///
    /// # Errors
    /// When the engine's store fails, or `out` does; the world is at its end then.
    pub fn run(&mut self, play: Play, out: Out<'_>) -> Result<(), StoreError> {
        let mut scribe = Scribe::new(Arc::clone(&self.copy));
        let (to, from) = sync_channel(AHEAD);
        thread::scope(|scope| {
            let run = scope.spawn(move || self.pass_on(play, &to));
            let written = from.iter().flatten().try_for_each(|sheet| scribe.take(sheet, &mut *out));
            // A run whose lines nobody takes any more ends with the next one.
            drop(from);
            let played = run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            written.and(played)
        })
    }

    fn pass_on(&mut self, play: Play, to: &SyncSender<Vec<Sheet>>) -> Result<(), StoreError> {
        let send = |pile| to.send(pile).map_err(|_| StoreError::Stopped);
        let mut pile = Vec::with_capacity(PILE);
        let played = self.play(play, &mut |sheet| {
            pile.push(sheet);
            if pile.len() < PILE { Ok(()) } else { send(std::mem::replace(&mut pile, Vec::with_capacity(PILE))) }
        });
        // What was let out before a failure is what helps to find it.
        let sent = send(pile);
        played.and(sent)
    }

    fn play(&mut self, play: Play, pass: Pass<'_>) -> Result<(), StoreError> {
        let Self { store, engine, slips, setup, answers_at_once, now, .. } = self;
        let mut play = Some(play);
        store.transact(&mut |tx| {
            let mut floor = Floor { tx, engine, slips, setup, answers_at_once: *answers_at_once, now: *now };
            play.take().map_or(Ok(()), |play| floor.run(play, pass))
        })
    }

    /// Fingerprint of all facts, number of orders, number of kept events.
    ///
    /// # Errors
    /// When the run has failed.
    pub fn facts_digest(&mut self) -> Result<(String, u64, u64), StoreError> {
        self.store.transact(&mut |tx| tx.facts_digest())
    }
}

/// Where letters and lines go.
type Pass<'a> = &'a mut dyn FnMut(Sheet) -> Result<(), StoreError>;

/// The run itself, within its transaction.
struct Floor<'a> {
    tx: &'a mut dyn Tx,
    engine: &'a Engine,
    slips: &'a Slips,
    setup: &'a Setup,
    answers_at_once: bool,
    now: Instant,
}

impl Floor<'_> {
    fn run(&mut self, play: Play, pass: Pass<'_>) -> Result<(), StoreError> {
        let Play { events, dead_letters } = play;
        let mut events = events.into_iter().peekable();
        let mut letters = dead_letters.into_iter().peekable();
        let mut lines = Watermark::default();
        loop {
            let next_event = events.peek().map(|e| e.at);
            let Some(at) = [next_event, self.next_due()?].into_iter().flatten().min() else { break };
            if self.setup.until.is_some_and(|until| at > until) {
                break;
            }
            self.now = self.now.max(at);
            while let Some(letter) = letters.next_if(|l| l.at <= self.now) {
                lines.take(letter.at, Line::DeadLetter(letter));
            }
            let mut batch = Vec::new();
            while let Some(cue) = events.next_if(|e| e.at <= self.now) {
                batch.push(cue);
            }
            self.ingest(batch, &mut lines)?;
            self.settle_down(&mut lines)?;
            self.slips.take().try_for_each(&mut *pass)?;
            lines.let_out(events.peek().map_or(self.now, |next| next.mark), &mut |line| pass(Sheet::Line(line)))?;
        }
        letters.for_each(|letter| lines.take(letter.at, Line::DeadLetter(letter)));
        lines.finish(&mut |line| pass(Sheet::Line(line)))
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        let due = [self.tx.orders_next_wake()?, self.tx.notices_next_due()?];
        Ok(due.into_iter().flatten().min())
    }

    /// Whether an order waits to be looked at. A step that finds nothing to do changes nothing, and costs what setting
    /// it up costs, so none is begun.
    fn is_to_wake(&mut self) -> Result<bool, StoreError> {
        Ok(self.tx.orders_next_wake()?.is_some_and(|at| at <= self.now))
    }

    /// Whether a notice waits to leave. Leases end at the instant they are given, so none hides one from this.
    fn is_to_deliver(&mut self) -> Result<bool, StoreError> {
        Ok(self.tx.notices_next_due()?.is_some_and(|at| at <= self.now))
    }

    fn ingest(&mut self, batch: Vec<Cue>, lines: &mut Watermark) -> Result<(), StoreError> {
        let (size, both) = (self.setup.batch.max(1), batch.into_iter().map(|cue| (cue.incoming, cue.above)));
        let (incoming, above): (Vec<Incoming>, Vec<Instant>) = both.unzip();
        for (chunk, above) in incoming.chunks(size).zip(above.chunks(size)) {
            let ingested = self.engine.ingest(self.tx, chunk, &[], self.now)?;
            for ((incoming, above), taken) in chunk.iter().zip(above).zip(&ingested.taken) {
                if let Taken::DeadLetter(reason) = taken {
                    let letter = DeadLetterRecord::refused(incoming, *reason, *above);
                    lines.take(letter.at, Line::DeadLetter(letter));
                }
            }
            lines.extend(ingested.records);
        }
        Ok(())
    }

    /// Learning, then wakes and delivery in turn until nothing is due at this instant.
    fn settle_down(&mut self, lines: &mut Watermark) -> Result<(), StoreError> {
        while self.engine.watch_incidents(self.tx, self.now)? {}
        while self.engine.learn(self.tx, self.now)? {}
        while self.tx.sweep_next()?.is_some() {
            self.engine.sweep(self.tx, self.now, self.setup.batch.max(1))?;
        }
        loop {
            let woken = self.wake(lines)?;
            if self.answers_at_once {
                lines.extend(self.engine.grant_at_once(self.tx, self.now, usize::MAX)?);
            }
            let delivered = self.deliver(lines)?;
            if woken + delivered == 0 {
                return Ok(());
            }
        }
    }

    /// Looks at every order that is due; gives how many were.
    fn wake(&mut self, lines: &mut Watermark) -> Result<usize, StoreError> {
        let (batch, mut orders) = (self.setup.batch.max(1), 0);
        while self.is_to_wake()? {
            let woken = self.engine.wake(self.tx, self.now, batch)?;
            orders += woken.orders;
            lines.extend(woken.records);
            if woken.orders < batch {
                break;
            }
        }
        Ok(orders)
    }

    /// Claims and sends all that is due, and every notice reaches its buyer at once; gives how many were taken up. One
    /// at a time is claimed and settled, so that limits count what was sent just before.
    fn deliver(&mut self, lines: &mut Watermark) -> Result<usize, StoreError> {
        let lease = Lease { token: TOKEN.into(), real_now: self.now, until: self.now };
        let (sent, mut taken_up) = (Attempt::Sent { receipt: "simulated".into() }, 0);
        while self.is_to_deliver()? {
            let claimed = self.engine.claim(self.tx, self.now, 1, &lease)?;
            lines.extend(claimed.records);
            for notice in claimed.ready.iter().flat_map(Message::notices) {
                lines.extend(self.engine.settle_claimed(self.tx, notice, TOKEN, &sent, self.now)?);
            }
            taken_up += claimed.looked_at;
        }
        Ok(taken_up)
    }
}
