//! What an inspection finds, and what it must not.

use std::path::{Path, PathBuf};

use crate::store::contract::damage::damage_of;
use crate::store::contract::fixtures::{
    at, composed, dead_letter, full_order, grant, key, merchant, notice, order, suppression,
};
use crate::store::contract::{attempt, run};
use crate::store::port::{Book, NoticeRow, NoticeState, OrderRow, SwitchScope};
use crate::store::sqlite::{Db, inspect};
use crate::store::{Finding, StoreError};
use forewarn_core::cause::Cause;
use forewarn_core::decide::{Preferences, Said, Saying};
use forewarn_core::desk::{Change, Entry, Matter, Stage};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{BuyerKey, OrderKey};

/// Tells one finding from the others.
type IsIt = fn(&Finding) -> bool;

struct Case {
    _folder: tempfile::TempDir,
    path: PathBuf,
    db: Db,
}

fn buyer() -> BuyerKey {
    BuyerKey { merchant_id: merchant("M1"), buyer_id: crate::store::contract::fixtures::buyer("B1") }
}

/// An order that counts on the notice `waiting`.
fn telling() -> OrderRow {
    let mut row = OrderRow { parked: None, ..full_order("o-1") };
    let said = row.told.said[0].clone();
    row.told.said.push(Said {
        key: notice("waiting", 7).key,
        kind: Kind::DelayWarning,
        state: Saying::Pending,
        ..said
    });
    row.told.desk.push(on_desk());
    row
}

fn on_desk() -> Entry {
    Entry {
        matter: Matter::PastUpdates,
        about: String::new(),
        number: 1,
        stage: Stage::Open,
        cause: Cause::Surge,
        chases: 0,
        opened_at: at(3),
        mark: None,
    }
}

/// A store with a row in every table that has a sum, whole.
fn case() -> Case {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut db = Db::open(&path).expect("a new file");
    let sent = NoticeRow { state: NoticeState::Sent, composed: Some(composed().into()), ..notice("told", 5) };
    run(&mut db, |tx| {
        tx.orders_save(&[telling(), full_order("parked"), order("bare")])?;
        tx.notices_add(&[sent.clone(), notice("waiting", 7)])?;
        tx.desk_change(&key("o-1"), &[Change::Opened(on_desk())], at(3))?;
        tx.grant_save(&grant("g-1", 5, 3))?;
        tx.suppressions_add(&[suppression("s", Why::Cancelled)])?;
        tx.dead_letters_add(&[dead_letter(7, 2)])?;
        tx.books_add(&[(Book::Read, 4), (Book::Applied, 3), (Book::DeadLetters, 1)])?;
        let taken = tx.offset_take_over("forewarn.orders", 3)?;
        tx.offset_advance("forewarn.orders", 3, taken.epoch, None, 8)?;
        tx.preferences_save(&buyer(), &Preferences::default())?;
        tx.live_since(&merchant("M1"), at(0))?;
        tx.note_save("link.secret", "not-a-secret")?;
        tx.policy_publish(None, "p-1", "[warn]\nrisk = 0.4\n", "ops", at(0))?;
        tx.switch_set(&SwitchScope::Shadow, true, "ops", at(1))
    });
    Case { _folder: folder, path, db }
}

fn findings(path: &Path) -> Vec<Finding> {
    inspect(path).expect("it is read").findings
}

#[test]
fn a_whole_store_has_no_faults_beside_its_writer_and_after_its_end() {
    let case = case();
    let beside = inspect(&case.path).expect("it is read");
    assert_eq!((beside.findings.as_slice(), beside.more), ([].as_slice(), 0));
    assert!(beside.rows >= 13, "{} rows", beside.rows);
    drop(case.db);
    assert_eq!(inspect(&case.path).expect("it is read"), beside);
}

#[test]
fn a_value_that_reads_well_and_was_not_written_so_is_damage() {
    // Each changes one value to another good one, as a flipped bit would.
    let changes = [
        ("UPDATE orders SET facts = replace(facts, '03-02T', '03-03T') WHERE order_id = 'o-1'", "order"),
        ("UPDATE orders SET ship_by = ship_by + 1 WHERE order_id = 'o-1'", "order"),
        ("UPDATE orders SET told = replace(told, 'sent', 'failed') WHERE order_id = 'parked'", "order"),
        ("UPDATE notices SET state = 'ready' WHERE notice_id = 'told'", "notice"),
        ("UPDATE notices SET due_at = due_at - 4096", "notice"),
        ("UPDATE notices SET composed = replace(composed, 'lin@', 'lio@') WHERE notice_id = 'told'", "notice"),
        ("UPDATE grants SET thousandths = 13192", "grant"),
        ("UPDATE preferences SET preferences = '{}  '", "preferences"),
        ("UPDATE preferences SET buyer_id = 'B2'", "preferences"),
        ("UPDATE merchants SET live_since = live_since - 8192", "shop"),
        ("UPDATE offsets SET next = 9", "offset"),
        ("UPDATE policies SET text = replace(text, '0.4', '0.5')", "policy"),
        ("UPDATE switches SET scope = '{\"scope\":\"global\"}'", "switch"),
        ("UPDATE notes SET value = 'not-a-sebret'", "note"),
    ];
    for (sql, what) in changes {
        let case = case();
        case.db.conn.execute_batch(sql).expect("the statement fits the schema");
        let found = findings(&case.path);
        assert!(found.iter().any(|f| matches!(f, Finding::Row { what: w, .. } if *w == what)), "{sql}: {found:?}");
    }
}

