//! What can go wrong with the store, and what the caller may do about it.

/// What a caller may do about an error; decided here, once, never by reading a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Another try of the same step may succeed.
    Retry,
    /// This step will never succeed; others may.
    Permanent,
    /// The store can no longer be trusted to keep anything: stop taking in, tell the operator.
    Fatal,
}

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused or failed.
    #[error("store: {operation} failed: {remedy}")]
    Database {
        /// What was being done.
        operation: &'static str,
        /// What the operator can do.
        remedy: &'static str,
        /// What the caller can do.
        class: Class,
        /// The database's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored document cannot be read.
    #[error("store: {what} `{id}` cannot be read; it is damaged or was written by a newer version")]
    Damaged {
        /// What sort of document.
        what: &'static str,
        /// Which one.
        id: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process owns this partition now, or the offset moved: nothing of the batch was written.
    #[error("store: {topic}/{partition} is owned by another consumer or its offset moved; nothing was written")]
    Fenced {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// So many of the newest events are dead letters that nothing more is taken from here until an operator says so.
    #[error("store: {topic}/{partition} is stopped, nothing was written: {why}")]
    Poisoned {
        /// The topic, or `http`.
        topic: String,
        /// The partition.
        partition: i32,
        /// The share and the reasons.
        why: String,
    },
    /// The schema is newer than this program.
    #[error("store: the schema is version {found}, this program knows up to {known}; start a newer program")]
    TooNew {
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// The writer has stopped.
    #[error("store: the writer has stopped; see the log above for why, mend it and start again")]
    Stopped,
}

impl StoreError {
    /// What a caller may do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Database { class, .. } => *class,
            Self::Fenced { .. } | Self::Poisoned { .. } => Class::Retry,
            Self::Damaged { .. } => Class::Permanent,
            Self::TooNew { .. } | Self::Stopped => Class::Fatal,
        }
    }
}
