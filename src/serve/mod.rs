//! The service: schedules the engine's steps and keeps them going.
//!
//! Each part is a loop of small transactions; a part that fails for a passing reason waits and tries again, and one
//! that meets a store it can no longer trust stops everything, loudly.

mod connections;
mod cron;
mod health;
mod hold;
mod jobs;
mod metrics;
mod pump;
mod report;
mod roles;
mod service;
mod skew;
pub mod web;

pub use health::{Health, Readiness};
pub use hold::{AfterHold, Hold};
pub use jobs::Timetable;
pub use metrics::{Live, Metrics};
pub use roles::{Role, Roles};
pub use service::{Fresh, Parts, Service};
pub use skew::{Skew, Skews, WrittenAhead};
