//! Notices: the outbox, its outcomes, and what was not sent.

use std::sync::Arc;

use forewarn_core::because::Reason;
use forewarn_core::decide::{Got, Suppression};
use forewarn_core::ids::{BuyerId, MerchantId, NoticeId, OrderId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{BuyerKey, Instant, OrderKey, Span};
use serde::{Deserialize, Serialize};

use super::Json;
use crate::store::StoreError;

/// The longest a claim may hold a notice (our choice: far longer than any attempt); a lease that ends later than this
/// from now was given by a wrong clock.
pub const LEASE_MAX: Span = Span::hours(1);

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Due, waiting to be claimed.
    Ready,
    /// Claimed under a lease; not yet on its way.
    Claimed,
    /// Noted as on its way: from here on it may have been taken.
    Sending,
    /// Taken by the channel.
    Sent,
    /// Not taken; tried again later.
    Retry,
    /// Given up for good.
    Failed,
    /// The connection broke at the one moment that leaves it open whether it was taken.
    Unknown,
    /// Decided again before it left, and no longer right.
    Withdrawn,
}

impl NoticeState {
    /// Its name in the store, in metrics and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Retry => "retry",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether nothing more becomes of it by itself: sent, failed, unknown or withdrawn.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Unknown | Self::Withdrawn)
    }
}

/// One notice: first a row of the outbox, later its record.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeRow {
    /// Hash of the dedupe key.
    pub notice_id: NoticeId,
    /// Its dedupe key.
    pub key: String,
    /// Which order.
    pub order: OrderKey,
    /// Who gets it.
    pub buyer_id: Option<BuyerId>,
    /// Its kind.
    pub kind: Kind,
    /// Where it stands.
    pub state: NoticeState,
    /// When it was decided.
    pub created_at: Instant,
    /// When it may be claimed next.
    pub due_at: Instant,
    /// How often it was tried.
    pub attempts: u32,
    /// Who works on it: a random token every later write must present.
    pub lease_token: Option<String>,
    /// Until when the lease holds.
    pub lease_until: Option<Instant>,
    /// When it reached its last state.
    pub updated_at: Instant,
    /// When the channel took it, or perhaps took it.
    pub sent_at: Option<Instant>,
    /// What went out, or goes out; `None` until it was composed. Shared, because a row is copied at every step.
    pub composed: Option<Arc<Composed>>,
    /// The channel's receipt, or why it was not taken; never personal data.
    pub outcome: Option<String>,
    /// What became of it afterwards: the newest `notice.feedback`.
    pub feedback: Option<String>,
}

impl NoticeRow {
    /// Whether it may have been taken at an earlier attempt, and goes once more: until that attempt is settled it must
    /// count as told, and nothing may take it back.
    pub fn is_perhaps_taken(&self) -> bool {
        let on_its_way = matches!(self.state, NoticeState::Retry | NoticeState::Claimed | NoticeState::Sending);
        on_its_way && self.sent_at.is_some()
    }

    /// Whether it waits in the outbox: ready, to be retried or claimed.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, NoticeState::Ready | NoticeState::Retry | NoticeState::Claimed)
    }

    /// Whether `token` may take it for a message: nobody else holds it under a lease that stands at `real_now`.
    pub fn is_free(&self, real_now: Instant, token: &str) -> bool {
        let has_run_out = || self.lease_until.is_some_and(|until| until <= real_now);
        let is_ours = || self.lease_token.as_deref() == Some(token);
        match self.state {
            NoticeState::Ready | NoticeState::Retry => true,
            NoticeState::Claimed => has_run_out() || is_ours(),
            _ => false,
        }
    }

    /// Whether nobody knows if it was taken, and nobody is about to find out.
    pub fn is_open(&self) -> bool {
        self.state == NoticeState::Unknown || (self.state == NoticeState::Retry && self.is_perhaps_taken())
    }
}

/// A notice as it goes out, with everything that explains it. Its `Debug` shows nothing of the buyer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Composed {
    /// The message it travels in, the same at every attempt; notices told together share it.
    pub message_id: String,
    /// `email`, `sms` or `im`.
    pub channel: String,
    /// The buyer's address on it.
    pub to: forewarn_core::text::Private,
    /// The language.
    pub locale: String,
    /// Template code, as `delay_warning.plain`.
    pub template: String,
    /// Whether a coupon makes it promotional.
    pub promotional: bool,
    /// The parcel it speaks about.
    pub parcel_id: Option<String>,
    /// The cause of the delay.
    pub cause: Option<String>,
    /// The promised ship time.
    pub ship_by: Option<Instant>,
    /// The honest date.
    pub quoted_ship_by: Option<Instant>,
    /// The chance to miss ship-by, 0-1.
    pub risk: Option<forewarn_core::policy::Ppm>,
    /// The grant reserved for it.
    pub grant_id: Option<String>,
    /// Its amount, as decimal text.
    pub amount: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// The subject line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The variables the templates saw, for gateways with templates of their own.
    pub variables: Json,
    /// What speaks for it.
    pub because: Vec<Reason>,
    /// The policy it was decided under.
    pub policy_version: String,
    /// The sender's name before the buyer.
    pub shop: String,
    /// Where the buyer can unsubscribe.
    pub unsubscribe_url: Option<String>,
    /// The other notices in the same message, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together_with: Vec<Companion>,
}

