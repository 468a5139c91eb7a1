//! Opening files: what is kept, what is refused.

use std::path::Path;

use forewarn_core::forecast::{Groups, Observation, Waited};
use forewarn_core::{Instant, Span};
use rusqlite::Connection;

use crate::store::contract::fixtures::{full_order, key, order};
use crate::store::contract::{attempt, run};
use crate::store::sqlite::{Db, SqliteBackend, migrations};
use crate::store::{Class, Store, StoreError};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open_error(path: &Path) -> StoreError {
    Db::open(path).expect_err("the file is refused")
}

#[test]
fn a_file_keeps_everything_over_a_restart() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let mut db = Db::open(&path).expect("a new file");
    run(&mut db, |tx| tx.orders_save(&[full_order("o-1")]));
    drop(db);
    let mut db = Db::open(&path).expect("the same file");
    assert_eq!(run(&mut db, |tx| tx.orders_load(&[key("o-1")])), [Some(full_order("o-1"))]);
}

#[tokio::test]
async fn a_backend_finishes_what_waits_before_it_closes() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let store = Store::new(SqliteBackend::open(&path).expect("a new file"));
    store.write(|tx| tx.orders_save(&[order("o-1")])).await.expect("it writes");
    drop(store);
    let log = folder.path().join("forewarn.db-wal");
    assert!(!log.exists(), "the last connection folds the log into the file");
    let store = Store::new(SqliteBackend::open(&path).expect("the same file"));
    assert_eq!(store.read(|tx| tx.facts_digest()).await.expect("it reads").1, 1);
}

#[tokio::test]
async fn a_file_has_one_service_and_tools_beside_it() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let service = SqliteBackend::open_alone(&path).expect("a new file");
    let second = SqliteBackend::open_alone(&path).map(drop).expect_err("the first has it");
    assert_eq!(second.class(), Class::Retry, "{second}");
    let tool = Store::new(SqliteBackend::open(&path).expect("a tool works beside it"));
    tool.write(|tx| tx.orders_save(&[order("o-1")])).await.expect("and writes");
    drop(service);
    SqliteBackend::open_alone(&path).map(drop).expect("free again");
}

#[test]
fn settings_are_those_of_a_durable_file() {
    let folder = folder();
    let db = Db::open(&folder.path().join("forewarn.db")).expect("a new file");
    let number = |pragma| -> i64 { db.conn.pragma_query_value(None, pragma, |row| row.get(0)).expect("a pragma") };
    let mode: String = db.conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a pragma");
    assert_eq!(mode, "wal");
    assert_eq!((number("synchronous"), number("auto_vacuum"), number("foreign_keys")), (2, 2, 1));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let mut db = Db::open(&path).expect("a new file");
    run(&mut db, |tx| tx.note_save("a", "b"));
    for name in ["forewarn.db", "forewarn.db-wal", "forewarn.db-shm"] {
        let file = std::fs::metadata(folder.path().join(name)).expect("the file is there");
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let db = Db::open(&path).expect("a new file");
    let known: i64 = db.conn.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a pragma");
    db.conn.pragma_update(None, "user_version", known + 7).expect("a pragma");
    drop(db);
    let error = open_error(&path);
    assert!(matches!(error, StoreError::TooNew { found, known: k } if found == known + 7 && k == known), "{error}");
    assert_eq!(error.class(), Class::Fatal);
}

#[test]
fn another_programs_file_is_refused_untouched() {
    let folder = folder();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).expect("a new file");
    other.execute_batch("CREATE TABLE theirs (a)").expect("a table");
    drop(other);
    let error = open_error(&path);
    assert!(error.to_string().contains("another program"), "{error}");
    assert_eq!(error.class(), Class::Fatal);
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are notes, and they are longer than a hundred bytes, so that SQLite looks at all of what it takes for a header")
        .expect("a file");
    let error = open_error(&text);
    assert!(error.to_string().contains("no SQLite database"), "{error}");
    let missing = open_error(&folder.path().join("missing/forewarn.db"));
    assert!(missing.to_string().contains("folder"), "{missing}");
}

#[test]
fn migrating_twice_changes_nothing() {
    let mut db = Db::in_memory().expect("memory suffices");
    run(&mut db, |tx| tx.note_save("a", "b"));
    migrations::migrate(&mut db.conn).expect("the schema is up to date");
    assert_eq!(run(&mut db, |tx| tx.note_load("a")).as_deref(), Some("b"));
}

