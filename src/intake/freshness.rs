//! Whether what is known is new enough to act on.
//!
//! A notice decided on old facts may be untrue when it is read, so notices wait while intake is behind: after a start
//! until each partition has reached the end it had then, later while the lag exceeds a limit. [`Freshness`] is what a
//! process knows of the partitions it reads itself, [`Elsewhere`] what the store says of all of them.

mod elsewhere;
#[cfg(test)]
mod tests;
mod track;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use forewarn_core::{Instant, Span};

pub use self::elsewhere::Elsewhere;
use self::track::Track;
use crate::clock::SharedClock;

/// Where intake stands.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// No partition was handed to this process yet, or their ends are not known yet.
    Starting,
    /// Events that were waiting at the start are still being read.
    CatchingUp {
        /// Offsets still to go; a little more than events where some were compacted away.
        remaining: u64,
    },
    /// What is known is new.
    Fresh,
    /// Events wait for longer than they may.
    Lagging {
        /// For how long the oldest of them has waited, in seconds.
        secs: f64,
    },
    /// Intake has ended.
    Stopped {
        /// Why, and what to do about it.
        why: String,
    },
}

/// One partition's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset after the last event taken in.
    pub next: i64,
    /// The offset after the last event there is, as far as known.
    pub end: i64,
    /// How long the oldest waiting event has waited, in seconds.
    pub lag_secs: f64,
}

/// The shared answer to "is intake fresh?".
pub struct Freshness {
    max_lag: Span,
    clock: SharedClock,
    inner: Mutex<Inner>,
}

enum Phase {
    /// There is no broker to be behind of.
    Absent,
    Starting,
    Running,
    Stopped(String),
}

struct Inner {
    phase: Phase,
    tracks: BTreeMap<(String, i32), Track>,
    away: bool,
    missing: BTreeSet<String>,
}

impl Inner {
    fn new(phase: Phase) -> Self {
        Self { phase, tracks: BTreeMap::new(), away: false, missing: BTreeSet::new() }
    }

    /// Giving partitions back on the way out must not hide that intake has ended.
    fn turn(&mut self, phase: Phase, tracks: BTreeMap<(String, i32), Track>) {
        self.tracks = tracks;
        if !matches!(self.phase, Phase::Stopped(_)) {
            self.phase = phase;
        }
    }
}

impl Freshness {
    /// For an intake from Kafka that has not begun; it may lag by `max_lag`, read on the real clock.
    pub fn new(max_lag: Span, clock: SharedClock) -> Self {
        Self { max_lag, clock, inner: Mutex::new(Inner::new(Phase::Starting)) }
    }

    /// For a service without Kafka, where events are taken in as they are handed over: always fresh.
    pub fn without_broker(clock: SharedClock) -> Self {
        Self { max_lag: Span::default(), clock, inner: Mutex::new(Inner::new(Phase::Absent)) }
    }

    /// Whether notices may be sent on what is known.
    pub fn is_fresh(&self) -> bool {
        self.state() == State::Fresh
    }

    /// Where intake stands.
    pub fn state(&self) -> State {
        let (inner, now) = (self.lock(), self.clock.real_now());
        match &inner.phase {
            Phase::Absent => State::Fresh,
            Phase::Stopped(why) => State::Stopped { why: why.clone() },
            Phase::Starting => State::Starting,
            Phase::Running if inner.tracks.values().any(Track::is_unknown) => State::Starting,
            Phase::Running => {
                let remaining = inner.tracks.values().map(Track::remaining).sum();
                let lag = worst_lag(&inner, now);
                if remaining > 0 {
                    State::CatchingUp { remaining }
                } else if lag > self.max_lag {
                    State::Lagging { secs: secs(lag) }
                } else {
                    State::Fresh
                }
            }
        }
    }

    /// How long the oldest event that is not taken in has waited, in seconds; 0 when none waits.
    pub fn lag_secs(&self) -> f64 {
        secs(worst_lag(&self.lock(), self.clock.real_now()))
    }

