//! What is told, as the contract's events: `notice.sent`, `notice.withdrawn`, `notice.failed`, `grant.requested`,
//! `order.expedite`, and dead letters as they came.

use forewarn_core::because::sentences;
use forewarn_core::notice::Why;
use forewarn_core::{Instant, digest};
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Map, Value, json};

use super::producer::Message;
use crate::intake::KEY_HEADER;
use crate::store::port::{Composed, DeadLetter, ExpediteRow, GrantRow, NoticeRow, NoticeState};

/// An event of ours in structured mode.
pub(super) struct Announcement {
    key: String,
    event: Value,
}

impl Announcement {
    /// `id` is made of what never changes about the event, so that it is the same whenever it is told again.
    fn new(key: String, kind: &str, identity: &[&str], at: Instant, data: &Map<String, Value>) -> Self {
        let id = format!("evt_{}", digest::of(&[&["event", kind], identity].concat()));
        let event = json!({
            "specversion": "1.0", "id": id, "source": "/forewarn", "type": kind, "time": at, "data": data,
        });
        Self { key, event }
    }

    pub(super) fn message(&self, topic: &str) -> Message {
        let header = Header { key: "content-type", value: Some("application/cloudevents+json") };
        Message {
            topic: topic.to_owned(),
            key: Some(self.key.clone().into_bytes()),
            value: Some(self.event.to_string().into_bytes()),
            headers: OwnedHeaders::new().insert(header),
        }
    }
}

/// The end a notice has reached; nothing when it was only put off.
pub(super) fn of_notice(notice: &NoticeRow) -> Option<Announcement> {
    match notice.state {
        NoticeState::Sent => Some(sent(notice)),
        NoticeState::Failed => Some(failed(notice, "failed")),
        NoticeState::Unknown => Some(failed(notice, "unknown")),
        NoticeState::Withdrawn => withdrawn(notice),
        NoticeState::Ready | NoticeState::Claimed | NoticeState::Sending | NoticeState::Retry => None,
    }
}

fn sent(notice: &NoticeRow) -> Announcement {
    let mut data = about(notice);
    put(&mut data, "buyer_id", notice.buyer_id.as_ref());
    if let Some(composed) = &notice.composed {
        written(&mut data, composed);
    }
    told(notice, "notice.sent", notice.sent_at.unwrap_or(notice.updated_at), &data)
}

fn written(data: &mut Map<String, Value>, composed: &Composed) {
    let class = if composed.promotional { "promotional" } else { "service" };
    data.extend([
        ("message_id".into(), json!(composed.message_id)),
        ("class".into(), json!(class)),
        ("locale".into(), json!(composed.locale)),
        ("subject".into(), json!(composed.subject)),
        ("text".into(), json!(composed.text)),
        ("because".into(), json!(sentences(&composed.because))),
        ("policy_version".into(), json!(composed.policy_version)),
    ]);
    put(data, "cause", composed.cause.as_ref());
    put(data, "ship_by", composed.ship_by);
    put(data, "quoted_ship_by", composed.quoted_ship_by);
    put(data, "risk", composed.risk);
    if let (Some(id), Some(amount), Some(currency)) = (&composed.grant_id, &composed.amount, &composed.currency) {
        let compensation = json!({"grant_id": id, "amount": amount, "currency": currency});
        data.insert("compensation".into(), compensation);
    }
}

fn failed(notice: &NoticeRow, outcome: &str) -> Announcement {
    let mut data = about(notice);
    put(&mut data, "message_id", notice.composed.as_ref().map(|c| &c.message_id));
    put(&mut data, "detail", notice.outcome.as_ref());
    data.extend([("outcome".into(), json!(outcome)), ("attempts".into(), json!(notice.attempts))]);
    told(notice, "notice.failed", notice.updated_at, &data)
}

/// A notice that is taken back for good names its suppression; one whose order is set aside waits for a person; one
/// without either comes again by itself.
fn withdrawn(notice: &NoticeRow) -> Option<Announcement> {
    let outcome = notice.outcome.as_deref()?;
    let mut data = about(notice);
    data.insert("why".into(), json!(Why::named(outcome).unwrap_or(Why::NeedsHuman).as_str()));
    Some(told(notice, "notice.withdrawn", notice.updated_at, &data))
}

