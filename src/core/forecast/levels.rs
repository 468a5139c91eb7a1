//! Which quantile to read so that quoted dates are kept as often as they claim.

use serde::{Deserialize, Serialize};

/// The confidences that are watched; between them is interpolated.
pub const WATCHED: [f64; 4] = [0.5, 0.8, 0.9, 0.95];
/// How far one outcome moves a level, as a part of the logarithm of the share left open. Measured on rolling origins:
/// 0.005 to 0.02 keep coverage alike; the smallest widens quotes least.
const STEP: f64 = 0.005;
/// A level moves no further than this: the share left open shrinks to a twentieth at most, and grows by half.
const WIDEST: f64 = -3.0;
const NARROWEST: f64 = 0.4;

/// How far each watched level was moved (adaptive conformal inference: Gibbs and Candès, 2021).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels([f64; WATCHED.len()]);

impl Levels {
    /// Learns whether a date quoted at each watched confidence was kept; `None`: not known, or not new.
    pub(super) fn learn(&mut self, kept: &[Option<bool>]) {
        for ((shift, confidence), kept) in self.0.iter_mut().zip(WATCHED).zip(kept) {
            let Some(kept) = kept else { continue };
            let broken = if *kept { 0.0 } else { 1.0 };
            *shift = (*shift - STEP * (broken - (1.0 - confidence))).clamp(WIDEST, NARROWEST);
        }
        // A higher confidence never reads an earlier quantile, however unlike the outcomes were.
        let mut depth_below = f64::NEG_INFINITY;
        for (shift, confidence) in self.0.iter_mut().zip(WATCHED) {
            *shift = shift.min(depth(confidence) - depth_below);
            depth_below = depth(confidence) - *shift;
        }
    }

    /// The quantile (0 to just below 1) of the forecast that is kept with `confidence` (0-1).
    pub(super) fn quantile(&self, confidence: f64) -> f64 {
        let share_left = (1.0 - confidence).max(1e-6);
        1.0 - (share_left * libm::exp(self.shift(confidence))).clamp(1e-6, 1.0)
    }

    fn shift(&self, confidence: f64) -> f64 {
        let above = WATCHED.iter().position(|watched| confidence <= *watched).unwrap_or(WATCHED.len() - 1);
        let Some(below) = above.checked_sub(1) else { return self.0[0] };
        let (from, to) = (depth(WATCHED[below]), depth(WATCHED[above]));
        let into = ((depth(confidence) - from) / (to - from)).clamp(0.0, 1.0);
        self.0[below] + into * (self.0[above] - self.0[below])
    }
}

/// How deep in the tail a confidence lies.
fn depth(confidence: f64) -> f64 {
    -libm::log((1.0 - confidence).max(1e-6))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_dates_widen_and_kept_ones_narrow_until_as_many_are_kept_as_claimed() {
        let mut levels = Levels::default();
        assert!((levels.quantile(0.9) - 0.9).abs() < 1e-9);
        // A forecast whose 0.95 quantile is kept in nine cases of ten: the level must come to rest near there.
        for n in 0..20_000_u32 {
            let kept =
                f64::from(n.wrapping_mul(2_654_435_761) >> 8) / f64::from(1_u32 << 24) < levels.quantile(0.9) - 0.05;
            levels.learn(&[None, None, Some(kept), None]);
        }
        assert!((levels.quantile(0.9) - 0.95).abs() < 0.01, "{}", levels.quantile(0.9));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn more_confidence_never_reads_an_earlier_quantile(outcomes in prop::collection::vec(any::<[bool; 4]>(), 0..300)) {
            let mut levels = Levels::default();
            for kept in outcomes {
                // A date quoted with more confidence lies later: kept whenever a less confident one was.
                let kept = [kept[0], kept[0] | kept[1], kept[0] | kept[1] | kept[2], kept.contains(&true)];
                levels.learn(&kept.map(Some));
            }
            let read: Vec<f64> = (0..100).map(|n| levels.quantile(f64::from(n) / 100.0)).collect();
            prop_assert!(read.is_sorted(), "{:?}", levels);
        }
    }
}
