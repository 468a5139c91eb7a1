//! In and out.

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use forewarn_core::zone::Zone;
use serde::Deserialize;

use crate::console::failure::Failure;
use crate::console::keys::SESSION as LENGTH;
use crate::console::shell::{Choice, languages, page};
use crate::console::submission::{Submission, check_origin, fields};
use crate::console::visitor::SESSION;
use crate::console::{Console, Language, Speech, access, assets, cookie};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    t: Speech,
    version: &'static str,
    languages: Vec<Choice>,
    next: String,
    wrong: bool,
}

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    next: String,
}

pub(in crate::console) async fn form(Query(asked): Query<Asked>, request: Request) -> Result<Response, Failure> {
    let language = Language::asked(request.uri().query(), request.headers()).unwrap_or(Language::English);
    page(&login_page(language, own_path(&asked.next), false))
}

pub(in crate::console) async fn enter(State(console): State<Console>, request: Request) -> Result<Response, Failure> {
    check_origin(request.headers())?;
    let language = Language::asked(request.uri().query(), request.headers()).unwrap_or(Language::English);
    let mut fields = fields(request).await?;
    let next = own_path(&fields.remove("next").unwrap_or_default());
    let token = fields.remove("token").unwrap_or_default();
    match start_session(&console, token.trim()).await? {
        Some(cookie) => Ok((cookie, Redirect::to(&next)).into_response()),
        None => {
            let html = login_page(language, next, true).render()?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
        }
    }
}

/// Ends the session of this browser.
pub(in crate::console) async fn leave(State(console): State<Console>, _sent: Submission) -> Response {
    let mut headers = HeaderMap::new();
    headers.extend(cookie::write(SESSION, "", 0, console.secure).map(|c| (SET_COOKIE, c)));
    (headers, Redirect::to("/login")).into_response()
}

/// The cookie of a new session, if the token opens anything.
pub(in crate::console) async fn start_session(console: &Console, token: &str) -> Result<Option<HeaderMap>, Failure> {
    let hash = access::hash(token);
    let wanted = hash.clone();
    let known = console.store.read(move |tx| Ok(tx.access_list()?.iter().any(|a| a.token_hash == wanted))).await?;
    if !known {
        return Ok(None);
    }
    let session = console.keys.session(&hash, console.clock.real_now());
    let cookie = cookie::write(SESSION, &session, LENGTH.ms() / 1_000, console.secure);
    Ok(cookie.map(|c| HeaderMap::from_iter([(SET_COOKIE, c)])))
}

fn login_page(language: Language, next: String, wrong: bool) -> LoginPage {
    let target = crate::console::paging::link("/login", &[("next", &next)]);
    let t = Speech::new(language, Zone::default());
    LoginPage { version: assets::version(), languages: languages(language, &target), t, next, wrong }
}

/// Only a path of our own: never another site, however it is written.
fn own_path(next: &str) -> String {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    let token = next.contains("token=");
    if plain && !token && !next.starts_with("/login") { next.to_owned() } else { "/".into() }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        assert_eq!(own_path("/orders?q=1"), "/orders?q=1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/login?next=/", "/?token=x"]
        {
            assert_eq!(own_path(elsewhere), "/");
        }
    }
}
