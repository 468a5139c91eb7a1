//! Runs a step as one transaction, and again where running it again is all it needs.
//!
//! Writing steps run at READ COMMITTED under locks of their own: every order a step reads is locked in key order
//! before it is read, so that the newest state is what it decides on and nobody else's change is overwritten. At
//! REPEATABLE READ the same steps would fail at every row that somebody changed since they began, and begin again;
//! with locks they only wait. What no lock can cover (a row that is not there yet, the settings a decision stands on)
//! is compared when it is written, and a step that was overtaken runs again as a whole.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::fault::{self, Remedy};
use super::pool::Pool;
use super::session::{Mode, Session, TIMELINE, Transaction};
use crate::store::{StoreError, Tx};

/// One step. It may run more than once.
pub(super) type Step<'s> = dyn FnMut(&mut dyn Tx) -> Result<(), StoreError> + 's;

/// A step that is overtaken again and again gives up after so many runs; its caller comes back later.
const RUNS_MAX: u32 = 12;
/// The longest rest before the next run; it begins at a millisecond, doubles, and is shortened by chance, so that two
/// steps in each other's way part.
const REST_MAX: Duration = Duration::from_millis(200);
/// How long a transaction is asked for whose commit was not answered: its server process may still be ending.
const OUTCOME_WAIT: Duration = Duration::from_secs(10);

/// What people ask for is planned for what they ask: few are failed notices, many are sent ones.
const SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan";

/// How a run ended.
enum Run {
    /// As it should.
    Done,
    /// With an error for the caller.
    Failed(StoreError),
    /// Nothing stands; run it again.
    Again(StoreError),
    /// Nothing stands; run it again over another connection.
    Reconnect(StoreError),
    /// The line broke in the commit of this transaction; `None`: it had written nothing.
    Unanswered(Option<Transaction>, StoreError),
}

/// News for other processes of what a step did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effects {
    /// Orders wait to be looked at.
    pub(super) orders: bool,
    /// Notices wait to leave.
    pub(super) notices: bool,
}

/// Runs a writing step until it stands or cannot. Blocks.
///
/// # Errors
/// Whatever the step or the database answers; then nothing was written.
pub(super) fn write(pool: &Pool, schema: &str, job: &mut Step<'_>) -> Result<Effects, StoreError> {
    let mut fresh = false;
    for run in 1..=RUNS_MAX {
        let mut connection = if fresh { pool.take_new()? } else { pool.take()? };
        let mut effects = Effects::default();
        let ended = run_once(&mut connection, schema, job, &mut effects);
        if !matches!(ended, Run::Reconnect(_) | Run::Unanswered(..)) && !connection.is_closed() {
            pool.give_back(connection);
        }
        let error = match ended {
            Run::Done => return Ok(effects),
            Run::Failed(error) => return Err(error),
            Run::Again(error) => error,
            Run::Reconnect(error) => {
                pool.clear();
                fresh = true;
                error
            }
            Run::Unanswered(transaction, error) => {
                pool.clear();
                fresh = true;
                match transaction.map(|transaction| outcome(pool, &transaction)).transpose()? {
                    Some(true) => return Ok(effects),
                    Some(false) | None => error,
                }
            }
        };
        if run == RUNS_MAX {
            return Err(error);
        }
        tracing::debug!(run, error = &error as &dyn std::error::Error, "a step runs again");
        std::thread::sleep(rest(run));
    }
    Err(StoreError::Stopped)
}

/// Runs a reading step on one snapshot. Blocks.
///
/// # Errors
/// Whatever the step or the database answers.
pub(super) fn read(pool: &Pool, schema: &str, job: &mut Step<'_>) -> Result<(), StoreError> {
    let mut fresh = false;
    loop {
        let mut connection = if fresh { pool.take_new()? } else { pool.take()? };
        match snapshot(&mut connection, schema, job) {
            Run::Done => {
                pool.give_back(connection);
                return Ok(());
            }
            Run::Failed(error) => {
                if !connection.is_closed() {
                    pool.give_back(connection);
                }
                return Err(error);
            }
            // A line that broke while it lay idle is nobody's fault; one that breaks anew is the caller's to know.
            Run::Again(error) | Run::Reconnect(error) | Run::Unanswered(_, error) if fresh => return Err(error),
            Run::Again(_) | Run::Reconnect(_) | Run::Unanswered(..) => {
                pool.clear();
                fresh = true;
            }
        }
    }
}

