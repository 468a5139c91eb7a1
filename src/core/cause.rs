//! Why an order is late: the first cause that holds, with its evidence.

mod obstacles;
#[cfg(test)]
mod tests;

pub use obstacles::{Obstacles, Stop};

use crate::because::Evidence;
use crate::condition::Condition;
use crate::event::{ConditionKind, ExceptionKind, Stage};
use crate::forecast::Load;
use crate::ids::{LineId, ParcelId};
use crate::instant::Instant;
use crate::notice::names;
use crate::order::{Line, Order, OrderException, Parcel};

use std::fmt;

use serde::{Deserialize, Serialize};

names! {
    /// Why an order is late, in the order in which they are looked for.
    Cause {
        /// The address or the contact is wrong and the buyer must act.
        Address = "address",
        /// Nothing left to send.
        OutOfStock = "out_of_stock",
        /// A computer system hides or holds the order.
        System = "system",
        /// More orders than usual.
        Surge = "surge",
        /// The weather.
        Weather = "weather",
        /// A public holiday.
        Holiday = "holiday",
        /// The carrier does not collect.
        Carrier = "carrier",
        /// It moves, too slowly.
        WarehouseQueue = "warehouse_queue",
    }
}

/// A cause with what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The cause.
    pub cause: Cause,
    /// Whether an event reported it. Silence is inferred, never known.
    pub known: bool,
    /// What speaks for it.
    pub evidence: Evidence,
    /// When it was reported; `None` when it is inferred.
    pub since: Option<Instant>,
    /// When it is announced to end.
    pub clears_at: Option<Instant>,
    /// What stands in the way of the order, this cause or others.
    pub obstacles: Obstacles,
}

impl Finding {
    /// Whether something keeps the order from moving at all until it ends.
    pub fn blocks(&self) -> bool {
        self.obstacles.stop.is_some()
    }

    /// What stops the order under another name than its cause's.
    pub fn hidden_stop(&self) -> Option<&Stop> {
        self.obstacles.stop.as_ref().filter(|stop| stop.cause != self.cause)
    }
}

/// What the rule needs to know beside the order.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Conditions that touch the order and are in force.
    pub conditions: &'a [&'a Condition],
    /// Whether the order has been silent for longer than comparable ones.
    pub silent: bool,
    /// Whether its warehouse has reported on other orders since this order's last word.
    pub warehouse_alive: bool,
    /// How long the queue is that the order waits in, where that is far above its usual length.
    pub surge: Option<Load>,
}

/// Finds the cause at `now`. With nothing reported the answer is `warehouse_queue`, inferred.
pub fn find(order: &Order, around: Surroundings<'_>, now: Instant) -> Finding {
    let open: Vec<&OrderException> = order.open_exceptions(now).collect();
    Finding { obstacles: Obstacles::of(order, around, &open), ..named_cause(order, around, &open) }
}

fn named_cause(order: &Order, around: Surroundings<'_>, open: &[&OrderException]) -> Finding {
    by_exception(open, Cause::Address)
        .or_else(|| by_exception(open, Cause::OutOfStock))
        .or_else(|| by_condition(around.conditions, Cause::OutOfStock).filter(|_| !is_packed(order)))
        .or_else(|| by_exception(open, Cause::System))
        .or_else(|| by_pickup(order, around))
        .or_else(|| by_condition(around.conditions, Cause::System))
        .or_else(|| by_silence(around))
        .or_else(|| by_condition(around.conditions, Cause::Surge))
        .or_else(|| by_backlog(around))
        .or_else(|| by_campaign(order))
        .or_else(|| by_condition(around.conditions, Cause::Weather))
        .or_else(|| by_condition(around.conditions, Cause::Holiday))
        .or_else(|| by_condition(around.conditions, Cause::Carrier))
        .or_else(|| by_exception(open, Cause::WarehouseQueue))
        .or_else(|| by_condition(around.conditions, Cause::WarehouseQueue))
        .unwrap_or_else(|| by_default(order))
}

/// The open lines that ran out of stock, where every report of it says which: the order's own reports, else the
/// conditions. Empty where none is reported, or where one does not say.
pub fn short_lines(order: &Order, conditions: &[&Condition], now: Instant) -> Vec<LineId> {
    let own: Vec<_> = order.open_exceptions(now).filter(|e| of_exception(e.kind) == Cause::OutOfStock).collect();
    if !own.is_empty() {
        return named(order, &own, |e, line| e.line_ids.as_ref().map(|ids| ids.contains(&line.id)));
    }
    let raised = conditions.iter().copied().filter(|c| of_condition(c.raised.kind) == Cause::OutOfStock);
    named(order, &raised.collect::<Vec<_>>(), |c, line| c.raised.scope.sku.as_ref().map(|sku| *sku == line.sku))
}

/// The open lines that some of `reports` names; none where a report names no line at all and may mean any.
fn named<R>(order: &Order, reports: &[&R], names: impl Fn(&R, &Line) -> Option<bool>) -> Vec<LineId> {
    let named = |line: &&Line| reports.iter().any(|report| names(report, line) == Some(true));
    let vague = |line: &Line| reports.iter().any(|report| names(report, line).is_none());
    if order.open_lines().any(vague) {
        Vec::new()
    } else {
        order.open_lines().filter(named).map(|l| l.id.clone()).collect()
    }
}

