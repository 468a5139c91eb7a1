//! A small set of kept SMTP connections.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

use super::{
    fault::Fault,
    session::{Dialer, Session},
};

/// Keeps up to `size` connections; whoever comes beyond that waits for one.
pub(super) struct Pool {
    dialer: Dialer,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
    idle_timeout: Duration,
}

struct Idle {
    session: Session,
    since: Instant,
}

/// A connection in use. It is closed when dropped, unless it was [kept](Lease::keep).
pub(super) struct Lease<'p> {
    pub(super) session: Session,
    pool: &'p Pool,
    permit: SemaphorePermit<'p>,
}

impl Pool {
    pub(super) fn new(dialer: Dialer, size: usize, idle_timeout: Duration) -> Self {
        Self { dialer, permits: Semaphore::new(size), idle: Mutex::new(Vec::with_capacity(size)), idle_timeout }
    }

    /// A connection ready for MAIL: a kept one that still answers, else a new one.
    pub(super) async fn lease(&self) -> Result<Lease<'_>, Fault> {
        #[expect(clippy::expect_used, reason = "nothing closes this semaphore")]
        let permit = self.permits.acquire().await.expect("the semaphore stays open");
        let session = match self.reuse().await {
            Some(session) => session,
            None => self.dialer.dial().await?,
        };
        Ok(Lease { session, pool: self, permit })
    }

    /// The latest used connection, if it answers. When it does not, the others are likely as dead, and
    /// trying each in turn could cost a time-out apiece; so a new one is opened instead.
    async fn reuse(&self) -> Option<Session> {
        let mut session = self.take_fresh()?;
        match session.reset().await {
            Ok(()) => Some(session),
            Err(fault) => {
                tracing::debug!(?fault, "kept smtp connection is gone, opening another");
                None
            }
        }
    }

    fn take_fresh(&self) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|kept| kept.since.elapsed() < self.idle_timeout);
        idle.pop().map(|kept| kept.session)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// Gives the connection back for the next mail.
    pub(super) fn keep(self) {
        let since = Instant::now();
        self.pool.idle().push(Idle { session: self.session, since });
        // The place is free only once the connection is back, or a waiter would open one too many.
        drop(self.permit);
    }
}
