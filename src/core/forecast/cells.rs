//! Counted waiting: how many ended in each span of waiting time, and how long all of them waited there.

use serde::{Deserialize, Serialize};

use crate::instant::Span;

/// Where the spans of waiting time begin, in hours; the last one has no end. Narrow where shops differ (the first
/// two days), wide where only few orders still wait. Our choice, after the spread of real handovers.
const EDGES_H: [i64; CELLS] = [
    0, 1, 2, 4, 6, 8, 12, 16, 20, 24, 30, 36, 42, 48, 54, 60, 72, 84, 96, 120, 144, 168, 216, 264, 336, 504, 720, 1440,
];
/// Number of spans.
pub const CELLS: usize = 28;

/// Ends and waiting per span, as integers: adding is exact and its order does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    ends: Vec<u64>,
    waited_ms: Vec<u64>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { ends: vec![0; CELLS], waited_ms: vec![0; CELLS] }
    }
}

/// The span number `cell` as start and end; the last one ends never.
pub(super) fn span(cell: usize) -> (Span, Option<Span>) {
    let edge = |i: usize| EDGES_H.get(i).map(|h| Span::hours(*h));
    (edge(cell).unwrap_or(Span::ZERO), edge(cell + 1))
}

impl Cells {
    /// Adds one wait from `from` to `to` after its beginning, which ended there or was merely seen until there.
    pub fn add(&mut self, from: Span, to: Span, ended: bool) {
        for cell in 0..CELLS {
            let (start, end) = span(cell);
            let low = start.max(from);
            let high = end.map_or(to, |e| e.min(to));
            if high > low {
                self.waited_ms[cell] += (high - low).ms().unsigned_abs();
            }
            let holds = to >= start && end.is_none_or(|e| to < e);
            if ended && holds {
                self.ends[cell] += 1;
            }
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.ends.iter_mut().zip(&other.ends) {
            *mine += theirs;
        }
        for (mine, theirs) in self.waited_ms.iter_mut().zip(&other.waited_ms) {
            *mine += theirs;
        }
    }

    /// How many waits ended.
    pub fn ended(&self) -> u64 {
        self.ends.iter().sum()
    }

    pub(super) fn ends_in(&self, cell: usize) -> u64 {
        self.ends.get(cell).copied().unwrap_or(0)
    }

    pub(super) fn waited_ms_in(&self, cell: usize) -> u64 {
        self.waited_ms.get(cell).copied().unwrap_or(0)
    }
}
