//! Real servers under load while one thing after the other fails: afterwards every event is folded, every owed notice
//! sent once or listed as unknown, and the books balance. Each test prints its table.
//!
//! What each does in its short form takes a minute or two; `tests/long` runs them longer:
//!
//! ```text
//! FOREWARN_FAULT_KILLS=300       kills of replicas on PostgreSQL                  (18)
//! FOREWARN_FAULT_STOPS=200       SIGTERMs under load                              (20)
//! FOREWARN_FAULT_BURST=100000    orders of the burst; a tenth of it is usual load (1500)
//! FOREWARN_FAULT_SOAK=1200       seconds of a steady load                         (30)
//! FOREWARN_FAULT_RATE=5000       its events a second                              (500)
//! FOREWARN_BIN=path              the program that is tried, as a release build
//! ```
//!
//! Moments are chosen by progress, in events read or mails taken, never by the clock. The tests on PostgreSQL crash
//! their servers, so `tests/run` runs all of this apart from the other tests.

mod cluster;
mod fleet;
mod jobs;
mod ledger;
mod line;
mod load;
mod overload;
mod pair;
mod post;
mod replicas;
mod shutdown;
mod single;
mod soak;

/// The number that an environment variable names, else `usual`.
fn wanted(name: &str, usual: usize) -> usize {
    let Ok(text) = std::env::var(name) else { return usual };
    text.parse().unwrap_or_else(|_| panic!("{name} is to be a number, not `{text}`"))
}
