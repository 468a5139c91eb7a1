//! One connection and the statements it has prepared.

use std::collections::HashMap;

use postgres::types::ToSql;
use postgres::{Client, Row, Statement};

/// Distinct statements are counted in dozens; should they ever be more, all are prepared anew.
const STATEMENTS_MAX: usize = 256;

/// Values of a statement, in the order of their numbers.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection to a database whose schema is up to date.
pub(super) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("statements", &self.statements.len()).finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new() }
    }

    /// Whether the server or the line is known to be gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without values, as they are.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(sql)
    }

    /// Runs a statement; gives how many rows it changed.
    pub(super) fn execute(&mut self, sql: &str, params: Params<'_>) -> Result<u64, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.execute(&statement, params)
    }

    /// All rows of a query.
    pub(super) fn query(&mut self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.query(&statement, params)
    }

    /// Hands each row of a query to `take` as it comes, so that a whole table need not fit into memory.
    ///
    /// # Errors
    /// The outer one is the database's, the inner one is `take`'s.
    pub(super) fn each<E>(
        &mut self,
        sql: &str,
        mut take: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<Result<(), E>, postgres::Error> {
        use postgres::fallible_iterator::FallibleIterator as _;
        let statement = self.prepared(sql)?;
        let nothing: [&(dyn ToSql + Sync); 0] = [];
        let mut rows = self.client.query_raw(&statement, nothing)?;
        while let Some(row) = rows.next()? {
            if let Err(own) = take(&row) {
                return Ok(Err(own));
            }
        }
        Ok(Ok(()))
    }

    /// The client, for what is no statement of a step.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}
