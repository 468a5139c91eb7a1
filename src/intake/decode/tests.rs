//! What is taken, what is refused, and under which name.

mod modes;
mod random;
mod refused;

use forewarn_core::event::{Body, Event, OrderEvent, ParcelState, Subject};
use forewarn_core::tracking::Meaning;
use serde_json::{Value, json};

use super::*;

/// A structured event of that type around `data`.
fn envelope(kind: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": "e-1", "source": "/shop", "type": kind,
        "time": "2026-03-05T09:12:44+08:00", "data": data,
    })
}

fn decode(event: &Value) -> Result<Event, Fault> {
    structured(event.to_string().as_bytes())
}

fn placed() -> Value {
    json!({
        "merchant_id": "m", "order_id": "o",
        "buyer": {"buyer_id": "b", "name": "Lin Yuchen", "email": "lin@example.com", "phone": "+86 138"},
        "lines": [
            {"line_id": "1", "sku": "A", "quantity": 2, "unit_price": {"amount": "5.25", "currency": "CNY"},
             "fulfilment": "in_stock"},
            {"line_id": "2", "sku": "B", "quantity": 1, "fulfilment": "presale",
             "ship_by": "2026-03-09T00:00:00Z"},
        ],
        "total": {"amount": "12.5", "currency": "CNY"}, "notify": false,
    })
}

/// One event of every type that is read, as full as it gets.
fn one_of_each() -> Vec<(&'static str, Value)> {
    let order = |more: Value| {
        let mut data = json!({"merchant_id": "m", "order_id": "o"});
        merge(&mut data, more);
        data
    };
    let at = "2026-03-06T10:00:00+08:00";
    vec![
        ("order.placed", placed()),
        ("order.paid", order(json!({"paid_at": at}))),
        ("order.changed", order(json!({"ship_to": {"country": "CN", "city": "Hangzhou"}, "note": "ring twice"}))),
        ("order.cancelled", order(json!({"line_ids": ["1"], "reason": "too late"}))),
        ("promise.renegotiated", order(json!({"ship_by": at, "status": "agreed"}))),
        ("warehouse.progress", order(json!({"warehouse_id": "w", "stage": "packed", "expected_ship_at": at}))),
        ("warehouse.shipped", order(json!({"parcel_id": "p", "carrier": "SF", "tracking_number": "1"}))),
        ("warehouse.exception", order(json!({"exception_id": "x", "kind": "address", "clears_at": at}))),
        ("warehouse.exception_cleared", order(json!({"exception_id": "x"}))),
        ("condition.raised", json!({"condition_id": "c", "kind": "surge", "scope": {"warehouse_id": "w"}})),
        ("condition.cleared", json!({"condition_id": "c"})),
        ("parcel.status", order(json!({"parcel_id": "p", "status": "delayed", "reason": "hub_overload"}))),
        ("buyer.message", order(json!({"message_id": "t", "text": "where is it?", "channel": "im"}))),
        ("buyer.preference", json!({"merchant_id": "m", "buyer_id": "b", "channel": "sms", "allow": false})),
        ("notice.feedback", json!({"notice_id": "n", "outcome": "bounced", "detail": "no such box"})),
        ("grant.result", json!({"grant_id": "g", "status": "granted", "code": "SORRY5"})),
    ]
}

fn merge(into: &mut Value, more: Value) {
    if let (Some(fields), Value::Object(more)) = (into.as_object_mut(), more) {
        fields.extend(more);
    }
}

#[test]
fn every_type_is_read_and_ranked_as_the_contract_lists_it() {
    let ranks: Vec<u8> = one_of_each()
        .iter()
        .map(|(kind, data)| decode(&envelope(kind, data)).unwrap_or_else(|fault| panic!("{kind}: {fault}")).rank())
        .collect();
    assert_eq!(ranks, (0..16).collect::<Vec<_>>());
}

