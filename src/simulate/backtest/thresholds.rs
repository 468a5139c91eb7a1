//! The sweep over thresholds as rows of text, for the terminal and the page alike.

use super::table::percent;
use super::words::Words;
use super::{Report, Step};

/// What stands above the columns of [`row`].
pub(super) fn heads(w: &Words) -> [&'static str; 8] {
    [w.threshold, w.warned, w.caught, w.false_alarms, w.missed, w.precision, w.recall, w.cost]
}

/// One threshold, column by column.
pub(super) fn row(report: &Report, step: &Step) -> [String; 8] {
    [
        percent(Some(step.risk)),
        step.warned.to_string(),
        step.caught.to_string(),
        step.false_alarms.to_string(),
        step.missed.to_string(),
        percent(step.precision),
        percent(step.recall),
        format!("{} {}", step.compensation, report.currency.as_str()),
    ]
}

/// Whether it is the threshold of the policy that was scored.
pub(super) fn is_in_force(report: &Report, step: &Step) -> bool {
    (step.risk - report.risk).abs() < 1e-9
}
