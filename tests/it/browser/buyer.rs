//! A buyer opens the signed page from a warning, picks a choice and is thanked.

use forewarn::store::Tx;
use forewarn_core::event::OrderEvent;

use super::yesterday::{DESK, TEA, buyer_page, key, seed};
use super::{NARROW, WIDE, Window, place};

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_chooses_and_is_thanked_narrow_and_in_chinese() {
    choose(NARROW, TEA, "zh-CN", "订单要晚一些", "收到了").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_chooses_and_is_thanked_wide_and_in_english() {
    choose(WIDE, DESK, "en", "Your order will be late", "Got it, thank you.").await;
}

async fn choose(size: (u32, u32), order: (&str, &str), language: &str, headline: &str, thanks: &str) {
    // The browser asks for the other language: the page speaks the one the notice spoke.
    let other = if language == "en" { "zh-CN" } else { "en" };
    let Some(window) = Window::open(size, other).await else { return };
    let place = place();
    let [tea, desk] = seed(&place);
    let mut serve = place.serve();
    serve.ready().await;
    let notice = if order == TEA { tea } else { desk };
    let page = buyer_page(&place, order);
    assert!(notice.composed.unwrap().text.contains(&page), "the warning led here");
    window.goto(&page).await;
    assert_eq!(window.language().await, language);
    window.shows(headline).await;
    window.click("form.ask input[value='swap']").await;
    window.fill("form.ask textarea", "白蜡木 ✓ <b>").await;
    window.click("form.ask button.primary").await;
    window.shows(thanks).await;
    window.fits().await;
    assert_eq!(window.language().await, language);
    let said = place.db().transact(&mut |tx| messages(tx, order)).unwrap();
    assert_eq!(said, ["[swap] 白蜡木 ✓ <b>"]);
    window.goto(&format!("{page}x")).await;
    window.hides(order.1).await;
    window.close().await;
    serve.stop();
}

fn messages(tx: &mut dyn Tx, order: (&str, &str)) -> Result<Vec<String>, forewarn::store::StoreError> {
    let row = tx.orders_load(&[key(order)])?.remove(0).unwrap();
    let text = |entry: &forewarn_core::facts::Entry| match &entry.event {
        OrderEvent::Message(message) => Some(message.text.reveal().to_owned()),
        _ => None,
    };
    Ok(row.facts.entries().iter().filter_map(text).collect())
}
