//! Delivery: what happens to a notice between the outbox and the world outside.

pub mod backoff;
pub mod breaker;
pub mod channel;
pub mod channels;
pub mod dispatch;
pub mod gate;
mod greet;
mod message;
mod meter;
pub mod pace;
