//! Documents: what is kept as JSON text.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Class, StoreError};

/// Why a document could not be read: where and how, never what it says, which may be personal data.
#[derive(Debug, thiserror::Error)]
#[error("{category:?} error at line {line}, column {column}")]
struct Unreadable {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
}

/// Why a value in a row could not be read, without the value.
#[derive(Debug, thiserror::Error)]
#[error("column `{0}` holds something else than it should")]
struct BadColumn(&'static str);

/// `value` as JSON text; the same value gives the same text.
pub(super) fn write<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Database {
        operation: what,
        remedy: "a document cannot be written as JSON; this is a fault in the program, report it",
        class: Class::Permanent,
        source: Box::new(source),
    })
}

/// Reads the JSON `text` of the `what` called `id`.
pub(super) fn read<T: DeserializeOwned>(what: &'static str, id: &dyn Display, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| {
        let source = Unreadable { category: e.classify(), line: e.line(), column: e.column() };
        StoreError::Damaged { what, id: id.to_string(), source: Box::new(source) }
    })
}

/// The error for a row of the sort `what` called `id` whose `column` makes no sense.
pub(super) fn damaged(what: &'static str, id: &dyn Display, column: &'static str) -> StoreError {
    StoreError::Damaged { what, id: id.to_string(), source: Box::new(BadColumn(column)) }
}
