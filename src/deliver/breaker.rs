//! The circuit breaker of a way out: one that fails again and again is left alone until a single probe succeeds.
//!
//! A state machine and nothing else: it is told what happened and when, and says whether the next may go. What counts
//! as a failure is the way's own, such as a lost connection or a wrong password; a refused recipient is none.

use std::time::{Duration, Instant};

/// Failures in a row that open it. Our choice: one lost connection is common, five in a row are not chance.
const FAILURES: u32 = 5;
/// The wait before the first probe, doubled after each that fails up to [`PROBE_MAX`]. Our choice: a restarted server
/// is back within half a minute, and a probe costs the other side one connection.
const PROBE: Duration = Duration::from_secs(30);
/// The longest wait between two probes; so long mail waits at most once the other side is back.
const PROBE_MAX: Duration = Duration::from_secs(300);

/// How long a greeting may take before a message is sent as a probe all the same. Our choice: a refusal comes within
/// milliseconds, and a server that is slower than this may be slow for greetings only.
const GREETING: Duration = Duration::from_secs(1);

/// What an attempt shows about the way it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The other side answers for this message, whatever it says.
    Works,
    /// The way itself failed.
    Fails,
    /// Neither: too busy, or nothing was heard of the attempt.
    Nothing,
}

/// A change that people want to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It opened: the way is left alone.
    Opened,
    /// It closed: the way works again.
    Closed,
}

/// The breaker of one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker(State);

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Messages go.
    Closed { failures: u32 },
    /// None goes before `probe_at`; then one does.
    Open { probe_at: Instant, wait: Duration },
    /// One is on its way.
    Probing { wait: Duration },
}

impl Default for Breaker {
    fn default() -> Self {
        Self(State::Closed { failures: 0 })
    }
}

impl Breaker {
    /// A breaker that was open before a restart: one probe may go at once.
    pub fn opened(now: Instant) -> Self {
        Self(State::Open { probe_at: now, wait: PROBE })
    }

    /// Whether the way is left alone.
    pub fn is_open(&self) -> bool {
        !matches!(self.0, State::Closed { .. })
    }

