//! The writing thread: what callers see of each other, and how it ends.

use crate::store::contract::fixtures::{full_order, order};
use crate::store::contract::handle;
use crate::store::sqlite::writer::Writer;
use crate::store::sqlite::{Db, SqliteBackend, fault};
use crate::store::{Class, Store, StoreError, Tx};

/// A store on a file of its own.
struct Case {
    _folder: tempfile::TempDir,
    store: Store,
}

fn case() -> Case {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = SqliteBackend::open(&folder.path().join("forewarn.db")).expect("a new file");
    Case { store: Store::new(backend), _folder: folder }
}

#[tokio::test]
async fn a_failing_step_leaves_its_neighbours() {
    handle::a_failing_step_leaves_its_neighbours(&case().store).await;
}

#[tokio::test]
async fn a_panicking_step_leaves_its_neighbours() {
    handle::a_panicking_step_leaves_its_neighbours(&case().store).await;
}

#[tokio::test]
async fn a_read_keeps_its_snapshot() {
    handle::a_read_keeps_its_snapshot(&case().store).await;
}

#[tokio::test]
async fn a_read_writes_nothing() {
    handle::a_read_writes_nothing(&case().store).await;
}

#[tokio::test]
async fn steps_are_written_in_the_order_in_which_they_came() {
    let case = case();
    let steps = (0..500).map(|i| {
        let store = case.store.clone();
        async move {
            store
                .write(move |tx| {
                    let before = tx.note_load("last")?.map_or(0, |n| n.parse().unwrap_or(-1));
                    tx.note_save("last", &(before + 1).to_string())?;
                    Ok((i, before))
                })
                .await
                .expect("it writes")
        }
    });
    let mut tasks = tokio::task::JoinSet::new();
    steps.for_each(|step| {
        tasks.spawn(step);
    });
    let mut seen: Vec<i64> = tasks.join_all().await.into_iter().map(|(_, before)| before).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..500).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_by_halves_and_is_over_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(&folder.path().join("forewarn.db")).expect("a new file");
    let pages: i64 = db.conn.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a pragma");
    db.conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).expect("a pragma");
    let writer = Writer::start(db).expect("a thread");
    let large = |tx: &mut dyn Tx| {
        let rows: Vec<_> = (0..200).map(|i| full_order(&format!("o-{i}"))).collect();
        tx.orders_save(&rows)
    };
    let error = writer.run(Box::new(large)).await.expect_err("there is no room");
    assert_eq!(error.class(), Class::Retry);
    assert!(writer.trouble().is_some_and(|why| why.contains("disk is full")));
    // As many pages as a file may have: the operator has made room.
    let room = |tx: &mut dyn Tx| tx.prune(crate::store::contract::fixtures::at(0), 0).map(drop);
    writer.run(Box::new(room)).await.expect("a step that needs no room");
    assert_eq!(writer.trouble(), None, "there is room for the probe");
    let counted = writer.run(Box::new(|tx| tx.facts_digest().map(|found| assert_eq!(found.1, 0)))).await;
    counted.expect("the writer lives, and nothing was kept by halves");
}

#[tokio::test]
async fn a_fatal_error_tells_nobody_ok_and_ends_the_writer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut db = Db::open(&path).expect("a new file");
    Db::transact(&mut db, &mut |tx| tx.note_save("kept", "yes")).expect("it is written");
    // What a disk that turned read-only answers.
    db.conn.pragma_update(None, "query_only", true).expect("a pragma");
    let writer = Writer::start(db).expect("a thread");
    let one = writer.run(Box::new(|tx| tx.note_save("lost", "yes")));
    let other = writer.run(Box::new(|tx| tx.orders_save(&[full_order("o-1")])));
    let (one, other) = tokio::join!(one, other);
    assert_eq!(one.expect_err("nothing can be written").class(), Class::Fatal);
    assert!(other.is_err());
    let later = writer.run(Box::new(|tx| tx.orders_save(&[order("o-1")]))).await;
    assert!(matches!(later, Err(StoreError::Stopped)));
    drop(writer);
    let mut db = Db::open(&path).expect("the same file");
    let kept = Db::transact(&mut db, &mut |tx| Ok((tx.note_load("kept")?, tx.facts_digest()?.1)));
    assert_eq!(kept.expect("it reads"), (Some("yes".to_owned()), 0));
}

#[tokio::test]
async fn a_handle_dropped_by_a_step_does_not_wait_for_itself() {
    let case = case();
    let (done, wait) = tokio::sync::oneshot::channel();
    let (mut last, mut done) = (Some(case.store.clone()), Some(done));
    let Case { store, _folder } = case;
    let writing = store.write(move |_| {
        drop(last.take());
        done.take().map(|done| done.send(())).transpose().map_err(|()| StoreError::Stopped)?;
        Ok(())
    });
    writing.await.expect("it writes");
    drop(store);
    wait.await.expect("the step ran");
}

#[test]
fn an_error_is_told_to_all_who_shared_the_transaction() {
    let own = fault::panicked();
    let theirs = fault::echo(&own);
    assert_eq!((own.to_string(), own.class()), (theirs.to_string(), theirs.class()));
}
