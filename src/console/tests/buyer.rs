//! What buyers open from a notice.

use axum::http::StatusCode;
use forewarn_core::event::OrderEvent;
use forewarn_core::notice::Kind;

use super::sample::{Sample, ZH, at, key, two_late_orders};
use crate::engine::Purpose;

fn path(sample: &Sample, purpose: Purpose, order: &str) -> String {
    let link = sample.engine.identity().links.to(purpose, &key(ZH, order));
    link.replace("http://127.0.0.1:8080", "")
}

async fn messages(sample: &Sample, order: &str) -> Vec<String> {
    let wanted = key(ZH, order);
    let rows = sample.store.read(move |tx| tx.orders_load(std::slice::from_ref(&wanted))).await.unwrap();
    let row = rows.into_iter().flatten().next().unwrap();
    let texts = row.facts.entries().iter().filter_map(|e| match &e.event {
        OrderEvent::Message(m) => Some(m.text.reveal().to_owned()),
        _ => None,
    });
    texts.collect()
}

#[tokio::test]
async fn the_page_says_what_happens_and_takes_a_choice_once() {
    let sample = Sample::full().await;
    let path = path(&sample, Purpose::Order, "QH-1001");
    let page = sample.get(&path, "").await;
    for text in ["清禾家居", "订单要晚一些", "备货不够", "继续等", "橡木矮凳"] {
        page.shows(text);
    }
    sample.get(&format!("{path}?lang=en"), "").await.shows("Your order will be late");
    let before = messages(&sample, "QH-1001").await.len();
    for _ in 0..2 {
        let reply = sample.post(&path, "", &[("choice", "swap"), ("text", "要白蜡木的"), ("lang", "zh-CN")]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        sample.get(reply.location(), "").await.shows("收到了");
        sample.clock.set(sample.clock_now() + forewarn_core::Span::from_ms(1_500));
    }
    let after = messages(&sample, "QH-1001").await;
    assert_eq!(after.len(), before + 1, "a double click is one message");
    assert!(after.contains(&"[swap] 要白蜡木的".to_owned()));
    // Whoever opens the message again finds what was chosen, is not asked anew, and is told no date of the old course.
    let again = sample.get(&path, "").await;
    for text in ["已收到您的回复", "您选了：换一款", "给店铺留言"] {
        again.shows(text);
    }
    for text in ["您想怎么办", "现在预计最晚发货", "订单要晚一些"] {
        again.hides(text);
    }
    let books = sample.store.read(|tx| tx.dead_letters(9)).await.unwrap();
    assert_eq!(books.0.len(), 1, "only the sample's own broken event");
}

#[tokio::test]
async fn a_second_delay_offers_to_cancel_and_nothing_in_its_place() {
    let sample = Sample::empty().await;
    sample.play(two_late_orders()).await;
    sample.run_to(at("2026-03-05T10:00:00+08:00")).await;
    let path = path(&sample, Purpose::Order, "QH-1");
    let first = sample.get(&path, "").await;
    first.shows("订单要晚一些");
    first.hides("您想怎么办");
    sample.run_to(at("2026-03-12T10:00:00+08:00")).await;
    let wanted = key(ZH, "QH-1");
    let told = sample.store.read(move |tx| tx.notices_of(&wanted)).await.unwrap();
    let update = told.iter().find(|notice| notice.kind == Kind::DelayUpdate).unwrap();
    assert!(update.composed.as_ref().unwrap().text.contains("全额退款"));
    let second = sample.get(&path, "").await;
    for text in ["您想怎么办", "我们尽快为您发出", "由店铺为您退款"] {
        second.shows(text);
    }
    second.hides("换一款");
    sample.get(&format!("{path}?lang=en"), "").await.shows("we send it as soon as we can");
    sample.post(&path, "", &[("choice", "wait"), ("lang", "zh-CN")]).await;
    sample.get(&path, "").await.shows("您选了：继续等。我们尽快为您发出。");
    sample.clock.set(sample.clock_now() + forewarn_core::Span::minutes(5));
    let reply = sample.post(&path, "", &[("choice", "cancel"), ("lang", "zh-CN")]).await;
    sample.get(reply.location(), "").await.shows("收到了");
    sample.get(&path, "").await.shows("您选了：取消");
    assert_eq!(messages(&sample, "QH-1").await, ["[wait]", "[cancel]"]);
}

#[tokio::test]
async fn an_address_is_asked_for_and_taken() {
    let sample = Sample::full().await;
    let path = path(&sample, Purpose::Order, "QH-1002");
    sample.get(&path, "").await.shows("正确的收货地址");
    assert_eq!(sample.post(&path, "", &[("choice", "address"), ("text", "  ")]).await.status, StatusCode::BAD_REQUEST);
    sample.post(&path, "", &[("choice", "address"), ("text", "杭州市文一路 1 号")]).await;
    assert_eq!(messages(&sample, "QH-1002").await, ["[address] 杭州市文一路 1 号"]);
    let done = sample.get(&format!("{path}?done=1"), "").await;
    done.shows("已收到您的回复");
    done.hides("正确的收货地址");
    assert_eq!(sample.post(&path, "", &[("choice", "refund-all")]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_order_that_arrived_asks_nothing_and_takes_a_word() {
    let sample = Sample::full().await;
    let path = path(&sample, Purpose::Order, "QH-1003");
    let page = sample.get(&path, "").await;
    page.shows("已经送达");
    page.hides("您想怎么办");
    // The notice of its arrival leads here to speak up.
    page.shows("给店铺留言");
    page.hides("换个时间送");
    let reply = sample.post(&path, "", &[("choice", "message"), ("text", "少了一只"), ("lang", "zh-CN")]).await;
    let after = sample.get(reply.location(), "").await;
    after.shows("收到了");
    after.hides("<form");
    assert_eq!(messages(&sample, "QH-1003").await, ["[message] 少了一只"]);
}

#[tokio::test]
async fn one_click_stops_notices_at_once() {
    let sample = Sample::full().await;
    let path = path(&sample, Purpose::Unsubscribe, "QH-1001");
    let stopped = async || {
        let buyer = forewarn_core::BuyerKey {
            merchant_id: key(ZH, "x").merchant_id,
            buyer_id: forewarn_core::ids::BuyerId::new("u-lin").unwrap(),
        };
        let wishes = sample.store.read(move |tx| tx.preferences_load(&buyer)).await.unwrap();
        !wishes.allows(forewarn_core::policy::Channel::Email)
    };
    sample.get(&path, "").await.shows("不再接收通知");
    assert!(!stopped().await, "looking at the page stops nothing");
    // A mail service posts from nowhere in particular, without cookies.
    let reply = sample.post_from("https://mail.example", &path, "", &[("List-Unsubscribe", "One-Click")]).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(stopped().await);
    sample.clock.set(sample.clock_now() + forewarn_core::Span::minutes(1));
    sample.post(&path, "", &[("again", "1")]).await.shows("已经恢复");
    assert!(!stopped().await);
    assert_eq!(sample.post(&path, "", &[]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_link_opens_its_own_purpose_only() {
    let sample = Sample::full().await;
    let order = path(&sample, Purpose::Order, "QH-1001");
    let swapped = order.replace("/o/", "/u/");
    let refused = sample.get(&swapped, "").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    refused.shows("This link does not work");
    let reply = sample.post(&swapped, "", &[("List-Unsubscribe", "One-Click")]).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(sample.get(&format!("{order}x"), "").await.status, StatusCode::NOT_FOUND);
}
