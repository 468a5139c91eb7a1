//! `GET /v1/orders/{merchant}/{order}`: cause, honest date and a reply, for a support desk of one's own.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::because::sentences;
use forewarn_core::cause::Cause;
use forewarn_core::need::Needed;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::policy::Ppm;
use forewarn_core::promise::PromiseSource;
use serde::Serialize;

use super::desk;
use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::order::{find, take_up};
use crate::console::story::{OrderFile, language_of, reply};
use crate::console::visitor::{Program, Visitor};
use crate::store::port::{DeskLine, GrantRow, NoticeRow, NoticeState};

#[derive(Serialize)]
struct OrderAnswer {
    merchant_id: String,
    order_id: String,
    at: Instant,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    promise: Option<PromiseAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<Needed>,
    /// The date that will really be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    honest_ship_by: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_ship_by: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<Ppm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forecast: Option<ForecastAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<CauseAnswer>,
    because: Vec<String>,
    sent: Vec<SentAnswer>,
    suppressed: Vec<SuppressedAnswer>,
    grants: Vec<GrantAnswer>,
    /// What was brought to the desk about it, oldest first.
    desk: Vec<desk::Item>,
    reply: ReplyAnswer,
}

#[derive(Serialize)]
struct PromiseAnswer {
    ship_by: Instant,
    source: PromiseSource,
    since: Instant,
    version: u32,
    /// A later time the buyer is being asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<ProposedAnswer>,
    /// Until when the buyer can still be asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask_until: Option<Instant>,
}

#[derive(Serialize)]
struct ProposedAnswer {
    ship_by: Instant,
    since: Instant,
}

#[derive(Serialize)]
struct ForecastAnswer {
    p50: Instant,
    p90: Instant,
}

#[derive(Serialize)]
struct CauseAnswer {
    name: Cause,
    known: bool,
    evidence: String,
}

#[derive(Serialize)]
struct SentAnswer {
    notice_id: String,
    kind: Kind,
    state: NoticeState,
    decided_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_ship_by: Option<Instant>,
}

#[derive(Serialize)]
struct SuppressedAnswer {
    kind: Kind,
    why: Why,
    at: Instant,
    because: Vec<String>,
}

#[derive(Serialize)]
struct GrantAnswer {
    grant_id: String,
    amount: String,
    currency: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Serialize)]
struct ReplyAnswer {
    locale: &'static str,
    text: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    Path((merchant, order)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let file = find(&console, &visitor, &merchant, &order).await?;
    Ok(Json(answer(&file)).into_response())
}

pub(super) async fn unpark(
    State(console): State<Console>,
    Path((merchant, order)): Path<(String, String)>,
    Program(visitor): Program,
) -> Result<Response, Failure> {
    let taken_up = take_up(&console, &visitor, &merchant, &order).await??;
    if taken_up { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(Failure::NotFound) }
}

fn answer(file: &OrderFile) -> OrderAnswer {
    let outlook = &file.outlook;
    let promise = outlook.promise.as_ref();
    let finding = outlook.finding.as_ref();
    OrderAnswer {
        merchant_id: file.order.key.merchant_id.to_string(),
        order_id: file.order.key.order_id.to_string(),
        at: file.now,
        status: file.status().as_str(),
        promise: promise.map(|p| PromiseAnswer {
            ship_by: p.value,
            source: p.source,
            since: p.since,
            version: p.version,
            proposed: file.pending().map(|asked| ProposedAnswer { ship_by: asked.at, since: asked.since }),
            ask_until: file.ask_until(),
        }),
        needed: outlook.needed,
        honest_ship_by: file.honest_date(),
        told_ship_by: file.told_date(),
        risk: file.decision.as_ref().and_then(|d| d.standing.risk),
        forecast: outlook.by(500_000).zip(outlook.by(900_000)).map(|(p50, p90)| ForecastAnswer { p50, p90 }),
        cause: finding.map(|f| CauseAnswer { name: f.cause, known: f.known, evidence: f.evidence.to_string() }),
        because: sentences(&file.because),
        sent: file.notices.iter().map(sent).collect(),
        suppressed: file
            .suppressed
            .iter()
            .map(|(kind, why, at, because)| SuppressedAnswer {
                kind: *kind,
                why: *why,
                at: *at,
                because: sentences(because),
            })
            .collect(),
        grants: file.grants.iter().map(grant).collect(),
        desk: file
            .desk
            .iter()
            .map(|row| desk::item(DeskLine { row: row.clone(), ship_by: None, quote: None }))
            .collect(),
        reply: ReplyAnswer { locale: language_of(file).tag(), text: reply(file) },
    }
}

fn sent(row: &NoticeRow) -> SentAnswer {
    SentAnswer {
        notice_id: row.notice_id.to_string(),
        kind: row.kind,
        state: row.state,
        decided_at: row.created_at,
        sent_at: row.sent_at,
        subject: row.composed.as_ref().map(|c| c.subject.clone()),
        quoted_ship_by: row.composed.as_ref().and_then(|c| c.quoted_ship_by),
    }
}

fn grant(row: &GrantRow) -> GrantAnswer {
    GrantAnswer {
        grant_id: row.grant_id.to_string(),
        amount: row.money.amount_text(),
        currency: row.money.currency.to_string(),
        status: row.status.as_str(),
        why: row.why.clone(),
    }
}
