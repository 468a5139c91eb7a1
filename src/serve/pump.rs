//! Runs one step over and over: at once while there is work, else when told or when a while has passed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Health;
use crate::store::{Class, StoreError};

/// The longest rest between two looks: a pause or a new policy must act within a second.
const REST: Duration = Duration::from_millis(500);
/// The rest after a passing error, doubled each time up to [`BACK_OFF_MAX`].
const BACK_OFF: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(10);

/// What keeps a pump going and stops it.
#[derive(Clone)]
pub(super) struct Drive {
    pub(super) stop: CancellationToken,
    pub(super) health: Health,
    /// Rung when there may be work.
    pub(super) bell: Arc<Notify>,
}

impl Drive {
    pub(super) fn new(stop: &CancellationToken, health: &Health) -> Self {
        Self { stop: stop.clone(), health: health.clone(), bell: Arc::new(Notify::new()) }
    }
}

/// Runs `step` until told to stop. `step` says whether there is more to do at once. A passing error is waited out;
/// one that means the store cannot be trusted stops the whole service.
pub(super) async fn pump<F, Fut>(part: &'static str, drive: Drive, mut step: F) -> Result<(), StoreError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<bool, StoreError>>,
{
    let mut back_off = BACK_OFF;
    while !drive.stop.is_cancelled() {
        let rest = match step().await {
            Ok(more) => {
                drive.health.works(part);
                back_off = BACK_OFF;
                if more { Duration::ZERO } else { REST }
            }
            Err(error) if error.class() == Class::Fatal => {
                drive.health.waits(part, &error.to_string());
                tracing::error!(
                    part,
                    error = &error as &dyn std::error::Error,
                    "stopping: the store cannot be trusted"
                );
                drive.stop.cancel();
                return Err(error);
            }
            Err(error) => {
                drive.health.waits(part, &error.to_string());
                tracing::warn!(part, error = &error as &dyn std::error::Error, "step failed; trying again");
                back_off = (back_off * 2).min(BACK_OFF_MAX);
                back_off
            }
        };
        if rest.is_zero() {
            tokio::task::yield_now().await;
            continue;
        }
        tokio::select! {
            () = drive.stop.cancelled() => {}
            () = drive.bell.notified() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
    Ok(())
}
