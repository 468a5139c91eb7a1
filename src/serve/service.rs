//! The parts of one process and the loops that keep them going.

use std::sync::Arc;
use std::time::Instant as RealInstant;

use forewarn_core::Instant;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::jobs::{self, Timetable};
use super::pump::{Drive, pump};
use super::{Health, Hold, Role, Roles};
use crate::clock::SharedClock;
use crate::deliver::dispatch::{Delivery, Dispatcher};
use crate::engine::Engine;
use crate::store::{News, Store, StoreError};

/// Orders a sweep wakes in one transaction.
const SWEEP_BATCH: usize = 1_000;
/// Grants a coupon system that answers at once is asked for in one transaction.
const GRANT_BATCH: usize = 500;

/// Says whether intake is fresh enough to send on.
pub type Fresh = Arc<dyn Fn() -> bool + Send + Sync>;

/// What a running service is made of.
#[derive(Clone)]
pub struct Parts {
    /// What must not be forgotten.
    pub store: Store,
    /// What decides.
    pub engine: Arc<Engine>,
    /// The time.
    pub clock: SharedClock,
    /// What sends.
    pub dispatcher: Dispatcher,
    /// Whether intake is fresh.
    pub fresh: Fresh,
    /// What happens while it is not.
    pub hold: Arc<Hold>,
    /// When scheduled jobs run.
    pub timetable: Timetable,
    /// When this process started, in business time.
    pub started_at: Instant,
    /// Whether there is no coupon system and every grant is given at once (demo).
    pub grants_at_once: bool,
    /// Orders looked at in one transaction at most; never changes a result.
    pub wake_batch: usize,
}

/// A service that runs.
pub struct Service {
    tasks: JoinSet<Result<(), StoreError>>,
    /// Rung after events were taken in.
    pub wake_bell: Arc<tokio::sync::Notify>,
}

impl Service {
    /// Starts the loops of `roles`.
    pub fn start(parts: &Parts, roles: &Roles, health: &Health, stop: &CancellationToken) -> Self {
        let mut tasks = JoinSet::new();
        let (wake, deliver) = (Drive::new(stop, health), Drive::new(stop, health));
        let (wake_bell, deliver_bell) = (Arc::clone(&wake.bell), Arc::clone(&deliver.bell));
        if roles.has(Role::Wake) {
            let (parts_, deliver_bell) = (parts.clone(), Arc::clone(&deliver.bell));
            tasks.spawn(pump("wake", wake, move || {
                let (parts, bell) = (parts_.clone(), Arc::clone(&deliver_bell));
                async move { wake_step(&parts, &bell).await }
            }));
            let parts_ = parts.clone();
            tasks.spawn(pump("sweep", Drive::new(stop, health), move || sweep_step(parts_.clone())));
            let (parts_, stop_) = (parts.clone(), stop.clone());
            tasks.spawn(pump("jobs", Drive::new(stop, health), move || jobs_step(parts_.clone(), stop_.clone())));
        }
        if roles.has(Role::Deliver) {
            tasks.spawn(deliver_until_stopped(parts.clone(), deliver, Arc::clone(&wake_bell)));
            let dispatcher = parts.dispatcher.clone();
            tasks.spawn(pump("stranded", Drive::new(stop, health), move || stranded_step(dispatcher.clone())));
        }
        let bells = (Arc::clone(&wake_bell), deliver_bell);
        parts.store.watch(Arc::new(move |news| match news {
            News::Orders => bells.0.notify_one(),
            News::Notices => bells.1.notify_one(),
        }));
        Self { tasks, wake_bell }
    }

    /// Adds a task whose end the service waits for.
    pub fn add(&mut self, task: impl Future<Output = Result<(), StoreError>> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Waits until every loop has finished its step in hand.
    ///
    /// # Errors
    /// The first error that stopped a loop.
    pub async fn drain(mut self) -> Result<(), StoreError> {
        let mut first = Ok(());
        while let Some(result) = self.tasks.join_next().await {
            let result = result.unwrap_or_else(|panic| {
                tracing::error!(error = %panic, "a part of the service panicked");
                Err(StoreError::Stopped)
            });
            first = first.and(result);
        }
        first
    }
}

fn may_pass(parts: &Parts) -> bool {
    parts.hold.lets_pass((parts.fresh)(), RealInstant::now())
}

async fn wake_step(parts: &Parts, deliver: &tokio::sync::Notify) -> Result<bool, StoreError> {
    if !may_pass(parts) {
        return Ok(false);
    }
    let (engine, now) = (Arc::clone(&parts.engine), parts.clock.now());
    let (at_once, batch) = (parts.grants_at_once, parts.wake_batch);
    // A step of its own: learning holds back what other processes have observed, and no order waits behind that.
    let learner = Arc::clone(&parts.engine);
    let learns_on =
        parts.store.write(move |tx| Ok(learner.watch_incidents(tx, now)? | learner.learn(tx, now)?)).await?;
    let woken = parts
        .store
        .write(move |tx| {
            let woken = engine.wake(tx, now, batch)?;
            if at_once {
                engine.grant_at_once(tx, now, GRANT_BATCH)?;
            }
            Ok((woken.orders, woken.enqueued))
        })
        .await?;
    if woken.1 > 0 {
        deliver.notify_one();
    }
    Ok(learns_on || woken.0 == batch)
}

async fn sweep_step(parts: Parts) -> Result<bool, StoreError> {
    let (engine, now) = (Arc::clone(&parts.engine), parts.clock.now());
    parts.store.write(move |tx| engine.sweep(tx, now, SWEEP_BATCH)).await
}

/// Delivers until told to stop, then waits for what is on the wire.
async fn deliver_until_stopped(parts: Parts, drive: Drive, wake: Arc<tokio::sync::Notify>) -> Result<(), StoreError> {
    let bells = (Arc::clone(&drive.bell), Arc::clone(&wake));
    let delivery = parts.dispatcher.clone().start(Arc::new(move || {
        // A free place is for the next message; an order that was told is looked at again.
        bells.0.notify_one();
        bells.1.notify_one();
    }));
    let (running, greeting, stop) = (delivery.clone(), delivery.clone(), drive.stop.clone());
    let ended = pump("deliver", drive, move || {
        let (parts, delivery, wake) = (parts.clone(), delivery.clone(), Arc::clone(&wake));
        async move { deliver_step(&parts, &delivery, &wake).await }
    });
    let greeted = stop.run_until_cancelled_owned(async move { greeting.greet().await });
    let (ended, _) = tokio::join!(ended, greeted);
    running.drain().await;
    ended
}

async fn deliver_step(parts: &Parts, delivery: &Delivery, wake: &tokio::sync::Notify) -> Result<bool, StoreError> {
    if !may_pass(parts) {
        return Ok(false);
    }
    let begun = delivery.step().await?;
    if begun.looked_at > 0 {
        wake.notify_one();
    }
    // With no place free there is nothing to do until one is, and that rings the bell.
    Ok(begun.looked_at > 0)
}

async fn stranded_step(dispatcher: Dispatcher) -> Result<bool, StoreError> {
    Ok(dispatcher.settle_stranded().await? > 0)
}

async fn jobs_step(parts: Parts, stop: CancellationToken) -> Result<bool, StoreError> {
    let fresh = may_pass(&parts);
    jobs::run_due(&parts, fresh, &stop).await
}
