//! The desk: what waits for a person, the first in rank first, and what became of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::desk::{Matter, Outcome};
use forewarn_core::ids::{DeskId, MerchantId};
use forewarn_core::text::Private;
use serde::Deserialize;

use super::desk_items::{DeskItem, LeftItem, Outcomes};
use super::rows::Choice;
use crate::console::failure::Failure;
use crate::console::paging::{self, ROWS};
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::submission::{Fields, Submission};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::{Closing, DeskLine, DeskMark, DeskRow, DeskSearch, DeskView};

/// Most characters of a note: a line or two, for whoever opens the order next.
pub(in crate::console) const NOTE_CHARS_MAX: usize = 500;

/// What links carry; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    pub(in crate::console) view: String,
    pub(in crate::console) matter: String,
    pub(in crate::console) merchant: String,
    pub(in crate::console) after: String,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    shell: Shell,
    t: Speech,
    asked: Asked,
    /// Which view this is, by its name in words.
    lead: &'static str,
    views: Vec<(String, String, bool)>,
    matters: Vec<Choice>,
    open: Vec<DeskItem>,
    left: Vec<LeftItem>,
    outcomes: Outcomes,
    note_max: usize,
    more: Option<String>,
    shops: bool,
    known: Vec<(String, String)>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (found, more) = find(&console, &visitor, &asked, ROWS).await?;
    let more = more.map(|after| link(&asked, &asked.view, &after));
    let t = visitor.speech.clone();
    let (left, open): (Vec<DeskLine>, Vec<DeskLine>) = found.into_iter().partition(|line| line.row.closed.is_some());
    render(&DeskPage {
        shell: Shell::new(&visitor, "/desk"),
        lead: name_of(&asked.view),
        views: ["", "mine", "closed"].map(|view| tab(&asked, view, &t)).into(),
        matters: Choice::all(&t, "matter", Matter::ALL.iter().map(|m| m.as_str()), &asked.matter),
        open: open.iter().map(|line| DeskItem::new(line, &visitor)).collect(),
        left: left.iter().filter_map(|line| LeftItem::new(&line.row, &t)).collect(),
        outcomes: Outcomes::all(&t),
        note_max: NOTE_CHARS_MAX,
        shops: visitor.is_operations(),
        known: visitor.known_shops(),
        asked,
        more,
        t,
    })
}

/// Up to `rows` entries, and where the list goes on if it does.
pub(in crate::console) async fn find(
    console: &Console,
    visitor: &Visitor,
    asked: &Asked,
    rows: usize,
) -> Result<(Vec<DeskLine>, Option<String>), Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let mark = |text: String| paging::read::<DeskMark>(&text).ok_or(Failure::BadRequest);
    let shop = |m: String| MerchantId::new(&m).map_err(|_| Failure::BadField("filter.merchant"));
    let search = DeskSearch {
        merchant: given(&asked.merchant).map(shop).transpose()?,
        matter: given(&asked.matter).map(|m| Matter::named(&m).ok_or(Failure::BadField("desk.matter"))).transpose()?,
        view: match name_of(&asked.view) {
            "mine" => DeskView::Of(visitor.name.clone()),
            "closed" => DeskView::Closed,
            _ => DeskView::Open,
        },
        after: given(&asked.after).map(mark).transpose()?,
        // One more than is shown tells whether there is more.
        limit: rows + 1,
    };
    let own = visitor.own_shop();
    let mut found = console.store.read(move |tx| tx.desk_list(own.as_ref(), &search)).await?;
    let more = found.len() > rows;
    found.truncate(rows);
    let after = found.last().filter(|_| more).map(|last| paging::write(&last.row.mark()));
    Ok((found, after))
}

fn name_of(view: &str) -> &'static str {
    match view {
        "mine" => "mine",
        "closed" => "closed",
        _ => "open",
    }
}

fn tab(asked: &Asked, view: &str, t: &Speech) -> (String, String, bool) {
    let name = name_of(view);
    (link(asked, view, ""), t.name("desk.view", name), name == name_of(&asked.view))
}