/// What lies in its box is not taken away by an empty shelf.
fn is_packed(order: &Order) -> bool {
    order.stages.last().is_some_and(|(stage, _)| *stage == Stage::Packed) || awaits_pickup(order).is_some()
}

/// Where only a scan keeps the promise and everything open lies in parcels that were said to be shipped and were never
/// scanned: the last of these, and when that was said.
pub fn awaits_pickup(order: &Order) -> Option<(&ParcelId, Instant)> {
    let labelled = |p: &&Parcel| p.voided_at.is_none() && p.first_scan_at.is_none();
    let waiting: Vec<(&Parcel, Instant)> =
        order.parcels.iter().filter(labelled).filter_map(|p| Some((p, p.shipped_at?))).collect();
    let lies_there = |line: &Line| waiting.iter().any(|(parcel, _)| parcel.line_ids.contains(&line.id));
    if !order.is_open() || !order.open_lines().all(lies_there) {
        return None;
    }
    waiting.into_iter().max_by_key(|(_, at)| *at).map(|(parcel, at)| (&parcel.id, at))
}

/// The warehouse is done with it: what holds it up is on the way from there on.
fn by_pickup(order: &Order, around: Surroundings<'_>) -> Option<Finding> {
    let (parcel_id, since) = awaits_pickup(order)?;
    let outside = [Cause::Weather, Cause::Holiday, Cause::Carrier];
    let reported = outside.into_iter().find_map(|cause| by_condition(around.conditions, cause));
    Some(reported.unwrap_or(Finding {
        cause: Cause::Carrier,
        known: false,
        evidence: Evidence::NotCollected { parcel_id: parcel_id.clone(), since },
        since: None,
        clears_at: None,
        obstacles: Obstacles::default(),
    }))
}

/// The cause an exception of this kind stands for.
pub(crate) fn of_exception(kind: ExceptionKind) -> Cause {
    match kind {
        ExceptionKind::Address | ExceptionKind::Contact => Cause::Address,
        ExceptionKind::OutOfStock | ExceptionKind::Damaged => Cause::OutOfStock,
        ExceptionKind::System => Cause::System,
        ExceptionKind::Review | ExceptionKind::Other => Cause::WarehouseQueue,
    }
}

/// The cause a condition of this kind stands for.
pub(crate) fn of_condition(kind: ConditionKind) -> Cause {
    match kind {
        ConditionKind::OutOfStock => Cause::OutOfStock,
        ConditionKind::System => Cause::System,
        ConditionKind::Surge => Cause::Surge,
        ConditionKind::Weather => Cause::Weather,
        ConditionKind::Holiday => Cause::Holiday,
        ConditionKind::Carrier => Cause::Carrier,
        ConditionKind::Staff => Cause::WarehouseQueue,
    }
}

/// The latest announced end counts: the order moves only when the last of them is over.
fn by_exception(open: &[&OrderException], cause: Cause) -> Option<Finding> {
    let mine: Vec<_> = open.iter().filter(|e| of_exception(e.kind) == cause).collect();
    let first = mine.first()?;
    Some(Finding {
        cause,
        known: true,
        evidence: Evidence::Exception { id: first.id.clone(), since: first.since },
        since: Some(first.since),
        clears_at: mine.iter().filter_map(|e| e.clears_at).max(),
        obstacles: Obstacles::default(),
    })
}

fn by_condition(conditions: &[&Condition], cause: Cause) -> Option<Finding> {
    let mine: Vec<_> = conditions.iter().filter(|c| of_condition(c.raised.kind) == cause).collect();
    let first = mine.first()?;
    Some(Finding {
        cause,
        known: true,
        evidence: Evidence::Condition { id: first.id.clone(), raised_at: first.raised_at },
        since: Some(first.raised_at),
        clears_at: mine.iter().filter_map(|c| c.raised.clears_at).max(),
        obstacles: Obstacles::default(),
    })
}

fn by_silence(around: Surroundings<'_>) -> Option<Finding> {
    (around.silent && around.warehouse_alive).then_some(Finding {
        cause: Cause::System,
        known: false,
        evidence: Evidence::SilentAlone,
        since: None,
        clears_at: None,
        obstacles: Obstacles::default(),
    })
}

fn by_backlog(around: Surroundings<'_>) -> Option<Finding> {
    let Load { open, usual } = around.surge?;
    Some(Finding {
        cause: Cause::Surge,
        known: false,
        evidence: Evidence::Backlog { open, usual },
        since: None,
        clears_at: None,
        obstacles: Obstacles::default(),
    })
}

fn by_campaign(order: &Order) -> Option<Finding> {
    let campaign = order.campaign.clone()?;
    Some(Finding {
        cause: Cause::Surge,
        known: false,
        evidence: Evidence::Campaign { campaign },
        since: None,
        clears_at: None,
        obstacles: Obstacles::default(),
    })
}

fn by_default(order: &Order) -> Finding {
    let evidence = match order.stages.last() {
        Some((stage, since)) => Evidence::Step { stage: *stage, since: *since },
        None => Evidence::NotTakenUp,
    };
    // An announced ship time is the warehouse's own word that this is how long it takes.
    let since = order.expected_ship.map(|a| a.since);
    let cause = Cause::WarehouseQueue;
    Finding { cause, known: since.is_some(), evidence, since, clears_at: None, obstacles: Obstacles::default() }
}
