//! Operations log in by the printed link, change `lead`, and the next decision uses it.

use forewarn::store::port::NoticeState;
use forewarn_core::notice::Kind;
use forewarn_core::{Instant, Span};

use super::{NARROW, WIDE, Window, invitation, place};
use crate::process::Place;
use crate::process::events::{Order, SHOP, from_now, history};

const HOUR: i64 = 60;

/// The words of one language and the window they are read in.
struct Desk {
    window: (u32, u32),
    language: &'static str,
    saved: &'static str,
    faulty: &'static str,
    none_sent: &'static str,
    warning: &'static str,
    paused: &'static str,
}

const ENGLISH: Desk = Desk {
    window: WIDE,
    language: "en",
    saved: "Published.",
    faulty: "Nothing was published.",
    none_sent: "Nothing yet.",
    warning: "Delay warning",
    paused: "All notices are paused by Ana.",
};

const CHINESE: Desk = Desk {
    window: NARROW,
    language: "zh-CN",
    saved: "已发布。",
    faulty: "未发布。",
    none_sent: "还没有通知。",
    warning: "延误提醒",
    paused: "Ana",
};

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_lead_warns_an_order_that_was_not_warned_wide_and_in_english() {
    change_the_lead(&ENGLISH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_lead_warns_an_order_that_was_not_warned_narrow_and_in_chinese() {
    change_the_lead(&CHINESE).await;
}

async fn change_the_lead(desk: &Desk) {
    let Some(window) = Window::open(desk.window, desk.language).await else { return };
    let place = place();
    let mut serve = place.serve();
    serve.ready().await;
    let mut order = Order::new("S-1");
    order.ship_by = from_now(30 * HOUR);
    serve.post(&history(SHOP), "applied").await;
    serve.post(&order.paid(-40 * HOUR), "applied").await;
    serve
        .until("the order was looked at", async |s| s.sum("forewarn_suppressed_total", "order_accepted").await >= 41.0)
        .await;

    window.goto(&invitation(&place, &["Ana"])).await;
    assert_eq!(
        (window.path().await, window.language().await),
        ("/".into(), desk.language.into()),
        "the token leaves the address"
    );
    let page = serve.url(&format!("/orders/{SHOP}/S-1"));
    window.goto(&page).await;
    window.shows(desk.none_sent).await;
    assert_eq!(warning(&place), None);

    window.goto(&serve.url("/policy")).await;
    assert_eq!(window.value("#lead").await, "24h");
    publish(&window, "soon").await;
    window.shows(desk.faulty).await;
    publish(&window, "36h").await;
    window.shows(desk.saved).await;
    window.fits().await;
    assert_eq!(window.value("#lead").await, "36h");
    let changed = from_now(0);
    let policy = place.db().transact(&mut |tx| tx.policy_in_force()).unwrap().unwrap();
    assert_eq!((policy.author.as_str(), policy.text.contains("lead = \"36h\"")), ("Ana", true));

    window.goto(&page).await;
    window.comes_to_show(desk.warning).await;
    window.fits().await;
    let (version, at) = warning(&place).unwrap();
    assert_eq!(version, policy.version, "decided by the new policy");
    assert!(at - changed < Span::from_ms(5_000), "warned {} after the change", at - changed);

    window.goto(&serve.url("/switches")).await;
    window.click(".switch button.toggle").await;
    window.shows(desk.paused).await;
    let mut second = Order::new("S-2");
    second.ship_by = from_now(30 * HOUR);
    serve.post(&second.paid(-40 * HOUR), "applied").await;
    let held = "forewarn_suppressed_total{kind=\"delay_warning\",why=\"paused\"}";
    serve.until("the pause holds the next one", async |s| s.metric(held).await >= 1.0).await;
    window.close().await;
    serve.stop();
}

async fn publish(window: &Window, lead: &str) {
    window.fill("#lead", lead).await;
    window.click("form[action='/policy'] button.primary").await;
}

/// The policy and the moment of the order's warning.
fn warning(place: &Place) -> Option<(String, Instant)> {
    let key = super::yesterday::key((SHOP, "S-1"));
    let notices = place.db().transact(&mut |tx| tx.notices_of(&key)).unwrap();
    let warning = notices.into_iter().find(|n| n.kind == Kind::DelayWarning && n.state == NoticeState::Sent)?;
    Some((warning.composed?.policy_version.clone(), warning.created_at))
}
