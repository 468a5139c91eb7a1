//! Orders and when to look at them.

use forewarn_core::cause::Cause;
use forewarn_core::decide::{Preferences, Told};
use forewarn_core::event::Scope;
use forewarn_core::facts::Facts;
use forewarn_core::ids::{BuyerId, Campaign, Carrier, MerchantId, Region, Sku, WarehouseId};
use forewarn_core::policy::Ppm;
use forewarn_core::{BuyerKey, Instant, OrderKey};

use crate::store::StoreError;

/// One order as the store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRow {
    /// Which order.
    pub key: OrderKey,
    /// What is known of it.
    pub facts: Facts,
    /// What was told about it.
    pub told: Told,
    /// When to decide again; `None`: only an event can change anything.
    pub wake_at: Option<Instant>,
    /// Why it is set aside: it broke an invariant and waits for a person. A parked order is never woken.
    pub parked: Option<String>,
    /// What it is found by.
    pub index: OrderIndex,
}

impl OrderRow {
    /// The newest event in it or word about it: its age when old rows are deleted.
    pub fn touched_at(&self) -> Instant {
        let heard = self.facts.entries().last().map(|e| e.stamp.time);
        let said = self.told.said.iter().map(|s| s.at).max();
        heard.max(said).unwrap_or(Instant::from_ms(0))
    }
}

/// What orders are found and listed by, derived from facts and the newest decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderIndex {
    /// Who buys.
    pub buyer_id: Option<BuyerId>,
    /// Where it leaves from.
    pub warehouse_id: Option<WarehouseId>,
    /// The campaign it came from.
    pub campaign: Option<Campaign>,
    /// The country and region it goes to.
    pub regions: Vec<Region>,
    /// Carriers of its parcels.
    pub carriers: Vec<Carrier>,
    /// Articles of its open lines.
    pub open_skus: Vec<Sku>,
    /// Whether it was paid and something is still to be shipped.
    pub open: bool,
    /// When it was paid.
    pub paid_at: Option<Instant>,
    /// The promised ship time, by the newest decision.
    pub ship_by: Option<Instant>,
    /// The chance to miss it, by the newest decision.
    pub risk: Option<Ppm>,
    /// Whether its promise is in danger, by the newest decision.
    pub at_risk: bool,
    /// The date that would be quoted, by the newest decision.
    pub quote: Option<Instant>,
    /// The cause, by the newest decision.
    pub cause: Option<Cause>,
    /// When everything was handed over.
    pub handed_over_at: Option<Instant>,
    /// How often the buyer asked about it.
    pub chases: u32,
}

/// Orders, buyers' wishes, signs of life of warehouses.
pub trait OrderStore {
    /// The orders of `keys`, in the same order; `None` where there is none.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn orders_load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError>;

    /// Inserts or replaces orders.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_save(&mut self, rows: &[OrderRow]) -> Result<(), StoreError>;

    /// Up to `limit` orders that are not parked with `wake_at <= now`, ascending by (wake_at, merchant, order). On a
    /// database with several writers the rows are locked and rows locked by others are skipped. An order that cannot be
    /// read is parked with [`unreadable`](crate::store::unreadable) as its reason, and the others come.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderRow>, StoreError>;

    /// Sets an order aside for the given reason without reading it; whether there is such an order.
    ///
    /// # Errors
    /// When the database fails.
    fn order_park(&mut self, key: &OrderKey, why: &str) -> Result<bool, StoreError>;

    /// Takes an order up again that was set aside, to be looked at at `at`, without reading it; whether it was.
    ///
    /// # Errors
    /// When the database fails.
    fn order_unpark(&mut self, key: &OrderKey, at: Instant) -> Result<bool, StoreError>;

    /// How many orders are set aside.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_parked(&mut self) -> Result<u64, StoreError>;

    /// The earliest `wake_at` of an order that is not parked.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_next_wake(&mut self) -> Result<Option<Instant>, StoreError>;

    /// How many orders that are not parked have `wake_at < before`.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_overdue(&mut self, before: Instant) -> Result<u64, StoreError>;

    /// Sets `wake_at` to `at`, where it is later or absent, for up to `limit` orders in `scope` (fields ANDed; an
    /// article matches open lines; an empty scope is every open order) with a key above `after`, ascending by key.
    /// Touches only orders that are open or whose parcels are on their way (a `carrier` scope). Gives the last key
    /// touched, `None` when no further order is in scope.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_rewake(
        &mut self,
        scope: &Scope,
        at: Instant,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Option<OrderKey>, StoreError>;

    /// The clock was set back to `now`, so later moments may have been set by a wrong one: orders that are not open (those
    /// that are, are a sweep's part) and pending notices that wait for one are due now, and no lease of a notice on its
    /// way holds for longer than [`LEASE_MAX`](super::LEASE_MAX).
    ///
    /// # Errors
    /// When the database fails.
    fn timers_cut(&mut self, now: Instant) -> Result<(), StoreError>;

    /// Up to `limit` keys of orders of `merchant_id` and `buyer_id`, newest payment first.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError>;

    /// Up to `limit` keys of orders of `merchant_id` and `buyer_id` that are open and not parked, oldest payment
    /// first, then by order.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_open_of_buyer(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<OrderKey>, StoreError>;

    /// A buyer's wishes; empty when none are known.
    ///
    /// # Errors
    /// When the database fails.
    fn preferences_load(&mut self, buyer: &BuyerKey) -> Result<Preferences, StoreError>;

    /// Keeps a buyer's wishes.
    ///
    /// # Errors
    /// When the database fails.
    fn preferences_save(&mut self, buyer: &BuyerKey, preferences: &Preferences) -> Result<(), StoreError>;

    /// Moves the newest word of warehouses forward to the given moments.
    ///
    /// # Errors
    /// When the database fails.
    fn warehouses_spoke(&mut self, words: &[(MerchantId, WarehouseId, Instant)]) -> Result<(), StoreError>;

    /// The newest word of a shop's warehouse on any order.
    ///
    /// # Errors
    /// When the database fails.
    fn warehouse_spoke_at(
        &mut self,
        merchant: &MerchantId,
        warehouse: &WarehouseId,
    ) -> Result<Option<Instant>, StoreError>;

    /// Since when notices of `merchant` may be sent; set to `now` at the first call for that shop.
    ///
    /// # Errors
    /// When the database fails.
    fn live_since(&mut self, merchant: &MerchantId, now: Instant) -> Result<Instant, StoreError>;

    /// A fingerprint of all order facts, independent of the order in which they came, with the number of orders and
    /// of kept events.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn facts_digest(&mut self) -> Result<(String, u64, u64), StoreError>;
}