fn about(notice: &NoticeRow) -> Map<String, Value> {
    let mut data = Map::new();
    data.extend([
        ("notice_id".into(), json!(notice.notice_id)),
        ("merchant_id".into(), json!(notice.order.merchant_id)),
        ("order_id".into(), json!(notice.order.order_id)),
        ("kind".into(), json!(notice.kind.as_str())),
    ]);
    put(&mut data, "parcel_id", notice.composed.as_ref().and_then(|c| c.parcel_id.as_ref()));
    put(&mut data, "channel", notice.composed.as_ref().map(|c| &c.channel));
    data
}

fn told(notice: &NoticeRow, kind: &str, at: Instant, data: &Map<String, Value>) -> Announcement {
    let key = format!("{}/{}", notice.order.merchant_id, notice.order.order_id);
    // A notice may be taken back more than once, each time at another moment.
    let reached = notice.updated_at.ms().to_string();
    Announcement::new(key, kind, &[notice.notice_id.as_str(), notice.state.as_str(), &reached], at, data)
}

/// The request for a compensation; asked again it is the same one.
pub(super) fn grant_requested(grant: &GrantRow, notice: &NoticeRow, policy_version: &str) -> Announcement {
    let mut data = Map::new();
    data.extend([
        ("grant_id".into(), json!(grant.grant_id)),
        ("merchant_id".into(), json!(grant.order.merchant_id)),
        ("order_id".into(), json!(grant.order.order_id)),
        ("notice_id".into(), json!(notice.notice_id)),
        ("kind".into(), json!(notice.kind.as_str())),
        ("amount".into(), json!(grant.money.amount_text())),
        ("currency".into(), json!(grant.money.currency.as_str())),
        ("policy_version".into(), json!(policy_version)),
    ]);
    put(&mut data, "buyer_id", grant.buyer_id.as_ref());
    put(&mut data, "cause", notice.composed.as_ref().and_then(|c| c.cause.as_ref()));
    let id = grant.grant_id.as_str();
    Announcement::new(id.to_owned(), "grant.requested", &[id], grant.created_at, &data)
}

/// A word to the warehouse: this order first. The same word told again is the same event.
pub(super) fn expedite(row: &ExpediteRow, rank: u64, now: Instant) -> Announcement {
    let ExpediteRow { order, leave_by, motive, .. } = row;
    let mut data = Map::new();
    data.extend([
        ("merchant_id".into(), json!(order.merchant_id)),
        ("order_id".into(), json!(order.order_id)),
        ("rank".into(), json!(rank)),
        ("reason".into(), json!(motive)),
        ("ship_by".into(), json!(leave_by)),
        ("risk".into(), json!(row.risk)),
    ]);
    put(&mut data, "warehouse_id", row.warehouse_id.as_ref());
    put(&mut data, "line_ids", Some(&row.line_ids).filter(|lines| !lines.is_empty()));
    let (shop, id) = (order.merchant_id.as_str(), order.order_id.as_str());
    let leave_by = leave_by.ms().to_string();
    Announcement::new(format!("{shop}/{id}"), "order.expedite", &[shop, id, &leave_by, motive.as_str()], now, &data)
}

fn put(data: &mut Map<String, Value>, name: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        data.insert(name.to_owned(), json!(value));
    }
}

/// A dead letter: key, value and headers as they came, and beside them why it is dead and where it came from. Headers of
/// ours that it came with, as from a topic of dead letters, give way.
pub(super) fn dead_letter(letter: &DeadLetter, topic: &str) -> Message {
    let origin = &letter.origin;
    let (partition, offset) = (origin.partition.to_string(), origin.offset.to_string());
    let ours = [
        ("forewarn_reason", letter.reason.as_str()),
        ("forewarn_detail", &letter.detail),
        ("forewarn_topic", &origin.topic),
        ("forewarn_partition", &partition),
        ("forewarn_offset", &offset),
    ];
    let came = letter.headers.iter().filter(|(name, _)| !name.starts_with("forewarn_"));
    let headers = came
        .fold(OwnedHeaders::new(), |headers, (name, value)| headers.insert(Header { key: name, value: Some(value) }));
    let headers =
        ours.into_iter().fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    let key = letter.headers.iter().rfind(|(name, _)| name == KEY_HEADER).map(|(_, key)| key.clone());
    let value = Some(letter.raw.clone()).filter(|raw| !raw.is_empty());
    Message { topic: topic.to_owned(), key, value, headers }
}
