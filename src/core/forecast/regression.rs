//! Recursive Bayesian regression: each outcome moves the weights at once, by as much as they are still unsure.
//!
//! One Newton step a lesson on a Gaussian belief (the extended Kalman filter of logistic and Poisson regression, as
//! in Murphy, Machine Learning, 2012, §18.5.3). It needs no second look at the data and no tuning of a step length.

use serde::{Deserialize, Serialize};

use super::traits::{TRAITS, Traits};
use crate::instant::{Instant, Span};

/// Traits as numbers.
pub(super) type Vector = [f64; TRAITS];

/// Below this a product of chances is taken for this, so that a lesson always weighs something.
const LEAST: f64 = 1e-6;

/// What is believed about the weight of each trait, and how sure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Regression {
    mean: Vector,
    covariance: [Vector; TRAITS],
    /// How much the weights are thought to move in a day: the first, then each other one (variances).
    drift: (f64, f64),
    /// Days since the epoch up to which they have moved.
    day: i64,
    /// Means of the traits seen.
    usual: Vector,
    seen: u64,
}

impl Regression {
    /// A belief that each weight is about `mean`, give or take the square root of its variance.
    pub(super) fn new(mean: Vector, variance: Vector, drift: (f64, f64)) -> Self {
        let mut covariance = [[0.0; TRAITS]; TRAITS];
        for (i, (row, variance)) in covariance.iter_mut().zip(variance).enumerate() {
            row[i] = variance;
        }
        Self { mean, covariance, drift, day: 0, usual: [0.0; TRAITS], seen: 0 }
    }

    /// The weighted sum of `traits`.
    pub(super) fn sum(&self, traits: &Vector) -> f64 {
        dot(&self.mean, traits)
    }

    /// By how much each trait moves the sum away from where the usual order has it; nothing does before the first.
    pub(super) fn shares(&self, traits: &Vector) -> Vector {
        let mut shares = [0.0; TRAITS];
        if self.seen == 0 {
            return shares;
        }
        for (i, share) in shares.iter_mut().enumerate() {
            *share = self.mean[i] * (traits[i] - self.usual[i]);
        }
        shares
    }

    /// Learns that what has `traits` happened or did not: the sum is the logarithm of its odds.
    pub(super) fn learn_whether(&mut self, traits: Traits, happened: bool, at: Instant) {
        let traits = traits.numbers();
        let chance = logistic(self.sum(&traits));
        let happened = if happened { 1.0 } else { 0.0 };
        self.step(&traits, chance * (1.0 - chance) + LEAST, happened - chance, at);
    }

    /// Learns that what has `traits` happened `times` where `expected` (above 0) times a factor were expected, of
    /// which factor `fading` (0-1) of the sum is the logarithm.
    pub(super) fn learn_how_often(&mut self, traits: Traits, times: f64, expected: f64, fading: f64, at: Instant) {
        let traits = traits.numbers().map(|t| t * fading);
        let expected = expected * libm::exp(self.sum(&traits));
        self.step(&traits, expected.max(LEAST), times - expected, at);
    }

    fn step(&mut self, traits: &Vector, curvature: f64, surprise: f64, at: Instant) {
        self.move_on(at);
        let mut gain = [0.0; TRAITS];
        for (gain, row) in gain.iter_mut().zip(&self.covariance) {
            *gain = dot(row, traits);
        }
        let weight = 1.0 / (1.0 + curvature * dot(traits, &gain));
        for (i, row) in self.covariance.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell -= gain[i] * gain[j] * curvature * weight;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let share = 1.0 / (self.seen as f64 + 1.0);
        for (i, mean) in self.mean.iter_mut().enumerate() {
            *mean += gain[i] * surprise * weight;
            self.usual[i] += (traits[i] - self.usual[i]) * share;
        }
        self.seen += 1;
    }

    /// Shops change: with each day the weights are a little less sure.
    fn move_on(&mut self, at: Instant) {
        let today = at.ms().div_euclid(Span::hours(24).ms());
        if self.day != 0 && today > self.day {
            #[expect(clippy::cast_precision_loss, reason = "days of a century")]
            let days = (today - self.day) as f64;
            for (i, row) in self.covariance.iter_mut().enumerate() {
                row[i] += days * if i == 0 { self.drift.0 } else { self.drift.1 };
            }
        }
        self.day = self.day.max(today);
    }
}

/// The chance whose odds have the logarithm `sum`.
pub(super) fn logistic(sum: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-sum))
}

fn dot(a: &Vector, b: &Vector) -> f64 {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        sum += a * b;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::at;

    fn fresh() -> Regression {
        Regression::new([0.0; TRAITS], [1.0; TRAITS], (0.0, 0.0))
    }

    fn traits(second: f64) -> Traits {
        let mut numbers = [0.0; TRAITS];
        (numbers[0], numbers[1]) = (1.0, second);
        Traits::of(numbers)
    }

    #[test]
    fn what_always_goes_with_an_outcome_comes_to_foretell_it() {
        let mut regression = fresh();
        for n in 0..60 {
            let late = n % 2 == 0;
            regression.learn_whether(traits(if late { 1.0 } else { -1.0 }), late, at(n));
        }
        assert!(logistic(regression.sum(&traits(1.0).numbers())) > 0.9);
        assert!(logistic(regression.sum(&traits(-1.0).numbers())) < 0.1);
        let shares = regression.shares(&traits(1.0).numbers());
        assert!(shares[1] > 1.0 && shares[2].abs() < 1e-9, "{shares:?}");
    }

    #[test]
    fn a_rate_twice_the_expected_is_found() {
        let mut regression = fresh();
        for n in 0..400 {
            regression.learn_how_often(traits(0.0), if n % 2 == 0 { 1.0 } else { 0.0 }, 0.25, 1.0, at(n));
        }
        assert!((libm::exp(regression.sum(&traits(0.0).numbers())) - 2.0).abs() < 0.3);
    }

    #[test]
    fn a_belief_that_drifts_turns_faster_than_one_that_does_not() {
        let turned = |drift: f64| {
            let mut regression = Regression::new([0.0; TRAITS], [1.0; TRAITS], (drift, drift));
            (0..600).for_each(|n| regression.learn_whether(traits(0.0), true, at(n * 24)));
            (600..660).for_each(|n| regression.learn_whether(traits(0.0), false, at(n * 24)));
            regression.sum(&traits(0.0).numbers())
        };
        assert!(turned(0.01) < turned(0.0) - 0.5);
    }
}
