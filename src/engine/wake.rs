//! Looks at orders whose time has come: decides, reserves, puts into the outbox, learns.

use forewarn_core::Instant;
use forewarn_core::decide::{Due, Suppression};
use forewarn_core::forecast::observe;

use super::judge::{Bench, Dossier, guarded};
use super::record::notice_id;
use super::{Engine, Record, SuppressedRecord, grants, index};
use crate::store::port::{NoticeRow, NoticeState, OrderRow, SuppressionRow};
use crate::store::{StoreError, Tx};

/// What a wake step did.
#[derive(Clone, Debug, Default)]
pub struct Woken {
    /// How many orders were looked at; fewer than asked for means none is left.
    pub orders: usize,
    /// What was suppressed or reserved.
    pub records: Vec<Record>,
    /// How many notices went into the outbox.
    pub enqueued: usize,
}

impl Engine {
    /// Looks at up to `limit` orders that are due at `now`.
    ///
    /// # Errors
    /// When the store fails; then nothing of the step stands.
    pub fn wake(&self, tx: &mut dyn Tx, now: Instant, limit: usize) -> Result<Woken, StoreError> {
        let bench = Bench::set_up(self, tx, now)?;
        let rows = tx.orders_due(now, limit)?;
        let mut woken = Woken { orders: rows.len(), ..Woken::default() };
        for mut row in rows {
            let dossier = bench.judge(tx, &row)?;
            apply(&bench, tx, &mut row, dossier, &mut woken)?;
            tx.orders_save(std::slice::from_ref(&row))?;
        }
        Ok(woken)
    }
}

fn apply(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    dossier: Dossier,
    woken: &mut Woken,
) -> Result<(), StoreError> {
    let Some(decision) = dossier.decision else {
        row.parked = Some("a rule panicked while the order was decided".into());
        return Ok(());
    };
    let (order, policy) = (&dossier.order, &dossier.policy);
    row.wake_at = decision.wake_at;
    row.index = index::of(order, &row.index);
    index::stand(&mut row.index, &decision.standing);
    let learned = guarded(&row.key, || {
        let mut learned = row.told.learned.clone();
        let seen = observe(order, decision.standing.ship_by, &mut learned, bench.now);
        (seen, learned)
    });
    if let Some((seen, learned)) = learned {
        row.told.learned = learned;
        tx.observations_add(bench.now, &seen)?;
    }
    for suppression in decision.suppressed {
        woken.records.push(suppress(bench, tx, row, order, policy, suppression)?);
    }
    for due in &decision.due {
        if row.told.find(&due.key).is_none() {
            woken.records.extend(grants::reserve(tx, due, order, policy, bench.now)?);
            tx.notices_add(&[outbox_row(row, due, bench.now)])?;
            row.told.said.push(due.said(bench.now));
            woken.enqueued += 1;
        }
    }
    Ok(())
}

fn outbox_row(row: &OrderRow, due: &Due, now: Instant) -> NoticeRow {
    NoticeRow {
        notice_id: notice_id(&due.key),
        key: due.key.clone(),
        order: row.key.clone(),
        buyer_id: row.index.buyer_id.clone(),
        kind: due.kind,
        state: NoticeState::Ready,
        created_at: now,
        due_at: now,
        attempts: 0,
        lease_token: None,
        lease_until: None,
        updated_at: now,
        sent_at: None,
        composed: None,
        outcome: None,
        feedback: None,
    }
}

/// Writes a suppression down, with what would have been said when only shadow mode held it back.
pub(super) fn suppress(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    order: &forewarn_core::order::Order,
    policy: &forewarn_core::policy::Policy,
    suppression: Suppression,
) -> Result<Record, StoreError> {
    row.told.suppressed.insert((suppression.key.clone(), suppression.why));
    let composed = match &suppression.would {
        Some(due) => Some(super::compose::compose(bench, order, policy, &row.told, due, None)),
        None => None,
    };
    let line = SuppressionRow {
        order: row.key.clone(),
        suppression,
        at: bench.now,
        policy_version: bench.settings.policy.version().to_owned(),
        composed: composed.and_then(Result::ok),
    };
    tx.suppressions_add(std::slice::from_ref(&line))?;
    Ok(Record::Suppressed(Box::new(SuppressedRecord::new(&line))))
}
