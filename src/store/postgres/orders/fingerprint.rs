//! The fingerprint of all facts, read one order at a time.

use forewarn_core::facts::Facts;

use super::order_key;
use crate::store::StoreError;
use crate::store::fingerprint::Fingerprint;
use crate::store::postgres::session::Session;

/// The hash in hexadecimal, the number of orders and of kept events.
pub(super) fn of_all(session: &mut Session<'_>) -> Result<(String, u64, u64), StoreError> {
    let mut fingerprint = Fingerprint::default();
    let sql = "SELECT merchant_id, order_id, facts FROM orders ORDER BY merchant_id, order_id";
    session.each("hashing the facts", sql, |fields| {
        let key = order_key(fields)?;
        let facts: Facts = fields.document("facts of order", &key)?;
        fingerprint.add(&key, &facts)
    })?;
    Ok(fingerprint.finish())
}
