//! Offsets, dead letters, books.

use std::collections::BTreeMap;

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{Book, DeadLetter, IntakeStore, Offset};

/// The books, account by account.
pub(super) type Books = BTreeMap<Book, u64>;

impl IntakeStore for Tables {
    fn offset_take_over(&mut self, topic: &str, partition: i32) -> Result<Offset, StoreError> {
        let known = self.partitions.entry((topic.to_owned(), partition)).or_default();
        known.offset.epoch += 1;
        known.fresh_at = None;
        Ok(known.offset)
    }

    fn offset_advance(
        &mut self,
        topic: &str,
        partition: i32,
        epoch: i64,
        expected: Option<i64>,
        next: i64,
    ) -> Result<(), StoreError> {
        let known = self.partitions.get_mut(&(topic.to_owned(), partition));
        match known.filter(|known| known.offset == Offset { next: expected, epoch }) {
            Some(known) => known.offset.next = Some(next),
            None => return Err(StoreError::Fenced { topic: topic.to_owned(), partition }),
        }
        Ok(())
    }

    fn offsets(&mut self) -> Result<Vec<(String, i32, Offset)>, StoreError> {
        let offsets = self.partitions.iter();
        Ok(offsets.map(|((topic, partition), known)| (topic.clone(), *partition, known.offset)).collect())
    }

    fn dead_letters_add(&mut self, new: &[DeadLetter]) -> Result<(), StoreError> {
        new.iter().for_each(|letter| self.keep_letter(letter));
        Ok(())
    }

    fn dead_letters(&mut self, limit: usize) -> Result<(Vec<DeadLetter>, Vec<(String, u64)>), StoreError> {
        let mut newest: Vec<_> = self.letters.rows().collect();
        newest.sort_by_key(|(number, kept)| std::cmp::Reverse((kept.letter.at, *number)));
        let mut counts = self.pruned.letters.clone();
        for (_, kept) in &newest {
            *counts.entry(kept.letter.reason.clone()).or_default() += kept.seen;
        }
        let newest = newest.into_iter().take(limit).map(|(_, kept)| kept.letter.clone()).collect();
        Ok((newest, counts.into_iter().collect()))
    }

    fn books_add(&mut self, entries: &[(Book, u64)]) -> Result<(), StoreError> {
        for (book, events) in entries {
            *self.books.entry(*book).or_default() += events;
        }
        Ok(())
    }

    fn books(&mut self) -> Result<Vec<(Book, u64)>, StoreError> {
        Ok(Book::ALL.map(|book| (book, self.books.get(&book).copied().unwrap_or_default())).to_vec())
    }
}
