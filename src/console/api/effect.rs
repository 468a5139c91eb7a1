//! `GET /v1/effect`: what warnings are worth.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::policy::Ppm;
use forewarn_core::trial::Arm;
use serde::Serialize;

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::pages::worth::{OVER, share};
use crate::console::visitor::Visitor;
use crate::store::port::TrialSum;

#[derive(Serialize)]
struct Answer {
    since: Instant,
    arms: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    arm: Arm,
    entered: u64,
    ended: u64,
    asked: u64,
    asked_share: Option<Ppm>,
    cancelled: u64,
    cancelled_share: Option<Ppm>,
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Failure> {
    let (own, since) = (visitor.own_shop(), visitor.now - OVER);
    let sums = console.store.read(move |tx| tx.trial_sums(own.as_ref(), since)).await?;
    Ok(Json(Answer { since, arms: sums.into_iter().map(row).collect() }).into_response())
}

fn row((arm, sum): (Arm, TrialSum)) -> Row {
    let TrialSum { entered, ended, asked, cancelled } = sum;
    Row {
        arm,
        entered,
        ended,
        asked,
        asked_share: share(asked, ended),
        cancelled,
        cancelled_share: share(cancelled, ended),
    }
}
