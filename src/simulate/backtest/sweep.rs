//! What each threshold of risk would have done to the orders scored.

use forewarn_core::hindsight::{self, Sweep};
use forewarn_core::money::{Amount, Currency};
use forewarn_core::policy::Ppm;
use serde::Serialize;

use super::scored::Outcome;

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

/// The sweep over the orders scored; compensation in `currency` is summed up.
pub(super) fn sweep(scored: &[Outcome], currency: Currency) -> Vec<Step> {
    let mut sweep = Sweep::default();
    scored.iter().for_each(|o| sweep.add(o.asked.risk, o.missed, o.asked.coupon));
    let step = |(risk, step): (Ppm, hindsight::Step)| Step {
        risk: risk.as_f64(),
        warned: step.warned,
        caught: step.caught,
        false_alarms: step.false_alarms(),
        missed: step.missed,
        precision: step.precision(),
        recall: step.recall(),
        compensation: step.given.get(&currency).copied().unwrap_or_default(),
    };
    sweep.steps().into_iter().map(step).collect()
}
