//! Whose turn it is: of all processes on a store one does a piece of work, so that it is done once.
//!
//! The turn is a lease. Whoever dies with it is followed when it has run out, and may have done what it did not mark:
//! then that is done twice, under the same id.

use std::time::{Duration, Instant};

use forewarn_core::Span;

use super::{Store, StoreError};

/// How long a turn lasts unless prolonged: how long the work rests after its holder died. Our choice.
const LENGTH: Span = Span::from_ms(15_000);
/// When it is prolonged: three tries before it runs out.
const PROLONG: Duration = Duration::from_secs(5);

/// The turn as one process sees it.
pub(crate) struct Turn {
    store: Store,
    work: String,
    holder: String,
    prolonged: Option<Instant>,
}

impl Turn {
    /// The turn at `work`, which nobody has asked for yet.
    pub(crate) fn at(work: impl Into<String>, store: Store) -> Self {
        // Only told apart from others, never guessed at.
        Self { store, work: work.into(), holder: format!("{:032x}", fastrand::u128(..)), prolonged: None }
    }

    /// Whether it is this process's turn; takes it if nobody has it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn is_ours(&mut self) -> Result<bool, StoreError> {
        if self.prolonged.is_some_and(|at| at.elapsed() < PROLONG) {
            return Ok(true);
        }
        self.prolonged = None;
        let (work, holder, asked) = (self.work.clone(), self.holder.clone(), Instant::now());
        let ours = self.store.write(move |tx| tx.lease_take(&work, &holder, LENGTH)).await?;
        self.prolonged = ours.then_some(asked);
        Ok(ours)
    }

    /// Prolongs the turn for as long as `work` takes.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(PROLONG) => match self.is_ours().await {
                    Ok(true) => {}
                    // What has left cannot be called back.
                    Ok(false) => tracing::warn!(work = self.work, "another process does this now; it may be done twice"),
                    Err(error) => tracing::warn!(
                        work = self.work,
                        error = &error as &dyn std::error::Error,
                        "a turn could not be prolonged; trying again"
                    ),
                },
            }
        }
    }

    /// Lets another process go on at once.
    pub(crate) async fn give_back(self) {
        let Self { store, work, holder, .. } = self;
        if let Err(error) = store.write(move |tx| tx.lease_release(&work, &holder)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a turn runs out by itself");
        }
    }
}
