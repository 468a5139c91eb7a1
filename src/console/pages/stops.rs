//! Where intake is stopped because too much is poison, and the word that lets it go on.

use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::{Instant, Span};

use crate::console::failure::Failure;
use crate::console::submission::{Fields, Order};
use crate::console::{Console, Speech};
use crate::intake::Reason;
use crate::store::port::{Pass, Watch};

/// Both lists, ready to be written.
pub(super) struct Stops {
    pub(super) places: Vec<Stop>,
    pub(super) passes: Vec<PassItem>,
}

/// A place from which nothing is taken.
pub(super) struct Stop {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) since: String,
    pub(super) why: String,
}

/// What is let pass.
pub(super) struct PassItem {
    pub(super) number: i64,
    pub(super) what: String,
    pub(super) limit: String,
    pub(super) by: String,
}

impl Stops {
    pub(super) fn new(stopped: Vec<Watch>, passes: &[Pass], t: &Speech) -> Self {
        let place = |watch: Watch| {
            let (since, why) = watch.stopped?;
            Some(Stop { topic: watch.place.0, partition: watch.place.1, since: t.time(&since), why })
        };
        Self {
            places: stopped.into_iter().filter_map(place).collect(),
            passes: passes.iter().map(|pass| item(pass, t)).collect(),
        }
    }
}

fn item(pass: &Pass, t: &Speech) -> PassItem {
    let place = match (&pass.topic, pass.partition) {
        (None, _) => t.say("pass.everywhere"),
        (Some(topic), None) => topic.clone(),
        (Some(topic), Some(partition)) => format!("{topic} / {partition}"),
    };
    let reason = pass.reason.as_ref().map_or_else(|| t.say("pass.any_reason"), |name| t.name("reason", name));
    let limit = match (pass.left, pass.until) {
        (Some(left), Some(until)) => format!("{}, {}", t.with("pass.left", left), t.with("pass.until", t.time(&until))),
        (Some(left), None) => t.with("pass.left", left),
        (None, Some(until)) => t.with("pass.until", t.time(&until)),
        (None, None) => t.say("pass.open"),
    };
    PassItem {
        number: pass.number,
        what: format!("{place}: {reason}"),
        limit,
        by: t.with2("pass.by", &pass.author, t.time(&pass.at)),
    }
}

/// Takes a form: a new pass, or the end of one.
pub(in crate::console) async fn word(State(console): State<Console>, request: Request) -> Result<Response, Failure> {
    let Order { visitor, fields } = Order::from_request(request, &console).await?;
    let (author, now) = (visitor.name.clone(), visitor.now);
    if let Some(number) = fields.get("end") {
        let number: i64 = number.parse().map_err(|_| Failure::BadRequest)?;
        tracing::info!(pass = number, by = %author, "dead letters are no longer let pass");
        console.store.write(move |tx| tx.pass_end(number, &author, now)).await?;
    } else {
        let pass = asked(&fields, &author, now)?;
        tracing::info!(pass = ?pass, "dead letters are let pass");
        console.store.write(move |tx| tx.pass_add(&pass)).await?;
    }
    Ok(Redirect::to("/dead-letters").into_response())
}

/// The pass that fields ask for: of one reason, or with an end.
///
/// # Errors
/// [`Failure::BadRequest`] when a field cannot be read or the pass would let everything through for ever.
pub(in crate::console) fn asked(fields: &Fields, author: &str, now: Instant) -> Result<Pass, Failure> {
    let given = |name: &str| fields.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let bad = |_| Failure::BadRequest;
    let pass = Pass {
        number: 0,
        topic: given("topic"),
        partition: given("partition").map(|text| text.parse().map_err(|_| Failure::BadRequest)).transpose()?,
        reason: given("reason"),
        left: given("next").map(|text| text.parse().map_err(|_| Failure::BadRequest)).transpose()?,
        until: given("for").map(|text| Span::parse(&text).map_err(bad)).transpose()?.map(|span| now + span),
        author: author.to_owned(),
        at: now,
    };
    let is_known = pass.reason.as_ref().is_none_or(|name| Reason::parse(name).is_some());
    let ends = pass.left.is_some() || pass.until.is_some() || pass.reason.is_some();
    let is_sound = pass.partition.is_none() || pass.topic.is_some();
    if is_known && ends && is_sound && pass.left != Some(0) { Ok(pass) } else { Err(Failure::BadRequest) }
}
