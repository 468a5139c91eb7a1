//! Weighs what is known beside the waits: the chance to miss ship-by, and how long a missed order takes.

use serde::{Deserialize, Serialize};

use super::levels::Levels;
use super::regression::{Regression, Vector, logistic};
use super::traits::{TRAITS, Traits};
use crate::instant::{Instant, Span};

/// The chance to miss is weighed differently so long before ship-by; between two of them both count. The first
/// stands for payment, however early that is. Our choice: policies warn a day before, and the rest is spread around.
const BEFORE: [Span; LANDMARKS - 1] = [Span::hours(48), Span::hours(24), Span::hours(8)];
/// Number of landmarks.
const LANDMARKS: usize = 4;
/// An order that is still open at this landmark or a later one counts as open late.
const OPEN_LATE: u8 = 2;
/// The weights' variance before anything was learned: the constant, what the waits say, each other one; and how much
/// of it comes back in a day. Measured on rolling origins; a factor of three either way changes little.
const VARIANCE: (f64, f64, f64) = (0.5, 0.1, 0.1);
const DRIFT: f64 = 1e-4;
/// The same for how long missed orders take, where only the constant moves much from week to week.
const TAIL_VARIANCE: f64 = 0.01;
const TAIL_DRIFT: (f64, f64) = (1e-3, 1e-5);
/// After so much shipping time past ship-by what was known before it says half as much. Measured: 60 h to never
/// differ by a hundredth in quantile loss.
const TAIL_HALVES: Span = Span::hours(200);
/// Of this form. A stored judge of another form is not read; the weights are learned anew.
const FORM: u32 = 1;

/// The learned weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    form: u32,
    landmarks: [Regression; LANDMARKS],
    tail: Regression,
    levels: Levels,
}

impl Default for Judge {
    fn default() -> Self {
        // Without a lesson the chance is what the waits alone say: the second trait.
        let mut mean = [0.0; TRAITS];
        mean[1] = 1.0;
        let mut variance: Vector = [VARIANCE.2; TRAITS];
        (variance[0], variance[1]) = (VARIANCE.0, VARIANCE.1);
        let landmark = Regression::new(mean, variance, (DRIFT, DRIFT));
        let tail = Regression::new([0.0; TRAITS], [TAIL_VARIANCE; TRAITS], TAIL_DRIFT);
        Self { form: FORM, landmarks: std::array::from_fn(|_| landmark.clone()), tail, levels: Levels::default() }
    }
}

impl Judge {
    /// Whether this program can go on learning it.
    pub fn is_current(&self) -> bool {
        self.form == FORM
    }

    /// The chance within 0-1 to miss, asked `left` before ship-by of an order to which `promised` was given in all,
    /// and by how much each trait moves its log odds away from the usual order's.
    pub(super) fn chance(&self, traits: Traits, left: Span, promised: Span) -> (f64, Vector) {
        let traits = traits.numbers();
        let (mut sum, mut shares) = (0.0, [0.0; TRAITS]);
        for (landmark, weight) in self.landmarks.iter().zip(weights(left, promised)) {
            if weight > 0.0 {
                sum += weight * landmark.sum(&traits);
                let own = landmark.shares(&traits);
                shares.iter_mut().zip(own).for_each(|(share, own)| *share += weight * own);
            }
        }
        (logistic(sum), shares)
    }

    /// By what factor an order with `traits` is handed over faster than usual, so long (shipping time) past ship-by.
    pub(super) fn tail(&self, traits: Traits) -> impl Fn(Span) -> f64 + use<> {
        let sum = self.tail.sum(&traits.numbers());
        move |after| libm::exp(sum * fading(after))
    }

    /// The quantiles to quote at.
    pub(super) fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Learns how an order ended that had `traits` at `landmark`.
    pub(super) fn learn_verdict(&mut self, landmark: u8, traits: Traits, missed: bool, at: Instant) {
        if let Some(regression) = self.landmarks.get_mut(usize::from(landmark)) {
            regression.learn_whether(traits, missed, at);
        }
    }