/// Another notice in the same message, about the same buyer's order at the same shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// The notice.
    pub notice_id: NoticeId,
    /// Its order, within the shop.
    pub order_id: OrderId,
    /// Its kind.
    pub kind: Kind,
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Composed")
            .field("message_id", &self.message_id)
            .field("channel", &self.channel)
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

/// A due notice that was not sent.
#[derive(Clone, Debug, PartialEq)]
pub struct SuppressionRow {
    /// Which order.
    pub order: OrderKey,
    /// What was not sent and why.
    pub suppression: Suppression,
    /// When.
    pub at: Instant,
    /// The policy it was decided under.
    pub policy_version: String,
    /// What would have been said; only in shadow mode.
    pub composed: Option<Composed>,
}

/// The outbox and its records.
pub trait NoticeStore {
    /// Adds notices that are due; one whose id is there already stays as it is, unless it was withdrawn, which makes
    /// it ready again.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_add(&mut self, rows: &[NoticeRow]) -> Result<(), StoreError>;

    /// Claims up to `limit` notices for `token` until `lease_until`: those ready or to be retried with
    /// `due_at <= now`, ascending by (due_at, merchant, order, notice_id). A notice claimed under a lease that has
    /// run out by `real_now` is claimed again; one that is `sending` is not. A notice whose message cannot be read comes
    /// back [`NoticeState::Failed`] with [`unreadable`](crate::store::unreadable) as its outcome, and is stored so with
    /// its message put aside; one of which more than the message is damaged is only stored so.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_claim(
        &mut self,
        now: Instant,
        real_now: Instant,
        limit: usize,
        token: &str,
        lease_until: Instant,
    ) -> Result<Vec<NoticeRow>, StoreError>;

    /// Up to `limit` notices of one buyer at one shop that wait in the outbox, whenever they are due: ready, to be
    /// retried or claimed, ascending by (due_at, order, notice_id). One that cannot be read is left to its own claim.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_waiting(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<NoticeRow>, StoreError>;

    /// Claims one waiting notice for `token` until `lease_until`, whenever it is due, to send it in the message of
    /// another one; whether it is ours now. One that somebody else holds under a lease that stands at `real_now` is
    /// not; one that `token` holds already is. On a database with several writers a row locked by another is left.
    ///
    /// # Errors
    /// When the database fails.
    fn notice_take(
        &mut self,
        id: &NoticeId,
        real_now: Instant,
        token: &str,
        lease_until: Instant,
    ) -> Result<bool, StoreError>;

    /// Notices left `sending` by a process whose lease ran out by `real_now`: nobody knows whether they were taken. A
    /// message that cannot be read is put aside, and its notice comes without one.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_stranded(&mut self, real_now: Instant, limit: usize) -> Result<Vec<NoticeRow>, StoreError>;

    /// Writes a notice back if `token` still holds it; whether it did.
    ///
    /// # Errors
    /// When the database fails.
    fn notice_save(&mut self, row: &NoticeRow, token: &str) -> Result<bool, StoreError>;

    /// Writes back a notice that nobody holds and nobody knows the outcome of: unknown, or
    /// [perhaps taken](NoticeRow::is_perhaps_taken) and waiting for another attempt; whether it was so still.
    ///
    /// # Errors
    /// When the database fails.
    fn notice_resolve(&mut self, row: &NoticeRow) -> Result<bool, StoreError>;

    /// One notice.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn notice_load(&mut self, id: &NoticeId) -> Result<Option<NoticeRow>, StoreError>;

    /// All notices of one order, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn notices_of(&mut self, order: &OrderKey) -> Result<Vec<NoticeRow>, StoreError>;

    /// Notes what became of a notice after it was sent; whether there is such a notice.
    ///
    /// # Errors
    /// When the database fails.
    fn notice_feedback(&mut self, id: &NoticeId, outcome: &str) -> Result<bool, StoreError>;

    /// The earliest `due_at` of a notice that is ready or to be retried.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_next_due(&mut self) -> Result<Option<Instant>, StoreError>;

    /// What a buyer got, or perhaps got, from a shop since `from`, in ascending order. One that is on its way counts: two
    /// that leave together must not both pass for the last one allowed. One that cannot be read does not.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_sent_since(
        &mut self,
        merchant: &MerchantId,
        buyer: &BuyerId,
        from: Instant,
    ) -> Result<Vec<Got>, StoreError>;

    /// Writes down what was not sent; a repeated key and reason stays as it is.
    ///
    /// # Errors
    /// When the database fails.
    fn suppressions_add(&mut self, rows: &[SuppressionRow]) -> Result<(), StoreError>;

    /// What was not sent about one order, oldest first: kind, reason, moment, evidence.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    #[expect(clippy::type_complexity, reason = "one small table, read in two places")]
    fn suppressions_of(&mut self, order: &OrderKey) -> Result<Vec<(Kind, Why, Instant, Vec<Reason>)>, StoreError>;

    /// How many notices are unknown now, by the channel they perhaps left on; without one if their message is damaged.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_unknown(&mut self) -> Result<Vec<(String, u64)>, StoreError>;

    /// Counts of notices by kind and state, and of suppressions by kind and reason.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::type_complexity, reason = "two small tables, read in one place")]
    fn notice_counts(&mut self) -> Result<(Vec<(Kind, NoticeState, u64)>, Vec<(Kind, Why, u64)>), StoreError>;
}
