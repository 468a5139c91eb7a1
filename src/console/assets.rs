//! Style, script and mark: built in, nothing from elsewhere.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use forewarn_core::digest;

use super::Console;

const STYLE: &str = include_str!("assets/console.css");
const SCRIPT: &str = include_str!("assets/live.js");
const MARK: &str = include_str!("assets/mark.svg");

static VERSION: LazyLock<String> = LazyLock::new(|| digest::of(&[STYLE, SCRIPT, MARK]));

/// Changes when a file changes; pages put it behind the file's name, so that browsers may keep files for good.
pub(super) fn version() -> &'static str {
    VERSION.get(..12).unwrap_or_default()
}

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/assets/console.css", get(async || file("text/css; charset=utf-8", STYLE)))
        .route("/assets/live.js", get(async || file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/assets/mark.svg", get(async || file("image/svg+xml", MARK)))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], text).into_response()
}
