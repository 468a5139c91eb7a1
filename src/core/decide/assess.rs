//! How an order stands: promise, cause, risk and the date that could be quoted.

use super::{Case, Standing};
use crate::cause::{self, Finding, Surroundings};
use crate::forecast::{Prediction, Question};
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::Ppm;
use crate::promise::{self, Promise};
use crate::zone::{Quiet, Zone};

/// A quoted date is rounded up to this: nobody believes a minute.
const QUOTE_STEP: Span = Span::minutes(15);
/// In the at-risk window an order is decided again at least this often (contract).
const REVIEW_EVERY: Span = Span::hours(2);

/// What every rule reads.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The promise that counts.
    pub promise: Option<Promise>,
    /// The cause, were it late.
    pub finding: Finding,
    /// The forecast.
    pub prediction: Option<Prediction>,
    /// The chance to miss ship-by.
    pub risk: Option<Ppm>,
    /// The date that can be quoted.
    pub quote: Option<Instant>,
    /// How long the order has been silent, if longer than comparable ones.
    pub silent_for: Option<Span>,
    /// The buyer's zone, else the shop's.
    pub zone: Zone,
    /// When the order is looked at next within the at-risk window.
    pub next_review: Instant,
    /// The facts and numbers behind it, each as one clause in English.
    pub because: Vec<String>,
}

impl Assessment {
    /// Whether the order is at risk enough to warn: by the forecast, by its silence, or because the shop itself
    /// named a later time.
    pub fn is_at_risk(&self, case: &Case<'_>) -> bool {
        self.risk.is_some_and(|r| r >= case.policy.warn.risk) || self.silent_for.is_some()
    }

    /// Whether an event reported the cause, and the risk is high enough to say so early.
    pub fn is_certain(&self, case: &Case<'_>) -> bool {
        let known = self.finding.known || self.postponed().is_some();
        known && self.risk.is_some_and(|r| r >= case.policy.warn.certain_risk)
    }

    /// The later time the shop named without the buyer's agreement.
    pub fn postponed(&self) -> Option<Instant> {
        self.promise.as_ref().and_then(|p| p.postponed)
    }

    /// The latest moment that was announced for this order to go on or to ship.
    pub fn announced(&self, order: &Order) -> Option<Instant> {
        [self.postponed(), order.expected_ship.map(|a| a.at), self.finding.clears_at].into_iter().flatten().max()
    }

    /// Quiet hours on the buyer's clock.
    pub fn quiet<'a>(&'a self, case: &Case<'a>) -> Quiet<'a> {
        let rules = &case.policy.quiet_hours;
        Quiet { from: rules.from, to: rules.to, zone: &self.zone }
    }

    pub(super) fn standing(&self, order: &Order) -> Standing {
        let open = order.is_open();
        Standing {
            ship_by: self.promise.as_ref().map(|p| p.value),
            risk: self.risk.filter(|_| open),
            quote: self.quote.filter(|_| open),
            cause: open.then_some(self.finding.cause),
        }
    }
}

pub(super) fn assess(case: &Case<'_>) -> Assessment {
    let order = case.order;
    let promise = promise::binding(order, &case.policy.promise);
    let silent_for = silence(case);
    let last_word = last_word(order);
    let warehouse_alive = case.warehouse_spoke_at.is_some() && case.warehouse_spoke_at > last_word;
    let around = Surroundings { conditions: case.conditions, silent: silent_for.is_some(), warehouse_alive };
    let finding = cause::find(order, around, case.now);
    let prediction = case.forecast.predict(Question { order, finding: &finding, now: case.now });
    let postponed = promise.as_ref().and_then(|p| p.postponed);
    let risk = promise.as_ref().zip(prediction.as_ref()).map(|(p, forecast)| {
        if postponed.is_some() { Ppm::ONE } else { forecast.after(p.value) }
    });
    let quantile = prediction.as_ref().map(|p| p.by(case.policy.quote.confidence));
    let quote = postponed.or_else(|| quantile.map(|at| (at + QUOTE_STEP - Span::from_ms(1)).floor_to(QUOTE_STEP)));
    let zone = buyer_zone(order).unwrap_or_else(|| case.policy.quiet_hours.zone.clone());
    let mut assessment = Assessment {
        promise,
        finding,
        prediction,
        risk,
        quote,
        silent_for,
        zone,
        next_review: next_review(order, case.now),
        because: Vec::new(),
    };
    assessment.because = because(case, &assessment);
    assessment
}

/// The buyer's own zone, where the order names one that exists.
pub(crate) fn buyer_zone(order: &Order) -> Option<Zone> {
    order.buyer.as_ref()?.time_zone.as_ref().and_then(|name| Zone::named(name.as_str()).ok())
}

fn last_word(order: &Order) -> Option<Instant> {
    order.warehouse_spoke_at.max(order.paid_at)
}

fn silence(case: &Case<'_>) -> Option<Span> {
    let share = case.policy.warn.silence;
    if share.ppm() == 0 || !case.order.is_open() {
        return None;
    }
    let silent = case.now - last_word(case.order)?;
    let limit = case.forecast.silence_limit(case.order, share)?;
    (silent > limit).then_some(silent)
}

/// The next moment on this order's own two-hour grid: spread by its id, so that a million open orders are not all
/// looked at in the same second.
fn next_review(order: &Order, now: Instant) -> Instant {
    let spread = i64::from(crate::digest::ppm(&[order.key.merchant_id.as_str(), order.key.order_id.as_str()]));
    let offset = Span::from_ms(spread * REVIEW_EVERY.ms() / 1_000_000);
    (now - offset).floor_to(REVIEW_EVERY) + REVIEW_EVERY + offset
}

fn because(case: &Case<'_>, a: &Assessment) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(p) = &a.promise {
        facts.push(format!("ship by {} ({}, version {})", p.value, source_name(p), p.version));
    }
    if let Some(later) = a.postponed() {
        facts.push(format!("the shop named {later} instead, not agreed by the buyer"));
    }
    if let Some(risk) = a.risk {
        facts.push(format!("risk {risk} against {} by forecast {}", case.policy.warn.risk, case.forecast.version()));
    }
    if let Some(silent) = a.silent_for {
        facts.push(format!("silent for {silent}, longer than {} of comparable orders", case.policy.warn.silence));
    }
    let known = if a.finding.known { "reported" } else { "inferred" };
    facts.push(format!("cause {} {known}: {}", a.finding.cause, a.finding.evidence));
    facts.extend(a.prediction.as_ref().map(|p| p.basis.clone()));
    facts
}

fn source_name(promise: &Promise) -> &'static str {
    match promise.source {
        promise::PromiseSource::Line => "named by the line",
        promise::PromiseSource::Order => "named by the order",
        promise::PromiseSource::Policy => "payment plus the policy's window",
        promise::PromiseSource::Renegotiation => "agreed with the buyer",
    }
}
