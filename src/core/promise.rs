//! What was promised, by whom and since when.
//!
//! A promise is a record per line, not a timestamp: explicit beats computed, line beats order, and only a later
//! time that the buyer agreed to replaces what was said.

mod talk;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Fulfilment, RenegotiationStatus};
use crate::ids::LineId;
use crate::instant::Instant;
use crate::notice::names;
use crate::order::{Line, Order, ShipBy};
use crate::policy::Policy;

pub use talk::{Proposed, times_asked};

names! {
    /// Where a promised time comes from.
    PromiseSource {
        /// The line's own field.
        Line = "line",
        /// The order's field.
        Order = "order",
        /// Payment plus the policy's window.
        Policy = "policy",
        /// A later time the buyer agreed to.
        Renegotiation = "renegotiation",
    }
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
    /// `None` for the order's earliest promise; for a later one of some of its lines, the first of these.
    pub share: Option<LineId>,
    /// A later time the shop named since, without the buyer's agreement: a delay to tell, no promise.
    pub postponed: Option<Instant>,
    /// When that later time was named.
    pub postponed_since: Option<Instant>,
    /// A later time the buyer was asked for and has not answered: no promise, and no delay that is certain.
    pub proposed: Option<Proposed>,
}

/// Lines that were promised for the same time, and stand or fall together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The promise, told by the first of the lines.
    pub promise: Promise,
    /// The lines, ascending by id.
    pub lines: Vec<LineId>,
}

/// The promise of every line that was not cancelled; empty while nothing is known to promise from.
pub fn of_order(order: &Order, policy: &Policy) -> Vec<Promise> {
    let all = of_lines(order, policy);
    all.into_iter().filter(|(line, _)| is_live(order, line)).map(|(_, promise)| promise).collect()
}

/// The lines that were not cancelled (all of them when every one was), grouped by their promise, earliest first.
pub fn groups(order: &Order, policy: &Policy) -> Vec<Group> {
    let all = of_lines(order, policy);
    let none_live = order.live_lines().next().is_none();
    let mut groups: Vec<Group> = Vec::new();
    for (line, promise) in all.into_iter().filter(|(line, _)| none_live || is_live(order, line)) {
        let same = |g: &&mut Group| g.promise.value == promise.value && g.promise.version == promise.version;
        match groups.iter_mut().find(same) {
            Some(group) => join(group, line, &promise),
            None => groups.push(Group { lines: vec![line.id.clone()], promise }),
        }
    }
    groups.sort_by(|a, b| (a.promise.value, &a.promise.line_id).cmp(&(b.promise.value, &b.promise.line_id)));
    groups
}

/// The latest time named for any line of the group counts: the buyer waits for the last of them.
fn join(group: &mut Group, line: &Line, promise: &Promise) {
    group.lines.push(line.id.clone());
    if promise.postponed > group.promise.postponed {
        group.promise.postponed = promise.postponed;
        group.promise.postponed_since = promise.postponed_since;
    }
    // There is one open talk, so whatever line is asked for more is asked for the same.
    group.promise.proposed = group.promise.proposed.or(promise.proposed);
}

/// The promise that counts for the order: the earliest among its open lines, else among its lines that were not
/// cancelled, else among all of them.
pub fn binding(order: &Order, policy: &Policy) -> Option<Promise> {
    binding_of(order, &groups(order, policy)).map(|group| group.promise.clone())
}

/// The group whose promise is the order's [`binding`] one.
pub fn binding_of<'a>(order: &Order, groups: &'a [Group]) -> Option<&'a Group> {
    let open = |g: &&Group| order.open_lines().any(|l| g.lines.binary_search(&l.id).is_ok());
    groups.iter().find(open).or_else(|| groups.first())
}

fn is_live(order: &Order, line: &Line) -> bool {
    order.cancelled_at.is_none() && line.cancelled_at.is_none()
}

