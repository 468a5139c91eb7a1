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

/// Waits begun, ends and waiting per span, as integers: adding is exact and its order does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    entered: Vec<u64>,
    ends: Vec<u64>,
    waited_ms: Vec<u64>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { entered: vec![0; CELLS], ends: vec![0; CELLS], waited_ms: vec![0; CELLS] }
    }
}

/// The span number `cell` as start and end; the last one ends never.
pub(super) fn span(cell: usize) -> (Span, Option<Span>) {
    let edge = |i: usize| EDGES_H.get(i).map(|h| Span::hours(*h));
    (edge(cell).unwrap_or(Span::ZERO), edge(cell + 1))
}

/// The number of the span that a wait of `lasted` is in.
pub(super) fn cell_at(lasted: Span) -> usize {
    EDGES_H.iter().rposition(|edge| lasted >= Span::hours(*edge)).unwrap_or(0)
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
            let ends_here = ended && to >= start && end.is_none_or(|e| to < e);
            if (from..to).contains(&start) || (ends_here && start == to) {
                self.entered[cell] += 1;
            }
            if ends_here {
                self.ends[cell] += 1;
            }
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.entered, &other.entered),
            (&mut self.ends, &other.ends),
            (&mut self.waited_ms, &other.waited_ms),
        ];
        for (mine, theirs) in pairs {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
    }

    /// How many waits ended.
    pub fn ended(&self) -> u64 {
        self.ends.iter().sum()
    }

    /// How long `share` (0-1) of the waits lasted at most, as a life table has it: in each span those who ended count
    /// against those who entered it, and whoever was only watched for a part of it counts half. `None` when more than
    /// the rest was never seen to end.
    pub(super) fn quantile(&self, share: f64) -> Option<Span> {
        let mut surviving = 1.0;
        for cell in 0..CELLS {
            let (entered, ends) = (self.entered[cell], self.ends[cell]);
            let on = self.entered.get(cell + 1).copied().unwrap_or(0);
            let unseen = entered.saturating_sub(ends + on);
            let left = surviving * (1.0 - count(ends) / (count(entered) - count(unseen) / 2.0).max(1.0)).max(0.0);
            if left <= 1.0 - share {
                let (start, end) = span(cell);
                // The last span has no end; what ends there at all ends within as long again.
                let width = end.unwrap_or(start + start) - start;
                #[expect(clippy::cast_possible_truncation, reason = "a part of a span of at most two months")]
                let into = (count(width.ms().unsigned_abs()) * (surviving - (1.0 - share)) / (surviving - left)) as i64;
                return Some(start + Span::from_ms(into));
            }
            surviving = left;
        }
        None
    }

    pub(super) fn ends_in(&self, cell: usize) -> u64 {
        self.ends.get(cell).copied().unwrap_or(0)
    }

    pub(super) fn waited_ms_in(&self, cell: usize) -> u64 {
        self.waited_ms.get(cell).copied().unwrap_or(0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}
