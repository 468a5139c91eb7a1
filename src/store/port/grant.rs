//! The compensation ledger.

use forewarn_core::grant::{GrantStatus, Spent};
use forewarn_core::ids::{BuyerId, GrantId, MerchantId};
use forewarn_core::money::Money;
use forewarn_core::{Instant, OrderKey, digest};

use crate::store::StoreError;

/// One compensation.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantRow {
    /// Hash of the notice's dedupe key.
    pub grant_id: GrantId,
    /// Which order.
    pub order: OrderKey,
    /// Who gets it.
    pub buyer_id: Option<BuyerId>,
    /// The dedupe key of the notice it belongs to.
    pub notice_key: String,
    /// How much.
    pub money: Money,
    /// Where it stands.
    pub status: GrantStatus,
    /// Why it was refused or released.
    pub why: Option<String>,
    /// The coupon's code, once granted.
    pub code: Option<String>,
    /// When it was decided.
    pub created_at: Instant,
    /// When it reached its status.
    pub updated_at: Instant,
    /// When the coupon system was asked; `None`: not yet, or never to be asked.
    pub requested_at: Option<Instant>,
}

/// The id of the grant that belongs to the notice with this dedupe key (contract: a hash of it).
pub(crate) fn grant_id(key: &str) -> GrantId {
    #[expect(clippy::expect_used, reason = "a prefix and 32 hexadecimal digits are within every limit of an id")]
    GrantId::new(&format!("grt_{}", digest::of(&["grant", key]))).expect("a hash is a valid id")
}

/// The ledger.
pub trait GrantStore {
    /// One grant.
    ///
    /// # Errors
    /// When the database fails.
    fn grant_load(&mut self, id: &GrantId) -> Result<Option<GrantRow>, StoreError>;

    /// Inserts or replaces a grant.
    ///
    /// # Errors
    /// When the database fails.
    fn grant_save(&mut self, row: &GrantRow) -> Result<(), StoreError>;

    /// What counts against the caps, apart from the grant `except`: on this order, on this buyer since `buyer_from`,
    /// by the shop since `day_from`. On a database with several writers the sums are locked until the end.
    ///
    /// # Errors
    /// When the database fails.
    fn spent(
        &mut self,
        order: &OrderKey,
        buyer: Option<&BuyerId>,
        buyer_from: Instant,
        day_from: Instant,
        except: &GrantId,
    ) -> Result<Spent, StoreError>;

    /// Up to `limit` reserved grants the coupon system has not been asked for, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    fn grants_to_request(&mut self, limit: usize) -> Result<Vec<GrantRow>, StoreError>;

    /// Up to `limit` reserved grants the coupon system was asked for before `before` and has not answered, the one asked
    /// for longest ago first.
    ///
    /// # Errors
    /// When the database fails.
    fn grants_unanswered(&mut self, before: Instant, limit: usize) -> Result<Vec<GrantRow>, StoreError>;

    /// All grants of one order, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    fn grants_of(&mut self, order: &OrderKey) -> Result<Vec<GrantRow>, StoreError>;

    /// Sums by shop, status and currency: count and thousandths.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::type_complexity, reason = "one small table, read in one place")]
    fn grant_totals(
        &mut self,
        merchant: Option<&MerchantId>,
    ) -> Result<Vec<(MerchantId, GrantStatus, String, u64, i64)>, StoreError>;
}
