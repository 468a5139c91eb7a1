//! Outgoing channels: one rendered notice in, one honest outcome out.
//!
//! A channel never retries and never waits for a later moment; it makes one attempt and says what is
//! known about it. When to try again is [`crate::deliver::backoff`]'s part, and what is recorded is the
//! outbox's. Reasons and receipts are safe to log: they hold codes, never what the other side wrote
//! about a person.

mod duration;
pub mod email;
pub mod webhook;

use std::{fmt, future::Future, pin::Pin, time::Duration};

use serde::Serialize;

use crate::store::port::Json;

/// The pending attempt that [`Channel::send`] returns; boxed so that channels can be held as `dyn Channel`.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// The pending greeting that [`Channel::greet`] returns; its error says what an attempt would have come to.
pub type Greeting<'a> = Pin<Box<dyn Future<Output = Result<(), Outcome>> + Send + 'a>>;

/// A way out for notices.
pub trait Channel: Send + Sync {
    /// The channel's name as the policy and the records spell it, such as `email`.
    fn name(&self) -> &str;

    /// Makes one attempt. It ends within the time-outs of the channel's configuration.
    ///
    /// Dropping the future before it ends leaves the attempt in an unknown state: the caller must
    /// treat that as [`Outcome::Unknown`].
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a>;

    /// Reaches the other side without a message, as far as it would come before one: connects and logs in. `None` where
    /// nothing can be known without a message.
    fn greet(&self) -> Option<Greeting<'_>> {
        None
    }
}

/// One rendered notice on its way out; `Debug` shows ids and codes only, nothing personal.
#[derive(Clone, PartialEq)]
pub struct Outgoing {
    /// Id of the notice; of several in one message, the first. 1 to 200 visible ASCII characters.
    pub notice_id: String,
    /// Stable id of the message: `local@domain`, with or without angle brackets, or the local part
    /// alone, to which e-mail adds the sender's domain; 1 to 200 visible ASCII characters. The same on every attempt.
    pub message_id: String,
    /// Which attempt this is, from 1 on.
    pub attempt: u32,
    /// Kind of notice, such as `delay_warning`.
    pub kind: String,
    /// Template code, such as `delay_warning.plain`, for gateways that keep their own approved texts.
    pub template: String,
    /// Whether this serves the order or promotes something; gateways are bound to tell them apart.
    pub class: Class,
    /// The shop in whose name this is sent.
    pub merchant_id: String,
    /// The order this is about; of several, the first.
    pub order_id: String,
    /// Every order it tells of, each with its notice; empty in what is no notice.
    pub orders: Vec<ToldOrder>,
    /// BCP 47 tag of the language of `subject`, `text` and `html`, such as `zh-CN`.
    pub locale: String,
    /// Where it goes: an e-mail address, a telephone number, or a gateway's handle.
    pub to: Recipient,
    /// The shop's name for the From header; the channel's own name when absent.
    pub from_name: Option<String>,
    /// Address for the buyer's answers; the channel's own when absent.
    pub reply_to: Option<String>,
    /// Subject line.
    pub subject: String,
    /// The notice as plain text.
    pub text: String,
    /// The notice as HTML.
    pub html: String,
    /// Address of the page to opt out, `https` in service.
    pub unsubscribe_url: Option<String>,
    /// The template's variables, for gateways that render themselves.
    pub variables: Json,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("notice_id", &self.notice_id)
            .field("message_id", &self.message_id)
            .field("attempt", &self.attempt)
            .field("kind", &self.kind)
            .field("template", &self.template)
            .field("class", &self.class)
            .field("merchant_id", &self.merchant_id)
            .field("order_id", &self.order_id)
            .field("locale", &self.locale)
            .finish_non_exhaustive()
    }
}

/// One order a message tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldOrder {
    /// Id of its notice, the same on every attempt.
    pub notice_id: String,
    /// The order, within the shop.
    pub order_id: String,
    /// Kind of its notice.
    pub kind: String,
}

/// What a notice is for, as the law sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Part of serving the order.
    Service,
    /// Also promotes something; needs the buyer's consent.
    Promotional,
}

impl Class {
    /// The name used in payloads and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Promotional => "promotional",
        }
    }
}

/// An address of a person. It has no `Display`, and `Debug` hides it; [`Recipient::expose`] is the one way to the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(String);

impl Recipient {
    /// Wraps an address as it was given; each channel checks it before use.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address itself, for the wire only: never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Recipient {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(redacted)")
    }
}

/// What is known after one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took responsibility for it.
    Sent {
        /// What the other side said to find it again, such as a queue id; at most 200 visible ASCII characters.
        receipt: String,
    },
    /// It was certainly not taken, or a repeat does no harm, and a later attempt may succeed.
    Retry {
        /// Why, as far as it decides how long to wait.
        class: RetryClass,
        /// How long the other side asked us to wait, at most one hour.
        after: Option<Duration>,
        /// Step and code, safe to log.
        reason: String,
    },
    /// It was refused for good, or can never be sent as it stands.
    Failed {
        /// Step and code, safe to log.
        reason: String,
    },
    /// It may or may not have been taken; sending it again may reach the buyer twice.
    Unknown {
        /// Step and code, safe to log.
        reason: String,
    },
}

impl Outcome {
    /// The name used as a metric label and in records.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Retry { .. } => "retry",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The receipt, or why it was not taken; safe to log.
    pub fn reason(&self) -> &str {
        match self {
            Self::Sent { receipt } => receipt,
            Self::Retry { reason, .. } | Self::Failed { reason } | Self::Unknown { reason } => reason,
        }
    }
}

/// Why a later attempt may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryClass {
    /// No connection, or it was lost: refused, name not resolved, reset.
    Network,
    /// The other side did not answer in time.
    Timeout,
    /// The other side said it cannot take it now.
    Busy,
    /// The receiving server defers strangers on first contact.
    Greylisted,
    /// It cannot succeed until an operator acts: password, certificate, sender address, URL.
    Config,
}

impl RetryClass {
    /// The name used as a metric label and in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Busy => "busy",
            Self::Greylisted => "greylisted",
            Self::Config => "config",
        }
    }
}

/// A text from outside as a receipt: visible ASCII, at most 200 characters, words with an `@` left out.
fn receipt_from(text: &str) -> String {
    let visible = |word: &&str| !word.contains('@') && word.bytes().all(|b| b.is_ascii_graphic());
    let words: Vec<&str> = text.split_whitespace().filter(visible).collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests;
