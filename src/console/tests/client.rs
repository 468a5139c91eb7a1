//! A browser without a screen.

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt;

use super::sample::Sample;

/// The host that requests name.
const HERE: &str = "127.0.0.1:8080";

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        self.header(LOCATION)
    }

    /// The cookie pair that was set under `name`.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        let all = self.headers.get_all(SET_COOKIE).iter().map(|v| v.to_str().unwrap());
        all.filter_map(|line| line.split(';').next())
            .find(|pair| pair.starts_with(&format!("{name}=")))
            .map(str::to_owned)
    }

    #[track_caller]
    pub(super) fn shows(&self, text: &str) {
        assert!(self.body.contains(text), "`{text}` is not in the answer ({}):\n{}", self.status, self.body);
    }

    #[track_caller]
    pub(super) fn hides(&self, text: &str) {
        assert!(!self.body.contains(text), "`{text}` is in the answer ({}):\n{}", self.status, self.body);
    }
}

impl Sample {
    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Reply { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Opens a page with a cookie, or none.
    pub(super) async fn get(&self, path: &str, cookie: &str) -> Reply {
        let request = Request::get(path).header(HOST, HERE).header(COOKIE, cookie).header("accept-language", "en");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as the browser would from our own page.
    pub(super) async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from("http://127.0.0.1:8080", path, cookie, fields).await
    }

    /// Sends a form as a browser that asks for no referrer, and says what sort of site it comes from.
    pub(super) async fn post_site(&self, site: &str, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::post(path)
            .header(HOST, HERE)
            .header(ORIGIN, "null")
            .header("sec-fetch-site", site)
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encode(fields))).unwrap()).await
    }

    pub(super) async fn post_from(&self, origin: &str, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, HERE)
            .header(ORIGIN, origin)
            .header(COOKIE, cookie)
            .header("accept-language", "en")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encode(fields))).unwrap()).await
    }

    /// Logs in by the printed address and gives the session's cookie.
    pub(super) async fn log_in(&self, token: &str) -> String {
        let reply = self.get(&format!("/?token={token}"), "").await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/"));
        reply.cookie("forewarn_session").unwrap()
    }

    /// The token that forms of this session carry.
    pub(super) async fn form(&self, cookie: &str) -> String {
        let page = self.get("/", cookie).await.body;
        page.split("name=\"form\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    }
}

pub(super) fn encode(fields: &[(&str, &str)]) -> String {
    let part = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(k, v)| format!("{}={}", part(k), part(v))).collect::<Vec<_>>().join("&")
}
