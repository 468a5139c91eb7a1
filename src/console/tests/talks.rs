//! A buyer is asked for a later time: what people read of it, and what the buyer does.

use serde_json::{Value, json};

use super::sample::{Sample, ZH, asked_for_a_later_time, at, key, refused};
use crate::engine::Purpose;
use crate::policy::PolicyBook;

const POLICY: &str = "[promise]\nrenegotiate_before = \"4h\"\nrenegotiations_max = 2\n";

async fn order(sample: &Sample, id: &str, cookie: &str) -> Value {
    serde_json::from_str(&sample.get(&format!("/v1/orders/{ZH}/{id}"), cookie).await.body).unwrap()
}

/// Both orders, their shop able to ask until four hours before the promise.
async fn asked() -> Sample {
    let sample = Sample::empty().await;
    let (book, now) = (PolicyBook::parse(POLICY).unwrap(), sample.clock_now());
    let version = book.version().to_owned();
    sample.store.write(move |tx| tx.policy_publish(None, &version, POLICY, "lin", now)).await.unwrap();
    sample.play(asked_for_a_later_time()).await;
    sample
}

#[tokio::test]
async fn a_pending_talk_stands_on_the_order_and_in_the_reply_and_settles_nothing() {
    let sample = asked().await;
    let operations = sample.log_in(&sample.operations).await;
    sample.run_to(at("2026-03-04T12:00:00+08:00")).await;
    let answer = order(&sample, "QH-1", &operations).await;
    let pending = json!({ "ship_by": "2026-03-08T04:00:00Z", "since": "2026-03-04T01:00:00Z" });
    assert_eq!(
        (&answer["promise"]["ship_by"], &answer["promise"]["proposed"]),
        (&"2026-03-05T10:00:00Z".into(), &pending)
    );
    assert_eq!((&answer["status"], &answer["honest_ship_by"]), (&"at_risk".into(), &pending["ship_by"]));
    assert_eq!(answer["promise"]["ask_until"], Value::Null, "it is being asked");
    let reply = answer["reply"]["text"].as_str().unwrap();
    assert!(reply.contains("想和您商量改到 3月8日") && reply.contains("最晚 3月5日"), "{reply}");
    let english = order(&sample, "QH-2", &operations).await["reply"]["text"].as_str().unwrap().to_owned();
    assert!(english.contains("8 March would suit you instead") && english.contains("5 March stands"), "{english}");
    let list = sample.get("/orders", &operations).await.body;
    assert_eq!(list.matches("At risk").count(), 2, "the list agrees with both orders' pages");
    let page = sample.get(&format!("/orders/{ZH}/QH-1"), &operations).await;
    page.shows("Later time asked for");
    page.shows("asked 4 Mar 09:00, no answer yet");
    sample.get(&format!("/orders/{ZH}/QH-1?lang=zh-CN"), &operations).await.shows("3月4日 09:00 提出，还没有答复");
    let link = sample.engine.identity().links.to(Purpose::Order, &key(ZH, "QH-2"));
    let buyers = sample.get(link.strip_prefix("http://127.0.0.1:8080").unwrap(), "").await;
    buyers.shows("Your order may be late");
    buyers.shows("Date we asked you about");
    buyers.shows("our promise to ship it by Thursday");
}

#[tokio::test]
async fn the_warning_of_a_pending_talk_asks_and_tells_no_share_of_certainty() {
    let sample = asked().await;
    sample.run_to(at("2026-03-04T18:00:00+08:00")).await;
    let text = |id: &'static str| {
        let store = sample.store.clone();
        async move {
            let notices = store.read(move |tx| tx.notices_of(&key(ZH, id))).await.unwrap();
            let warning = notices.into_iter().find(|n| n.key.ends_with("/delay_warning/v1")).expect("a warning");
            warning.composed.expect("words").text.clone()
        }
    };
    let (chinese, english) = (text("QH-1").await, text("QH-2").await);
    assert!(chinese.contains("和您商量的发货时间：3月8日（周日）下午"), "{chinese}");
    assert!(english.contains("Until you agree to it, the date we promised still counts."), "{english}");
}

#[tokio::test]
async fn after_a_refusal_a_later_time_can_be_asked_for_until_the_platforms_last_moment() {
    let sample = asked().await;
    let operations = sample.log_in(&sample.operations).await;
    sample.play(refused()).await;
    sample.run_to(at("2026-03-05T10:00:00+08:00")).await;
    let promise = order(&sample, "QH-1", &operations).await["promise"].clone();
    assert_eq!((&promise["proposed"], &promise["ask_until"]), (&Value::Null, &"2026-03-05T06:00:00Z".into()));
    let page = sample.get(&format!("/orders/{ZH}/QH-1"), &operations).await;
    page.shows("A later time can be asked for");
    page.shows("until 5 Mar 14:00");
    sample.run_to(at("2026-03-05T15:00:00+08:00")).await;
    assert_eq!(order(&sample, "QH-1", &operations).await["promise"]["ask_until"], Value::Null);
    let notices = sample.store.read(|tx| tx.notices_of(&key(ZH, "QH-1"))).await.unwrap();
    assert_eq!(notices.iter().filter(|n| n.key.contains("/delay_warning/")).count(), 1, "one apology");
}
