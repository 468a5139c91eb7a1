//! What buyers open from a notice: no log-in, only a signed link.
//!
//! The link is the permission: whoever holds it may do what the notice offered, so these forms need no session and
//! mail services may post to the unsubscribe link by themselves (RFC 8058).

mod event;
mod order;
mod unsubscribe;

use axum::Router;
use axum::routing::get;

use super::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/o/{token}", get(order::page).post(order::answer))
        .route("/u/{token}", get(unsubscribe::page).post(unsubscribe::act))
}
