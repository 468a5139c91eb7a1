//! What had been foretold about orders whose end is known.

use forewarn_core::hindsight::Past;
use forewarn_core::{Instant, OrderKey};

use crate::store::StoreError;

/// Where a page of the history ended: the promised ship time and the order.
pub type PastMark = (Instant, OrderKey);

/// The history that policies are tried on; it goes when it is past its time, as what was settled does.
pub trait HindsightStore {
    /// Keeps what came of an order; what was kept of it before is replaced.
    ///
    /// # Errors
    /// When the database fails.
    fn past_save(&mut self, past: &Past) -> Result<(), StoreError>;

    /// Up to `limit` orders of the history, the latest promised ship time first, then by key descending; only those
    /// below `after` where it is given.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn pasts(&mut self, after: Option<&PastMark>, limit: usize) -> Result<Vec<Past>, StoreError>;
}
