//! Looks at orders whose time has come: decides, reserves, puts into the outbox, learns.

use forewarn_core::Instant;
use forewarn_core::decide::{Due, Saying, Suppression};
use forewarn_core::expedite::{Change, Suggestion, follow};
use forewarn_core::forecast::observe;
use forewarn_core::order::Order;
use forewarn_core::trial;

use super::compose::{Matter, compose};
use super::grants::Wish;
use super::judge::{Bench, Dossier, guarded};
use super::record::{message_id, notice_id};
use super::{Engine, Record, SuppressedRecord, desk, grants, incidents, index, together};
use crate::store::port::{Composed, ExpediteRow, NoticeRow, NoticeState, OrderRow, SuppressionRow};
use crate::store::{StoreError, Tx};

/// Why an order is set aside into whose facts an event cannot be folded.
pub(crate) const UNFOLDABLE: &str = "a rule panicked while an event was folded in";
/// Why an order is set aside whose facts no rule can read.
pub(crate) const UNREADABLE: &str = "a rule panicked while the order was read";
/// Why an order is set aside that no rule can decide.
pub(crate) const UNDECIDABLE: &str = "a rule panicked while the order was decided";

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
        self.watch_clock(tx, now)?;
        let bench = Bench::set_up(self, tx, now)?;
        let rows = tx.orders_due(now, limit)?;
        let mut woken = Woken { orders: rows.len(), ..Woken::default() };
        for mut row in rows {
            match bench.judge(tx, &row)? {
                Some(mut dossier) => apply(&bench, tx, &mut row, &mut dossier, &mut woken)?,
                None => row.parked = Some(UNREADABLE.into()),
            }
            tx.orders_save(std::slice::from_ref(&row))?;
        }
        Ok(woken)
    }
}

fn apply(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    dossier: &mut Dossier,
    woken: &mut Woken,
) -> Result<(), StoreError> {
    let Some(decision) = dossier.decision.take() else {
        row.parked = Some(UNDECIDABLE.into());
        return Ok(());
    };
    let (order, policy) = (&dossier.order, &dossier.policy);
    row.wake_at = decision.wake_at;
    row.index = index::of(order, &row.index);
    index::stand(&mut row.index, &decision.standing);
    let learned = guarded(&row.key, || {
        let mut learned = row.told.learned.clone();
        let (ship_by, asked) = (decision.standing.ship_by, decision.standing.asked.as_ref());
        let seen = observe(order, ship_by, asked, &mut learned, bench.now);
        (seen, learned)
    });
    if let Some((seen, learned)) = learned {
        row.told.learned = learned;
        tx.observations_add(bench.now, &seen)?;
    }
    if let Some(main) = &decision.main {
        row.told.foretold.note(order, main, policy.lead(), bench.now);
    }
    if let Some(past) = row.told.foretold.settle(order, bench.now) {
        tx.past_save(&past)?;
    }
    expedite(bench, tx, row, order, decision.expedite.as_ref())?;
    if let Some(turning) = &decision.turned {
        row.told.turned = Some(turning.version);
        tx.turning_add(turning, bench.settings.incident_of(turning))?;
    }
    row.told.stopped.extend(decision.stopped.iter().cloned());
    let fates = row.told.judge_quotes(order, policy, bench.now);
    if !fates.is_empty() {
        tx.quotes_judged(&row.key.merchant_id, &fates)?;
    }
    desk::review(bench, tx, row, dossier, &decision)?;
    for suppression in decision.suppressed {
        // What lies in the outbox is decided again by its claim, which knows whether it left.
        if row.told.find(&suppression.key).is_some_and(|said| said.state == Saying::Pending) {
            continue;
        }
        woken.records.push(suppress(bench, tx, row, dossier, suppression)?);
    }
    for due in &decision.due {
        if row.told.find(&due.key).is_none() {
            let wish = Wish { due, order, policy };
            let rivals = together::rivals(bench, tx, wish)?;
            woken.records.extend(grants::reserve(tx, wish, &rivals, bench.now)?);
            tx.notices_add(&[outbox_row(row, due, bench.now)])?;
            row.told.said.push(due.said(bench.now));
            woken.enqueued += 1;
        }
    }
    for (entered, change) in trial::follow(&mut row.told, order, policy, bench.now) {
        tx.trial_count(&row.key.merchant_id, &entered, change)?;
    }
    Ok(())
}

/// Brings the order's place among those the warehouse should take first up to date.
fn expedite(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    order: &Order,
    suggested: Option<&Suggestion>,
) -> Result<(), StoreError> {
    for change in follow(&mut row.told.expedited, order, suggested, bench.now) {
        match change {
            Change::Ended { leave_by, fate } => tx.expedite_end(&row.key, leave_by, fate, bench.now)?,
            Change::Stands(new) => tx.expedite_save(&ExpediteRow {
                order: row.key.clone(),
                leave_by: new.leave_by,
                warehouse_id: order.warehouse_id.clone(),
                motive: new.motive,
                suggested_at: bench.now,
                first_risk: new.risk,
                risk: new.risk,
                worth: new.worth,
                line_ids: new.line_ids,
                held: new.held,
            })?,
        }
    }
    Ok(())
}

/// A notice in the outbox, ready to be claimed.
pub(super) fn outbox_row(row: &OrderRow, due: &Due, now: Instant) -> NoticeRow {
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
    found: &Dossier,
    suppression: Suppression,
) -> Result<Record, StoreError> {
    let would = suppression.would.as_ref();
    let composed = would.and_then(|due| {
        let matter = Matter { order: &found.order, policy: &found.policy, told: &row.told, due, grant: None };
        let write = || compose(bench, &[matter], &message_id(&[&due.key]));
        guarded(&row.key, write).and_then(Result::ok)?.pop()
    });
    incidents::note_held(tx, &found.order, &suppression, bench.now)?;
    write_down(bench, tx, row, suppression, composed)
}

/// Writes a suppression down: in the store, and in the order's memory so that it is not written again.
pub(super) fn write_down(
    bench: &Bench<'_>,
    tx: &mut dyn Tx,
    row: &mut OrderRow,
    suppression: Suppression,
    composed: Option<Composed>,
) -> Result<Record, StoreError> {
    row.told.suppressed.insert((suppression.key.clone(), suppression.why));
    let line = SuppressionRow {
        order: row.key.clone(),
        suppression,
        at: bench.now,
        policy_version: bench.settings.policy.version().to_owned(),
        composed,
    };
    tx.suppressions_add(std::slice::from_ref(&line))?;
    Ok(Record::Suppressed(Box::new(SuppressedRecord::new(&line))))
}