/// Every line with its promise, cancelled or not: what is told apart must not depend on what was cancelled since.
fn of_lines<'a>(order: &'a Order, policy: &Policy) -> Vec<(&'a Line, Promise)> {
    let windows = Windows::of(order, policy);
    let first = |line: &'a Line| Some((line, first_of(order, line, &windows)?));
    let mut all: Vec<(&Line, Promise)> = order.lines.iter().filter_map(first).collect();
    let earliest = all.iter().map(|(_, p)| p.value).min();
    let talks = talk::read(order);
    for (_, promise) in &mut all {
        agree(order, promise, earliest);
        promise.proposed = talks.open.filter(|asked| asked.is_about(promise));
    }
    let earliest = all.iter().map(|(_, p)| p.value).min();
    let mut named: Vec<(Instant, LineId)> = Vec::new();
    for (line, promise) in &mut all {
        if Some(promise.value) == earliest {
            continue;
        }
        let known = named.iter().find(|(value, _)| *value == promise.value).map(|(_, id)| id.clone());
        promise.share = Some(known.unwrap_or_else(|| {
            named.push((promise.value, line.id.clone()));
            line.id.clone()
        }));
    }
    all
}

/// When the policy's windows end that count from payment: each is worked out once, not for every line of it.
struct Windows(Vec<(Fulfilment, Instant)>);

impl Windows {
    fn of(order: &Order, policy: &Policy) -> Self {
        let mut ends: Vec<(Fulfilment, Instant)> = Vec::new();
        let Some(paid) = order.paid_at else { return Self(ends) };
        for line in &order.lines {
            if !ends.iter().any(|(fulfilment, _)| *fulfilment == line.fulfilment) {
                ends.push((line.fulfilment, policy.promised(paid, line.fulfilment)));
            }
        }
        Self(ends)
    }

    fn end(&self, fulfilment: Fulfilment) -> Option<Instant> {
        self.0.iter().find(|(of, _)| *of == fulfilment).map(|(_, end)| *end)
    }
}

/// What was promised for a line before any talk with the buyer: explicit beats computed, line beats order.
fn first_of(order: &Order, line: &Line, windows: &Windows) -> Option<Promise> {
    let placed_at = order.placed_at?;
    let by_line = (&line.ship_by, PromiseSource::Line, placed_at.max(line.added_at));
    let by_order = (&order.ship_by, PromiseSource::Order, placed_at);
    let computed = windows.end(line.fulfilment).zip(order.paid_at);
    let named = [by_line, by_order].into_iter().find_map(|(ship_by, source, start)| {
        let (value, since) = ship_by.promised?;
        // A time that was first named after payment and lies past the window is no promise but a delay to tell.
        let first = ship_by.named_since.unwrap_or(since);
        let too_late = first > start && computed.is_some_and(|(window, paid)| first > paid && value > window);
        (!too_late).then_some((value, source, since))
    });
    let (value, source, since) = named.or(computed.map(|(value, paid)| (value, PromiseSource::Policy, paid)))?;
    let later = [&line.ship_by, &order.ship_by].into_iter().filter_map(newest_word).max_by_key(|(_, at)| *at);
    let postponed = later.filter(|(at, named)| *at > value && *named > since);
    Some(Promise {
        line_id: line.id.clone(),
        value,
        source,
        since,
        version: 1,
        share: None,
        postponed: postponed.map(|(at, _)| at),
        postponed_since: postponed.map(|(_, since)| since),
        proposed: None,
    })
}

/// The newest time an event named, whether it became a promise or not.
fn newest_word(ship_by: &ShipBy) -> Option<(Instant, Instant)> {
    ship_by.postponed.or(ship_by.promised)
}

/// Lays agreed talks over the first promise. An earlier time the shop named after the last agreement stands: a
/// shop may always be faster than agreed. So does the later promise of a line the talk was not about.
fn agree(order: &Order, promise: &mut Promise, earliest: Option<Instant>) {
    let mut agreed: Vec<(Instant, Instant)> = Vec::new();
    for (since, talk) in order.talks.iter().filter(|(_, talk)| talk.status == RenegotiationStatus::Agreed) {
        // The same agreement told twice is one.
        if agreed.last().is_none_or(|(_, value)| *value != talk.ship_by) {
            agreed.push((*since, talk.ship_by));
        }
    }
    let Some((since, value)) = agreed.last().copied() else {
        return;
    };
    let another = promise.value > value && Some(promise.value) != earliest;
    if another {
        return;
    }
    promise.version = 1 + u32::try_from(agreed.len()).unwrap_or(u32::MAX - 1);
    if promise.since > since && promise.value < value {
        return;
    }
    let still_later = promise.postponed.filter(|at| *at > value && promise.postponed_since > Some(since));
    promise.value = value;
    promise.source = PromiseSource::Renegotiation;
    promise.since = since;
    promise.postponed = still_later;
    promise.postponed_since = still_later.and(promise.postponed_since);
}
