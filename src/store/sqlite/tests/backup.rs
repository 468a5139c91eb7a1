//! Backups: whole while the service writes, never over another file, never half.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::contract::fixtures::{at, notice, order};
use crate::store::contract::run;
use crate::store::port::BACKUP_TAKEN_AT;
use crate::store::sqlite::{Db, SqliteBackend, backup, inspect};
use crate::store::{Store, StoreError};

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn small_store(folder: &Path) -> PathBuf {
    let path = folder.join("forewarn.db");
    let mut db = Db::open(&path).expect("a new file");
    run(&mut db, |tx| tx.orders_save(&[order("o-1")]));
    path
}

/// Each step writes an order and a notice together, so a copy that holds one without the other is no snapshot.
async fn write_until(store: Store, stop: Arc<AtomicBool>) -> Result<usize, StoreError> {
    let mut written = 0;
    while !stop.load(Ordering::SeqCst) {
        let name = format!("o-{written}");
        store
            .write(move |tx| {
                tx.orders_save(&[order(&name)])?;
                tx.notices_add(&[crate::store::port::NoticeRow { order: order(&name).key, ..notice(&name, 0) }])
            })
            .await?;
        written += 1;
    }
    Ok(written)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_one_moment_of_a_store_that_is_being_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let store = Store::new(SqliteBackend::open(&path).expect("a new file"));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(write_until(store.clone(), Arc::clone(&stop)));
    let (mut sizes, to) = (Vec::new(), tempfile::tempdir().expect("a temporary folder"));
    for n in 0..5 {
        let (from, copy) = (path.clone(), to.path().join(format!("{n}.db")));
        let target = copy.clone();
        let copied = tokio::task::spawn_blocking(move || backup(&from, &target, false, at(n))).await;
        let copied = copied.expect("no panic").expect("a backup");
        assert_eq!(copied.bytes, std::fs::metadata(&copy).expect("a file").len());
        assert_eq!(inspect(&copy).expect("it is read").findings, []);
        let mut db = Db::open(&copy).expect("a store");
        let orders = run(&mut db, |tx| tx.facts_digest()).1;
        let notices: i64 = db.conn.query_row("SELECT count(*) FROM notices", [], |row| row.get(0)).expect("a count");
        assert_eq!(orders, notices.unsigned_abs(), "half a step is in the copy");
        assert_eq!(run(&mut db, |tx| tx.note_load(BACKUP_TAKEN_AT)), Some(at(n).to_string()));
        sizes.push(orders);
    }
    stop.store(true, Ordering::SeqCst);
    let written = writer.await.expect("no panic").expect("the writer is not disturbed");
    assert!(sizes.is_sorted() && sizes[0] < sizes[4], "{sizes:?} of {written}: nothing was written meanwhile");
    assert_eq!(store.read(|tx| tx.note_load(BACKUP_TAKEN_AT)).await.expect("it reads"), None, "the store is no backup");
}

#[test]
fn a_backup_is_a_single_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, to) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = small_store(folder.path());
    backup(&path, &to.path().join("copy.db"), false, at(0)).expect("a backup");
    assert_eq!(files(to.path()), ["copy.db"]);
    let mode = std::fs::metadata(to.path().join("copy.db")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn no_file_is_overwritten_unasked_and_the_store_never() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = small_store(folder.path());
    let to = folder.path().join("copy.db");
    std::fs::write(&to, "precious").expect("a file");
    let error = backup(&path, &to, false, at(0)).expect_err("the file exists");
    assert!(error.to_string().contains("--replace"), "{error}");
    assert_eq!(std::fs::read_to_string(&to).expect("a file"), "precious");
    let error = backup(&path, &path, true, at(0)).expect_err("it is the store");
    assert!(error.to_string().contains("the store itself"), "{error}");
    backup(&path, &to, true, at(0)).expect("it was asked for");
    assert_eq!(inspect(&to).expect("it is read").findings, []);
}

#[test]
fn a_failed_backup_leaves_nothing_and_what_was_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = small_store(folder.path());
    let to = tempfile::tempdir().expect("a temporary folder");
    let error = backup(&path, &to.path().join("missing/copy.db"), false, at(0)).expect_err("there is no such folder");
    assert!(error.to_string().contains("folder"), "{error}");
    let gone = folder.path().join("gone.db");
    std::fs::write(to.path().join("old.db"), "precious").expect("a file");
    backup(&gone, &to.path().join("old.db"), true, at(0)).expect_err("there is no such store");
    assert_eq!(files(to.path()), ["old.db"]);
    assert_eq!(std::fs::read_to_string(to.path().join("old.db")).expect("a file"), "precious");
}
