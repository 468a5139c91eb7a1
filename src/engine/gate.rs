//! Whether a message may go on its way now, asked right before it is noted as such.

use std::num::NonZeroU32;
use std::time::Duration;

use forewarn_core::incident::IncidentId;

use super::Remark;

/// Knows how much the ways out bear. It is asked within a transaction that may be undone and run again, so it must not
/// count on what it has admitted.
pub trait Gate {
    /// Asks for a message to `address` on `channel`.
    fn admit(&mut self, channel: &str, address: &str) -> Admission;

    /// How long a delay notice of `incident` has to wait, of which `per_minute` may leave a minute; `None`: it may go.
    fn turn_of(&mut self, incident: IncidentId, per_minute: NonZeroU32) -> Option<Duration> {
        let _unbounded = (incident, per_minute);
        None
    }

    /// A delay notice of `incident` goes on its way.
    fn took_turn(&mut self, incident: IncidentId, per_minute: NonZeroU32) {
        let _uncounted = (incident, per_minute);
    }

    /// Which of `down`, channels that are known to fail, one message may now find out about. Without it nobody would,
    /// where all that such a channel would carry goes another way.
    fn tries(&mut self, down: &[&str]) -> Vec<String>;
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may go.
    Go,
    /// It waits in the outbox for this much real time, for this reason, and is decided again then.
    Wait(Duration, Remark<'static>),
}

/// Lets everything pass.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open;

impl Gate for Open {
    fn admit(&mut self, _channel: &str, _address: &str) -> Admission {
        Admission::Go
    }

    fn tries(&mut self, _down: &[&str]) -> Vec<String> {
        Vec::new()
    }
}
