//! A schema of a test's own.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::connection::Connection;
use super::super::server::Server;
use super::super::{Db, PostgresBackend, Settings};
use crate::store::contract::{DamagedStore, TestStore};
use crate::store::{Store, StoreError, Tx};

/// A schema on the server that all tests share; it is dropped with the test.
pub(super) struct Schema {
    /// How to reach it; every connection carries its name.
    pub(super) settings: Settings,
    pub(super) name: String,
}

/// A schema that is up to date, with one connection to it.
pub(super) struct House {
    pub(super) db: Db,
    pub(super) schema: Schema,
}

/// A new schema, up to date; `None` where there is no server.
pub(super) fn open() -> Option<House> {
    let schema = empty()?;
    let db = Db::open(&schema.settings).expect("the server takes the schema");
    Some(House { db, schema })
}

/// A new schema with a backend on it.
pub(super) async fn serving() -> Option<(Schema, Store)> {
    // Here and not in a thread of the runtime, because a test is noted by its thread's name.
    let url = server()?;
    let open = move || {
        let schema = within(&url);
        let backend = PostgresBackend::open(&schema.settings).expect("the server takes the schema");
        (schema, Store::new(backend))
    };
    Some(tokio::task::spawn_blocking(open).await.expect("it does not panic"))
}

/// A new schema with nothing in it.
pub(super) fn empty() -> Option<Schema> {
    server().map(|url| within(&url))
}

fn within(url: &str) -> Schema {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = connect(&Settings::new(url));
    connection.batch(&format!("CREATE SCHEMA {name}")).expect("a new name");
    let between = if url.contains('?') { '&' } else { '?' };
    let settings = Settings::new(&format!("{url}{between}options=-csearch_path%3D{name}&application_name={name}"));
    Schema { settings, name }
}

pub(super) fn connect(settings: &Settings) -> Connection {
    Server::new(settings).and_then(|server| server.connect()).expect("the server answers")
}

impl Schema {
    /// A connection behind the port's back.
    pub(super) fn connection(&self) -> Connection {
        connect(&self.settings)
    }

    /// Ends all connections to this schema at the server, as a restart does.
    pub(super) fn cut_off(&self) {
        cut_off(&self.settings, &self.name);
    }
}

/// Ends all connections to the schema `name` but the one that says so.
pub(super) fn cut_off(settings: &Settings, name: &str) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = $1 AND pid <> pg_backend_pid()";
    connect(settings).query(sql, &[&name]).expect("the user owns these connections");
}

impl TestStore for House {
    fn transact(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.db.transact(step)
    }
}

impl DamagedStore for House {
    fn damage(&mut self, sql: &str) {
        self.schema.connection().batch(sql).expect("the statement fits the schema");
    }
}

impl Drop for Schema {
    /// In a thread of its own, because a test of the backend ends inside a runtime.
    fn drop(&mut self) {
        let (settings, name) = (self.settings.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let sql = format!("SET client_min_messages = warning; DROP SCHEMA {name} CASCADE");
            connect(&settings).batch(&sql).expect("the schema is ours");
        });
        assert!(dropped.join().is_ok() || std::thread::panicking(), "the schema could not be dropped");
    }
}

/// The server's address; without one the test is noted as skipped, on CI it fails.
fn server() -> Option<String> {
    let url = std::env::var("FOREWARN_TEST_POSTGRES").ok();
    if url.is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "PostgreSQL is not running; on CI tests/run must have started it"
        );
        note_skip();
    }
    url
}

fn note_skip() {
    let current = std::thread::current();
    let line = format!("{} needs PostgreSQL, which tests/run starts\n", current.name().unwrap_or("a test"));
    let open = |path| std::fs::OpenOptions::new().create(true).append(true).open(path);
    let recorded = std::env::var_os("FOREWARN_TEST_SKIPS")
        .map_or(Ok(()), |path| open(path).and_then(|mut file| file.write_all(line.as_bytes())));
    let said = std::io::stdout().write_all(format!("skipped: {line}").as_bytes());
    assert!(recorded.and(said).is_ok(), "cannot record a skipped test");
}
