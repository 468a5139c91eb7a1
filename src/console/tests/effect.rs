//! What warnings are worth: orders warned beside orders that a holdout left unwarned.

use forewarn_core::Instant;
use serde_json::{Value, json};

use super::sample::{EN, Sample, ZH, at, one_needed_by_a_day};

/// One order a day is left unwarned, the others are warned.
const HOLDOUT: &str = "[holdout]\nshare = 1.0\nper_day = 1\n";

fn event(when: &str, kind: &str, mut data: Value) -> (Instant, Value) {
    data["merchant_id"] = ZH.into();
    data["order_id"] = "QH-2".into();
    let event = json!({"specversion": "1.0", "id": kind, "source": "/late", "type": kind, "time": when, "data": data});
    (at(when), event)
}

#[tokio::test]
async fn each_sort_is_counted_and_shown_beside_the_other() {
    let sample = Sample::empty().await;
    let (operations, merchant) = (sample.log_in(&sample.operations).await, sample.log_in(&sample.merchant).await);
    let book = crate::policy::PolicyBook::parse(HOLDOUT).unwrap();
    let (version, now) = (book.version().to_owned(), sample.clock_now());
    sample.store.write(move |tx| tx.policy_publish(None, &version, HOLDOUT, "lin", now)).await.unwrap();
    sample.play(one_needed_by_a_day()).await;
    sample.get("/", &operations).await.hides("What warnings are worth");
    // QH-1 had a choice and is no part of it. QH-2 was left unwarned and its buyer asks; QH-3 was warned.
    let asked = event("2026-03-07T09:00:00+08:00", "buyer.message", json!({"message_id": "m-1", "text": "?"}));
    let left = event("2026-03-07T20:00:00+08:00", "warehouse.shipped", json!({"parcel_id": "P-2"}));
    sample.play(vec![asked, left]).await;
    let found: Value = serde_json::from_str(&sample.get("/v1/effect", &merchant).await.body).unwrap();
    let row = |arm: &str, asked: u32| {
        let share = f64::from(asked);
        json!({
            "arm": arm, "entered": 1, "ended": 1, "asked": asked, "asked_share": share,
            "cancelled": 0, "cancelled_share": 0.0,
        })
    };
    assert_eq!(found["arms"], json!([row("held_out", 1), row("warned", 0)]));
    let page = sample.get("/", &operations).await;
    page.shows("What warnings are worth");
    page.shows("Left unwarned");
    let sums = sample
        .store
        .read(|tx| tx.trial_sums(Some(&forewarn_core::ids::MerchantId::new(EN).unwrap()), Instant::from_ms(0)))
        .await
        .unwrap();
    assert!(sums.is_empty(), "another shop has no part in it");
}
