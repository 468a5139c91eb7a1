//! One transaction's view of the database: statements, the columns of their rows, and what waits to be written.
//!
//! The engine saves one order, one notice at a time; on another machine each would be a journey of its own. So writes
//! wait in [`Pending`] and go out together: before the commit, and before any statement that could see them.

use std::fmt::Display;

use forewarn_core::Instant;
use postgres::Row;
use postgres::types::FromSql;
use serde::de::DeserializeOwned;

use super::connection::{Connection, Params};
use super::fault::{self, Remedy};
use super::pending::Pending;
use super::seen::Seen;
use super::step::Effects;
use crate::store::{Class, StoreError, document};

/// What a step may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Read one snapshot.
    Read,
    /// Lock what it reads, and write.
    Write,
}

/// The history that the server writes on: a standby that is promoted begins a new one.
pub(super) const TIMELINE: &str = "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";

/// By what a transaction is found again. After a failover its number may be another one's.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) number: String,
    pub(super) timeline: String,
}

/// A connection inside a transaction; it implements the whole port.
pub(super) struct Session<'a> {
    connection: &'a mut Connection,
    mode: Mode,
    schema: &'a str,
    /// What the first error of the database calls for; from then on the transaction is void.
    remedy: Option<Remedy>,
    wrote: bool,
    pub(super) pending: Pending,
    pub(super) seen: Seen,
    pub(super) effects: Effects,
}

impl<'a> Session<'a> {
    pub(super) fn new(connection: &'a mut Connection, mode: Mode, schema: &'a str) -> Self {
        Self {
            connection,
            mode,
            schema,
            remedy: None,
            wrote: false,
            pending: Pending::default(),
            seen: Seen::default(),
            effects: Effects::default(),
        }
    }

    /// Whether this step may only read.
    pub(super) fn is_read_only(&self) -> bool {
        self.mode == Mode::Read
    }

