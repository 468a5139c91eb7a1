//! Due notices that were not sent: why, and in shadow mode what they would have said.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::notice::{Kind, Why};
use serde::Deserialize;

use super::rows::Choice;
use crate::console::failure::Failure;
use crate::console::paging::{self, ROWS};
use crate::console::reasons::clauses;
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::{SuppressedLine, SuppressedSearch};

/// What the search form and links carry; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    q: String,
    merchant: String,
    kind: String,
    why: String,
    after: String,
}

#[derive(Template)]
#[template(path = "suppressed.html")]
struct SuppressedPage {
    shell: Shell,
    t: Speech,
    asked: Asked,
    kinds: Vec<Choice>,
    reasons: Vec<Choice>,
    rows: Vec<Row>,
    more: Option<String>,
    shops: bool,
    known: Vec<(String, String)>,
}

struct Row {
    at: String,
    exact: String,
    merchant: String,
    order: String,
    order_href: String,
    kind: String,
    why: String,
    because: Vec<String>,
    would: Option<(String, String)>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let t = visitor.speech.clone();
    let (own, search) = (visitor.own_shop(), search(&asked)?);
    let mut found = console.store.read(move |tx| tx.suppressed_list(own.as_ref(), &search)).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let more = found.last().filter(|_| more).map(|last| link(&asked, &paging::write(&(last.at.ms(), last.place))));
    render(&SuppressedPage {
        shell: Shell::new(&visitor, "/suppressed"),
        kinds: Choice::all(&t, "kind", Kind::ALL.iter().map(|k| k.as_str()), &asked.kind),
        reasons: Choice::all(&t, "why", Why::ALL.iter().map(|w| w.as_str()), &asked.why),
        rows: found.into_iter().map(|line| row(line, &t)).collect(),
        shops: visitor.is_operations(),
        known: visitor.known_shops(),
        asked,
        more,
        t,
    })
}

fn row(line: SuppressedLine, t: &Speech) -> Row {
    Row {
        at: t.time(&line.at),
        exact: t.exact(&line.at),
        merchant: line.order.merchant_id.to_string(),
        order: line.order.order_id.to_string(),
        order_href: order_path(line.order.merchant_id.as_str(), line.order.order_id.as_str()),
        kind: t.name("kind", line.kind),
        why: t.name("why", line.why),
        because: clauses(&line.because, t),
        would: line.would,
    }
}

fn search(asked: &Asked) -> Result<SuppressedSearch, Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let after = given(&asked.after).map(|a| paging::read::<(i64, i64)>(&a).ok_or(Failure::BadRequest)).transpose()?;
    let shop = |m: String| MerchantId::new(&m).map_err(|_| Failure::BadField("filter.merchant"));
    Ok(SuppressedSearch {
        merchant: given(&asked.merchant).map(shop).transpose()?,
        kind: given(&asked.kind).map(|k| Kind::named(&k).ok_or(Failure::BadField("field.kind"))).transpose()?,
        why: given(&asked.why).map(|w| Why::named(&w).ok_or(Failure::BadField("field.why"))).transpose()?,
        text: given(&asked.q),
        after: after.map(|(at, place)| (Instant::from_ms(at), place)),
        // One more than is shown tells whether there is more.
        limit: ROWS + 1,
    })
}

fn link(asked: &Asked, after: &str) -> String {
    let pairs = [
        ("q", asked.q.as_str()),
        ("merchant", &asked.merchant),
        ("kind", &asked.kind),
        ("why", &asked.why),
        ("after", after),
    ];
    paging::link("/suppressed", &pairs)
}
