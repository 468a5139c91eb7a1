//! SQLite against the contract, and what only a file can show.

mod backup;
mod file;
mod inspect;
mod kill;
mod load;
mod plans;
mod power;
mod upgrade;
mod writer;

use super::Db;
use crate::store::contract::{DamagedStore, TestStore, contract, damaged};
use crate::store::{StoreError, Tx};

impl TestStore for Db {
    fn transact(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError> {
        Self::transact(self, step)
    }
}

impl DamagedStore for Db {
    fn damage(&mut self, sql: &str) {
        self.conn.execute_batch(sql).expect("the statement fits the schema");
    }
}

fn memory() -> Db {
    Db::in_memory().expect("memory suffices")
}

fn opened() -> Option<Db> {
    Some(memory())
}

contract!(super::opened);
damaged!(super::opened);
