//! What each threshold of risk would have done to the orders scored.

use forewarn_core::money::Amount;
use serde::Serialize;

use super::measure::count;
use super::scored::Outcome;

/// Thresholds, in parts per million.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 1..=19;
/// Between two thresholds.
const STEP: u32 = 50_000;

/// One threshold.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// A warning from this chance to miss on (0-1).
    pub risk: f64,
    /// Orders that would have been warned.
    pub warned: usize,
    /// Those that missed.
    pub caught: usize,
    /// Those that were shipped in time after all.
    pub false_alarms: usize,
    /// Misses without a warning.
    pub missed: usize,
    /// Caught among the warned; `None` when none was warned.
    pub precision: Option<f64>,
    /// Caught among the misses; `None` when there was none.
    pub recall: Option<f64>,
    /// What the ladder gives with the warnings; caps by buyer and by day are not counted.
    pub compensation: Amount,
}

pub(super) fn sweep(scored: &[Outcome]) -> Vec<Step> {
    THRESHOLDS.map(|n| step(scored, n * STEP)).collect()
}

fn step(scored: &[Outcome], threshold: u32) -> Step {
    let warned: Vec<&Outcome> = scored.iter().filter(|o| o.asked.risk.ppm() >= threshold).collect();
    let caught = warned.iter().filter(|o| o.missed).count();
    let all = scored.iter().filter(|o| o.missed).count();
    let coupons = warned.iter().filter_map(|o| o.asked.coupon);
    Step {
        risk: f64::from(threshold) / 1e6,
        warned: warned.len(),
        caught,
        false_alarms: warned.len() - caught,
        missed: all - caught,
        precision: (!warned.is_empty()).then(|| count(caught) / count(warned.len())),
        recall: (all > 0).then(|| count(caught) / count(all)),
        compensation: coupons.fold(Amount::ZERO, Amount::plus),
    }
}
