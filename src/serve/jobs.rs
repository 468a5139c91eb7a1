//! Work by the calendar: pruning, the proof that no wake was missed, the shops' daily report.

use forewarn_core::{Instant, Span};
use tokio_util::sync::CancellationToken;

use super::cron::Schedule;
use super::report;
use super::service::Parts;
use crate::store::StoreError;

/// A wake this much overdue counts as missed.
const MISSED_AFTER: Span = Span::minutes(10);
/// Runs further back than this are not made up for.
const LOOK_BACK: Span = Span::hours(25);
/// Most rows pruned in one transaction.
const PRUNE_CHUNK: usize = 5_000;

/// When each job runs, and how long settled things are kept.
#[derive(Clone, Debug)]
pub struct Timetable {
    prune: Schedule,
    sweep: Schedule,
    report: Schedule,
    keep: Span,
}

impl Timetable {
    /// A timetable in cron's words (six fields, UTC); settled orders and records are kept for `keep`.
    ///
    /// # Errors
    /// A sentence naming the schedule that cannot be read.
    pub fn new(prune: &str, sweep: &str, report: &str, keep: Span) -> Result<Self, String> {
        Ok(Self {
            prune: Schedule::parse(prune)?,
            sweep: Schedule::parse(sweep)?,
            report: Schedule::parse(report)?,
            keep,
        })
    }
}

/// Runs what is due. A job that another process has taken is left to it.
pub(super) async fn run_due(parts: &Parts, fresh: bool, stop: &CancellationToken) -> Result<bool, StoreError> {
    let now = parts.clock.now();
    if take(parts, "prune", &parts.timetable.prune, now).await?.is_some() {
        prune(parts, now, stop).await?;
    }
    if fresh && take(parts, "sweep", &parts.timetable.sweep, now).await?.is_some() {
        prove_nothing_missed(parts, now).await?;
    }
    if let Some(due_at) = take(parts, "report", &parts.timetable.report, now).await? {
        report::send_all(parts, due_at).await?;
    }
    Ok(false)
}

async fn take(
    parts: &Parts,
    name: &'static str,
    schedule: &Schedule,
    now: Instant,
) -> Result<Option<Instant>, StoreError> {
    let Some(due_at) = schedule.last_due(now - LOOK_BACK, now) else { return Ok(None) };
    // What was due before this process first started is not this service's to make up for.
    if due_at < parts.started_at {
        return Ok(None);
    }
    let taken = parts.store.write(move |tx| tx.job_take(name, due_at, now)).await?;
    Ok(taken.then_some(due_at))
}

/// What a word to stop leaves is pruned at the next run.
async fn prune(parts: &Parts, now: Instant, stop: &CancellationToken) -> Result<(), StoreError> {
    let before = now - parts.timetable.keep;
    let mut gone = 0;
    while !stop.is_cancelled() {
        let rows = parts.store.write(move |tx| tx.prune(before, PRUNE_CHUNK)).await?;
        gone += rows;
        if rows == 0 {
            break;
        }
    }
    tracing::info!(rows = gone, before = %before, "pruned");
    Ok(())
}

async fn prove_nothing_missed(parts: &Parts, now: Instant) -> Result<(), StoreError> {
    let missed = parts.store.read(move |tx| tx.orders_overdue(now - MISSED_AFTER)).await?;
    if missed > 0 {
        tracing::error!(
            orders = missed,
            "orders are overdue to be looked at; is the wake role running and fast enough?"
        );
    }
    parts.store.write(move |tx| tx.note_save("wake.missed", &missed.to_string())).await
}
