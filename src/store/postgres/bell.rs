//! News between processes: what one has written, another need not wait to find.
//!
//! A thread of its own listens (`LISTEN`) and tells (`NOTIFY`). Steps only note that there is news; it is told a moment
//! later, once for all of them, because transactions that notify wait for each other at their commit. News may be lost,
//! with the line or the process: whoever listens looks by itself every half second as well.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres::fallible_iterator::FallibleIterator as _;

use super::connection::Connection;
use super::fault;
use super::server::Server;
use super::step::Effects;
use crate::store::handle::{News, Ring};
use crate::store::{Class, StoreError};

/// How long news of this process may wait to be told together with other news.
const TOGETHER: Duration = Duration::from_millis(50);
/// The rest before the line is opened again after it broke.
const REOPEN: Duration = Duration::from_secs(1);
/// All processes listen here; what is said names the schema, because channels are those of the whole database.
const CHANNEL: &str = "forewarn";

/// What the thread shares. It ends a moment after this is dropped, and nobody waits for it: it may be connecting.
#[derive(Debug)]
pub(super) struct Bell(Arc<Shared>);

#[derive(Default)]
struct Shared {
    orders: AtomicBool,
    notices: AtomicBool,
    stopped: AtomicBool,
    ring: Mutex<Option<Ring>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Bell {
    /// Starts the thread.
    pub(super) fn start(server: Server, schema: Arc<str>) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("store-bell".into()).spawn(move || work(&server, &schema, &theirs));
        let started = thread.map_err(|source| StoreError::Database {
            operation: "starting to listen for news",
            remedy: "the system gives no further thread; raise its limit",
            class: Class::Fatal,
            source: Box::new(source),
        });
        started.map(|_| Self(shared))
    }

    /// Notes what a step did, to be told to the others.
    pub(super) fn tell(&self, effects: Effects) {
        if effects.orders {
            self.0.orders.store(true, Ordering::Relaxed);
        }
        if effects.notices {
            self.0.notices.store(true, Ordering::Relaxed);
        }
    }

    /// Calls `ring` at all news from now on.
    pub(super) fn watch(&self, ring: Ring) {
        *self.0.ring.lock().unwrap_or_else(PoisonError::into_inner) = Some(ring);
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn ring(&self, news: News) {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(ring) = ring {
            ring(news);
        }
    }
}

fn work(server: &Server, schema: &str, shared: &Shared) {
    while !shared.is_stopped() {
        let broken = server.connect().and_then(|mut connection| listen(&mut connection, schema, shared));
        if let Err(error) = broken {
            tracing::warn!(error = &error as &dyn std::error::Error, "news from other processes come late");
            let mut left = REOPEN;
            while !left.is_zero() && !shared.is_stopped() {
                std::thread::sleep(TOGETHER.min(left));
                left = left.saturating_sub(TOGETHER);
            }
        }
    }
}

fn listen(connection: &mut Connection, schema: &str, shared: &Shared) -> Result<(), StoreError> {
    let at = fault::at("listening for news");
    connection.batch(&format!("LISTEN {CHANNEL}")).map_err(&at)?;
    // Whatever was said while nobody listened.
    shared.ring(News::Orders);
    shared.ring(News::Notices);
    while !shared.is_stopped() {
        let heard = connection.client().notifications().timeout_iter(TOGETHER).next().map_err(&at)?;
        match heard.as_ref().and_then(|said| said.payload().split_once(' ')) {
            Some(("orders", theirs)) if theirs == schema => shared.ring(News::Orders),
            Some(("notices", theirs)) if theirs == schema => shared.ring(News::Notices),
            _ => {}
        }
        for (news, flag) in [("orders", &shared.orders), ("notices", &shared.notices)] {
            if flag.swap(false, Ordering::Relaxed) {
                let said = format!("{news} {schema}");
                connection.query("SELECT pg_notify($1, $2)", &[&CHANNEL, &said]).map_err(&at)?;
            }
        }
    }
    Ok(())
}
