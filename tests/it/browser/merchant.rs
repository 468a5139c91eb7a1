//! A merchant sees its own shop and nothing else, and reads yesterday's warning as the buyer saw it.

use super::yesterday::{DESK, TEA, seed};
use super::{NARROW, WIDE, Window, invitation, place};

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_opens_yesterdays_warning_wide_and_in_english() {
    read_the_warning(WIDE, "en", "Delay warning").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_opens_yesterdays_warning_narrow_and_in_chinese() {
    read_the_warning(NARROW, "zh-CN", "延误提醒").await;
}

async fn read_the_warning(size: (u32, u32), language: &str, kind: &str) {
    let Some(window) = Window::open(size, language).await else { return };
    let place = place();
    let [mine, other] = seed(&place);
    let mut serve = place.serve();
    serve.ready().await;
    window.goto(&invitation(&place, &["Qinghe", "--merchant", TEA.0])).await;
    assert_eq!(window.language().await, language);
    window.hides(DESK.1).await;

    window.goto(&serve.url("/notices")).await;
    window.shows(TEA.1).await;
    window.hides(DESK.1).await;
    let composed = mine.composed.as_ref().unwrap();
    let id = mine.notice_id.as_str().rsplit('_').next().unwrap();
    window.click(&format!("td.subject a[href*='{id}']")).await;
    window.arrives(id).await;
    for words in [kind, TEA.1, &composed.subject] {
        window.shows(words).await;
    }
    window.fits().await;
    let frame = window.one("iframe.mail").await;
    frame.enter_frame().await.unwrap();
    for words in ["王芳", "龙井茶", "¥5.00"] {
        window.shows(words).await;
    }
    window.driver.enter_default_frame().await.unwrap();

    for (path, why) in [
        (format!("/notices/{}", other.notice_id), "another shop's notice"),
        (format!("/orders/{}/{}", DESK.0, DESK.1), "another shop's order"),
        ("/policy".to_owned(), "the policy"),
        ("/switches".to_owned(), "the switches"),
    ] {
        window.goto(&serve.url(&path)).await;
        window.hides(DESK.1).await;
        window.hides("Walnut desk").await;
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status: u64 = window.driver.execute(status, Vec::new()).await.unwrap().convert().unwrap();
        assert!(matches!(status, 403 | 404), "{why} is answered with {status}");
    }
    window.goto(&serve.url("/")).await;
    window.click("details.me summary").await;
    window.click("form[action='/logout'] button").await;
    window.arrives("/login").await;
    window.goto(&serve.url("/notices")).await;
    assert_eq!(window.path().await, "/login", "out is out");
    window.close().await;
    serve.stop();
}
