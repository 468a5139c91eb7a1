//! Upgrades: whatever statement of a migration a process dies at, the next start finds a whole schema and goes on.
//!
//! The tests go over the list of steps, so a step added later is killed at each of its statements too. As in `kill`,
//! the victim is this very program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::store::contract::fixtures::{at, grant, key, notice};
use crate::store::contract::run;
use crate::store::port::{Book, NoticeState, Offset};
use crate::store::sqlite::migrations::{STEPS, migrate_through};
use crate::store::sqlite::{Db, connection};

/// Tells the victim which file to upgrade, and at which step and statement to die.
const PLACE: &str = "FOREWARN_TEST_UPGRADE_PLACE";
const DIE_AT: &str = "FOREWARN_TEST_UPGRADE_DIE_AT";

/// Rows of the first schema, as its own program wrote them.
const FIRST_ROWS: &str = include_str!("first_rows.sql");
/// The fingerprint that program gave of their facts.
const FIRST_DIGEST: &str = "aa65cbe8fd217ecf1bd15dc72e62e906a3c18d61463d8ccc7c989839cfc4ca88";

/// A file of the schema after `steps`, with rows where there are tables.
fn file_after(steps: usize, path: &Path) {
    let mut conn = connection::open(path).expect("a new file");
    for taken in 1..=steps {
        migrate_through(&mut conn, &STEPS[..taken], &mut |_, _| ()).expect("an earlier schema");
        if taken == 1 {
            conn.execute_batch(FIRST_ROWS).expect("rows of the first schema");
        }
    }
}

/// How many moments to die at a step has: before each statement, and after the last.
fn moments_of(step: usize) -> usize {
    let mut moments = 0;
    let mut conn = connection::in_memory().expect("memory suffices");
    migrate_through(&mut conn, &STEPS[..=step], &mut |s, _| moments += usize::from(s == step)).expect("the steps");
    moments
}

fn schema(conn: &Connection) -> (i64, Vec<String>) {
    let version = conn.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a pragma");
    let sql = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    let mut statement = conn.prepare(sql).expect("a query");
    let parts = statement.query_map([], |row| row.get(0)).expect("a query").collect::<Result<_, _>>();
    (version, parts.expect("text"))
}

fn schema_after(steps: usize) -> (i64, Vec<String>) {
    let mut conn = connection::in_memory().expect("memory suffices");
    migrate_through(&mut conn, &STEPS[..steps], &mut |_, _| ()).expect("the steps");
    let (version, mut parts) = schema(&conn);
    // A file without a table yet has no sequence of its own either.
    parts.retain(|part| steps > 0 || !part.contains("sqlite_"));
    (version, parts)
}

/// Everything the first schema's rows said is still there, and the store works on.
fn check_rows(db: &mut Db) {
    let orders = run(db, |tx| tx.orders_load(&[key("o-1"), key("bare"), key("parked")]));
    let [Some(order), Some(bare), Some(parked)] = orders.as_slice() else { panic!("an order is gone") };
    assert_eq!((order.wake_at, order.index.ship_by, order.told.said.len()), (Some(at(30)), Some(at(2_880)), 1));
    assert_eq!((parked.parked.as_deref(), bare.index.chases), (Some("broke an invariant"), 0));
    assert_eq!(run(db, |tx| tx.facts_digest()), (FIRST_DIGEST.to_owned(), 3, 5));
    let told = run(db, |tx| tx.notice_load(&notice("told", 0).notice_id)).expect("the notice is there");
    assert_eq!((told.state, told.composed.is_some()), (NoticeState::Sent, true));
    assert_eq!(run(db, |tx| tx.grant_load(&grant("g-1", 5, 3).grant_id)), Some(grant("g-1", 5, 3)));
    assert_eq!(run(db, |tx| tx.note_load("link.secret")).as_deref(), Some("not-a-secret"));
    assert_eq!(run(db, |tx| tx.policy_in_force()).map(|p| (p.number, p.version)), Some((1, "p-1".to_owned())));
    assert_eq!(run(db, |tx| tx.switches()).len(), 1);
    assert_eq!(run(db, |tx| tx.books())[0], (Book::Read, 4));
    assert_eq!(run(db, |tx| tx.dead_letters(9)).0.len(), 1);
}

fn check_works(db: &mut Db) {
    let due = run(db, |tx| tx.orders_due(at(40), 9));
    assert_eq!(due.len(), 1);
    run(db, |tx| tx.orders_save(&due));
    assert_eq!(run(db, |tx| tx.orders_load(&[key("o-1")])), [Some(due[0].clone())]);
    let claimed = run(db, |tx| tx.notices_claim(at(9), at(9), 9, "t", at(19)));
    assert_eq!(claimed.len(), 1);
    assert!(run(db, |tx| tx.notice_save(&claimed[0], "t")));
    let taken = run(db, |tx| tx.offset_take_over("forewarn.orders", 3));
    assert_eq!(taken, Offset { next: Some(8), epoch: 2 });
    run(db, |tx| tx.offset_advance("forewarn.orders", 3, 2, Some(8), 9));
}

#[test]
fn a_store_of_each_earlier_schema_is_upgraded_and_works_on() {
    for steps in 1..=STEPS.len() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("forewarn.db");
        file_after(steps, &path);
        let mut db = Db::open(&path).expect("an earlier schema is taken on");
        assert_eq!(schema(&db.conn), schema_after(STEPS.len()));
        check_rows(&mut db);
        check_works(&mut db);
    }
}

#[test]
fn a_death_at_any_statement_leaves_one_whole_schema_and_the_next_start_the_newest() {
    let newest = schema_after(STEPS.len());
    for (step, statement) in (0..STEPS.len()).flat_map(|step| (0..moments_of(step)).map(move |n| (step, n))) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("forewarn.db");
        file_after(step, &path);
        let died = Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--exact", "store::sqlite::tests::upgrade::the_victim_upgrades_until_it_dies"])
            .env(PLACE, &path)
            .env(DIE_AT, format!("{step}/{statement}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the program starts again");
        assert!(!died.success(), "the victim survived step {step}, statement {statement}");

        let conn = Connection::open(&path).expect("the file opens");
        assert_eq!(schema(&conn), schema_after(step), "after dying at step {step}, statement {statement}");
        drop(conn);
        let mut db = Db::open(&path).expect("the next start goes on");
        assert_eq!(schema(&db.conn), newest);
        if step > 0 {
            check_rows(&mut db);
        }
    }
}

#[test]
fn the_victim_upgrades_until_it_dies() {
    let (Some(path), Ok(die_at)) = (std::env::var_os(PLACE).map(PathBuf::from), std::env::var(DIE_AT)) else {
        return;
    };
    let mut conn = connection::open(&path).expect("the file opens");
    migrate_through(&mut conn, STEPS, &mut |step, statement| {
        if format!("{step}/{statement}") == die_at {
            // No destructor runs: the process is gone where it stands.
            std::process::abort();
        }
    })
    .expect("the victim dies before it fails");
}
