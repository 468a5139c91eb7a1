//! Every reason, by the smallest change that brings it about.

use super::*;

/// The placed order with one place set to `value`.
fn with(place: &str, value: Value) -> Value {
    let mut event = envelope("order.placed", &placed());
    match event.pointer_mut(place) {
        Some(found) => *found = value,
        None => {
            let (parent, field) = place.rsplit_once('/').expect("a pointer");
            merge(event.pointer_mut(parent).expect("its parent is there"), json!({ field: value }));
        }
    }
    event
}

fn without(place: &str) -> Value {
    let mut event = envelope("order.placed", &placed());
    let (parent, field) = place.rsplit_once('/').expect("a pointer");
    let parent = event.pointer_mut(parent).expect("its parent is there");
    parent.as_object_mut().expect("an object").remove(field).expect("it is there");
    event
}

fn lines(n: usize) -> Value {
    (0..n).map(|n| json!({"line_id": n.to_string(), "sku": "A", "quantity": 1, "fulfilment": "in_stock"})).collect()
}

#[track_caller]
fn refused(event: &Value, reason: Reason, detail: &str) {
    let fault = decode(event).expect_err("it is bad");
    assert_eq!((fault.reason, fault.detail.contains(detail)), (reason, true), "{fault}");
}

#[test]
fn bytes_that_are_no_json_text() {
    let reason = |bytes: &[u8]| structured(bytes).expect_err("no event").reason;
    assert_eq!(reason(b"\xff{}"), Reason::NotUtf8);
    let good = envelope("order.placed", &placed()).to_string();
    for bad in ["", "{", "nonsense", "{} x", "{'a':1}", "{\"a\":01}", "{\"a\":\"\t\"}", &good[..good.len() - 1]] {
        assert_eq!(reason(bad.as_bytes()), Reason::NotJson, "{bad}");
    }
    for half in [r"\ud800", r"\udc00", r"\ud800\u0041", r"\ud800x", r"\\\ud83c", r"\ud83c\ud83c"] {
        let event = good.replacen("\"specversion\"", &format!("\"x\":\"{half}\",\"specversion\""), 1);
        assert_eq!(reason(event.as_bytes()), Reason::NotJson, "{half}");
    }
    for whole in [r"\ud83c\udf82", r"\\ud800", r"\\\\ud800", r"\u0041"] {
        let event = good.replacen("\"specversion\"", &format!("\"x\":\"{whole}\",\"specversion\""), 1);
        assert!(structured(event.as_bytes()).is_ok(), "{whole}");
    }
}

#[test]
fn limits_of_size_and_depth_hold_to_the_byte_and_the_level() {
    let padded = |bytes: usize| {
        let mut event = envelope("order.placed", &placed()).to_string();
        event.push_str(&" ".repeat(bytes - event.len()));
        structured(event.as_bytes())
    };
    assert!(padded(EVENT_BYTES_MAX).is_ok());
    assert_eq!(padded(EVENT_BYTES_MAX + 1).expect_err("a byte too many").reason, Reason::TooLarge);
    // The event and its data are the first two levels.
    let nested = |levels: usize| {
        let event = with("/data/extra", json!("@")).to_string();
        structured(event.replace("\"@\"", &("[".repeat(levels) + &"]".repeat(levels))).as_bytes())
    };
    assert!(nested(DEPTH_MAX - 2).is_ok());
    assert_eq!(nested(DEPTH_MAX - 1).expect_err("a level too many").reason, Reason::TooDeep);
    assert_eq!(structured("[".repeat(100_000).as_bytes()).expect_err("bottomless").reason, Reason::TooDeep);
    assert!(decode(&with("/data/note", json!("[{\\\"".repeat(200)))).is_ok(), "brackets in text do not nest");
}

#[test]
fn json_that_is_no_event() {
    for other in [json!(null), json!(1), json!("x"), json!([]), json!({}), json!(["1.0", "i", "s", "t"])] {
        refused(&other, Reason::NotCloudevents, "");
    }
    refused(&with("/specversion", json!("0.3")), Reason::NotCloudevents, "specversion");
    refused(&with("/specversion", json!(1.0)), Reason::NotCloudevents, "specversion");
    for name in ["id", "source", "type", "data"] {
        refused(&without(&format!("/{name}")), Reason::NotCloudevents, name);
        refused(&with(&format!("/{name}"), json!(null)), Reason::NotCloudevents, name);
        refused(&with(&format!("/{name}"), json!(7)), Reason::NotCloudevents, name);
    }
    for data in [json!([]), json!("{}"), json!(true)] {
        refused(&with("/data", data), Reason::NotCloudevents, "data does not fit: expected an object");
    }
}