#[test]
fn letters_of_the_first_schema_go_on_as_they_were() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let old = Connection::open(&path).expect("a new file");
    let number = |pragma: &str, value: i64| old.pragma_update(None, pragma, value).expect("a pragma");
    old.execute_batch(include_str!("../migrations/0001_first.sql")).expect("the first schema");
    number("application_id", 0x4657_524E);
    number("user_version", 1);
    old.execute_batch(
        "INSERT INTO dead_letters (topic, partition, \"offset\", reason, detail, raw, headers, at)
         VALUES ('t', 1, 7, 'bad_id', 'why', x'00ff', '[]', 12345)",
    )
    .expect("a row");
    drop(old);
    let mut db = Db::open(&path).expect("it is brought up to date");
    let lines = run(&mut db, |tx| tx.letters_list(&Default::default(), None, 9));
    let seen: Vec<_> = lines.iter().map(|l| (l.origin.offset, l.first_at.ms(), l.last_at.ms(), l.seen)).collect();
    assert_eq!(seen, [(7, 12_345, 12_345, 1)]);
    assert_eq!(run(&mut db, |tx| tx.dead_letters(9)).1, [("bad_id".to_owned(), 1)]);
}

#[test]
fn a_full_disk_is_waited_for_and_says_so() {
    let folder = folder();
    let mut db = Db::open(&folder.path().join("forewarn.db")).expect("a new file");
    let pages: i64 = db.conn.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a pragma");
    db.conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).expect("a pragma");
    let rows: Vec<_> = (0..200).map(|i| full_order(&format!("o-{i}"))).collect();
    let error = attempt(&mut db, |tx| tx.orders_save(&rows)).expect_err("there is no room");
    assert_eq!(error.class(), Class::Retry);
    assert!(error.to_string().contains("disk is full"), "{error}");
}

#[test]
fn a_database_in_other_hands_can_be_tried_again() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let mut db = Db::open(&path).expect("a new file");
    let other = Connection::open(&path).expect("the same file");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    db.conn.busy_timeout(std::time::Duration::from_millis(1)).expect("a setting");
    let error = attempt(&mut db, |tx| tx.note_save("a", "b")).expect_err("it is locked");
    assert_eq!(error.class(), Class::Retry);
    other.execute_batch("ROLLBACK").expect("a lock");
    run(&mut db, |tx| tx.note_save("a", "b"));
}

#[test]
fn deleted_rows_give_their_space_back() {
    let folder = folder();
    let mut db = Db::open(&folder.path().join("forewarn.db")).expect("a new file");
    let pages =
        |db: &Db| -> i64 { db.conn.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a pragma") };
    let empty = pages(&db);
    let rows: Vec<_> = (0..300)
        .map(|i| {
            let mut row = full_order(&format!("o-{i}"));
            (row.index.open, row.wake_at, row.parked) = (false, None, None);
            row
        })
        .collect();
    run(&mut db, |tx| tx.orders_save(&rows));
    assert!(pages(&db) > empty + 50);
    let far = crate::store::contract::fixtures::at(1_000_000);
    assert_eq!(run(&mut db, |tx| tx.prune(far, 1_000)), 300);
    assert!(pages(&db) <= empty + 1, "{} pages of {empty} before", pages(&db));
    let tags: i64 = db.conn.query_row("SELECT count(*) FROM order_tags", [], |row| row.get(0)).expect("a count");
    assert_eq!(tags, 0);
}

#[test]
fn what_the_first_schema_had_observed_is_learned_by_the_next() {
    let folder = folder();
    let path = folder.path().join("forewarn.db");
    let old = Connection::open(&path).expect("a new file");
    old.execute_batch(include_str!("../migrations/0001_first.sql")).expect("the first schema");
    old.pragma_update(None, "application_id", 0x4657_524E_i64).expect("a pragma");
    old.pragma_update(None, "user_version", 1).expect("a pragma");
    let row =
        "INSERT INTO observations (at, group_names, from_ms, to_ms, ended) VALUES (5, '[\"everybody\"]', 1, 2, 1)";
    old.execute_batch(row).expect("an observation");
    drop(old);
    let mut db = Db::open(&path).expect("the same file");
    let groups = Groups::from_names(vec!["everybody".into()]);
    let seen = Waited { groups, origin: None, from: Span::from_ms(1), to: Span::from_ms(2), ended: true, traits: None };
    let (found, _) = run(&mut db, |tx| tx.observations_read(None, Instant::from_ms(9), 9));
    assert_eq!(found, [Observation::Waited(seen)]);
}
