//! Sums over a record, for the summary a person reads.

use std::collections::BTreeMap;
use std::fmt;

use super::Line;
use crate::engine::Record;

/// How many lines of each sort.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<(&'static str, String), u64>,
}

impl Tally {
    /// Counts one line.
    pub fn add(&mut self, line: &Line) {
        let key = match line {
            Line::Record(Record::Notice(n)) => ("notice", n.kind.to_string()),
            Line::Record(Record::Suppressed(s)) => ("suppressed", format!("{} ({})", s.kind, s.why)),
            Line::Record(Record::Grant(g)) => ("grant", g.status.to_owned()),
            Line::DeadLetter(d) => ("dead letter", d.why.to_owned()),
        };
        *self.counts.entry(key).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((what, which), count) in &self.counts {
            writeln!(f, "{count:>9}  {what} {which}")?;
        }
        Ok(())
    }
}
