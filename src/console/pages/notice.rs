//! One notice: as the buyer saw it, why it went out, what it cost, whether it arrived.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Redirect, Response};
use forewarn_core::because::Reason;
use forewarn_core::ids::NoticeId;
use forewarn_core::notice::Kind;
use forewarn_core::zone::Zone;

use super::rows::{GrantItem, for_the_buyer, kind_name, risk_tone, state_tone};
use crate::console::failure::Failure;
use crate::console::paging;
use crate::console::reasons::clauses;
use crate::console::remarks::remark;
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::story::OrderFile;
use crate::console::submission::Order;
use crate::console::visitor::Visitor;
use crate::console::{Console, Language, Speech, headers};
use crate::engine::Verdict;
use crate::store::Class;
use crate::store::port::{Companion, Composed, GrantRow, NoticeRow, NoticeState};

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    shell: Shell,
    t: Speech,
    id: String,
    kind: String,
    state: String,
    tone: &'static str,
    merchant: String,
    order: String,
    order_href: String,
    /// The other orders in the same message, each with the way to its notice.
    together: Vec<(String, String)>,
    composed: Option<Arc<Composed>>,
    /// Why there is nothing to see, where there is nothing.
    unwritten: String,
    /// How tall the message's frame is, in steps of the style sheet.
    height: usize,
    /// The buyer's zone, where it is another than the page's.
    zone: String,
    why: String,
    numbers: Vec<(String, String, &'static str)>,
    delivery: Vec<(String, String)>,
    /// Whether nobody knows if it was taken, so that a person may say.
    open: bool,
    /// Where that is said.
    path: String,
    grant: Option<GrantItem>,
    because: Vec<String>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (row, grant, zone) = find(&console, &visitor, &id).await?;
    let t = visitor.speech.clone();
    let composed = row.composed.clone();
    let over = matches!(row.state, NoticeState::Failed | NoticeState::Withdrawn);
    let went = matches!(row.state, NoticeState::Sent | NoticeState::Unknown | NoticeState::Sending);
    render(&NoticePage {
        shell: Shell::new(&visitor, "/notices"),
        id: row.notice_id.to_string(),
        kind: kind_name(&row, &t),
        unwritten: t.say(if over { "notice.never_written" } else { "notice.not_written" }),
        height: composed.as_ref().map_or(0, |c| height(&c.text)),
        zone: zone.as_ref().map(Zone::name).filter(|name| *name != t.zone_name()).unwrap_or_default().to_owned(),
        why: t.say(if went { "notice.why" } else { "notice.evidence" }),
        state: t.name("state", row.state.as_str()),
        tone: state_tone(row.state),
        merchant: row.order.merchant_id.to_string(),
        order: row.order.order_id.to_string(),
        order_href: order_path(row.order.merchant_id.as_str(), row.order.order_id.as_str()),
        together: composed.as_deref().map(together).unwrap_or_default(),
        numbers: composed.as_ref().map(|c| numbers(c, row.kind, zone.as_ref(), &visitor)).unwrap_or_default(),
        delivery: delivery(&row, &t),
        open: row.is_open(),
        path: notice_path(&row.notice_id),
        grant: grant.map(|g| GrantItem::new(&g, Some(row.state), &t)),
        because: composed.as_ref().map(|c| because(c, row.kind, &t)).unwrap_or_default(),
        composed,
        t,
    })
}

/// The mail itself, for the frame on the page: it may style itself and do nothing else.
pub(in crate::console) async fn mail(
    State(console): State<Console>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (row, ..) = find(&console, &visitor, &id).await?;
    let composed = row.composed.ok_or(Failure::NotFound)?;
    Ok(([(CONTENT_SECURITY_POLICY, headers::MAIL)], Html(composed.html.clone())).into_response())
}

