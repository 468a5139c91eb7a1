//! Events read and not yet kept, and the places they move the partitions to.

use std::collections::BTreeMap;

use forewarn_core::Instant;

use super::ownership::Held;
use crate::engine::{Incoming, Position};

/// Partitions this process holds.
pub(super) type Holding = BTreeMap<(String, i32), Held>;

/// Most bytes of a batch: events may be large, and all of a batch is in memory at once.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// A batch that is being filled.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Incoming>,
    bytes: usize,
    /// When the newest event of each partition was written to Kafka.
    pub(super) written_at: BTreeMap<(String, i32), Instant>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn is_full(&self, events_max: usize) -> bool {
        self.events.len() >= events_max || self.bytes >= BYTES_MAX
    }

    pub(super) fn push(&mut self, incoming: Incoming, written_at: Option<Instant>) {
        if let Some(at) = written_at {
            let place = (incoming.origin.topic.clone(), incoming.origin.partition);
            self.written_at.insert(place, at);
        }
        self.bytes += incoming.raw.len();
        self.events.push(incoming);
    }
}

/// One position a partition that `events` come from: on from what is held, to after the last of them.
pub(super) fn positions(events: &[Incoming], holding: &Holding) -> Vec<Position> {
    let mut next = BTreeMap::<(&str, i32), i64>::new();
    for incoming in events {
        let origin = &incoming.origin;
        let after = next.entry((&origin.topic, origin.partition)).or_insert(0);
        *after = (*after).max(origin.offset + 1);
    }
    let position = |((topic, partition), next): ((&str, i32), i64)| {
        let held = holding.get(&(topic.to_owned(), partition))?;
        Some(Position { topic: topic.to_owned(), partition, epoch: held.epoch, expected: held.next, next })
    };
    next.into_iter().filter_map(position).collect()
}
