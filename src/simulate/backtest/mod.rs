//! How good the forecast was, and what each threshold would have done, on recorded events.
//!
//! The very model the service learns is asked first and learns afterwards. Figures are about orders that were paid and
//! still unshipped at ship-by minus the policy's lead, and whose end the recording holds.

mod measure;
mod page;
mod plot;
mod replay;
mod scored;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod thresholds;
mod words;

use forewarn_core::Instant;
use forewarn_core::hindsight::missed;
use forewarn_core::instant::Span;
use forewarn_core::money::Currency;
use serde::Serialize;

pub use measure::Bin;
pub use page::page;
pub use table::table;
pub(crate) use table::{padded, right};
pub(crate) use thresholds::{cells, heads_in};

use self::measure::{Foretold, Point, count, median};
use self::replay::{CONFIDENCES, Replay};
use self::scored::Outcome;
pub use self::sweep::Step;
use super::Play;
use crate::policy::PolicyBook;

/// Milliseconds of an hour.
const HOUR_MS: f64 = 3_600_000.0;

/// What a recording says about the forecast and the policy.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Orders that were paid and promised, whose end the recording holds.
    pub orders: usize,
    /// Those of them that missed ship-by.
    pub missed: usize,
    /// The score a lead before ship-by.
    pub at_lead: AtLead,
    /// Whether quoted dates were kept.
    pub quote: Quote,
    /// What each threshold would have done.
    pub sweep: Vec<Step>,
    /// When the recording begins and ends.
    pub from: Instant,
    /// Its last event.
    pub until: Instant,
    /// The policy's version.
    pub policy_version: String,
    /// The policy's lead, in hours.
    pub lead_hours: f64,
    /// The policy's threshold of risk.
    pub risk: f64,
    /// The currency of compensation.
    pub currency: Currency,
    /// Orders whose coupon the policy refuses because they were paid in another currency.
    pub other_currency: usize,
    /// Hours between the moment a warning would have been due under the policy and ship-by, for caught misses.
    #[serde(skip)]
    pub leads_given: Vec<f64>,
    #[serde(skip)]
    curve: Vec<Point>,
    #[serde(skip)]
    scored: Vec<Outcome>,
}

/// Figures of the chance to miss; `None` where there were too few orders to say.
#[derive(Debug, Serialize)]
pub struct AtLead {
    /// Orders scored.
    pub n: usize,
    /// Share of them that missed.
    pub base_rate: Option<f64>,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// Brier score.
    pub brier: Option<f64>,
    /// The best precision at a recall of at least a half.
    pub precision_at_recall_0_5: Option<f64>,
    /// The best precision at a recall of at least 0.8.
    pub precision_at_recall_0_8: Option<f64>,
    /// Expected calibration error over ten bins of as many orders.
    pub calibration_error: Option<f64>,
    /// The bins, by foretold chance.
    pub calibration: Vec<Bin>,
}

/// Figures of the quoted date.
#[derive(Debug, Serialize)]
pub struct Quote {
    /// Orders whose quoted date was kept or broken within the recording.
    pub n: usize,
    /// Share of them that kept it.
    pub coverage: Option<f64>,
    /// Middle of the hours from the forecast to the quoted date.
    pub median_width_hours: Option<f64>,
    /// The same month by month of ship-by (UTC), where at least one is known.
    pub months: Vec<Month>,
    /// Coverage and width by confidence.
    pub by_confidence: Vec<Confidence>,
}

/// Quoted dates of one month.
#[derive(Debug, Serialize)]
pub struct Month {
    /// Year and month.
    pub month: String,
    /// Orders whose quoted date was kept or broken.
    pub n: usize,
    /// Share that kept it.
    pub coverage: f64,
}

/// Dates quoted at one confidence.
#[derive(Debug, Serialize)]
pub struct Confidence {
    /// The confidence (0-1).
    pub confidence: f64,
    /// Share that was kept.
    pub coverage: f64,
    /// Middle of the hours to the date.
    pub median_width_hours: f64,
}

