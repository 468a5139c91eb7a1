//! What a policy would have done to the orders whose end is known, against the one in force.

use forewarn_core::hindsight::{Past, Step, Trial};
use forewarn_core::ids::{Platform, WarehouseId};
use forewarn_core::money::Money;
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, Span};
use serde::Serialize;

use super::Engine;
use crate::policy::PolicyBook;
use crate::store::port::PastMark;
use crate::store::{StoreError, Tx};

/// Most orders a policy is tried on, the newest.
const HISTORY_MAX: usize = 100_000;
/// Orders read at once: a few megabytes.
const PAGE: usize = 5_000;

/// A draft beside the policy in force, on the same orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIf {
    /// Orders with a known end that something had been foretold about: the newest 100,000.
    pub orders: usize,
    /// Those of them that missed ship-by.
    pub missed: usize,
    /// The earliest ship-by among them.
    pub from: Option<Instant>,
    /// The latest one.
    pub until: Option<Instant>,
    /// What the policy in force would have done.
    pub in_force: Tried,
    /// What the draft would have done.
    pub draft: Tried,
    /// The draft with other thresholds in place of its own.
    pub sweep: Vec<WhatIfStep>,
}

/// What one policy would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// Its version.
    pub policy_version: String,
    /// Orders that were open its lead before ship-by.
    pub open_at_lead: usize,
    /// Hours between its lead and the forecasts that were kept nearest to it, in the mean; `None` without orders.
    pub hours_apart: Option<f64>,
    /// Orders whose coupon it refuses because they were paid in another currency.
    pub other_currency: usize,
    /// What its thresholds would have come to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// One threshold in place of the policy's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfStep {
    /// A warning from this chance to miss on (0-1).
    pub risk: Ppm,
    /// What it would have come to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What warning some orders would have come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
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
    /// What the ladder gives with the warnings, by currency; caps over many orders are not counted.
    pub compensation: Vec<Money>,
}

impl From<&Step> for Outcome {
    fn from(step: &Step) -> Self {
        Self {
            warned: step.warned,
            caught: step.caught,
            false_alarms: step.false_alarms(),
            missed: step.missed,
            precision: step.precision(),
            recall: step.recall(),
            compensation: step
                .given
                .iter()
                .map(|(currency, amount)| Money { amount: *amount, currency: *currency })
                .collect(),
        }
    }
}

impl Engine {
    /// Tries `draft` and the policy in force on the newest orders whose end is known. Reads only.
    ///
    /// # Errors
    /// When the store fails, or a row of the history or the policy in force cannot be read.
    pub fn what_if(&self, tx: &mut dyn Tx, draft: &PolicyBook) -> Result<WhatIf, StoreError> {
        let in_force = self.settings(tx)?.policy.clone();
        let mut tally = Tally::default();
        let mut after: Option<PastMark> = None;
        while tally.orders < HISTORY_MAX {
            let page = tx.pasts(after.as_ref(), PAGE.min(HISTORY_MAX - tally.orders))?;
            let Some(last) = page.last() else { break };
            after = Some((last.ship_by, last.key.clone()));
            page.iter().for_each(|past| tally.add(past, &in_force, draft));
        }
        Ok(tally.report(&in_force, draft))
    }
}

#[derive(Default)]
struct Tally {
    orders: usize,
    missed: usize,
    from: Option<Instant>,
    until: Option<Instant>,
    in_force: Trial,
    draft: Trial,
}

impl Tally {
    fn add(&mut self, past: &Past, in_force: &PolicyBook, draft: &PolicyBook) {
        self.orders += 1;
        self.missed += usize::from(past.missed);
        // The newest come first.
        self.until = self.until.or(Some(past.ship_by));
        self.from = Some(past.ship_by);
        let platform = past.platform.as_ref().map(Platform::as_str);
        let warehouse = past.warehouse_id.as_ref().map(WarehouseId::as_str);
        for (trial, book) in [(&mut self.in_force, in_force), (&mut self.draft, draft)] {
            trial.add(past, &book.resolve(platform, past.key.merchant_id.as_str(), warehouse));
        }
    }

    fn report(self, in_force: &PolicyBook, draft: &PolicyBook) -> WhatIf {
        let step = |(risk, step): (Ppm, Step)| WhatIfStep { risk, outcome: Outcome::from(&step) };
        WhatIf {
            orders: self.orders,
            missed: self.missed,
            from: self.from,
            until: self.until,
            in_force: tried(&self.in_force, in_force),
            sweep: self.draft.sweep.steps().into_iter().map(step).collect(),
            draft: tried(&self.draft, draft),
        }
    }
}

fn tried(trial: &Trial, book: &PolicyBook) -> Tried {
    Tried {
        policy_version: book.version().to_owned(),
        open_at_lead: trial.open_at_lead,
        hours_apart: mean_hours(trial.apart, trial.open_at_lead),
        other_currency: trial.other_currency,
        outcome: Outcome::from(&trial.own),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums over 100,000 orders stay far below 2^53")]
fn mean_hours(sum: Span, orders: usize) -> Option<f64> {
    (orders > 0).then(|| sum.ms() as f64 / orders as f64 / Span::hours(1).ms() as f64)
}
