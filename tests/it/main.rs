//! All integration tests, linked as one binary: one module a subject.

#![cfg(test)]
#![allow(
    clippy::cognitive_complexity,
    clippy::needless_pass_by_value,
    clippy::unwrap_in_result,
    reason = "a test reads as one story, builds its values on the spot, and ends where something is not as it should be"
)]

mod backtest;
mod browser;
mod crosswise;
mod damage;
mod decode;
mod demo;
mod deploy;
mod edge;
mod faults;
mod fuzz;
mod http_intake;
mod invariants;
mod kafka;
mod process;
mod schemas;
mod services;
mod simulate;
mod together;
mod twins;
