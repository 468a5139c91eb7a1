//! The real servers that `tests/run` starts. A test asks for the one it needs and returns where there is none:
//!
//! ```ignore
//! let Some(brokers) = services::kafka() else { return };
//! ```
//!
//! Each absence is noted with the name of the test, so that the closing line counts that test as skipped and not as
//! passed. On CI (`CI=true`) an absent server stops the test instead.

mod answer;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::{env, io, thread};

/// A mail server that takes mail for anyone at any domain, with a password, over STARTTLS or TLS, and delivers all of
/// it into one Maildir. It answers 550 for `refused@…` and 451 for `later@…`.
pub(crate) struct Smtp {
    /// `127.0.0.1:port` that wants STARTTLS before it offers a login.
    pub(crate) starttls: String,
    /// `127.0.0.1:port` that speaks TLS from the first byte.
    pub(crate) tls: String,
    /// Name for AUTH PLAIN and AUTH LOGIN.
    pub(crate) user: String,
    /// Password for AUTH PLAIN and AUTH LOGIN.
    pub(crate) password: String,
    /// PEM file of the authority that signed the server's certificate (for `localhost` and `127.0.0.1`).
    pub(crate) ca: PathBuf,
    /// Folder into whose `new/` each mail is put as one file, headed by `Return-path` and `Envelope-to`.
    pub(crate) maildir: PathBuf,
}

/// A chromedriver and the browser that it is to start.
pub(crate) struct WebDriver {
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    /// The browser's binary.
    pub(crate) chromium: PathBuf,
}

/// `127.0.0.1:port` of an Apache Kafka broker that makes topics as they are first used. All tests share it: take
/// topics and groups of your own names.
pub(crate) fn kafka() -> Option<String> {
    noted("Apache Kafka", env::var("FOREWARN_TEST_KAFKA").ok())
}

/// Three Apache Kafka brokers that only the tests of `faults` use, so that they may crash one: their addresses, and the
/// state folder by which `tests/services/kafka3` knows them.
pub(crate) fn kafka3() -> Option<(String, PathBuf)> {
    let named = || Some((env::var("FOREWARN_TEST_KAFKA3").ok()?, env::var_os("FOREWARN_TEST_KAFKA3_STATE")?.into()));
    noted("a cluster of three Apache Kafka brokers", named())
}

/// The data folder of the server that [`postgres`] names.
pub(crate) fn postgres_data() -> Option<PathBuf> {
    noted("PostgreSQL", env::var_os("FOREWARN_TEST_POSTGRES_DATA").map(PathBuf::from))
}

/// A PostgreSQL database of the test's own on the server that all tests share; it is dropped with the test.
pub(crate) struct Database {
    /// `postgres://user@host:port/name`.
    pub(crate) url: String,
    name: String,
    server: String,
}

/// A new database on `server`, as [`postgres`] names it.
pub(crate) fn database(server: &str) -> Database {
    database_in(server, "pg_default")
}

/// The same in a tablespace.
pub(crate) fn database_in(server: &str, tablespace: &str) -> Database {
    let mut own = [0_u8; 6];
    getrandom::fill(&mut own).unwrap();
    let name = format!("it_{}", own.map(|byte| format!("{byte:02x}")).concat());
    let (host, _) = server.rsplit_once('/').unwrap();
    let database = Database { url: format!("{host}/{name}"), name, server: server.to_owned() };
    let name = &database.name;
    database.tell(format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0 TABLESPACE {tablespace}"));
    database
}

/// `postgres://user@host:port/postgres` of a PostgreSQL server whose user may make databases. All tests share it.
pub(crate) fn postgres() -> Option<String> {
    noted("PostgreSQL", env::var("FOREWARN_TEST_POSTGRES").ok())
}

/// Two PostgreSQL servers that speak TLS, one the synchronous standby of the other.
pub(crate) struct Pair {
    /// `postgres://user@host:port,host:port/postgres?target_session_attrs=read-write`.
    pub(crate) url: String,
    /// PEM file of the authority that signed the certificate of both, for `localhost` and `127.0.0.1`.
    pub(crate) ca: PathBuf,
    /// The state folder by which `tests/services/postgres2` knows them.
    pub(crate) state: PathBuf,
}

/// The pair, which only the tests of `faults::pair` use, so that they may crash one.
pub(crate) fn postgres2() -> Option<Pair> {
    let named = || {
        let (ca, state) = ("FOREWARN_TEST_POSTGRES2_CA", "FOREWARN_TEST_POSTGRES2_STATE");
        Some(Pair {
            url: env::var("FOREWARN_TEST_POSTGRES2").ok()?,
            ca: env::var_os(ca)?.into(),
            state: env::var_os(state)?.into(),
        })
    };
    noted("a PostgreSQL server with a standby", named())
}

/// A table nobody else can use.
pub(crate) struct Held {
    _go: std::sync::mpsc::Sender<()>,
    _holder: thread::JoinHandle<()>,
}

impl Database {
    /// Bytes of each of the larger tables with its indexes, and how many rows it has.
    pub(crate) fn sizes(&self) -> Vec<String> {
        let url = self.url.clone();
        let asked = thread::spawn(move || {
            let sql = "SELECT relname::text, pg_total_relation_size(oid), reltuples::bigint FROM pg_class
                WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                ORDER BY pg_total_relation_size(oid) DESC LIMIT 6";
            let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
            client.batch_execute("VACUUM ANALYZE")?;
            let line = |row: &postgres::Row| {
                format!("{} {} ({} rows)", row.get::<_, &str>(0), row.get::<_, i64>(1), row.get::<_, i64>(2))
            };
            Ok::<_, postgres::Error>(client.query(sql, &[])?.iter().map(line).collect())
        });
        asked.join().unwrap().unwrap()
    }

    /// Runs a statement in this database and gives the first column of its rows.
    pub(crate) fn ask(&self, sql: &'static str) -> Vec<String> {
        ask(self.url.clone(), sql)
    }

    /// Takes dead rows out, so that what is left is what is needed.
    pub(crate) fn compact(&self) {
        let url = self.url.clone();
        let done =
            thread::spawn(move || postgres::Client::connect(&url, postgres::NoTls)?.batch_execute("VACUUM FULL"));
        done.join().unwrap().unwrap();
    }

    /// Locks `table` against everybody, so that whoever writes to it waits, until the guard is dropped.
    pub(crate) fn hold(&self, table: &str) -> Held {
        let (url, sql) = (self.url.clone(), format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
        let ((go, wait), (tell, told)) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel());
        let holder = thread::spawn(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client.batch_execute(&sql).unwrap();
            tell.send(()).unwrap();
            // Either end of the channel ends the wait.
            wait.recv().unwrap_or_default();
            client.batch_execute("ROLLBACK").unwrap();
        });
        told.recv().unwrap();
        Held { _go: go, _holder: holder }
    }

    fn tell(&self, sql: String) {
        tell(&self.server, sql);
    }
}

