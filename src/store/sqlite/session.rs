//! One transaction's view of the connection: statements, and the columns of their rows.

use forewarn_core::Instant;
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::de::DeserializeOwned;
use std::fmt::Display;

use super::checksum::{Mismatch, RowSum};
use super::{document, fault};
use crate::store::StoreError;

/// A connection inside a transaction; it implements the whole port.
#[derive(Clone)]
pub(super) struct Session<'a>(&'a Connection);

impl<'a> Session<'a> {
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self(conn)
    }

    /// Whether this session can only read.
    pub(super) fn is_read_only(&self) -> Result<bool, StoreError> {
        self.0.is_readonly("main").map_err(fault::at("reading the database's mode"))
    }

    /// Runs a statement; gives how many rows it changed.
    pub(super) fn execute(&self, operation: &'static str, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault::at(operation))?;
        statement.execute(params).map_err(fault::at(operation))
    }

    /// The first row of a query, read by `read`.
    pub(super) fn first<T>(
        &self,
        operation: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut Fields<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault::at(operation))?;
        let mut rows = statement.query(params).map_err(fault::at(operation))?;
        let row = rows.next().map_err(fault::at(operation))?;
        row.map(|row| read(&mut Fields { row, next: 0, operation })).transpose()
    }

    /// The only column of a query's first row, where there is one.
    pub(super) fn value<T: FromSql>(
        &self,
        operation: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault::at(operation))?;
        let value = statement.query_row(params, |row| row.get(0)).optional();
        value.map_err(fault::at(operation))
    }

    /// A query that always answers with one row, such as a sum.
    pub(super) fn single<T: FromSql>(
        &self,
        operation: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<T, StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault::at(operation))?;
        statement.query_row(params, |row| row.get(0)).map_err(fault::at(operation))
    }

    /// All rows of a query, each read by `read`.
    pub(super) fn all<T>(
        &self,
        operation: &'static str,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&mut Fields<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.each(operation, sql, params, |fields| {
            found.push(read(fields)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Hands each row of a query to `take`, one at a time, so that a whole table need not fit into memory.
    pub(super) fn each(
        &self,
        operation: &'static str,
        sql: &str,
        params: impl Params,
        mut take: impl FnMut(&mut Fields<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault::at(operation))?;
        let mut rows = statement.query(params).map_err(fault::at(operation))?;
        while let Some(row) = rows.next().map_err(fault::at(operation))? {
            take(&mut Fields { row, next: 0, operation })?;
        }
        Ok(())
    }
}

/// A row, read column by column in the order in which the statement names them.
pub(super) struct Fields<'r> {
    row: &'r Row<'r>,
    next: usize,
    operation: &'static str,
}

/// Where a row's sum stands and what it covers; see [`super::checksum`].
pub(super) struct Summed {
    /// What sort of row it is.
    pub(super) what: &'static str,
    /// How many columns come before those the sum covers; it stands right after those.
    pub(super) skip: usize,
    /// The columns that name the row.
    pub(super) id: &'static [usize],
}

impl Fields<'_> {
    /// Reads the row with `read` and holds it against the sum in its last column. A row that does not fit its sum is
    /// damaged, whatever it reads as.
    pub(super) fn whole<T>(
        &mut self,
        row: &Summed,
        read: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match read(self) {
            // It names the document or the column that is damaged, which says more than a sum.
            Err(error @ StoreError::Damaged { .. }) => Err(error),
            read if self.fits(row)? => read,
            _ => Err(self.mismatch(row)),
        }
    }

    fn fits(&self, row: &Summed) -> Result<bool, StoreError> {
        let last = self.row.as_ref().column_count() - 1;
        let mut sum = RowSum::default();
        for column in row.skip..last {
            sum.add(self.row.get_ref(column).map_err(fault::at(self.operation))?);
        }
        Ok(match self.row.get_ref(last).map_err(fault::at(self.operation))? {
            ValueRef::Null => true,
            stored => stored == ValueRef::Integer(sum.finish()),
        })
    }

    fn mismatch(&self, row: &Summed) -> StoreError {
        let name = |column: &usize| match self.row.get_ref(*column) {
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(ValueRef::Integer(number)) => number.to_string(),
            _ => "?".to_owned(),
        };
        let id = row.id.iter().map(name).collect::<Vec<_>>().join("/");
        StoreError::Damaged { what: row.what, id, source: Box::new(Mismatch) }
    }

    /// The next column.
    pub(super) fn take<T: FromSql>(&mut self) -> Result<T, StoreError> {
        let value = self.row.get(self.next).map_err(fault::at(self.operation));
        self.next += 1;
        value
    }

    /// The next column, which is read once more after this.
    pub(super) fn peek<T: FromSql>(&self) -> Result<T, StoreError> {
        self.row.get(self.next).map_err(fault::at(self.operation))
    }

    /// The next column as a moment.
    pub(super) fn instant(&mut self) -> Result<Instant, StoreError> {
        self.take().map(Instant::from_ms)
    }

    /// The next column as a moment, where there is one.
    pub(super) fn maybe_instant(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.take::<Option<i64>>()?.map(Instant::from_ms))
    }

    /// The column number `column`, from 0; the next column stays the next.
    pub(super) fn at<T: FromSql>(&self, column: usize) -> Result<T, StoreError> {
        self.row.get(column).map_err(fault::at(self.operation))
    }

    /// As [`Fields::at`], a moment, where there is one.
    pub(super) fn instant_at(&self, column: usize) -> Result<Option<Instant>, StoreError> {
        Ok(self.at::<Option<i64>>(column)?.map(Instant::from_ms))
    }

    /// The next column as a count.
    pub(super) fn count(&mut self) -> Result<u64, StoreError> {
        self.take::<i64>().map(|n| u64::try_from(n).unwrap_or(0))
    }

    /// The next column as text that `parse` understands, in the row of the sort `what` called `id`.
    pub(super) fn parsed<T, E>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let parsed = self.maybe_parsed(what, id, column, parse)?;
        parsed.ok_or_else(|| document::damaged(what, id, column))
    }

    /// As [`Fields::parsed`], where there is a value.
    pub(super) fn maybe_parsed<T, E>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        let text = self.text(what, id, column)?;
        text.map(|text| parse(text).map_err(|_| document::damaged(what, id, column))).transpose()
    }

    /// The next column as a JSON document of the sort `what` called `id`.
    pub(super) fn document<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
    ) -> Result<T, StoreError> {
        let text = self.text(what, id, "document")?;
        document::read(what, id, text.unwrap_or_default())
    }

    /// As [`Fields::document`], where there is one.
    pub(super) fn maybe_document<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
    ) -> Result<Option<T>, StoreError> {
        let text = self.text(what, id, "document")?;
        text.map(|text| document::read(what, id, text)).transpose()
    }

    /// The text of the next column, called `column` where it is none.
    pub(super) fn text(
        &mut self,
        what: &'static str,
        id: &dyn Display,
        column: &'static str,
    ) -> Result<Option<&str>, StoreError> {
        let value = self.row.get_ref(self.next).map_err(fault::at(self.operation))?;
        self.next += 1;
        value.as_str_or_null().map_err(|_| document::damaged(what, id, column))
    }
}

/// `limit` as SQLite takes it.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
