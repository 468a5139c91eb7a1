//! Simulation: the real engine and the real store under seeded faults, against a reference model.
//!
//! A seed makes a world: shops with generated lives of orders, two processes that share the work, a broker, a mail server
//! with moods, a coupon system, people, and a clock. Chance decides which step comes next and whether its commit is
//! kept, lost with its process, kept without anybody hearing of it, or undone. A run is the same every time.
//!
//! ```text
//! FOREWARN_SIM_SEEDS=20000 cargo test --test sim seeds -- --nocapture     how many seeds are run
//! FOREWARN_SIM_SEED=17 cargo test --test sim replay -- --nocapture        one of them, with its last steps
//! ```

#![cfg(test)]
#![allow(
    clippy::cognitive_complexity,
    clippy::needless_pass_by_value,
    clippy::unwrap_in_result,
    reason = "a test ends where something is not as it should be, and says so on the spot; values are built there too"
)]

mod broker;
mod chance;
mod check;
mod clock;
mod coupons;
mod deliver;
mod desk;
#[path = "../it/invariants/dice.rs"]
mod dice;
mod disk;
mod gate;
#[path = "../it/invariants/generated.rs"]
#[allow(dead_code, reason = "the floors are made for the invariants too, which use more of them")]
mod generated;
mod intake;
mod ledger;
mod member;
mod people;
mod post;
mod reference;
mod seeds;
mod story;
mod tend;
mod twin;
mod weather;
mod world;
