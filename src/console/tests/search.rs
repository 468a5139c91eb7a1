//! Finding things.

use axum::http::StatusCode;
use forewarn_core::notice::Kind;

use super::sample::{Sample, at, two_late_orders};
use crate::store::port::NoticeSearch;

#[tokio::test]
async fn a_pasted_id_leads_to_the_order() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    for (typed, found) in [
        ("QH-1001", "/orders/qinghe%2Dhome/QH%2D1001"),
        ("%20NW-2001%20", "/orders/northwind/NW%2D2001"),
        ("northwind/NW-2001", "/orders/northwind/NW%2D2001"),
    ] {
        let reply = sample.get(&format!("/orders?q={typed}"), &cookie).await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, found));
    }
    let some = sample.get("/orders?q=QH-100", &cookie).await;
    some.shows("QH-1001");
    some.shows("QH-1007");
    some.hides("NW-2001");
    sample.get("/orders?q=u-lin", &cookie).await.shows("QH-1001");
    sample.get("/orders?q=none", &cookie).await.shows("No order found for");
}

#[tokio::test]
async fn an_order_tells_its_story() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/orders/qinghe-home/QH-1001", &cookie).await;
    for text in [
        "Out of stock",
        "reported",
        "Warehouse cannot go on",
        "Delay warning",
        "请问什么时候能发货？",
        "林晓，您好！",
        "<polyline",
        "橡木矮凳",
    ] {
        page.shows(text);
    }
    let quiet = sample.get("/orders/qinghe-home/QH-1007", &cookie).await;
    quiet.shows("Buyer opted out");
    let hostile = sample.get("/orders/northwind/NW-2003", &cookie).await;
    hostile.hides("<script>alert");
    hostile.hides("<b>bold");
}

#[tokio::test]
async fn the_api_says_what_the_page_says() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let reply = sample.get("/v1/orders/qinghe-home/QH-1001", &cookie).await;
    let order: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(order["status"], "at_risk");
    assert_eq!(order["cause"]["name"], "out_of_stock");
    assert_eq!(order["cause"]["known"], true);
    assert_eq!(order["reply"]["locale"], "zh-CN");
    assert_eq!(order["promise"]["ship_by"], "2026-03-07T02:00:00Z");
    assert!(order["honest_ship_by"].as_str().unwrap() > "2026-03-09T04:00:00Z");
    assert!(order["sent"].as_array().unwrap().iter().any(|n| n["kind"] == "delay_warning"));
    let missing = sample.get("/v1/orders/qinghe-home/none", &cookie).await;
    assert_eq!((missing.status, missing.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
}

#[tokio::test]
async fn the_openapi_document_names_every_field_of_the_answers() {
    fn names(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                found.insert(name.clone());
                names(value, found);
            }),
            serde_json::Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            _ => {}
        }
    }
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let mut found = std::collections::BTreeSet::new();
    let orders = ["qinghe-home/QH-1001", "qinghe-home/QH-1007", "northwind/NW-2001"].map(|o| format!("/v1/orders/{o}"));
    for path in orders.iter().map(String::as_str).chain(["/v1/notices", "/v1/notices?kind=none", "/v1/kept-dates"]) {
        names(&serde_json::from_str(&sample.get(path, &cookie).await.body).unwrap(), &mut found);
    }
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/openapi.yaml")).unwrap();
    let missing: Vec<_> = found.iter().filter(|name| !document.contains(&format!(" {name}:\n"))).collect();
    assert!(found.len() > 30, "{found:?}");
    assert_eq!(missing, Vec::<&String>::new());
}