fn run_once(connection: &mut Connection, schema: &str, job: &mut Step<'_>, effects: &mut Effects) -> Run {
    if let Err(error) = connection.batch("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE") {
        return undone(&error, "starting a transaction");
    }
    let mut session = Session::new(connection, Mode::Write, schema);
    let own = catch_unwind(AssertUnwindSafe(|| job(&mut session)));
    let own = own.unwrap_or_else(|_| Err(fault::panicked())).and_then(|()| session.seal());
    *effects = session.effects();
    let remedy = session.remedy();
    match own {
        Ok(transaction) => match connection.batch("COMMIT") {
            Ok(()) => Run::Done,
            Err(error) if fault::remedy(&error) == Remedy::Reconnect => {
                Run::Unanswered(transaction, fault::at("committing")(error))
            }
            Err(error) => undone(&error, "committing"),
        },
        Err(error) => roll_back(connection, error, remedy),
    }
}

fn snapshot(connection: &mut Connection, schema: &str, job: &mut Step<'_>) -> Run {
    if let Err(error) = connection.batch(SNAPSHOT) {
        return undone(&error, "starting to read");
    }
    let mut session = Session::new(connection, Mode::Read, schema);
    let own = catch_unwind(AssertUnwindSafe(|| job(&mut session)));
    let own = own.unwrap_or_else(|_| Err(fault::panicked()));
    let remedy = session.remedy();
    let ended = connection.batch("ROLLBACK");
    match (own, ended) {
        (Ok(()), Ok(())) => Run::Done,
        (Err(error), _) => sorted(error, remedy),
        (Ok(()), Err(error)) => undone(&error, "ending a read"),
    }
}

fn roll_back(connection: &mut Connection, error: StoreError, remedy: Option<Remedy>) -> Run {
    // What cannot even be rolled back is gone with its connection.
    let ended = connection.batch("ROLLBACK");
    match ended {
        Ok(()) => sorted(error, remedy),
        Err(_) if remedy.is_none() => Run::Reconnect(error),
        Err(_) => sorted(error, remedy.map(|_| Remedy::Reconnect)),
    }
}

fn sorted(error: StoreError, remedy: Option<Remedy>) -> Run {
    match remedy {
        Some(Remedy::Again) => Run::Again(error),
        Some(Remedy::Reconnect) => Run::Reconnect(error),
        _ if fault::is_overtaken(&error) => Run::Again(error),
        _ => Run::Failed(error),
    }
}

fn undone(error: &postgres::Error, operation: &'static str) -> Run {
    let remedy = fault::remedy(error);
    sorted(fault::explain(operation, error), Some(remedy))
}

fn rest(run: u32) -> Duration {
    let longest = REST_MAX.min(Duration::from_millis(1 << run.min(10)));
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Whether the transaction is known to stand, asked over a new connection. A server that was promoted meanwhile cannot
/// tell: it may never have heard of the transaction and have given its number to another one, so the step runs again.
///
/// # Errors
/// When nobody can tell. The caller may still run the step again: offsets, keys and leases make every step of ours
/// harmless when it was done before.
fn outcome(pool: &Pool, transaction: &Transaction) -> Result<bool, StoreError> {
    const ASKING: &str = "asking for a commit that was not answered";
    let until = Instant::now() + OUTCOME_WAIT;
    loop {
        let answer = pool.take_new().and_then(|mut connection| {
            let Transaction { number, timeline } = transaction;
            let sql = format!(
                "SELECT CASE WHEN {TIMELINE} = $2 THEN pg_xact_status($1::text::xid8) ELSE 'another history' END"
            );
            let rows = connection.query(&sql, &[number, timeline]).map_err(fault::at(ASKING))?;
            let status: Option<String> =
                rows.first().map(|row| row.try_get(0)).transpose().map_err(fault::at(ASKING))?.flatten();
            pool.give_back(connection);
            Ok(status)
        });
        match answer.as_ref().map(|status| status.as_deref()) {
            Ok(Some("committed")) => return Ok(true),
            Ok(Some("aborted" | "another history")) => return Ok(false),
            _ if Instant::now() < until => std::thread::sleep(REST_MAX),
            _ => {
                answer?;
                return Err(fault::overtaken(ASKING));
            }
        }
    }
}
