//! Forewarn: tells buyers about late orders before they have to ask.
//!
//! The library holds everything the `forewarn` binary does. `forewarn-core` decides; this crate carries: events in
//! ([`intake`]), one transaction a step ([`engine`], [`store`]), words ([`copy`]) and messages out ([`deliver`]).

pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod copy;
pub mod deliver;
pub mod engine;
pub mod intake;
mod kafka;
pub mod policy;
pub mod publish;
pub mod serve;
pub mod simulate;
pub mod store;
pub mod telemetry;
