//! Schedules in cron's words, computed in UTC from a given moment. The one place that knows the `cron` crate.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use forewarn_core::Instant;

/// When a job runs.
#[derive(Clone, Debug)]
pub(super) struct Schedule(cron::Schedule);

impl Schedule {
    /// Reads six fields: second, minute, hour, day of month, month, day of week, in UTC.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fault = |e: cron::error::Error| format!("`{text}` is not a schedule like `0 30 3 * * *`: {e}");
        cron::Schedule::from_str(text).map(Self).map_err(fault)
    }

    /// The newest run that was due at or before `now`, looked for back to `since`; runs in between were missed and
    /// count as one.
    pub(super) fn last_due(&self, since: Instant, now: Instant) -> Option<Instant> {
        let from = DateTime::<Utc>::from_timestamp_millis(since.ms())?;
        let runs = self.0.after(&from).map(|run| Instant::from_ms(run.timestamp_millis()));
        runs.take_while(|run| *run <= now).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a good instant")
    }

    #[test]
    fn a_run_is_due_from_its_moment_on_and_missed_ones_count_once() {
        let nightly = Schedule::parse("0 30 3 * * *").expect("a good schedule");
        let evening = at("2026-03-01T20:00:00Z");
        assert_eq!(nightly.last_due(evening, at("2026-03-02T03:29:59Z")), None);
        assert_eq!(nightly.last_due(evening, at("2026-03-02T03:30:00Z")), Some(at("2026-03-02T03:30:00Z")));
        assert_eq!(nightly.last_due(evening, at("2026-03-05T12:00:00Z")), Some(at("2026-03-05T03:30:00Z")));
    }

    #[test]
    fn a_bad_schedule_says_what_a_good_one_looks_like() {
        let fault = Schedule::parse("every night").expect_err("not a schedule");
        assert!(fault.contains("0 30 3 * * *"), "{fault}");
    }
}
