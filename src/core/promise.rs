//! What was promised, by whom and since when.
//!
//! A promise is a record per line, not a timestamp: explicit beats computed, line beats order, and only a later
//! time that the buyer agreed to replaces what was said.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::event::RenegotiationStatus;
use crate::ids::LineId;
use crate::instant::Instant;
use crate::order::{Line, Order, ShipBy};
use crate::policy::PromiseRules;

/// Where a promised time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseSource {
    /// The line's own field.
    Line,
    /// The order's field.
    Order,
    /// Payment plus the policy's window.
    Policy,
    /// A later time the buyer agreed to.
    Renegotiation,
}

/// The promise for one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// Which line.
    pub line_id: LineId,
    /// The promised ship time.
    pub value: Instant,
    /// Where it comes from.
    pub source: PromiseSource,
    /// Since when it holds.
    pub since: Instant,
    /// 1 for the first promise, one more for every time the buyer agreed to another.
    pub version: u32,
    /// A later time the shop named since, without the buyer's agreement: a delay to tell, no promise.
    pub postponed: Option<Instant>,
    /// When that later time was named.
    pub postponed_since: Option<Instant>,
}

/// The promise of every line that was not cancelled; empty while nothing is known to promise from.
pub fn of_order(order: &Order, rules: &PromiseRules) -> Vec<Promise> {
    order.live_lines().filter_map(|line| of_line(order, line, rules)).collect()
}

/// The promise that counts for the order: the earliest among its open lines, else among its lines that were not
/// cancelled, else among all of them.
pub fn binding(order: &Order, rules: &PromiseRules) -> Option<Promise> {
    earliest(order, order.open_lines(), rules)
        .or_else(|| earliest(order, order.live_lines(), rules))
        .or_else(|| earliest(order, order.lines.iter(), rules))
}

fn earliest<'a>(order: &Order, lines: impl Iterator<Item = &'a Line>, rules: &PromiseRules) -> Option<Promise> {
    lines.filter_map(|line| of_line(order, line, rules)).min_by(|a, b| (a.value, &a.line_id).cmp(&(b.value, &b.line_id)))
}

fn of_line(order: &Order, line: &Line, rules: &PromiseRules) -> Option<Promise> {
    let first = explicit(line, &line.ship_by, PromiseSource::Line)
        .or_else(|| explicit(line, &order.ship_by, PromiseSource::Order))
        .or_else(|| computed(order, line, rules))?;
    Some(agreed(order, first))
}

fn explicit(line: &Line, ship_by: &ShipBy, source: PromiseSource) -> Option<Promise> {
    let (value, since) = ship_by.promised?;
    Some(Promise {
        line_id: line.id.clone(),
        value,
        source,
        since,
        version: 1,
        postponed: ship_by.postponed.map(|(at, _)| at),
        postponed_since: ship_by.postponed.map(|(_, since)| since),
    })
}

fn computed(order: &Order, line: &Line, rules: &PromiseRules) -> Option<Promise> {
    let paid_at = order.paid_at?;
    Some(Promise {
        line_id: line.id.clone(),
        value: paid_at + rules.window(line.fulfilment),
        source: PromiseSource::Policy,
        since: paid_at,
        version: 1,
        postponed: None,
        postponed_since: None,
    })
}

/// Lays agreed talks over the first promise. An earlier time the shop named after the last agreement stands: a
/// shop may always be faster than agreed.
fn agreed(order: &Order, first: Promise) -> Promise {
    let agreed: Vec<_> = order.talks.iter().filter(|(_, talk)| talk.status == RenegotiationStatus::Agreed).collect();
    let Some((since, talk)) = agreed.last() else { return first };
    let version = 1 + u32::try_from(agreed.len()).unwrap_or(u32::MAX - 1);
    if first.since > *since && first.value < talk.ship_by {
        return Promise { version, ..first };
    }
    let still_later = first.postponed.filter(|at| *at > talk.ship_by && first.postponed_since > Some(*since));
    Promise {
        value: talk.ship_by,
        source: PromiseSource::Renegotiation,
        since: *since,
        version,
        postponed: still_later,
        postponed_since: still_later.and(first.postponed_since),
        ..first
    }
}
