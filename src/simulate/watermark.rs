//! Puts lines into the order of their moments when one may be older than what was played before it.
//!
//! A refused event is dated by the last good time above it in its file, which may lie before the moment it was played
//! at. Lines are therefore held until no event still to be played can be dated before them: in a file that is in order
//! that is a handful of lines, in a shuffled one it may be all of them.

use std::collections::BTreeMap;

use forewarn_core::Instant;

use super::Line;
use crate::engine::Record;
use crate::store::StoreError;

/// Where the lines go.
pub(super) type Out<'a> = &'a mut dyn FnMut(Line) -> Result<(), StoreError>;

/// Lines that wait for their turn.
#[derive(Default)]
pub(super) struct Watermark {
    held: BTreeMap<Instant, Vec<Line>>,
}

impl Watermark {
    /// Takes a line of `at`; among lines of one moment the first taken comes first.
    pub(super) fn take(&mut self, at: Instant, line: Line) {
        self.held.entry(at).or_default().push(line);
    }

    /// Takes what the engine did.
    pub(super) fn extend(&mut self, records: Vec<Record>) {
        records.into_iter().for_each(|record| self.take(record.at(), Line::Record(record)));
    }

    /// Lets every line out that is not later than `mark`.
    ///
    /// # Errors
    /// Whatever `out` answers.
    pub(super) fn let_out(&mut self, mark: Instant, out: Out<'_>) -> Result<(), StoreError> {
        while let Some(first) = self.held.first_entry().filter(|first| *first.key() <= mark) {
            first.remove().into_iter().try_for_each(&mut *out)?;
        }
        Ok(())
    }

    /// Lets everything out.
    ///
    /// # Errors
    /// Whatever `out` answers.
    pub(super) fn finish(self, out: Out<'_>) -> Result<(), StoreError> {
        self.held.into_values().flatten().try_for_each(out)
    }
}
