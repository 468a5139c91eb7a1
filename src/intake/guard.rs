//! Stops intake from a place when too many of its newest events become dead letters.
//!
//! After a bad deploy upstream everything may be poison; taking it in would drain the topic into the dead letters, each
//! of which a person would have to bring back. So the share of dead letters among the newest events of each partition,
//! and of what comes by HTTP, is held in the store beside the offsets. The batch that would cross the limit is not
//! kept: its events stay where they are until an operator lets them pass, in numbers, for a time or for a reason.

mod window;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use forewarn_core::Instant;

pub use window::Limits;
use window::Window;

use super::Reason;
use crate::engine::{Incoming, Taken};
use crate::store::port::{Pass, Place, Watch};
use crate::store::{StoreError, Tx};

impl Reason {
    /// Whether it speaks against the sender or the store. What names a grant, notice or buyer we do not know may be
    /// right for others who read the same topic, and comes in any number.
    pub fn counts(self) -> bool {
        !matches!(self, Self::UnknownGrant | Self::UnknownNotice | Self::UnknownBuyer)
    }
}

/// The guard of one process: its limits, and where intake is stopped.
#[derive(Debug)]
pub struct Guard {
    limits: Limits,
    stopped: Mutex<BTreeMap<Place, String>>,
}

/// What became of a batch that was let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetIn {
    /// Places whose stop is over.
    pub over: Vec<Place>,
}

impl Guard {
    /// A guard that stops at `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits, stopped: Mutex::default() }
    }

    /// Looks at what became of `batch`, in the very transaction that took it in.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] with the first place where dead letters are too many; the transaction must not stand.
    /// Otherwise when the store fails.
    pub fn look(
        &self,
        tx: &mut dyn Tx,
        batch: &[Incoming],
        taken: &[Taken],
        now: Instant,
    ) -> Result<LetIn, StoreError> {
        let mut places = BTreeMap::<Place, Vec<Option<Reason>>>::new();
        for (incoming, taken) in batch.iter().zip(taken) {
            let dead = if let Taken::DeadLetter(reason) = taken { Some(*reason) } else { None };
            let place = (incoming.origin.topic.clone(), incoming.origin.partition);
            places.entry(place).or_default().push(dead.filter(|reason| reason.counts()));
        }
        let any_dead = places.values().flatten().any(Option::is_some);
        let mut passes = Passes::new(if any_dead { tx.passes(now)? } else { Vec::new() });
        let keys: Vec<Place> = places.keys().cloned().collect();
        let (mut changed, mut over) = (Vec::new(), Vec::new());
        for (watch, events) in tx.watches_load(&keys)?.into_iter().zip(places.into_values()) {
            let after = self.judge(&watch, &events, &mut passes)?;
            if watch.stopped.is_some() && after.stopped.is_none() {
                over.push(after.place.clone());
            }
            if after != watch {
                changed.push(after);
            }
        }
        tx.watches_save(&changed)?;
        passes.spend(tx, now)?;
        Ok(LetIn { over })
    }

    fn judge(&self, watch: &Watch, events: &[Option<Reason>], passes: &mut Passes) -> Result<Watch, StoreError> {
        let is_full = watch.recent.len() == self.limits.window;
        if is_full && events.iter().all(Option::is_none) && !watch.recent.contains('1') && watch.stopped.is_none() {
            // The way of nearly all batches: good events after good events change nothing.
            return Ok(watch.clone());
        }
        let mut window = Window::new(self.limits, &watch.recent);
        let (mut excused, mut reasons) = (false, BTreeMap::<Reason, u64>::new());
        for dead in events {
            let passes = dead.is_some_and(|reason| passes.excuse(&watch.place, reason));
            excused |= passes;
            let counts = dead.filter(|_| !passes);
            if let Some(reason) = counts {
                *reasons.entry(reason).or_default() += 1;
            }
            if !window.push(counts.is_some()) {
                let (topic, partition) = watch.place.clone();
                return Err(StoreError::Poisoned { topic, partition, why: self.words(&window, &reasons) });
            }
        }
        let stopped = watch.stopped.clone().filter(|_| !excused && !window.is_calm());
        Ok(Watch { place: watch.place.clone(), recent: window.into_recent(), stopped })
    }

    fn words(&self, window: &Window, reasons: &BTreeMap<Reason, u64>) -> String {
        let (dead, events) = window.count();
        let reasons: Vec<String> = reasons.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        format!(
            "{dead} of the newest {events} events are dead letters, intake.max_dead_letter_share is {}; newest: {}; mend \
             what is sent, or let them pass with `forewarn dead-letters pass`",
            self.limits.share,
            reasons.join(", ")
        )
    }

    /// Notes that nothing is taken from `place` until further notice, in the store and for readiness; said in the log
    /// once, not at every try.
    ///
    /// # Errors
    /// When the store fails.
    pub fn stop(&self, tx: &mut dyn Tx, place: &Place, why: &str, now: Instant) -> Result<(), StoreError> {
        let found = tx.watches_load(std::slice::from_ref(place))?.into_iter().next();
        let Some(mut watch) = found else { return Ok(()) };
        let since = watch.stopped.map_or(now, |(since, _)| since);
        watch.stopped = Some((since, why.to_owned()));
        tx.watches_save(&[watch])
    }

    /// Notes for readiness that `place` is stopped; logged once a stop.
    pub fn note_stop(&self, place: &Place, why: &str) {
        if self.lock().insert(place.clone(), why.to_owned()).is_none() {
            tracing::error!(topic = place.0, partition = place.1, why, "intake from here is stopped");
        }
    }

    /// Notes for readiness that events are taken from `place` again.
    pub fn note_over(&self, place: &Place) {
        if self.lock().remove(place).is_some() {
            tracing::info!(topic = place.0, partition = place.1, "intake from here goes on");
        }
    }

    /// Notes that none but `held` can be stopped in this process, as after partitions moved.
    pub fn keep_only(&self, held: impl Fn(&Place) -> bool) {
        self.lock().retain(|place, _| held(place));
    }

    /// Where this process has stopped, and why, in order.
    pub fn stops(&self) -> Vec<(Place, String)> {
        self.lock().iter().map(|(place, why)| (place.clone(), why.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, String>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Whether it speaks of `place`.
    pub fn reaches(&self, place: &Place) -> bool {
        self.topic.as_ref().is_none_or(|topic| *topic == place.0) && self.partition.is_none_or(|p| p == place.1)
    }
}

/// The passes that hold, and how many letters each has let through in this transaction.
struct Passes(Vec<(Pass, u64)>);

impl Passes {
    fn new(passes: Vec<Pass>) -> Self {
        Self(passes.into_iter().map(|pass| (pass, 0)).collect())
    }

    /// Whether a dead letter of `place` is let pass. One without a number goes before one that would be used up.
    fn excuse(&mut self, place: &Place, reason: Reason) -> bool {
        let fits = |pass: &Pass, used: u64| {
            pass.reaches(place)
                && pass.reason.as_ref().is_none_or(|name| name == reason.as_str())
                && pass.left.is_none_or(|left| used < left)
        };
        let found =
            self.0.iter_mut().filter(|(pass, used)| fits(pass, *used)).min_by_key(|(pass, _)| pass.left.is_some());
        found.is_some_and(|(_, used)| {
            *used += 1;
            true
        })
    }

    fn spend(self, tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
        let spent = self.0.into_iter().filter(|(pass, used)| pass.left.is_some() && *used > 0);
        spent.into_iter().try_for_each(|(pass, used)| tx.pass_spend(pass.number, used, now))
    }
}