#[test]
fn types_of_nobody_and_those_forewarn_writes_itself() {
    for kind in ["order.exploded", "Order.Placed", "notice.sent", "grant.requested", "order.expedite"] {
        refused(&with("/type", json!(kind)), Reason::UnknownType, kind);
    }
    refused(&with("/type", json!("")), Reason::UnknownType, "");
    let fault = decode(&with("/type", json!("lin@example.com"))).expect_err("unknown");
    assert!(!fault.detail.contains("lin"), "{fault}");
}

#[test]
fn fields_that_are_missing_name_themselves() {
    for (place, named) in [
        ("/data/merchant_id", "data.merchant_id"),
        ("/data/order_id", "data.order_id"),
        ("/data/buyer", "data.buyer"),
        ("/data/buyer/buyer_id", "data.buyer.buyer_id"),
        ("/data/lines", "data.lines"),
        ("/data/lines/1/quantity", "data.lines[1].quantity"),
        ("/data/total/currency", "data.total.currency"),
    ] {
        refused(&without(place), Reason::MissingField, named);
        refused(&with(place, json!(null)), Reason::MissingField, named);
    }
    let nobody = json!({"merchant_id": "m", "message_id": "t", "text": "hello"});
    refused(&envelope("buyer.message", &nobody), Reason::MissingField, "data.buyer_id");
}

#[test]
fn values_of_the_wrong_kind_name_their_field() {
    for (place, value, named) in [
        ("/data/order_id", json!(7), "data.order_id"),
        ("/data/buyer", json!("b"), "data.buyer does not fit: expected an object"),
        ("/data/buyer", json!(["b"]), "data.buyer does not fit: expected an object"),
        ("/data/total", json!(["1.00", "CNY"]), "data.total does not fit: expected an object"),
        ("/data/lines/0", json!(["1", "A", null, null, 1, null, "in_stock"]), "data.lines[0]"),
        ("/data/lines/1", json!(null), "data.lines[1]"),
        ("/data/lines/0/fulfilment", json!("dropship"), "`made_to_order`"),
        ("/data/lines/0/fulfilment", json!({"in_stock": null}), "data.lines[0].fulfilment"),
        ("/data/notify", json!("no"), "data.notify"),
        ("/data/ship_by", json!(1_772_881_200), "data.ship_by"),
    ] {
        refused(&with(place, value), Reason::BadField, named);
    }
}

