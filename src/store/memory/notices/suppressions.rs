//! Due notices that were not sent.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::notice::Why;
use forewarn_core::{Instant, OrderKey};

use crate::store::memory::orders::leave;
use crate::store::port::SuppressionRow;

/// A place among those of an order: moment, dedupe key, reason, number.
type Place = (Instant, String, &'static str, i64);

/// All suppressions, by number.
#[derive(Clone, Debug, Default)]
pub(in crate::store::memory) struct Suppressions {
    rows: BTreeMap<i64, SuppressionRow>,
    known: BTreeSet<(String, Why)>,
    of_order: BTreeMap<OrderKey, BTreeSet<Place>>,
}

impl Suppressions {
    /// Every one with its number, in the order in which they came.
    pub(in crate::store::memory) fn rows(&self) -> impl DoubleEndedIterator<Item = (i64, &SuppressionRow)> {
        self.rows.iter().map(|(number, row)| (*number, row))
    }

    /// Writes one down, unless its key and reason are there.
    pub(super) fn add(&mut self, row: &SuppressionRow) {
        if self.known.insert((row.suppression.key.clone(), row.suppression.why)) {
            let number = self.rows.last_key_value().map_or(1, |(last, _)| last + 1);
            self.of_order.entry(row.order.clone()).or_default().insert(place(number, row));
            self.rows.insert(number, row.clone());
        }
    }

    /// Takes one out.
    pub(in crate::store::memory) fn remove(&mut self, number: i64) {
        if let Some(row) = self.rows.remove(&number) {
            leave(&mut self.of_order, row.order.clone(), &place(number, &row));
            self.known.remove(&(row.suppression.key, row.suppression.why));
        }
    }

    /// Those of one order, oldest first.
    pub(super) fn of(&self, order: &OrderKey) -> impl Iterator<Item = &SuppressionRow> {
        self.of_order.get(order).into_iter().flatten().filter_map(|(.., number)| self.rows.get(number))
    }
}

fn place(number: i64, row: &SuppressionRow) -> Place {
    (row.at, row.suppression.key.clone(), row.suppression.why.as_str(), number)
}
