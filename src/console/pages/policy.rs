//! The policy: read it, change it, see who changed what.

use askama::Template;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use forewarn_core::event::Scope;
use serde::Deserialize;
use similar::{ChangeTag, TextDiff};

use super::policy_form::{Form, edit_of};
use super::what_if::Trial;
use crate::console::failure::Failure;
use crate::console::shell::{Shell, page as render};
use crate::console::submission::Order;
use crate::console::visitor::{Operations, Visitor};
use crate::console::{Console, Speech};
use crate::policy::{PolicyBook, PolicyEdit, PolicyProblem};
use crate::store::port::PolicyDocument;

/// Versions listed.
const VERSIONS: usize = 20;

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyPage {
    shell: Shell,
    t: Speech,
    /// The number the form was filled from; 0 when only the built-in policy is in force.
    expected: i64,
    in_force: String,
    form: Form,
    saved: bool,
    conflict: bool,
    faulty: bool,
    overrides: bool,
    text: String,
    versions: Vec<Version>,
    /// What the form would have done, where that was asked.
    trial: Option<Trial>,
}

struct Version {
    number: i64,
    version: String,
    author: String,
    at: String,
    exact: String,
    diff: Vec<(&'static str, String)>,
}

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    saved: String,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    Operations(visitor): Operations,
) -> Result<Response, Failure> {
    let desk = Desk::read(&console).await?;
    let mut page = desk.page(&visitor, &PolicyEdit::of(desk.book.base()), &[]);
    page.saved = !asked.saved.is_empty();
    render(&page)
}

/// Publishes what the form says, if it holds and nobody was faster; from then on every open order is decided by it.
/// Asked for a trial, it shows what the form would have done and changes nothing.
pub(in crate::console) async fn publish(State(console): State<Console>, request: Request) -> Result<Response, Failure> {
    let Order { visitor, fields } = Order::from_request(request, &console).await?;
    let expected = fields.get("expected").and_then(|n| n.parse::<i64>().ok()).ok_or(Failure::BadRequest)?;
    let edit = edit_of(&fields);
    let desk = Desk::read(&console).await?;
    let trial = fields.contains_key("trial");
    if desk.number() != expected && !trial {
        return conflict(&desk, &visitor, &edit);
    }
    let book = match desk.book.with_base(&edit) {
        Ok(book) => book,
        Err(problems) => return shown(StatusCode::UNPROCESSABLE_ENTITY, &desk.page(&visitor, &edit, &problems)),
    };
    if trial {
        return tried(&console, &desk, &visitor, &edit, (expected, book)).await;
    }
    let (author, now) = (visitor.name.clone(), visitor.now);
    let (version, text) = (book.version().to_owned(), book.text().to_owned());
    let published = console
        .store
        .write(move |tx| {
            let before = (expected > 0).then_some(expected);
            let number = tx.policy_publish(before, &version, &text, &author, now)?;
            if number.is_some() {
                tx.sweep_start(&Scope::default())?;
            }
            Ok(number)
        })
        .await?;
    match published {
        Some(number) => {
            tracing::info!(policy.number = number, policy.version = %book.version(), by = %visitor.name, "a policy was published");
            Ok(Redirect::to("/policy?saved=1").into_response())
        }
        None => conflict(&Desk::read(&console).await?, &visitor, &edit),
    }
}

/// The form as it was typed, with what the `draft` it makes would have done; it goes on from the version it was filled
/// from.
async fn tried(
    console: &Console,
    desk: &Desk,
    visitor: &Visitor,
    edit: &PolicyEdit,
    (expected, draft): (i64, PolicyBook),
) -> Result<Response, Failure> {
    let (engine, book) = (std::sync::Arc::clone(&console.engine), draft.clone());
    let found = console.store.read(move |tx| engine.what_if(tx, &book)).await?;
    let mut page = desk.page(visitor, edit, &[]);
    page.expected = expected;
    page.trial = Some(Trial::new(&found, desk.book.base().warn.risk, draft.base().warn.risk, &visitor.speech));
    render(&page)
}

/// The form as it was typed, against the policy that is in force by now: sent again it replaces that one knowingly.
fn conflict(desk: &Desk, visitor: &Visitor, edit: &PolicyEdit) -> Result<Response, Failure> {
    let mut page = desk.page(visitor, edit, &[]);
    page.conflict = true;
    shown(StatusCode::CONFLICT, &page)
}

fn shown(status: StatusCode, page: &PolicyPage) -> Result<Response, Failure> {
    Ok((status, Html(page.render()?)).into_response())
}

/// The policy in force and those before it.
struct Desk {
    book: PolicyBook,
    documents: Vec<PolicyDocument>,
}

impl Desk {
    async fn read(console: &Console) -> Result<Self, Failure> {
        let engine = std::sync::Arc::clone(&console.engine);
        let (book, documents) =
            console.store.read(move |tx| Ok((engine.settings(tx)?.policy.clone(), tx.policies(VERSIONS + 1)?))).await?;
        Ok(Self { book, documents })
    }

    fn number(&self) -> i64 {
        self.documents.first().map_or(0, |d| d.number)
    }

    fn page(&self, visitor: &Visitor, edit: &PolicyEdit, problems: &[PolicyProblem]) -> PolicyPage {
        let t = visitor.speech.clone();
        let text = self.book.text().to_owned();
        PolicyPage {
            shell: Shell::new(visitor, "/policy"),
            expected: self.number(),
            in_force: self.book.version().chars().take(16).collect(),
            form: Form::new(edit, problems, &t),
            saved: false,
            conflict: false,
            faulty: !problems.is_empty(),
            overrides: ["[merchant.", "[platform."].iter().any(|section| text.contains(section)),
            versions: versions(&self.documents, &t),
            trial: None,
            text,
            t,
        }
    }
}

fn versions(documents: &[PolicyDocument], t: &Speech) -> Vec<Version> {
    let pairs = documents.iter().take(VERSIONS).enumerate();
    let version = |(i, document): (usize, &PolicyDocument)| Version {
        number: document.number,
        version: document.version.chars().take(16).collect(),
        author: document.author.clone(),
        at: t.time(&document.at),
        exact: t.exact(&document.at),
        diff: diff(documents.get(i + 1).map_or("", |d| &d.text), &document.text),
    };
    pairs.map(version).collect()
}

/// Lines that differ, with what surrounds them.
fn diff(before: &str, after: &str) -> Vec<(&'static str, String)> {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(2);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    let line = |change: similar::Change<&str>| {
        let class = match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Delete => "gone",
            ChangeTag::Insert => "new",
        };
        (class, change.value().trim_end().to_owned())
    };
    changes.map(line).collect()
}