#[test]
fn a_known_field_given_twice_is_refused_and_an_unknown_one_is_not() {
    let good = envelope("order.placed", &placed()).to_string();
    for (field, named) in [
        (r#""merchant_id":"m""#, "data.merchant_id"),
        (r#""notify":false"#, "data.notify"),
        (r#""specversion":"1.0""#, "specversion"),
    ] {
        let twice = good.replacen(field, &format!("{field},{field}"), 1);
        let fault = structured(twice.as_bytes()).expect_err("twice");
        assert_eq!((fault.reason, fault.detail), (Reason::BadField, format!("{named} stands there twice")));
    }
    let unknown = good.replacen(r#""notify":false"#, r#""notify":false,"x":1,"x":2"#, 1);
    assert!(structured(unknown.as_bytes()).is_ok());
}

#[test]
fn instants() {
    refused(&without("/time"), Reason::BadTime, "time");
    for place in ["/time", "/data/ship_by", "/data/lines/1/ship_by"] {
        let named = place.trim_start_matches('/').replace("/1", "[1]").replace('/', ".");
        for text in ["tomorrow", "2026-03-06T10:00:00", "2026-02-30T10:00:00Z", ""] {
            refused(&with(place, json!(text)), Reason::BadTime, &named);
        }
        for text in ["1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z"] {
            refused(&with(place, json!(text)), Reason::TimeOutOfRange, &named);
        }
    }
    refused(&with("/time", json!(1_772_881_200)), Reason::BadTime, "time");
}

#[test]
fn ids_and_texts() {
    let long = "x".repeat(201);
    for place in ["/id", "/source", "/data/merchant_id", "/data/lines/0/sku", "/data/warehouse_id"] {
        for text in ["", "a\nb", &long] {
            refused(&with(place, json!(text)), Reason::BadId, place.rsplit('/').next().unwrap_or_default());
        }
        assert!(decode(&with(place, json!(long[1..]))).is_ok(), "{place}");
    }
    refused(&with("/data/note", json!("x".repeat(4097))), Reason::TextTooLong, "data.note");
    assert!(decode(&with("/data/note", json!("x".repeat(4096)))).is_ok());
}

#[test]
fn lines_quantities_and_money() {
    refused(&with("/data/lines", json!([])), Reason::NoLines, "");
    refused(&with("/data/lines", lines(1001)), Reason::TooManyLines, "1001");
    assert!(decode(&with("/data/lines", lines(1000))).is_ok());
    refused(&with("/data/lines/1/line_id", json!("1")), Reason::DuplicateLine, "");
    for quantity in [json!(1.0), json!(0), json!(-1), json!(1.5), json!(1_000_001), json!(1e30), json!("2")] {
        refused(&with("/data/lines/0/quantity", quantity), Reason::BadQuantity, "quantity");
    }
    for amount in [json!(12.5), json!("-1.00"), json!("1e3"), json!("12,50"), json!("")] {
        refused(&with("/data/total/amount", amount), Reason::BadMoney, "data.total.amount");
    }
    for currency in [json!("RMB"), json!("cny"), json!(""), json!(156)] {
        refused(&with("/data/total/currency", currency), Reason::BadCurrency, "data.total.currency");
    }
    refused(&with("/data/total/currency", json!("USD")), Reason::MixedCurrency, "");
}

#[test]
fn scopes_and_changes_that_say_nothing() {
    let raised = |scope| envelope("condition.raised", &json!({"condition_id": "c", "kind": "surge", "scope": scope}));
    refused(&raised(json!({})), Reason::EmptyScope, "");
    refused(&raised(json!({"planet": "earth", "sku": null})), Reason::EmptyScope, "");
    refused(&raised(json!({"sku": "A"})), Reason::ScopeTooWide, "");
    refused(&raised(json!({"campaign": "c", "region": "r"})), Reason::ScopeTooWide, "");
    let unchanged = json!({"merchant_id": "m", "order_id": "o", "colour": "blue", "note": null});
    refused(&envelope("order.changed", &unchanged), Reason::EmptyChange, "");
}

/// Wherever a personal value stands and whatever is wrong with it, the operator's text does not repeat it.
#[test]
fn faults_never_show_personal_values() {
    let secret = "lin@example.com, expected x at line 1: bad_id: y";
    let long = secret.repeat(200);
    let wrong = [json!(secret), json!([secret]), json!({"k": secret, secret: 1}), json!(long)];
    let places = [
        "/data/buyer",
        "/data/buyer/name",
        "/data/buyer/email",
        "/data/buyer/phone",
        "/data/buyer/locale",
        "/data/note",
        "/data/ship_to",
        "/data/lines",
        "/data/lines/0",
        "/data/lines/0/quantity",
        "/data/lines/0/fulfilment",
        "/data/total/amount",
        "/data/total/currency",
        "/data/ship_by",
        "/data/notify",
        "/data/buyer/buyer_id",
        "/data/order_id",
        "/id",
        "/time",
        "/type",
        "/data",
        "/datacontenttype",
    ];
    let mut refused = 0;
    for (place, value) in places.iter().flat_map(|place| wrong.iter().map(move |value| (place, value))) {
        let Err(fault) = decode(&with(place, value.clone())) else {
            continue;
        };
        refused += 1;
        let text = format!("{fault} {fault:?}");
        assert!(!text.contains("lin@") && !text.contains("example"), "{place}: {text}");
    }
    assert!(refused > 70, "{refused}");
}

#[test]
fn every_reason_has_one_name() {
    for reason in Reason::ALL {
        assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
    }
    assert_eq!(Reason::parse("lost"), None);
}
