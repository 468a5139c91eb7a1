//! The report as one page that needs no other file.

use std::fmt::Write as _;

use forewarn_core::zone::Tongue;

use super::Report;
use super::measure::count;
use super::plot::{Axis, Plot, Unit, escaped};
use super::table::{figures, percent};
use super::thresholds::{heads, is_in_force, row};
use super::words::{self, Words};

/// Hours of one bar in the picture of leads.
const LEAD_BAR: f64 = 2.0;
const STYLE: &str = include_str!("page.css");

/// The page.
pub fn page(report: &Report, tongue: Tongue) -> String {
    let w = words::of(tongue);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title><style>{STYLE}</style></head><body><main>\n<h1>{title}</h1>\n",
        w.lang,
        title = escaped(w.title),
    );
    put(&mut html, &numbers(report, w));
    let pictures = [
        (w.chance, w.how_calibration, calibration(report, w)),
        (w.precision, w.how_precision, precision_recall(report, w)),
        (w.thresholds, w.how_sweep, sweep(report, w)),
        (w.date, w.how_coverage, coverage(report, w)),
        (w.lead_given, w.how_lead, leads(report, w)),
    ];
    put(&mut html, "<div class=\"pictures\">");
    for (name, how, picture) in pictures {
        let (name, how) = (escaped(name), escaped(how));
        put(&mut html, &format!("<figure><h2>{name}</h2>{picture}<figcaption>{how}</figcaption></figure>"));
    }
    put(&mut html, "</div>");
    put(&mut html, &thresholds(report, w));
    put(&mut html, &months(report, w));
    put(&mut html, "</main></body></html>");
    html
}

fn numbers(report: &Report, w: &Words) -> String {
    let row = |(name, value): (String, Option<String>)| match value {
        Some(value) => format!("<tr><th>{}</th><td>{}</td></tr>", escaped(&name), escaped(&value)),
        None => format!("<tr><th colspan=\"2\" class=\"head\">{}</th></tr>", escaped(&name)),
    };
    let rows: String = figures(report, w).into_iter().skip(1).map(row).collect();
    let currency = w.other_currency.replace("{0}", &report.other_currency.to_string());
    let note = if report.other_currency > 0 { format!("<p>{}</p>", escaped(&currency)) } else { String::new() };
    format!("<table class=\"figures\">{rows}</table>{note}")
}

const SHARE: Axis<'static> = Axis { name: "", from: 0.0, to: 1.0, unit: Unit::Percent };

fn calibration(report: &Report, w: &Words) -> String {
    let mut plot =
        Plot::new(w.calibration_error, Axis { name: w.foretold, ..SHARE }, Axis { name: w.happened, ..SHARE });
    plot.line("ideal", [(0.0, 0.0), (1.0, 1.0)].into_iter());
    report.at_lead.calibration.iter().for_each(|bin| plot.dot("dot", (bin.foretold, bin.happened), ""));
    plot.finish()
}

fn precision_recall(report: &Report, w: &Words) -> String {
    let mut plot = Plot::new(w.precision, Axis { name: w.recall, ..SHARE }, Axis { name: w.precision, ..SHARE });
    plot.line("curve", report.curve.iter().map(|p| (p.recall, p.precision)));
    let here = report.sweep.iter().find(|step| (step.risk - report.risk).abs() < 1e-9);
    if let Some((recall, precision)) = here.and_then(|step| step.recall.zip(step.precision)) {
        plot.dot("dot", (recall, precision), &format!("{} {}", w.in_force, percent(Some(report.risk))));
    }
    plot.finish()
}

fn sweep(report: &Report, w: &Words) -> String {
    let most = report.sweep.iter().map(|s| s.warned).max().unwrap_or(0).max(1);
    let spent = |thousandths: i64| f64::from(i32::try_from(thousandths / 1_000).unwrap_or(i32::MAX));
    let dearest = report.sweep.iter().map(|s| s.compensation.thousandths()).max().unwrap_or(0);
    let y = Axis { name: w.warned, from: 0.0, to: count(most), unit: Unit::Whole };
    let mut plot = Plot::new(w.thresholds, Axis { name: w.threshold, ..SHARE }, y);
    for step in &report.sweep {
        plot.bar("caught", step.risk, 0.036, (0.0, count(step.caught)));
        plot.bar("false", step.risk, 0.036, (count(step.caught), count(step.warned)));
    }
    if dearest > 0 {
        let scale = count(most) / spent(dearest).max(1.0);
        plot.line("cost", report.sweep.iter().map(|s| (s.risk, spent(s.compensation.thousandths()) * scale)));
    }
    plot.upright("here", report.risk, w.in_force);
    plot.finish()
}

fn coverage(report: &Report, w: &Words) -> String {
    let axis = |name| Axis { name, from: 0.4, to: 1.0, unit: Unit::Percent };
    let mut plot = Plot::new(w.date, axis(w.confidence), axis(w.coverage));
    plot.line("ideal", [(0.4, 0.4), (1.0, 1.0)].into_iter());
    for at in &report.quote.by_confidence {
        let width = format!("{:.0} {}", at.median_width_hours, w.hours);
        plot.dot("dot", (at.confidence, at.coverage), &width);
    }
    plot.finish()
}

fn leads(report: &Report, w: &Words) -> String {
    let bars = (report.lead_hours / LEAD_BAR).ceil().max(1.0);
    let within = |n: f64| {
        let (low, high) = (n * LEAD_BAR, (n + 1.0) * LEAD_BAR);
        report
            .leads_given
            .iter()
            .filter(|lead| (low..high).contains(*lead) || (n + 1.0 >= bars && **lead >= high))
            .count()
    };
    let mut counts = Vec::new();
    let mut n = 0.0;
    while n < bars {
        counts.push((n, count(within(n))));
        n += 1.0;
    }
    let most = counts.iter().map(|(_, c)| *c).fold(1.0, f64::max);
    let x = Axis { name: w.hours, from: 0.0, to: bars * LEAD_BAR, unit: Unit::Whole };
    let mut plot = Plot::new(w.lead_given, x, Axis { name: w.caught, from: 0.0, to: most, unit: Unit::Whole });
    for (n, count) in counts {
        plot.bar("caught", (n + 0.5) * LEAD_BAR, LEAD_BAR * 0.8, (0.0, count));
    }
    plot.finish()
}

fn thresholds(report: &Report, w: &Words) -> String {
    let head: String = heads(w).iter().map(|name| format!("<th>{}</th>", escaped(name))).collect();
    let line = |step: &super::Step| {
        let class = if is_in_force(report, step) { " class=\"here\"" } else { "" };
        format!("<tr{class}>{}</tr>\n", row(report, step).map(|cell| format!("<td>{cell}</td>")).concat())
    };
    let rows: String = report.sweep.iter().map(line).collect();
    format!("<h2>{}</h2><table class=\"sweep\"><tr>{head}</tr>\n{rows}</table>", escaped(w.thresholds))
}

fn months(report: &Report, w: &Words) -> String {
    let row = |m: &super::Month| {
        format!("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", m.month, m.n, percent(Some(m.coverage)))
    };
    let rows: String = report.quote.months.iter().map(row).collect();
    let heads = [w.month, w.of_orders, w.coverage].map(|name| format!("<th>{}</th>", escaped(name))).concat();
    format!("<h2>{}</h2><table class=\"sweep\"><tr>{heads}</tr>\n{rows}</table>", escaped(w.months))
}

fn put(html: &mut String, piece: &str) {
    // Writing into a string cannot fail.
    writeln!(html, "{piece}").unwrap_or_default();
}
