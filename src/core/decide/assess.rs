//! How an order stands: promise, cause, risk and the date that could be quoted.

use std::borrow::Cow;

use super::{Case, Standing};
use crate::because::Reason;
use crate::cause::{self, Finding, Stop, Surroundings};
use crate::condition::Condition;
use crate::forecast::{Prediction, Question, Weighed};
use crate::ids::LineId;
use crate::instant::{Instant, Span};
use crate::need::Need;
use crate::order::Order;
use crate::policy::{Hours, Policy, Ppm};
use crate::promise::{Group, Promise, Proposed};
use crate::zone::{Quiet, Zone};

/// A quoted date is rounded up to this: nobody believes a minute.
const QUOTE_STEP: Span = Span::minutes(15);
/// In the at-risk window an order is decided again at least this often (contract).
const REVIEW_EVERY: Span = Span::hours(2);

/// What every rule reads about one promise of the order.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The promise; `None` while there is nothing to promise from.
    pub promise: Option<Promise>,
    /// Its lines that are still to be shipped.
    pub open_lines: Vec<LineId>,
    /// The cause, were it late.
    pub finding: Finding,
    /// The forecast.
    pub prediction: Option<Prediction>,
    /// The chance to miss ship-by.
    pub risk: Option<Ppm>,
    /// The date that can be quoted.
    pub quote: Option<Instant>,
    /// The latest moment that was announced for it to go on or to ship.
    pub announced: Option<Instant>,
    /// When the newest report that makes a delay known came.
    pub known_since: Option<Instant>,
    /// How long it has been silent, if longer than comparable ones.
    pub silent_for: Option<Span>,
    /// What its buyer needs by a day of their own.
    pub need: Option<Need>,
    /// The buyer's zone, else the shop's.
    pub zone: Zone,
    /// When the order is looked at next within the at-risk window.
    pub next_review: Instant,
}

impl Assessment {
    /// Reads how `group` stands; without one, the whole order.
    pub(super) fn of(case: &Case<'_>, groups: &[Group], group: Option<&Group>) -> Self {
        let part = group.filter(|_| groups.len() > 1).map(|g| case.order.only(&g.lines));
        let order = part.map_or(Cow::Borrowed(case.order), Cow::Owned);
        assess(case, &order, group.map(|g| g.promise.clone()))
    }

    /// Whether any of its lines is still to be shipped.
    pub fn is_open(&self) -> bool {
        !self.open_lines.is_empty()
    }

    /// Whether it is at risk enough to warn: by the forecast, by silence, or because the shop itself named a later
    /// time or asked its buyer for one.
    pub fn is_at_risk(&self, case: &Case<'_>) -> bool {
        self.is_at_risk_without_asking(case) || self.proposed().is_some()
    }

    /// The same, whatever its buyer was asked for.
    pub(super) fn is_at_risk_without_asking(&self, case: &Case<'_>) -> bool {
        self.risk.is_some_and(|r| r >= case.policy.warn.risk) || self.silent_for.is_some()
    }

    /// Whether something is open whose promise is in danger: at risk enough to warn, or its buyer was told a later date.
    pub(super) fn is_in_danger(&self, case: &Case<'_>) -> bool {
        let was_told = || self.promise.as_ref().is_some_and(|promise| case.told.last_quote(promise).is_some());
        self.is_open() && (self.is_at_risk(case) || was_told())
    }

    /// Whether an event reported the cause.
    pub fn is_known(&self) -> bool {
        self.finding.known || self.finding.blocks() || self.postponed().is_some()
    }

    /// Whether the cause is known and the risk high enough to say so early.
    pub fn is_certain(&self, case: &Case<'_>) -> bool {
        self.is_known() && self.risk.is_some_and(|r| r >= case.policy.warn.certain_risk)
    }

    /// The later time the shop named without the buyer's agreement.
    pub fn postponed(&self) -> Option<Instant> {
        self.promise.as_ref().and_then(|p| p.postponed)
    }

    /// The later time the buyer was asked for and has not answered; `None` once nothing of it is open. As the shop's word
    /// it bounds what can be told until it is answered, also when the promised time has passed.
    pub fn proposed(&self) -> Option<Proposed> {
        self.promise.as_ref().and_then(|p| p.proposed).filter(|_| self.is_open())
    }

