//! Who may open what: every route under every role.

use axum::http::StatusCode;

use super::sample::{Sample, ZH, key};
use crate::engine::Purpose;

const OK: u16 = 200;
const SEE: u16 = 303;
const NO: u16 = 403;
const GONE: u16 = 404;
const LOGIN: u16 = 303;

struct Route {
    method: &'static str,
    path: String,
    nobody: u16,
    merchant: u16,
    operations: u16,
}

fn route(method: &'static str, path: &str, nobody: u16, merchant: u16, operations: u16) -> Route {
    Route { method, path: path.to_owned(), nobody, merchant, operations }
}

async fn routes(sample: &Sample) -> Vec<Route> {
    let links = &sample.engine.identity().links;
    let buyer = links.to(Purpose::Order, &key(ZH, "QH-1001")).replace("http://127.0.0.1:8080", "");
    let stop = links.to(Purpose::Unsubscribe, &key(ZH, "QH-1001")).replace("http://127.0.0.1:8080", "");
    let notices =
        |shop| sample.store.read(move |tx| tx.notices_of(&key(shop, if shop == ZH { "QH-1001" } else { "NW-2001" })));
    let own = notices(ZH).await.unwrap()[0].notice_id.to_string();
    let foreign = notices("northwind").await.unwrap()[0].notice_id.to_string();
    vec![
        route("GET", "/", LOGIN, OK, OK),
        route("GET", "/live", LOGIN, OK, OK),
        route("GET", "/login", OK, OK, OK),
        route("GET", "/notices", LOGIN, OK, OK),
        route("GET", &format!("/notices/{own}"), LOGIN, OK, OK),
        route("GET", &format!("/notices/{own}/mail"), LOGIN, OK, OK),
        route("GET", &format!("/notices/{foreign}"), LOGIN, GONE, OK),
        route("GET", &format!("/notices/{foreign}/mail"), LOGIN, GONE, OK),
        route("GET", "/notices/ntc_none", LOGIN, GONE, GONE),
        route("GET", "/suppressed", LOGIN, OK, OK),
        route("GET", "/expedite", LOGIN, OK, OK),
        route("GET", "/orders", LOGIN, OK, OK),
        route("GET", "/orders/qinghe-home/QH-1001", LOGIN, OK, OK),
        route("GET", "/orders/northwind/NW-2001", LOGIN, GONE, OK),
        route("GET", "/orders/northwind/none", LOGIN, GONE, GONE),
        route("GET", "/policy", LOGIN, NO, OK),
        route("POST", "/policy", LOGIN, NO, 400),
        route("GET", "/switches", LOGIN, NO, OK),
        route("POST", "/switches", LOGIN, NO, 400),
        route("POST", "/grants/grt_none/approve", LOGIN, NO, SEE),
        route("POST", "/grants/grt_none/refuse", LOGIN, NO, SEE),
        route("POST", "/grants/grt_none/else", LOGIN, NO, GONE),
        route("GET", "/dead-letters", LOGIN, NO, OK),
        route("POST", "/dead-letters", LOGIN, NO, 400),
        route("GET", "/dead-letters/999", LOGIN, NO, GONE),
        route("POST", "/dead-letters/999/retry", LOGIN, NO, SEE),
        route("POST", "/dead-letters/999/drop", LOGIN, NO, SEE),
        route("POST", "/dead-letters/999/else", LOGIN, NO, GONE),
        route("POST", "/intake/passes", LOGIN, NO, 400),
        route("POST", "/orders/qinghe-home/QH-1001/unpark", LOGIN, NO, SEE),
        route("GET", "/v1/dead-letters", 401, NO, OK),
        route("GET", "/v1/dead-letters/999", 401, NO, GONE),
        route("GET", "/v1/intake", 401, NO, OK),
        // A session is not enough where a program changes something: another site could make the browser send it.
        route("POST", "/v1/dead-letters/999/retry", 401, 401, 401),
        route("POST", "/v1/dead-letters/chunks/retry", 401, 401, 401),
        route("POST", "/v1/intake/passes", 401, 401, 401),
        route("POST", "/v1/what-if", 401, 401, 401),
        route("GET", "/v1/effect", 401, OK, OK),
        route("GET", "/v1/expedite", 401, OK, OK),
        route("GET", "/v1/kept-dates", 401, OK, OK),
        route("GET", "/v1/estimate?merchant=qinghe-home&sku=S1", 401, OK, OK),
        route("GET", "/v1/estimate?merchant=northwind&sku=S1", 401, GONE, OK),
        route("POST", "/v1/orders/qinghe-home/QH-1001/unpark", 401, 401, 401),
        route("POST", &format!("/notices/{own}/arrived"), LOGIN, NO, SEE),
        route("POST", &format!("/notices/{own}/else"), LOGIN, NO, GONE),
        route("POST", &format!("/v1/notices/{own}/again"), 401, 401, 401),
        route("GET", "/v1/notices", 401, OK, OK),
        route("GET", "/v1/orders/qinghe-home/QH-1001", 401, OK, OK),
        route("GET", "/v1/orders/northwind/NW-2001", 401, GONE, OK),
        route("GET", &buyer, OK, OK, OK),
        route("GET", &stop, OK, OK, OK),
        route("GET", "/o/made-up.token", GONE, GONE, GONE),
        route("GET", "/u/made-up.token", GONE, GONE, GONE),
        route("GET", "/assets/console.css", OK, OK, OK),
        route("GET", "/assets/live.js", OK, OK, OK),
        route("GET", "/assets/mark.svg", OK, OK, OK),
        route("GET", "/nowhere", GONE, GONE, GONE),
        route("POST", "/logout", LOGIN, SEE, SEE),
    ]
}

