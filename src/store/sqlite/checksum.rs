//! A sum beside each row that steers what is said to whom, so that a flipped bit is an error and never a wrong notice.
//!
//! SQLite checks how its pages hang together, not what stands in them: of bits flipped inside a value it sees none.
//! The sum is a CRC-32, which finds every flip of a single bit and every burst of up to 32 bits. It is written with the
//! row and held against it whenever the row is read to be acted on. A row from before the sums has none and counts as
//! whole until it is saved again.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::fault;
use crate::store::{Class, StoreError};

/// Why a row is taken for damaged.
#[derive(Debug, thiserror::Error)]
#[error("its checksum does not fit it")]
pub(super) struct Mismatch;

/// The sum of a row that grows value by value, in the order of its columns.
#[derive(Default)]
pub(super) struct RowSum(crc32fast::Hasher);

impl RowSum {
    /// Adds the next column. Sort and length are part of it, so that no two rows read as the same bytes.
    pub(super) fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.0.update(&[0]),
            ValueRef::Integer(n) => self.number(1, &n.to_le_bytes()),
            ValueRef::Real(x) => self.number(2, &x.to_bits().to_le_bytes()),
            ValueRef::Text(text) => self.bytes(3, text),
            ValueRef::Blob(bytes) => self.bytes(4, bytes),
        }
    }

    /// The sum as the column holds it.
    pub(super) fn finish(self) -> i64 {
        i64::from(self.0.finalize())
    }

    fn number(&mut self, sort: u8, bytes: &[u8; 8]) {
        self.0.update(&[sort]);
        self.0.update(bytes);
    }

    fn bytes(&mut self, sort: u8, bytes: &[u8]) {
        self.number(sort, &u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The sum of a row about to be written: `values` in the order in which a read names the columns.
///
/// # Errors
/// When a value is of a sort no column of ours holds.
pub(super) fn of(operation: &'static str, values: &[&dyn ToSql]) -> Result<i64, StoreError> {
    let mut sum = RowSum::default();
    for value in values {
        match value.to_sql().map_err(fault::at(operation))? {
            ToSqlOutput::Borrowed(value) => sum.add(value),
            ToSqlOutput::Owned(value) => sum.add(ValueRef::from(&value)),
            _ => return Err(unknown_sort(operation)),
        }
    }
    Ok(sum.finish())
}

fn unknown_sort(operation: &'static str) -> StoreError {
    StoreError::Database {
        operation,
        remedy: "a value has no place in a column; this is a fault in the program, report it",
        class: Class::Permanent,
        source: "neither a number, a text, bytes nor nothing".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[&dyn ToSql]) -> i64 {
        of("summing", values).expect("plain values")
    }

    #[test]
    fn rows_that_only_look_alike_have_sums_of_their_own() {
        let rows: [&[&dyn ToSql]; 6] = [&[&"ab", &"c"], &[&"a", &"bc"], &[&"abc"], &[&1_i64], &[&"1"], &[&None::<i64>]];
        let sums: std::collections::BTreeSet<i64> = rows.iter().map(|row| sum(row)).collect();
        assert_eq!(sums.len(), rows.len());
    }

    #[test]
    fn every_single_flip_changes_the_sum() {
        let text = "{\"paid_at\":1772409600000}";
        let whole = sum(&[&text, &7_i64]);
        for bit in 0..text.len() * 8 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut flipped = RowSum::default();
            flipped.add(ValueRef::Text(&bytes));
            flipped.add(ValueRef::Integer(7));
            assert_ne!(flipped.finish(), whole, "bit {bit}");
        }
    }
}
