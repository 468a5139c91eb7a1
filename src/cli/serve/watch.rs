//! What is looked at again and again while the service runs, and told to readiness.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::intake::freshness::{Elsewhere, State};
use crate::intake::kafka::KafkaIntake;
use crate::intake::{Freshness, Guard};
use crate::serve::Health;
use crate::store::{Class, Store, StoreError};

/// How often each thing is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Tells readiness how intake stands, and stops the service when intake cannot go on: it must not look alive while it
/// hears nothing.
pub(super) async fn intake(
    intake: KafkaIntake,
    health: Health,
    freshness: Arc<Freshness>,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    let mut ended = std::pin::pin!(intake.ended());
    let result = loop {
        tokio::select! {
            result = &mut ended => break result,
            () = tokio::time::sleep(LOOK) => tell_freshness(&health, &freshness),
        }
    };
    let Err(error) = result else { return Ok(()) };
    health.waits("intake", &error.to_string());
    tracing::error!(error = &error as &dyn std::error::Error, "stopping: intake cannot go on");
    stop.cancel();
    Err(StoreError::Stopped)
}

pub(super) fn tell_freshness(health: &Health, freshness: &Freshness) {
    match freshness.state() {
        State::Fresh => health.works("intake"),
        State::Starting if freshness.is_away() => {
            health.waits("intake", "the broker does not answer; see kafka.brokers, and whether it runs");
        }
        State::Starting => health.waits("intake", "joining the group and finding its place"),
        State::CatchingUp { .. } => health.waits("intake", "catching up with what came before the start"),
        State::Lagging { .. } => health.waits("intake", "events are older than intake.max_lag; notices are held"),
        State::Stopped { why } => health.waits("intake", &why),
    }
    let missing: Vec<String> = freshness.missing().into_iter().collect();
    if missing.is_empty() {
        health.works("topics");
    } else {
        health.waits("topics", &format!("the broker has no topic {}; make it", missing.join(", ")));
    }
}

/// Tells readiness where intake is stopped because too much of it is poison.
pub(super) async fn guard(guard: Arc<Guard>, health: Health, stop: CancellationToken) -> Result<(), StoreError> {
    while !stop.is_cancelled() {
        let stops = guard.stops();
        if stops.is_empty() {
            health.works("dead letters");
        } else {
            let told = stops.iter().map(|((topic, partition), why)| format!("{topic}/{partition} is stopped: {why}"));
            health.waits("dead letters", &told.collect::<Vec<_>>().join("; "));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    Ok(())
}

/// Asks the store how far all processes have read, and tells readiness why notices are held, if they are.
pub(super) async fn elsewhere(
    elsewhere: Arc<Elsewhere>,
    store: Store,
    health: Health,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    while !stop.is_cancelled() {
        match elsewhere.ask(&store).await {
            Err(error) if error.class() == Class::Fatal => return Err(error),
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the store does not say how far partitions are read"
            ),
            Ok(()) => {}
        }
        match elsewhere.why_held() {
            Some(why) => health.waits("freshness", &why),
            None => health.works("freshness"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    Ok(())
}