/// Of the desk.
fn desk_routes() -> Vec<Route> {
    vec![
        route("GET", "/desk", LOGIN, OK, OK),
        route("GET", "/desk?view=closed", LOGIN, OK, OK),
        route("GET", "/desk?matter=none", LOGIN, 400, 400),
        // A merchant settles the own shop's; of another shop's nobody says whether there is one.
        route("POST", "/desk/dsk_none/take", LOGIN, SEE, SEE),
        route("POST", "/desk/dsk_none/back", LOGIN, SEE, SEE),
        route("POST", "/desk/dsk_none/close", LOGIN, 400, 400),
        route("POST", "/desk/dsk_none/else", LOGIN, GONE, GONE),
        route("GET", "/v1/desk", 401, OK, OK),
        route("POST", "/v1/desk/dsk_none/take", 401, 401, 401),
    ]
}

#[tokio::test]
async fn every_route_opens_to_its_roles_only() {
    let sample = Sample::full().await;
    let merchant = sample.log_in(&sample.merchant).await;
    let operations = sample.log_in(&sample.operations).await;
    for route in desk_routes().into_iter().chain(routes(&sample).await) {
        for (who, cookie, wanted) in [
            ("nobody", "", route.nobody),
            ("merchant", &merchant, route.merchant),
            ("operations", &operations, route.operations),
        ] {
            let reply = if route.method == "GET" {
                sample.get(&route.path, cookie).await
            } else {
                let form = if cookie.is_empty() { String::new() } else { sample.form(cookie).await };
                sample.post(&route.path, cookie, &[("form", &form)]).await
            };
            assert_eq!(reply.status.as_u16(), wanted, "{who}: {} {}", route.method, route.path);
            if wanted == LOGIN && cookie.is_empty() {
                assert!(reply.location().starts_with("/login"), "{} leads to {}", route.path, reply.location());
            }
        }
    }
}

#[tokio::test]
async fn programs_come_in_with_a_bearer_token() {
    let sample = Sample::full().await;
    let ask = async |token: &str| {
        let request = axum::http::Request::get("/v1/notices").header("authorization", format!("Bearer {token}"));
        sample.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let reply = ask(&sample.merchant).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.shows("\"merchant_id\":\"qinghe-home\"");
    reply.hides("northwind");
    let reply = ask("wrong").await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::UNAUTHORIZED, "application/problem+json"));
    reply.shows("\"status\":401");
}

#[tokio::test]
async fn every_answer_carries_the_guarding_headers() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    for path in ["/", "/login", "/nowhere", "/v1/notices", "/assets/live.js", "/o/made-up"] {
        let reply = sample.get(path, &cookie).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        reply.hides(" style=\"");
        reply.hides("<script>");
    }
    let own = sample.store.read(|tx| tx.notices_of(&key(ZH, "QH-1001"))).await.unwrap()[0].notice_id.to_string();
    let mail = sample.get(&format!("/notices/{own}/mail"), &cookie).await;
    assert!(mail.header("content-security-policy").contains("sandbox"));
    assert!(mail.header("content-security-policy").contains("frame-ancestors 'self'"));
}
