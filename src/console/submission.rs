//! Forms that change something: sent from our own page, by whom it was shown to, with the token it was given.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};

use super::Console;
use super::cookie;
use super::failure::Failure;
use super::visitor::{Operations, SESSION, Visitor};

/// Fields of a form; of a name that comes twice the last value counts.
pub(super) type Fields = BTreeMap<String, String>;

/// A form of a signed-in visitor.
#[derive(Debug)]
pub(super) struct Submission {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What it says.
    pub(super) fields: Fields,
}

/// A form of operations.
#[derive(Debug)]
pub(super) struct Order {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What it says.
    pub(super) fields: Fields,
}

impl FromRequest<Console> for Submission {
    type Rejection = Failure;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visitor = <Visitor as FromRequestParts<Console>>::from_request_parts(&mut parts, console).await?;
        check_origin(&parts.headers)?;
        let session = cookie::read(&parts.headers, SESSION).map(str::to_owned).ok_or(Failure::Foreign)?;
        let fields = fields(Request::from_parts(parts, body)).await?;
        let token = fields.get("form").map_or("", String::as_str);
        if !console.keys.is_form(&session, token) {
            return Err(Failure::Foreign);
        }
        Ok(Self { visitor, fields })
    }
}

impl FromRequest<Console> for Order {
    type Rejection = Failure;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        // Before the body is read: who may not, need not be listened to.
        <Operations as FromRequestParts<Console>>::from_request_parts(&mut parts, console).await?;
        let Submission { visitor, fields } = Submission::from_request(Request::from_parts(parts, body), console).await?;
        Ok(Self { visitor, fields })
    }
}

/// Reads a form's fields, whoever sent it.
pub(super) async fn fields(request: Request) -> Result<Fields, Failure> {
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|_| Failure::BadRequest)?;
    Ok(pairs.into_iter().collect())
}

/// Refuses a form that another site sent. Browsers say where a form comes from; one that says nothing at all is a
/// program, which has no session to misuse.
///
/// # Errors
/// [`Failure::Foreign`].
pub(super) fn check_origin(headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let same_site = site.is_none_or(|s| matches!(s, "same-origin" | "none"));
    let same_host = match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host)),
        (Some(_), None) => false,
        (None, _) => true,
    };
    if same_site && same_host { Ok(()) } else { Err(Failure::Foreign) }
}
