//! The API: what the pages show, for programs, and operations' work on dead letters. Described in `schemas/openapi.yaml`.

mod dead_letters;
mod desk;
mod effect;
mod estimate;
mod expedite;
mod incidents;
mod intake;
mod kept_dates;
mod notices;
mod order;
mod what_if;

use axum::Router;
use axum::routing::{delete, get, post};

use super::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/v1/notices", get(notices::list))
        .route("/v1/notices/{id}/{word}", post(notices::resolve))
        .route("/v1/orders/{merchant}/{order}", get(order::show))
        .route("/v1/orders/{merchant}/{order}/unpark", post(order::unpark))
        .route("/v1/dead-letters", get(dead_letters::list))
        .route("/v1/dead-letters/{number}", get(dead_letters::show).delete(dead_letters::drop))
        .route("/v1/dead-letters/{number}/retry", post(dead_letters::retry))
        .route("/v1/dead-letters/chunks/{deed}", post(dead_letters::chunk))
        .route("/v1/effect", get(effect::show))
        .route("/v1/desk", get(desk::list))
        .route("/v1/desk/{id}/{deed}", post(desk::act))
        .route("/v1/incidents", get(incidents::list))
        .route("/v1/estimate", get(estimate::show))
        .route("/v1/expedite", get(expedite::show))
        .route("/v1/kept-dates", get(kept_dates::show))
        .route("/v1/what-if", what_if::route())
        .route("/v1/intake", get(intake::show))
        .route("/v1/intake/passes", post(intake::pass))
        .route("/v1/intake/passes/{number}", delete(intake::end))
}
