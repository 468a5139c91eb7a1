//! What one process has written, another hears of.

use std::sync::mpsc;
use std::time::Duration;

use super::house;
use crate::store::contract::fixtures::{at, notice, order};
use crate::store::handle::News;
use crate::store::port::OrderRow;
use crate::store::postgres::PostgresBackend;
use crate::store::{Store, StoreBackend as _};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn news_reach_other_processes() {
    let Some((schema, writer)) = house::serving().await else { return };
    let settings = schema.settings.clone();
    let listener = tokio::task::spawn_blocking(move || PostgresBackend::open(&settings)).await;
    let listener = listener.expect("it does not panic").expect("the server answers");
    let (heard, news) = mpsc::channel();
    listener.watch(std::sync::Arc::new(move |one| {
        // Nobody listens any more once the test is over.
        heard.send(one).ok();
    }));
    let listener = Store::new(listener);
    expect(&writer, &news, News::Orders).await;
    expect(&writer, &news, News::Notices).await;
    // Once the line is cut, news are heard again as soon as it stands anew.
    let (settings, name) = (schema.settings.clone(), schema.name.clone());
    tokio::task::spawn_blocking(move || house::cut_off(&settings, &name)).await.expect("it does not panic");
    expect(&writer, &news, News::Orders).await;
    drop(listener);
}

/// Writes until `wanted` is heard: what is said before somebody listens is lost, and may be.
async fn expect(writer: &Store, news: &mpsc::Receiver<News>, wanted: News) {
    while news.try_recv().is_ok() {}
    let until = std::time::Instant::now() + PATIENCE;
    for n in 0.. {
        assert!(std::time::Instant::now() < until, "no news of {wanted:?}");
        let step = writer.write(move |tx| {
            let name = format!("n-{n}");
            tx.orders_save(&[OrderRow { wake_at: Some(at(1)), ..order(&name) }])?;
            tx.notices_add(&[notice(&name, 1)])
        });
        step.await.expect("the store writes");
        if std::iter::from_fn(|| news.recv_timeout(Duration::from_millis(200)).ok()).any(|one| one == wanted) {
            return;
        }
    }
}
