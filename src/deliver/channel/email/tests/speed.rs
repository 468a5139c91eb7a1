//! A kept connection must not stall on Nagle's algorithm.

use std::time::{Duration, Instant};

use super::{channel, server::Script};
use crate::deliver::channel::{Channel, Outcome, tests::sample};

/// Without `TCP_NODELAY` each mail waits some 42 ms for a delayed acknowledgement; the bound lies well
/// below that and well above what a busy test machine needs.
#[tokio::test]
async fn fifty_mails_on_one_connection_do_not_wait_for_delayed_acknowledgements() {
    let server = Script::new().start().await;
    let channel = channel(&server);
    let mut spans = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
        spans.push(start.elapsed());
    }
    spans.sort();
    let median = spans[spans.len() / 2];
    println!("median per mail {median:?}, slowest {:?}", spans[spans.len() - 1]);
    assert_eq!(server.connections(), 1);
    assert!(median < Duration::from_millis(20), "median {median:?}");
}
