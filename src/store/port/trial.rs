//! What a warning is worth: sums of orders warned and of orders left unwarned, by shop and day.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::trial::{Arm, Change, Entered};

use super::Tenant;
use crate::store::StoreError;

/// Orders of one sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrialSum {
    /// Orders that entered.
    pub entered: u64,
    /// Of those, the ones that left or were cancelled since.
    pub ended: u64,
    /// Of the ended ones, those whose buyer had asked in between.
    pub asked: u64,
    /// Of the ended ones, those that were cancelled.
    pub cancelled: u64,
}

/// The sums; they bound a holdout and tell what it shows.
pub trait TrialStore {
    /// Counts a change under the day on which its order entered.
    ///
    /// # Errors
    /// When the database fails.
    fn trial_count(&mut self, merchant: &MerchantId, entered: &Entered, change: Change) -> Result<(), StoreError>;

    /// How many orders of `merchant` were left unwarned on the shop's day that began at `day`. On a database with several
    /// writers a step that asks goes on only when every other one that asked for this shop has ended.
    ///
    /// # Errors
    /// When the database fails.
    fn held_out(&mut self, merchant: &MerchantId, day: Instant) -> Result<u64, StoreError>;

    /// The sums of both sorts over days that began at `since` or later, by name of the sort.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn trial_sums(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<Vec<(Arm, TrialSum)>, StoreError>;
}

/// By how much entered, ended, asked and cancelled orders change.
pub(in crate::store) fn steps(change: Change) -> [i64; 4] {
    match change {
        Change::Entered => [1, 0, 0, 0],
        Change::Ended { asked, cancelled } => [0, 1, i64::from(asked), i64::from(cancelled)],
    }
}
