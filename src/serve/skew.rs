//! How far this machine's clock is off, held against the clocks it can ask.
//!
//! Everything that is sent in time stands on the machine's clock. Nothing here sets it right; it is told, because a clock
//! that is off by an hour sends an hour early or late without any other sign.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forewarn_core::{Instant, Span};
use tokio_util::sync::CancellationToken;

use super::Health;
use crate::clock::{Clock, SharedClock};
use crate::store::{Class, Store, StoreError};

/// How often clocks are compared.
const EVERY: Duration = Duration::from_secs(60);
/// The rest before the store is asked again after it did not answer.
const AGAIN: Duration = Duration::from_secs(5);

/// How far the newest events were written ahead of this machine's clock.
pub type WrittenAhead = Arc<dyn Fn() -> Span + Send + Sync>;

/// How far this machine's clock is ahead of others', in seconds; below 0: behind. `None`: not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Skews {
    /// Of the database server's.
    pub database: Option<f64>,
    /// Of the one that stamps events: never above 0, because an event may have waited for any time.
    pub events: Option<f64>,
}

/// Compares clocks.
pub struct Skew {
    store: Store,
    clock: SharedClock,
    written_ahead: Option<WrittenAhead>,
    limit: Span,
    found: Mutex<Skews>,
}

impl Skew {
    /// Compares `clock` with the store's, if that stands on another machine, and with events, where any are read. More
    /// than `limit` is told to readiness.
    pub fn new(store: Store, clock: SharedClock, written_ahead: Option<WrittenAhead>, limit: Span) -> Self {
        Self { store, clock, written_ahead, limit, found: Mutex::default() }
    }

    /// What was found last.
    pub fn found(&self) -> Skews {
        *self.lock()
    }

    /// Compares at once and then every minute, until told to stop.
    ///
    /// # Errors
    /// When the store cannot be trusted any more.
    pub async fn watch(self: Arc<Self>, health: Health, stop: CancellationToken) -> Result<(), StoreError> {
        while !stop.is_cancelled() {
            let rest = match self.compare().await {
                Ok(()) => EVERY,
                Err(error) if error.class() == Class::Fatal => return Err(error),
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "the store's clock could not be read");
                    AGAIN
                }
            };
            match complaint(self.found(), self.limit) {
                Some(why) => health.waits("clock", &why),
                None => health.works("clock"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
        Ok(())
    }

    async fn compare(&self) -> Result<(), StoreError> {
        self.lock().events = self.written_ahead.as_ref().map(|ahead| -secs(ahead()));
        if self.store.is_shared() {
            let skew = against(&self.store, &*self.clock).await?;
            self.lock().database = Some(secs(skew));
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Skews> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Skew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Skew").field("limit", &self.limit).field("found", &self.found()).finish_non_exhaustive()
    }
}

async fn against(store: &Store, clock: &dyn Clock) -> Result<Span, StoreError> {
    let asked = clock.real_now();
    let theirs = store.read(|tx| tx.store_clock()).await?;
    Ok(ahead(asked, theirs, clock.real_now()))
}

/// By how much our clock is certainly ahead of one that said `theirs` at some moment between `asked` and `answered`;
/// below 0: behind.
fn ahead(asked: Instant, theirs: Instant, answered: Instant) -> Span {
    if asked > theirs {
        asked - theirs
    } else if theirs > answered {
        answered - theirs
    } else {
        Span::default()
    }
}

fn complaint(found: Skews, limit: Span) -> Option<String> {
    let named = [("the database server's", found.database), ("the one that stamps events", found.events)];
    let off = |(whose, ahead): (&str, Option<f64>)| {
        let ahead = ahead.filter(|ahead| ahead.abs() > secs(limit))?;
        let way = if ahead > 0.0 { "ahead of" } else { "behind" };
        Some(format!("this machine's clock is {:.0} s {way} {whose}", ahead.abs()))
    };
    let told: Vec<String> = named.into_iter().filter_map(off).collect();
    let remedy = "see to it that machines keep the time (NTP); above safety.max_clock_skew notices go at wrong times";
    (!told.is_empty()).then(|| format!("{}; {remedy}", told.join(", ")))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of any skew are far below 2^53")]
fn secs(span: Span) -> f64 {
    span.ms() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Instant {
        Instant::from_ms(1_772_409_600_000 + secs * 1_000)
    }

    #[test]
    fn only_what_the_journey_cannot_explain_is_skew() {
        assert_eq!(ahead(at(10), at(11), at(12)), Span::default());
        assert_eq!(ahead(at(100), at(10), at(102)), Span::from_ms(90_000));
        assert_eq!(ahead(at(10), at(100), at(12)), Span::from_ms(-88_000));
    }

    #[test]
    fn each_clock_that_is_off_is_named_with_its_way() {
        let limit = Span::from_ms(30_000);
        assert_eq!(complaint(Skews { database: Some(30.0), events: Some(-30.0) }, limit), None);
        let off = Skews { database: Some(3_600.0), events: Some(-31.0) };
        let told = complaint(off, limit).expect("both are off");
        for part in ["3600 s ahead of the database server's", "31 s behind the one that stamps events", "NTP"] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[tokio::test]
    async fn events_from_the_future_are_told_to_readiness() {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = crate::store::sqlite::SqliteBackend::open(&folder.path().join("s.db")).expect("a new file");
        let clock: SharedClock = Arc::new(crate::clock::SystemClock);
        let (health, stop) = (Health::default(), CancellationToken::new());
        let ahead: WrittenAhead = Arc::new(|| Span::minutes(10));
        let skew = Arc::new(Skew::new(Store::new(backend), clock, Some(ahead), Span::from_ms(30_000)));
        let watch = tokio::spawn(Arc::clone(&skew).watch(health.clone(), stop.clone()));
        let told = async {
            while health.now().is_ready() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), told).await.expect("it is told at once");
        assert!(health.now().waiting["clock"].contains("600 s behind"), "{:?}", health.now());
        assert_eq!(skew.found(), Skews { database: None, events: Some(-600.0) });
        stop.cancel();
        watch.await.expect("it does not panic").expect("the store answers");
    }
}
