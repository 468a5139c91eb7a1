//! Deleting what is past its time. The ledger, wishes of buyers and dates since when shops are live stay, and so do
//! the counts of what went: a sum that metrics show never falls.
//!
//! Rows that a step holds are left for the next round. The space of what went is used again by what comes: the table
//! grows to its greatest need and no further, so nothing has to be given back to the disk.

use std::collections::BTreeSet;

use forewarn_core::{Instant, OrderKey};

use super::orders::{Tag, columns, filed, park, unreadable_order, untag};
use super::session::{Session, only, rows};
use crate::store::StoreError;

const PRUNING: &str = "deleting what is past its time";

/// A deletion that counts what it took, by kind and state or reason.
macro_rules! prune {
    ($what:literal, $from:literal, $kind:literal, $detail:literal) => {
        concat!(
            "WITH gone AS (DELETE FROM ",
            $from,
            " RETURNING ",
            $kind,
            " AS kind, ",
            $detail,
            " AS detail),
            counted AS (INSERT INTO pruned (what, kind, detail, n)
                SELECT '",
            $what,
            "', kind, detail, count(*) FROM gone GROUP BY kind, detail
                ON CONFLICT (what, kind, detail) DO UPDATE SET n = pruned.n + excluded.n)
            SELECT count(*) FROM gone"
        )
    };
}

pub(super) const NOTICES: &str = prune!(
    "notice",
    "notices WHERE notice_id = ANY(ARRAY(SELECT notice_id FROM notices
        WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND updated_at < $1
        ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    "kind",
    "state"
);
pub(super) const SUPPRESSIONS: &str = prune!(
    "suppression",
    "suppressions WHERE seq = ANY(ARRAY(SELECT seq FROM suppressions WHERE at < $1
        ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    "kind",
    "why"
);
/// A letter goes with the further places it was seen at.
pub(super) const DEAD_LETTERS: &str = "WITH gone AS (DELETE FROM dead_letters WHERE seq = ANY(ARRAY(
        SELECT seq FROM dead_letters WHERE last_at < $1 ORDER BY last_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING seq, reason, seen),
    places AS (DELETE FROM dead_letter_places WHERE letter = ANY(ARRAY(SELECT seq FROM gone))),
    counted AS (INSERT INTO pruned (what, kind, detail, n)
        SELECT 'dead_letter', '', reason, sum(seen) FROM gone GROUP BY reason
        ON CONFLICT (what, kind, detail) DO UPDATE SET n = pruned.n + excluded.n)
    SELECT count(*) FROM gone";
pub(super) const ACTS: &str = "WITH gone AS (DELETE FROM dead_letter_acts WHERE seq = ANY(ARRAY(
        SELECT seq FROM dead_letter_acts WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)
    SELECT count(*) FROM gone";
pub(super) const DAMAGED: &str = "WITH gone AS (DELETE FROM damaged_documents WHERE seq = ANY(ARRAY(
        SELECT seq FROM damaged_documents WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)
    SELECT count(*) FROM gone";
pub(super) const HINDSIGHT: &str = "WITH gone AS (DELETE FROM hindsight WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM hindsight WHERE ship_by < $1 ORDER BY ship_by LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)
    SELECT count(*) FROM gone";
pub(super) const EXPEDITES: &str = "WITH gone AS (DELETE FROM expedites WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM expedites WHERE leave_by < $1 AND fate IS NOT NULL
        ORDER BY leave_by LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)
    SELECT count(*) FROM gone";
pub(super) const TRIALS: &str = "WITH gone AS (DELETE FROM trials WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM trials WHERE day < $1 ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)
    SELECT count(*) FROM gone";
pub(super) const DESK: &str = "WITH gone AS (DELETE FROM desk WHERE desk_id = ANY(ARRAY(
        SELECT desk_id FROM desk WHERE closed_at IS NOT NULL AND closed_at < $1
        ORDER BY closed_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) FROM gone";
/// Incidents that are over and that nobody holds go with their orders.
pub(super) const INCIDENTS: &str = "WITH gone AS (DELETE FROM incidents WHERE incident_id = ANY(ARRAY(
        SELECT incident_id FROM incidents WHERE NOT live AND ended_at < $1 ORDER BY ended_at, incident_id LIMIT $2
        FOR UPDATE SKIP LOCKED)) RETURNING incident_id),
    orders AS (DELETE FROM turnings WHERE incident_id = ANY(ARRAY(SELECT incident_id FROM gone)))
    SELECT count(*) FROM gone";
const JOB_RUNS: &str = "WITH gone AS (DELETE FROM job_runs WHERE (name, due_at) IN (SELECT name, due_at FROM job_runs
    WHERE due_at < $1 AND taken_at < $1 LIMIT $2) RETURNING 1) SELECT count(*) FROM gone";
/// An order at rest: not open, never woken, not set aside, with no notice that may still leave and nothing on the desk.
pub(super) const ORDERS: &str = "SELECT o.merchant_id, o.order_id, open, regions, carriers, skus FROM orders o
    WHERE NOT open AND wake_at IS NULL AND parked IS NULL AND touched_at < $1
    AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.merchant_id = o.merchant_id AND n.order_id = o.order_id
        AND n.state NOT IN ('sent', 'failed', 'unknown', 'withdrawn'))
    AND NOT EXISTS (SELECT 1 FROM desk d WHERE d.merchant_id = o.merchant_id AND d.order_id = o.order_id
        AND d.closed_at IS NULL)
    ORDER BY touched_at LIMIT $2 FOR UPDATE OF o SKIP LOCKED";
const DELETE: &str = "DELETE FROM orders o USING unnest($1::text[], $2::text[]) AS k(merchant_id, order_id)
    WHERE o.merchant_id = k.merchant_id AND o.order_id = k.order_id";

/// Deletes up to `limit` rows from before `before`; gives how many went.
pub(super) fn prune(session: &mut Session<'_>, before: Instant, limit: usize) -> Result<u64, StoreError> {
    session.flush()?;
    let mut gone: u64 = 0;
    for statement in
        [NOTICES, SUPPRESSIONS, DEAD_LETTERS, ACTS, DAMAGED, JOB_RUNS, HINDSIGHT, EXPEDITES, TRIALS, DESK, INCIDENTS]
    {
        let left = rows(limit).saturating_sub_unsigned(gone);
        let went = session.change_returning(PRUNING, statement, &[&before.ms(), &left], only::<i64>)?;
        gone += went.first().copied().map_or(0, i64::unsigned_abs);
    }
    let left = rows(limit).saturating_sub_unsigned(gone);
    Ok(gone + orders(session, before, left)?)
}

fn orders(session: &mut Session<'_>, before: Instant, limit: i64) -> Result<u64, StoreError> {
    let rows = session.all("finding orders at rest", ORDERS, &[&before.ms(), &limit], |f| {
        Ok((f.column::<String>(0)?, f.column::<String>(1)?, filed(f)))
    })?;
    let mut found: Vec<(OrderKey, BTreeSet<Tag>)> = Vec::with_capacity(rows.len());
    for (merchant, order, filed) in rows {
        match filed {
            Ok(filed) => found.push(filed),
            // Its tags cannot be read, so they cannot be found: it stays, set aside, and the others go.
            Err(error) => park(session, &merchant, &order, &unreadable_order(error)?)?,
        }
    }
    if found.is_empty() {
        return Ok(0);
    }
    untag(session, &found)?;
    let (merchants, orders) = columns(found.iter().map(|(key, _)| key));
    session.change(PRUNING, DELETE, &[&merchants, &orders])
}
