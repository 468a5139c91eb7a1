//! The webhook against a mock receiver.

use std::time::Duration;

use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use super::{signature::Signer, *};
use crate::deliver::channel::tests::sample;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECOND: &str = "whsec_c2Vjb25kLXNlY3JldC1vZi0zMi1ieXRlcy1sZW5ndGg=";

fn config(url: &str) -> WebhookConfig {
    let text = format!("url = \"{url}\"\nsecret = \"{SECRET}\"\nsecond_secret = \"{SECOND}\"\ntimeout = \"500ms\"");
    toml::from_str(&text).unwrap()
}

fn channel(url: &str) -> WebhookChannel {
    WebhookChannel::new("sms", &config(url)).unwrap()
}

async fn receiver(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path("/hook")).respond_with(answer).mount(&server).await;
    server
}

async fn outcome_of(answer: ResponseTemplate) -> Outcome {
    let server = receiver(answer).await;
    channel(&format!("{}/hook", server.uri())).send(&sample()).await
}

fn text<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers[name].to_str().unwrap()
}

#[tokio::test]
async fn the_request_is_complete_signed_and_keeps_its_id_over_attempts() {
    let server = receiver(ResponseTemplate::new(200).set_body_string(r#"{"id":"sm-77"}"#)).await;
    let channel = channel(&format!("{}/hook", server.uri()));
    let mut outgoing = sample();
    for attempt in 1..=2 {
        outgoing.attempt = attempt;
        let receipt = "http 200 sm-77".to_owned();
        assert_eq!(channel.send(&outgoing).await, Outcome::Sent { receipt });
    }
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(text(request, "webhook-id"), outgoing.message_id);
        assert_eq!(text(request, "content-type"), "application/json");
        let at: i64 = text(request, "webhook-timestamp").parse().unwrap();
        let now = Timestamp::now().as_second();
        for secret in [SECRET, SECOND] {
            let verified = Signer::new([secret]).unwrap().verify(
                text(request, "webhook-id"),
                at,
                &request.body,
                text(request, "webhook-signature"),
                now,
            );
            assert_eq!(verified, Ok(()));
        }
    }
    let body: serde_json::Value = requests[0].body_json().unwrap();
    assert_eq!(body, expected_body());
}

fn expected_body() -> serde_json::Value {
    let o = sample();
    serde_json::json!({
        "type": "notice", "message_id": o.message_id, "notice_id": o.notice_id, "kind": o.kind, "template": o.template,
        "class": "service", "merchant_id": o.merchant_id, "order_id": o.order_id,
        "orders": [{ "notice_id": o.notice_id, "order_id": o.order_id, "kind": o.kind }], "locale": o.locale,
        "to": o.to.expose(), "variables": o.variables, "subject": o.subject, "text": o.text,
    })
}

#[tokio::test]
async fn each_status_has_its_meaning() {
    for status in [200, 201, 202, 204] {
        assert!(matches!(outcome_of(ResponseTemplate::new(status)).await, Outcome::Sent { .. }), "{status}");
    }
    for status in [400, 401, 403, 404, 409, 410, 413, 422] {
        let reason = format!("webhook: http {status}");
        assert_eq!(outcome_of(ResponseTemplate::new(status)).await, Outcome::Failed { reason });
    }
    for (status, wanted) in [
        (408, RetryClass::Timeout),
        (429, RetryClass::Busy),
        (500, RetryClass::Busy),
        (502, RetryClass::Busy),
        (503, RetryClass::Busy),
        (301, RetryClass::Config),
    ] {
        let outcome = outcome_of(ResponseTemplate::new(status)).await;
        assert!(
            matches!(outcome, Outcome::Retry { class, after: None, .. } if class == wanted),
            "{status} {outcome:?}"
        );
    }
}

#[tokio::test]
async fn retry_after_is_honoured_for_429_and_503_only() {
    for (status, wanted) in [(429, Some(Duration::from_secs(90))), (503, Some(Duration::from_secs(90))), (500, None)] {
        let outcome = outcome_of(ResponseTemplate::new(status).insert_header("retry-after", "90")).await;
        assert!(matches!(outcome, Outcome::Retry { after, .. } if after == wanted), "{status} {outcome:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = receiver(ResponseTemplate::new(200)).await;
    let elsewhere = format!("{}/hook", target.uri());
    let outcome = outcome_of(ResponseTemplate::new(307).insert_header("location", elsewhere.as_str())).await;
    assert!(matches!(outcome, Outcome::Retry { class: RetryClass::Config, .. }));
    assert!(target.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_late_answer_is_a_retry() {
    let outcome = outcome_of(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    assert!(matches!(outcome, Outcome::Retry { class: RetryClass::Timeout, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_lost_after_the_request_is_a_retry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let reading = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0_u8; 4_096];
        assert!(socket.read(&mut request).await.unwrap() > 0);
    });
    let outcome = channel(&url).send(&sample()).await;
    assert!(matches!(outcome, Outcome::Retry { class: RetryClass::Network, .. }), "{outcome:?}");
    reading.await.unwrap();
}

#[tokio::test]
async fn no_receiver_at_all_is_a_retry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    let outcome = channel(&url).send(&sample()).await;
    assert!(matches!(outcome, Outcome::Retry { class: RetryClass::Network, .. }), "{outcome:?}");
}

/// The receiver would write 64 MiB; it must be cut off long before, and the 200 still counts.
#[tokio::test]
async fn an_endless_answer_is_cut_off_and_the_status_still_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let writing = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0_u8; 8_192];
        assert!(socket.read(&mut request).await.unwrap() > 0);
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n";
        socket.write_all(head).await.unwrap();
        let mut written = 0_usize;
        while written < 64 << 20 && socket.write_all(&[b'x'; 65_536]).await.is_ok() {
            written += 65_536;
        }
        written
    });
    assert!(matches!(channel(&url).send(&sample()).await, Outcome::Sent { .. }));
    let written = writing.await.unwrap();
    assert!(written < 32 << 20, "{written}");
}

#[tokio::test]
async fn hostile_ids_never_reach_the_wire() {
    let server = receiver(ResponseTemplate::new(200)).await;
    let channel = channel(&format!("{}/hook", server.uri()));
    for hostile in ["a\r\nx: y", "a\nb", "\u{0}", "名"] {
        let mut outgoing = sample();
        outgoing.message_id = hostile.to_owned();
        assert!(matches!(channel.send(&outgoing).await, Outcome::Failed { .. }), "{hostile:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[test]
fn urls_that_are_not_plain_http_are_refused() {
    for url in [
        "",
        "ftp://h/x",
        "file:///etc/passwd",
        "gopher://h",
        "hook",
        "https://",
        "https://user:pw@h/x",
        "data:text/plain,x",
    ] {
        assert!(matches!(WebhookChannel::new("sms", &config(url)), Err(SetupError::Url)), "{url}");
    }
}

#[test]
fn a_configuration_shows_neither_secret_nor_path() {
    let shown = format!("{:?}", config("https://gate.example.com/token-123?k=9"));
    assert!(shown.contains("gate.example.com"));
    assert!(!shown.contains("whsec") && !shown.contains("token-123") && !shown.contains("k=9"));
    let unknown = format!("url = \"https://h\"\nsecret = \"{SECRET}\"\nredirects = 3");
    assert!(toml::from_str::<WebhookConfig>(&unknown).is_err());
}