    /// The partitions of this process, in order.
    pub fn places(&self) -> Vec<Place> {
        let now = self.clock.real_now();
        let place = |((topic, partition), track): (&(String, i32), &Track)| Place {
            topic: topic.clone(),
            partition: *partition,
            next: track.next(),
            end: track.end(),
            lag_secs: secs(track.lag(now)),
        };
        self.lock().tracks.iter().map(place).collect()
    }

    /// Partitions that have reached the end they had when they were handed to this process, and how long the oldest
    /// event has waited that is not taken in.
    pub(super) fn caught_up(&self) -> Vec<((String, i32), Span)> {
        let now = self.clock.real_now();
        let inner = self.lock();
        let done = inner.tracks.iter().filter(|(_, track)| !track.is_unknown() && track.remaining() == 0);
        done.map(|(place, track)| (place.clone(), track.lag(now))).collect()
    }

    /// By how much the newest event of any partition was written ahead of this machine's clock when it was taken in.
    pub fn written_ahead(&self) -> Span {
        self.lock().tracks.values().map(Track::written_ahead).max().unwrap_or_default()
    }

    /// Whether no broker answers.
    pub fn is_away(&self) -> bool {
        self.lock().away
    }

    /// Input topics the broker does not have.
    pub fn missing(&self) -> BTreeSet<String> {
        self.lock().missing.clone()
    }

    /// Notes whether no broker answers.
    pub(super) fn away(&self, away: bool) {
        self.lock().away = away;
    }

    /// Notes which input topics the broker does not have; gives those that were not missing before.
    pub(super) fn lacks(&self, missing: BTreeSet<String>) -> Vec<String> {
        let mut inner = self.lock();
        let news = missing.difference(&inner.missing).cloned().collect();
        inner.missing = missing;
        news
    }

    /// Notes that these partitions, and no others, are read from now on, each from the given offset (`None`: from
    /// its beginning, wherever that is).
    pub(super) fn assigned(&self, places: impl IntoIterator<Item = (String, i32, Option<i64>)>) {
        let now = self.clock.real_now();
        let tracks = places.into_iter().map(|(topic, partition, next)| ((topic, partition), Track::new(next, now)));
        let tracks: BTreeMap<_, _> = tracks.collect();
        let mut inner = self.lock();
        // A topic that is read is there.
        inner.missing.retain(|topic| !tracks.keys().any(|(read, _)| read == topic));
        inner.turn(Phase::Running, tracks);
    }

    /// Notes that no partition is read until the group has shared them out again.
    pub(super) fn unassigned(&self) {
        self.lock().turn(Phase::Starting, BTreeMap::new());
    }

    /// Notes where a partition begins and ends at its assignment.
    pub(super) fn bounds(&self, topic: &str, partition: i32, low: i64, high: i64) {
        self.change(topic, partition, |track, now| track.bounds(low, high, now));
    }

    /// Notes where a partition ends, as its broker has just said.
    pub(super) fn observed(&self, topic: &str, partition: i32, end: i64) {
        self.change(topic, partition, |track, now| track.observed(end, now));
    }

    /// Notes that everything before `next` is taken in, the last of it written to Kafka at `written_at`.
    pub(super) fn ingested(&self, topic: &str, partition: i32, next: i64, written_at: Option<Instant>) {
        self.change(topic, partition, |track, now| {
            track.ingested(next, written_at, now);
        });
    }

    /// Notes that intake has ended, for good.
    pub(super) fn stopped(&self, why: String) {
        self.lock().phase = Phase::Stopped(why);
    }

    fn change(&self, topic: &str, partition: i32, change: impl FnOnce(&mut Track, Instant)) {
        let now = self.clock.real_now();
        if let Some(track) = self.lock().tracks.get_mut(&(topic.to_owned(), partition)) {
            change(track, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Freshness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Freshness").field("state", &self.state()).finish_non_exhaustive()
    }
}

fn worst_lag(inner: &Inner, now: Instant) -> Span {
    inner.tracks.values().map(|track| track.lag(now)).max().unwrap_or_default()
}

fn secs(lag: Span) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any lag are far below 2^53")]
    let ms = lag.ms() as f64;
    ms / 1000.0
}
