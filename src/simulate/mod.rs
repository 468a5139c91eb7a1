//! The very engine that `serve` runs, on SQLite in memory and a virtual clock, over recorded events.
//!
//! Same events, policy and seed give the same records, byte for byte, whatever the order of the lines in the files
//! and however many events a step takes at once.

mod play;
pub mod shop;
#[cfg(test)]
mod tests;
mod tally;
mod watermark;

use std::sync::Arc;

use forewarn_core::Instant;
use serde::Serialize;

pub use play::{Cue, Play, PlayError};
pub use tally::Tally;

use crate::copy::Copy;
use crate::engine::{Attempt, Engine, Identity, Incoming, Lease, Links, Record, Shop, Shops, Taken};
use crate::policy::PolicyBook;
use crate::store::sqlite::Db;
use crate::store::{StoreError, Tx};
use watermark::{Out, Watermark};

/// The token under which the simulation claims notices; there is nobody to fence off.
const TOKEN: &str = "simulate";

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

/// An event that could not be taken.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetterRecord {
    record: &'static str,
    /// The latest good time above it in its file.
    pub at: Instant,
    /// The reason's name.
    pub why: &'static str,
    /// Its line, from 1.
    pub line: u64,
    /// Its file, as it was named.
    pub file: String,
    /// The reason in a sentence.
    pub detail: String,
}

/// One simulated shop floor.
pub struct World {
    db: Db,
    engine: Engine,
    setup: Setup,
    answers_at_once: bool,
    now: Instant,
}

impl World {
    /// A world in which `play` has not begun.
    ///
    /// # Errors
    /// When the database cannot be made.
    pub fn new(play: &Play, setup: Setup) -> Result<Self, StoreError> {
        let start = play.first_at().unwrap_or(Instant::from_ms(0));
        let identity = Identity {
            links: Links::new("https://forewarn.invalid", format!("seed {}", setup.seed).as_bytes()),
            shops: Shops { named: std::collections::BTreeMap::new(), others: Shop::default() },
            live_since: Some(start),
            shadow: false,
        };
        let mut db = Db::in_memory()?;
        let policy = setup.policy.clone();
        db.transact(&mut |tx| tx.policy_publish(None, policy.version(), policy.text(), "simulate", start).map(|_| ()))?;
        let engine = Engine::new(identity, Arc::new(Copy::builtin()));
        Ok(Self { db, engine, setup, answers_at_once: !play.has_grant_results(), now: start })
    }

    /// Plays everything, handing each line of the record to `out` in order.
    ///
    /// # Errors
    /// When the database fails, or `out` does.
    pub fn run(&mut self, play: Play, out: Out<'_>) -> Result<(), StoreError> {
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
            self.ingest(&batch, &mut lines)?;
            self.settle_down(&mut lines)?;
            lines.let_out(events.peek().map_or(self.now, |next| next.mark), out)?;
        }
        letters.for_each(|letter| lines.take(letter.at, Line::DeadLetter(letter)));
        lines.finish(out)
    }

    /// Fingerprint of all facts, number of orders, number of kept events.
    ///
    /// # Errors
    /// When the database fails.
    pub fn facts_digest(&mut self) -> Result<(String, u64, u64), StoreError> {
        self.db.transact(&mut |tx| tx.facts_digest())
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        self.db.transact(&mut |tx| {
            let due = [tx.orders_next_wake()?, tx.notices_next_due()?];
            Ok(due.into_iter().flatten().min())
        })
    }

    fn ingest(&mut self, batch: &[Cue], lines: &mut Watermark) -> Result<(), StoreError> {
        let (engine, now) = (&self.engine, self.now);
        for chunk in batch.chunks(self.setup.batch.max(1)) {
            let incoming: Vec<Incoming> = chunk.iter().map(|cue| cue.incoming.clone()).collect();
            let ingested = self.db.transact(&mut |tx| engine.ingest(tx, &incoming, &[], now))?;
            for (cue, taken) in chunk.iter().zip(&ingested.taken) {
                if let Taken::DeadLetter(reason) = taken {
                    let letter = DeadLetterRecord::refused(&cue.incoming, *reason, cue.above);
                    lines.take(letter.at, Line::DeadLetter(letter));
                }
            }
            lines.extend(ingested.records);
        }
        Ok(())
    }

    /// Learning, then wakes and delivery in turn until nothing is due at this instant.
    fn settle_down(&mut self, lines: &mut Watermark) -> Result<(), StoreError> {
        let (engine, now, batch) = (&self.engine, self.now, self.setup.batch.max(1));
        self.db.transact(&mut |tx| engine.learn(tx, now))?;
        while self.db.transact(&mut |tx| engine.sweep(tx, now, batch))? {}
        loop {
            let mut quiet = true;
            loop {
                let woken = self.db.transact(&mut |tx| engine.wake(tx, now, batch))?;
                quiet &= woken.orders == 0;
                lines.extend(woken.records);
                if woken.orders < batch {
                    break;
                }
            }
            if self.answers_at_once {
                let given = self.db.transact(&mut |tx| engine.grant_at_once(tx, now, usize::MAX))?;
                lines.extend(given);
            }
            quiet &= deliver(&mut self.db, engine, now, lines)?;
            if quiet {
                return Ok(());
            }
        }
    }
}

/// Claims and sends all that is due; every notice reaches its buyer at once. Whether nothing was due.
fn deliver(db: &mut Db, engine: &Engine, now: Instant, lines: &mut Watermark) -> Result<bool, StoreError> {
    let lease = Lease { token: TOKEN.into(), real_now: now, until: now };
    let mut quiet = true;
    loop {
        let sent = Attempt::Sent { receipt: "simulated".into() };
        // One notice at a time is claimed and settled, so that limits count what was sent just before.
        let (looked_at, records) = db.transact(&mut |tx: &mut dyn Tx| {
            let claimed = engine.claim(tx, now, 1, &lease)?;
            let mut records = claimed.records;
            for notice in &claimed.ready {
                records.extend(engine.settle(tx, &notice.notice_id, TOKEN, &sent, now)?);
            }
            Ok((claimed.looked_at, records))
        })?;
        quiet &= looked_at == 0;
        lines.extend(records);
        if looked_at == 0 {
            return Ok(quiet);
        }
    }
}

impl DeadLetterRecord {
    fn new(origin: &crate::store::port::Origin, fault: &crate::intake::Fault, at: Instant) -> Self {
        Self {
            record: "dead_letter",
            at,
            why: fault.reason.as_str(),
            line: origin.offset.unsigned_abs(),
            file: origin.topic.clone(),
            detail: fault.detail.clone(),
        }
    }

    fn refused(incoming: &Incoming, reason: crate::intake::Reason, at: Instant) -> Self {
        let fault = crate::intake::Fault::new(reason, "refused by the fold; see the reason");
        Self::new(&incoming.origin, &fault, at)
    }
}
