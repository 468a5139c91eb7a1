//! The two clocks: the business clock that decides, and the real one that leases and retries run on.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use forewarn_core::{Instant, Span};

/// Tells the time. Leads, quiet hours, caps and expiry read [`Clock::now`]; leases and retries read
/// [`Clock::real_now`].
pub trait Clock: Send + Sync + 'static {
    /// The business time.
    fn now(&self) -> Instant;

    /// The real time.
    fn real_now(&self) -> Instant {
        system_now()
    }

    /// How long in real time a stretch of business time takes.
    fn real(&self, business: Span) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(business.ms()).unwrap_or(0))
    }
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        system_now()
    }
}

/// A clock that starts at a chosen moment and runs many times as fast as the machine's: the demo's days take seconds.
#[derive(Clone, Debug)]
pub struct FastClock {
    start: Instant,
    began: Arc<OnceLock<std::time::Instant>>,
    speed: u32,
}

impl FastClock {
    /// Starts at `start` now and runs `speed` times as fast as real time (at least once).
    pub fn new(start: Instant, speed: u32) -> Self {
        let clock = Self::stopped_at(start, speed);
        clock.go();
        clock
    }

    /// Stands at `start` until [`FastClock::go`], then runs `speed` times as fast as real time (at least once).
    pub fn stopped_at(start: Instant, speed: u32) -> Self {
        Self { start, began: Arc::default(), speed: speed.max(1) }
    }

    /// Lets it run, and every clone of it; a second call changes nothing.
    pub fn go(&self) {
        self.began.get_or_init(std::time::Instant::now);
    }
}

impl Clock for FastClock {
    fn now(&self) -> Instant {
        let elapsed = self.began.get().map_or_else(Default::default, std::time::Instant::elapsed);
        let real = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        self.start + Span::from_ms(real.saturating_mul(i64::from(self.speed)))
    }

    fn real(&self, business: Span) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(business.ms()).unwrap_or(0) / u64::from(self.speed))
    }
}

fn system_now() -> Instant {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Instant::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
