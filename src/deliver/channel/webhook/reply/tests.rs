use super::*;

fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[test]
fn retry_after_is_read_as_seconds_or_date_and_clamped_to_an_hour() {
    let seconds = |n| Some(Duration::from_secs(n));
    for (text, wait) in [
        ("120", seconds(120)),
        (" 0 ", seconds(0)),
        ("86400", seconds(3_600)),
        ("99999999999999999999999", seconds(3_600)),
        ("Sun, 22 Nov 2026 08:10:00 GMT", seconds(600)),
        ("Sun, 22 Nov 2026 07:00:00 GMT", seconds(0)),
        ("Tue, 22 Nov 2033 08:10:00 GMT", seconds(3_600)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ] {
        assert_eq!(parse_retry_after(text, now()), wait, "{text}");
    }
}

#[test]
fn the_receipt_carries_the_gateways_id_and_no_address() {
    let ok = StatusCode::OK;
    assert_eq!(receipt(ok, br#"{"id":"sm-77"}"#), "http 200 sm-77");
    assert_eq!(receipt(ok, br#"{"message_id":"m1","x":1}"#), "http 200 m1");
    for body in [&b"not json"[..], b"", b"[1]", br#"{"id":5}"#, br#"{"id":"buyer@example.org"}"#] {
        assert_eq!(receipt(ok, body), "http 200");
    }
}
