//! Delivery at its edge: what is on the wire, what waits, and what nobody knows.

mod coupons;
mod limits;
mod lost_answers;
mod outage;
mod protocol;
mod rolling;
#[path = "../../../src/deliver/channel/email/tests/server.rs"]
#[expect(dead_code, reason = "the channel's own tests use the rest of it")]
mod server;
mod smtp;
mod stage;
mod uncertain;