#[tokio::test]
async fn notices_are_narrowed_and_paged() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let warned = sample.get("/notices?kind=delay_warning", &cookie).await;
    warned.shows("QH-1001");
    warned.hides(">QH-1003<");
    sample.get("/notices?from=2026-03-09", &cookie).await.shows("No notices here.");
    sample.get("/notices?to=2026-03-06&q=QH-1003", &cookie).await.shows(">QH-1003<");
    for bad in ["kind=none", "state=none", "from=yesterday", "after=x"] {
        assert_eq!(sample.get(&format!("/notices?{bad}"), &cookie).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let named = sample.get("/notices?from=yesterday", &cookie).await;
    named.shows("“From” is not as it should be");
    named.shows("href=\"/notices\"");
    let (all, paged) = sample
        .store
        .read(|tx| {
            let all = tx.notices_list(None, &NoticeSearch { limit: 500, ..NoticeSearch::default() })?;
            let mut paged = Vec::new();
            let mut after = None;
            loop {
                let rows = tx.notices_list(None, &NoticeSearch { limit: 3, after, ..NoticeSearch::default() })?;
                let Some(last) = rows.last() else { break };
                after = Some((last.created_at, last.notice_id.clone()));
                paged.extend(rows);
            }
            Ok((all, paged))
        })
        .await
        .unwrap();
    assert_eq!(all, paged);
    assert!(all.iter().any(|n| n.kind == Kind::ActionNeeded) && all.iter().any(|n| n.kind == Kind::Delivered));
}

#[tokio::test]
async fn a_merchant_opens_yesterdays_warning() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.merchant).await;
    let list = sample.get("/notices?kind=delay_warning&state=sent", &cookie).await;
    let href = list.body.split("href=\"/notices/").nth(1).and_then(|r| r.split('"').next()).unwrap();
    let page = sample.get(&format!("/notices/{href}"), &cookie).await;
    for text in ["Delay warning", "Sent", "Why it went out", "250 2.0.0 OK", "u-lin@example.com", "Chance to miss it"] {
        page.shows(text);
    }
    let mail = sample.get(&format!("/notices/{href}/mail"), &cookie).await;
    mail.shows("林晓");
}

#[tokio::test]
async fn a_notice_leads_to_the_other_one_in_its_message() {
    let sample = Sample::empty().await;
    sample.play(two_late_orders()).await;
    sample.run_to(at("2026-03-04T18:00:00+08:00")).await;
    let cookie = sample.log_in(&sample.merchant).await;
    let list = sample.get("/notices?kind=delay_warning&state=sent", &cookie).await;
    let mut ids: Vec<&str> = list.body.split("href=\"/notices/").skip(1).filter_map(|r| r.split('"').next()).collect();
    ids.dedup();
    let [one, two] = ids[..] else { panic!("two notices in {ids:?}") };
    let mut merged = 0;
    for (id, other) in [(one, two), (two, one)] {
        let page = sample.get(&format!("/notices/{id}"), &cookie).await;
        page.shows("Told in the same message as order");
        page.shows(&format!("href=\"/notices/{other}\""));
        merged += usize::from(page.body.contains("another order in the same message has the compensation"));
    }
    assert_eq!(merged, 1);
}

#[tokio::test]
async fn dead_letters_show_reason_and_bytes() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/dead-letters", &cookie).await;
    page.shows("not_json");
    page.shows("sample.jsonl / 0 / 7");
    let path = page.body.split("href=\"/dead-letters/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    sample.get(&format!("/dead-letters/{path}"), &cookie).await.shows("&#34;order.placed&#34;");
}

#[tokio::test]
async fn an_orders_page_shows_what_its_carrier_said_in_the_carriers_own_word() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let said = |minute: u8, vocabulary: Option<&str>, word: &str, status: Option<&str>| {
        let time = format!("2026-03-05T19:{minute:02}:00+08:00");
        let data = serde_json::json!({
            "merchant_id": "qinghe-home", "order_id": "QH-1003", "parcel_id": "P-QH-1003", "vocabulary": vocabulary,
            "raw_status": word, "status": status,
        });
        let event = serde_json::json!({
            "specversion": "1.0", "id": format!("w{minute}"), "source": "/carrier", "type": "parcel.status",
            "time": time, "data": data,
        });
        event.to_string().into_bytes()
    };
    let told = [
        said(1, Some("shopify"), "BEAMED_<b>UP", None),
        said(2, Some("kuaidi100"), "202", None),
        said(3, Some("aftership"), "Exception_012", None),
        said(4, None, "已发往下一站", Some("in_transit")),
    ];
    for (n, event) in told.into_iter().enumerate() {
        sample.ingest(event, i64::try_from(n).unwrap() + 900).await;
    }
    let page = sample.get("/orders/qinghe-home/QH-1003", &cookie).await;
    for text in [
        "Carrier’s word, not known here",
        "shopify: BEAMED_&#60;b&#62;UP",
        "No news of the parcel",
        "kuaidi100: 202",
        "damaged · aftership: Exception_012",
        "carrier’s word: 已发往下一站",
    ] {
        page.shows(text);
    }
    page.hides("BEAMED_<b>UP");
}
