//! PostgreSQL against the contract, and what only several writers and a line that breaks can show.
//!
//! The server is the one `FOREWARN_TEST_POSTGRES` names; `tests/run` starts it. Each test works in a schema of its own,
//! so that all of them run side by side; without a server they say so and are skipped.

mod bell;
mod house;
mod lines;
mod migrations;
mod plans;
mod proxy;
mod races;

use crate::store::contract::{contract, damaged, handle};

contract!(super::house::open);
damaged!(super::house::open);

/// Runs each case of the handle on a backend of its own.
macro_rules! handle {
    ($($case:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $case() {
            if let Some((_house, store)) = house::serving().await {
                handle::$case(&store).await;
            }
        })+
    };
}

handle!(
    a_failing_step_leaves_its_neighbours
    a_panicking_step_leaves_its_neighbours
    a_read_keeps_its_snapshot
    a_read_writes_nothing
);
