//! The read API: what the pages show, for programs. Described in `schemas/openapi.yaml`.

mod notices;
mod order;

use axum::Router;
use axum::routing::get;

use super::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new().route("/v1/notices", get(notices::list)).route("/v1/orders/{merchant}/{order}", get(order::show))
}