/// Plays `play` under `policy` and scores it.
pub fn backtest(play: Play, policy: &PolicyBook) -> Report {
    let from = play.first_at().unwrap_or(Instant::from_ms(0));
    let (ends, until) = Replay::new(policy).run(play);
    let base = policy.base();
    let fates: Vec<bool> = ends
        .iter()
        .filter(|(order, _)| order.paid_at.is_some())
        .filter_map(|(order, _)| {
            let promise = forewarn_core::promise::binding(order, base)?;
            missed(order, promise.value, until)
        })
        .collect();
    let scored: Vec<Outcome> =
        ends.into_iter().filter_map(|(order, scored)| Outcome::of(&order, scored?, until)).collect();
    let foretold: Vec<Foretold> =
        scored.iter().map(|o| Foretold { chance: o.asked.risk.as_f64(), came_true: o.missed }).collect();
    let curve = measure::curve(&foretold);
    Report {
        orders: fates.len(),
        missed: fates.iter().filter(|missed| **missed).count(),
        at_lead: at_lead(&foretold, &curve),
        quote: quote(&scored),
        sweep: sweep::sweep(&scored, base.compensation.currency),
        from,
        until,
        policy_version: policy.version().to_owned(),
        lead_hours: hours(base.lead()),
        risk: base.warn.risk.as_f64(),
        currency: base.compensation.currency,
        other_currency: scored.iter().filter(|o| o.asked.other_currency).count(),
        leads_given: leads_given(&scored),
        curve,
        scored,
    }
}

fn at_lead(foretold: &[Foretold], curve: &[Point]) -> AtLead {
    let calibration = measure::bins(foretold);
    AtLead {
        n: foretold.len(),
        base_rate: measure::mean(foretold.iter().map(|f| if f.came_true { 1.0 } else { 0.0 })),
        auc: measure::auc(foretold),
        average_precision: measure::average_precision(curve),
        brier: measure::brier(foretold),
        precision_at_recall_0_5: measure::precision_at(curve, 0.5),
        precision_at_recall_0_8: measure::precision_at(curve, 0.8),
        calibration_error: measure::calibration_error(&calibration),
        calibration,
    }
}

fn quote(scored: &[Outcome]) -> Quote {
    let known: Vec<(&Outcome, bool)> = scored.iter().filter_map(|o| Some((o, o.kept(o.asked.quote)?))).collect();
    let mut months = std::collections::BTreeMap::<String, Vec<bool>>::new();
    for (outcome, kept) in &known {
        let month = outcome.asked.ship_by.to_string().get(..7).unwrap_or("").to_owned();
        months.entry(month).or_default().push(*kept);
    }
    let at = |(which, confidence): (usize, u32)| {
        let dates = scored.iter().filter_map(|o| {
            let date = *o.asked.quotes.get(which)?;
            Some((hours(date - o.asked.at), o.kept(date)?))
        });
        let (widths, kept): (Vec<f64>, Vec<bool>) = dates.unzip();
        Some(Confidence {
            confidence: f64::from(confidence) / 1e6,
            coverage: share(&kept)?,
            median_width_hours: median(widths)?,
        })
    };
    Quote {
        n: known.len(),
        coverage: share(&known.iter().map(|(_, kept)| *kept).collect::<Vec<_>>()),
        median_width_hours: median(known.iter().map(|(o, _)| hours(o.asked.quote - o.asked.at)).collect()),
        months: months
            .into_iter()
            .filter_map(|(month, kept)| Some(Month { month, n: kept.len(), coverage: share(&kept)? }))
            .collect(),
        by_confidence: CONFIDENCES.into_iter().enumerate().filter_map(at).collect(),
    }
}

/// How long before ship-by the policy would have warned of a miss.
fn leads_given(scored: &[Outcome]) -> Vec<f64> {
    let caught = scored.iter().filter(|o| o.missed).filter_map(|o| Some(hours(o.asked.ship_by - o.warned_at?)));
    caught.collect()
}

/// Share of what is true; `None` of nothing.
fn share(all: &[bool]) -> Option<f64> {
    (!all.is_empty()).then(|| count(all.iter().filter(|x| **x).count()) / count(all.len()))
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a century are exact in a double")]
fn hours(span: Span) -> f64 {
    span.ms() as f64 / HOUR_MS
}

impl Report {
    /// One row an order scored, as CSV with a heading (contract): ids are quoted as they need it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn predictions(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        writeln!(out, "merchant_id,order_id,ship_by,predicted_at,risk,quoted_ship_by,handed_over_at,missed")?;
        for o in &self.scored {
            let asked = &o.asked;
            let (merchant, order) = (field(&o.merchant_id), field(&o.order_id));
            let handed_over = o.handed_over_at.map(|at| at.to_string()).unwrap_or_default();
            let missed = u8::from(o.missed);
            writeln!(
                out,
                "{merchant},{order},{},{},{},{},{handed_over},{missed}",
                asked.ship_by, asked.at, asked.risk, asked.quote
            )?;
        }
        Ok(())
    }
}

/// A field of CSV (RFC 4180): in quotes where it holds what would end it.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
