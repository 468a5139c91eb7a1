//! Orders at risk that the warehouse can still save: which go first, and what came of it.
//!
//! An order that is taken first goes like the quickest of its like. How much likelier that makes its promise, times what
//! missing it would cost, is what taking it first is worth; the queue is ranked by that.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decide::{Assessment, Case, Paused};
use crate::grant;
use crate::ids::LineId;
use crate::instant::Instant;
use crate::money::{Amount, Currency, Money};
use crate::notice::{Kind, names};
use crate::order::{Line, Order};
use crate::policy::Ppm;

/// An order taken first goes like the quickest quarter of comparable ones. Our choice, until the feed's own counts of
/// what was saved say better.
const QUICKEST: Ppm = Ppm::from_ppm(250_000);
/// What every miss costs beside what is known, in the order's own currency, so that orders without a known cost are
/// ranked by how much taking them first helps. Our choice.
const PATIENCE: Amount = Amount::from_thousandths(1_000);
/// Each time a buyer asked about an order it weighs a quarter more, for so many times at most. Our choice.
const CHASES_MAX: u32 = 4;

names! {
    /// Why an order should go first.
    Motive {
        /// It will probably miss its promised ship time.
        AtRisk = "at_risk",
        /// Its buyer needs it by a day, which asks for more than the promise.
        BuyerUrgent = "buyer_urgent",
    }
}

/// A word to the warehouse: take this order first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Why.
    pub motive: Motive,
    /// The moment by which it has to leave.
    pub leave_by: Instant,
    /// The chance that it does not, if nothing is done.
    pub risk: Ppm,
    /// What taking it first is worth: the cost of a miss times how much rarer it becomes.
    pub worth: Money,
    /// The lines meant; empty: all that are open.
    pub line_ids: Vec<LineId>,
    /// Whether it is listed and told to nobody: in shadow mode, or while all notices of the shop are paused.
    pub held: bool,
}

/// What came of an order that was suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It left in time.
    Saved,
    /// It did not.
    Missed,
    /// It was cancelled, or another time counts by now.
    Void,
}

impl Fate {
    /// Every fate.
    pub const ALL: [Self; 3] = [Self::Saved, Self::Missed, Self::Void];

    /// The name used in stores and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Missed => "missed",
            Self::Void => "void",
        }
    }
}

/// An order's place in the queue, as its memory keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The moment by which it has to leave.
    pub leave_by: Instant,
    /// The lines meant; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub line_ids: Vec<LineId>,
    /// What came of it, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
}

/// What a look at an order changes in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It joins, or stands otherwise than before.
    Stands(Suggestion),
    /// It leaves, or another end than was known has come to light.
    Ended {
        /// The moment by which it had to leave.
        leave_by: Instant,
        /// What came of it.
        fate: Fate,
    },
}

/// Whether, and why, the order should go first. What waits for its buyer, for goods or for the carrier is not for the
/// warehouse to hurry.
pub fn suggest(case: &Case<'_>, a: &Assessment) -> Option<Suggestion> {
    let rules = &case.policy.expedite;
    let promise = a.promise.as_ref().filter(|_| a.is_open() && !a.finding.blocks())?;
    if crate::cause::awaits_pickup(case.order).is_some() {
        return None;
    }
    let needed = a.need.as_ref().map(crate::need::Need::leave_by).filter(|at| *at < promise.value && *at > case.now);
    let (leave_by, motive) = needed.map_or((promise.value, Motive::AtRisk), |leave_by| (leave_by, Motive::BuyerUrgent));
    if case.now >= leave_by || case.now < leave_by - rules.lead {
        return None;
    }
    let risk = match motive {
        Motive::AtRisk => a.risk?,
        Motive::BuyerUrgent => a.prediction.as_ref()?.after(leave_by),
    };
    let saved = stake(case, a, motive).times(gain(risk));
    // Nobody ranks by less than a cent.
    let worth = Amount::from_thousandths(saved.thousandths() / 10 * 10);
    let suggested = risk >= rules.risk && worth > Amount::ZERO;
    suggested.then(|| Suggestion {
        motive,
        leave_by,
        risk,
        worth: Money { amount: worth, currency: currency(case) },
        line_ids: if promise.share.is_some() { a.open_lines.clone() } else { Vec::new() },
        held: case.guard.shadow || case.guard.pauses.iter().any(|p| matches!(p.of, Paused::All | Paused::Shop)),
    })
}

