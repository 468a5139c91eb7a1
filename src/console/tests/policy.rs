//! Operations change the policy, and it is in force.

use axum::http::StatusCode;

use super::sample::Sample;

/// The form's fields as the page shows them, so that a test changes one and sends all, as a browser does.
fn fields_of(page: &str) -> Vec<(String, String)> {
    let main = page.split("<main").nth(1).unwrap();
    let mut fields = Vec::new();
    for tag in main.split('<').filter(|t| t.starts_with("input ")) {
        let of = |name: &str| tag.split(&format!(" {name}=\"")).nth(1).and_then(|r| r.split('"').next()).map(unescape);
        if let (Some(name), Some(value)) = (of("name"), of("value")) {
            fields.push((name, value));
        }
    }
    for select in main.split("<select ").skip(1) {
        let name = select.split("name=\"").nth(1).and_then(|r| r.split('"').next()).unwrap();
        let chosen = select.split("</select>").next().unwrap().split("<option ").find(|o| o.contains(" selected"));
        let value =
            chosen.and_then(|o| o.split("value=\"").nth(1)).and_then(|r| r.split('"').next()).unwrap_or_default();
        fields.push((name.to_owned(), unescape(value)));
    }
    fields
}

fn unescape(text: &str) -> String {
    text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")
}

pub(super) async fn publish(
    sample: &Sample,
    cookie: &str,
    page: &str,
    changes: &[(&str, &str)],
) -> super::client::Reply {
    let mut fields = fields_of(page);
    for (name, value) in changes {
        fields.retain(|(n, _)| n != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    sample.post("/policy", cookie, &pairs).await
}

#[tokio::test]
async fn a_published_lead_is_in_force_at_once() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/policy", &cookie).await;
    page.shows("value=\"24h\"");
    page.shows("What both shops agreed on in March.");
    let reply = publish(&sample, &cookie, &page.body, &[("lead", "36h")]).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/policy?saved=1"));
    let engine = std::sync::Arc::clone(&sample.engine);
    let (lead, rungs, swept) = sample
        .store
        .read(move |tx| {
            let policy = engine.settings(tx)?.policy.base().clone();
            Ok((policy.warn.lead.to_string(), policy.compensation.ladder.len(), tx.sweep_next()?.is_some()))
        })
        .await
        .unwrap();
    assert_eq!((lead.as_str(), rungs, swept), ("36h", 3, true));
    let after = sample.get("/policy?saved=1", &cookie).await;
    after.shows("No. 2");
    after.shows("lead = &#34;36h&#34;");
    after.shows("<span class=\"gone\">");
}

#[tokio::test]
async fn a_slower_editor_is_told_and_overwrites_nothing_unknowingly() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/policy", &cookie).await.body;
    assert_eq!(publish(&sample, &cookie, &page, &[("lead", "36h")]).await.status, StatusCode::SEE_OTHER);
    let late = publish(&sample, &cookie, &page, &[("lead", "12h")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    late.shows("Somebody published another version");
    late.shows("value=\"12h\"");
    let numbers = async || sample.store.read(|tx| Ok(tx.policies(9)?.len())).await.unwrap();
    assert_eq!(numbers().await, 2);
    assert_eq!(publish(&sample, &cookie, &late.body, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(numbers().await, 3);
}

#[tokio::test]
async fn each_fault_stands_at_its_field() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/policy", &cookie).await.body;
    let changes = [("lead", "soon"), ("risk", "1.5"), ("rung_0_coupon", ""), ("zone", "Mars/Base")];
    let reply = publish(&sample, &cookie, &page, &changes).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["lead", "risk", "zone"] {
        reply.shows(&format!("id=\"{field}-fault\""));
    }
    reply.shows("value=\"soon\"");
    reply.shows("aria-describedby=\"rung-0-fault\"");
    reply.shows("class=\"fault\" id=\"rung-0-fault\"");
    assert_eq!(sample.store.read(|tx| Ok(tx.policies(9)?.len())).await.unwrap(), 1);
}

#[tokio::test]
async fn the_first_policy_can_be_published_from_nothing() {
    let sample = Sample::empty().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/policy", &cookie).await;
    page.shows("the built-in policy is in force");
    let reply = publish(&sample, &cookie, &page.body, &[("risk", "0.4")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
    sample.get("/policy", &cookie).await.shows("risk = 0.4");
}

#[tokio::test]
async fn a_person_decides_on_a_grant_above_the_limit() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let waiting = sample.store.read(|tx| tx.grants_waiting(None, 9)).await.unwrap();
    assert!(!waiting.is_empty(), "the sample holds a grant that waits");
    let id = waiting[0].grant_id.clone();
    sample.get("/", &cookie).await.shows("Awaiting your approval");
    let form = sample.form(&cookie).await;
    let path = format!("/grants/{id}/approve");
    assert_eq!(sample.post(&path, &cookie, &[("form", &form)]).await.location(), "/#approvals");
    let row = sample.store.read(move |tx| tx.grant_load(&id)).await.unwrap().unwrap();
    assert_eq!(row.status, forewarn_core::grant::GrantStatus::Reserved);
    assert_eq!(sample.post(&path, &cookie, &[("form", &form)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_cannot_be_used_is_kept_as_typed_and_explained_in_the_readers_words() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get("/policy", &cookie).await.body;
    let typed = [("lead", "soon"), ("risk", "7"), ("quiet_from", "25:00"), ("zone", "Mars/Base"), ("per_order", "-3")];
    let rung = [("rung_0_coupon", "much"), ("certain_risk", "0.1"), ("currency", "yuan")];
    let changes = [typed.as_slice(), &rung].concat();
    for (language, texts) in [
        ("en", ["Enter a duration", "Enter a number from 0 to 1", "Coupon: Enter an amount", "a time zone"]),
        ("zh-CN", ["请填时长", "请填 0 到 1 之间的数", "面额：请填金额", "请填时区名"]),
    ] {
        let cookie = format!("{cookie}; forewarn_lang={language}");
        let reply = publish(&sample, &cookie, &page, &changes).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        texts.iter().for_each(|text| reply.shows(text));
        changes.iter().for_each(|(_, value)| reply.shows(&format!("value=\"{value}\"")));
        for code in ["bad_money", "bad_currency", "in quotes", "带引号", "无法使用"] {
            reply.hides(code);
        }
    }
    assert_eq!(sample.store.read(|tx| Ok(tx.policies(9)?.len())).await.unwrap(), 1);
}
