//! The order as its buyer sees it: what happens, the date, and the one thing to answer.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::cause::Cause;
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::Kind;
use forewarn_core::order::{Line, Parcel};
use serde::Deserialize;

use super::event::{Answer, take};
use crate::console::failure::Failure;
use crate::console::shell::{Choice as Tongue, languages, page as render};
use crate::console::story::{Arrival, Choice, OrderFile, Status, language_of, late_reason};
use crate::console::submission::fields;
use crate::console::{Console, Speech, assets, language};
use crate::engine::Purpose;

/// Longest free text, in characters: an address or a few sentences, and well below what an event may carry.
const TEXT_CHARS_MAX: usize = 600;

#[derive(Template)]
#[template(path = "buyer_order.html")]
struct BuyerPage {
    t: Speech,
    version: &'static str,
    languages: Vec<Tongue>,
    shop: String,
    order: String,
    headline: String,
    reason: String,
    date_label: String,
    date: String,
    gifts: Vec<String>,
    /// What the buyer chose, and what follows from it.
    chosen: String,
    lines: Vec<Goods>,
    parcels: Vec<ParcelLine>,
    choices: bool,
    /// Whether another article is among the choices.
    swap: bool,
    wants_address: bool,
    wants_contact: bool,
    may_hurry: bool,
    /// What may be written about; empty when nothing is asked.
    message: String,
    done: bool,
    support: String,
    /// Whether `support` is a mail address.
    support_is_mail: bool,
    text_max: usize,
}

struct Goods {
    title: String,
    quantity: u32,
    /// What became of it, where some of the order has left and some has not.
    state: String,
}

