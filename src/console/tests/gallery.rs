//! The sample behind a real port, to look at: `cargo test -p forewarn --lib console::tests::gallery -- --ignored`.

use crate::engine::Purpose;

use super::sample::{Sample, ZH, key};

/// Where it listens.
const ADDRESS: &str = "127.0.0.1:8099";

#[tokio::test]
#[ignore = "serves the sample for an hour, for people to look at"]
async fn serve_the_sample() {
    let sample = Sample::full().await;
    let links = &sample.engine.identity().links;
    println!("http://{ADDRESS}/?token={}", sample.operations);
    println!("http://{ADDRESS}/?token={}", sample.merchant);
    for order in ["QH-1001", "QH-1002", "QH-1003"] {
        println!("{}", links.to(Purpose::Order, &key(ZH, order)));
    }
    println!("{}", links.to(Purpose::Unsubscribe, &key(ZH, "QH-1001")));
    let listener = tokio::net::TcpListener::bind(ADDRESS).await.unwrap();
    let served = axum::serve(listener, sample.app.clone());
    let hour = std::time::Duration::from_secs(3_600);
    let ended = tokio::time::timeout(hour, served.into_future()).await;
    assert!(ended.is_err(), "the server ended by itself");
}
