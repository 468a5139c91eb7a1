//! The sweep over thresholds as rows of text, for the terminal and the page alike.

use forewarn_core::zone::Tongue;

use super::table::percent;
use super::words::{self, Words};
use super::{Report, Step};

/// What stands above the columns of [`cells`].
pub(super) fn heads(w: &Words) -> [&'static str; 8] {
    [w.threshold, w.warned, w.caught, w.false_alarms, w.missed, w.precision, w.recall, w.cost]
}

/// One threshold, column by column.
pub(super) fn row(report: &Report, step: &Step) -> [String; 8] {
    let counts = [step.warned, step.caught, step.false_alarms, step.missed];
    let given = format!("{} {}", step.compensation, report.currency.as_str());
    cells(step.risk, counts, (step.precision, step.recall), given)
}

/// The same in the language of a reader.
pub(crate) fn heads_in(tongue: Tongue) -> [&'static str; 8] {
    heads(words::of(tongue))
}

/// A threshold (0-1), whom it warned, caught, warned needlessly and missed, precision and recall, and what it gave.
pub(crate) fn cells(
    risk: f64,
    counts: [usize; 4],
    (precision, recall): (Option<f64>, Option<f64>),
    given: String,
) -> [String; 8] {
    let [warned, caught, needless, missed] = counts.map(|n| n.to_string());
    [percent(Some(risk)), warned, caught, needless, missed, percent(precision), percent(recall), given]
}

/// Whether it is the threshold of the policy that was scored.
pub(super) fn is_in_force(report: &Report, step: &Step) -> bool {
    (step.risk - report.risk).abs() < 1e-9
}
