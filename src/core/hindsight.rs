//! What was foretold about orders whose end is known by now, and what a policy would have done with it.
//!
//! While an order is open its forecast is kept at a few moments before ship-by ([`Foretold`]). Once it is known whether
//! ship-by was kept, both together are one piece of history ([`Past`]), and any policy can be tried on it ([`Trial`])
//! without asking the forecast again. The score is the backtest's: whom a threshold would have warned a lead before
//! ship-by, among orders that were still open then.

mod past;
mod sweep;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::decide::Assessment;
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::Ppm;

pub use past::Past;
pub use sweep::{Step, Sweep, Trial};

/// The delay a warning would have told is kept at these confidences; between them is interpolated. A policy may ask for
/// 0.5 to 0.99.
pub const CONFIDENCES: [Ppm; 5] = [
    Ppm::from_ppm(500_000),
    Ppm::from_ppm(800_000),
    Ppm::from_ppm(900_000),
    Ppm::from_ppm(950_000),
    Ppm::from_ppm(990_000),
];
/// The first look at an order within each of these spans before ship-by is kept, and the first one within the policy's
/// lead. Our choice: leads that shops choose, each some half of the one before.
const BEFORE: [Span; 6] =
    [Span::hours(72), Span::hours(48), Span::hours(36), Span::hours(24), Span::hours(12), Span::hours(6)];
/// Most looks kept of one order. Each span gives one, payment one, the lead one; the rest is for a lead that changes.
const LOOKS_MAX: usize = 12;

/// What was foretold about one order at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Look {
    /// How long before ship-by.
    pub left: Span,
    /// The chance to miss it.
    pub risk: Ppm,
    /// The cause a warning would have named.
    pub cause: Cause,
    /// How much later than ship-by the date lay that a warning would have told, at each of [`CONFIDENCES`].
    pub delays: [Span; CONFIDENCES.len()],
}

/// As it is kept: every open order carries a few of these.
#[derive(Serialize, Deserialize)]
struct Kept(i64, u32, Cause, [i64; CONFIDENCES.len()]);

impl From<Kept> for Look {
    fn from(Kept(left, risk, cause, delays): Kept) -> Self {
        Self { left: Span::from_ms(left), risk: Ppm::from_ppm(risk), cause, delays: delays.map(Span::from_ms) }
    }
}

impl From<Look> for Kept {
    fn from(look: Look) -> Self {
        Self(look.left.ms(), look.risk.ppm(), look.cause, look.delays.map(Span::ms))
    }
}

impl Look {
    /// What `assessment`, made at `now`, says about its promise; `None` without a promise or a forecast.
    pub fn of(assessment: &Assessment, now: Instant) -> Option<Self> {
        let ship_by = assessment.promise.as_ref()?.value;
        assessment.prediction.as_ref()?;
        let delay = |confidence| assessment.delay_past(ship_by, confidence).unwrap_or(Span::ZERO);
        Some(Self {
            left: ship_by - now,
            risk: assessment.risk?,
            cause: assessment.finding.cause,
            delays: CONFIDENCES.map(delay),
        })
    }

    /// The delay a warning would have told at `confidence`: exact at each of [`CONFIDENCES`], else between the two
    /// around it in proportion.
    pub fn delay(&self, confidence: Ppm) -> Span {
        let above = CONFIDENCES.iter().position(|kept| confidence <= *kept).unwrap_or(CONFIDENCES.len() - 1);
        let Some(below) = above.checked_sub(1) else { return self.delays[0] };
        let [from, to, asked] = [CONFIDENCES[below], CONFIDENCES[above], confidence].map(|c| i64::from(c.ppm()));
        let width = self.delays[above] - self.delays[below];
        let into = i128::from(width.ms()) * i128::from(asked.min(to) - from) / i128::from(to - from);
        self.delays[below] + Span::from_ms(i64::try_from(into).unwrap_or(0))
    }
}

/// What was foretold about an order that has not ended, at most twelve looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Foretold {
    #[serde(skip_serializing_if = "Option::is_none")]
    ship_by_ms: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    looks: Vec<Look>,
    /// Whether it is known to have missed ship-by while it is still open.
    #[serde(skip_serializing_if = "is_not")]
    missed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_not(flag: &bool) -> bool {
    !*flag
}

impl Foretold {
    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Keeps what `assessment` of `order` says at `now`, at the first look within each span before ship-by and within
    /// `lead`. Another promised time voids what was foretold for the one before. A promise that is for a part of what
    /// is open has no one end and is not kept.
    pub fn note(&mut self, order: &Order, assessment: &Assessment, lead: Span, now: Instant) {
        let Some(ship_by) = assessment.promise.as_ref().map(|p| p.value) else { return };
        let whole = assessment.is_open() && assessment.open_lines.len() == order.open_lines().count();
        // The first promise that came to its end is the one that counts.
        if self.missed || !whole || now >= ship_by {
            return;
        }
        if self.ship_by_ms != Some(ship_by.ms()) {
            *self = Self { ship_by_ms: Some(ship_by.ms()), ..Self::default() };
        }
        let place = |left: Span| (BEFORE.iter().filter(|span| left <= **span).count(), left <= lead);
        let is_new = self.looks.last().is_none_or(|last| place(last.left) != place(ship_by - now));
        if is_new && self.looks.len() < LOOKS_MAX {
            self.looks.extend(Look::of(assessment, now));
        }
    }

    /// What became of it, where that is known at `now` and was not given before. It is given again when an order that
    /// is past ship-by ends, and then nothing is kept any more.
    pub fn settle(&mut self, order: &Order, now: Instant) -> Option<Past> {
        let ship_by = Instant::from_ms(self.ship_by_ms?);
        let ended_at = end_of(order).map(|(at, _)| at).filter(|at| *at <= now);
        let outcome = missed(order, ship_by, now).filter(|_| ended_at.is_some() || !self.missed);
        let looks = match (ended_at, outcome) {
            (Some(_), _) => std::mem::take(self).looks,
            (None, Some(_)) => self.looks.clone(),
            (None, None) => return None,
        };
        let missed = outcome?;
        self.missed = ended_at.is_none();
        (!looks.is_empty()).then(|| Past::new(order, ship_by, looks, missed, ended_at))
    }
}

/// When the last line was handed over, or the last was cancelled, and whether it was the former.
fn end_of(order: &Order) -> Option<(Instant, bool)> {
    let shipped = order.handed_over_at().map(|at| (at, true));
    let last_cancelled = || order.lines.iter().filter_map(|l| l.cancelled_at).max().filter(|_| !order.is_open());
    shipped.or_else(|| order.cancelled_at.or_else(last_cancelled).map(|at| (at, false)))
}

/// Whether `order` missed `ship_by`, as far as is known at `now`; `None` while that is open, and of an order that was
/// cancelled in time.
pub fn missed(order: &Order, ship_by: Instant, now: Instant) -> Option<bool> {
    match end_of(order) {
        Some((at, true)) => Some(at > ship_by),
        Some((at, false)) => (at > ship_by).then_some(true),
        None => (ship_by <= now).then_some(true),
    }
}
