//! One order: how it stands, why, what was said, what to say next.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::OrderKey;
use forewarn_core::because::Reason;
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::order::Line;
use forewarn_core::promise::{self, Group, Promise};

use super::curve::{Curve, curve};
use super::desk::NOTE_CHARS_MAX;
use super::desk_items::{DeskItem, Outcomes};
use super::rows::{GrantItem, for_the_buyer, kind_name, risk_tone, set_aside, state_tone};
use crate::console::failure::Failure;
use crate::console::paging;
use crate::console::reasons::clauses;
use crate::console::shell::{Shell, order_path, page as render};
use crate::console::story::{Arrival, Moment, OrderFile, Status, language_of, reply, timeline};
use crate::console::submission::Order;
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::DeskLine;
use crate::store::{Class, StoreError};

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    shell: Shell,
    t: Speech,
    order: String,
    merchant: String,
    status: String,
    tone: &'static str,
    /// What is open on the desk about it.
    desk: Vec<DeskItem>,
    outcomes: Outcomes,
    note_max: usize,
    parked: String,
    unpark: String,
    facts: Vec<(String, String, &'static str)>,
    evidence: Vec<String>,
    curve: Option<Curve>,
    lines: Vec<LineItem>,
    parcels: Vec<ParcelItem>,
    timeline: Vec<Moment>,
    notices: Vec<Said>,
    suppressed: Vec<Held>,
    grants: Vec<GrantItem>,
    reply: String,
    reply_language: &'static str,
    /// Whether the reply names a date that the buyer was not told yet.
    reply_is_news: bool,
    buyer_page: String,
}

struct LineItem {
    title: String,
    sku: String,
    quantity: u32,
    state: String,
    tone: &'static str,
}

struct ParcelItem {
    id: String,
    carrier: String,
    number: String,
    state: String,
    tone: &'static str,
    expected: String,
}

struct Said {
    href: String,
    kind: String,
    state: String,
    tone: &'static str,
    subject: String,
    at: String,
}

