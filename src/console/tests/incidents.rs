//! Incidents on pages and in the API: who sees them, and what a person does with them.

use forewarn_core::cause::Cause;
use forewarn_core::ids::{MerchantId, WarehouseId};
use forewarn_core::incident::{Facet, Handling, Incident, IncidentId, Origin, Turning};
use serde_json::Value;

use super::sample::{EN, Sample, ZH, key};

fn of(shop: &str, name: &str) -> Incident {
    let at = super::sample::at("2026-03-06T08:00:00+08:00");
    let house = Facet::Warehouse(WarehouseId::new(name).unwrap());
    Incident {
        id: IncidentId::of(&[shop, name]),
        origin: Origin::Cluster { orders: 27, usual: 3 },
        scope: house.scope(&MerchantId::new(shop).unwrap()),
        cause: Cause::WarehouseQueue,
        since: at,
        opened_at: at,
        ended_at: None,
        handling: Handling::Running,
        sentences: std::collections::BTreeMap::new(),
        per_minute: None,
        changed: None,
    }
}

/// One incident of each shop, and one that is over.
async fn with_incidents(sample: &Sample) -> [Incident; 2] {
    let (own, foreign) = (of(ZH, "HZ-<1>"), of(EN, "LA-7"));
    let over = Incident { ended_at: Some(own.opened_at), ..of(ZH, "HZ-OLD") };
    let saved = [own.clone(), foreign.clone(), over];
    let turned = Turning {
        key: key(ZH, "QH-1001"),
        at: own.since,
        version: 1,
        facets: vec![Facet::Shop],
        cause: Cause::WarehouseQueue,
        condition: None,
    };
    sample
        .store
        .write(move |tx| {
            saved.iter().try_for_each(|incident| tx.incident_save(incident))?;
            tx.turning_add(&turned, Some(saved[0].id))
        })
        .await
        .unwrap();
    [own, foreign]
}

async fn kept(sample: &Sample, incident: &Incident) -> Incident {
    let id = incident.id;
    sample.store.read(move |tx| tx.incident_load(None, id)).await.unwrap().unwrap()
}

fn path(incident: &Incident, deed: &str) -> String {
    format!("/incidents/{}{deed}", incident.id)
}

#[tokio::test]
async fn a_merchant_sees_its_own_incidents_alone() {
    let sample = Sample::full().await;
    let [own, foreign] = with_incidents(&sample).await;
    let cookie = sample.log_in(&sample.merchant).await;
    for list in ["/incidents", "/", "/live", "/v1/incidents"] {
        let page = sample.get(list, &cookie).await;
        page.shows(&own.id.to_string());
        page.hides(&foreign.id.to_string());
        page.hides("LA-7");
    }
    let page = sample.get(&path(&own, ""), &cookie).await;
    page.shows("Warehouse HZ-&#60;1&#62;");
    page.shows("27 orders turned at risk within two hours, where 3 usually do");
    page.shows("QH-1001");
    for form in ["/hold", "/stop", "/word"] {
        page.hides(&path(&own, form));
    }
    assert_eq!(sample.get(&path(&foreign, ""), &cookie).await.status.as_u16(), 404);
    let form = sample.form(&cookie).await;
    for incident in [&own, &foreign] {
        let reply = sample.post(&path(incident, "/hold"), &cookie, &[("form", &form)]).await;
        assert_eq!(reply.status.as_u16(), 403);
        assert_eq!(kept(&sample, incident).await.handling, Handling::Running);
    }
}

#[tokio::test]
async fn operations_hold_release_and_stop() {
    let sample = Sample::full().await;
    let [own, _] = with_incidents(&sample).await;
    let cookie = sample.log_in(&sample.operations).await;
    sample.get("/incidents", &cookie).await.shows("LA-7");
    let form = sample.form(&cookie).await;
    let fields = [("form", form.as_str())];
    let reply = sample.post(&path(&own, "/hold"), &cookie, &fields).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, path(&own, "").as_str()));
    let held = kept(&sample, &own).await;
    assert_eq!((held.handling, held.changed.map(|change| change.by)), (Handling::Held, Some("lin".into())));
    assert_eq!(sample.store.read(|tx| tx.sweep_next()).await.unwrap(), None, "a hold wakes nobody");
    sample.get(&path(&own, ""), &cookie).await.shows("wait until you release them");
    let settings = sample.engine.clone();
    let live = sample.store.read(move |tx| Ok(settings.settings(tx)?.incidents.clone())).await.unwrap();
    assert!(live.iter().any(|incident| incident.id == own.id && incident.pause().is_some()), "the next step knows it");
    let pace = [("form", form.as_str()), ("per_minute", "30")];
    sample.post(&path(&own, "/pace"), &cookie, &pace).await;
    assert_eq!(kept(&sample, &own).await.per_minute.map(u32::from), Some(30));
    let nonsense = [("form", form.as_str()), ("per_minute", "0")];
    assert_eq!(sample.post(&path(&own, "/pace"), &cookie, &nonsense).await.status.as_u16(), 400);
    sample.post(&path(&own, "/release"), &cookie, &fields).await;
    assert_eq!(kept(&sample, &own).await.handling, Handling::Running);
    let sweep = sample.store.read(|tx| tx.sweep_next()).await.unwrap().expect("what was held is decided again");
    assert_eq!(sweep.scope, own.scope);
    assert_eq!(sample.post(&path(&own, "/stop"), &cookie, &fields).await.status.as_u16(), 400, "not without the tick");
    sample.post(&path(&own, "/stop"), &cookie, &[("form", &form), ("sure", "yes")]).await;
    assert_eq!(kept(&sample, &own).await.handling, Handling::Stopped);
}

