//! Dead letters as people work on them: looked through, read again after a fix, dropped; and who did so.

use forewarn_core::Instant;

use super::{DeadLetter, Origin};
use crate::store::StoreError;

/// A dead letter as the store keeps it. Its `Debug` shows no byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLetter {
    /// Its number in this store, ascending with arrival.
    pub number: i64,
    /// The letter; its `at` is when it was seen first.
    pub letter: DeadLetter,
    /// When it was seen last.
    pub last_at: Instant,
    /// At how many places it was seen, 1 or more.
    pub seen: u64,
}

/// One dead letter in a list, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterLine {
    /// Its number.
    pub number: i64,
    /// Where it was seen first.
    pub origin: Origin,
    /// The reason's name.
    pub reason: String,
    /// The reason in a sentence.
    pub detail: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was seen first.
    pub first_at: Instant,
    /// When it was seen last.
    pub last_at: Instant,
    /// At how many places it was seen.
    pub seen: u64,
}

/// Which dead letters; absent fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct LetterSearch {
    /// Refused for this reason.
    pub reason: Option<String>,
    /// From this topic.
    pub topic: Option<String>,
}

/// What was done with a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterDeed {
    /// It was read again.
    Retry,
    /// It was thrown away.
    Drop,
}

impl LetterDeed {
    /// Its name in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Drop => "drop",
        }
    }
}

/// The record of what a person did with a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterAct {
    /// The letter's number.
    pub letter: i64,
    /// Where it came from.
    pub origin: Origin,
    /// Why it was dead before.
    pub reason: String,
    /// What was done.
    pub deed: LetterDeed,
    /// What became of it: `applied`, `repeated`, `stale`, `parked`, the reason it is dead for now, or `dropped`.
    pub outcome: String,
    /// Who did it.
    pub author: String,
    /// When.
    pub at: Instant,
}

/// Dead letters to be worked on.
pub trait LetterStore {
    /// Up to `limit` dead letters, the one seen last first; only those after the given place (last seen, number).
    ///
    /// # Errors
    /// When the database fails.
    fn letters_list(
        &mut self,
        search: &LetterSearch,
        after: Option<(Instant, i64)>,
        limit: usize,
    ) -> Result<Vec<LetterLine>, StoreError>;

    /// The numbers of up to `limit` dead letters above `after`, ascending: the way through many of them in chunks.
    ///
    /// # Errors
    /// When the database fails.
    fn letter_numbers(&mut self, search: &LetterSearch, after: i64, limit: usize) -> Result<Vec<i64>, StoreError>;

    /// One dead letter with its bytes.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn letter_load(&mut self, number: i64) -> Result<Option<KeptLetter>, StoreError>;

    /// Takes a dead letter away; whether there was one. Sums over all time still count it.
    ///
    /// # Errors
    /// When the database fails.
    fn letter_remove(&mut self, number: i64) -> Result<bool, StoreError>;

    /// Writes down what was done.
    ///
    /// # Errors
    /// When the database fails.
    fn letter_act_add(&mut self, act: &LetterAct) -> Result<(), StoreError>;

    /// What was done, the newest first; with a number only what was done with that letter.
    ///
    /// # Errors
    /// When the database fails.
    fn letter_acts(&mut self, letter: Option<i64>, limit: usize) -> Result<Vec<LetterAct>, StoreError>;
}
