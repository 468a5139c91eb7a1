//! Orders the warehouse should take first, and the day a buyer named: from the events to what people read.

use serde_json::Value;

use super::sample::{EN, Sample, ZH, at, key, one_needed_by_a_day};

async fn asked(sample: &Sample, path: &str, cookie: &str) -> Value {
    serde_json::from_str(&sample.get(path, cookie).await.body).unwrap()
}

/// Rank, order and reason of each listed order.
fn listed(answer: &Value) -> Vec<(u64, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = answer["orders"].as_array().unwrap().iter();
    rows.map(|row| (row["rank"].as_u64().unwrap(), text(row, "order_id"), text(row, "reason"))).collect()
}

#[tokio::test]
async fn what_is_needed_by_a_day_goes_first_and_what_came_of_it_is_counted() {
    let sample = Sample::empty().await;
    let (operations, merchant) = (sample.log_in(&sample.operations).await, sample.log_in(&sample.merchant).await);
    sample.get("/expedite?lang=zh-CN", &merchant).await.shows("目前没有需要优先发货的订单");
    sample.play(one_needed_by_a_day()[..7].to_vec()).await;
    // Three days on the way by default: it has to leave by the 5th at noon to be there on the 8th.
    sample.run_to(at("2026-03-05T11:00:00+08:00")).await;
    let answer = asked(&sample, "/v1/expedite", &merchant).await;
    assert_eq!(listed(&answer)[0], (1, "QH-1".to_owned(), "buyer_urgent".to_owned()), "{answer}");
    assert_eq!(answer["orders"][0]["ship_by"], "2026-03-05T04:00:00Z");
    let page = sample.get("/expedite", &merchant).await;
    page.shows("Buyer needs it by a day");
    page.shows("QH-1");
    let foreign = asked(&sample, &format!("/v1/expedite?merchant={EN}"), &merchant).await;
    assert_eq!(foreign["orders"], Value::Array(Vec::new()));
    assert_eq!(asked(&sample, "/v1/expedite?warehouse=elsewhere", &operations).await["orders"], foreign["orders"]);
    // Once it is too late for the day, the promise counts; the order that left on the 6th was saved.
    sample.run_to(at("2026-03-06T19:00:00+08:00")).await;
    let answer = asked(&sample, "/v1/expedite", &operations).await;
    assert_eq!(listed(&answer).len(), 3, "{answer}");
    sample.play(one_needed_by_a_day()[7..].to_vec()).await;
    sample.run_to(at("2026-03-08T10:00:00+08:00")).await;
    let effect = &asked(&sample, "/v1/expedite", &operations).await["effect"];
    assert_eq!((&effect["waiting"], &effect["left_in_time"]), (&0.into(), &1.into()), "{effect}");
    assert_eq!(effect["left_too_late"], 3, "the day and the promise of the one, the promise of the other");
    sample.get("/expedite", &operations).await.shows("1 left in time");
    let now = sample.clock_now();
    let page = sample.store.read(move |tx| crate::serve::Metrics.scrape(tx, now, crate::serve::Live::default())).await;
    assert!(page.unwrap().contains("forewarn_expedited_orders{outcome=\"in_time\"} 1"));
}

#[tokio::test]
async fn the_day_stands_in_the_notice_on_the_order_and_in_the_reply() {
    let sample = Sample::empty().await;
    let operations = sample.log_in(&sample.operations).await;
    sample.play(one_needed_by_a_day()[..7].to_vec()).await;
    sample.run_to(at("2026-03-05T11:00:00+08:00")).await;
    let notices = sample.store.read(|tx| tx.notices_of(&key(ZH, "QH-1"))).await.unwrap();
    let warning = notices.iter().find(|n| n.key.ends_with("/needed")).expect("a warning for the day");
    let text = warning.composed.as_ref().unwrap().text.clone();
    assert!(text.contains("您说过最晚3月8日（周日）要用") && text.contains("全额退款"), "{text}");
    let order = asked(&sample, &format!("/v1/orders/{ZH}/QH-1"), &operations).await;
    assert_eq!((&order["needed"]["by"], &order["needed"]["in_time"]), (&"2026-03-08T04:00:00Z".into(), &false.into()));
    let reply = order["reply"]["text"].as_str().unwrap();
    assert!(reply.contains("恐怕赶不上您3月8日（周日）要用的日子"), "{reply}");
    let page = sample.get(&format!("/orders/{ZH}/QH-1"), &operations).await;
    page.shows("Buyer needs it by");
    page.shows("will probably not be there in time");
    let page = sample.get(&format!("/notices/{}", warning.notice_id), &operations).await;
    page.shows("so it has to leave by 5 Mar 12:00");
}