#[test]
fn what_is_acted_on_is_never_a_damaged_row() {
    let mut case = case();
    let change = |db: &Db, sql: &str| db.conn.execute_batch(sql).expect("the statement fits the schema");
    change(&case.db, "UPDATE orders SET facts = replace(facts, '03-02T', '03-03T')");
    assert_eq!(damage_of(attempt(&mut case.db, |tx| tx.orders_load(&[key("o-1")]))), ("order", "M1/o-1".into()));
    assert_eq!(run(&mut case.db, |tx| tx.orders_due(at(99), 9)), [], "it is set aside instead");
    assert_eq!(run(&mut case.db, |tx| tx.orders_parked()), 2);
    change(&case.db, "UPDATE notices SET due_at = due_at - 1");
    let reached = |tx: &mut dyn crate::store::Tx| tx.notices_sent_since(&merchant("M1"), &buyer().buyer_id, at(0));
    assert_eq!(run(&mut case.db, reached), [], "nothing stands on a number that may be wrong");
    let claimed = run(&mut case.db, |tx| tx.notices_claim(at(9), at(9), 9, "t", at(19)));
    let states: Vec<_> = claimed.iter().map(|n| (n.notice_id.as_str(), n.state)).collect();
    assert_eq!(states, [("waiting", NoticeState::Failed)], "it is given up, never sent");
    change(&case.db, "UPDATE preferences SET preferences = '{}  '");
    assert_eq!(damage_of(attempt(&mut case.db, |tx| tx.preferences_load(&buyer()))).0, "preferences");
    change(&case.db, "UPDATE merchants SET live_since = 0");
    assert_eq!(damage_of(attempt(&mut case.db, |tx| tx.live_since(&merchant("M1"), at(0)))).0, "shop");
    change(&case.db, "UPDATE switches SET scope = '{\"scope\":\"global\"}'");
    assert_eq!(damage_of(attempt(&mut case.db, |tx| tx.switches())).0, "switch");
}

#[test]
fn rows_that_do_not_fit_each_other_are_told() {
    let on_desk = |f: &Finding| matches!(f, Finding::Desk { order } if order == "M1/o-1");
    let cases: [(&str, IsIt); 11] = [
        ("DELETE FROM desk", on_desk),
        ("UPDATE desk SET number = 2, desk_id = 'dsk_2'", on_desk),
        ("UPDATE desk SET matter = 'else'", |f| matches!(f, Finding::Row { what: "desk entry", .. })),
        ("DELETE FROM orders WHERE order_id = 'o-1'", |f| matches!(f, Finding::NoticeWithoutOrder { .. })),
        ("DELETE FROM notices WHERE state = 'ready'", |f| matches!(f, Finding::OrderWithoutNotice { .. })),
        ("DELETE FROM order_tags WHERE tag = 'sku'", |f| matches!(f, Finding::Tags { order } if order == "M1/o-1")),
        (
            "INSERT INTO order_tags VALUES ('sku', 'S9', 'M1', 'x')",
            |f| matches!(f, Finding::Tags { order } if order == "*"),
        ),
        ("UPDATE books SET events = 5 WHERE book = 'read'", |f| *f == Finding::Books { read: 5, ended: 4 }),
        ("UPDATE grants SET thousandths = 0, checksum = NULL", |f| matches!(f, Finding::Grant { .. })),
        ("UPDATE dead_letters SET \"offset\" = 8", |f| matches!(f, Finding::Offset { partition: 3, .. })),
        ("UPDATE suppressions SET because = '['", |f| matches!(f, Finding::Row { what: "suppression", .. })),
    ];
    for (sql, is_it) in cases {
        let case = case();
        case.db.conn.execute_batch(sql).expect("the statement fits the schema");
        let found = findings(&case.path);
        assert!(found.iter().any(is_it), "{sql}: {found:?}");
    }
}

#[test]
fn settled_notices_outlive_their_pruned_order() {
    let mut case = case();
    let gone = NoticeRow {
        state: NoticeState::Sent,
        order: OrderKey { order_id: order("gone").key.order_id, ..key("gone") },
        ..notice("old", 5)
    };
    run(&mut case.db, |tx| tx.notices_add(std::slice::from_ref(&gone)));
    assert_eq!(findings(&case.path).len(), 1);
    assert!(run(&mut case.db, |tx| tx.job_begin("prune", at(0), at(0))));
    assert_eq!(findings(&case.path), []);
}

#[test]
fn an_older_schema_is_named_and_a_newer_one_refused() {
    let case = case();
    case.db.conn.pragma_update(None, "user_version", 1).expect("a pragma");
    assert!(matches!(findings(&case.path).as_slice(), [Finding::OldSchema { found: 1, .. }]));
    case.db.conn.pragma_update(None, "user_version", 99).expect("a pragma");
    assert!(matches!(inspect(&case.path), Err(StoreError::TooNew { found: 99, .. })));
}

#[test]
fn a_file_that_is_no_store_or_not_there_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(inspect(&folder.path().join("nothing.db")).is_err());
    assert!(!folder.path().join("nothing.db").exists(), "looking makes nothing");
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).expect("a new file").execute_batch("CREATE TABLE t (a)").expect("a table");
    assert!(inspect(&other).expect_err("it is another program's").to_string().contains("another program"));
}
