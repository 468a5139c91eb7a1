//! One hash over the facts of all orders: two stores that saw the same events have the same one, whatever database
//! they stand on.

use forewarn_core::OrderKey;
use forewarn_core::facts::Facts;
use sha2::{Digest, Sha256};

use super::{StoreError, document};

/// Ends each part; no id and no JSON text holds it as it is.
const END: [u8; 1] = [0x1f];

/// The hash so far.
#[derive(Default)]
pub(super) struct Fingerprint {
    hash: Sha256,
    orders: u64,
    events: u64,
}

impl Fingerprint {
    /// Adds one order; orders come ascending by key, compared byte by byte.
    pub(super) fn add(&mut self, key: &OrderKey, facts: &Facts) -> Result<(), StoreError> {
        // Written anew, so that how a database lays out its documents does not matter.
        let text = document::write("hashing the facts", facts)?;
        for part in [key.merchant_id.as_str(), key.order_id.as_str(), &text] {
            self.hash.update(part.as_bytes());
            self.hash.update(END);
        }
        self.orders += 1;
        self.events += u64::try_from(facts.entries().len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// The hash in hexadecimal, the number of orders and of kept events.
    pub(super) fn finish(self) -> (String, u64, u64) {
        (format!("{:x}", self.hash.finalize()), self.orders, self.events)
    }
}
