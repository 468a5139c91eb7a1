//! Dead letters: kept once, seen often, worked on by people.

mod table;

use std::cmp::Reverse;

use forewarn_core::Instant;

use table::Kept;
pub(super) use table::{Letters, Place};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{DeadLetter, KeptLetter, LetterAct, LetterLine, LetterSearch, LetterStore, Origin};

impl Tables {
    /// Keeps one letter, or notes that it was seen again.
    pub(super) fn keep_letter(&mut self, letter: &DeadLetter) {
        let (place, digest) = (Place::of(&letter.origin), letter.digest());
        let Some(number) = self.letters.at(&place) else {
            return match self.letters.saying(&digest) {
                Some(number) => self.letters.see_again(number, place, letter.at),
                None => self.letters.insert(letter, digest),
            };
        };
        let is_new_reason = self.letters.get(number).is_some_and(|kept| kept.letter.reason != letter.reason);
        if is_new_reason {
            self.count_off(number);
        }
        self.letters.change(number, |kept| {
            kept.last_at = kept.last_at.max(letter.at);
            kept.letter.detail.clone_from(&letter.detail);
            if is_new_reason {
                kept.letter.reason.clone_from(&letter.reason);
                (kept.digest, kept.seen, kept.published) = (digest, 1, false);
            }
        });
    }

    /// Sums over all time keep what a letter counted for so far.
    pub(super) fn count_off(&mut self, number: i64) {
        if let Some(kept) = self.letters.get(number) {
            *self.pruned.letters.entry(kept.letter.reason.clone()).or_default() += kept.seen;
        }
    }
}

impl LetterStore for Tables {
    fn letters_list(
        &mut self,
        search: &LetterSearch,
        after: Option<(Instant, i64)>,
        limit: usize,
    ) -> Result<Vec<LetterLine>, StoreError> {
        let wanted = self.letters.rows().filter(|(_, kept)| fits(search, kept));
        let mut found: Vec<_> =
            wanted.filter(|(number, kept)| after.is_none_or(|after| (kept.last_at, *number) < after)).collect();
        found.sort_by_key(|(number, kept)| Reverse((kept.last_at, *number)));
        Ok(found.into_iter().take(limit).map(|(number, kept)| line(number, kept)).collect())
    }

    fn letter_numbers(&mut self, search: &LetterSearch, after: i64, limit: usize) -> Result<Vec<i64>, StoreError> {
        let wanted = self.letters.rows().filter(|(number, kept)| *number > after && fits(search, kept));
        Ok(wanted.map(|(number, _)| number).take(limit).collect())
    }

    fn letter_load(&mut self, number: i64) -> Result<Option<KeptLetter>, StoreError> {
        let found = self.letters.get(number);
        Ok(found.map(|Kept { letter, last_at, seen, .. }| {
            let (letter, last_at, seen) = (letter.clone(), *last_at, *seen);
            KeptLetter { number, letter, last_at, seen }
        }))
    }

    fn letter_remove(&mut self, number: i64) -> Result<bool, StoreError> {
        self.count_off(number);
        Ok(self.letters.remove(number))
    }

    fn letter_act_add(&mut self, act: &LetterAct) -> Result<(), StoreError> {
        self.letters.acts.push(act.clone());
        Ok(())
    }

    fn letter_acts(&mut self, letter: Option<i64>, limit: usize) -> Result<Vec<LetterAct>, StoreError> {
        let acts = self.letters.acts.iter().rev().filter(|act| letter.is_none_or(|number| act.letter == number));
        Ok(acts.take(limit).cloned().collect())
    }
}

fn fits(search: &LetterSearch, kept: &Kept) -> bool {
    search.reason.as_ref().is_none_or(|reason| kept.letter.reason == *reason)
        && search.topic.as_ref().is_none_or(|topic| kept.letter.origin.topic == *topic)
}

fn line(number: i64, kept: &Kept) -> LetterLine {
    let DeadLetter { origin, reason, detail, raw, at, .. } = &kept.letter;
    LetterLine {
        number,
        origin: Origin::clone(origin),
        reason: reason.clone(),
        detail: detail.clone(),
        bytes: u64::try_from(raw.len()).unwrap_or(u64::MAX),
        first_at: *at,
        last_at: kept.last_at,
        seen: kept.seen,
    }
}
