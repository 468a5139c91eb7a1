//! One hash over the facts of all orders: two stores that saw the same events have the same one.

use forewarn_core::facts::Facts;
use sha2::{Digest, Sha256};

use super::order_key;
use crate::store::StoreError;
use crate::store::sqlite::document;
use crate::store::sqlite::session::Session;

/// Ends each part; no id and no JSON text holds it as it is.
const END: [u8; 1] = [0x1f];

/// The hash in hexadecimal, the number of orders and of kept events.
pub(super) fn of_all(session: &Session<'_>) -> Result<(String, u64, u64), StoreError> {
    let (mut hash, mut orders, mut events) = (Sha256::new(), 0_u64, 0_u64);
    let sql = "SELECT merchant_id, order_id, facts FROM orders ORDER BY merchant_id, order_id";
    session.each("hashing the facts", sql, [], |fields| {
        let key = order_key(fields)?;
        // Written anew, so that how a database lays out its documents does not matter.
        let facts: Facts = fields.document("facts of order", &key)?;
        let text = document::write("hashing the facts", &facts)?;
        for part in [key.merchant_id.as_str(), key.order_id.as_str(), &text] {
            hash.update(part.as_bytes());
            hash.update(END);
        }
        orders += 1;
        events += u64::try_from(facts.entries().len()).unwrap_or(u64::MAX);
        Ok(())
    })?;
    Ok((format!("{:x}", hash.finalize()), orders, events))
}