    /// The later time the shop named itself, agreed or not.
    pub(super) fn named(&self) -> Option<Instant> {
        self.postponed().max(self.proposed().map(|asked| asked.at))
    }

    /// The date to tell when `missed`, promised or told before, will not be kept: always a later one.
    pub(super) fn quote_past(&self, case: &Case<'_>, missed: Instant) -> Option<Instant> {
        if self.quote.is_some_and(|at| at > missed) {
            return self.quote;
        }
        let policy = case.policy;
        let at = rounded(self.prediction.as_ref()?.by_if_after(missed, policy.quote.confidence));
        Some(policy.told(self.announced.max(Some(case.now))?, at))
    }

    /// How much later than `missed` the date lies that is told at `confidence` when `missed` will not be kept; never
    /// below zero.
    pub fn delay_past(&self, missed: Instant, confidence: Ppm) -> Option<Span> {
        let named = self.quote.filter(|quote| self.named() == Some(*quote) && *quote > missed);
        let forecast = || {
            let forecast = self.prediction.as_ref()?;
            let quote = rounded(forecast.by(confidence));
            Some(if quote > missed { quote } else { rounded(forecast.by_if_after(missed, confidence)) })
        };
        Some((named.or_else(forecast)? - missed).max(Span::ZERO))
    }

    /// The facts and numbers behind it: what `policy` asks and what the forecast of version `forecast` says.
    pub fn because(&self, policy: &Policy, forecast: &str) -> Vec<Reason> {
        let promised = |p: &Promise| Reason::ShipBy { at: p.value, source: p.source, version: p.version };
        let against = |risk| Reason::Risk { risk, limit: policy.warn.risk, forecast: forecast.to_owned() };
        let Finding { cause, known, evidence, .. } = &self.finding;
        let stopped = |s: &Stop| Reason::Cause { cause: s.cause, known: true, evidence: s.evidence.clone() };
        let all = [
            self.promise.as_ref().map(promised),
            self.postponed().map(|at| Reason::Postponed { at }),
            self.proposed().map(|asked| Reason::Proposed { at: asked.at, since: asked.since }),
            self.risk.map(against),
            self.silent_for.map(|span| Reason::Silence { span, share: policy.warn.silence }),
            Some(Reason::Cause { cause: *cause, known: *known, evidence: evidence.clone() }),
            self.finding.hidden_stop().map(stopped),
            self.prediction.as_ref().map(|p| Reason::Forecast(p.basis)),
            self.reckoned(policy),
        ];
        let moved = self.prediction.iter().filter_map(|p| p.weighed.as_ref()).flat_map(Weighed::reasons);
        all.into_iter().flatten().chain(moved).collect()
    }

    /// Where the date in working time is another than the forecast's.
    fn reckoned(&self, policy: &Policy) -> Option<Reason> {
        let by = rounded(self.prediction.as_ref()?.by(policy.quote.confidence));
        let working =
            self.quote.filter(|quote| policy.quote.hours == Hours::Working && self.named() != Some(*quote))?;
        (working != by).then_some(Reason::Reckoned { by, working })
    }

    /// Quiet hours on the buyer's clock.
    pub fn quiet<'a>(&'a self, case: &Case<'a>) -> Quiet<'a> {
        let rules = &case.policy.quiet_hours;
        Quiet { from: rules.from, to: rules.to, zone: &self.zone }
    }

    /// The same for lists and for support.
    pub fn standing(&self) -> Standing {
        let open = self.is_open();
        Standing {
            ship_by: self.promise.as_ref().map(|p| p.value),
            risk: self.risk.filter(|_| open),
            at_risk: false,
            quote: self.quote.filter(|_| open),
            cause: open.then_some(self.finding.cause),
            ask_until: None,
            asked: self.prediction.as_ref().and_then(|p| p.asked.clone()).filter(|_| open),
        }
    }
}

