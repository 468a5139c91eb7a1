//! How many of the newest events became dead letters, where that stopped intake, and what an operator lets pass.

use forewarn_core::Instant;

use crate::store::StoreError;

/// Where events come from: a topic (or `http`) and a partition (0 where there is none).
pub type Place = (String, i32);

/// What is remembered of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Where.
    pub place: Place,
    /// One digit an event, the newest last: `1` a dead letter that counts, `0` any other event.
    pub recent: String,
    /// Since when nothing is taken from here, and why.
    pub stopped: Option<(Instant, String)>,
}

/// An operator's word: these dead letters are let pass without being counted. Absent fields do not narrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Its number, ascending; 0 before it is kept.
    pub number: i64,
    /// Only of this topic.
    pub topic: Option<String>,
    /// Only of this partition.
    pub partition: Option<i32>,
    /// Only of this reason.
    pub reason: Option<String>,
    /// How many more; `None`: any number.
    pub left: Option<u64>,
    /// Until when; `None`: until it is taken back.
    pub until: Option<Instant>,
    /// Who said so.
    pub author: String,
    /// When.
    pub at: Instant,
}

/// The guard's memory.
pub trait WatchStore {
    /// What is remembered of these places, in the same order; a place never seen has nothing recent.
    ///
    /// # Errors
    /// When the database fails.
    fn watches_load(&mut self, places: &[Place]) -> Result<Vec<Watch>, StoreError>;

    /// Inserts or replaces what is remembered of places.
    ///
    /// # Errors
    /// When the database fails.
    fn watches_save(&mut self, watches: &[Watch]) -> Result<(), StoreError>;

    /// Places from which nothing is taken now, in order; their `recent` need not be filled in.
    ///
    /// # Errors
    /// When the database fails.
    fn watches_stopped(&mut self) -> Result<Vec<Watch>, StoreError>;

    /// Keeps an operator's word; gives its number.
    ///
    /// # Errors
    /// When the database fails.
    fn pass_add(&mut self, pass: &Pass) -> Result<i64, StoreError>;

    /// The passes that hold at `now`: not taken back, not used up, not over; oldest first.
    ///
    /// # Errors
    /// When the database fails.
    fn passes(&mut self, now: Instant) -> Result<Vec<Pass>, StoreError>;

    /// Takes `letters` off what a pass has left; one that is used up has ended at `now`.
    ///
    /// # Errors
    /// When the database fails.
    fn pass_spend(&mut self, number: i64, letters: u64, now: Instant) -> Result<(), StoreError>;

    /// Takes a pass back in the name of `author`; whether it still held.
    ///
    /// # Errors
    /// When the database fails.
    fn pass_end(&mut self, number: i64, author: &str, now: Instant) -> Result<bool, StoreError>;
}
