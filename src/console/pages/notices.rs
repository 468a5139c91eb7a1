//! Notices: search, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use forewarn_core::ids::{MerchantId, NoticeId};
use forewarn_core::notice::Kind;
use forewarn_core::{Instant, Span};
use serde::{Deserialize, Serialize};

use super::rows::{Choice, NoticeItem};
use crate::console::failure::Failure;
use crate::console::paging::{self, ROWS};
use crate::console::shell::{Shell, page as render};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::{NoticeLine, NoticeSearch, NoticeState};

/// What the search form and links carry; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    pub(in crate::console) q: String,
    pub(in crate::console) merchant: String,
    pub(in crate::console) kind: String,
    pub(in crate::console) state: String,
    pub(in crate::console) from: String,
    pub(in crate::console) to: String,
    pub(in crate::console) after: String,
}

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    shell: Shell,
    t: Speech,
    asked: Asked,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    notices: Vec<NoticeItem>,
    more: Option<String>,
    shops: bool,
    known: Vec<(String, String)>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let t = visitor.speech.clone();
    let (found, more) = find(&console, &visitor, &asked, ROWS).await?;
    let more = more.map(|after| link(&asked, &after));
    let mut shell = Shell::new(&visitor, "/notices");
    shell.search.clone_from(&asked.q);
    render(&NoticesPage {
        kinds: Choice::all(&t, "kind", Kind::ALL.iter().map(|k| k.as_str()), &asked.kind),
        states: Choice::all(&t, "state", NoticeState::ALL.iter().map(|s| s.as_str()), &asked.state),
        notices: found.iter().map(|line| NoticeItem::new(line, &t)).collect(),
        shops: visitor.is_operations(),
        known: visitor.known_shops(),
        shell,
        asked,
        more,
        t,
    })
}

/// Up to `rows` notices, and where the list goes on if it does.
pub(in crate::console) async fn find(
    console: &Console,
    visitor: &Visitor,
    asked: &Asked,
    rows: usize,
) -> Result<(Vec<NoticeLine>, Option<String>), Failure> {
    let (own, search) = (visitor.own_shop(), search(asked, &visitor.speech, rows)?);
    let mut found = console.store.read(move |tx| tx.notices_list(own.as_ref(), &search)).await?;
    let more = found.len() > rows;
    found.truncate(rows);
    let after = found.last().filter(|_| more).map(|last| paging::write(&Place::of(last)));
    Ok((found, after))
}

/// Where a list of notices was left.
#[derive(Serialize, Deserialize)]
struct Place {
    at: i64,
    id: NoticeId,
}

impl Place {
    fn of(line: &NoticeLine) -> Self {
        Self { at: line.created_at.ms(), id: line.notice_id.clone() }
    }
}

fn search(asked: &Asked, t: &Speech, rows: usize) -> Result<NoticeSearch, Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let after = given(&asked.after).map(|a| paging::read::<Place>(&a).ok_or(Failure::BadRequest)).transpose()?;
    let day = |text: &str, label| given(text).map(|d| t.day_start(&d).ok_or(Failure::BadField(label))).transpose();
    let shop = |m: String| MerchantId::new(&m).map_err(|_| Failure::BadField("filter.merchant"));
    let state = |s: String| NoticeState::named(&s).ok_or(Failure::BadField("field.state"));
    Ok(NoticeSearch {
        merchant: given(&asked.merchant).map(shop).transpose()?,
        kind: given(&asked.kind).map(|k| Kind::named(&k).ok_or(Failure::BadField("field.kind"))).transpose()?,
        state: given(&asked.state).map(state).transpose()?,
        text: given(&asked.q),
        from: day(&asked.from, "filter.from")?,
        // The day named last is meant with all its hours; a day with a clock change is off by one of them.
        to: day(&asked.to, "filter.to")?.map(|at| at + Span::hours(24)),
        after: after.map(|p| (Instant::from_ms(p.at), p.id)),
        // One more than is shown tells whether there is more.
        limit: rows + 1,
    })
}

fn link(asked: &Asked, after: &str) -> String {
    let pairs = [
        ("q", asked.q.as_str()),
        ("merchant", &asked.merchant),
        ("kind", &asked.kind),
        ("state", &asked.state),
        ("from", &asked.from),
        ("to", &asked.to),
        ("after", after),
    ];
    paging::link("/notices", &pairs)
}
