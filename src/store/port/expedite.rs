//! Orders the warehouse should take first, and what came of them.

use forewarn_core::expedite::{Fate, Motive};
use forewarn_core::ids::{LineId, WarehouseId};
use forewarn_core::money::Money;
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey};

use super::Tenant;
use crate::store::StoreError;

/// One order in the queue of its shop and warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpediteRow {
    /// Which order.
    pub order: OrderKey,
    /// The moment by which it has to leave; with the order it names the row.
    pub leave_by: Instant,
    /// Where it leaves from.
    pub warehouse_id: Option<WarehouseId>,
    /// Why it should go first.
    pub motive: Motive,
    /// When it was first suggested; later words about the same row do not move it.
    pub suggested_at: Instant,
    /// The chance to miss `leave_by` when it was first suggested; kept likewise.
    pub first_risk: Ppm,
    /// The same by the newest look.
    pub risk: Ppm,
    /// What taking it first is worth.
    pub worth: Money,
    /// The lines meant; empty: all that are open.
    pub line_ids: Vec<LineId>,
    /// Whether it is listed and not told to anybody, as in shadow mode.
    pub held: bool,
}

/// What came of suggestions, from some moment on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpediteEffect {
    /// Orders in the queue now.
    pub open: u64,
    /// Left in time.
    pub saved: u64,
    /// Did not.
    pub missed: u64,
    /// Of those two, the sum of the chances to miss foretold when they were suggested, in parts per million: what would
    /// have been missed had nobody done anything.
    pub expected_missed_ppm: u64,
}

/// The queue and its history.
pub trait ExpediteStore {
    /// Puts an order into the queue, or brings its place up to date.
    ///
    /// # Errors
    /// When the database fails.
    fn expedite_save(&mut self, row: &ExpediteRow) -> Result<(), StoreError>;

    /// Notes what came of an order that had to leave by `leave_by`.
    ///
    /// # Errors
    /// When the database fails.
    fn expedite_end(&mut self, order: &OrderKey, leave_by: Instant, fate: Fate, at: Instant) -> Result<(), StoreError>;

    /// Up to `limit` orders of the queues with their ranks within shop and warehouse, from 1: first those ranked first,
    /// then by the moment they have to leave by. The greatest worth ranks first, then the earliest moment.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn expedite_queue(
        &mut self,
        tenant: Tenant<'_>,
        warehouse: Option<&WarehouseId>,
        limit: usize,
    ) -> Result<Vec<(u64, ExpediteRow)>, StoreError>;

    /// Up to `limit` orders of the queues, with their ranks, that were not published or only for another reason.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn expedites_to_publish(&mut self, limit: usize) -> Result<Vec<(u64, ExpediteRow)>, StoreError>;

    /// Notes that these were published; one that has another motive by now is published again.
    ///
    /// # Errors
    /// When the database fails.
    fn expedites_published(&mut self, rows: &[ExpediteRow]) -> Result<(), StoreError>;

    /// What came of the orders that had to leave at `since` or later, and how many wait.
    ///
    /// # Errors
    /// When the database fails.
    fn expedite_effect(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<ExpediteEffect, StoreError>;
}
