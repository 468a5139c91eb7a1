//! One order of the score: what was said a lead before ship-by, and what came of it.

use forewarn_core::cause::Cause;
use forewarn_core::decide::Assessment;
use forewarn_core::grant::{Proposal, Spent, currency_of, propose};
use forewarn_core::hindsight::missed;
use forewarn_core::money::Money;
use forewarn_core::notice::Kind;
use forewarn_core::order::Order;
use forewarn_core::policy::{Policy, Ppm};
use forewarn_core::{Instant, Span};

use super::replay::CONFIDENCES;

/// What was said.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) ship_by: Instant,
    pub(super) at: Instant,
    pub(super) risk: Ppm,
    /// The date a warning would have told.
    pub(super) quote: Instant,
    /// Dates at [`CONFIDENCES`].
    pub(super) quotes: [Instant; CONFIDENCES.len()],
    /// What the ladder gives with a warning; `None`: nothing, or refused.
    pub(super) coupon: Option<Money>,
    /// Whether the ladder's coupon is refused because the order was paid in another currency.
    pub(super) other_currency: bool,
}

impl Asked {
    /// What is said about `order` now; `None` where there is no forecast.
    pub(super) fn of(
        order: &Order,
        policy: &Policy,
        assessment: &Assessment,
        ship_by: Instant,
        now: Instant,
    ) -> Option<Self> {
        let prediction = assessment.prediction.as_ref()?;
        let quote = assessment.quote?;
        let cause = assessment.finding.cause;
        let delay = assessment.delay_past(ship_by, policy.quote.confidence)?;
        let offer = offer(order, policy, cause, delay);
        Some(Self {
            ship_by,
            at: now,
            risk: assessment.risk?,
            quote,
            quotes: CONFIDENCES.map(|confidence| prediction.by(Ppm::from_ppm(confidence))),
            coupon: offer.as_ref().filter(|o| o.why.is_none()).map(|o| o.money),
            other_currency: offer.is_some_and(|o| o.why == Some("currency")),
        })
    }
}

/// What the ladder gives for a warning, nothing having been spent yet: caps over many orders need the whole run.
fn offer(order: &Order, policy: &Policy, cause: Cause, delay: Span) -> Option<Proposal> {
    let spent = Spent::default();
    propose(&policy.compensation, spent, currency_of(order), Kind::DelayWarning, Some(cause), delay)
}

/// What was said, and since when the policy would have warned.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    pub(super) asked: Asked,
    /// The first look from the lead on at which the risk passed the policy's threshold.
    pub(super) warned_at: Option<Instant>,
}

impl Scored {
    pub(super) fn new(asked: Asked) -> Self {
        Self { asked, warned_at: None }
    }

    pub(super) fn is_for(&self, ship_by: Instant) -> bool {
        self.asked.ship_by == ship_by
    }

    pub(super) fn pass(&mut self, over: bool, now: Instant) {
        if over && self.warned_at.is_none() {
            self.warned_at = Some(now);
        }
    }
}

/// What came of an order, as far as the recording tells.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) merchant_id: String,
    pub(super) order_id: String,
    pub(super) asked: Asked,
    pub(super) warned_at: Option<Instant>,
    pub(super) handed_over_at: Option<Instant>,
    pub(super) missed: bool,
    end: Instant,
}

impl Outcome {
    /// `None` while the recording, which ends at `end`, does not tell whether ship-by was kept, and for an order that
    /// was cancelled before.
    pub(super) fn of(order: &Order, scored: Scored, end: Instant) -> Option<Self> {
        let handed_over_at = order.handed_over_at();
        let missed = missed(order, scored.asked.ship_by, end)?;
        Some(Self {
            merchant_id: order.key.merchant_id.to_string(),
            order_id: order.key.order_id.to_string(),
            asked: scored.asked,
            warned_at: scored.warned_at,
            handed_over_at,
            missed,
            end,
        })
    }

    /// Whether a date was kept; `None` while the recording does not tell.
    pub(super) fn kept(&self, date: Instant) -> Option<bool> {
        match self.handed_over_at {
            Some(at) => Some(at <= date),
            None => (date <= self.end).then_some(false),
        }
    }
}
