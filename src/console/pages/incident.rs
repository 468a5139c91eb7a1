//! One incident: a page's worth of facts, and what a person does with it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::incident::{Handling, Incident, IncidentId, Origin};
use forewarn_core::{Instant, OrderKey};
use serde::Deserialize;

use super::incidents::{path, scope_words, standing};
use crate::console::failure::Failure;
use crate::console::paging::{self, ROWS};
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::submission::{Fields, Order};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::copy::guard::{SentenceFault, faults_of_sentence};
use crate::engine::Deed;
use crate::store::Tx;
use crate::store::port::{IncidentOrder, IncidentSum};

/// The languages a sentence may be given in, in the order of the form.
const LANGUAGES: [&str; 2] = ["zh", "en"];

/// What links and the way back from a form carry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    after: String,
    saved: String,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage {
    shell: Shell,
    t: Speech,
    what: String,
    state: String,
    tone: &'static str,
    path: String,
    /// Its name in the API, in logs and in reasons.
    id: String,
    facts: Vec<(String, String)>,
    counts: Vec<(String, String)>,
    handling: &'static str,
    /// What may be done now: the name of the deed and its word.
    deeds: Vec<(&'static str, String)>,
    may_stop: bool,
    /// How many leave a minute at most, empty for as fast as everything else; and whether that can be said.
    pace: String,
    may_pace: bool,
    sentences: Vec<Field>,
    faults: Vec<String>,
    saved: bool,
    orders: Vec<OrderRow>,
    more: Option<String>,
    unsent: String,
    shops: bool,
}

/// The sentence in one language.
struct Field {
    name: &'static str,
    label: String,
    text: String,
}

struct OrderRow {
    href: String,
    order: String,
    merchant: String,
    at: String,
    exact: String,
    state: String,
    news: String,
    tone: &'static str,
}

/// What is read for the page.
struct Found {
    incident: Incident,
    sum: IncidentSum,
    orders: Vec<IncidentOrder>,
    clears_at: Option<Instant>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let found = find(&console, &visitor, &id, &asked.after).await?;
    let saved = !asked.saved.is_empty();
    let sentences = found.incident.sentences.clone();
    show(&visitor, found, &sentences, (Vec::new(), saved))
}

/// Holds, releases, stops or words an incident.
pub(in crate::console) async fn act(
    State(console): State<Console>,
    Path((id, deed)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let Order { visitor, fields } = Order::from_request(request, &console).await?;
    let handling = |handling| Ok(Deed::Handle(handling));
    let deed = match deed.as_str() {
        "hold" => handling(Handling::Held),
        "release" => handling(Handling::Running),
        // Without the tick nothing is stopped: it cannot be taken back.
        "stop" if fields.contains_key("sure") => handling(Handling::Stopped),
        "stop" => Err(Failure::BadRequest),
        "word" => {
            let sentences = sentences_of(&fields);
            let faults = faults(&sentences, &visitor.speech);
            if !faults.is_empty() {
                let found = find(&console, &visitor, &id, "").await?;
                return show(&visitor, found, &sentences, (faults, false));
            }
            Ok(Deed::Word(sentences))
        }
        "pace" => pace_of(&fields).map(Deed::Pace),
        _ => Err(Failure::NotFound),
    }?;
    let wanted = IncidentId::parse(&id).ok_or(Failure::NotFound)?;
    let (engine, author, now) = (Arc::clone(&console.engine), visitor.name.clone(), visitor.now);
    let (done, worded) = (deed.clone(), matches!(deed, Deed::Word(_)));
    let step = move |tx: &mut dyn Tx| engine.act_on_incident(tx, (None, wanted), deed.clone(), (&author, now));
    let incident = console.store.write(step).await?.ok_or(Failure::NotFound)?;
    tracing::info!(incident.id = %incident.id, deed = ?done, by = %visitor.name, "a person acted on an incident");
    let saved = if worded { "yes" } else { "" };
    Ok(Redirect::to(&paging::link(&path(&incident), &[("saved", saved)])).into_response())
}

/// What the form says, without empty fields.
fn sentences_of(fields: &Fields) -> BTreeMap<String, String> {
    let said = |language: &&str| Some(((*language).to_owned(), fields.get(*language)?.trim().to_owned()));
    LANGUAGES.iter().filter_map(said).filter(|(_, text)| !text.is_empty()).collect()
}

/// The pace the form asks for; an empty field is none.
fn pace_of(fields: &Fields) -> Result<Option<NonZeroU32>, Failure> {
    match fields.get("per_minute").map_or("", |text| text.trim()) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Failure::BadField("incident.pace")),
    }
}

/// What keeps the sentences from being sent, each in a sentence of its own.
fn faults(sentences: &BTreeMap<String, String>, t: &Speech) -> Vec<String> {
    let told = |(language, text): (&String, &String)| -> Vec<String> {
        let label = t.name("incident.sentence", language);
        faults_of_sentence(language, text).iter().map(|fault| tell(fault, &label, t)).collect()
    };
    sentences.iter().flat_map(told).collect()
}

fn tell(fault: &SentenceFault, label: &str, t: &Speech) -> String {
    match fault {
        SentenceFault::TooLong => t.with("incident.fault.too_long", label),
        SentenceFault::Lines => t.with("incident.fault.lines", label),
        SentenceFault::Never { what, phrase } => t.with2(&format!("incident.fault.{what}"), label, phrase),
        SentenceFault::Time { found } => t.with2("incident.fault.time", label, found),
    }
}

