//! A waiting-time distribution with one rate per span of waiting time.

use super::cells::{CELLS, span};
use crate::instant::{Instant, Span};

/// Chance of handover over time, given that it had not come by `since`.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// When the wait began.
    origin: Instant,
    /// Until when it is known to have lasted.
    since: Instant,
    /// Rate of ending per millisecond in each span of waiting time; all above 0.
    rates: [f64; CELLS],
}

impl Curve {
    pub(super) fn new(origin: Instant, since: Instant, rates: [f64; CELLS]) -> Self {
        Self { origin, since: since.max(origin), rates }
    }

    /// The chance within 0-1 that the handover comes after `at`.
    pub fn survival(&self, at: Instant) -> f64 {
        if at <= self.since {
            return 1.0;
        }
        libm::exp(-self.hazard(self.since - self.origin, at - self.origin))
    }

    /// The earliest moment by which the handover has come with chance `share` (0 to just below 1).
    pub fn quantile(&self, share: f64) -> Instant {
        let mut left = -libm::log(1.0 - share.clamp(0.0, 0.999_999));
        let known = self.since - self.origin;
        for (cell, rate) in self.rates.iter().enumerate() {
            let (start, end) = span(cell);
            let low = start.max(known);
            if end.is_some_and(|e| e <= low) {
                continue;
            }
            let here = end.map_or(f64::INFINITY, |e| ms(e - low) * rate);
            if left <= here {
                #[expect(clippy::cast_possible_truncation, reason = "bounded by the year below")]
                let into = (left / rate).min(ms(Span::hours(24 * 366))) as i64;
                return self.origin + low + Span::from_ms(into);
            }
            left -= here;
        }
        self.since
    }

    /// The same wait, known to last until `at` at least.
    #[must_use]
    pub fn beyond(&self, at: Instant) -> Self {
        Self { since: self.since.max(at), ..self.clone() }
    }

    /// The same wait, its every rate multiplied by `factor` (above 0).
    #[must_use]
    pub fn slowed(mut self, factor: f64) -> Self {
        for rate in &mut self.rates {
            *rate *= factor;
        }
        self
    }

    fn hazard(&self, from: Span, to: Span) -> f64 {
        let mut sum = 0.0;
        for (cell, rate) in self.rates.iter().enumerate() {
            let (start, end) = span(cell);
            let (low, high) = (start.max(from), end.map_or(to, |e| e.min(to)));
            if high > low {
                sum += ms(high - low) * rate;
            }
        }
        sum
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a century are exact in a double")]
fn ms(span: Span) -> f64 {
    span.ms() as f64
}
