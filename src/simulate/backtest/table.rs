//! The report as text for a terminal.

use std::fmt::Write as _;

use forewarn_core::zone::Tongue;

use super::Report;
use super::thresholds::{heads, is_in_force, row};
use super::words::{self, Words};

/// Cells of a terminal a heading takes; a Chinese character takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// `text` and blanks up to so many cells of a terminal.
pub(crate) fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// The same, the blanks first.
pub(crate) fn right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// The figures as a table people read.
pub fn table(report: &Report, tongue: Tongue) -> String {
    let w = words::of(tongue);
    let mut text = String::new();
    for (name, value) in figures(report, w) {
        match value {
            Some(value) => line(&mut text, &format!("  {} {value}", padded(&name, 46))),
            None => line(&mut text, &format!("\n{name}")),
        }
    }
    line(&mut text, &format!("\n{}", w.thresholds));
    line(&mut text, &heads(w).iter().map(|head| right(head, 12)).collect::<String>());
    for step in &report.sweep {
        let here = if is_in_force(report, step) { format!("  ← {}", w.in_force) } else { String::new() };
        line(&mut text, &format!("{}{here}", row(report, step).iter().map(|cell| right(cell, 12)).collect::<String>()));
    }
    if report.other_currency > 0 {
        line(&mut text, &w.other_currency.replace("{0}", &report.other_currency.to_string()));
    }
    text
}

/// Names and values of the plain figures; a name without a value heads the ones that follow.
pub(super) fn figures(report: &Report, w: &Words) -> Vec<(String, Option<String>)> {
    let (at_lead, quote) = (&report.at_lead, &report.quote);
    let number = |value: Option<f64>| value.map_or_else(|| w.too_few.to_owned(), |v| format!("{v:.4}"));
    let of = |n: usize, name: &str| (name.to_owned(), Some(n.to_string()));
    let lead = format!("{:.0}", report.lead_hours);
    let missed = at_lead.base_rate.map(|rate| rate * super::measure::count(at_lead.n));
    let width = quote.median_width_hours.map_or_else(|| w.too_few.to_owned(), |v| format!("{v:.1} {}", w.hours));
    vec![
        (w.title.to_owned(), None),
        (w.span.to_owned(), Some(format!("{} – {}", report.from, report.until))),
        of(report.orders, w.orders),
        of(report.missed, w.orders_missed),
        of(at_lead.n, &w.scored.replace("{0}", &lead)),
        (w.scored_missed.to_owned(), Some(format!("{:.0} ({})", missed.unwrap_or(0.0), percent(at_lead.base_rate)))),
        (w.chance.to_owned(), None),
        (w.auc.to_owned(), Some(number(at_lead.auc))),
        (w.average_precision.to_owned(), Some(number(at_lead.average_precision))),
        (w.brier.to_owned(), Some(number(at_lead.brier))),
        (w.calibration_error.to_owned(), Some(number(at_lead.calibration_error))),
        (w.precision_at_half.to_owned(), Some(percent(at_lead.precision_at_recall_0_5))),
        (w.precision_at_most.to_owned(), Some(percent(at_lead.precision_at_recall_0_8))),
        (w.date.to_owned(), None),
        (w.coverage.to_owned(), Some(format!("{} ({} {})", percent(quote.coverage), quote.n, w.of_orders))),
        (w.width.to_owned(), Some(width)),
    ]
}

/// A share as a person reads it.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1}%", share * 100.0))
}

fn line(text: &mut String, line: &str) {
    // Writing into a string cannot fail.
    writeln!(text, "{}", line.trim_end()).unwrap_or_default();
}
