//! What the world tells us: one type per event of the contract.
//!
//! An [`Event`] is decoded and within every limit, but not yet believed: whether it changes anything is for the
//! fold to say.

mod check;
mod condition;
mod order;
mod parcel;
#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

pub use condition::{ConditionKind, ConditionRaised, Scope};
pub use order::{
    Buyer, Cancelled, Changed, Exception, ExceptionKind, Fulfilment, LineData, OrderEvent, Placed, Progress,
    Renegotiated, RenegotiationStatus, ShipTo, Shipped, Stage,
};
pub use parcel::{ParcelReason, ParcelState, ParcelStatus};

use crate::ids::{BuyerId, BuyerKey, ConditionId, EventId, GrantId, MessageId, NoticeId, OrderKey, Source};
use crate::instant::Instant;
use crate::text::{Private, Text};

/// Where an event stands in the order of all events: when it happened, then who said it, then its id.
///
/// Last-writer-wins compares stamps, so ties in time are settled the same way everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// When it happened.
    pub time: Instant,
    /// Who said it.
    pub source: Source,
    /// The event's id within its source.
    pub id: EventId,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One order.
    Order(OrderKey),
    /// A fact wider than one order.
    Condition(ConditionId),
    /// A buyer, whatever they ordered.
    Buyer(BuyerKey),
    /// A notice we sent.
    Notice(NoticeId),
    /// A compensation we asked for.
    Grant(GrantId),
}

/// A decoded event within all limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, by whom, under which id.
    pub stamp: Stamp,
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub body: Body,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// Something about one order.
    Order(OrderEvent),
    /// `condition.raised`.
    ConditionRaised(ConditionRaised),
    /// `condition.cleared`.
    ConditionCleared,
    /// `buyer.message` that names no order.
    Message(Message),
    /// `buyer.preference`.
    Preference(Preference),
    /// `notice.feedback`.
    Feedback(Feedback),
    /// `grant.result`.
    GrantResult(GrantResult),
}

/// The channel of a buyer's words that came by the page behind a notice.
pub const PAGE: &str = "page";

/// A buyer wrote something; most often they ask where the order is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// The message's id.
    pub message_id: MessageId,
    /// The writer, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_id: Option<BuyerId>,
    /// What was written.
    pub text: Private,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Text>,
}

/// A way to reach a buyer, as preferences name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceChannel {
    /// Electronic mail.
    Email,
    /// Short text messages.
    Sms,
    /// A chat application.
    Im,
    /// Every way there is.
    All,
}

/// A buyer allows or forbids a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preference {
    /// Which channel.
    pub channel: PreferenceChannel,
    /// Whether we may write there.
    pub allow: bool,
}

/// What became of a notice after it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackOutcome {
    /// It reached the mailbox.
    Delivered,
    /// The address does not take it.
    Bounced,
    /// The buyer marked it as unwanted.
    Complained,
    /// It was opened.
    Opened,
    /// A link in it was followed.
    Clicked,
}

/// `notice.feedback`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Feedback {
    /// What happened to the notice.
    pub outcome: FeedbackOutcome,
    /// In the reporting system's words.
    #[serde(default)]
    pub detail: Option<Private>,
}

/// What the coupon system answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantAnswer {
    /// The coupon is in the buyer's account.
    Granted,
    /// The coupon system will not give it.
    Refused,
    /// It was given and ran out unused.
    Expired,
}

/// `grant.result`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GrantResult {
    /// The answer.
    pub status: GrantAnswer,
    /// The coupon's code, where there is one.
    #[serde(default)]
    pub code: Option<Text>,
    /// Why it was refused.
    #[serde(default)]
    pub reason: Option<Text>,
}

impl Event {
    /// The rank of the event's type in the contract's table: the tie-break of the order of play.
    pub fn rank(&self) -> u8 {
        match &self.body {
            Body::Order(event) => event.rank(),
            Body::ConditionRaised(_) => 9,
            Body::ConditionCleared => 10,
            Body::Message(_) => 12,
            Body::Preference(_) => 13,
            Body::Feedback(_) => 14,
            Body::GrantResult(_) => 15,
        }
    }

    /// A fingerprint of everything the event says, its time included: the same source and id with another
    /// fingerprint is `id_reused`.
    pub fn digest(&self) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        self.stamp.time.hash(&mut hasher);
        self.subject.hash(&mut hasher);
        self.body.hash(&mut hasher);
        hasher.finish()
    }

    /// Checks what no single field can show: contradictions and absurdities.
    ///
    /// # Errors
    /// The dead-letter reason, a colon and a sentence for the reader.
    pub fn check(&self) -> Result<(), String> {
        check::body(&self.body)
    }
}

/// FNV-1a over 64 bits (Fowler, Noll, Vo): stable across versions of the standard library, which its own
/// hashers are not.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
