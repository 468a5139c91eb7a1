//! What thresholds of risk would have done to orders whose end is known.

use std::collections::BTreeMap;

use super::Past;
use crate::instant::Span;
use crate::money::{Amount, Currency, Money};
use crate::policy::{Policy, Ppm};

/// Thresholds of a sweep: multiples of [`APART`].
const THRESHOLDS: std::ops::RangeInclusive<u32> = 1..=19;
/// Between two thresholds, in parts per million.
const APART: u32 = 50_000;

/// What warning some of the orders would have come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Orders that would have been warned.
    pub warned: usize,
    /// Those that missed.
    pub caught: usize,
    /// Misses without a warning.
    pub missed: usize,
    /// What the ladder gives with the warnings, by currency.
    pub given: BTreeMap<Currency, Amount>,
}

impl Step {
    /// Warned orders that were shipped in time after all.
    pub fn false_alarms(&self) -> usize {
        self.warned - self.caught
    }

    /// Caught among the warned; `None` when none was warned.
    pub fn precision(&self) -> Option<f64> {
        share(self.caught, self.warned)
    }

    /// Caught among the misses; `None` when there was none.
    pub fn recall(&self) -> Option<f64> {
        share(self.caught, self.caught + self.missed)
    }

    fn add(&mut self, warned: bool, missed: bool, coupon: Option<Money>) {
        self.warned += usize::from(warned);
        self.caught += usize::from(warned && missed);
        self.missed += usize::from(missed && !warned);
        if let Some(coupon) = coupon.filter(|_| warned) {
            self.give(coupon.currency, coupon.amount);
        }
    }

    fn give(&mut self, currency: Currency, amount: Amount) {
        let sum = self.given.entry(currency).or_default();
        *sum = sum.plus(amount);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of orders stay far below 2^53")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The thresholds from 0.05 to 0.95, with what each would have done.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// What is added to every threshold up to this place.
    within: BTreeMap<u32, Step>,
    missed: usize,
}

impl Sweep {
    /// Takes in an order that was foretold to miss with `risk` and would have been given `coupon` with a warning.
    pub fn add(&mut self, risk: Ppm, missed: bool, coupon: Option<Money>) {
        self.within.entry(risk.ppm() / APART).or_default().add(true, missed, coupon);
        self.missed += usize::from(missed);
    }

    /// Each threshold with what it would have done, ascending.
    pub fn steps(&self) -> Vec<(Ppm, Step)> {
        THRESHOLDS.map(|place| (Ppm::from_ppm(place * APART), self.step(place))).collect()
    }

    fn step(&self, place: u32) -> Step {
        let mut step = Step::default();
        for within in self.within.range(place..).map(|(_, within)| within) {
            step.warned += within.warned;
            step.caught += within.caught;
            within.given.iter().for_each(|(currency, amount)| step.give(*currency, *amount));
        }
        step.missed = self.missed - step.caught;
        step
    }
}

/// One policy document tried on the history, order by order, each under the policy that holds for it.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Orders that were still open a lead before ship-by.
    pub open_at_lead: usize,
    /// What it would have done with its own thresholds.
    pub own: Step,
    /// What it would have done with others in their place.
    pub sweep: Sweep,
    /// Orders whose coupon is refused because they were paid in another currency.
    pub other_currency: usize,
    /// How far the looks that were read lay from the lead, summed up over the orders.
    pub apart: Span,
}

impl Trial {
    /// Takes an order in under `policy`, the one that holds for it. One that had ended before the lead is not scored.
    pub fn add(&mut self, past: &Past, policy: &Policy) {
        let lead = policy.lead();
        let Some(look) = past.look(lead) else { return };
        let offer = past.coupon(look, policy);
        let coupon = offer.as_ref().filter(|offer| offer.why.is_none()).map(|offer| offer.money);
        self.open_at_lead += 1;
        self.other_currency += usize::from(offer.is_some_and(|offer| offer.why == Some("currency")));
        self.apart = self.apart + Span::from_ms((look.left - lead).ms().abs());
        self.own.add(look.risk >= policy.warn.risk, past.missed, coupon);
        self.sweep.add(look.risk, past.missed, coupon);
    }
}