fn assess(case: &Case<'_>, order: &Order, promise: Option<Promise>) -> Assessment {
    let conditions: Vec<&Condition> = case.conditions.iter().copied().filter(|c| c.touches(order)).collect();
    let silent_for = silence(case, order);
    let warehouse_alive = case.warehouse_spoke_at.is_some() && case.warehouse_spoke_at > last_word(order);
    let surge = case.forecast.surge(order, case.now);
    let around = Surroundings { conditions: &conditions, silent: silent_for.is_some(), warehouse_alive, surge };
    let finding = cause::find(order, around, case.now);
    let ship_by = promise.as_ref().map(|p| p.value);
    let prediction = case.forecast.predict(Question { order, finding: &finding, ship_by, now: case.now });
    let postponed = promise.as_ref().and_then(|p| p.postponed);
    let risk = ship_by.zip(prediction.as_ref()).map(
        |(at, forecast)| {
            if postponed.is_some() { Ppm::ONE } else { forecast.after(at) }
        },
    );
    let reports = order.expected_ship.map(|a| a.at).max(finding.obstacles.announced);
    let mut found = Assessment {
        open_lines: order.open_lines().map(|l| l.id.clone()).collect(),
        quote: None,
        announced: postponed.max(reports),
        known_since: known_since(case, order, &conditions, promise.as_ref()),
        need: Need::of(order, case.policy, case.forecast),
        zone: zone_of(order, case.policy),
        next_review: next_review(order, case.now),
        promise,
        finding,
        prediction,
        risk,
        silent_for,
    };
    found.quote = quote(case, found.prediction.as_ref(), found.named(), reports);
    found
}

/// The honest date. A later time the shop named or asked for stands as it is, unless it has passed or a report lies past
/// it; else the forecast's quantile, in hours that a date may be told for.
fn quote(
    case: &Case<'_>,
    prediction: Option<&Prediction>,
    named: Option<Instant>,
    reports: Option<Instant>,
) -> Option<Instant> {
    let stands = |at: &Instant| *at > case.now && reports.is_none_or(|report| report <= *at);
    let policy = case.policy;
    // Whoever named a time knows the days until then.
    let from = reports.map_or(case.now, |at| at.max(case.now));
    let forecast = || prediction.map(|p| policy.told(from, rounded(p.by(policy.quote.confidence))));
    named.filter(stands).or_else(forecast)
}

fn rounded(at: Instant) -> Instant {
    (at + QUOTE_STEP - Span::from_ms(1)).floor_to(QUOTE_STEP)
}

/// The clock the buyer lives by: their own, where the order names one that exists, else the shop's.
pub fn zone_of(order: &Order, policy: &Policy) -> Zone {
    let own = order.buyer.as_ref().and_then(|b| b.time_zone.as_ref());
    own.and_then(|name| Zone::named(name.as_str()).ok()).unwrap_or_else(|| policy.quiet_hours.zone.clone())
}

fn last_word(order: &Order) -> Option<Instant> {
    order.warehouse_spoke_at.max(order.paid_at)
}

/// How long nothing was heard, where that is longer than usual. A warehouse that named a ship time is not silent
/// before that time.
fn silence(case: &Case<'_>, order: &Order) -> Option<Span> {
    let share = case.policy.warn.silence;
    if share.ppm() == 0 || !order.is_open() || order.expected_ship.is_some_and(|a| a.at > case.now) {
        return None;
    }
    let silent = case.now - last_word(order)?;
    let limit = case.forecast.silence_limit(order, share)?;
    (silent > limit).then_some(silent)
}

fn known_since(case: &Case<'_>, order: &Order, raised: &[&Condition], promise: Option<&Promise>) -> Option<Instant> {
    let reports = order.open_exceptions(case.now).map(|e| e.since);
    let raised = raised.iter().map(|c| c.raised_at);
    let announced = order.expected_ship.map(|a| a.since);
    let postponed = promise.and_then(|p| p.postponed_since);
    reports.chain(raised).chain(announced).chain(postponed).filter(|at| *at <= case.now).max()
}

/// The next moment on this order's own two-hour grid: spread by its id, so that a million open orders are not all
/// looked at in the same second.
fn next_review(order: &Order, now: Instant) -> Instant {
    let spread = i64::from(crate::digest::ppm(&[order.key.merchant_id.as_str(), order.key.order_id.as_str()]));
    let offset = Span::from_ms(spread * REVIEW_EVERY.ms() / 1_000_000);
    (now - offset).floor_to(REVIEW_EVERY) + REVIEW_EVERY + offset
}
