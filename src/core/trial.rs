//! What a warning is worth: orders whose buyers were warned beside orders that a holdout left unwarned.
//!
//! Both sorts are orders at risk whose buyer would have been written to and was given nothing to choose; which sort an
//! order is falls to a coin. Counted is whose buyer asked about the order afterwards, and which was cancelled, until it
//! left.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::decide::{Said, Told};
use crate::instant::Instant;
use crate::notice::{Kind, Why, names};
use crate::order::Order;
use crate::policy::Policy;

names! {
    /// Which sort an order is.
    Arm {
        /// Its buyer was warned, or told that the promise was missed.
        Warned = "warned",
        /// It was left unwarned.
        HeldOut = "held_out",
    }
}

/// An order in the trial, as its memory keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Which sort it is.
    pub arm: Arm,
    /// When its buyer was, or would have been, told.
    pub at: Instant,
    /// When the shop's day began on which it entered: its sums stand under that day.
    pub day: Instant,
    /// Whether its end was counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// What a look at an order changes in the sums of a shop's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// One order more.
    Entered,
    /// One of them left or was cancelled.
    Ended {
        /// Whether its buyer asked about it in between.
        asked: bool,
        /// Whether it was cancelled.
        cancelled: bool,
    },
}

/// Brings an order's part in the trial up to date as of `now`; nothing while no holdout is set.
pub fn follow(told: &mut Told, order: &Order, policy: &Policy, now: Instant) -> Vec<(Entered, Change)> {
    let mut changes = Vec::new();
    if told.trial.is_none()
        && policy.holdout.share.ppm() > 0
        && let Some((arm, at)) = entry(told, now)
    {
        let (day, _) = policy.quiet_hours.zone.day(at);
        let entered = Entered { arm, at, day, ended: false };
        changes.push((entered.clone(), Change::Entered));
        told.trial = Some(entered);
    }
    if let Some(entered) = told.trial.as_mut().filter(|entered| !entered.ended && !order.is_open()) {
        entered.ended = true;
        let asked = order.asked_at.is_some_and(|at| at > entered.at);
        let cancelled = order.live_lines().next().is_none();
        changes.push((entered.clone(), Change::Ended { asked, cancelled }));
    }
    changes
}

/// How, and when, an order entered. One that was given a choice is never left out, so it is no comparison.
fn entry(told: &Told, now: Instant) -> Option<(Arm, Instant)> {
    if told.suppressed.iter().any(|(_, why)| *why == Why::Holdout) {
        return Some((Arm::HeldOut, now));
    }
    let first = told.said.iter().find(|said| is_first_word(said.kind) && said.reached())?;
    is_comparable(first).then_some((Arm::Warned, first.at))
}

fn is_first_word(kind: Kind) -> bool {
    matches!(kind, Kind::DelayWarning | Kind::PromiseMissed)
}

fn is_comparable(said: &Said) -> bool {
    said.choices.is_none() && said.cause != Some(Cause::Address)
}