struct ParcelLine {
    state: String,
    carrier: String,
    number: String,
    link: String,
    expected: String,
    arrived: String,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

pub(super) async fn page(
    State(console): State<Console>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    uri: Uri,
) -> Result<Response, Failure> {
    let file = read(&console, &token).await?;
    let chosen = uri.query().and_then(language::in_query).unwrap_or_else(|| language_of(&file));
    let t = Speech::new(chosen, file.zone());
    render(&arrange(&file, t, &uri, !asked.done.is_empty()))
}

/// Takes the buyer's answer. The codes are part of the contract with whoever reads the messages.
pub(super) async fn answer(
    State(console): State<Console>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let file = read(&console, &token).await?;
    let fields = fields(request).await?;
    let code = fields.get("choice").map_or("", String::as_str);
    let written = fields.get("text").map_or("", |t| t.trim());
    let written: String = written.chars().filter(|c| *c == '\n' || !c.is_control()).take(TEXT_CHARS_MAX).collect();
    let text = match code {
        "wait" | "swap" | "cancel" | "urgent" => format!("[{code}] {written}"),
        "address" | "contact" | "message" if !written.is_empty() => format!("[{code}] {written}"),
        _ => return Err(Failure::BadRequest),
    };
    take(&console, file.order.key.clone(), &Answer::Message { text: text.trim().to_owned() }).await?;
    let kept = language::in_query(&format!("lang={}", fields.get("lang").map_or("", String::as_str)));
    let tag = kept.map_or_else(String::new, |l| format!("&lang={}", l.tag()));
    Ok(Redirect::to(&format!("/o/{token}?done=1{tag}")).into_response())
}

/// The file of the order that the link was made for.
async fn read(console: &Console, token: &str) -> Result<OrderFile, Failure> {
    let key = console.engine.identity().links.read(Purpose::Order, token).ok_or(Failure::NotFound)?;
    let (engine, now) = (Arc::clone(&console.engine), console.clock.now());
    // The link speaks for this one order, so its shop is the tenant.
    let found = console.store.read(move |tx| OrderFile::read(&engine, tx, Some(&key.merchant_id), &key, now)).await?;
    found.ok_or(Failure::NotFound)
}

fn arrange(file: &OrderFile, t: Speech, uri: &Uri, done: bool) -> BuyerPage {
    let status = file.status();
    let open = matches!(status, Status::OnTime | Status::AtRisk | Status::Late);
    let asked = file.asks_for().filter(|_| open);
    // What was just answered is not asked again; the link in the notice asks it as long as it is open.
    let asks = asked.filter(|_| !done);
    let late = matches!(status, Status::AtRisk | Status::Late);
    let cause = file.outlook.finding.as_ref().filter(|_| late).map(|f| f.cause);
    let short = open && cause == Some(Cause::OutOfStock);
    let chosen = file.choice().filter(|_| open);
    // Who swaps or cancels is told no date of the old course.
    let leaves = matches!(chosen, Some(Choice::Swap | Choice::Cancel));
    let (date_label, date) = if asked.is_some() || leaves { Default::default() } else { date(file, status, &t) };
    let headline = match status {
        _ if asks.is_some() => "asks",
        _ if asked.is_some() || chosen.is_some() => "answered",
        Status::AtRisk if file.pending().is_some() => "pending",
        Status::AtRisk | Status::Late => "late",
        Status::OnTime => "open",
        other => other.as_str(),
    };
    BuyerPage {
        version: assets::version(),
        languages: languages(t.language, uri.path()),
        shop: file.shop_name(),
        order: file.order.key.order_id.to_string(),
        headline: t.name("buyer.headline", headline),
        reason: match (asked, asks) {
            (_, Some(_)) => t.say("late.address"),
            (Some(_), None) => String::new(),
            (None, None) => cause.filter(|_| chosen.is_none()).map(|c| reason(file, c, &t)).unwrap_or_default(),
        },
        date_label,
        date,
        gifts: gifts(file, &t),
        chosen: match chosen {
            Some(Choice::Wait) if !short => t.say("buyer.chosen.wait.late"),
            Some(choice) => t.name("buyer.chosen", choice.as_str()),
            None => String::new(),
        },
        lines: goods(file, &t),
        parcels: parcels(file, &t),
        choices: open && (short || was_offered(file)) && !done && chosen.is_none(),
        swap: short,
        wants_address: asks == Some("address"),
        wants_contact: asks == Some("contact"),
        may_hurry: open && !done && !leaves,
        message: match status {
            _ if done => String::new(),
            Status::Shipped => t.say("buyer.message.shipped"),
            Status::Delivered => t.say("buyer.message.delivered"),
            _ if chosen.is_some() => t.say("buyer.message.chosen"),
            _ => String::new(),
        },
        done,
        support_is_mail: file.shop.support.as_ref().is_some_and(|s| is_mail(s)),
        support: file.shop.support.clone().unwrap_or_default(),
        text_max: TEXT_CHARS_MAX,
        t,
    }
}

/// Why it is late; while the buyer is asked for a later time, also what counts until the answer.
fn reason(file: &OrderFile, cause: Cause, t: &Speech) -> String {
    let promised = file.pending().and(file.ship_by());
    let stands = promised.map(|at| t.with("reply.asked_stands", t.phrase(&at)));
    let said = [Some(late_reason(file, cause, t)), stands].into_iter().flatten().collect::<Vec<_>>();
    said.join(if t.is_chinese() { "" } else { " " })
}

fn date(file: &OrderFile, status: Status, t: &Speech) -> (String, String) {
    let of = |key: &str, at| (t.say(key), t.phrase(&at));
    match (status, file.honest_date()) {
        (Status::OnTime, Some(at)) => of("buyer.ships_by", at),
        (Status::AtRisk, Some(at)) if file.pending().is_some_and(|asked| asked.at == at) => of("buyer.asked_date", at),
        (Status::AtRisk | Status::Late, Some(at)) => of("buyer.new_date", at),
        (Status::AtRisk | Status::Late, None) => (t.say("buyer.new_date"), t.say("buyer.no_date")),
        _ => (String::new(), String::new()),
    }
}

/// Whether a notice that may have been read gave a choice: it stands until the order has left.
fn was_offered(file: &OrderFile) -> bool {
    file.told().said.iter().any(|said| said.choices.is_some() && said.reached())
}

/// Whether a way to a person can be written to as it stands.
fn is_mail(support: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._+-".contains(c);
    support.matches('@').count() == 1 && support.chars().all(plain)
}

fn gifts(file: &OrderFile, t: &Speech) -> Vec<String> {
    let thanks = file.grants.iter().any(|g| file.notice_of(g).is_some_and(|n| n.kind == Kind::ActionNeeded));
    let said = |status, for_delay: &str, plain: &str| {
        let key = if thanks { plain } else { for_delay };
        let sums = file.gifts(status).into_iter();
        sums.map(|(sum, _)| t.with(key, sum.display(t.is_chinese()))).collect::<Vec<_>>()
    };
    let mut all = said(GrantStatus::Granted, "buyer.granted", "reply.granted.several");
    all.extend(said(GrantStatus::Reserved, "buyer.reserved", "reply.reserved.several"));
    all
}

fn goods(file: &OrderFile, t: &Speech) -> Vec<Goods> {
    let left = |line: &Line| line.handed_over_at.is_some_and(|at| at <= file.now);
    let split = file.order.live_lines().any(left) && !file.order.live_lines().all(left);
    let state = |line: &Line| t.name("buyer.line", if left(line) { "sent" } else { "to_come" });
    let goods = |line: &Line| Goods {
        title: line.name().to_owned(),
        quantity: line.quantity,
        state: if split { state(line) } else { String::new() },
    };
    file.order.live_lines().map(goods).collect()
}

fn parcels(file: &OrderFile, t: &Speech) -> Vec<ParcelLine> {
    let handed = file.order.parcels.iter().filter(|p| p.voided_at.is_none() && p.handed_over_at().is_some());
    let line = |p: &Parcel| {
        let web =
            |u: &&forewarn_core::text::Text| u.as_str().starts_with("https://") || u.as_str().starts_with("http://");
        ParcelLine {
            state: p.last_scan.as_ref().map_or_else(|| t.say("event.shipped"), |s| t.name("parcel", s.state.as_str())),
            carrier: p.carrier.as_ref().map(ToString::to_string).unwrap_or_default(),
            number: p.tracking_number.as_ref().map(ToString::to_string).unwrap_or_default(),
            link: p.tracking_url.as_ref().filter(web).map(ToString::to_string).unwrap_or_default(),
            expected: match Arrival::of(p, file.now) {
                Some(Arrival::On(at)) => t.with("buyer.expected", t.day(&at)),
                Some(Arrival::Open) => t.say("buyer.no_arrival"),
                None => String::new(),
            },
            arrived: p.delivered_at.map(|at| t.with("buyer.arrived", t.day(&at))).unwrap_or_default(),
        }
    };
    handed.map(line).collect()
}
