//! The one thread that writes. Steps that wait together are committed together: one wait for the disk serves all.
//!
//! Each step runs under a savepoint, so that one that fails is undone alone. Nobody hears "done" before the commit is
//! on the disk. After an error that leaves it open what the disk holds the writer ends, as PostgreSQL does: whoever
//! went on would build on something that may be gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::session::Session;
use super::{Db, fault};
use crate::store::{Class, Job, StoreError};

/// Most steps that wait; who comes later waits to hand its step over, which is what slows intake down.
const WAITING_MAX: usize = 256;
/// Most steps in one commit.
const GROUP_MAX: usize = 128;
/// No further step joins a group that has worked for this long: the first in it waits for the last.
const GROUP_TIME: Duration = Duration::from_millis(20);

type Answer = oneshot::Sender<Result<(), StoreError>>;

/// A step and who waits for it.
struct Ask {
    job: Job,
    answer: Answer,
}

/// The handle to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    // Both are always there until the drop, which takes them in order: no more steps first, then the thread.
    asks: Option<mpsc::Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
    trouble: Trouble,
}

/// Why nothing can be kept at present.
type Trouble = Arc<Mutex<Option<String>>>;

impl Writer {
    /// Starts the thread; it owns `db` from here on.
    pub(super) fn start(db: Db) -> Result<Self, StoreError> {
        let (asks, waiting) = mpsc::channel(WAITING_MAX);
        let trouble = Trouble::default();
        let told = Arc::clone(&trouble);
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || work(db, waiting, &told));
        let thread = thread.map_err(|source| StoreError::Database {
            operation: "starting the writer",
            remedy: "the system gives no further thread; raise its limit",
            class: Class::Fatal,
            source: Box::new(source),
        })?;
        Ok(Self { asks: Some(asks), thread: Some(thread), trouble })
    }

    /// Why nothing can be kept at present.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands `job` to the thread and waits until it is on the disk. The step runs even if nobody waits any more.
    pub(super) async fn run(&self, job: Job) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let asks = self.asks.as_ref().ok_or(StoreError::Stopped)?;
        asks.send(Ask { job, answer }).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.asks.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // The last handle may be dropped by a step itself; a thread cannot wait for its own end.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the store's writer ended in a panic");
        }
    }
}

fn work(mut db: Db, mut waiting: mpsc::Receiver<Ask>, trouble: &Trouble) {
    while let Some(first) = waiting.blocking_recv() {
        if let Err(error) = serve(&mut db, first, &mut waiting, trouble) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the store's writer stops: what was not answered was not kept"
            );
            // Dropping the receiver answers everybody who still waits.
            return;
        }
    }
}

/// Runs one group and answers everybody in it.
///
/// # Errors
/// Only what ends the writer.
fn serve(db: &mut Db, first: Ask, waiting: &mut mpsc::Receiver<Ask>, trouble: &Trouble) -> Result<(), StoreError> {
    let mut group = Vec::new();
    let in_trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    let kept = match db.begin() {
        Ok(tx) => run_group(tx, first, waiting, &mut group, in_trouble),
        Err(error) => {
            group.push((first.answer, Ok(())));
            Err(error)
        }
    };
    note_trouble(trouble, kept.as_ref().err().or_else(|| group.iter().find_map(|(_, own)| own.as_ref().err())));
    for (answer, own) in group {
        let result = own.and_then(|()| kept.as_ref().copied().map_err(fault::echo));
        if answer.send(result).is_err() {
            tracing::debug!("a step was finished after its caller had left");
        }
    }
    kept.or_else(|error| if fault::is_fatal(&error) { Err(error) } else { Ok(()) })
}

/// Notes when the disk is full, and when it no longer is.
fn note_trouble(trouble: &Trouble, error: Option<&StoreError>) {
    let mut trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner);
    match error {
        Some(error) if fault::is_full(error) => {
            if trouble.replace(error.to_string()).is_none() {
                tracing::error!(error = error as &dyn std::error::Error, "the store has no room: nothing is kept");
            }
        }
        Some(_) => {}
        None => {
            if trouble.take().is_some() {
                tracing::info!("the store has room again");
            }
        }
    }
}

/// Runs the waiting steps, then commits.
///
/// # Errors
/// When the whole group was undone.
fn run_group(
    tx: Transaction<'_>,
    first: Ask,
    waiting: &mut mpsc::Receiver<Ask>,
    group: &mut Vec<(Answer, Result<(), StoreError>)>,
    in_trouble: bool,
) -> Result<(), StoreError> {
    let began = Instant::now();
    let probe = if in_trouble { touch(&tx) } else { Ok(()) };
    let mut next = Some(first);
    while let Some(Ask { mut job, answer }) = next {
        match run_alone(&tx, &mut job) {
            Ok(own) => group.push((answer, own)),
            Err(error) => {
                group.push((answer, Ok(())));
                return Err(error);
            }
        }
        let more = group.len() < GROUP_MAX && began.elapsed() < GROUP_TIME;
        next = if more { waiting.try_recv().ok() } else { None };
    }
    probe.and_then(|()| tx.commit().map_err(fault::at("committing")))
}

/// A step that changes nothing is kept on a full disk too; so that it says whether there is room, something is changed.
fn touch(conn: &Connection) -> Result<(), StoreError> {
    let sql = "INSERT INTO versions (name, version) VALUES ('probe', '1')
               ON CONFLICT DO UPDATE SET version = CAST(CAST(version AS INTEGER) + 1 AS TEXT)";
    conn.execute(sql, []).map(drop).map_err(fault::at("looking for room on the disk"))
}

/// Runs one step under a savepoint; an error of its own or a panic undoes it and it alone.
///
/// # Errors
/// When the whole group cannot stand: the disk failed, the transaction is gone, or the step could not be undone.
fn run_alone(conn: &Connection, job: &mut Job) -> Result<Result<(), StoreError>, StoreError> {
    conn.execute_batch("SAVEPOINT step").map_err(fault::at("starting a step"))?;
    let own = catch_unwind(AssertUnwindSafe(|| job(&mut Session::new(conn))));
    let own = own.unwrap_or_else(|_| Err(fault::panicked()));
    // Some errors of the disk undo the whole transaction at once, savepoints and all.
    if conn.is_autocommit() {
        return Err(own.err().unwrap_or(StoreError::Stopped));
    }
    match own {
        Err(error) if fault::is_fatal(&error) => Err(error),
        own => {
            let end = if own.is_ok() { "RELEASE step" } else { "ROLLBACK TO step; RELEASE step" };
            conn.execute_batch(end).map_err(fault::at("ending a step"))?;
            Ok(own)
        }
    }
}
