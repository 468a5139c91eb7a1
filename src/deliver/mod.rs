//! Delivery: what happens to a notice between the outbox and the world outside.

pub mod backoff;
pub mod channel;
pub mod channels;
pub mod dispatch;
mod message;
