//! What every response carries: what a browser may load, and the reader's choice of language.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::{Console, cookie, language};

/// Only our own files; no inline script or style, no frame around us, no form that leads elsewhere.
const PAGES: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                     frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// A mail shown as its buyer saw it: its own styles, nothing that runs, nothing that loads, only in our own page.
pub(super) const MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
                               frame-ancestors 'self'; base-uri 'none'; sandbox";
/// A year: the choice of a language is no secret and nobody wants to make it twice.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 3_600;

/// Adds the headers a page lacks and keeps the language that `?lang=` chose.
pub(super) async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    let chosen = request.uri().query().and_then(language::in_query);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    put_absent(headers, CONTENT_SECURITY_POLICY, PAGES);
    put_absent(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    put_absent(headers, REFERRER_POLICY, "no-referrer");
    put_absent(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put_absent(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    // Pages hold personal data: neither a proxy nor the browser's disk keeps them.
    put_absent(headers, CACHE_CONTROL, "no-store");
    let kept = chosen.and_then(|l| cookie::write(language::COOKIE, l.tag(), LANGUAGE_SECONDS, console.secure));
    if let Some(kept) = kept {
        headers.append(SET_COOKIE, kept);
    }
    response
}

fn put_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
