//! The ways an event can be wrapped.

use super::*;

fn headers(kind: &str) -> BTreeMap<String, String> {
    [("specversion", "1.0"), ("id", "e-1"), ("source", "/shop"), ("type", kind), ("time", "2026-03-05T09:12:44+08:00")]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn both_modes_give_the_same_event() {
    for (kind, data) in one_of_each() {
        let (whole, body) = (envelope(kind, &data), data.to_string());
        let expected = decode(&whole).expect("it is good");
        assert_eq!(binary(&headers(kind), body.as_bytes()), Ok(expected.clone()), "{kind}");
        let json = Some("application/json; charset=utf-8");
        assert_eq!(message(json, &headers(kind), body.as_bytes()), Ok(expected.clone()), "{kind}");
        assert_eq!(message(None, &headers(kind), body.as_bytes()), Ok(expected.clone()), "{kind}");
        let whole = whole.to_string();
        assert_eq!(message(None, &BTreeMap::new(), whole.as_bytes()), Ok(expected.clone()), "{kind}");
        let announced = Some("Application/CloudEvents+JSON; charset=UTF-8");
        assert_eq!(message(announced, &headers("order.exploded"), whole.as_bytes()), Ok(expected), "{kind}");
    }
}

#[test]
fn only_json_is_taken() {
    let (event, body) = (envelope("order.placed", &placed()).to_string(), placed().to_string());
    let reason = |result: Result<Event, Fault>| result.expect_err("not JSON").reason;
    let avro = Some("application/cloudevents+avro");
    assert_eq!(reason(message(avro, &BTreeMap::new(), event.as_bytes())), Reason::BadField);
    assert_eq!(reason(message(Some("text/xml"), &headers("order.placed"), body.as_bytes())), Reason::BadField);
    let mut whole = envelope("order.placed", &placed());
    merge(&mut whole, json!({"datacontenttype": "application/xml"}));
    assert_eq!(reason(decode(&whole)), Reason::BadField);
    for good in ["application/json", "text/json", "application/vnd.shop+json;v=1"] {
        merge(&mut whole, json!({"datacontenttype": good}));
        assert!(decode(&whole).is_ok(), "{good}");
    }
}

#[test]
fn headers_are_picked_by_prefix_and_unescaped_as_their_transport_asks() {
    let kafka = attributes([("ce_id", "50%25".as_bytes()), ("CE_Source", b"/s"), ("traceparent", b"\xff")]);
    let http = attributes([("ce-id", "50%25".as_bytes()), ("Ce-Source", b"/%E5%BA%97"), ("host", b"h")]);
    let pairs = |found: Result<BTreeMap<String, String>, Fault>| Vec::from_iter(found.expect("all UTF-8"));
    assert_eq!(pairs(kafka), [("id".into(), "50%25".into()), ("source".into(), "/s".into())]);
    assert_eq!(pairs(http), [("id".into(), "50%".into()), ("source".into(), "/店".into())]);
    let broken = attributes([("ce_id", b"\xff".as_slice())]).expect_err("not UTF-8");
    assert_eq!(broken.reason, Reason::NotUtf8);
}

#[test]
fn a_binary_event_without_an_attribute_or_data_is_refused() {
    let body = placed().to_string();
    for (name, reason) in [
        ("specversion", Reason::NotCloudevents),
        ("id", Reason::NotCloudevents),
        ("source", Reason::NotCloudevents),
        ("type", Reason::NotCloudevents),
        ("time", Reason::BadTime),
    ] {
        let mut headers = headers("order.placed");
        headers.remove(name);
        assert_eq!(binary(&headers, body.as_bytes()).expect_err(name).reason, reason, "{name}");
    }
    for (body, reason) in [
        ("", Reason::NotCloudevents),
        (" \n", Reason::NotCloudevents),
        ("null", Reason::NotCloudevents),
        ("[]", Reason::NotCloudevents),
        ("hello", Reason::NotJson),
        ("{} {}", Reason::NotJson),
        ("{", Reason::NotJson),
    ] {
        assert_eq!(binary(&headers("order.placed"), body.as_bytes()).expect_err(body).reason, reason, "{body}");
    }
}

#[test]
fn headers_count_towards_the_size_and_the_depth() {
    let mut headers = headers("order.paid");
    let nested = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"merchant_id":"m","order_id":"o","extra":{open}{close}}}"#)
    };
    assert!(binary(&headers, nested(DEPTH_MAX - 2).as_bytes()).is_ok());
    let deep = binary(&headers, nested(DEPTH_MAX - 1).as_bytes()).expect_err("one level too many");
    assert_eq!(deep.reason, Reason::TooDeep);
    headers.insert("extension".into(), "x".repeat(EVENT_BYTES_MAX));
    assert_eq!(binary(&headers, nested(1).as_bytes()).expect_err("too large").reason, Reason::TooLarge);
}