/// Runs a statement at `url` and gives the first column of its rows, in a thread of its own as [`tell`].
pub(crate) fn ask(url: String, sql: &'static str) -> Vec<String> {
    let asked = thread::spawn(move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
        let rows = client.query(sql, &[])?;
        Ok::<_, postgres::Error>(rows.iter().map(|row| row.get(0)).collect())
    });
    asked.join().unwrap().unwrap()
}

/// Runs statements on `server`, in a thread of its own: the client runs a runtime, which a test may stand in already.
pub(crate) fn tell(server: &str, sql: String) {
    let server = server.to_owned();
    let told = thread::spawn(move || postgres::Client::connect(&server, postgres::NoTls)?.batch_execute(&sql));
    let told = told.join().unwrap();
    // What failed already is not to be hidden by what it left behind.
    assert!(told.is_ok() || thread::panicking(), "{told:?}");
}

/// Ends every connection to the database at the server, as its restart does.
pub(crate) fn cut_off(database: &Database) {
    let name = &database.name;
    database.tell(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
}

impl Drop for Database {
    fn drop(&mut self) {
        self.tell(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// The mail server. All tests share its Maildir: look for your own recipients.
pub(crate) fn smtp() -> Option<Smtp> {
    noted("a mail server", smtp_from_env())
}

/// The browser under WebDriver.
pub(crate) fn webdriver() -> Option<WebDriver> {
    noted("Chromium", webdriver_from_env())
}

fn smtp_from_env() -> Option<Smtp> {
    Some(Smtp {
        starttls: env::var("FOREWARN_TEST_SMTP").ok()?,
        tls: env::var("FOREWARN_TEST_SMTPS").ok()?,
        user: env::var("FOREWARN_TEST_SMTP_USER").ok()?,
        password: env::var("FOREWARN_TEST_SMTP_PASSWORD").ok()?,
        ca: env::var_os("FOREWARN_TEST_SMTP_CA")?.into(),
        maildir: env::var_os("FOREWARN_TEST_MAILDIR")?.into(),
    })
}

fn webdriver_from_env() -> Option<WebDriver> {
    Some(WebDriver {
        url: env::var("FOREWARN_TEST_WEBDRIVER").ok()?,
        chromium: env::var_os("FOREWARN_TEST_CHROMIUM")?.into(),
    })
}

fn noted<T>(what: &str, service: Option<T>) -> Option<T> {
    if service.is_none() {
        note_skip(what);
    }
    service
}

/// Says and records that the running test lacks `what`. Written to stdout by hand, because the test runner swallows
/// what a passing test prints.
pub(crate) fn note_skip(what: &str) {
    assert!(env::var("CI").as_deref() != Ok("true"), "{what} is not running; on CI tests/run must have started it");
    let current = thread::current();
    let line = format!("{} needs {what}, which tests/run starts\n", current.name().unwrap_or("a test"));
    let recorded = env::var_os("FOREWARN_TEST_SKIPS")
        .map_or(Ok(()), |path| OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes()));
    let said = io::stdout().write_all(format!("skipped: {line}").as_bytes());
    assert!(recorded.and(said).is_ok(), "cannot record a skipped test");
}
