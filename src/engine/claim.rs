//! Claims due notices and decides each again from the newest facts, in the same transaction.
//!
//! What is still right is composed and noted as on its way; what is not is withdrawn with the reason. After this
//! transaction stands, the notice may be sent, and only then.

use forewarn_core::Instant;
use forewarn_core::decide::{Decision, Due, Suppression};
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::Why;
use forewarn_core::order::Order;

use super::judge::{Bench, Dossier};
use super::{Engine, Record, compose, grants, record, wake};
use crate::store::port::{GrantRow, NoticeRow, NoticeState, OrderRow};
use crate::store::{StoreError, Tx};

/// What a claim step did.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// Notices to send now, noted as on their way.
    pub ready: Vec<NoticeRow>,
    /// What was withdrawn.
    pub records: Vec<Record>,
    /// How many notices were taken up; fewer than asked for means none is left.
    pub looked_at: usize,
}

/// Who claims, and for how long in real time.
#[derive(Clone, Debug)]
pub struct Lease {
    /// A random token that every later write must present.
    pub token: String,
    /// The real time now.
    pub real_now: Instant,
    /// Until when the lease holds.
    pub until: Instant,
}

impl Engine {
    /// Claims up to `limit` notices due at `now`.
    ///
    /// # Errors
    /// When the store fails; then nothing was claimed.
    pub fn claim(&self, tx: &mut dyn Tx, now: Instant, limit: usize, lease: &Lease) -> Result<Claimed, StoreError> {
        let bench = Bench::set_up(self, tx, now)?;
        let rows = tx.notices_claim(now, lease.real_now, limit, &lease.token, lease.until)?;
        let mut claimed = Claimed { looked_at: rows.len(), ..Claimed::default() };
        for notice in rows {
            decide_again(&bench, tx, notice, lease, &mut claimed)?;
        }
        Ok(claimed)
    }
}

fn decide_again(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    mut notice: NoticeRow,
    lease: &Lease,
    claimed: &mut Claimed,
) -> Result<(), StoreError> {
    let found = tx.orders_load(std::slice::from_ref(&notice.order))?.into_iter().flatten().next();
    let Some(mut row) = found.filter(|row| row.parked.is_none()) else {
        notice.outcome = Some("its order is set aside".into());
        return close(tx, &mut notice, lease, NoticeState::Withdrawn, bench.now);
    };
    let dossier = bench.judge(tx, &row)?;
    let Some(decision) = &dossier.decision else {
        row.parked = Some("a rule panicked while the order was decided".into());
        tx.orders_save(std::slice::from_ref(&row))?;
        return close(tx, &mut notice, lease, NoticeState::Withdrawn, bench.now);
    };
    row.wake_at = next_look(&row, decision, bench.now);
    match decision.due.iter().find(|due| due.key == notice.key) {
        Some(due) => send(bench, tx, &mut row, &dossier, due, &mut notice, lease, claimed)?,
        None => withdraw(bench, tx, &mut row, &dossier, decision, &mut notice, lease, claimed)?,
    }
    tx.orders_save(std::slice::from_ref(&row))
}

/// Anything the decision finds beside the claimed notice is the wake's to write down, at once.
fn next_look(row: &OrderRow, decision: &Decision, now: Instant) -> Option<Instant> {
    let news = decision.due.iter().any(|due| row.told.find(&due.key).is_none()) || !decision.suppressed.is_empty();
    if news { Some(now) } else { decision.wake_at }
}

#[expect(clippy::too_many_arguments, reason = "one step of one notice, called from one place")]
fn send(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    dossier: &Dossier,
    due: &Due,
    notice: &mut NoticeRow,
    lease: &Lease,
    claimed: &mut Claimed,
) -> Result<(), StoreError> {
    let grant = tx.grant_load(&record::grant_id(&due.key))?.filter(is_tellable);
    let composed = compose::compose(bench, &dossier.order, &dossier.policy, &row.told, due, grant.as_ref());
    match composed {
        Ok(composed) => {
            row.told.withdraw(&due.key);
            row.told.said.push(due.said(bench.now));
            notice.composed = Some(composed);
            notice.attempts += 1;
            close(tx, notice, lease, NoticeState::Sending, bench.now)?;
            claimed.ready.push(notice.clone());
        }
        Err(error) => {
            tracing::error!(notice.id = %notice.notice_id, error = %error, "a notice could not be written; mend its template");
            notice.outcome = Some(error.to_string());
            row.told.settle(&notice.key, forewarn_core::decide::Saying::Failed, bench.now);
            claimed.records.extend(grants::release(tx, &notice.key, "failed", bench.now)?);
            close(tx, notice, lease, NoticeState::Failed, bench.now)?;
        }
    }
    Ok(())
}

/// A grant may be told once it is set aside or given; one that a person or the coupon system may still refuse is not.
fn is_tellable(grant: &GrantRow) -> bool {
    matches!(grant.status, GrantStatus::Reserved | GrantStatus::Granted)
}

#[expect(clippy::too_many_arguments, reason = "one step of one notice, called from one place")]
fn withdraw(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    dossier: &Dossier,
    decision: &Decision,
    notice: &mut NoticeRow,
    lease: &Lease,
    claimed: &mut Claimed,
) -> Result<(), StoreError> {
    row.told.withdraw(&notice.key);
    let own = decision.suppressed.iter().find(|s| s.key == notice.key).cloned();
    let held = decision.held.contains(&notice.key);
    let suppression = match own {
        None if held => None,
        None => Some(outdated(notice, &dossier.order, decision)),
        some => some,
    };
    if let Some(suppression) = suppression {
        let why = suppression.why;
        notice.outcome = Some(why.as_str().into());
        claimed.records.extend(grants::release(tx, &notice.key, why.as_str(), bench.now)?);
        if !row.told.suppressed.contains(&(notice.key.clone(), why)) {
            let line = wake::suppress(bench, tx, row, &dossier.order, &dossier.policy, suppression)?;
            claimed.records.push(line);
        }
    }
    close(tx, notice, lease, NoticeState::Withdrawn, bench.now)
}

/// Why a notice that was due when it was decided is not due any more.
fn outdated(notice: &NoticeRow, order: &Order, decision: &Decision) -> Suppression {
    let arrived = order.parcels.iter().any(|p| p.delivered_at.is_some());
    let why = if order.cancelled_at.is_some() {
        Why::Cancelled
    } else if order.handed_over_at().is_some() && arrived {
        Why::Delivered
    } else if !order.is_open() {
        Why::Shipped
    } else {
        Why::Stale
    };
    Suppression {
        kind: notice.kind,
        key: notice.key.clone(),
        parcel_id: None,
        why,
        because: decision.because.clone(),
        would: None,
    }
}

fn close(
    tx: &mut dyn Tx,
    notice: &mut NoticeRow,
    lease: &Lease,
    state: NoticeState,
    now: Instant,
) -> Result<(), StoreError> {
    notice.state = state;
    notice.updated_at = now;
    // The claim was made in this very transaction, so the token still holds.
    tx.notice_save(notice, &lease.token)?;
    Ok(())
}
