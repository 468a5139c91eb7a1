//! The desk: who sees what, who may settle what, and what stays on record.

use axum::http::{Method, StatusCode};
use forewarn_core::OrderKey;
use forewarn_core::cause::Cause;
use forewarn_core::desk::{Change, Entry, Matter, Outcome, Stage};
use serde_json::{Value, json};

use super::client::Reply;
use super::sample::{EN, Sample, ZH, at, key};
use crate::store::port::DeskRow;

fn entry(matter: Matter, cause: Cause, opened_at: &str) -> Entry {
    Entry {
        matter,
        about: String::new(),
        number: 1,
        stage: Stage::Open,
        cause,
        chases: 0,
        opened_at: at(opened_at),
        mark: None,
    }
}

impl Sample {
    /// Both shops, with an entry of the Chinese shop's and two of the other's on the desk.
    async fn with_desk() -> Self {
        let sample = Self::full().await;
        let brought = [
            (key(ZH, "QH-1001"), entry(Matter::PastUpdates, Cause::WarehouseQueue, "2026-03-05T10:00:00+08:00")),
            (key(EN, "NW-2001"), entry(Matter::PastUpdates, Cause::OutOfStock, "2026-03-06T09:00:00+08:00")),
            (key(EN, "NW-2003"), entry(Matter::RefusedGrant, Cause::Surge, "2026-03-02T09:00:00+08:00")),
        ];
        let now = sample.clock_now();
        let step = move |tx: &mut dyn crate::store::Tx| {
            let enter = |(order, entry): &(OrderKey, Entry)| (order.clone(), Change::Opened(entry.clone()));
            brought.iter().map(enter).try_for_each(|(order, change)| tx.desk_change(&order, &[change], now))
        };
        sample.store.write(step).await.unwrap();
        sample
    }

    async fn desk_of(&self, shop: &'static str, order: &'static str) -> Vec<DeskRow> {
        self.store.read(move |tx| tx.desk_of(&key(shop, order))).await.unwrap()
    }

    /// Does something to the newest entry of an order, as its form would.
    async fn deed(
        &self,
        cookie: &str,
        order: (&'static str, &'static str),
        deed: &str,
        more: &[(&str, &str)],
    ) -> Reply {
        let id = self.desk_of(order.0, order.1).await.pop().unwrap().desk_id;
        let form = self.form(cookie).await;
        let fields: Vec<(&str, &str)> = [("form", form.as_str())].into_iter().chain(more.iter().copied()).collect();
        self.post(&format!("/desk/{id}/{deed}"), cookie, &fields).await
    }
}

/// The orders of a page, in their order.
fn orders(page: &Reply) -> Vec<&str> {
    let rows = page.body.split("<td data-l=\"Order\">").skip(1);
    rows.filter_map(|row| row.split("\">").nth(1)?.split('<').next()).collect()
}

#[tokio::test]
async fn what_waits_stands_by_cause_and_shows_who_has_it() {
    let sample = Sample::with_desk().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/desk", &cookie).await;
    assert_eq!(orders(&page), ["NW-2001", "QH-1001", "NW-2003"]);
    page.shows(">1 d<");
    page.shows("Promised compensation refused");
    assert_eq!(page.body.matches("/take\"").count(), 3);
    let page = sample.get("/desk?matter=refused_grant", &cookie).await;
    assert_eq!(orders(&page), ["NW-2003"]);
    let taken = sample.deed(&cookie, (EN, "NW-2001"), "take", &[]).await;
    assert_eq!((taken.status, taken.location()), (StatusCode::SEE_OTHER, "/desk"));
    let page = sample.get("/desk?view=mine", &cookie).await;
    assert_eq!(orders(&page), ["NW-2001"]);
    page.shows("<span class=\"good\">lin</span>");
    // The order says the same, and leads back to itself.
    let page = sample.get("/orders/northwind/NW-2001", &cookie).await;
    page.shows("lin has it");
    page.shows("Brought to the desk: Late again and again");
    let back = sample.deed(&cookie, (EN, "NW-2001"), "back", &[("from", "order")]).await;
    assert_eq!(back.location(), "/orders/northwind/NW%2D2001");
    assert_eq!(sample.desk_of(EN, "NW-2001").await[0].taken, None);
    sample.get("/", &cookie).await.shows("oldest for 4 d");
}

#[tokio::test]
async fn a_shop_settles_its_own_and_cannot_touch_anothers() {
    let sample = Sample::with_desk().await;
    let merchant = sample.log_in(&sample.merchant).await;
    let page = sample.get("/desk", &merchant).await;
    assert_eq!(orders(&page), ["QH-1001"]);
    page.hides("northwind");
    let before = sample.desk_of(EN, "NW-2001").await;
    for (deed, more) in [("take", &[][..]), ("back", &[]), ("close", &[("outcome", "refunded")])] {
        let reply = sample.deed(&merchant, (EN, "NW-2001"), deed, more).await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/desk"), "{deed}");
        let reply = sample.deed(&merchant, (EN, "NW-2001"), deed, &[more, &[("from", "order")]].concat()).await;
        assert_eq!(reply.location(), "/desk", "{deed}: nor does it learn whose it is");
    }
    assert_eq!(sample.desk_of(EN, "NW-2001").await, before);
    sample.deed(&merchant, (ZH, "QH-1001"), "take", &[]).await;
    let note = "<b>rang</b> at noon";
    sample.deed(&merchant, (ZH, "QH-1001"), "close", &[("outcome", "buyer_called"), ("note", note)]).await;
    let row = sample.desk_of(ZH, "QH-1001").await.pop().unwrap();
    let closing = row.closed.unwrap();
    assert_eq!((closing.by.as_deref(), closing.outcome), (Some("qinghe"), Outcome::BuyerCalled));
    assert_eq!(orders(&sample.get("/desk", &merchant).await), Vec::<&str>::new());
    let page = sample.get("/desk?view=closed", &merchant).await;
    page.shows("Buyer called");
    page.hides(note);
    let page = sample.get("/orders/qinghe-home/QH-1001", &merchant).await;
    page.shows("Off the desk: Late again and again");
    page.shows("Buyer called (qinghe)");
    page.hides(note);
}