struct Held {
    kind: String,
    why: String,
    at: String,
    because: Vec<String>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Path((merchant, order)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let file = find(&console, &visitor, &merchant, &order).await?;
    let t = visitor.speech.clone();
    let mut shell = Shell::new(&visitor, "/orders");
    shell.search.clone_from(&order);
    let status = file.status();
    render(&OrderPage {
        shell,
        status: t.name("status", status.as_str()),
        tone: status_tone(status),
        parked: file.row.parked.as_ref().map(|why| set_aside(why, &t)).unwrap_or_default(),
        desk: on_desk(&file, &visitor),
        outcomes: Outcomes::all(&t),
        note_max: NOTE_CHARS_MAX,
        unpark: format!("{}/unpark", order_path(&merchant, &order)),
        facts: facts(&file, &t),
        evidence: clauses(&because(&file), &t),
        curve: curve(&file, &t),
        lines: lines(&file, &t),
        parcels: parcels(&file, &t),
        timeline: timeline(&file, &t),
        notices: said(&file, &t),
        suppressed: held(&file, &t),
        grants: file.grants.iter().map(|g| GrantItem::new(g, file.notice_state_of(g), &t)).collect(),
        reply: reply(&file),
        reply_language: language_of(&file).own_name(),
        reply_is_news: file.has_news(),
        buyer_page: file.buyer_page.clone(),
        order,
        merchant,
        t,
    })
}

/// The file of an order the visitor may see.
pub(in crate::console) async fn find(
    console: &Console,
    visitor: &Visitor,
    merchant: &str,
    order: &str,
) -> Result<OrderFile, Failure> {
    let ids = MerchantId::new(merchant).ok().zip(OrderId::new(order).ok());
    let (merchant_id, order_id) = ids.ok_or(Failure::NotFound)?;
    let key = OrderKey { merchant_id, order_id };
    let (own, engine, now) = (visitor.own_shop(), Arc::clone(&console.engine), visitor.now);
    let found = console.store.read(move |tx| OrderFile::read(&engine, tx, own.as_ref(), &key, now)).await?;
    found.ok_or(Failure::NotFound)
}

/// Takes an order up again that is set aside. One that still cannot be read stays where it was, with its reason.
pub(in crate::console) async fn unpark(
    State(console): State<Console>,
    Path((merchant, order)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let Order { visitor, .. } = Order::from_request(request, &console).await?;
    match take_up(&console, &visitor, &merchant, &order).await? {
        Ok(_) => Ok(Redirect::to(&order_path(&merchant, &order)).into_response()),
        Err(error) if error.class() == Class::Permanent => Ok(Redirect::to("/orders?view=parked").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Takes an order up again; whether it was set aside, or why it still cannot be read.
pub(in crate::console) async fn take_up(
    console: &Console,
    visitor: &Visitor,
    merchant: &str,
    order: &str,
) -> Result<Result<bool, StoreError>, Failure> {
    let ids = MerchantId::new(merchant).ok().zip(OrderId::new(order).ok());
    let (merchant_id, order_id) = ids.ok_or(Failure::NotFound)?;
    let key = OrderKey { merchant_id, order_id };
    let (engine, now, author) = (Arc::clone(&console.engine), visitor.now, visitor.name.clone());
    Ok(console.store.write(move |tx| engine.unpark(tx, &key, &author, now)).await)
}

fn on_desk(file: &OrderFile, visitor: &Visitor) -> Vec<DeskItem> {
    let open = file.desk.iter().filter(|row| row.closed.is_none()).cloned();
    open.map(|row| DeskItem::new(&DeskLine { row, ship_by: None, quote: None }, visitor)).collect()
}

fn status_tone(status: Status) -> &'static str {
    match status {
        Status::Late | Status::Parked => "bad",
        Status::AtRisk => "warn",
        Status::OnTime | Status::Delivered => "good",
        Status::Shipped => "calm",
        Status::Waiting | Status::Cancelled => "mute",
    }
}

/// Whether the cause says something: that it waits in a queue is no news of an order that is on time.
fn tells_cause(file: &OrderFile) -> bool {
    file.status() != Status::OnTime || file.outlook.finding.as_ref().is_some_and(|f| f.known)
}

fn because(file: &OrderFile) -> Vec<Reason> {
    let told = |reason: &&Reason| tells_cause(file) || !matches!(reason, Reason::Cause { .. });
    file.because.iter().filter(told).cloned().collect()
}

/// The promise to show: the one that counts, and once everything has left the last one that was broken.
fn promise(file: &OrderFile) -> Option<Promise> {
    if file.order.is_open() {
        return file.outlook.promise.clone();
    }
    let late = |line: &Line, at| line.handed_over_at.is_some_and(|left| left > at);
    let broken = |group: &Group| {
        file.order.live_lines().any(|line| group.lines.contains(&line.id) && late(line, group.promise.value))
    };
    let groups = promise::groups(&file.order, &file.policy);
    let last = groups.into_iter().rev().find(broken);
    last.map(|group| group.promise).or_else(|| file.outlook.promise.clone())
}

fn facts(file: &OrderFile, t: &Speech) -> Vec<(String, String, &'static str)> {
    let standing = file.decision.as_ref().map(|d| d.standing.clone()).unwrap_or_default();
    let distance = |at| t.with2("time.with", t.time(&at), t.distance(&at, &file.now));
    let moment = |key: &str, at: Option<_>, tone| at.map(|at| (t.say(key), distance(at), tone));
    // A date that was told is also shown as it was told, on the buyer's clock.
    let told = file.told_date().map(|at| (t.say("field.told"), for_the_buyer(&at, distance(at), &file.zone(), t), ""));
    let promise = promise(file);
    let promise = promise.as_ref();
    let source = promise.map(|p| (t.say("field.promise_source"), t.name("promise", p.source), ""));
    let known = |known: bool| t.say(if known { "cause.known" } else { "cause.inferred" });
    let finding = file.outlook.finding.as_ref().filter(|_| tells_cause(file));
    let cause =
        finding.map(|f| (t.say("field.cause"), format!("{} · {}", t.name("cause", f.cause), known(f.known)), ""));
    let late = matches!(file.status(), Status::Late);
    // Of an order that is late already, the chance to be late says nothing.
    let risk =
        standing.risk.filter(|_| !late).map(|r| (t.say("field.risk"), t.percent(&r), risk_tone(r, &file.policy)));
    let buyer = file.order.buyer.as_ref().map(|b| (t.say("field.buyer"), b.buyer_id.to_string(), ""));
    let chases =
        (file.row.index.chases > 0).then(|| (t.say("field.chases"), file.row.index.chases.to_string(), "warn"));
    let needed = file.outlook.needed.map(|needed| {
        let (answer, tone) = if needed.in_time { ("needed.in_time", "") } else { ("needed.too_late", "bad") };
        (t.say("field.needed_by"), format!("{} · {}", distance(needed.by), t.say(answer)), tone)
    });
    let pending = file.pending().map(|asked| {
        let value = t.with2("talk.pending", distance(asked.at), t.time(&asked.since));
        (t.say("field.proposed"), value, "warn")
    });
    let ask_until = file.ask_until().map(|at| (t.say("field.ask_until"), t.with("talk.until", distance(at)), ""));
    let quote = standing.quote.filter(|at| file.told_date().is_none_or(|told| *at > told));
    let wake_at = file.decision.as_ref().and_then(|d| d.wake_at).filter(|_| file.row.parked.is_none());
    let all = [
        moment("field.ship_by", promise.map(|p| p.value), if late { "bad" } else { "" }),
        source,
        moment("field.postponed", promise.and_then(|p| p.postponed), "warn"),
        pending,
        ask_until,
        needed,
        risk,
        cause,
        told,
        moment("field.quote_now", quote, ""),
        moment("field.p50", file.outlook.by(500_000), ""),
        moment("field.p90", file.outlook.by(900_000), ""),
        buyer,
        chases,
        moment("field.next_look", wake_at, ""),
    ];
    all.into_iter().flatten().collect()
}

fn lines(file: &OrderFile, t: &Speech) -> Vec<LineItem> {
    let item = |l: &forewarn_core::order::Line| {
        let (state, tone) = if l.cancelled_at.is_some() || file.order.cancelled_at.is_some() {
            ("cancelled", "mute")
        } else if l.handed_over_at.is_some() {
            ("shipped", "good")
        } else {
            ("open", "calm")
        };
        LineItem {
            title: l.name().to_owned(),
            sku: l.sku.to_string(),
            quantity: l.quantity,
            state: t.name("line", state),
            tone,
        }
    };
    file.order.lines.iter().map(item).collect()
}

fn parcels(file: &OrderFile, t: &Speech) -> Vec<ParcelItem> {
    let item = |p: &forewarn_core::order::Parcel| {
        let scan = p.last_scan.as_ref();
        let state = match scan {
            _ if p.voided_at.is_some() => t.name("parcel", "voided"),
            Some(scan) => format!("{} · {}", t.name("parcel", scan.state.as_str()), t.time(&scan.at)),
            None => t.say("event.shipped"),
        };
        ParcelItem {
            id: p.id.to_string(),
            carrier: p.carrier.as_ref().map(ToString::to_string).unwrap_or_default(),
            number: p.tracking_number.as_ref().map(ToString::to_string).unwrap_or_default(),
            tone: parcel_tone(p),
            expected: match Arrival::of(p, file.now) {
                Some(Arrival::On(at)) => t.with("order.expected", t.time(&at)),
                Some(Arrival::Open) => t.say("buyer.no_arrival"),
                None => String::new(),
            },
            state,
        }
    };
    file.order.parcels.iter().map(item).collect()
}

fn parcel_tone(p: &forewarn_core::order::Parcel) -> &'static str {
    use forewarn_core::event::ParcelState::{AttemptFailed, Delayed, Exception, Returned, Returning};
    match p.last_scan.as_ref().map(|scan| scan.state) {
        _ if p.voided_at.is_some() => "mute",
        _ if p.delivered_at.is_some() => "good",
        Some(Delayed | AttemptFailed | Exception | Returning | Returned) => "warn",
        _ => "calm",
    }
}

fn said(file: &OrderFile, t: &Speech) -> Vec<Said> {
    let item = |n: &crate::store::port::NoticeRow| Said {
        href: format!("/notices/{}", paging::part(n.notice_id.as_str())),
        kind: kind_name(n, t),
        state: t.name("state", n.state.as_str()),
        tone: state_tone(n.state),
        subject: n.composed.as_ref().map(|c| c.subject.clone()).unwrap_or_default(),
        at: t.time(&n.sent_at.unwrap_or(n.created_at)),
    };
    file.notices.iter().map(item).collect()
}

fn held(file: &OrderFile, t: &Speech) -> Vec<Held> {
    let item = |(kind, why, at, because): &(_, _, _, Vec<Reason>)| Held {
        kind: t.name("kind", kind),
        why: t.name("why", why),
        at: t.time(at),
        because: clauses(because, t),
    };
    file.suppressed.iter().map(item).collect()
}