    /// `clause`, which locks rows, where this step may lock any.
    pub(super) fn locking(&self, clause: &'static str) -> &'static str {
        if self.is_read_only() { "" } else { clause }
    }

    /// The schema's name, part of every advisory lock's key.
    pub(super) fn schema(&self) -> &str {
        self.schema
    }

    /// What the first error of the database calls for, if there was one.
    pub(super) fn remedy(&self) -> Option<Remedy> {
        self.remedy
    }

    /// What other processes may want to hear of.
    pub(super) fn effects(&self) -> Effects {
        self.effects
    }

    /// Writes what waits and compares what the step stood on; gives the transaction's name, where it wrote anything.
    ///
    /// # Errors
    /// When the step was overtaken, or an error of the database was passed over.
    pub(super) fn seal(&mut self) -> Result<Option<Transaction>, StoreError> {
        self.flush()?;
        self.flush_trials()?;
        self.flush_quotes()?;
        if !self.wrote {
            return self.stands().map(|()| None);
        }
        let sql = format!(
            "SELECT pg_current_xact_id_if_assigned()::text, {TIMELINE},
                (SELECT version::bigint FROM versions WHERE name = 'settings')"
        );
        let rows = self.rows("sealing a step", &sql, &[])?;
        let row = rows.first().ok_or(StoreError::Stopped)?;
        let mut fields = Fields { row, next: 0, operation: "sealing a step" };
        let (number, timeline, settings): (Option<String>, String, Option<i64>) =
            (fields.take()?, fields.take()?, fields.take()?);
        let transaction = number.map(|number| Transaction { number, timeline });
        // A decision that stood on other settings than those in force now would miss the sweep that they started.
        match self.seen.settings {
            Some(seen) if seen != settings.unwrap_or(0) => Err(fault::overtaken("comparing the settings")),
            _ => Ok(transaction),
        }
    }

    /// Runs a statement; gives how many rows it changed. What waits is written first.
    pub(super) fn execute(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
    ) -> Result<u64, StoreError> {
        self.flush()?;
        self.change(operation, sql, params)
    }

    /// The first row of a query, read by `read`. What waits is written first.
    pub(super) fn first<T>(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
        read: impl FnOnce(&mut Fields<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.flush()?;
        let rows = self.rows(operation, sql, params)?;
        rows.first().map(|row| read(&mut Fields { row, next: 0, operation })).transpose()
    }

    /// The only column of a query's first row, where there is one. What waits is written first.
    pub(super) fn value<T: for<'r> FromSql<'r>>(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Option<T>, StoreError> {
        self.first(operation, sql, params, only)
    }

    /// A query that always answers with one row, such as a sum. What waits is written first.
    pub(super) fn single<T: for<'r> FromSql<'r>>(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
    ) -> Result<T, StoreError> {
        self.value(operation, sql, params)?.ok_or(StoreError::Stopped)
    }

    /// All rows of a query, each read by `read`. What waits is written first.
    pub(super) fn all<T>(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
        read: impl FnMut(&mut Fields<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.flush()?;
        self.peek(operation, sql, params, read)
    }

    /// As [`Session::all`], of tables in which nothing waits to be written.
    pub(super) fn peek<T>(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
        mut read: impl FnMut(&mut Fields<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(operation, sql, params)?;
        rows.iter().map(|row| read(&mut Fields { row, next: 0, operation })).collect()
    }

    /// As [`Session::execute`], of a statement that is itself what waited.
    pub(super) fn change(&mut self, operation: &'static str, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        if self.is_read_only() {
            return Err(fault::read_only(operation));
        }
        self.stands()?;
        self.wrote = true;
        let changed = self.connection.execute(sql, params);
        changed.map_err(|error| self.failed(operation, &error))
    }

    /// As [`Session::change`], of a statement that gives the rows it changed.
    pub(super) fn change_returning<T>(
        &mut self,
        operation: &'static str,
        sql: &str,
        params: Params<'_>,
        read: impl FnMut(&mut Fields<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        if self.is_read_only() {
            return Err(fault::read_only(operation));
        }
        self.wrote = true;
        self.peek(operation, sql, params, read)
    }

    /// Hands each row of a query to `take`, one at a time, so that a whole table need not fit into memory.
    pub(super) fn each(
        &mut self,
        operation: &'static str,
        sql: &str,
        mut take: impl FnMut(&mut Fields<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.flush()?;
        self.stands()?;
        let taken = self.connection.each(sql, |row| take(&mut Fields { row, next: 0, operation }));
        taken.map_err(|error| self.failed(operation, &error))?
    }

    /// Takes advisory locks until the end of the transaction, in the order of their keys.
    pub(super) fn lock(&mut self, operation: &'static str, mut keys: Vec<i64>) -> Result<(), StoreError> {
        if self.is_read_only() || keys.is_empty() {
            return Ok(());
        }
        keys.sort_unstable();
        keys.dedup();
        self.rows(operation, "SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k", &[&keys]).map(drop)
    }

    fn rows(&mut self, operation: &'static str, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.stands()?;
        let rows = self.connection.query(sql, params);
        rows.map_err(|error| self.failed(operation, &error))
    }

    /// After an error the database takes nothing more, and a commit would undo everything without a word.
    fn stands(&self) -> Result<(), StoreError> {
        match self.remedy {
            None => Ok(()),
            Some(_) => Err(StoreError::Database {
                operation: "going on with a step",
                remedy: "an earlier statement of the step failed; see the error before this one",
                class: Class::Retry,
                source: "the transaction is void".into(),
            }),
        }
    }

    fn failed(&mut self, operation: &'static str, error: &postgres::Error) -> StoreError {
        self.remedy = Some(fault::remedy(error));
        fault::explain(operation, error)
    }
}

/// A row, read column by column in the order in which the statement names them.
pub(super) struct Fields<'r> {
    row: &'r Row,
    next: usize,
    operation: &'static str,
}

impl<'r> Fields<'r> {
    /// The next column.
    pub(super) fn take<T: FromSql<'r>>(&mut self) -> Result<T, StoreError> {
        let value = self.row.try_get(self.next).map_err(fault::at(self.operation));
        self.next += 1;
        value
    }

    /// Reads the row with `read` from its first column on.
    pub(super) fn rewind<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.next = 0;
        read(self)
    }

    /// The column at `place`, from 0, whichever is next.
    pub(super) fn column<T: FromSql<'r>>(&self, place: usize) -> Result<T, StoreError> {
        self.row.try_get(place).map_err(fault::at(self.operation))
    }

    /// The next column as a moment.
    pub(super) fn instant(&mut self) -> Result<Instant, StoreError> {
        self.take().map(Instant::from_ms)
    }

    /// The next column as a moment, where there is one.
    pub(super) fn maybe_instant(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.take::<Option<i64>>()?.map(Instant::from_ms))
    }

    /// The next column as a count.
    pub(super) fn count(&mut self) -> Result<u64, StoreError> {
        self.take::<i64>().map(|n| u64::try_from(n).unwrap_or(0))
    }

    /// The next column as a number that fits into 32 bits and is not below 0.
    pub(super) fn small(&mut self) -> Result<u32, StoreError> {
        self.take::<i32>().map(|n| u32::try_from(n).unwrap_or(0))
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
        let text: Option<&str> = self.take()?;
        text.map(|text| parse(text).map_err(|_| document::damaged(what, id, column))).transpose()
    }

    /// The next column as a list of texts that `parse` understands.
    pub(super) fn list<T, E>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
        column: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, StoreError> {
        let texts: Vec<&str> = self.take()?;
        texts.into_iter().map(|text| parse(text).map_err(|_| document::damaged(what, id, column))).collect()
    }

    /// The next column as a JSON document of the sort `what` called `id`.
    pub(super) fn document<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
    ) -> Result<T, StoreError> {
        let text: Option<&str> = self.take()?;
        document::read(what, id, text.unwrap_or_default())
    }

    /// As [`Fields::document`], where there is one.
    pub(super) fn maybe_document<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        id: &dyn Display,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.take()?;
        text.map(|text| document::read(what, id, text)).transpose()
    }
}

/// The only column of a row.
pub(super) fn only<T: for<'r> FromSql<'r>>(fields: &mut Fields<'_>) -> Result<T, StoreError> {
    fields.take()
}

/// `limit` as PostgreSQL takes it.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A number as a column of 32 bits takes it; none of ours is ever larger.
pub(super) fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
