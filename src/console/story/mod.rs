//! One order as people need to see it: how it stands, why, what was said and what to say next.

mod arrival;
mod choice;
mod file;
mod outlook;
mod reply;
mod status;
mod timeline;

pub(super) use arrival::Arrival;
pub(super) use choice::Choice;
pub(super) use file::OrderFile;
pub(super) use outlook::Outlook;
pub(super) use reply::{language_of, late_reason, reply};
pub(super) use status::Status;
pub(super) use timeline::{Moment, timeline};
