//! A statement that grows clause by clause, from fixed pieces; every value is a parameter. There are few distinct
//! shapes, so the texts repeat and each is prepared once.

use postgres::types::ToSql;

type Value = Box<dyn ToSql + Sync + Send>;

/// The text so far and its values, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Query {
    sql: String,
    values: Vec<Value>,
}

impl Query {
    /// Starts with `sql`, which may hold no place for a value.
    pub(super) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds a condition in which each `?` stands for the next of `values`.
    pub(super) fn and<V: Own, const N: usize>(&mut self, condition: &str, values: [V; N]) -> &mut Self {
        self.sql.push_str(" AND ");
        self.end(condition, values)
    }

    /// Adds a condition without a value.
    pub(super) fn plain(&mut self, condition: &str) -> &mut Self {
        self.and::<i64, 0>(condition, [])
    }

    /// Adds `text` as it is, each `?` standing for the next of `values`.
    pub(super) fn end<V: Own, const N: usize>(&mut self, text: &str, values: [V; N]) -> &mut Self {
        let mut pieces = text.split('?');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            self.values.push(value.own());
            self.sql.push_str(&format!("${}", self.values.len()));
            self.sql.push_str(piece);
        }
        self
    }

    /// The whole text.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// The values.
    pub(super) fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
    }
}

/// A value that can be kept for later.
pub(super) trait Own {
    /// The value, kept.
    fn own(self) -> Value;
}

impl Own for &str {
    fn own(self) -> Value {
        Box::new(self.to_owned())
    }
}

impl Own for i64 {
    fn own(self) -> Value {
        Box::new(self)
    }
}

impl Own for bool {
    fn own(self) -> Value {
        Box::new(self)
    }
}

impl Own for i32 {
    fn own(self) -> Value {
        Box::new(self)
    }
}
