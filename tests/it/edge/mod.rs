//! Delivery at its edge: what is on the wire, what waits, and what nobody knows.

mod limits;
mod rolling;
mod stage;
mod uncertain;