    /// How long a message has to wait at `now`; `None`: it may go.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        match self.0 {
            State::Closed { .. } => None,
            State::Open { probe_at, .. } => {
                Some(probe_at.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
            }
            State::Probing { wait } => Some(wait),
        }
    }

    /// The way was greeted without a message at `now`; if that failed, it is greeted again after `wait`. Until then and a
    /// moment longer no message has to find out what the greeting will show.
    pub fn greeted(&mut self, shows: Shows, wait: Duration, now: Instant) -> Option<Change> {
        let next = now + wait + GREETING;
        match (&mut self.0, shows) {
            (_, Shows::Works) => self.end(Shows::Works, now),
            (State::Closed { .. }, Shows::Fails) => {
                self.0 = State::Open { probe_at: next, wait: PROBE };
                Some(Change::Opened)
            }
            (State::Open { probe_at, .. }, Shows::Fails) => {
                *probe_at = next.max(*probe_at);
                None
            }
            (State::Probing { .. }, Shows::Fails) | (_, Shows::Nothing) => None,
        }
    }

    /// A message goes; one that goes while it is open is the probe.
    pub fn begin(&mut self) {
        if let State::Open { wait, .. } = self.0 {
            self.0 = State::Probing { wait };
        }
    }

    /// An attempt ended at `now`.
    pub fn end(&mut self, shows: Shows, now: Instant) -> Option<Change> {
        match (&mut self.0, shows) {
            (State::Closed { failures }, Shows::Works) => *failures = 0,
            (State::Closed { failures }, Shows::Fails) => {
                *failures += 1;
                if *failures >= FAILURES {
                    self.0 = State::Open { probe_at: now + PROBE, wait: PROBE };
                    return Some(Change::Opened);
                }
            }
            // Also one that left before it opened and was slow: the way works.
            (State::Open { .. } | State::Probing { .. }, Shows::Works) => {
                *self = Self::default();
                return Some(Change::Closed);
            }
            (State::Probing { wait }, Shows::Fails) => {
                let wait = (*wait * 2).min(PROBE_MAX);
                self.0 = State::Open { probe_at: now + wait, wait };
            }
            (State::Probing { wait }, Shows::Nothing) => self.0 = State::Open { probe_at: now + *wait, wait: *wait },
            (State::Closed { .. }, Shows::Nothing) | (State::Open { .. }, _) => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(times: u32, now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..times {
            breaker.begin();
            breaker.end(Shows::Fails, now);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_any_answer_starts_the_count_anew() {
        let now = Instant::now();
        let mut breaker = failing(FAILURES - 1, now);
        assert_eq!(breaker.end(Shows::Nothing, now), None);
        assert_eq!(breaker.end(Shows::Works, now), None);
        for _ in 1..FAILURES {
            assert_eq!(breaker.end(Shows::Fails, now), None);
        }
        assert_eq!((breaker.wait(now), breaker.is_open()), (None, false));
        assert_eq!(breaker.end(Shows::Fails, now), Some(Change::Opened));
        assert_eq!((breaker.wait(now), breaker.is_open()), (Some(PROBE), true));
    }

    #[test]
    fn a_single_probe_goes_and_its_success_closes_it() {
        let now = Instant::now();
        let mut breaker = failing(FAILURES, now);
        let later = now + PROBE;
        assert_eq!(breaker.wait(later - Duration::from_millis(1)), Some(Duration::from_millis(1)));
        assert_eq!(breaker.wait(later), None);
        breaker.begin();
        assert!(breaker.wait(later).is_some(), "one probe is enough");
        assert_eq!(breaker.end(Shows::Works, later), Some(Change::Closed));
        assert_eq!((breaker.wait(later), breaker.is_open()), (None, false));
    }

    #[test]
    fn probes_that_fail_come_ever_more_seldom() {
        let mut now = Instant::now();
        let mut breaker = failing(FAILURES, now);
        let mut waits = Vec::new();
        for _ in 0..6 {
            let wait = breaker.wait(now).expect("it is open");
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(breaker.wait(now), None);
            breaker.begin();
            assert_eq!(breaker.end(Shows::Fails, now), None);
        }
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
    }

    #[test]
    fn a_probe_that_shows_nothing_is_made_again_after_the_same_wait() {
        let now = Instant::now();
        let mut breaker = failing(FAILURES, now);
        breaker.begin();
        assert_eq!(breaker.end(Shows::Nothing, now), None);
        assert_eq!(breaker.wait(now), Some(PROBE));
    }

    #[test]
    fn attempts_that_left_before_it_opened_close_it_or_change_nothing() {
        let now = Instant::now();
        let mut breaker = failing(FAILURES, now);
        let open = breaker.clone();
        assert_eq!(breaker.end(Shows::Fails, now + PROBE / 2), None);
        assert_eq!(breaker, open, "the probe does not move away");
        assert_eq!(breaker.end(Shows::Works, now + PROBE / 2), Some(Change::Closed));
    }

    #[test]
    fn a_greeting_that_fails_opens_it_and_puts_probes_off_until_the_next() {
        let (now, wait) = (Instant::now(), Duration::from_secs(4));
        let mut breaker = Breaker::default();
        assert_eq!(breaker.greeted(Shows::Nothing, wait, now), None);
        assert!(!breaker.is_open(), "a busy server is there");
        assert_eq!(breaker.greeted(Shows::Fails, wait, now), Some(Change::Opened));
        assert_eq!(breaker.wait(now), Some(wait + GREETING));
        let later = now + wait;
        assert_eq!(breaker.greeted(Shows::Fails, wait * 2, later), None);
        assert_eq!(breaker.wait(later), Some(wait * 2 + GREETING));
        assert_eq!(breaker.greeted(Shows::Works, wait, later), Some(Change::Closed));
        assert_eq!((breaker.wait(later), breaker.is_open()), (None, false));
        assert_eq!(breaker.greeted(Shows::Works, wait, later), None);
    }

    #[test]
    fn a_greeting_neither_hastens_a_probe_nor_judges_one_under_way() {
        let now = Instant::now();
        let mut breaker = failing(FAILURES, now);
        assert_eq!(breaker.greeted(Shows::Fails, Duration::ZERO, now), None);
        assert_eq!(breaker.wait(now), Some(PROBE));
        breaker.begin();
        assert_eq!(breaker.greeted(Shows::Fails, Duration::ZERO, now), None);
        assert_eq!(breaker.end(Shows::Works, now), Some(Change::Closed));
    }

    #[test]
    fn after_a_restart_an_open_one_probes_at_once() {
        let now = Instant::now();
        let mut breaker = Breaker::opened(now);
        assert_eq!(breaker.wait(now), None);
        breaker.begin();
        assert!(breaker.wait(now).is_some());
        assert_eq!(breaker.end(Shows::Works, now), Some(Change::Closed));
    }
}
