//! The fold: what is known of one order, as the smallest set of its events that still tells everything.
//!
//! Facts are a *set*. Folding an event in puts it into a class (say "status `delayed` of parcel P2") and the class
//! keeps what can still matter (say its first and its last). Which events a class keeps depends only on which events
//! were seen, never on the order in which they came, so any arrival order and any number of repeats end in the same
//! facts, byte for byte.

mod class;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::event::{OrderEvent, Stamp};
pub(crate) use class::SCANS;
use class::{Class, Keep};

/// Stamps of dropped events that are remembered, so that a reused id is still noticed.
const SHED_MAX: usize = 32;
/// Most events an order may keep. A real order has about ten and a busy one with many parcels a few hundred.
pub const EVENTS_MAX: usize = 4_000;

/// An event that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, by whom, under which id.
    pub stamp: Stamp,
    /// Fingerprint of the whole event.
    pub digest: u64,
    /// What it said.
    pub event: OrderEvent,
}

/// A trace of an event that was seen and holds nothing that still matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shed {
    stamp: Stamp,
    digest: u64,
}

/// Everything known of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Kept events, ascending by stamp.
    entries: Vec<Entry>,
    /// The newest dropped events, ascending by stamp.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shed: Vec<Shed>,
}

/// What became of an event that was folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// It is part of the facts now.
    Applied,
    /// It had been seen before.
    Repeated,
    /// It says nothing that newer events have not replaced.
    Stale,
    /// Its source and id were used before, for something else.
    IdReused,
    /// The order already keeps [`EVENTS_MAX`] events.
    TooMany,
}

impl Facts {
    /// The kept events, ascending by stamp.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Folds one event in. Only [`Folded::Applied`] and [`Folded::Stale`] change the facts.
    pub fn fold(&mut self, stamp: &Stamp, digest: u64, event: OrderEvent) -> Folded {
        if let Some(known) = self.digest_of(stamp) {
            return if known == digest { Folded::Repeated } else { Folded::IdReused };
        }
        if self.entries.len() >= EVENTS_MAX {
            return Folded::TooMany;
        }
        let class = class::of(&event);
        let at = self.entries.partition_point(|e| e.stamp < *stamp);
        self.entries.insert(at, Entry { stamp: stamp.clone(), digest, event });
        match self.reduce(&class) {
            Some(dropped) if dropped == *stamp => Folded::Stale,
            _ => Folded::Applied,
        }
    }

    fn digest_of(&self, stamp: &Stamp) -> Option<u64> {
        let same = |s: &Stamp| s.source == stamp.source && s.id == stamp.id;
        let kept = self.entries.iter().find(|e| same(&e.stamp)).map(|e| e.digest);
        kept.or_else(|| self.shed.iter().find(|s| same(&s.stamp)).map(|s| s.digest))
    }

    /// Drops the one event that `class` need not keep after an insertion, and says which.
    fn reduce(&mut self, class: &Class) -> Option<Stamp> {
        let is_member = |e: &Entry| class::of(&e.event) == *class;
        let members: Vec<usize> = (0..self.entries.len()).filter(|i| is_member(&self.entries[*i])).collect();
        let victim = match class.keep() {
            Keep::Newest(n) if members.len() > n => members.first(),
            Keep::Oldest(n) if members.len() > n => members.last(),
            Keep::Ends(oldest, newest) if members.len() > oldest + newest => members.get(oldest),
            Keep::Newest(_) | Keep::Oldest(_) | Keep::Ends(..) => None,
        };
        let victim = *victim?;
        let entry = self.entries.remove(victim);
        self.remember(Shed { stamp: entry.stamp.clone(), digest: entry.digest });
        Some(entry.stamp)
    }

    fn remember(&mut self, shed: Shed) {
        let at = self.shed.partition_point(|s| *s < shed);
        self.shed.insert(at, shed);
        if self.shed.len() > SHED_MAX {
            self.shed.remove(0);
        }
    }
}
