//! The way to the buyers: a mail server with moods, and what it handed over.

use std::collections::BTreeMap;
use std::time::Duration;

use forewarn::engine::{Attempt, Message};
use forewarn_core::{Instant, Span};

use crate::dice::Dice;

/// A message on the wire.
#[derive(Clone)]
pub(crate) struct Flight {
    pub(crate) message: Message,
    pub(crate) token: String,
    /// The process that waits for the answer, and which of its lives.
    pub(crate) sender: (usize, u32),
    /// When the answer is there.
    pub(crate) back_at: Instant,
    pub(crate) answer: Attempt,
}

/// The mail server and the mailboxes behind it.
#[derive(Default)]
pub(crate) struct Post {
    /// How often each notice reached its buyer, by dedupe key.
    pub(crate) delivered: BTreeMap<String, u32>,
    pub(crate) flights: Vec<Flight>,
    /// Until when the mail server is away; the chat gateway never is.
    pub(crate) away_until: Option<Instant>,
}

impl Post {
    /// Takes a message. `lease` is how long its sender keeps it for itself; `moody` is how often, in percent, something
    /// is wrong. Gives whether the buyer got it.
    pub(crate) fn take(
        &mut self,
        dice: &mut Dice,
        moody: u64,
        now: Instant,
        lease: Span,
        (message, token, sender): (Message, String, (usize, u32)),
    ) -> bool {
        let away = self.away_until.is_some_and(|until| now < until);
        let (delivered, wait, answer) = if away && channel_of(&message) == "email" {
            let after = Duration::from_secs(300);
            (false, Span::ZERO, Attempt::Retry { after, reason: "smtp connect: connection refused".to_owned() })
        } else if dice.chance(moody) {
            mood(dice, lease)
        } else {
            fine(dice, moody == 0)
        };
        if delivered {
            for notice in message.notices() {
                *self.delivered.entry(notice.key.clone()).or_default() += 1;
            }
        }
        self.flights.push(Flight { message, token, sender, back_at: now + wait, answer });
        delivered
    }

    /// When the next answer is there.
    pub(crate) fn next_answer(&self) -> Option<Instant> {
        self.flights.iter().map(|f| f.back_at).min()
    }

    /// An answer that is there at `now`; it stays until it is dropped.
    pub(crate) fn answered(&self, now: Instant) -> Option<usize> {
        self.flights.iter().position(|f| f.back_at <= now)
    }
}

/// The channel a message goes out on.
pub(crate) fn channel_of(message: &Message) -> &str {
    message.lead.composed.as_ref().map_or("", |composed| &composed.channel)
}

fn fine(dice: &mut Dice, at_once: bool) -> (bool, Span, Attempt) {
    let wait = if at_once || dice.chance(70) { Span::ZERO } else { dice.minutes(5) };
    (true, wait, Attempt::Sent { receipt: "250 ok".into() })
}

fn mood(dice: &mut Dice, lease: Span) -> (bool, Span, Attempt) {
    let reason = |text: &str| text.to_owned();
    let wait = dice.minutes(5);
    match dice.below(10) {
        0..=3 => {
            let after = Duration::from_millis(u64::try_from(dice.minutes(600).ms()).expect("a wait"));
            (false, wait, Attempt::Retry { after, reason: reason("451 try later") })
        }
        4 => (false, wait, Attempt::Failed { reason: reason("550 no such mailbox") }),
        5 | 6 => (dice.chance(50), wait, Attempt::Unknown { reason: reason("cut off after the final dot") }),
        7 => (true, lease - Span::from_ms(1), Attempt::Sent { receipt: "250 ok, at last".into() }),
        // It hangs past the lease; whatever it says then comes too late.
        _ => {
            let late = lease + dice.minutes(300);
            let delivered = dice.chance(50);
            let taken = Attempt::Sent { receipt: "250 ok, too late".into() };
            (delivered, late, if delivered { taken } else { Attempt::Unknown { reason: reason("timed out") } })
        }
    }
}
