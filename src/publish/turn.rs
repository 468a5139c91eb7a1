//! Whose turn it is to publish: of all processes on a store one does, so that each message leaves once.
//!
//! The turn is a lease. Whoever dies with it is followed when it has run out, and may have given the broker what it did
//! not mark: then a message leaves twice, under the same id.

use std::time::{Duration, Instant};

use forewarn_core::Span;

use crate::store::{Store, StoreError};

const NAME: &str = "publish";
/// How long a turn lasts unless prolonged: how long nothing is published after its holder died. Our choice.
const LENGTH: Span = Span::from_ms(15_000);
/// When it is prolonged: three tries before it runs out.
const PROLONG: Duration = Duration::from_secs(5);

/// The turn as one process sees it.
pub(super) struct Turn {
    store: Store,
    holder: String,
    prolonged: Option<Instant>,
}

impl Turn {
    pub(super) fn new(store: Store) -> Self {
        // Only told apart from others, never guessed at.
        Self { store, holder: format!("{:032x}", fastrand::u128(..)), prolonged: None }
    }

    /// Whether it is this process's turn; takes it if nobody has it.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn is_ours(&mut self) -> Result<bool, StoreError> {
        if self.prolonged.is_some_and(|at| at.elapsed() < PROLONG) {
            return Ok(true);
        }
        self.prolonged = None;
        let (holder, asked) = (self.holder.clone(), Instant::now());
        let ours = self.store.write(move |tx| tx.lease_take(NAME, &holder, LENGTH)).await?;
        self.prolonged = ours.then_some(asked);
        Ok(ours)
    }

    /// Prolongs the turn for as long as `work` takes.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(PROLONG) => match self.is_ours().await {
                    Ok(true) => {}
                    // What the broker was given cannot be called back.
                    Ok(false) => tracing::warn!("another process publishes now; messages may leave twice"),
                    Err(error) => tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the turn to publish could not be prolonged; trying again"
                    ),
                },
            }
        }
    }

    /// Lets another process publish at once.
    pub(super) async fn give_back(self) {
        let holder = self.holder;
        if let Err(error) = self.store.write(move |tx| tx.lease_release(NAME, &holder)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the turn to publish runs out by itself");
        }
    }
}
