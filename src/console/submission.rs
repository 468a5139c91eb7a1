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
pub(super) struct Submission {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What it says.
    pub(super) fields: Fields,
}

/// A form of operations.
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
        let Submission { visitor, fields } =
            Submission::from_request(Request::from_parts(parts, body), console).await?;
        Ok(Self { visitor, fields })
    }
}

/// Reads a form's fields, whoever sent it.
pub(super) async fn fields(request: Request) -> Result<Fields, Failure> {
    let Form(pairs) =
        Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|_| Failure::BadRequest)?;
    Ok(pairs.into_iter().collect())
}

/// Refuses a form that another site sent.
///
/// `Sec-Fetch-Site` counts where the browser sends it: to `https` and to this machine. Elsewhere `Origin` must name our
/// host; since our pages ask for no referrer, browsers may write `null` there for our own forms too, and then the form's
/// token and the cookie's `SameSite` alone stand guard.
///
/// # Errors
/// [`Failure::Foreign`].
pub(super) fn check_origin(headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let own = match (text(HeaderName::from_static("sec-fetch-site")), text(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, None | Some("null")) => true,
        (None, Some(origin)) => {
            let host = text(HOST).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, named)| named.eq_ignore_ascii_case(host))
        }
    };
    if own { Ok(()) } else { Err(Failure::Foreign) }
}