    /// Learns that an order with `traits` was or was not handed over in a stretch past ship-by in which `expected`
    /// handovers were expected; `middle` of the stretch is counted from ship-by.
    pub(super) fn learn_tail(&mut self, traits: Traits, ended: bool, expected: f64, middle: Span, at: Instant) {
        let times = if ended { 1.0 } else { 0.0 };
        self.tail.learn_how_often(traits, times, expected, fading(middle), at);
    }

    /// Learns whether quoted dates were kept, one for each watched confidence.
    pub(super) fn learn_quotes(&mut self, kept: &[Option<bool>]) {
        self.levels.learn(kept);
    }
}

/// The landmark an order is at that has `left` until ship-by; `None` once that has passed.
pub(super) fn landmark(left: Span) -> Option<u8> {
    let passed = BEFORE.iter().filter(|before| left <= **before).count();
    (left > Span::ZERO).then(|| u8::try_from(passed).unwrap_or(0))
}

/// Whether `landmark` lies within the last day.
pub(super) fn is_late(landmark: u8) -> bool {
    landmark >= OPEN_LATE
}

/// Whether the dates foretold at `landmark` are followed: one set an order is enough, and a day before is when they
/// are told.
pub(super) fn is_followed(landmark: u8) -> bool {
    landmark == OPEN_LATE
}

/// The next landmark after `now` of an order promised for `ship_by`.
pub fn next_landmark(ship_by: Instant, now: Instant) -> Option<Instant> {
    BEFORE.iter().map(|before| ship_by - *before).find(|at| *at > now)
}

/// How much each landmark counts; together 1.
fn weights(left: Span, promised: Span) -> [f64; LANDMARKS] {
    let [far, day, near] = BEFORE;
    let share = |low: Span, high: Span| {
        let width = (high - low).ms().max(Span::hours(1).ms());
        float((left - low).ms().clamp(0, width)) / float(width)
    };
    if left > far {
        let early = share(far, promised);
        [early, 1.0 - early, 0.0, 0.0]
    } else if left > day {
        let early = share(day, far);
        [0.0, early, 1.0 - early, 0.0]
    } else {
        let early = share(near, day);
        [0.0, 0.0, early, 1.0 - early]
    }
}

fn fading(after: Span) -> f64 {
    1.0 / (1.0 + float(after.ms().max(0)) / float(TAIL_HALVES.ms()))
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a century are exact in a double")]
fn float(n: i64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::at;

    #[test]
    fn landmarks_share_the_time_before_ship_by_without_a_step() {
        let promised = Span::hours(100);
        for hour in 1..100 {
            let (now, next) = (weights(Span::hours(hour), promised), weights(Span::hours(hour + 1), promised));
            assert!((now.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{hour}");
            assert!(now.iter().zip(next).all(|(a, b)| (a - b).abs() < 0.07), "{hour}: {now:?} {next:?}");
        }
        assert_eq!(weights(Span::hours(2), Span::hours(2)), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn each_stretch_before_ship_by_has_its_landmark() {
        let all = [100, 48, 30, 24, 9, 8, 1, 0, -5].map(|hours| landmark(Span::hours(hours)));
        assert_eq!(all, [Some(0), Some(1), Some(1), Some(2), Some(2), Some(3), Some(3), None, None]);
        assert_eq!(next_landmark(at(100), at(0)), Some(at(52)));
        assert_eq!(next_landmark(at(100), at(76)), Some(at(92)));
        assert_eq!(next_landmark(at(100), at(92)), None);
    }

    #[test]
    fn before_the_first_lesson_the_waits_alone_speak() {
        let mut numbers = [0.3; TRAITS];
        numbers[1] = 1.0;
        let (chance, shares) = Judge::default().chance(Traits::of(numbers), Span::hours(20), Span::hours(48));
        assert!((chance - logistic(1.0)).abs() < 1e-9);
        assert!(shares.iter().skip(2).all(|share| *share == 0.0));
    }
}
