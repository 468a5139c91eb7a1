//! In, out, and everything that must not pass for being in.

use axum::http::StatusCode;
use forewarn_core::Span;

use super::sample::Sample;
use crate::console::access;

#[tokio::test]
async fn a_token_opens_a_session_and_leaves_the_address() {
    let sample = Sample::empty().await;
    let reply = sample.get(&format!("/?token={}", sample.operations), "").await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/"));
    let line = reply.header("set-cookie");
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict") && line.contains("Max-Age=43200"), "{line}");
    assert!(!line.contains(&sample.operations));
    assert_eq!(sample.get("/?token=wrong", "").await.location(), "/login");
    let cookie = reply.cookie("forewarn_session").unwrap();
    sample.get("/", &cookie).await.shows("lin");
}

#[tokio::test]
async fn the_form_opens_a_session_too() {
    let sample = Sample::empty().await;
    let wrong = sample.post("/login", "", &[("token", "wrong"), ("next", "/orders")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.cookie("forewarn_session").is_none());
    let right = sample.post("/login", "", &[("token", &sample.operations), ("next", "/orders?q=1")]).await;
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, "/orders?q=1"));
    let elsewhere = sample.post("/login", "", &[("token", &sample.operations), ("next", "//evil.example")]).await;
    assert_eq!(elsewhere.location(), "/");
    let foreign = sample.post_from("https://evil.example", "/login", "", &[("token", &sample.operations)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.operations).await;
    sample.clock.advance_real(Span::hours(12) - Span::from_ms(1));
    assert_eq!(sample.get("/", &cookie).await.status, StatusCode::OK);
    sample.clock.advance_real(Span::from_ms(1));
    assert!(sample.get("/", &cookie).await.location().starts_with("/login"));
}

#[tokio::test]
async fn taking_a_token_away_ends_its_sessions() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.operations).await;
    let hash = access::hash(&sample.operations);
    sample.store.write(move |tx| tx.access_remove(&hash)).await.unwrap();
    assert!(sample.get("/", &cookie).await.location().starts_with("/login"));
}

#[tokio::test]
async fn a_session_cannot_be_made_up() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.merchant).await;
    let hash = access::hash(&sample.operations);
    let own = access::hash(&sample.merchant);
    let forged = cookie.replace(&own, &hash);
    assert_ne!(forged, cookie);
    assert!(sample.get("/", &forged).await.location().starts_with("/login"));
}

#[tokio::test]
async fn only_our_own_pages_change_things() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.operations).await;
    let form = sample.form(&cookie).await;
    let pause = |token| [("form", token), ("scope", "global"), ("id", ""), ("turn", "on")];
    let paused = async || sample.store.read(|tx| Ok(!tx.switches()?.is_empty())).await.unwrap();
    for reply in [
        sample.post("/switches", &cookie, &pause("")).await,
        sample.post("/switches", &cookie, &pause("made-up")).await,
        sample.post_from("https://evil.example", "/switches", &cookie, &pause(&form)).await,
        sample.post_from("null", "/switches", &cookie, &pause("")).await,
        sample.post_site("cross-site", "/switches", &cookie, &pause(&form)).await,
        sample.post_site("same-site", "/switches", &cookie, &pause(&form)).await,
    ] {
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        assert!(!paused().await);
    }
    let other = sample.log_in(&sample.merchant).await;
    let others = sample.form(&other).await;
    assert_eq!(sample.post("/switches", &cookie, &pause(&others)).await.status, StatusCode::FORBIDDEN);
    let reply = sample.post_site("same-origin", "/switches", &cookie, &pause(&form)).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/switches"));
    assert!(paused().await);
    sample.get("/", &cookie).await.shows("All notices are paused by lin.");
    sample.post("/switches", &cookie, &[("form", &form), ("scope", "global"), ("id", ""), ("turn", "off")]).await;
    assert!(!paused().await);
    assert!(sample.store.read(|tx| Ok(tx.sweep_next()?.is_some())).await.unwrap(), "what was held is not looked at");
}

#[tokio::test]
async fn leaving_clears_the_cookie() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.merchant).await;
    let form = sample.form(&cookie).await;
    let reply = sample.post("/logout", &cookie, &[("form", &form)]).await;
    assert_eq!(reply.location(), "/login");
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_language_is_kept() {
    let sample = Sample::empty().await;
    let reply = sample.get("/login?lang=zh-CN", "").await;
    reply.shows("访问令牌");
    let kept = reply.cookie("forewarn_lang").unwrap();
    sample.get("/login", &kept).await.shows("访问令牌");
    sample.get("/login", "").await.shows("Access token");
}