#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let sample = Sample::full().await;
    let [own, _] = with_incidents(&sample).await;
    let cookie = sample.log_in(&sample.operations).await;
    let form = sample.form(&cookie).await;
    for reply in [
        sample.post(&path(&own, "/hold"), &cookie, &[]).await,
        sample.post_from("https://evil.example", &path(&own, "/hold"), &cookie, &[("form", &form)]).await,
    ] {
        assert_eq!(reply.status.as_u16(), 403);
    }
    assert_eq!(kept(&sample, &own).await.handling, Handling::Running);
    assert_eq!(sample.post(&path(&own, "/burn"), &cookie, &[("form", &form)]).await.status.as_u16(), 404);
    assert_eq!(sample.post("/incidents/0000000000000000/hold", &cookie, &[("form", &form)]).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_sentence_passes_the_guard_or_comes_back_with_what_is_wrong() {
    let sample = Sample::full().await;
    let [own, _] = with_incidents(&sample).await;
    let cookie = sample.log_in(&sample.operations).await;
    let form = sample.form(&cookie).await;
    let word = |en: &'static str, zh: &'static str| [("form", form.clone()), ("en", en.into()), ("zh", zh.into())];
    let send = |fields: [(&'static str, String); 3]| {
        let (sample, cookie, to) = (&sample, cookie.clone(), path(&own, "/word"));
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
            sample.post(&to, &cookie, &fields).await
        }
    };
    let reply = send(word("We are back <soon>, on Friday.", "快递太慢。")).await;
    assert_eq!(reply.status.as_u16(), 200);
    reply.shows("In English: “soon” is vague about time");
    reply.shows("In English: “friday” names a time");
    reply.shows("In Chinese: “快递太慢” puts the blame on someone else");
    reply.shows("We are back &#60;soon&#62;, on Friday.");
    assert_eq!(kept(&sample, &own).await.sentences.len(), 0);
    let reply = send(word("A water pipe broke; we are packing by hand.", "  ")).await;
    assert_eq!(reply.location(), path(&own, "?saved=yes"));
    let said = kept(&sample, &own).await.sentences;
    assert_eq!(
        said.into_iter().collect::<Vec<_>>(),
        [("en".into(), "A water pipe broke; we are packing by hand.".into())]
    );
    let merchant = sample.log_in(&sample.merchant).await;
    sample.get(&path(&own, ""), &merchant).await.shows("A water pipe broke; we are packing by hand.");
    send(word("", "")).await;
    assert_eq!(kept(&sample, &own).await.sentences.len(), 0);
}

#[tokio::test]
async fn programs_and_metrics_are_told_the_same() {
    let sample = Sample::full().await;
    let [own, foreign] = with_incidents(&sample).await;
    let cookie = sample.log_in(&sample.operations).await;
    let answer: Value = serde_json::from_str(&sample.get("/v1/incidents", &cookie).await.body).unwrap();
    let ids = |list: &str| -> Vec<String> {
        answer[list].as_array().unwrap().iter().map(|line| line["incident_id"].as_str().unwrap().to_owned()).collect()
    };
    let mut live = ids("live");
    live.sort_unstable();
    let mut wanted = [own.id.to_string(), foreign.id.to_string()];
    wanted.sort_unstable();
    assert_eq!((live, ids("over").len()), (wanted.to_vec(), 1));
    let line =
        answer["live"].as_array().unwrap().iter().find(|line| line["incident_id"] == own.id.to_string()).unwrap();
    assert_eq!(line["scope"], serde_json::json!({ "merchant_id": ZH, "warehouse_id": "HZ-<1>" }));
    assert_eq!((&line["orders"], &line["state"]), (&Value::from(1), &Value::from("running")));
    let now = crate::clock::Clock::now(&*sample.clock);
    let page = sample.store.read(move |tx| crate::serve::Metrics.scrape(tx, now, crate::serve::Live::default())).await;
    let page = page.unwrap();
    for line in ["forewarn_incidents{state=\"running\"} 2", "forewarn_incidents{state=\"held\"} 0"] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
}
