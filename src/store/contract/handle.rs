//! What a handle promises beside its port: steps of different callers do not touch each other.

use std::sync::mpsc;

use super::fixtures::{key, order};
use crate::store::{Store, StoreError};

/// Runs `name` to save an order of that name.
async fn save(store: &Store, name: &'static str) -> Result<(), StoreError> {
    store.write(move |tx| tx.orders_save(&[order(name)])).await
}

async fn exists(store: &Store, name: &'static str) -> bool {
    let found = store.read(move |tx| tx.orders_load(&[key(name)])).await.expect("the store answers");
    found[0].is_some()
}

/// A step that saves `name` and then does what `end` does.
async fn save_then(store: &Store, name: &'static str, end: fn() -> Result<(), StoreError>) -> Result<(), StoreError> {
    store
        .write(move |tx| {
            tx.orders_save(&[order(name)])?;
            end()
        })
        .await
}

/// Holds the writer until the other steps wait, so that they share a commit where the store makes them share one.
async fn all_at_once<A, B, C>(
    store: &Store,
    steps: (impl Future<Output = A>, impl Future<Output = B>, impl Future<Output = C>),
) -> (A, B, C) {
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let blocker = store.write(move |_| {
        let wait = wait.lock().expect("one step runs at a time");
        wait.recv().map_err(|_| StoreError::Stopped)
    });
    let release = async {
        // The steps before it in the join have been handed over by the time this is polled for the second time.
        tokio::task::yield_now().await;
        go.send(()).expect("the writer waits");
    };
    let (a, b, c) = steps;
    let (blocked, a, b, c, ()) = tokio::join!(blocker, a, b, c, release);
    blocked.expect("the step that holds the writer succeeds");
    (a, b, c)
}

pub(crate) async fn a_failing_step_leaves_its_neighbours(store: &Store) {
    let fail = || Err(StoreError::Fenced { topic: "t".into(), partition: 0 });
    let steps = (save(store, "before"), save_then(store, "failing", fail), save(store, "after"));
    let (before, failing, after) = all_at_once(store, steps).await;
    assert!(before.is_ok() && after.is_ok());
    assert!(matches!(failing, Err(StoreError::Fenced { .. })));
    assert!(exists(store, "before").await && exists(store, "after").await);
    assert!(!exists(store, "failing").await);
}

pub(crate) async fn a_panicking_step_leaves_its_neighbours(store: &Store) {
    let fail = || panic!("a step that panics");
    let steps = (save(store, "before"), save_then(store, "failing", fail), save(store, "after"));
    let (before, failing, after) = all_at_once(store, steps).await;
    assert!(before.is_ok() && after.is_ok());
    let error = failing.expect_err("the step panicked");
    assert_eq!(error.class(), crate::store::Class::Permanent);
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(exists(store, "before").await && exists(store, "after").await);
    assert!(!exists(store, "failing").await);
    let reading = store.read::<(), _>(|_| panic!("a read that panics")).await;
    assert!(reading.expect_err("the read panicked").to_string().contains("panicked"));
    assert!(save(store, "later").await.is_ok() && exists(store, "later").await);
}

pub(crate) async fn a_read_keeps_its_snapshot(store: &Store) {
    save(store, "first").await.expect("the store writes");
    let (looked, look_again) = (mpsc::channel::<()>(), mpsc::channel::<()>());
    let (tell, wait) = (looked.0, std::sync::Mutex::new(look_again.1));
    let reading = store.read(move |tx| {
        let before = tx.facts_digest()?;
        tell.send(()).map_err(|_| StoreError::Stopped)?;
        wait.lock().expect("one step runs at a time").recv().map_err(|_| StoreError::Stopped)?;
        Ok((before, tx.facts_digest()?))
    });
    let writing = async {
        tokio::task::spawn_blocking(move || looked.1.recv()).await.expect("it runs").expect("the read looks");
        save(store, "second").await.expect("the store writes beside a reader");
        look_again.0.send(()).expect("the read waits");
    };
    let (read, ()) = tokio::join!(reading, writing);
    let (before, after) = read.expect("the store reads");
    assert_eq!(before, after);
    assert_eq!(before.1, 1);
    assert_eq!(store.read(|tx| tx.facts_digest()).await.expect("the store reads").1, 2);
}

pub(crate) async fn a_read_writes_nothing(store: &Store) {
    let shop = super::fixtures::merchant("M1");
    let looked = store.read(move |tx| tx.live_since(&shop, super::fixtures::at(1))).await;
    assert_eq!(looked.expect("looking is allowed"), super::fixtures::at(1));
    // Refused or dropped, it is not there afterwards.
    drop(store.read(|tx| tx.orders_save(&[order("o-1")])).await);
    assert!(!exists(store, "o-1").await);
    let shop = super::fixtures::merchant("M1");
    let later = store.write(move |tx| tx.live_since(&shop, super::fixtures::at(5))).await;
    assert_eq!(later.expect("the store writes"), super::fixtures::at(5));
}
