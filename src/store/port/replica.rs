//! What processes that share a store tell each other: how new what they know is, who does what only one of them may
//! do, and what time it is.
//!
//! Ages and leases run on the store's own clock, so that machines whose clocks differ mean the same.

use forewarn_core::{Instant, Span};

use super::Place;
use crate::store::StoreError;

/// What the process that reads a partition says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The partition.
    pub place: Place,
    /// The epoch under which it is read.
    pub epoch: i64,
    /// Everything that was written to it longer ago than this is taken in.
    pub lag: Span,
}

/// A partition, and how long ago it was known to be read up to date; `None`: not since it was handed to its present
/// reader.
pub type Stalest = (Place, Option<Span>);

/// Freshness, leases and the clock of a store that several processes share.
pub trait ReplicaStore {
    /// Notes that these partitions are there, so that one nobody reads yet counts as not read up to date.
    ///
    /// # Errors
    /// When the database fails.
    fn partitions_note(&mut self, places: &[Place]) -> Result<(), StoreError>;

    /// Notes up to when partitions are read; what is said under an older epoch is passed over.
    ///
    /// # Errors
    /// When the database fails.
    fn readings_save(&mut self, readings: &[Reading]) -> Result<(), StoreError>;

    /// Of the known partitions of `topics` the one that was read up to date longest ago; `None` where none is known.
    ///
    /// # Errors
    /// When the database fails.
    fn stalest(&mut self, topics: &[&str]) -> Result<Option<Stalest>, StoreError>;

    /// Takes the lease `name` for `length` from now, if it is free, has run out or is `holder`'s already; whether it is
    /// `holder`'s now.
    ///
    /// # Errors
    /// When the database fails.
    fn lease_take(&mut self, name: &str, holder: &str, length: Span) -> Result<bool, StoreError>;

    /// Gives the lease `name` back, if it is `holder`'s.
    ///
    /// # Errors
    /// When the database fails.
    fn lease_release(&mut self, name: &str, holder: &str) -> Result<(), StoreError>;

    /// The time by the clock of whoever keeps the store: the database server's, or this machine's.
    ///
    /// # Errors
    /// When the database fails.
    fn store_clock(&mut self) -> Result<Instant, StoreError>;
}
