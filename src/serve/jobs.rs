//! Work by the calendar: pruning, the proof that no wake was missed, the shops' daily report.

use forewarn_core::{Instant, Span};
use tokio_util::sync::CancellationToken;

use super::cron::Schedule;
use super::report;
use super::service::Parts;
use crate::store::port::JobRun;
use crate::store::{StoreError, Turn};

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

/// Runs what is due. One that fails is tried again and holds up no other.
pub(super) async fn run_due(parts: &Parts, fresh: bool, stop: &CancellationToken) -> Result<bool, StoreError> {
    let (now, table) = (parts.clock.now(), &parts.timetable);
    let pruned = run(parts, "prune", &table.prune, now, |_| prune(parts, now, stop)).await;
    let proved = match fresh {
        true => run(parts, "sweep", &table.sweep, now, |_| prove_nothing_missed(parts, now)).await,
        false => Ok(()),
    };
    let reported = run(parts, "report", &table.report, now, |due_at| report::send_all(parts, due_at, stop)).await;
    pruned.and(proved).and(reported).map(|()| false)
}

/// Does the newest run of `name` that is due, unless it is done or another process is at it. Who dies in the middle is
/// followed when its turn has run out; `work` says whether it came to its end.
async fn run<W>(
    parts: &Parts,
    name: &'static str,
    schedule: &Schedule,
    now: Instant,
    work: impl FnOnce(Instant) -> W,
) -> Result<(), StoreError>
where
    W: Future<Output = Result<bool, StoreError>>,
{
    let Some(due_at) = schedule.last_due(now - LOOK_BACK, now) else { return Ok(()) };
    match parts.store.read(move |tx| tx.job_run(name, due_at)).await? {
        Some(JobRun::Done) => return Ok(()),
        Some(JobRun::Begun) => {}
        // What was due before this process started and nobody began is not this service's to make up for.
        None if due_at < parts.started_at => return Ok(()),
        None => {}
    }
    let mut turn = Turn::at(format!("job {name}"), parts.store.clone());
    if !turn.is_ours().await? {
        return Ok(());
    }
    let ended = in_turn(parts, name, due_at, turn.during(work(due_at))).await;
    turn.give_back().await;
    ended
}

async fn in_turn(
    parts: &Parts,
    name: &'static str,
    due_at: Instant,
    work: impl Future<Output = Result<bool, StoreError>>,
) -> Result<(), StoreError> {
    let now = parts.clock.now();
    // Another process may have ended it between our look and our turn.
    let begun = parts.store.write(move |tx| tx.job_begin(name, due_at, now)).await?;
    if begun && work.await? {
        let now = parts.clock.now();
        parts.store.write(move |tx| tx.job_done(name, due_at, now)).await?;
    }
    Ok(())
}

/// What a word to stop leaves is pruned by whoever goes on.
async fn prune(parts: &Parts, now: Instant, stop: &CancellationToken) -> Result<bool, StoreError> {
    let before = now - parts.timetable.keep;
    let mut gone = 0;
    while !stop.is_cancelled() {
        let rows = parts.store.write(move |tx| tx.prune(before, PRUNE_CHUNK)).await?;
        gone += rows;
        if rows == 0 {
            tracing::info!(rows = gone, before = %before, "pruned");
            return Ok(true);
        }
    }
    Ok(false)
}

async fn prove_nothing_missed(parts: &Parts, now: Instant) -> Result<bool, StoreError> {
    let missed = parts.store.read(move |tx| tx.orders_overdue(now - MISSED_AFTER)).await?;
    if missed > 0 {
        tracing::error!(
            orders = missed,
            "orders are overdue to be looked at; is the wake role running and fast enough?"
        );
    }
    parts.store.write(move |tx| tx.note_save("wake.missed", &missed.to_string())).await?;
    Ok(true)
}