fn link(asked: &Asked, view: &str, after: &str) -> String {
    let pairs = [("view", view), ("matter", &asked.matter), ("merchant", &asked.merchant), ("after", after)];
    paging::link("/desk", &pairs)
}

/// What is done to an entry.
#[derive(Clone, Debug)]
pub(in crate::console) enum Deed {
    /// The visitor takes it.
    Take,
    /// It is for anybody to take again.
    GiveBack,
    /// It is settled.
    Close(Outcome, Option<Private>),
}

/// Takes an entry, gives it back or closes it: for operations any shop's, for a merchant the own.
pub(in crate::console) async fn act(
    State(console): State<Console>,
    Path((id, name)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let Submission { visitor, fields } = Submission::from_request(request, &console).await?;
    let id = DeskId::new(&id).map_err(|_| Failure::NotFound)?;
    let deed = match name.as_str() {
        "take" => Deed::Take,
        "back" => Deed::GiveBack,
        "close" => closing(&fields)?,
        _ => return Err(Failure::NotFound),
    };
    // Two people may act at once; the second finds it taken or gone, which is no fault.
    let entry = perform(&console, &visitor, &id, deed).await?.0;
    let from_order = fields.get("from").is_some_and(|from| from == "order");
    let target = entry.filter(|_| from_order).map(|row| order_of(&row));
    Ok(Redirect::to(target.as_deref().unwrap_or("/desk")).into_response())
}

fn order_of(row: &DeskRow) -> String {
    order_path(row.order.merchant_id.as_str(), row.order.order_id.as_str())
}

fn closing(fields: &Fields) -> Result<Deed, Failure> {
    let text = |name: &str| fields.get(name).map_or("", |value| value.trim());
    close_with(text("outcome"), text("note"))
}

/// A person's last word: one of the outcomes a person can give, and a note of at most [`NOTE_CHARS_MAX`] characters.
pub(in crate::console) fn close_with(outcome: &str, note: &str) -> Result<Deed, Failure> {
    let outcome = Outcome::by_hand().find(|one| one.as_str() == outcome).ok_or(Failure::BadField("desk.outcome"))?;
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(Failure::BadField("desk.note"));
    }
    let note = Some(note).filter(|note| !note.is_empty()).map(Private::new).transpose();
    Ok(Deed::Close(outcome, note.map_err(|_| Failure::BadField("desk.note"))?))
}

/// Does it; gives the entry as it was, if the visitor may see it, and whether anything changed.
pub(in crate::console) async fn perform(
    console: &Console,
    visitor: &Visitor,
    id: &DeskId,
    deed: Deed,
) -> Result<(Option<DeskRow>, bool), Failure> {
    let (own, engine, now) = (visitor.own_shop(), Arc::clone(&console.engine), visitor.now);
    let (wanted, by, what) = (id.clone(), visitor.name.clone(), deed.clone());
    let step = move |tx: &mut dyn crate::store::Tx| {
        let tenant = own.as_ref();
        let entry = tx.desk_load(tenant, &wanted)?;
        let done = match &what {
            Deed::Take => tx.desk_take(tenant, &wanted, &by, now)?,
            Deed::GiveBack => tx.desk_give_back(tenant, &wanted)?,
            Deed::Close(outcome, note) => {
                let by = Some(by.clone());
                let closing = Closing { at: now, outcome: *outcome, by, ended_by: None, note: note.clone() };
                engine.desk_close(tx, tenant, &wanted, &closing)?.is_some()
            }
        };
        Ok((entry, done))
    };
    let (entry, done) = console.store.write(step).await?;
    if done {
        let by = &visitor.name;
        match deed {
            Deed::Take => tracing::info!(desk.id = %id, by = %by, "an entry of the desk was taken"),
            Deed::GiveBack => tracing::info!(desk.id = %id, by = %by, "an entry of the desk was given back"),
            Deed::Close(outcome, _) => {
                tracing::info!(desk.id = %id, by = %by, outcome = %outcome, "an entry of the desk was closed");
            }
        }
    }
    Ok((entry, done))
}
