//! The life of a grant: reserved with its notice, answered by the coupon system, released when it is not needed.

use forewarn_core::decide::Due;
use forewarn_core::event::{GrantAnswer, GrantResult};
use forewarn_core::grant::{GrantStatus, MERGED, Proposal, Spent, Stake, currency_of, propose, standing};
use forewarn_core::ids::GrantId;
use forewarn_core::order::Order;
use forewarn_core::policy::Policy;
use forewarn_core::{Instant, Span};

use super::record::{GrantRecord, grant_id};
use super::{Record, desk};
use crate::store::port::GrantRow;
use crate::store::{StoreError, Tx};

/// The span over which a buyer's compensation is summed (contract: 30 days).
const BUYER_SPAN: Span = Span::hours(30 * 24);

/// What a person found in the coupon system about a request without an answer.
#[derive(Clone, Debug)]
pub enum GrantFate {
    /// It knows the grant; this is what it would have answered.
    Answered(GrantResult),
    /// It was never asked; the request is to leave again.
    NeverAsked,
}

/// A notice and what its compensation is decided by.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) due: &'a Due,
    pub(super) order: &'a Order,
    pub(super) policy: &'a Policy,
}

impl Wish<'_> {
    /// What the ladder gives, were so much spent already.
    fn after(&self, spent: Spent) -> Option<Proposal> {
        let Self { due, order, policy } = self;
        let rules = &policy.compensation;
        due.breaks_promise().then(|| propose(rules, spent, currency_of(order), due.kind, due.cause, due.delay()))?
    }

    fn spent(&self, tx: &mut dyn Tx, now: Instant) -> Result<Spent, StoreError> {
        let buyer = self.order.buyer.as_ref().map(|b| &b.buyer_id);
        let (day_from, _) = self.policy.quiet_hours.zone.day(now);
        tx.spent(&self.order.key, buyer, now - BUYER_SPAN, day_from, &grant_id(&self.due.key))
    }

    fn enter(&self, tx: &mut dyn Tx, proposal: &Proposal, now: Instant) -> Result<Record, StoreError> {
        let row = GrantRow {
            grant_id: grant_id(&self.due.key),
            order: self.order.key.clone(),
            buyer_id: self.order.buyer.as_ref().map(|b| b.buyer_id.clone()),
            notice_key: self.due.key.clone(),
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
        Ok(Record::Grant(GrantRecord::new(&row)))
    }
}

/// Reserves what the ladder gives for a notice that has just become due. A grant that stands already is kept. Where
/// one of `rivals`, the grants of notices told in the same message, stands for this notice too, its own is refused as
/// merged; a smaller one that the coupon system was not asked for gives way to it instead.
pub(super) fn reserve(
    tx: &mut dyn Tx,
    wish: Wish<'_>,
    rivals: &[GrantRow],
    now: Instant,
) -> Result<Vec<Record>, StoreError> {
    let Some(most) = wish.after(Spent::default()) else { return Ok(Vec::new()) };
    let known = tx.grant_load(&grant_id(&wish.due.key))?;
    let merged = known.as_ref().is_some_and(gave_way);
    let refused = known.as_ref().is_some_and(|g| g.status == GrantStatus::Refused);
    if known.is_some_and(|g| g.status != GrantStatus::Released) && !merged {
        return Ok(Vec::new());
    }
    // What the rules refuse for itself takes nobody's place.
    let rivals = if most.status == GrantStatus::Refused { &[] } else { rivals };
    let mut stakes: Vec<Stake> = rivals.iter().map(stake).collect();
    stakes.push(Stake { money: most.money, asked: false });
    let stands = standing(&stakes);
    let mut records = make_way(tx, rivals, &stands, now)?;
    if stands.last() == Some(&true) {
        // One that gave way and would now be refused for itself stays refused; that is on record.
        let proposal = wish.after(wish.spent(tx, now)?).filter(|p| !(refused && p.status == GrantStatus::Refused));
        records.extend(proposal.map(|p| wish.enter(tx, &p, now)).transpose()?);
    } else if !merged {
        let proposal = Proposal { status: GrantStatus::Refused, why: Some(MERGED), ..most };
        records.push(wish.enter(tx, &proposal, now)?);
    }
    Ok(records)
}

