//! What comes to the desk and leaves it, in the very step that finds it; and a person's last word on it.

use forewarn_core::Instant;
use forewarn_core::decide::Decision;
use forewarn_core::desk::Lost;
use forewarn_core::ids::DeskId;

use super::aside::{self, Found};
use super::judge::{Bench, Dossier};
use super::{Engine, notice_id};
use crate::store::port::{Closing, DeskRow, GrantRow, NoticeRow, NoticeState, OrderRow, Tenant};
use crate::store::{Class, StoreError, Tx};

/// Enters what `decision` changes on the desk.
pub(super) fn review(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    found: &Dossier,
    decision: &Decision,
) -> Result<(), StoreError> {
    let changes = row.told.review_desk(&found.order, &found.policy, decision, bench.now);
    if changes.is_empty() { Ok(()) } else { tx.desk_change(&row.key, &changes, bench.now) }
}

/// The coupon system does not give `grant`. Where the buyer was told of it, or may be told of it at this moment, its order
/// remembers that and is looked at again. One that nobody was told of is no loss to anybody: its notice goes without.
pub(super) fn lose(tx: &mut dyn Tx, grant: &GrantRow, now: Instant) -> Result<(), StoreError> {
    if !may_be_told(tx, grant)? {
        return Ok(());
    }
    let Found::Order(mut row) = aside::load(tx, &grant.order)? else { return Ok(()) };
    if row.told.lost.iter().all(|lost| lost.grant_id != grant.grant_id) {
        row.told.lost.push(Lost { key: grant.notice_key.clone(), grant_id: grant.grant_id.clone(), at: now });
    }
    row.wake_at = Some(row.wake_at.map_or(now, |at| at.min(now)));
    tx.orders_save(std::slice::from_ref(&*row))
}

fn may_be_told(tx: &mut dyn Tx, grant: &GrantRow) -> Result<bool, StoreError> {
    let names_it = |notice: &NoticeRow| {
        let told = notice.composed.as_ref().and_then(|composed| composed.grant_id.as_deref());
        let left = matches!(notice.state, NoticeState::Sending | NoticeState::Sent | NoticeState::Unknown);
        told == Some(grant.grant_id.as_str()) && (left || notice.is_perhaps_taken())
    };
    match tx.notice_load(&notice_id(&grant.notice_key)) {
        Ok(notice) => Ok(notice.as_ref().is_some_and(names_it)),
        // What it said cannot be read any more; whether it reached the buyer, the order still knows.
        Err(error) if error.class() == Class::Permanent => Ok(true),
        Err(error) => Err(error),
    }
}

impl Engine {
    /// Closes an open entry of the desk with a person's word, if the tenant may; its order brings it back only with
    /// something new. Gives the entry as it was; `None` when there is none that is open.
    ///
    /// # Errors
    /// When the store fails.
    pub fn desk_close(
        &self,
        tx: &mut dyn Tx,
        tenant: Tenant<'_>,
        id: &DeskId,
        closing: &Closing,
    ) -> Result<Option<DeskRow>, StoreError> {
        let Some(entry) = tx.desk_load(tenant, id)?.filter(|entry| entry.closed.is_none()) else { return Ok(None) };
        // The order first, as a look at it does: it may close the same entry at this moment.
        let order = aside::load(tx, &entry.order)?;
        if !tx.desk_close(tenant, id, closing)? {
            return Ok(None);
        }
        if let Found::Order(mut row) = order {
            row.told.settle_desk(entry.matter, &entry.about, entry.number);
            tx.orders_save(std::slice::from_ref(&*row))?;
        }
        Ok(Some(entry))
    }
}
