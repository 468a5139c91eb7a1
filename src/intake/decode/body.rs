//! The `data` of each type: what it is about, and what it says.

use forewarn_core::event::{Body, Message, OrderEvent, ParcelStatus, Subject};
use forewarn_core::ids::{
    BuyerId, BuyerKey, ConditionId, ExceptionId, GrantId, MerchantId, NoticeId, OrderId, OrderKey,
};
use forewarn_core::instant::Instant;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::fault::{Fault, read};
use super::keyed::{Found, Keyed};

/// Reads the `data` of one type.
pub(super) type Reader = fn(&str) -> Result<(Subject, Body), Fault>;

/// The reader of a type's `data`; none for types Forewarn does not read, its own among them.
pub(super) fn reader(kind: &str) -> Option<Reader> {
    let reader: Reader = match kind {
        "order.placed" => |data| order(data, |placed| OrderEvent::Placed(Box::new(placed))),
        "order.paid" => |data| order(data, |Paid { paid_at }| OrderEvent::Paid { paid_at }),
        "order.changed" => |data| order(data, |changed| OrderEvent::Changed(Box::new(changed))),
        "order.cancelled" => |data| order(data, OrderEvent::Cancelled),
        "promise.renegotiated" => |data| order(data, OrderEvent::Renegotiated),
        "warehouse.progress" => |data| order(data, OrderEvent::Progress),
        "warehouse.shipped" => |data| order(data, |shipped| OrderEvent::Shipped(Box::new(shipped))),
        "warehouse.exception" => |data| order(data, OrderEvent::Exception),
        "warehouse.exception_cleared" => {
            |data| order(data, |Cleared { exception_id }| OrderEvent::ExceptionCleared { exception_id })
        }
        "parcel.status" => parcel,
        "condition.raised" => |data| condition(data, Body::ConditionRaised),
        "condition.cleared" => |data| condition(data, |Nothing {}| Body::ConditionCleared),
        "buyer.message" => message,
        "buyer.preference" => preference,
        "notice.feedback" => feedback,
        "grant.result" => grant,
        _ => return None,
    };
    Some(reader)
}

#[derive(Deserialize)]
struct Paid {
    paid_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Cleared {
    exception_id: ExceptionId,
}

#[derive(Deserialize)]
struct Nothing {}

fn order<T: DeserializeOwned>(data: &str, event: fn(T) -> OrderEvent) -> Result<(Subject, Body), Fault> {
    let Found { first, second, rest } =
        read(Keyed::<MerchantId, OrderId, T>::new("merchant_id", "order_id"), data, "data")?;
    let key = OrderKey { merchant_id: required(first, "merchant_id")?, order_id: required(second, "order_id")? };
    Ok((Subject::Order(key), Body::Order(event(rest))))
}

fn condition<T: DeserializeOwned>(data: &str, body: fn(T) -> Body) -> Result<(Subject, Body), Fault> {
    let (id, rest) = single::<ConditionId, T>(data, "condition_id")?;
    Ok((Subject::Condition(id), body(rest)))
}

/// A parcel's status is told in our words, or in a vendor's, which takes both the vendor and the word.
fn parcel(data: &str) -> Result<(Subject, Body), Fault> {
    let (subject, body) = order(data, |status: ParcelStatus| OrderEvent::Parcel(Box::new(status)))?;
    let absent = match &body {
        Body::Order(OrderEvent::Parcel(said)) if said.status.is_none() => match said.vocabulary {
            None => Some("status"),
            Some(_) => said.raw_status.is_none().then_some("raw_status"),
        },
        _ => None,
    };
    absent.map_or(Ok((subject, body)), |field| Err(Fault::missing(&format!("data.{field}"))))
}

/// A message belongs to its order; one that names none belongs to its writer.
fn message(data: &str) -> Result<(Subject, Body), Fault> {
    let keyed = Keyed::<MerchantId, OrderId, Message>::new("merchant_id", "order_id");
    let Found { first, second, rest } = read(keyed, data, "data")?;
    let merchant_id = required(first, "merchant_id")?;
    if let Some(order_id) = second {
        return Ok((Subject::Order(OrderKey { merchant_id, order_id }), Body::Order(OrderEvent::Message(rest))));
    }
    let buyer_id = rest.buyer_id.clone().ok_or_else(|| Fault::missing("one of data.order_id and data.buyer_id"))?;
    Ok((Subject::Buyer(BuyerKey { merchant_id, buyer_id }), Body::Message(rest)))
}

fn preference(data: &str) -> Result<(Subject, Body), Fault> {
    let Found { first, second, rest } =
        read(Keyed::<MerchantId, BuyerId, _>::new("merchant_id", "buyer_id"), data, "data")?;
    let key = BuyerKey { merchant_id: required(first, "merchant_id")?, buyer_id: required(second, "buyer_id")? };
    Ok((Subject::Buyer(key), Body::Preference(rest)))
}

fn feedback(data: &str) -> Result<(Subject, Body), Fault> {
    let (id, rest) = single::<NoticeId, _>(data, "notice_id")?;
    Ok((Subject::Notice(id), Body::Feedback(rest)))
}

fn grant(data: &str) -> Result<(Subject, Body), Fault> {
    let (id, rest) = single::<GrantId, _>(data, "grant_id")?;
    Ok((Subject::Grant(id), Body::GrantResult(rest)))
}

fn single<A: DeserializeOwned, T: DeserializeOwned>(data: &str, name: &'static str) -> Result<(A, T), Fault> {
    let Found { first, rest, .. } = read(Keyed::<A, IgnoredAny, T>::new(name, ""), data, "data")?;
    Ok((required(first, name)?, rest))
}

fn required<T>(id: Option<T>, name: &str) -> Result<T, Fault> {
    id.ok_or_else(|| Fault::missing(&format!("data.{name}")))
}