/// Takes a person's word on a notice of which nobody knows whether it was taken.
pub(in crate::console) async fn resolve(
    State(console): State<Console>,
    Path((id, word)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let Order { visitor, .. } = Order::from_request(request, &console).await?;
    let id = NoticeId::new(&id).map_err(|_| Failure::NotFound)?;
    // Two people may answer at once; the second finds nothing that is open, which is no fault.
    take_word(&console, &visitor, &id, &word).await?;
    Ok(Redirect::to(&notice_path(&id)).into_response())
}

/// Takes a word on a notice; whether it was open.
pub(in crate::console) async fn take_word(
    console: &Console,
    visitor: &Visitor,
    id: &NoticeId,
    word: &str,
) -> Result<bool, Failure> {
    let verdict = Verdict::named(word).ok_or(Failure::NotFound)?;
    let (engine, now, by, id) = (Arc::clone(&console.engine), visitor.now, visitor.name.clone(), id.clone());
    let resolved = console.store.write(move |tx| engine.resolve(tx, &id, verdict, &by, now)).await?;
    Ok(resolved.is_some())
}

fn notice_path(id: &NoticeId) -> String {
    format!("/notices/{}", paging::part(id.as_str()))
}

/// A notice, what it gave, and its buyer's zone.
type Found = (NoticeRow, Option<GrantRow>, Option<Zone>);

async fn find(console: &Console, visitor: &Visitor, id: &str) -> Result<Found, Failure> {
    let (own, id) = (visitor.own_shop(), NoticeId::new(id).map_err(|_| Failure::NotFound)?);
    let (engine, now) = (Arc::clone(&console.engine), visitor.now);
    let step = move |tx: &mut dyn crate::store::Tx| {
        let Some(row) = tx.notice_seen(own.as_ref(), &id)? else { return Ok(None) };
        let grant = tx.grants_of(&row.order)?.into_iter().find(|g| g.notice_key == row.key);
        let zone = match OrderFile::read(&engine, tx, own.as_ref(), &row.order, now) {
            Ok(file) => file.map(|file| file.zone()),
            // What was said stays readable when its order is not.
            Err(error) if error.class() == Class::Permanent => None,
            Err(error) => return Err(error),
        };
        Ok(Some((row, grant, zone)))
    };
    console.store.read(step).await?.ok_or(Failure::NotFound)
}

fn together(c: &Composed) -> Vec<(String, String)> {
    let way = |other: &Companion| (other.order_id.to_string(), notice_path(&other.notice_id));
    c.together_with.iter().map(way).collect()
}

/// The frame's height for a letter of this text: how many lines of a narrow column it fills, in steps of four.
fn height(text: &str) -> usize {
    /// Columns of one line on a wide page; a Chinese character takes two.
    const COLUMNS: usize = 50;
    const STEP: usize = 4;
    const STEPS: std::ops::RangeInclusive<usize> = 3..=14;
    let wide = |c: char| if c.is_ascii() { 1 } else { 2 };
    let rows = |line: &str| line.chars().map(wide).sum::<usize>().div_ceil(COLUMNS).max(1);
    let links = |line: &&str| !line.trim_start().starts_with("http");
    (text.lines().filter(links).map(rows).sum::<usize>() / STEP + 2).clamp(*STEPS.start(), *STEPS.end())
}

/// What speaks for the notice. That an order was accepted is said of every order, whatever its risk.
fn because(c: &Composed, kind: Kind, t: &Speech) -> Vec<String> {
    if kind != Kind::OrderAccepted {
        return clauses(&c.because, t);
    }
    let is_promise =
        |r: &&Reason| matches!(r, Reason::ShipBy { .. } | Reason::Postponed { .. } | Reason::Proposed { .. });
    let promised: Vec<Reason> = c.because.iter().filter(is_promise).cloned().collect();
    std::iter::once(t.say("because.accepted")).chain(clauses(&promised, t)).collect()
}

fn numbers(c: &Composed, kind: Kind, zone: Option<&Zone>, visitor: &Visitor) -> Vec<(String, String, &'static str)> {
    let t = &visitor.speech;
    let accepted = kind == Kind::OrderAccepted;
    let moment = |key: &str, at: Option<forewarn_core::Instant>| at.map(|at| (t.say(key), t.time(&at), ""));
    let told = |at| zone.map_or_else(|| t.time(&at), |zone| for_the_buyer(&at, t.time(&at), zone, t));
    let quoted = c.quoted_ship_by.map(|at| (t.say("field.quoted"), told(at), ""));
    let risk =
        c.risk.filter(|_| !accepted).map(|r| (t.say("field.risk"), t.percent(&r), risk_tone(r, &visitor.policy)));
    let cause = c.cause.as_ref().filter(|_| !accepted).map(|cause| (t.say("field.cause"), t.name("cause", cause), ""));
    let version = Some((t.say("field.policy_version"), c.policy_version.chars().take(16).collect(), "code"));
    let all = [cause, risk, moment("field.ship_by", c.ship_by), quoted, version];
    all.into_iter().flatten().collect()
}

fn delivery(row: &NoticeRow, t: &Speech) -> Vec<(String, String)> {
    let c = row.composed.as_ref();
    let text = |key: &str, value: Option<String>| value.filter(|v| !v.is_empty()).map(|v| (t.say(key), v));
    let all = [
        text("field.channel", c.map(|c| t.name("channel", &c.channel))),
        text("field.to", c.map(|c| c.to.reveal().to_owned())),
        text("field.decided", Some(t.time(&row.created_at))),
        text(
            if row.state == NoticeState::Unknown { "field.attempted" } else { "field.sent" },
            row.sent_at.map(|at| t.time(&at)),
        ),
        text("field.attempts", Some(row.attempts.to_string())),
        text("field.outcome", row.outcome.as_deref().map(|o| remark(o, t))),
        text("field.feedback", row.feedback.as_ref().map(|f| t.name("feedback", f))),
        text("field.message_id", c.map(|c| c.message_id.clone())),
        text("field.language", c.map(|c| format!("{} · {}", Language::of_locale(&c.locale).own_name(), c.locale))),
        text("field.template", c.map(|c| c.template.clone())),
    ];
    all.into_iter().flatten().collect()
}
