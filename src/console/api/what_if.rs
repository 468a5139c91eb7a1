//! `/v1/what-if`: what a draft of the policy would have done to the orders whose end is known. Operations only.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use forewarn_core::zone::Tongue;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::console::failure::Failure;
use crate::console::visitor::Program;
use crate::console::{Console, Speech};
use crate::policy::{PolicyBook, PolicyProblem};

/// A document of 1 MiB, every character of it escaped.
const BODY_MAX: usize = 2 * 1024 * 1024 + 1024;

/// The route; a policy may be longer than a form.
pub(super) fn route() -> MethodRouter<Console> {
    post(answer).layer(DefaultBodyLimit::max(BODY_MAX))
}

/// A draft to try.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The whole document, as it would be published.
    policy: String,
}

#[derive(Serialize)]
struct Refusal {
    r#type: &'static str,
    title: String,
    status: u16,
    code: &'static str,
    detail: String,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Fault {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    key: String,
    message: String,
    remedy: String,
}

async fn answer(
    State(console): State<Console>,
    Program(visitor): Program,
    Json(asked): Json<Asked>,
) -> Result<Response, Failure> {
    let draft = match PolicyBook::parse(&asked.policy) {
        Ok(draft) => draft,
        Err(problems) => return Ok(refusal(&problems, &visitor.speech)),
    };
    let engine = Arc::clone(&console.engine);
    let found = console.store.read(move |tx| engine.what_if(tx, &draft)).await?;
    Ok(Json(found).into_response())
}

/// Every fault of the draft, as publishing it would name them.
fn refusal(problems: &[PolicyProblem], t: &Speech) -> Response {
    let tongue = if t.is_chinese() { Tongue::Chinese } else { Tongue::English };
    let fault = |problem: &PolicyProblem| Fault {
        line: problem.line,
        key: problem.key.clone(),
        message: problem.message_in(tongue).to_owned(),
        remedy: problem.remedy_in(tongue).to_owned(),
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let body = Refusal {
        r#type: "about:blank",
        title: t.say("failure.bad_policy"),
        status: status.as_u16(),
        code: "bad_policy",
        detail: t.say("failure.bad_policy.text"),
        faults: problems.iter().map(fault).collect(),
    };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