async fn find(console: &Console, visitor: &Visitor, id: &str, after: &str) -> Result<Found, Failure> {
    let (own, id) = (visitor.own_shop(), IncidentId::parse(id).ok_or(Failure::NotFound)?);
    let mark = |text: &str| paging::read::<OrderKey>(text).ok_or(Failure::BadRequest);
    let after = Some(after).filter(|text| !text.is_empty()).map(mark).transpose()?;
    let step = move |tx: &mut dyn Tx| {
        let Some(incident) = tx.incident_load(own.as_ref(), id)? else { return Ok(None) };
        let sum = tx.incident_sum(id)?;
        // One more than is shown tells whether there is more.
        let orders = tx.incident_orders(id, after.as_ref(), ROWS + 1)?;
        let conditions = tx.conditions_in_force()?;
        let own = conditions.iter().find(|condition| incident.origin == Origin::Condition(condition.id.clone()));
        let clears_at = own.and_then(|condition| condition.raised.clears_at);
        Ok(Some(Found { incident, sum, orders, clears_at }))
    };
    console.store.read(step).await?.ok_or(Failure::NotFound)
}

fn show(
    visitor: &Visitor,
    mut found: Found,
    sentences: &BTreeMap<String, String>,
    (faults, saved): (Vec<String>, bool),
) -> Result<Response, Failure> {
    let t = visitor.speech.clone();
    let more = found.orders.len() > ROWS;
    found.orders.truncate(ROWS);
    let incident = &found.incident;
    let (state, tone) = standing(incident, &t);
    let last = found.orders.last().filter(|_| more).map(|last| paging::write(&last.key));
    let shop = incident.scope.merchant_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = |language: &str| sentences.get(language).cloned().unwrap_or_default();
    let field = |name| Field { name, label: t.name("incident.sentence", name), text: text(name) };
    render(&IncidentPage {
        shell: Shell::new(visitor, "/incidents"),
        what: scope_words(&incident.scope, &t),
        path: path(incident),
        id: incident.id.to_string(),
        facts: facts(&found, visitor),
        counts: counts(&found.sum, &t),
        handling: incident.handling.as_str(),
        deeds: deeds(incident).into_iter().map(|deed| (deed, t.name("incident", deed))).collect(),
        may_stop: incident.is_open() && incident.handling != Handling::Stopped,
        pace: incident.per_minute.map(|n| n.to_string()).unwrap_or_default(),
        may_pace: incident.is_live(),
        sentences: LANGUAGES.into_iter().map(field).collect(),
        orders: found.orders.iter().map(|order| row(order, &t)).collect(),
        more: last.map(|after| paging::link(&path(incident), &[("after", &after)])),
        unsent: paging::link("/suppressed", &[("why", "paused"), ("merchant", &shop)]),
        shops: visitor.is_operations(),
        state,
        tone,
        faults,
        saved,
        t,
    })
}

fn deeds(incident: &Incident) -> Vec<&'static str> {
    match incident.handling {
        Handling::Running if incident.is_open() => vec!["hold"],
        Handling::Running => Vec::new(),
        Handling::Held => vec!["release"],
        Handling::Stopped if incident.is_open() => vec!["release"],
        Handling::Stopped => Vec::new(),
    }
}

fn facts(found: &Found, visitor: &Visitor) -> Vec<(String, String)> {
    let (t, incident) = (&visitor.speech, &found.incident);
    let fact = |key: &str, value: Option<String>| value.map(|value| (t.say(&format!("incident.{key}")), value));
    let (origin, open_end) = match &incident.origin {
        Origin::Condition(id) => (t.with("incident.found.condition", id), "incident.end.condition"),
        Origin::Cluster { orders, usual } => {
            (t.with2("incident.found.cluster", t.number(orders), t.number(usual)), "incident.end.cluster")
        }
    };
    let end = found.clears_at.map_or_else(|| t.say(open_end), |at| t.time(&at));
    let changed =
        incident.changed.as_ref().map(|change| t.with2("incident.changed_by", t.time(&change.at), &change.by));
    let all = [
        fact("shop", incident.scope.merchant_id.as_ref().map(|shop| visitor.shop_name(shop))),
        fact("cause", Some(t.name("cause", incident.cause))),
        fact("since", Some(t.time(&incident.since))),
        fact("found", Some(origin)),
        fact("noticed", Some(t.time(&incident.opened_at))),
        fact("last", found.sum.last.map(|at| t.time(&at))),
        fact("end", incident.is_open().then_some(end)),
        fact("ended", incident.ended_at.map(|at| t.time(&at))),
        fact("changed", changed.filter(|_| visitor.is_operations())),
    ];
    all.into_iter().flatten().collect()
}

fn counts(sum: &IncidentSum, t: &Speech) -> Vec<(String, String)> {
    let all = [("orders", sum.orders), ("open", sum.open), ("told", sum.told), ("held", sum.held)];
    all.map(|(key, n)| (t.name("incident.count", key), t.number(&n))).into()
}

fn row(order: &IncidentOrder, t: &Speech) -> OrderRow {
    let (merchant, id) = (order.key.merchant_id.as_str(), order.key.order_id.as_str());
    let (news, tone) = match (order.told, order.held) {
        (_, true) => ("held", "bad"),
        (true, false) => ("told", "good"),
        (false, false) => ("untold", "mute"),
    };
    OrderRow {
        href: order_path(merchant, id),
        order: id.to_owned(),
        merchant: merchant.to_owned(),
        at: t.time(&order.at),
        exact: t.exact(&order.at),
        state: t.name("incident.order", if order.open { "open" } else { "left" }),
        news: t.name("incident.order", news),
        tone,
    }
}
