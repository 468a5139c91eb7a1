//! x
pub mod copy;
pub mod deliver;
pub mod intake;
