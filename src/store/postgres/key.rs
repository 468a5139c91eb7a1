//! Keys of advisory locks: numbers that stand for what has no row to lock.

use sha2::{Digest, Sha256};

use super::connection::Connection;
use super::fault;
use crate::store::StoreError;

/// The key of `what` within `schema`: two schemas in one database do not wait for each other.
pub(super) fn of(schema: &str, what: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    for part in std::iter::once(&schema).chain(what) {
        hash.update(part.as_bytes());
        // No id holds a control character.
        hash.update([0x1f]);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |key: i64, byte| (key << 8) | i64::from(*byte))
}

/// The key of `what` in the schema of this connection.
pub(super) fn of_schema(connection: &mut Connection, what: &str) -> Result<i64, StoreError> {
    Ok(of(&schema(connection)?, &[what]))
}

/// The schema this connection makes its tables in.
pub(super) fn schema(connection: &mut Connection) -> Result<String, StoreError> {
    let row = connection.client().query_one("SELECT coalesce(current_schema(), '')", &[]);
    row.and_then(|row| row.try_get(0)).map_err(fault::at("looking for the schema"))
}
