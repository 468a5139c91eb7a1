//! Deleting what is past its time. The ledger, wishes of buyers and dates since when shops are live stay, and so do
//! the counts of what went: a sum that metrics show never falls.

use forewarn_core::Instant;
use rusqlite::params;

use super::orders::{order_key, park, remove_tags, unreadable_order};
use super::session::{Session, rows};
use crate::store::StoreError;

/// Pages given back to the disk at once, at 4 KiB: 8 MiB, so that one step never blocks intake for long.
const PAGES: &str = "PRAGMA incremental_vacuum(2048)";

pub(super) const NOTICES: &str = "DELETE FROM notices WHERE notice_id IN (SELECT notice_id FROM notices
    WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND updated_at < ?1 ORDER BY updated_at LIMIT ?2)";
pub(super) const SUPPRESSIONS: &str =
    "DELETE FROM suppressions WHERE seq IN (SELECT seq FROM suppressions WHERE at < ?1 ORDER BY at LIMIT ?2)";
pub(super) const DEAD_LETTERS: &str =
    "DELETE FROM dead_letters WHERE seq IN (SELECT seq FROM dead_letters WHERE last_at < ?1 ORDER BY last_at LIMIT ?2)";
pub(super) const HINDSIGHT: &str = "DELETE FROM hindsight WHERE (merchant_id, order_id) IN
    (SELECT merchant_id, order_id FROM hindsight WHERE ship_by < ?1 ORDER BY ship_by LIMIT ?2)";
pub(super) const EXPEDITES: &str = "DELETE FROM expedites WHERE (merchant_id, order_id, leave_by) IN
    (SELECT merchant_id, order_id, leave_by FROM expedites WHERE leave_by < ?1 AND fate IS NOT NULL
     ORDER BY leave_by LIMIT ?2)";
pub(super) const TRIALS: &str = "DELETE FROM trials WHERE (merchant_id, day, arm) IN
    (SELECT merchant_id, day, arm FROM trials WHERE day < ?1 ORDER BY day LIMIT ?2)";
pub(super) const DESK: &str = "DELETE FROM desk WHERE desk_id IN (SELECT desk_id FROM desk
    WHERE closed_at IS NOT NULL AND closed_at < ?1 ORDER BY closed_at LIMIT ?2)";
/// Incidents that are over and that nobody holds; their orders go first.
const INCIDENTS: &str = "DELETE FROM incidents WHERE incident_id IN
    (SELECT incident_id FROM incidents WHERE live = 0 AND ended_at < ?1 ORDER BY ended_at, incident_id LIMIT ?2)";
const OF_INCIDENTS: &str = "DELETE FROM turnings WHERE incident_id IN
    (SELECT incident_id FROM incidents WHERE live = 0 AND ended_at < ?1 ORDER BY ended_at, incident_id LIMIT ?2)";
const JOB_RUNS: &str = "DELETE FROM job_runs WHERE (name, due_at) IN (SELECT name, due_at FROM job_runs
    WHERE due_at < ?1 AND taken_at < ?1 LIMIT ?2)";
/// The further places of letters that go.
const PLACES: &str = "DELETE FROM dead_letter_places WHERE letter IN
    (SELECT seq FROM dead_letters WHERE last_at < ?1 ORDER BY last_at LIMIT ?2)";
const ACTS: &str =
    "DELETE FROM dead_letter_acts WHERE seq IN (SELECT seq FROM dead_letter_acts WHERE at < ?1 ORDER BY at LIMIT ?2)";
const DAMAGED: &str =
    "DELETE FROM damaged_documents WHERE seq IN (SELECT seq FROM damaged_documents WHERE at < ?1 ORDER BY at LIMIT ?2)";
/// Counts of what goes, kept per kind and state or reason.
const COUNT_NOTICES: &str =
    "INSERT INTO pruned (what, kind, detail, n) SELECT 'notice', kind, state, count(*) FROM notices
    WHERE notice_id IN (SELECT notice_id FROM notices
        WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND updated_at < ?1 ORDER BY updated_at LIMIT ?2)
    GROUP BY kind, state ON CONFLICT DO UPDATE SET n = n + excluded.n";
const COUNT_SUPPRESSIONS: &str =
    "INSERT INTO pruned (what, kind, detail, n) SELECT 'suppression', kind, why, count(*) FROM suppressions
    WHERE seq IN (SELECT seq FROM suppressions WHERE at < ?1 ORDER BY at LIMIT ?2)
    GROUP BY kind, why ON CONFLICT DO UPDATE SET n = n + excluded.n";
const COUNT_DEAD_LETTERS: &str =
    "INSERT INTO pruned (what, kind, detail, n) SELECT 'dead_letter', '', reason, sum(seen) FROM dead_letters
    WHERE seq IN (SELECT seq FROM dead_letters WHERE last_at < ?1 ORDER BY last_at LIMIT ?2)
    GROUP BY reason ON CONFLICT DO UPDATE SET n = n + excluded.n";
/// An order at rest: not open, never woken, not set aside, with no notice that may still leave and nothing on the desk.
pub(super) const ORDERS: &str = "SELECT merchant_id, order_id, seq FROM orders o
    WHERE open = 0 AND wake_at IS NULL AND parked IS NULL AND touched_at < ?1
    AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.merchant_id = o.merchant_id AND n.order_id = o.order_id
        AND n.state NOT IN ('sent', 'failed', 'unknown', 'withdrawn'))
    AND NOT EXISTS (SELECT 1 FROM desk d WHERE d.merchant_id = o.merchant_id AND d.order_id = o.order_id
        AND d.closed_at IS NULL)
    ORDER BY touched_at LIMIT ?2";

/// Deletes up to `limit` rows from before `before`; gives how many went.
pub(super) fn prune(session: &Session<'_>, before: Instant, limit: usize) -> Result<u64, StoreError> {
    let mut gone = 0;
    let steps = [
        (&[COUNT_NOTICES][..], NOTICES),
        (&[COUNT_SUPPRESSIONS], SUPPRESSIONS),
        (&[COUNT_DEAD_LETTERS, PLACES], DEAD_LETTERS),
        (&[], ACTS),
        (&[], DAMAGED),
        (&[], JOB_RUNS),
        (&[], HINDSIGHT),
        (&[], EXPEDITES),
        (&[], TRIALS),
        (&[], DESK),
        (&[OF_INCIDENTS], INCIDENTS),
    ];
    for (before_it, delete) in steps {
        let bounds = params![before.ms(), rows(limit - gone)];
        for sql in before_it {
            session.execute("counting what is past its time", sql, bounds)?;
        }
        gone += session.execute("deleting what is past its time", delete, bounds)?;
    }
    gone += orders(session, before, limit - gone)?;
    if gone > 0 {
        // Gives one row per page.
        session.each("giving space back", PAGES, [], |_| Ok(()))?;
    }
    Ok(u64::try_from(gone).unwrap_or(u64::MAX))
}

fn orders(session: &Session<'_>, before: Instant, limit: usize) -> Result<usize, StoreError> {
    let found = session.all("finding orders at rest", ORDERS, params![before.ms(), rows(limit)], |f| {
        Ok((order_key(f)?, f.take::<i64>()?))
    })?;
    for (key, seq) in &found {
        if let Err(error) = remove_tags(session, key, *seq) {
            // Its tags cannot be read, so they cannot be found: it stays, set aside, and the others go.
            park(session, *seq, &unreadable_order(error)?)?;
            continue;
        }
        session.execute("deleting an order", "DELETE FROM orders WHERE seq = ?1", [seq])?;
    }
    Ok(found.len())
}
