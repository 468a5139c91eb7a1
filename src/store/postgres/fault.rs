//! From PostgreSQL's error codes to what a caller and an operator can do.

use postgres::error::SqlState;

use crate::store::{Class, StoreError};

/// What the adapter itself does about an error before a caller hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Run the step again at once: somebody else was faster, and nothing of the step stands.
    Again,
    /// Run the step again over a new connection: this one is of no use any more.
    Reconnect,
    /// Tell the caller.
    Tell,
}

/// The database's error without what it may quote: `DETAIL`, `WHERE` and the statement can hold personal data.
#[derive(Debug, thiserror::Error)]
enum Quiet {
    #[error("{code}: {message}{}", .constraint.as_ref().map(|name| format!(" ({name})")).unwrap_or_default())]
    Server { code: String, message: String, constraint: Option<String> },
    /// Messages of the classes 22 and 23 may quote a value.
    #[error("{code}: the server refused a value")]
    Value { code: String },
    #[error("{0}")]
    Client(String),
}

/// Somebody else changed what this step had read and was about to replace.
#[derive(Debug, thiserror::Error)]
#[error("another writer was faster")]
struct Overtaken;

/// Turns an error of the client during `operation` into the port's.
pub(super) fn at(operation: &'static str) -> impl Fn(postgres::Error) -> StoreError {
    move |source| explain(operation, &source)
}

/// The same for an error that is looked at again afterwards.
pub(super) fn explain(operation: &'static str, source: &postgres::Error) -> StoreError {
    let (class, remedy) = judge(source);
    StoreError::Database { operation, remedy, class, source: Box::new(quiet(source)) }
}

/// The error of a step that lost a race no lock can prevent, such as two first events of one order.
pub(super) fn overtaken(operation: &'static str) -> StoreError {
    let remedy = "another writer was faster; try again";
    StoreError::Database { operation, remedy, class: Class::Retry, source: Box::new(Overtaken) }
}

/// What a step gets that panicked. The panic's own words stay in the log: they may quote what the step worked on.
pub(super) fn panicked() -> StoreError {
    StoreError::Database {
        operation: "running a step",
        remedy: "the step panicked and was undone; the panic stands in the log, set the order aside and report it",
        class: Class::Permanent,
        source: "the step panicked".into(),
    }
}

/// What a step gets that writes where only reading is allowed.
pub(super) fn read_only(operation: &'static str) -> StoreError {
    let remedy = "a reading step tried to write; this is a fault in the program, report it";
    StoreError::Database { operation, remedy, class: Class::Permanent, source: "the step may only read".into() }
}

/// What the adapter does about an error of the server or the line.
pub(super) fn remedy(error: &postgres::Error) -> Remedy {
    match error.code() {
        Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => Remedy::Again,
        // A statement prepared before a schema change; a new connection prepares it anew.
        Some(&SqlState::FEATURE_NOT_SUPPORTED) => Remedy::Reconnect,
        Some(code) if is_gone(code) => Remedy::Reconnect,
        Some(_) => Remedy::Tell,
        None if is_line(error) => Remedy::Reconnect,
        None => Remedy::Tell,
    }
}

/// Whether `error` says that another writer was faster and the step may simply run again.
pub(super) fn is_overtaken(error: &StoreError) -> bool {
    matches!(error, StoreError::Database { source, .. } if source.is::<Overtaken>())
}

/// The server is going away, or is one that only reads, as after a failover.
fn is_gone(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .contains(code)
        || code.code().starts_with("08")
}

/// Whether the line broke, as opposed to a value that could not be sent or read.
fn is_line(error: &postgres::Error) -> bool {
    let io = |e: &(dyn std::error::Error + 'static)| e.is::<std::io::Error>();
    error.is_closed() || std::error::Error::source(error).is_some_and(io)
}

fn judge(error: &postgres::Error) -> (Class, &'static str) {
    let Some(code) = error.code() else {
        return match is_line(error) {
            true => (Class::Retry, "the line to the database broke; it is tried again"),
            false => (Class::Permanent, "this is a fault in the program; report it with this message"),
        };
    };
    match code.code() {
        "40001" | "40P01" => (Class::Retry, "another writer was faster; try again"),
        "55P03" => (Class::Retry, "another writer holds a row for long; see pg_stat_activity for who waits for whom"),
        "57014" => (Class::Retry, "it took longer than store.statement_timeout; look at the server's load"),
        "53100" => (Class::Retry, "the database server's disk is full; free space there, it goes on by itself"),
        "53200" => (Class::Retry, "the database server ran out of memory; give it more, or smaller batches"),
        "53300" => {
            (Class::Retry, "the server takes no further connection; raise max_connections or lower store.connections")
        }
        "25006" => (Class::Retry, "this server only reads; name the primary, or all servers, in store.url"),
        "25P02" => (Class::Permanent, "an earlier statement of the step failed; report it with the log"),
        "28000" | "28P01" => (Class::Fatal, "the server refuses the login; check user, store.password and pg_hba.conf"),
        "3D000" => (Class::Fatal, "there is no such database; make it, or name another one in store.url"),
        "3F000" => (Class::Fatal, "there is no such schema; make it, or mend search_path in store.url"),
        "42501" => (Class::Fatal, "the user may not do this; make it the owner of Forewarn's tables"),
        "42P01" | "42703" => (Class::Fatal, "a table is not as Forewarn made it; restore the newest backup"),
        "XX001" | "XX002" => (Class::Fatal, "the database is damaged; restore the newest backup or fail over"),
        code if code.starts_with("57P") || code.starts_with("08") => {
            (Class::Retry, "the server is going away or coming up; it is tried again")
        }
        code if code.starts_with("53") || code.starts_with("58") => {
            (Class::Retry, "the database server lacks something or its disk failed; look at its log")
        }
        _ => (Class::Permanent, "this is a fault in the program; report it with this message"),
    }
}

fn quiet(error: &postgres::Error) -> Quiet {
    match error.as_db_error() {
        Some(db) if matches!(db.code().code().get(..2), Some("22" | "23")) && db.constraint().is_none() => {
            Quiet::Value { code: db.code().code().to_owned() }
        }
        Some(db) => Quiet::Server {
            code: db.code().code().to_owned(),
            message: db.message().to_owned(),
            constraint: db.constraint().map(str::to_owned),
        },
        None => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
            Quiet::Client(format!("{error}{cause}"))
        }
    }
}
