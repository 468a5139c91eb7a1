//! `/v1/incidents`: incidents that go on or are held, and those that are over, with how their orders stand.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::cause::Cause;
use forewarn_core::event::Scope;
use forewarn_core::ids::ConditionId;
use forewarn_core::incident::{Incident, Origin};
use serde::Serialize;

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::incidents::{self, Summed};
use crate::console::visitor::Visitor;
use crate::store::Tx;
use crate::store::port::IncidentSum;

#[derive(Serialize)]
struct Answer {
    live: Vec<Line>,
    over: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    incident_id: String,
    scope: Scope,
    cause: Cause,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_id: Option<ConditionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Crowd>,
    since: Instant,
    opened_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Instant>,
    state: &'static str,
    sentences: BTreeMap<String, String>,
    orders: u64,
    open: u64,
    told: u64,
    held: u64,
}

/// What made a cluster one.
#[derive(Serialize)]
struct Crowd {
    orders: u64,
    usual: u64,
}

impl Line {
    fn new((incident, sum): Summed) -> Self {
        let state = incident.handling.as_str();
        let Incident { id, origin, scope, cause, since, opened_at, ended_at, sentences, .. } = incident;
        let (condition_id, cluster) = match origin {
            Origin::Condition(id) => (Some(id), None),
            Origin::Cluster { orders, usual } => (None, Some(Crowd { orders, usual })),
        };
        let IncidentSum { orders, open, told, held, .. } = sum;
        let incident_id = id.to_string();
        Self {
            incident_id,
            scope,
            cause,
            condition_id,
            cluster,
            since,
            opened_at,
            ended_at,
            state,
            sentences,
            orders,
            open,
            told,
            held,
        }
    }
}

pub(super) async fn list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Failure> {
    let own = visitor.own_shop();
    let step = move |tx: &mut dyn Tx| Ok((incidents::live(tx, own.as_ref())?, incidents::over(tx, own.as_ref())?));
    let (live, over) = console.store.read(step).await?;
    let lines = |all: Vec<Summed>| all.into_iter().map(Line::new).collect();
    Ok(Json(Answer { live: lines(live), over: lines(over) }).into_response())
}