/// Sees to it that notices which leave in one message have one compensation: of two that stand one gives way, and
/// where none stands any more, because the notice that had it fell away, those that had given way decide anew.
pub(super) fn share(tx: &mut dyn Tx, wishes: &[Wish<'_>], now: Instant) -> Result<Vec<Record>, StoreError> {
    let live = standing_grants(tx, wishes)?;
    let stakes: Vec<Stake> = live.iter().map(stake).collect();
    let mut records = make_way(tx, &live, &standing(&stakes), now)?;
    for wish in wishes {
        let known = tx.grant_load(&grant_id(&wish.due.key))?;
        if known.as_ref().is_some_and(gave_way) {
            let rivals = standing_grants(tx, wishes)?;
            records.extend(reserve(tx, *wish, &rivals, now)?);
        }
    }
    Ok(records)
}

/// The grant of the notice under `key`, if it counts against the caps.
pub(super) fn standing_grant(tx: &mut dyn Tx, key: &str) -> Result<Option<GrantRow>, StoreError> {
    Ok(tx.grant_load(&grant_id(key))?.filter(|grant| grant.status.is_spent()))
}

fn standing_grants(tx: &mut dyn Tx, wishes: &[Wish<'_>]) -> Result<Vec<GrantRow>, StoreError> {
    let found = wishes.iter().map(|wish| standing_grant(tx, &wish.due.key));
    found.filter_map(Result::transpose).collect()
}

fn stake(grant: &GrantRow) -> Stake {
    let asked = grant.requested_at.is_some() || grant.status == GrantStatus::Granted;
    Stake { money: grant.money, asked }
}

/// Whether another grant of its message stood in its place.
fn gave_way(grant: &GrantRow) -> bool {
    matches!(grant.status, GrantStatus::Released | GrantStatus::Refused) && grant.why.as_deref() == Some(MERGED)
}

fn make_way(tx: &mut dyn Tx, grants: &[GrantRow], stands: &[bool], now: Instant) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for (grant, _) in grants.iter().zip(stands).filter(|(_, stands)| !**stands) {
        records.extend(release(tx, &grant.notice_key, MERGED, now)?);
    }
    Ok(records)
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

/// Takes the coupon system's answer; `None` when there is no such grant, nothing when it changes nothing. Its order may
/// be written: see [`desk::lose`].
pub(super) fn answer(
    tx: &mut dyn Tx,
    id: &GrantId,
    result: &GrantResult,
    now: Instant,
) -> Result<Option<Vec<Record>>, StoreError> {
    let Some(mut row) = tx.grant_load(id)? else { return Ok(None) };
    row.why = result.reason.as_ref().map(ToString::to_string);
    enter_answer(tx, row, result, now).map(Some)
}

/// Enters an answer into `row`; nothing when it changes nothing.
fn enter_answer(
    tx: &mut dyn Tx,
    mut row: GrantRow,
    result: &GrantResult,
    now: Instant,
) -> Result<Vec<Record>, StoreError> {
    let Some(status) = row.status.answered(result.status) else { return Ok(Vec::new()) };
    // One that ran out after it was given was the buyer's to use.
    let is_lost = row.status != GrantStatus::Granted && status != GrantStatus::Granted;
    row.status = status;
    row.code = result.code.as_ref().map(ToString::to_string).or(row.code);
    row.updated_at = now;
    tx.grant_save(&row)?;
    if is_lost {
        desk::lose(tx, &row, now)?;
    }
    Ok(vec![Record::Grant(GrantRecord::new(&row))])
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

    /// The word of the person `author` on a grant the coupon system was asked for and has not answered; their name stays
    /// with it. `None` when there is none such.
    ///
    /// # Errors
    /// When the store fails.
    pub fn grant_resolve(
        &self,
        tx: &mut dyn Tx,
        id: &GrantId,
        fate: &GrantFate,
        author: &str,
        now: Instant,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        let waits = |g: &GrantRow| g.status == GrantStatus::Reserved && g.requested_at.is_some();
        let Some(mut row) = tx.grant_load(id)?.filter(waits) else { return Ok(None) };
        row.why = Some(format!("said by {author}"));
        match fate {
            GrantFate::Answered(result) => enter_answer(tx, row, result, now).map(Some),
            GrantFate::NeverAsked => {
                row.requested_at = None;
                tx.grant_save(&row)?;
                Ok(Some(Vec::new()))
            }
        }
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