#[tokio::test]
async fn a_form_from_elsewhere_or_without_sense_does_nothing() {
    let sample = Sample::with_desk().await;
    let cookie = sample.log_in(&sample.operations).await;
    let before = sample.desk_of(EN, "NW-2001").await;
    let path = format!("/desk/{}/take", before[0].desk_id);
    assert_eq!(sample.post(&path, &cookie, &[]).await.status, StatusCode::FORBIDDEN);
    let form = sample.form(&cookie).await;
    let foreign = sample.post_from("https://evil.example", &path, &cookie, &[("form", &form)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let long = "x".repeat(501);
    for fields in [
        &[][..],
        &[("outcome", "resolved_itself")],
        &[("outcome", "else")],
        &[("outcome", "refunded"), ("note", &long)],
    ] {
        let reply = sample.deed(&cookie, (EN, "NW-2001"), "close", fields).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{fields:?}");
    }
    assert_eq!(sample.desk_of(EN, "NW-2001").await, before);
}

#[tokio::test]
async fn an_address_nobody_answered_about_is_settled_by_hand_and_stays_settled() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.merchant).await;
    sample.get("/", &cookie).await.shows("nothing waits for a person");
    sample.run_to(at("2026-03-07T16:00:00+08:00")).await;
    sample.get("/desk?lang=zh-CN", &cookie).await.shows("地址问题无人回复");
    let page = sample.get("/orders/qinghe-home/QH-1002?lang=zh-CN", &cookie).await;
    page.shows("转人工：地址问题无人回复");
    page.shows("无人接手");
    let done = sample.deed(&cookie, (ZH, "QH-1002"), "close", &[("outcome", "buyer_called"), ("from", "order")]).await;
    assert_eq!(done.location(), "/orders/qinghe%2Dhome/QH%2D1002");
    sample.run_to(at("2026-03-09T16:00:00+08:00")).await;
    assert_eq!(sample.desk_of(ZH, "QH-1002").await.len(), 1);
    sample.get("/desk", &cookie).await.hides("QH-1002");
}

#[tokio::test]
async fn programs_read_the_desk_and_those_of_operations_settle_it() {
    let sample = Sample::with_desk().await;
    let read = async |token: &str, path: &str| -> Value {
        serde_json::from_str(&sample.call(Method::GET, path, token, None).await.body).unwrap()
    };
    let all = read(&sample.operations, "/v1/desk").await;
    let orders = |list: &Value| -> Vec<String> {
        let entries = list["entries"].as_array().unwrap();
        entries.iter().map(|entry| entry["order_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(orders(&all), ["NW-2001", "QH-1001", "NW-2003"]);
    assert_eq!(orders(&read(&sample.merchant, "/v1/desk").await), ["QH-1001"]);
    let path = |deed: &str| format!("/v1/desk/{}/{deed}", all["entries"][0]["desk_id"].as_str().unwrap());
    let call = async |token: &str, deed: &str, body: Option<Value>| {
        sample.call(Method::POST, &path(deed), token, body).await.status.as_u16()
    };
    assert_eq!(call(&sample.merchant, "take", None).await, 403);
    assert_eq!(call(&sample.operations, "take", None).await, 204);
    assert_eq!(call(&sample.operations, "take", None).await, 404, "it is taken");
    assert_eq!(call(&sample.operations, "close", None).await, 400);
    assert_eq!(call(&sample.operations, "close", Some(json!({ "outcome": "resolved_itself" }))).await, 400);
    let word = json!({ "outcome": "refunded", "note": "by bank" });
    assert_eq!(call(&sample.operations, "close", Some(word.clone())).await, 204);
    assert_eq!(call(&sample.operations, "close", Some(word)).await, 404, "it has left");
    let order = read(&sample.operations, "/v1/orders/northwind/NW-2001").await;
    assert_eq!(
        (&order["desk"][0]["matter"], &order["desk"][0]["closed"]["by"]),
        (&json!("past_updates"), &json!("lin"))
    );
    let closed = read(&sample.operations, "/v1/desk?view=closed").await;
    let wanted = json!({ "at": "2026-03-06T02:00:00Z", "outcome": "refunded", "by": "lin", "note": "by bank" });
    assert_eq!(closed["entries"][0]["closed"], wanted);
}

#[tokio::test]
async fn the_metrics_count_what_is_open_by_matter() {
    let sample = Sample::with_desk().await;
    let cookie = sample.log_in(&sample.operations).await;
    sample.deed(&cookie, (EN, "NW-2003"), "take", &[]).await;
    let now = sample.clock_now();
    let page = sample.store.read(move |tx| crate::serve::Metrics.scrape(tx, now, crate::serve::Live::default())).await;
    let page = page.unwrap();
    for line in [
        "forewarn_desk_open{matter=\"past_updates\"} 2",
        "forewarn_desk_taken{matter=\"past_updates\"} 0",
        "forewarn_desk_taken{matter=\"refused_grant\"} 1",
        "forewarn_desk_oldest_seconds{matter=\"past_updates\"} 86400",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
}
