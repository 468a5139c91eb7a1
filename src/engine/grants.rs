//! The life of a grant: reserved with its notice, answered by the coupon system, released when it is not needed.

use forewarn_core::decide::Due;
use forewarn_core::event::{GrantAnswer, GrantResult};
use forewarn_core::grant::{GrantStatus, Spent, currency_of, propose};
use forewarn_core::ids::GrantId;
use forewarn_core::order::Order;
use forewarn_core::policy::Policy;
use forewarn_core::{Instant, Span};

use super::Record;
use super::record::{GrantRecord, grant_id};
use crate::store::port::GrantRow;
use crate::store::{StoreError, Tx};

/// The span over which a buyer's compensation is summed (contract: 30 days).
const BUYER_SPAN: Span = Span::hours(30 * 24);

/// Reserves what the ladder gives for a notice that has just become due. A grant that stands already is kept.
pub(super) fn reserve(
    tx: &mut dyn Tx,
    due: &Due,
    order: &Order,
    policy: &Policy,
    now: Instant,
) -> Result<Option<Record>, StoreError> {
    let wanted = |spent| propose(&policy.compensation, spent, currency_of(order), due.kind, due.cause, due.delay());
    if wanted(Spent::default()).is_none() {
        return Ok(None);
    }
    let id = grant_id(&due.key);
    let known = tx.grant_load(&id)?;
    if known.as_ref().is_some_and(|g| g.status != GrantStatus::Released) {
        return Ok(None);
    }
    let buyer = order.buyer.as_ref().map(|b| &b.buyer_id);
    let (day_from, _) = policy.quiet_hours.zone.day(now);
    let spent = tx.spent(&order.key, buyer, now - BUYER_SPAN, day_from, &id)?;
    let Some(proposal) = wanted(spent) else { return Ok(None) };
    let row = GrantRow {
        grant_id: id,
        order: order.key.clone(),
        buyer_id: buyer.cloned(),
        notice_key: due.key.clone(),
        money: proposal.money,
        status: proposal.status,
        why: proposal.why.map(str::to_owned),
        code: None,
        // One that was released and is needed after all is spent today, not when it was first thought of.
        created_at: now,
        updated_at: now,
        requested_at: None,
    };
    tx.grant_save(&row)?;
    Ok(Some(Record::Grant(GrantRecord::new(&row))))
}

/// Gives a reserved grant free again, because its notice does not go out. One the coupon system has given stays.
pub(super) fn release(tx: &mut dyn Tx, key: &str, why: &str, now: Instant) -> Result<Option<Record>, StoreError> {
    let Some(mut row) = tx.grant_load(&grant_id(key))? else { return Ok(None) };
    if !matches!(row.status, GrantStatus::Reserved | GrantStatus::NeedsApproval) {
        return Ok(None);
    }
    row.status = GrantStatus::Released;
    row.why = Some(why.into());
    row.updated_at = now;
    tx.grant_save(&row)?;
    Ok(Some(Record::Grant(GrantRecord::new(&row))))
}

/// Takes the coupon system's answer; `None` when there is no such grant, nothing when it changes nothing.
pub(super) fn answer(
    tx: &mut dyn Tx,
    id: &GrantId,
    result: &GrantResult,
    now: Instant,
) -> Result<Option<Vec<Record>>, StoreError> {
    let Some(mut row) = tx.grant_load(id)? else { return Ok(None) };
    let Some(status) = row.status.answered(result.status) else { return Ok(Some(Vec::new())) };
    row.status = status;
    row.why = result.reason.as_ref().map(ToString::to_string);
    row.code = result.code.as_ref().map(ToString::to_string).or(row.code);
    row.updated_at = now;
    tx.grant_save(&row)?;
    Ok(Some(vec![Record::Grant(GrantRecord::new(&row))]))
}

impl super::Engine {
    /// Takes out up to `limit` grants the coupon system is to be asked for, marked as asked.
    ///
    /// # Errors
    /// When the store fails.
    pub fn grant_requests(&self, tx: &mut dyn Tx, now: Instant, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let mut rows = tx.grants_to_request(limit)?;
        for row in &mut rows {
            row.requested_at = Some(now);
            tx.grant_save(row)?;
        }
        Ok(rows)
    }

    /// Answers up to `limit` requests as a coupon system that always gives, for `simulate` and `demo`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn grant_at_once(&self, tx: &mut dyn Tx, now: Instant, limit: usize) -> Result<Vec<Record>, StoreError> {
        let given = GrantResult { status: GrantAnswer::Granted, code: None, reason: None };
        let mut records = Vec::new();
        for row in self.grant_requests(tx, now, limit)? {
            records.extend(answer(tx, &row.grant_id, &given, now)?.unwrap_or_default());
        }
        Ok(records)
    }

    /// A person's word on a grant that needs approval; `None` when there is none that waits.
    ///
    /// # Errors
    /// When the store fails.
    pub fn grant_decide(
        &self,
        tx: &mut dyn Tx,
        id: &GrantId,
        approved: bool,
        now: Instant,
    ) -> Result<Option<Record>, StoreError> {
        let waits = tx.grant_load(id)?.filter(|g| g.status == GrantStatus::NeedsApproval);
        let Some(mut row) = waits else { return Ok(None) };
        row.status = if approved { GrantStatus::Reserved } else { GrantStatus::Refused };
        row.why = (!approved).then(|| "not approved".into());
        row.updated_at = now;
        tx.grant_save(&row)?;
        Ok(Some(Record::Grant(GrantRecord::new(&row))))
    }
}
