//! What is answered when something is not to be had: a page for people, `problem+json` for programs.

use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use forewarn_core::zone::Zone;
use serde::Serialize;

use super::{Language, Speech, assets};
use crate::store::{Class, StoreError};

/// Why a request is not answered as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nobody is signed in.
    SignIn,
    /// The visitor may not do this.
    Forbidden,
    /// A form without its token, or from another site.
    Foreign,
    /// There is no such thing, or the visitor may not know of it.
    NotFound,
    /// The request makes no sense.
    BadRequest,
    /// A field of a filter cannot be read; its label by its key in words.
    BadField(&'static str),
    /// The store cannot answer now; a later try may succeed.
    Busy,
    /// A fault in the program or its data.
    Broken,
}

impl Failure {
    fn status(self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Foreign => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest | Self::BadField(_) => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Forbidden => "forbidden",
            Self::Foreign => "foreign",
            Self::NotFound => "not_found",
            Self::BadRequest | Self::BadField(_) => "bad_request",
            Self::Busy => "busy",
            Self::Broken => "broken",
        }
    }

    /// What it is called and what to do about it, where `name` is what it is called in words.
    fn said(self, name: &str, t: &Speech) -> (String, String) {
        match self {
            Self::BadField(label) => (t.say("failure.bad_field"), t.with("failure.bad_field.text", t.say(label))),
            _ => (t.name("failure", name), t.name("failure", format!("{name}.text"))),
        }
    }

    fn of(response: &Response) -> Self {
        let marked = response.extensions().get::<Self>().copied();
        marked.unwrap_or_else(|| match response.status() {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy,
            status if status.is_client_error() => Self::BadRequest,
            _ => Self::Broken,
        })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "a page could not be read or written");
        if error.class() == Class::Permanent { Self::Broken } else { Self::Busy }
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(error = %error, "a page could not be rendered");
        Self::Broken
    }
}

impl IntoResponse for Failure {
    /// Only a mark; [`render`] knows the reader and writes the page.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    t: Speech,
    version: &'static str,
    title: String,
    text: String,
    buyer: bool,
    /// The list whose filter was wrong; empty elsewhere.
    list: String,
}

#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: String,
    status: u16,
    code: &'static str,
    detail: String,
}

/// Gives every bare error a body in the form and language of its reader.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let target = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let language = Language::asked(request.uri().query(), request.headers()).unwrap_or(Language::English);
    let is_get = request.method() == axum::http::Method::GET;
    let response = next.run(request).await;
    let bare = response.headers().get(CONTENT_TYPE).is_none_or(|t| t.as_bytes().starts_with(b"text/plain"));
    if !bare || !(response.status().is_client_error() || response.status().is_server_error()) {
        return response;
    }
    let failure = Failure::of(&response);
    let t = Speech::new(language, Zone::default());
    let mut rendered = if path.starts_with("/v1/") {
        problem(failure, response.status(), &t)
    } else if failure == Failure::SignIn {
        return to_login(if is_get { &target } else { "/" });
    } else {
        page(failure, response.status(), t, &path)
    };
    if failure == Failure::Busy {
        rendered.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    rendered
}

fn to_login(target: &str) -> Response {
    let next = percent_encoding::utf8_percent_encode(target, percent_encoding::NON_ALPHANUMERIC);
    Redirect::to(&format!("/login?next={next}")).into_response()
}

fn problem(failure: Failure, status: StatusCode, t: &Speech) -> Response {
    let (title, detail) = failure.said(failure.name(), t);
    let body = Problem { r#type: "about:blank", title, status: status.as_u16(), code: failure.name(), detail };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"forewarn\"");
        response.headers_mut().insert(axum::http::header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn page(failure: Failure, status: StatusCode, t: Speech, path: &str) -> Response {
    let buyer = path.starts_with("/o/") || path.starts_with("/u/");
    // A buyer comes by a link alone.
    let name = if buyer && failure == Failure::NotFound { "link" } else { failure.name() };
    let (title, text) = failure.said(name, &t);
    let list = if matches!(failure, Failure::BadField(_)) { path.to_owned() } else { String::new() };
    let page = FailurePage { version: assets::version(), title, text, buyer, list, t };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => status.into_response(),
    }
}
