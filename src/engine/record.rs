//! What happened, as the records of the contract.

use forewarn_core::because::{Reason, sentences};
use forewarn_core::ids::{GrantId, NoticeId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, digest};
use serde::{Serialize, Serializer};

pub(crate) use crate::store::port::grant_id;
use crate::store::port::{Composed, GrantRow, NoticeRow, SuppressionRow};

/// One line of the record.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A notice was sent.
    Notice(Box<NoticeRecord>),
    /// A due notice was not sent.
    Suppressed(Box<SuppressedRecord>),
    /// A grant reached a status.
    Grant(GrantRecord),
}

impl Record {
    /// When it happened.
    pub fn at(&self) -> Instant {
        match self {
            Self::Notice(r) => r.at,
            Self::Suppressed(r) => r.at,
            Self::Grant(r) => r.at,
        }
    }
}

/// A notice that was sent.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's, described in schemas/records/notice.schema.json")]
pub struct NoticeRecord {
    pub at: Instant,
    pub merchant_id: String,
    pub order_id: String,
    pub notice_id: NoticeId,
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<String>,
    pub message_id: String,
    pub channel: String,
    pub to: forewarn_core::text::Private,
    pub locale: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted_ship_by: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Ppm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compensation: Option<CompensationRecord>,
    pub subject: String,
    pub text: String,
    pub because: Sentences,
    pub policy_version: String,
}

/// What speaks for a record; put into sentences only when it is written down.
#[derive(Clone, Debug)]
pub struct Sentences(pub Vec<Reason>);

impl Serialize for Sentences {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sentences(&self.0).serialize(serializer)
    }
}

/// The grant reserved for a notice.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's, described in schemas/records/notice.schema.json")]
pub struct CompensationRecord {
    pub grant_id: String,
    pub amount: String,
    pub currency: String,
}

impl NoticeRecord {
    /// The record of `row`, sent with `composed` at `at`.
    pub fn new(row: &NoticeRow, composed: &Composed, at: Instant) -> Self {
        let c = composed;
        let money = c.amount.clone().zip(c.currency.clone());
        let compensation = c.grant_id.clone().zip(money).map(|(grant_id, (amount, currency))| CompensationRecord {
            grant_id,
            amount,
            currency,
        });
        Self {
            at,
            merchant_id: row.order.merchant_id.to_string(),
            order_id: row.order.order_id.to_string(),
            notice_id: row.notice_id.clone(),
            kind: row.kind,
            parcel_id: c.parcel_id.clone(),
            message_id: c.message_id.clone(),
            channel: c.channel.clone(),
            to: c.to.clone(),
            locale: c.locale.clone(),
            cause: c.cause.clone(),
            ship_by: c.ship_by,
            quoted_ship_by: c.quoted_ship_by,
            risk: c.risk,
            compensation,
            subject: c.subject.clone(),
            text: c.text.clone(),
            because: Sentences(c.because.clone()),
            policy_version: c.policy_version.clone(),
        }
    }
}

/// A due notice that was not sent.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's, described in schemas/records/suppressed.schema.json")]
pub struct SuppressedRecord {
    pub at: Instant,
    pub merchant_id: String,
    pub order_id: String,
    pub notice_id: NoticeId,
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<String>,
    pub why: Why,
    pub because: Sentences,
    pub policy_version: String,
}

impl SuppressedRecord {
    /// The record of `row`.
    pub fn new(row: &SuppressionRow) -> Self {
        let s = &row.suppression;
        Self {
            at: row.at,
            merchant_id: row.order.merchant_id.to_string(),
            order_id: row.order.order_id.to_string(),
            notice_id: notice_id(&s.key),
            kind: s.kind,
            parcel_id: s.parcel_id.as_ref().map(ToString::to_string),
            why: s.why,
            because: Sentences(s.because.clone()),
            policy_version: row.policy_version.clone(),
        }
    }
}

/// A grant that reached a status.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's, described in schemas/records/grant.schema.json")]
pub struct GrantRecord {
    pub at: Instant,
    pub merchant_id: String,
    pub order_id: String,
    pub grant_id: GrantId,
    pub amount: String,
    pub currency: String,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl GrantRecord {
    /// The record of `row` as it stands.
    pub fn new(row: &GrantRow) -> Self {
        Self {
            at: row.updated_at,
            merchant_id: row.order.merchant_id.to_string(),
            order_id: row.order.order_id.to_string(),
            grant_id: row.grant_id.clone(),
            amount: row.money.amount_text(),
            currency: row.money.currency.to_string(),
            status: row.status.as_str(),
            why: row.why.clone(),
        }
    }
}

fn named<T>(made: Result<T, String>) -> T {
    #[expect(clippy::expect_used, reason = "a prefix and 32 hexadecimal digits are within every limit of an id")]
    made.expect("a hash is a valid id")
}

/// The id of the notice with this dedupe key.
pub(crate) fn notice_id(key: &str) -> NoticeId {
    named(NoticeId::new(&format!("ntc_{}", digest::of(&["notice", key]))))
}

/// The id of the message that carries the notices with these dedupe keys, in whatever order.
pub(crate) fn message_id(keys: &[&str]) -> String {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    format!("msg_{}", digest::of(&[&["message"], keys.as_slice()].concat()))
}
