//! Orders that turned at risk, what is usual of them, and incidents.

use forewarn_core::event::Scope;
use forewarn_core::ids::MerchantId;
use forewarn_core::incident::{Facet, Incident, IncidentId, Turning};
use forewarn_core::{Instant, OrderKey};

use super::Tenant;
use crate::store::StoreError;

/// How many orders of an incident stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IncidentSum {
    /// Orders that turned at risk because of it, or were held back by it.
    pub orders: u64,
    /// Those that are still to be shipped.
    pub open: u64,
    /// Those whose buyers were told of a delay since.
    pub told: u64,
    /// Those of which a notice is held back, and none went out since.
    pub held: u64,
    /// When the last of them came to it.
    pub last: Option<Instant>,
}

/// One order of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentOrder {
    /// Which order.
    pub key: OrderKey,
    /// When it came to the incident.
    pub at: Instant,
    /// Whether something of it is still to be shipped.
    pub open: bool,
    /// Whether its buyer was told of a delay since.
    pub told: bool,
    /// Whether a notice of it is held back and none went out since.
    pub held: bool,
}

/// Turnings and incidents. An order has one turning, the newest.
pub trait IncidentStore {
    /// Keeps that an order turned at risk, and the incident it belongs to, in place of what was known of it.
    ///
    /// # Errors
    /// When the database fails.
    fn turning_add(&mut self, turning: &Turning, incident: Option<IncidentId>) -> Result<(), StoreError>;

    /// Keeps that a notice of the order was held back by `incident` at `turning.at`; it is counted as no turning of its
    /// own.
    ///
    /// # Errors
    /// When the database fails.
    fn turning_hold(&mut self, turning: &Turning, incident: IncidentId) -> Result<(), StoreError>;

    /// When the oldest turning was that is not counted yet.
    ///
    /// # Errors
    /// When the database fails.
    fn turnings_oldest(&mut self) -> Result<Option<Instant>, StoreError>;

    /// Keeps everybody else from counting until this transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    fn turnings_lock(&mut self) -> Result<(), StoreError>;

    /// Turnings from before `tick` that are not counted yet, ascending by order.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn turnings_uncounted(&mut self, tick: Instant) -> Result<Vec<Turning>, StoreError>;

    /// Notes that the turnings of `keys` are counted at `tick`, and adds `counts`, by shop and facet, to that tick.
    ///
    /// # Errors
    /// When the database fails.
    fn turnings_count(
        &mut self,
        tick: Instant,
        keys: &[OrderKey],
        counts: &[(MerchantId, Facet, u64)],
    ) -> Result<(), StoreError>;

    /// Turnings of `merchant` counted after `since` that belong to no incident, ascending by order.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn turnings_free(&mut self, merchant: &MerchantId, since: Instant) -> Result<Vec<Turning>, StoreError>;

    /// How many turned before each tick after `since`, ascending; ticks without any are left out.
    ///
    /// # Errors
    /// When the database fails.
    fn turnings_usual(
        &mut self,
        merchant: &MerchantId,
        facet: &Facet,
        since: Instant,
    ) -> Result<Vec<(Instant, u64)>, StoreError>;

    /// Gives the orders `keys` to `incident`.
    ///
    /// # Errors
    /// When the database fails.
    fn turnings_join(&mut self, keys: &[OrderKey], incident: IncidentId) -> Result<(), StoreError>;

    /// Deletes turnings that were counted by `free` and belong to no incident, and counts of ticks by `usual`.
    ///
    /// # Errors
    /// When the database fails.
    fn turnings_forget(&mut self, free: Instant, usual: Instant) -> Result<(), StoreError>;

    /// How many open orders are in `scope`.
    ///
    /// # Errors
    /// When the database fails.
    fn orders_open_in(&mut self, scope: &Scope) -> Result<u64, StoreError>;

    /// Inserts or replaces an incident. What steers notices may have changed: see
    /// [`settings_version`](super::SettingsStore::settings_version).
    ///
    /// # Errors
    /// When the database fails.
    fn incident_save(&mut self, incident: &Incident) -> Result<(), StoreError>;

    /// The incident `id`, if `tenant` may see it.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn incident_load(&mut self, tenant: Tenant<'_>, id: IncidentId) -> Result<Option<Incident>, StoreError>;

    /// Incidents that go on or are held, the newest first, then by id.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn incidents_live(&mut self) -> Result<Vec<Incident>, StoreError>;

    /// Up to `limit` of the others, the newest first, then by id.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn incidents_over(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<Incident>, StoreError>;

    /// How the orders of `incident` stand.
    ///
    /// # Errors
    /// When the database fails.
    fn incident_sum(&mut self, incident: IncidentId) -> Result<IncidentSum, StoreError>;

    /// Up to `limit` of its orders with a key above `after`, ascending.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn incident_orders(
        &mut self,
        incident: IncidentId,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<IncidentOrder>, StoreError>;
}
