//! A draft of the policy is tried on the past: by operations only, and nothing changes.

use axum::http::{Method, StatusCode};
use forewarn_core::cause::Cause;
use forewarn_core::hindsight::{Look, Past};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

use super::policy::publish;
use super::sample::{EN, Sample, ZH, at, key};

/// Six orders of two shops, foretold to miss with chances of 0.1 to 0.6; the last three did.
async fn with_history(sample: &Sample) {
    let past = |n: u32| Past {
        key: key(if n.is_multiple_of(2) { ZH } else { EN }, &format!("H-{n}")),
        platform: None,
        warehouse_id: None,
        currency: None,
        ship_by: day(n),
        missed: n > 3,
        ended_at: Some(if n > 3 { day(n) + Span::hours(30) } else { day(n) - Span::hours(2) }),
        looks: vec![Look {
            left: Span::hours(24),
            risk: Ppm::from_ppm(n * 100_000),
            cause: Cause::WarehouseQueue,
            delays: [Span::hours(20); 5],
        }],
    };
    let all: Vec<Past> = (1..=6).map(past).collect();
    sample.store.write(move |tx| all.iter().try_for_each(|past| tx.past_save(past))).await.unwrap();
}

fn day(n: u32) -> Instant {
    at(&format!("2026-02-{:02}T10:00:00+08:00", n + 10))
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_draft_is_tried_against_the_policy_in_force() {
    let sample = Sample::empty().await;
    with_history(&sample).await;
    let draft = json!({ "policy": "[warn]\nrisk = 0.25\n[merchant.northwind.warn]\nrisk = 0.9" });
    let reply = sample.call(Method::POST, "/v1/what-if", &sample.operations, Some(draft)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let found = parsed(&reply.body);
    assert_eq!((&found["orders"], &found["missed"]), (&json!(6), &json!(3)));
    assert_eq!((&found["from"], &found["until"]), (&json!("2026-02-11T02:00:00Z"), &json!("2026-02-16T02:00:00Z")));
    let counts = |tried: &Value| ["warned", "caught", "false_alarms", "missed"].map(|k| tried[k].as_u64().unwrap());
    assert_eq!(counts(&found["in_force"]), [2, 2, 0, 1]);
    assert_eq!(found["in_force"]["compensation"], json!([{ "amount": "10.00", "currency": "CNY" }]));
    // The other shop's own threshold holds for its orders; what is tried in its place holds for all.
    assert_eq!(counts(&found["draft"]), [2, 2, 0, 1]);
    assert_eq!(counts(&found["sweep"][4]), [4, 3, 1, 0]);
    assert_eq!(found["sweep"][4]["risk"], json!(0.25));
    // Nothing was published.
    assert_eq!(sample.store.read(|tx| Ok(tx.policies(9)?.len())).await.unwrap(), 0);
}

#[tokio::test]
async fn a_draft_with_faults_is_refused_with_all_of_them() {
    let sample = Sample::empty().await;
    let text = "[warn]\nrisk = 7\nleed = \"24h\"";
    let reply = sample.call(Method::POST, "/v1/what-if", &sample.operations, Some(json!({ "policy": text }))).await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json")
    );
    let problem = parsed(&reply.body);
    assert_eq!((&problem["code"], &problem["status"]), (&json!("bad_policy"), &json!(422)));
    let published = crate::policy::PolicyBook::parse(text).unwrap_err();
    let named = published.iter().map(|p| (p.line, p.key.clone(), p.message.clone(), p.remedy.clone()));
    let told = problem["faults"].as_array().unwrap().iter().map(|fault| {
        let text = |field: &str| fault[field].as_str().unwrap().to_owned();
        (fault["line"].as_u64().and_then(|n| usize::try_from(n).ok()), text("key"), text("message"), text("remedy"))
    });
    assert_eq!(told.collect::<Vec<_>>(), named.collect::<Vec<_>>());
    let shop = sample.call(Method::POST, "/v1/what-if", &sample.merchant, Some(json!({ "policy": "" }))).await;
    assert_eq!(shop.status, StatusCode::FORBIDDEN);
    let other = sample.call(Method::POST, "/v1/what-if", &sample.operations, Some(json!({ "text": "" }))).await;
    assert!(other.status.is_client_error(), "{}", other.status);
}

#[tokio::test]
async fn the_largest_document_is_taken() {
    let sample = Sample::empty().await;
    let long = json!({ "policy": "#\t".repeat(500_000) });
    let reply = sample.call(Method::POST, "/v1/what-if", &sample.operations, Some(long)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let longer = json!({ "policy": "#\t".repeat(800_000) });
    let reply = sample.call(Method::POST, "/v1/what-if", &sample.operations, Some(longer)).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_policys_page_tries_the_form_and_keeps_it() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/policy", &cookie).await.body;
    let none = publish(&sample, &cookie, &page, &[("trial", "1")]).await;
    none.shows("No order whose end is known yet.");
    with_history(&sample).await;
    let tried = publish(&sample, &cookie, &page, &[("trial", "1"), ("risk", "0.25")]).await;
    assert_eq!(tried.status, StatusCode::OK);
    tried.shows("Tried on 6 orders");
    tried.shows("value=\"0.25\"");
    tried.shows("<td data-l=\"Warned\">4</td><td data-l=\"of them late\">3</td>");
    assert_eq!(sample.store.read(|tx| Ok(tx.policies(9)?.len())).await.unwrap(), 0);
    // What was tried is published from the same page.
    let published = publish(&sample, &cookie, &tried.body, &[]).await;
    assert_eq!((published.status, published.location()), (StatusCode::SEE_OTHER, "/policy?saved=1"));
}
