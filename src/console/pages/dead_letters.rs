//! Events that could not be taken: found by reason and topic, worked on by the hundred.

use askama::Template;
use axum::extract::{FromRequest, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::rows::Choice;
use super::stops::Stops;
use crate::console::failure::Failure;
use crate::console::paging::{self, ROWS};
use crate::console::shell::{Shell, page as render};
use crate::console::submission::Order;
use crate::console::visitor::Operations;
use crate::console::{Console, Speech};
use crate::store::port::{LetterAct, LetterDeed, LetterLine, LetterSearch};
use forewarn_core::Instant;

/// Acts shown; the newest tell what was done lately.
const ACTS: usize = 20;

/// What the search form and links carry; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    reason: String,
    topic: String,
    after: String,
    /// How the last chunk went, after one was worked on.
    done: Option<u64>,
    refused: Option<u64>,
    last: i64,
    more: bool,
    deed: String,
}

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct DeadLettersPage {
    shell: Shell,
    t: Speech,
    asked: Asked,
    told: String,
    counts: Vec<(String, String)>,
    reasons: Vec<Choice>,
    letters: Vec<Letter>,
    acts: Vec<Deed>,
    chunks: [(&'static str, String); 2],
    stops: Stops,
    more: Option<String>,
}

struct Letter {
    href: String,
    at: String,
    exact: String,
    reason: String,
    name: String,
    detail: String,
    origin: String,
    seen: String,
}

/// What was done with a letter.
pub(super) struct Deed {
    pub(super) at: String,
    pub(super) exact: String,
    pub(super) author: String,
    pub(super) deed: String,
    pub(super) reason: String,
    pub(super) outcome: String,
    pub(super) origin: String,
}

impl Asked {
    /// Which letters are asked for.
    pub(in crate::console) fn search(&self) -> LetterSearch {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        LetterSearch { reason: given(&self.reason), topic: given(&self.topic) }
    }
}

/// One page of letters, with the link's part that leads to the next.
pub(in crate::console) async fn find(
    console: &Console,
    asked: &Asked,
) -> Result<(Vec<LetterLine>, Option<String>), Failure> {
    let search = asked.search();
    let after = match asked.after.trim() {
        "" => None,
        text => Some(paging::read::<(i64, i64)>(text).ok_or(Failure::BadRequest)?),
    };
    let after = after.map(|(at, number)| (Instant::from_ms(at), number));
    // One more than is shown tells whether there is more.
    let mut found = console.store.read(move |tx| tx.letters_list(&search, after, ROWS + 1)).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| more).map(|last| paging::write(&(last.last_at.ms(), last.number)));
    Ok((found, next))
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    Operations(visitor): Operations,
) -> Result<Response, Failure> {
    let (found, next) = find(&console, &asked).await?;
    let now = visitor.now;
    let (counts, acts, stopped, passes) = console
        .store
        .read(move |tx| {
            Ok((tx.dead_letters(0)?.1, tx.letter_acts(None, ACTS)?, tx.watches_stopped()?, tx.passes(now)?))
        })
        .await?;
    let t = visitor.speech.clone();
    let names = counts.iter().map(|(reason, _)| reason.as_str());
    render(&DeadLettersPage {
        shell: Shell::new(&visitor, "/dead-letters"),
        told: told(&asked, &t),
        reasons: Choice::all(&t, "reason", names, &asked.reason),
        counts: counts.iter().map(|(reason, n)| (t.name("reason", reason), t.number(n))).collect(),
        letters: found.into_iter().map(|line| shown(line, &t)).collect(),
        acts: acts.into_iter().map(|act| deed(act, &t)).collect(),
        stops: Stops::new(stopped, &passes, &t),
        chunks: [("retry", t.say("dead.retry_many")), ("drop", t.say("dead.drop_many"))],
        more: next.map(|next| link(&asked, &next)),
        asked,
        t,
    })
}

/// Reads again or drops the next chunk of one reason.
pub(in crate::console) async fn act(State(console): State<Console>, request: Request) -> Result<Response, Failure> {
    let Order { visitor, fields } = Order::from_request(request, &console).await?;
    let field = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let asked = Asked { reason: field("reason").to_owned(), topic: field("topic").to_owned(), ..Asked::default() };
    let search = asked.search();
    // Everything at once is for the command line, where one thinks before one writes `--all`.
    if search.reason.is_none() {
        return Err(Failure::BadRequest);
    }
    let deed = deed_named(field("deed")).ok_or(Failure::BadRequest)?;
    let after = field("after").parse().unwrap_or(0);
    let chunk = console.letters().chunk(deed, &search, after, &visitor.name).await?;
    let (done, refused, last) = (chunk.done.to_string(), chunk.refused.to_string(), chunk.last.to_string());
    let more = if chunk.more { "true" } else { "" };
    let pairs = [
        ("reason", asked.reason.as_str()),
        ("topic", &asked.topic),
        ("deed", deed.as_str()),
        ("done", &done),
        ("refused", &refused),
        ("last", &last),
        ("more", more),
    ];
    Ok(Redirect::to(&paging::link("/dead-letters", &pairs)).into_response())
}

/// The deed of that name.
pub(in crate::console) fn deed_named(name: &str) -> Option<LetterDeed> {
    [LetterDeed::Retry, LetterDeed::Drop].into_iter().find(|deed| deed.as_str() == name)
}

fn told(asked: &Asked, t: &Speech) -> String {
    match (asked.done, asked.refused, asked.deed.as_str()) {
        (Some(done), _, "drop") => t.with("dead.dropped_many", done),
        (Some(done), refused, _) => t.with2("dead.retried_many", done, refused.unwrap_or(0)),
        (None, ..) => String::new(),
    }
}

fn shown(line: LetterLine, t: &Speech) -> Letter {
    Letter {
        href: format!("/dead-letters/{}", line.number),
        at: t.time(&line.last_at),
        exact: t.exact(&line.last_at),
        reason: t.name("reason", &line.reason),
        origin: format!("{} / {} / {}", line.origin.topic, line.origin.partition, line.origin.offset),
        seen: t.number(&line.seen),
        name: line.reason,
        detail: line.detail,
    }
}

/// An act in words.
pub(super) fn deed(act: LetterAct, t: &Speech) -> Deed {
    let outcome = match act.outcome.as_str() {
        known @ ("applied" | "repeated" | "stale" | "parked" | "dropped") => t.name("outcome", known),
        reason => t.name("reason", reason),
    };
    Deed {
        at: t.time(&act.at),
        exact: t.exact(&act.at),
        author: act.author,
        deed: t.name("deed", act.deed.as_str()),
        reason: t.name("reason", act.reason),
        outcome,
        origin: format!("{} / {} / {}", act.origin.topic, act.origin.partition, act.origin.offset),
    }
}

fn link(asked: &Asked, after: &str) -> String {
    paging::link("/dead-letters", &[("reason", asked.reason.as_str()), ("topic", &asked.topic), ("after", after)])
}
