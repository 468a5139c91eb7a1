//! A waiting-time distribution with one rate per span of shipping time, and other rates from a turning point on.

use super::cells::{CELLS, span};
use super::clock::Clock;
use crate::instant::{Instant, Span};

/// Rates of ending per millisecond of shipping time in each span of a wait; all above 0.
pub(super) type Rates = [f64; CELLS];

/// Chance of handover over time, given that it had not come by `since`.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What turns plain time into the shipping time everything below is kept in.
    clock: Clock,
    /// When the wait began.
    origin: Instant,
    /// Until when it is known to have lasted.
    since: Instant,
    rates: Rates,
    /// From here on the wait counts anew, at these rates.
    turn: Option<(Instant, Rates)>,
}

impl Curve {
    pub(super) fn new(clock: Clock, origin: Instant, since: Instant, rates: Rates) -> Self {
        let (origin, since) = (clock.shipping(origin), clock.shipping(since));
        Self { clock, origin, since: since.max(origin), rates, turn: None }
    }

    /// The same wait, its rates from `at` on replaced by `rates`, counted from there.
    #[must_use]
    pub(super) fn turning(mut self, at: Instant, rates: Rates) -> Self {
        self.turn = Some((self.clock.shipping(at), rates));
        self
    }

    /// The same wait, its rates before the turn changed so that the chance to last until `at` is `share` (above 0).
    #[must_use]
    pub(super) fn lasting(mut self, at: Instant, share: f64) -> Self {
        let hazard = self.hazard(self.since, self.clock.shipping(at));
        if hazard > 0.0 {
            let factor = -libm::log(share) / hazard;
            self.rates.iter_mut().for_each(|rate| *rate *= factor);
        }
        self
    }

    /// The chance within 0-1 that the handover comes after `at`.
    pub fn survival(&self, at: Instant) -> f64 {
        let at = self.clock.shipping(at);
        if at <= self.since {
            return 1.0;
        }
        libm::exp(-self.hazard(self.since, at))
    }

    /// The earliest moment by which the handover has come with chance `share` (0 to just below 1).
    pub fn quantile(&self, share: f64) -> Instant {
        let left = -libm::log(1.0 - share.clamp(0.0, 0.999_999));
        let Some((turn, after)) = &self.turn else {
            return self.clock.plain(reach(&self.rates, self.origin, self.since, left));
        };
        let before = self.hazard(self.since, self.since.max(*turn));
        let at = if left <= before {
            reach(&self.rates, self.origin, self.since, left).min(*turn)
        } else {
            reach(after, *turn, self.since.max(*turn), left - before)
        };
        self.clock.plain(at)
    }

    /// The same wait, known to last until `at` at least.
    #[must_use]
    pub fn beyond(&self, at: Instant) -> Self {
        Self { since: self.since.max(self.clock.shipping(at)), ..self.clone() }
    }

    /// The same wait, its every rate multiplied by `factor` (above 0).
    #[must_use]
    pub fn slowed(mut self, factor: f64) -> Self {
        let after = self.turn.iter_mut().flat_map(|(_, rates)| rates);
        self.rates.iter_mut().chain(after).for_each(|rate| *rate *= factor);
        self
    }

    /// When the shop usually ships.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Expected ends between two moments of shipping time.
    fn hazard(&self, from: Instant, to: Instant) -> f64 {
        let Some((turn, after)) = &self.turn else {
            return expected(&self.rates, from - self.origin, to - self.origin);
        };
        let before = expected(&self.rates, from - self.origin, to.min(*turn) - self.origin);
        before + expected(after, from.max(*turn) - *turn, to - *turn)
    }
}

/// Expected ends of a wait between `from` and `to` after its beginning.
pub(super) fn expected(rates: &Rates, from: Span, to: Span) -> f64 {
    let mut sum = 0.0;
    for (cell, rate) in rates.iter().enumerate() {
        let (start, end) = span(cell);
        let (low, high) = (start.max(from), end.map_or(to, |e| e.min(to)));
        if high > low {
            sum += ms(high - low) * rate;
        }
    }
    sum
}

/// When a wait from `origin` that has lasted until `since` has `left` more expected ends behind it.
fn reach(rates: &Rates, origin: Instant, since: Instant, mut left: f64) -> Instant {
    let known = since - origin;
    for (cell, rate) in rates.iter().enumerate() {
        let (start, end) = span(cell);
        let low = start.max(known);
        if end.is_some_and(|e| e <= low) {
            continue;
        }
        let here = end.map_or(f64::INFINITY, |e| ms(e - low) * rate);
        if left <= here {
            #[expect(clippy::cast_possible_truncation, reason = "bounded by the year below")]
            let into = libm::ceil((left / rate).min(ms(Span::hours(24 * 366)))) as i64;
            return origin + low + Span::from_ms(into);
        }
        left -= here;
    }
    since
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a century are exact in a double")]
fn ms(span: Span) -> f64 {
    span.ms() as f64
}