#[test]
fn subjects_are_taken_from_the_fields_of_each_type() {
    let subject = |kind: &str, data: Value| decode(&envelope(kind, &data)).map(|event| format!("{:?}", event.subject));
    let of = |kind: &str| {
        let (_, data) = one_of_each().into_iter().find(|(name, _)| *name == kind).expect("it is listed");
        subject(kind, data).expect("it is good")
    };
    assert_eq!(of("order.paid"), r#"Order(OrderKey { merchant_id: "m", order_id: "o" })"#);
    assert_eq!(of("buyer.message"), r#"Order(OrderKey { merchant_id: "m", order_id: "o" })"#);
    assert_eq!(of("condition.raised"), r#"Condition("c")"#);
    assert_eq!(of("condition.cleared"), r#"Condition("c")"#);
    assert_eq!(of("buyer.preference"), r#"Buyer(BuyerKey { merchant_id: "m", buyer_id: "b" })"#);
    assert_eq!(of("notice.feedback"), r#"Notice("n")"#);
    assert_eq!(of("grant.result"), r#"Grant("g")"#);
}

#[test]
fn a_message_without_an_order_belongs_to_its_writer() {
    let data = json!({"merchant_id": "m", "order_id": null, "buyer_id": "b", "message_id": "t", "text": "hello"});
    let event = decode(&envelope("buyer.message", &data)).expect("it is good");
    assert!(matches!(&event.subject, Subject::Buyer(key) if key.buyer_id.as_str() == "b"));
    assert!(matches!(&event.body, Body::Message(message) if message.text.reveal() == "hello"));
}

#[test]
fn null_is_the_same_as_absent() {
    let mut data = placed();
    merge(&mut data, json!({"ship_to": null, "ship_by": null, "note": null, "platform": null}));
    assert_eq!(decode(&envelope("order.placed", &data)), decode(&envelope("order.placed", &placed())));
}

#[test]
fn escaped_text_reads_as_the_text_it_stands_for() {
    let plain = envelope("order.paid", &json!({"merchant_id": "店", "order_id": "o/\"1\"🎂"})).to_string();
    let escaped = plain.replace('店', "\\u5e97").replace("🎂", "\\ud83c\\udf82").replace("order_id", "order\\u005fid");
    assert_ne!(plain, escaped);
    assert_eq!(structured(escaped.as_bytes()), structured(plain.as_bytes()));
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let text = r#"{"data":{"quantity":9,"paid_at":"2026-03-05T01:00:00Z","order_id":"o","merchant_id":"m"},
        "time":"2026-03-05T01:00:00Z","type":"order.paid","source":"s","id":"i","specversion":"1.0"}"#;
    let event = structured(text.as_bytes()).expect("it is good");
    assert!(matches!(event.body, Body::Order(OrderEvent::Paid { paid_at: Some(at) }) if at == event.stamp.time));
}

#[test]
fn what_is_read_survives_the_store() {
    let theirs =
        json!({"merchant_id": "m", "order_id": "o", "parcel_id": "p", "vocabulary": "17track", "raw_status": "X"});
    for (kind, data) in one_of_each().into_iter().chain([("parcel.status", theirs)]) {
        let event = decode(&envelope(kind, &data)).expect("it is good");
        let Body::Order(event) = event.body else {
            continue;
        };
        let stored = serde_json::to_string(&event).expect("it is plain data");
        assert_eq!(serde_json::from_str::<OrderEvent>(&stored).expect("it comes back"), event, "{stored}");
    }
}

fn parcel_status(said: Value) -> Result<Event, Fault> {
    let mut data = json!({"merchant_id": "m", "order_id": "o", "parcel_id": "p"});
    merge(&mut data, said);
    decode(&envelope("parcel.status", &data))
}

#[test]
fn a_parcels_status_is_told_in_our_words_or_in_a_vendors() {
    let means = |said: Value| match parcel_status(said).expect("it is good").body {
        Body::Order(OrderEvent::Parcel(status)) => status.meaning(),
        other => panic!("{other:?}"),
    };
    let delivered = Some(Meaning::State(ParcelState::Delivered, None));
    assert_eq!(means(json!({"status": "delivered"})), delivered);
    assert_eq!(means(json!({"vocabulary": "kuaidi100", "raw_status": "302"})), delivered);
    assert_eq!(
        means(json!({"vocabulary": "17track", "raw_status": "Exception_Lost", "status": "delivered"})),
        delivered
    );
    assert_eq!(means(json!({"vocabulary": "aftership", "raw_status": "Expired_001"})), Some(Meaning::Nothing));
    assert_eq!(means(json!({"vocabulary": "shopify", "raw_status": "BEAMED_UP"})), None);
}

#[test]
fn a_status_is_missing_as_ever_and_a_vendor_must_be_known_and_say_something() {
    let refused = |said: Value| {
        let fault = parcel_status(said).expect_err("it is bad");
        format!("{fault}")
    };
    let missing = "missing_field: data.status is required and is absent or null";
    for said in [json!({}), json!({"status": null}), json!({"raw_status": "302"}), json!({"vocabulary": null})] {
        assert_eq!(refused(said), missing);
    }
    assert_eq!(
        refused(json!({"vocabulary": "kuaidi100"})),
        "missing_field: data.raw_status is required and is absent or null"
    );
    let unknown = refused(json!({"vocabulary": "ups", "raw_status": "D"}));
    assert!(unknown.starts_with("bad_field: data.vocabulary does not fit: expected one of `aftership`"), "{unknown}");
    assert!(unknown.contains("`17track`"), "{unknown}");
    // A status that is none of ours stays a fault, whatever stands beside it.
    let beside = json!({"status": "lost", "vocabulary": "kuaidi100", "raw_status": "302"});
    assert!(refused(beside).starts_with("bad_field: data.status does not fit"));
    let number = refused(json!({"vocabulary": "kuaidi100", "raw_status": 302}));
    assert_eq!(number, "bad_field: data.raw_status does not fit: expected a string");
}

/// 946656000000 ms, as some systems write "no time".
#[test]
fn the_first_moment_of_2000_in_china_is_out_of_range_wherever_it_stands() {
    let none = "2000-01-01T00:00:00+08:00";
    let order = |more: Value| {
        let mut data = json!({"merchant_id": "m", "order_id": "o"});
        merge(&mut data, more);
        data
    };
    let mut late = placed();
    merge(&mut late, json!({"ship_by": none}));
    let told = [
        ("order.placed", late, "data.ship_by"),
        ("order.paid", order(json!({"paid_at": none})), "data.paid_at"),
        (
            "parcel.status",
            order(
                json!({"parcel_id": "p", "vocabulary": "kuaidi100", "raw_status": "0", "expected_delivery_at": none}),
            ),
            "data.expected_delivery_at",
        ),
    ];
    for (kind, data, place) in told {
        let fault = decode(&envelope(kind, &data)).expect_err("it is bad");
        assert_eq!((fault.reason, fault.detail.starts_with(place)), (Reason::TimeOutOfRange, true), "{fault}");
    }
}
