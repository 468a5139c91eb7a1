//! Conditions of a statement, put together from fixed pieces; every value is a parameter.

use std::fmt;

use rusqlite::types::Value;
use rusqlite::{ParamsFromIter, params_from_iter};

use crate::store::port::Tenant;

/// Conditions that must all hold, with their values.
#[derive(Debug)]
pub(in crate::store::sqlite) struct Narrowing {
    sql: String,
    values: Vec<Value>,
}

impl Narrowing {
    /// Begins with the one condition nobody may leave out: whose rows may be seen.
    pub(super) fn of(tenant: Tenant<'_>) -> Self {
        let all = Self { sql: String::from("1"), values: Vec::new() };
        match tenant {
            Some(merchant) => all.text("merchant_id =", merchant.as_str()),
            None => all,
        }
    }

    /// Adds a condition without a value.
    pub(super) fn always(mut self, condition: &'static str) -> Self {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self
    }

    /// Adds `condition` with a text after it.
    pub(super) fn text(self, condition: &'static str, value: &str) -> Self {
        self.value(condition, Value::Text(value.to_owned()))
    }

    /// Adds `condition` with a number after it.
    pub(super) fn number(self, condition: &'static str, value: i64) -> Self {
        self.value(condition, Value::Integer(value))
    }

    /// Adds what `add` adds, where there is a value for it.
    pub(super) fn maybe<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => add(self, value),
            None => self,
        }
    }

    /// The order's id begins with `text`.
    pub(super) fn order_begins(self, text: &str) -> Self {
        // No id holds a character above this one, and SQLite compares UTF-8 byte by byte.
        let end = format!("{text}\u{10FFFF}");
        self.text("order_id >=", text).text("order_id <", &end)
    }

    /// The order's id begins with `text`, or the buyer's id is `text`.
    pub(super) fn order_or_buyer(mut self, text: &str) -> Self {
        let end = format!("{text}\u{10FFFF}");
        self.sql.push_str(" AND ((order_id >= ? AND order_id < ?) OR buyer_id = ?)");
        self.values.extend([text.to_owned(), end, text.to_owned()].map(Value::Text));
        self
    }

    /// Adds a condition over several values, each standing for one `?` in it.
    pub(super) fn values<const N: usize>(mut self, condition: &'static str, values: [Value; N]) -> Self {
        self = self.always(condition);
        self.values.extend(values);
        self
    }

    /// The values, in the order of their places.
    pub(super) fn params(&self) -> ParamsFromIter<&[Value]> {
        params_from_iter(&self.values[..])
    }

    fn value(mut self, condition: &'static str, value: Value) -> Self {
        self = self.always(condition);
        self.sql.push_str(" ?");
        self.values.push(value);
        self
    }
}

impl fmt::Display for Narrowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}
