//! Offsets, dead letters and the books.

use forewarn_core::Instant;

use crate::store::StoreError;

/// Where the next event of a partition stands, and who may move on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The next offset to read; `None` before the first batch.
    pub next: Option<i64>,
    /// Raised at every assignment; a write that names an older one is fenced off.
    pub epoch: i64,
}

/// Where a dead letter came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Topic, `http` or the file's name.
    pub topic: String,
    /// Partition; 0 where there is none.
    pub partition: i32,
    /// Offset or line.
    pub offset: i64,
}

/// An event that could not be taken, as it came. Its `Debug` shows no byte of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it came from.
    pub origin: Origin,
    /// The reason's name.
    pub reason: String,
    /// The reason in a sentence; never personal data.
    pub detail: String,
    /// The raw bytes.
    pub raw: Vec<u8>,
    /// The message's headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// When it came.
    pub at: Instant,
}

impl DeadLetter {
    /// A fingerprint of topic, reason, headers and bytes: letters that share it say the same. Headers count because in
    /// binary mode they hold the event's id.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        let headers = self.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_slice()]);
        let parts =
            [self.origin.topic.as_bytes(), self.reason.as_bytes(), self.raw.as_slice()].into_iter().chain(headers);
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        // Half of SHA-256 tells as many letters apart as there will ever be.
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetter")
            .field("origin", &self.origin)
            .field("reason", &self.reason)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// An account of the books. Every event read stands in exactly one of the last five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Book {
    /// Events read.
    Read,
    /// Events that changed what is known.
    Applied,
    /// Events that had been seen before.
    Repeated,
    /// Events that newer ones had replaced already.
    Stale,
    /// Events of orders that are set aside.
    Parked,
    /// Events that could not be taken.
    DeadLetters,
}

impl Book {
    /// Every account.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Applied, Self::Repeated, Self::Stale, Self::Parked, Self::DeadLetters];

    /// Its name in the store and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::Stale => "stale",
            Self::Parked => "parked",
            Self::DeadLetters => "dead_letters",
        }
    }
}

/// Offsets, dead letters, books.
pub trait IntakeStore {
    /// Takes a partition over: raises its epoch and gives where to read on.
    ///
    /// # Errors
    /// When the database fails.
    fn offset_take_over(&mut self, topic: &str, partition: i32) -> Result<Offset, StoreError>;

    /// Moves a partition from `expected` (`None`: first batch) to `next`, if `epoch` still owns it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when it does not or the stored offset is another; otherwise when the database fails.
    fn offset_advance(
        &mut self,
        topic: &str,
        partition: i32,
        epoch: i64,
        expected: Option<i64>,
        next: i64,
    ) -> Result<(), StoreError>;

    /// All stored offsets.
    ///
    /// # Errors
    /// When the database fails.
    fn offsets(&mut self) -> Result<Vec<(String, i32, Offset)>, StoreError>;

    /// Keeps dead letters. The same origin again only counts once: its letter was seen last at the new moment, and where
    /// the reason is another the newest one stands and is to be published again. A letter that says the same as a kept
    /// one ([`DeadLetter::digest`]) is that one, seen once more. Sums by reason never fall.
    ///
    /// # Errors
    /// When the database fails.
    fn dead_letters_add(&mut self, letters: &[DeadLetter]) -> Result<(), StoreError>;

    /// The newest dead letters, as they were seen first, and by reason how often one was seen over all time.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::type_complexity, reason = "one list and one small table, read in one place")]
    fn dead_letters(&mut self, limit: usize) -> Result<(Vec<DeadLetter>, Vec<(String, u64)>), StoreError>;

    /// Adds to accounts of the books.
    ///
    /// # Errors
    /// When the database fails.
    fn books_add(&mut self, entries: &[(Book, u64)]) -> Result<(), StoreError>;

    /// All accounts.
    ///
    /// # Errors
    /// When the database fails.
    fn books(&mut self) -> Result<Vec<(Book, u64)>, StoreError>;
}
