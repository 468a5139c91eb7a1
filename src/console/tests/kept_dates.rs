//! How many told dates were kept: of every shop for operations, of its own for a merchant.

use forewarn_core::cause::Cause;
use forewarn_core::decide::QuoteFate;
use forewarn_core::ids::MerchantId;
use serde_json::{Value, json};

use super::sample::{EN, Sample, ZH};

async fn with_fates(sample: &Sample) {
    let fate = |cause, kept| QuoteFate { cause, before: None, kept };
    sample
        .store
        .write(move |tx| {
            let kept = [fate(Cause::OutOfStock, true), fate(Cause::OutOfStock, true), fate(Cause::OutOfStock, false)];
            tx.quotes_judged(&MerchantId::new(ZH).unwrap(), &kept)?;
            tx.quotes_judged(&MerchantId::new(EN).unwrap(), &[fate(Cause::Surge, false), fate(Cause::Surge, false)])
        })
        .await
        .unwrap();
}

async fn asked(sample: &Sample, cookie: &str) -> Value {
    serde_json::from_str(&sample.get("/v1/kept-dates", cookie).await.body).unwrap()
}

#[tokio::test]
async fn each_sees_the_shares_that_are_theirs_to_see() {
    let sample = Sample::empty().await;
    let (operations, merchant) = (sample.log_in(&sample.operations).await, sample.log_in(&sample.merchant).await);
    assert_eq!(asked(&sample, &operations).await, json!({ "by_cause": [], "by_merchant": [] }));
    sample.get("/", &operations).await.hides("Dates told and kept");
    with_fates(&sample).await;
    let two_thirds = 2.0 / 3.0;
    let own_cause = json!({ "cause": "out_of_stock", "kept": 2, "broken": 1, "share": two_thirds });
    let own = json!({ "merchant_id": ZH, "kept": 2, "broken": 1, "share": two_thirds });
    let foreign = json!({ "merchant_id": EN, "kept": 0, "broken": 2, "share": 0.0 });
    let surge = json!({ "cause": "surge", "kept": 0, "broken": 2, "share": 0.0 });
    let all = json!({ "by_cause": [own_cause, surge], "by_merchant": [foreign, own] });
    assert_eq!(asked(&sample, &operations).await, all);
    assert_eq!(asked(&sample, &merchant).await, json!({ "by_cause": [own_cause], "by_merchant": [own] }));
    let page = sample.get("/", &operations).await;
    page.shows("Dates told and kept, by cause");
    page.shows("<td class=\"num\">67%</td><td class=\"num\">3</td>");
    page.shows("By shop, most broken dates first");
    let page = sample.get("/", &merchant).await;
    page.shows("<td class=\"num\">67%</td><td class=\"num\">3</td>");
    page.hides("By shop, most broken dates first");
    page.hides("<td class=\"num\">0%</td>");
}

#[tokio::test]
async fn the_metrics_tell_them_by_cause_alone() {
    let sample = Sample::empty().await;
    with_fates(&sample).await;
    let now = crate::clock::Clock::now(&*sample.clock);
    let page = sample.store.read(move |tx| crate::serve::Metrics.scrape(tx, now, crate::serve::Live::default())).await;
    let page = page.unwrap();
    for line in [
        "forewarn_quoted_dates{cause=\"out_of_stock\",outcome=\"kept\"} 2",
        "forewarn_quoted_dates{cause=\"surge\",outcome=\"broken\"} 2",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(!page.contains(EN) && !page.contains(ZH));
}
