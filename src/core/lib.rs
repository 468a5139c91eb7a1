//! The pure rules of Forewarn.
//!
//! Everything that decides about an order lives here: which events matter, what was promised, when the order
//! will ship, what the buyer is told and what the shop gives for the wait. Time is an argument, chance is a hash,
//! and nothing in this crate opens a file, a socket or a clock. Same input, same answer, byte for byte.

pub mod because;
pub mod calendar;
pub mod cause;
pub mod condition;
pub mod decide;
pub mod desk;
pub mod digest;
pub mod estimate;
pub mod event;
pub mod expedite;
pub mod facts;
pub mod forecast;
pub mod grant;
pub mod hindsight;
pub mod ids;
pub mod incident;
pub mod instant;
pub mod money;
pub mod need;
pub mod notice;
pub mod order;
pub mod policy;
pub mod promise;
#[cfg(test)]
mod sample;
pub mod text;
pub mod tracking;
pub mod trial;
pub mod zone;

pub use ids::{BuyerKey, OrderKey};
pub use instant::{Instant, Span};
