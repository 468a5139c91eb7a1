//! Orders that cannot be read: set aside, visibly, so that the others go on; and taken up again after repair.

use forewarn_core::{Instant, OrderKey, Span};

use super::Engine;
use crate::store::port::OrderRow;
use crate::store::{Class, StoreError, Tx, unreadable};

/// How long a notice waits for an order that cannot be read before it is looked at again. Our choice: a person needs
/// that long to repair a row, and what is no longer true by then is withdrawn with its reason.
pub(super) const REPAIR: Span = Span::hours(1);

/// What the store holds of an order.
pub(super) enum Found {
    /// The order.
    Order(Box<OrderRow>),
    /// Nothing is known of it.
    Nothing,
    /// It cannot be read; it is set aside now.
    Damaged,
}

/// Loads one order; one that cannot be read is set aside with that as its reason.
pub(super) fn load(tx: &mut dyn Tx, key: &OrderKey) -> Result<Found, StoreError> {
    match tx.orders_load(std::slice::from_ref(key)) {
        Ok(rows) => Ok(rows.into_iter().flatten().next().map_or(Found::Nothing, |row| Found::Order(Box::new(row)))),
        Err(error) if error.class() == Class::Permanent => {
            tx.order_park(key, &unreadable(&error))?;
            Ok(Found::Damaged)
        }
        Err(error) => Err(error),
    }
}

impl Engine {
    /// Takes an order up again that was set aside, once a person has mended what was wrong: it is read and decided anew
    /// at `now`. Whether it was set aside.
    ///
    /// # Errors
    /// When the store fails, or the order still cannot be read; then it stays set aside.
    pub fn unpark(&self, tx: &mut dyn Tx, key: &OrderKey, author: &str, now: Instant) -> Result<bool, StoreError> {
        tx.orders_load(std::slice::from_ref(key))?;
        let taken_up = tx.order_unpark(key, now)?;
        if taken_up {
            tracing::info!(order.id = %key, by = author, "an order that was set aside is taken up again");
        }
        Ok(taken_up)
    }
}
