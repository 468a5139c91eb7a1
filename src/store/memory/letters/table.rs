//! The dead letters and their indexes, which change together.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Instant;

use crate::store::memory::orders::leave;
use crate::store::port::{DeadLetter, LetterAct, Origin};

/// A place where a letter was seen; places are sorted by topic, partition, offset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store::memory) struct Place(String, i32, i64);

impl Place {
    pub(in crate::store::memory) fn of(Origin { topic, partition, offset }: &Origin) -> Self {
        Self(topic.clone(), *partition, *offset)
    }

    fn origin(&self) -> Origin {
        Origin { topic: self.0.clone(), partition: self.1, offset: self.2 }
    }
}

/// A letter as it was seen first.
#[derive(Clone, Debug)]
pub(in crate::store::memory) struct Kept {
    pub(in crate::store::memory) letter: DeadLetter,
    pub(super) digest: String,
    pub(in crate::store::memory) last_at: Instant,
    pub(in crate::store::memory) seen: u64,
    /// Whether the broker was given it.
    pub(super) published: bool,
}

/// All dead letters, by number, and what was done with them.
#[derive(Clone, Debug, Default)]
pub(in crate::store::memory) struct Letters {
    rows: BTreeMap<i64, Kept>,
    by_digest: BTreeMap<String, BTreeSet<i64>>,
    /// Where each letter was seen first.
    first: BTreeMap<Place, i64>,
    /// Where else a letter was seen, and whether the broker was given it from there.
    further: BTreeMap<Place, (i64, bool)>,
    /// What was done, the oldest first; it outlasts the letters.
    pub(in crate::store::memory) acts: Vec<LetterAct>,
}

impl Letters {
    /// Every letter with its number, ascending.
    pub(in crate::store::memory) fn rows(&self) -> impl Iterator<Item = (i64, &Kept)> {
        self.rows.iter().map(|(number, kept)| (*number, kept))
    }

    pub(super) fn get(&self, number: i64) -> Option<&Kept> {
        self.rows.get(&number)
    }

    /// The letter that was seen at a place, wherever it was seen first.
    pub(super) fn at(&self, place: &Place) -> Option<i64> {
        self.first.get(place).or_else(|| self.further.get(place).map(|(number, _)| number)).copied()
    }

    /// The oldest letter with this digest.
    pub(super) fn saying(&self, digest: &str) -> Option<i64> {
        self.by_digest.get(digest)?.first().copied()
    }

    pub(super) fn insert(&mut self, letter: &DeadLetter, digest: String) {
        let number = self.rows.last_key_value().map_or(1, |(last, _)| last + 1);
        self.first.insert(Place::of(&letter.origin), number);
        self.by_digest.entry(digest.clone()).or_default().insert(number);
        let kept = Kept { letter: letter.clone(), digest, last_at: letter.at, seen: 1, published: false };
        self.rows.insert(number, kept);
    }

    /// Notes that a letter was seen at one more place.
    pub(super) fn see_again(&mut self, number: i64, place: Place, at: Instant) {
        self.further.insert(place, (number, false));
        self.change(number, |kept| (kept.seen, kept.last_at) = (kept.seen + 1, kept.last_at.max(at)));
    }

    /// Changes one letter; where it was seen first stays.
    pub(super) fn change(&mut self, number: i64, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.rows.get_mut(&number) {
            let before = kept.digest.clone();
            change(kept);
            if kept.digest != before {
                leave(&mut self.by_digest, before, &number);
                self.by_digest.entry(kept.digest.clone()).or_default().insert(number);
            }
        }
    }

    /// Takes a letter out with its places; whether there was one.
    pub(in crate::store::memory) fn remove(&mut self, number: i64) -> bool {
        let Some(kept) = self.rows.remove(&number) else { return false };
        leave(&mut self.by_digest, kept.digest, &number);
        self.first.remove(&Place::of(&kept.letter.origin));
        self.further.retain(|_, (letter, _)| *letter != number);
        true
    }

    /// Letters that the broker was not given, oldest first.
    pub(in crate::store::memory) fn unpublished(&self) -> impl Iterator<Item = DeadLetter> {
        self.rows.values().filter(|kept| !kept.published).map(|kept| kept.letter.clone())
    }

    /// The same of further places of letters, by letter, then by place.
    pub(in crate::store::memory) fn unpublished_further(&self) -> impl Iterator<Item = DeadLetter> {
        let unpublished = self.further.iter().filter(|(_, (_, published))| !published);
        let sorted: BTreeSet<(i64, &Place)> = unpublished.map(|(place, (number, _))| (*number, place)).collect();
        sorted.into_iter().filter_map(|(number, place)| {
            let kept = self.rows.get(&number)?;
            Some(DeadLetter { origin: place.origin(), ..kept.letter.clone() })
        })
    }

    /// Notes that the broker was given what was seen at this place.
    pub(in crate::store::memory) fn publish(&mut self, place: &Place) {
        if let Some(kept) = self.first.get(place).and_then(|number| self.rows.get_mut(number)) {
            kept.published = true;
        }
        if let Some((_, published)) = self.further.get_mut(place) {
            *published = true;
        }
    }
}
