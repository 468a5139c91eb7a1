//! Whether the dates that buyers were told were kept: sums by shop and cause.

use forewarn_core::cause::Cause;
use forewarn_core::decide::QuoteFate;
use forewarn_core::ids::MerchantId;

use super::Tenant;
use crate::store::StoreError;

/// Told dates whose fate is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuoteSum {
    /// Dates that were kept.
    pub kept: u64,
    /// Dates that were not.
    pub broken: u64,
}

impl QuoteSum {
    /// Share of them that was kept (0-1); `None` of nothing.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn share(self) -> Option<f64> {
        let known = self.kept + self.broken;
        (known > 0).then(|| self.kept as f64 / known as f64)
    }
}

/// The sums: one row a shop and cause, which never go.
pub trait QuoteStore {
    /// Adds what became of dates told in the name of `merchant`; a date that is judged anew moves from one sum to the
    /// other.
    ///
    /// # Errors
    /// When the database fails.
    fn quotes_judged(&mut self, merchant: &MerchantId, fates: &[QuoteFate]) -> Result<(), StoreError>;

    /// The sums by cause, in the order of their names.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn quotes_by_cause(&mut self, tenant: Tenant<'_>) -> Result<Vec<(Cause, QuoteSum)>, StoreError>;

    /// The sums of up to `limit` shops, those with the most broken dates first, then by id.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn quotes_by_shop(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<(MerchantId, QuoteSum)>, StoreError>;
}

/// By how much kept and broken dates of one cause change.
pub(in crate::store) fn changes(fate: &QuoteFate) -> (i64, i64) {
    let one = |kept: bool| if kept { (1, 0) } else { (0, 1) };
    let (kept, broken) = one(fate.kept);
    let (kept_before, broken_before) = fate.before.map_or((0, 0), one);
    (kept - kept_before, broken - broken_before)
}
