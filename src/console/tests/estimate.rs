//! What a product page may promise: to the shop itself and to operations, with what it stands on.

use axum::http::StatusCode;
use forewarn_core::Instant;
use serde_json::Value;

use super::sample::{EN, Sample, ZH};

async fn asked(sample: &Sample, cookie: &str, query: &str) -> (StatusCode, Value) {
    let reply = sample.get(&format!("/v1/estimate?{query}"), cookie).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

fn moment(value: &Value) -> Instant {
    Instant::parse(value.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_shop_asks_about_its_own_articles_and_operations_about_all() {
    let sample = Sample::full().await;
    let (operations, merchant) = (sample.log_in(&sample.operations).await, sample.log_in(&sample.merchant).await);
    let (status, own) = asked(&sample, &merchant, &format!("merchant={ZH}&sku=S1&warehouse=W1&country=CN")).await;
    assert_eq!(status, StatusCode::OK, "{own}");
    assert_eq!((own["merchant_id"].as_str(), own["sku"].as_str()), (Some(ZH), Some("S1")));
    let (p50, p90) = (moment(&own["ships"]["p50"]), moment(&own["ships"]["p90"]));
    assert!(moment(&own["at"]) < p50 && p50 < p90 && p90 <= moment(&own["may_promise"]["ship_by"]), "{own}");
    assert_eq!(own["may_promise"]["confidence"], 0.9);
    assert!(own["policy_promise"]["risk"].as_f64().unwrap() > 0.0, "{own}");
    assert!(!own["because"].as_array().unwrap().is_empty());
    let (status, foreign) = asked(&sample, &merchant, &format!("merchant={EN}&sku=S1")).await;
    assert_eq!((status, foreign["code"].as_str()), (StatusCode::NOT_FOUND, Some("not_found")));
    let (status, _) = asked(&sample, &operations, &format!("merchant={EN}&sku=S1&fulfilment=presale")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let sample = Sample::empty().await;
    let operations = sample.log_in(&sample.operations).await;
    let (status, problem) = asked(&sample, &operations, "merchant=m&sku=").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("sku"), "{problem}");
    for query in ["merchant=m", "merchant=m&sku=s&fulfilment=teleported", "merchant=m&sku=s&warehuose=W1"] {
        assert_eq!(asked(&sample, &operations, query).await.0, StatusCode::BAD_REQUEST, "{query}");
    }
}