/// How much likelier it is that an order at `risk` leaves in time when it goes like the quickest of its like.
fn gain(risk: Ppm) -> Ppm {
    let left = Ppm::ONE.ppm() - risk.ppm();
    let among_quickest = u64::from(left) * u64::from(Ppm::ONE.ppm()) / u64::from(QUICKEST.ppm());
    let helped = u32::try_from(among_quickest).unwrap_or(u32::MAX).min(Ppm::ONE.ppm());
    Ppm::from_ppm(helped - left)
}

/// What missing it would cost: what the platform takes, the coupon a warning would bring while none was told, and the
/// sale itself where the buyer can do without it after the day.
fn stake(case: &Case<'_>, a: &Assessment, motive: Motive) -> Amount {
    let price = price(case.order);
    let lost = price.filter(|_| motive == Motive::BuyerUrgent).map_or(Amount::ZERO, |price| price.amount);
    let costs = [PATIENCE, case.policy.penalty.of(price), coupon(case, a), lost];
    let cost = costs.into_iter().fold(Amount::ZERO, Amount::plus);
    let chases = u32::try_from(case.order.chases).unwrap_or(CHASES_MAX).min(CHASES_MAX);
    cost.plus(cost.times(Ppm::from_ppm(250_000)).of_many(chases))
}

fn coupon(case: &Case<'_>, a: &Assessment) -> Amount {
    let told = [Kind::DelayWarning, Kind::PromiseMissed].into_iter().any(|k| case.told.reached(k).next().is_some());
    let rules = &case.policy.compensation;
    let ours = grant::currency_of(case.order).is_none_or(|currency| currency == rules.currency);
    let delay = a.promise.as_ref().and_then(|p| a.delay_past(p.value, case.policy.quote.confidence));
    let rung = || grant::rung(rules, Kind::DelayWarning, Some(a.finding.cause), delay?).map(|rung| rung.coupon);
    (!told && ours && rules.allowed).then(rung).flatten().unwrap_or(Amount::ZERO)
}

/// What the open lines cost, where all of them say so; else the whole order.
fn price(order: &Order) -> Option<Money> {
    let of = |line: &Line| line.unit_price.map(|price| Money { amount: price.amount.of_many(line.quantity), ..price });
    let lines: Option<Vec<Money>> = order.open_lines().map(of).collect();
    let sum = |sum: Money, line: Money| Money { amount: sum.amount.plus(line.amount), ..sum };
    lines.and_then(|lines| lines.into_iter().reduce(sum)).or(order.total)
}

fn currency(case: &Case<'_>) -> Currency {
    grant::currency_of(case.order).unwrap_or(case.policy.compensation.currency)
}

/// Brings an order's place in the queue up to date as of `now`: what it was asked for is judged, also anew when news came
/// late, and what is suggested now takes its place.
pub fn follow(queued: &mut Option<Queued>, order: &Order, suggested: Option<&Suggestion>, now: Instant) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(known) = queued.as_mut() {
        let replaced = suggested.is_some_and(|s| s.leave_by != known.leave_by);
        let fate = fate(order, known, now).or(replaced.then_some(Fate::Void));
        if fate.is_some() && fate != known.fate {
            known.fate = fate;
            changes.extend(fate.map(|fate| Change::Ended { leave_by: known.leave_by, fate }));
        }
    }
    if let Some(new) = suggested {
        *queued = Some(Queued { leave_by: new.leave_by, line_ids: new.line_ids.clone(), fate: None });
        changes.push(Change::Stands(new.clone()));
    }
    changes
}

/// What came of it by `now`; `None` while it is open.
fn fate(order: &Order, queued: &Queued, now: Instant) -> Option<Fate> {
    let part = (!queued.line_ids.is_empty()).then(|| order.only(&queued.line_ids));
    let part = part.as_ref().unwrap_or(order);
    match part.handed_over_at() {
        Some(at) if at <= queued.leave_by => Some(Fate::Saved),
        Some(_) => Some(Fate::Missed),
        None if now >= queued.leave_by && part.is_open() => Some(Fate::Missed),
        None => (!part.is_open()).then_some(queued.fate.unwrap_or(Fate::Void)),
    }
}
