//! The pages for people: operations and merchants behind an access token, buyers behind a signed link.
//!
//! Everything is rendered here, in the reader's language, and works without scripts. What a visitor may see is
//! decided in two places only: the extractors `Visitor` and `Operations` say who may open a
//! route, and the store's queries take the visitor's shop as a condition.

pub mod access;
mod api;
mod assets;
mod buyer;
mod cookie;
mod failure;
mod headers;
mod keys;
mod language;
mod pages;
mod paging;
mod reasons;
mod remarks;
pub(crate) mod report;
mod shell;
mod speech;
mod story;
mod submission;
#[cfg(test)]
mod tests;
mod visitor;
mod words;
#[cfg(test)]
pub(crate) use words::half_width;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

pub use language::Language;
pub use speech::Speech;

use crate::clock::SharedClock;
use crate::engine::Engine;
use crate::intake::LetterDesk;
use crate::store::Store;
use keys::Keys;

/// Largest form taken, in bytes; the policy's is the longest and stays far below.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// What the pages stand on. Cloning it is cheap.
#[derive(Clone)]
pub struct Console {
    store: Store,
    engine: Arc<Engine>,
    clock: SharedClock,
    keys: Arc<Keys>,
    secure: bool,
}

impl Console {
    /// Pages reached under `public_url` (`https` makes cookies secure), whose sessions are signed with `secret`, at
    /// least 32 random bytes that outlast a restart.
    pub fn new(store: Store, engine: Arc<Engine>, clock: SharedClock, public_url: &str, secret: &[u8]) -> Self {
        let secure = public_url.starts_with("https://");
        Self { store, engine, clock, keys: Arc::new(Keys::new(secret)), secure }
    }

    /// What works on dead letters.
    fn letters(&self) -> LetterDesk {
        let (store, engine, clock) = (self.store.clone(), Arc::clone(&self.engine), Arc::clone(&self.clock));
        LetterDesk { store, engine, clock }
    }
}

/// All routes of the console, the read API and the buyers' pages.
pub fn router(console: Console) -> Router {
    Router::new()
        .merge(staff())
        .merge(api::routes())
        .merge(buyer::routes())
        .merge(assets::routes())
        .layer(middleware::from_fn(failure::render))
        .layer(middleware::from_fn_with_state(console.clone(), headers::guard))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(console)
}

fn staff() -> Router<Console> {
    use pages::{dead_letter, dead_letters, desk, expedite, grants, incident, incidents, login};
    use pages::{notice, notices, order, orders, overview};
    use pages::{policy, stops, suppressed, switches};
    Router::new()
        .route("/login", get(login::form).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/", get(overview::page))
        .route("/live", get(overview::live))
        .route("/notices", get(notices::page))
        .route("/notices/{id}", get(notice::page))
        .route("/notices/{id}/mail", get(notice::mail))
        .route("/notices/{id}/{word}", post(notice::resolve))
        .route("/suppressed", get(suppressed::page))
        .route("/orders", get(orders::page))
        .route("/orders/{merchant}/{order}", get(order::page))
        .route("/expedite", get(expedite::page))
        .route("/desk", get(desk::page))
        .route("/desk/{id}/{deed}", post(desk::act))
        .route("/policy", get(policy::page).post(policy::publish))
        .route("/switches", get(switches::page).post(switches::turn))
        .route("/incidents", get(incidents::page))
        .route("/incidents/{id}", get(incident::page))
        .route("/incidents/{id}/{deed}", post(incident::act))
        .route("/grants/{id}/{answer}", post(grants::decide))
        .route("/orders/{merchant}/{order}/unpark", post(order::unpark))
        .route("/dead-letters", get(dead_letters::page).post(dead_letters::act))
        .route("/dead-letters/{number}", get(dead_letter::page))
        .route("/dead-letters/{number}/{deed}", post(dead_letter::act))
        .route("/intake/passes", post(stops::word))
}
