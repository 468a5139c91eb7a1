//! What is noted on a notice about its last attempt: the program's own remarks, and what a channel said.

use std::fmt;

use forewarn_core::notice::Why;

/// The outcome noted on a notice. Its text is what the store keeps and the broker is told; pages say it in the reader's
/// language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark<'a> {
    /// Kept in the mailbox instead of sent.
    Kept,
    /// Back in the outbox until quiet hours end.
    QuietHours,
    /// Taken back, as its order waits for a person.
    SetAside,
    /// Back in the outbox until its order, which cannot be read, is mended.
    Damaged,
    /// Taken back for this reason.
    Withdrawn(Why),
    /// Taken back, as its order is not in the store any more.
    Gone,
    /// Its process ended between sending and noting the outcome.
    Stranded,
    /// Perhaps sent before the store was restored from a backup of this moment (RFC 3339).
    Restored(&'a str),
    /// Back in the outbox, as what was to go with it may have been sent before.
    Alone,
    /// A fault of the program while it was written.
    Unwritable,
    /// Perhaps taken, and goes once more; so the attempt ended.
    Again(Box<Remark<'a>>),
    /// Perhaps taken before, and not sent again for this reason.
    Open(Box<Remark<'a>>),
    /// It arrived, as this person or this channel's feedback says.
    Arrived(&'a str),
    /// Nobody knew whether it was taken, and this person wants it sent again.
    Asked(&'a str),
    /// Back in the outbox until there is room on its channel.
    Crowded,
    /// Back in the outbox until its turn among the notices of its incident.
    Spread,
    /// Back in the outbox, as its channel fails and is left alone for a while.
    LeftAlone,
    /// Its channel is not configured.
    NoChannel(&'a str),
    /// Tried this often; the last attempt said so.
    GivenUp(u32, Box<Remark<'a>>),
    /// What the channel said, word for word.
    Said(&'a str),
}

const KEPT: &str = "kept in the mailbox";
const QUIET_HOURS: &str = "waits for quiet hours to end";
const SET_ASIDE: &str = "its order is set aside";
const DAMAGED: &str = "its order cannot be read and is set aside";
const GONE: &str = "its order is not in the store any more";
const STRANDED: &str = "the process stopped between sending and noting the outcome";
const RESTORED: (&str, &str) =
    ("the store was restored from a backup of ", "; this may have been sent since, and is not sent again");
const ALONE: &str = "goes without what may have been sent before";
const UNWRITABLE: &str = "writing it panicked";
const NO_CHANNEL: (&str, &str) = ("no channel `", "` is configured; add it or take it out of the policy's channels");
const CROWDED: &str = "waits for room on its channel";
const SPREAD: &str = "waits for its turn among the notices of its incident";
const LEFT_ALONE: &str = "waits for its channel, which fails at present";
const AGAIN: &str = "perhaps taken, and sent once more: ";
const OPEN: &str = "perhaps taken before, and not sent again: ";
const ARRIVED: &str = "arrived, by word of ";
const ASKED: &str = "perhaps taken before, and sent again by word of ";
const GIVEN_UP: (&str, &str) = ("given up after ", " attempts: ");

impl<'a> Remark<'a> {
    /// Reads a text as it was noted. What the program does not write itself was said by a channel.
    pub fn read(text: &'a str) -> Self {
        match text {
            KEPT => Self::Kept,
            QUIET_HOURS => Self::QuietHours,
            SET_ASIDE => Self::SetAside,
            DAMAGED => Self::Damaged,
            GONE => Self::Gone,
            STRANDED => Self::Stranded,
            ALONE => Self::Alone,
            UNWRITABLE => Self::Unwritable,
            CROWDED => Self::Crowded,
            SPREAD => Self::Spread,
            LEFT_ALONE => Self::LeftAlone,
            _ => Why::named(text)
                .map(Self::Withdrawn)
                .or_else(|| Self::no_channel(text))
                .or_else(|| Self::given_up(text))
                .or_else(|| Self::restored(text))
                .or_else(|| Self::uncertain(text))
                .unwrap_or(Self::Said(text)),
        }
    }

    fn no_channel(text: &'a str) -> Option<Self> {
        text.strip_prefix(NO_CHANNEL.0)?.strip_suffix(NO_CHANNEL.1).map(Self::NoChannel)
    }

    fn restored(text: &'a str) -> Option<Self> {
        text.strip_prefix(RESTORED.0)?.strip_suffix(RESTORED.1).map(Self::Restored)
    }

    fn uncertain(text: &'a str) -> Option<Self> {
        let boxed = |last: &'a str| Box::new(Self::read(last));
        let again = text.strip_prefix(AGAIN).map(|last| Self::Again(boxed(last)));
        let open = || text.strip_prefix(OPEN).map(|last| Self::Open(boxed(last)));
        let arrived = || text.strip_prefix(ARRIVED).map(Self::Arrived);
        again.or_else(open).or_else(arrived).or_else(|| text.strip_prefix(ASKED).map(Self::Asked))
    }

    fn given_up(text: &'a str) -> Option<Self> {
        let (attempts, last) = text.strip_prefix(GIVEN_UP.0)?.split_once(GIVEN_UP.1)?;
        Some(Self::GivenUp(attempts.parse().ok()?, Box::new(Self::read(last))))
    }
}

impl fmt::Display for Remark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str(KEPT),
            Self::QuietHours => f.write_str(QUIET_HOURS),
            Self::SetAside => f.write_str(SET_ASIDE),
            Self::Damaged => f.write_str(DAMAGED),
            Self::Withdrawn(why) => f.write_str(why.as_str()),
            Self::Gone => f.write_str(GONE),
            Self::Stranded => f.write_str(STRANDED),
            Self::Restored(from) => write!(f, "{}{from}{}", RESTORED.0, RESTORED.1),
            Self::Alone => f.write_str(ALONE),
            Self::Unwritable => f.write_str(UNWRITABLE),
            Self::Crowded => f.write_str(CROWDED),
            Self::Spread => f.write_str(SPREAD),
            Self::LeftAlone => f.write_str(LEFT_ALONE),
            Self::Again(last) => write!(f, "{AGAIN}{last}"),
            Self::Open(last) => write!(f, "{OPEN}{last}"),
            Self::Arrived(by) => write!(f, "{ARRIVED}{by}"),
            Self::Asked(by) => write!(f, "{ASKED}{by}"),
            Self::NoChannel(name) => write!(f, "{}{name}{}", NO_CHANNEL.0, NO_CHANNEL.1),
            Self::GivenUp(attempts, last) => write!(f, "{}{attempts}{}{last}", GIVEN_UP.0, GIVEN_UP.1),
            Self::Said(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_back() {
        let last = Box::new(Remark::Said("smtp rcpt: 451 4.7.1"));
        let mut all = vec![
            Remark::Kept,
            Remark::QuietHours,
            Remark::SetAside,
            Remark::Damaged,
            Remark::Gone,
            Remark::Stranded,
            Remark::Restored("2026-03-02T03:00:00Z"),
            Remark::Alone,
            Remark::Unwritable,
            Remark::Crowded,
            Remark::Spread,
            Remark::LeftAlone,
            Remark::Again(last.clone()),
            Remark::Open(Box::new(Remark::Withdrawn(Why::Shipped))),
            Remark::Arrived("lin"),
            Remark::Asked("lin"),
            Remark::NoChannel("sms"),
            Remark::GivenUp(8, last),
            Remark::GivenUp(3, Box::new(Remark::NoChannel("sms"))),
            Remark::Said("250 2.0.0 Ok: queued as 4XyZ"),
        ];
        all.extend(Why::ALL.iter().map(|why| Remark::Withdrawn(*why)));
        for remark in all {
            assert_eq!(Remark::read(&remark.to_string()), remark);
        }
    }
}
