//! The learned model: counted waits by group, and the answers drawn from them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::backlog::{Backlog, Load, Queue};
use super::cells::{CELLS, Cells, span};
use super::priors::{PACE_ENDS, PARENT_ENDS, PRIOR_ENDS, SLOWED, median_hours, scale};
use super::{Curve, Forecast, Observation, Prediction, Question, slowest};
use crate::because::Basis;
use crate::cause::{Cause, Finding};
use crate::event::{Fulfilment, ParcelState, Stage};
use crate::ids::OrderKey;
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::Ppm;

/// Fewest ended waits a quantile of silence or of a leg may stand on (contract).
const COMPARABLE_MIN: u64 = 20;

/// Which wait is counted: what began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// From entering a step (`None`: from payment) to handover.
    Stage(Option<Stage>),
    /// From the announced ship time to handover.
    Announced,
    /// From the end of what held the order up to handover.
    Resumed,
    /// From the report that something holds the order up to handover.
    Blocked(Cause),
    /// From one word of the warehouse to its next.
    Dwell(Option<Stage>),
    /// From one sign of life of a parcel (`None`: its handover) to the next.
    Leg(Option<ParcelState>),
}

/// Whose waits are comparable, from the widest group to the narrowest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(Vec<String>);

impl Groups {
    /// Groups of an order: everybody, the shop, the warehouse; each split by how the goods are made ready.
    pub fn of_order(key: &OrderKey, warehouse: Option<&str>, fulfilment: Fulfilment, wait: Wait) -> Self {
        let what = format!("{wait:?}|{fulfilment:?}");
        let shop = format!("{what}|{}", key.merchant_id);
        let mut groups = vec![what, shop.clone()];
        groups.extend(warehouse.map(|w| format!("{shop}|{w}")));
        Self(groups)
    }

    /// Groups of a parcel: everybody, the carrier.
    pub fn of_leg(carrier: Option<&str>, wait: Wait) -> Self {
        let what = format!("{wait:?}");
        let narrow = carrier.map(|c| format!("{what}|{c}"));
        Self(std::iter::once(what).chain(narrow).collect())
    }

    /// Groups that were named before, widest first: what [`Groups::names`] gave.
    pub fn from_names(names: Vec<String>) -> Self {
        Self(names)
    }

    /// Their names, widest first.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// Counted waits by group. The same set of observations gives the same model, in whatever order they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    version: String,
    groups: BTreeMap<String, Cells>,
    queues: BTreeMap<String, Backlog>,
}

impl Model {
    /// A model over `groups` of waits and `queues` that calls itself `version`.
    pub fn new(version: String, groups: BTreeMap<String, Cells>, queues: BTreeMap<String, Backlog>) -> Self {
        Self { version, groups, queues }
    }

    /// The tick it was learned at, as text; empty before the first.
    pub fn stored_version(&self) -> &str {
        &self.version
    }

    /// Learns `observations` as of the tick at `tick`; returns the names of the groups and queues that changed. How the
    /// observations of one tick are split over calls changes nothing.
    pub fn learn<'a>(&mut self, observations: impl IntoIterator<Item = &'a Observation>, tick: Instant) -> Vec<String> {
        let mut changed = BTreeSet::new();
        for seen in observations {
            match seen {
                Observation::Waited(wait) => {
                    for name in wait.groups.names() {
                        self.groups.entry(name.clone()).or_default().add(wait.from, wait.to, wait.ended);
                        changed.insert(name.clone());
                    }
                }
                Observation::Joined(queue) => changed.extend(self.queue(queue, 1, tick)),
                Observation::Left(queue) => changed.extend(self.queue(queue, -1, tick)),
            }
        }
        self.version = tick.to_string();
        changed.into_iter().collect()
    }

    fn queue(&mut self, queue: &Queue, change: i64, tick: Instant) -> Option<String> {
        let name = queue.name().to_owned();
        self.queues.entry(name.clone()).or_insert_with(|| Backlog::new(tick)).change(change, tick);
        Some(name)
    }

    #[cfg(test)]
    pub(super) fn groups_for_test(self) -> BTreeMap<String, Cells> {
        self.groups
    }

    /// What was counted for a group.
    pub fn cells(&self, group: &str) -> Option<&Cells> {
        self.groups.get(group)
    }

    /// How long a queue was, tick by tick.
    pub fn backlog(&self, queue: &str) -> Option<&Backlog> {
        self.queues.get(queue)
    }

    /// Rates per millisecond: the prior, then each group from the widest to the narrowest. A narrower group first
    /// takes the wider one's shape at its own pace, then bends each span towards its own counts (Gamma priors on
    /// piecewise constant rates).
    fn rates(&self, wait: Wait, groups: &Groups, pressed: Option<Pressed>) -> [f64; CELLS] {
        let mut rates = [std::f64::consts::LN_2 / (median_hours(wait) * 3_600_000.0); CELLS];
        if let Some(Pressed { until, scale }) = pressed {
            let before = |cell: usize| span(cell).0 < until;
            rates.iter_mut().enumerate().filter(|(cell, _)| before(*cell)).for_each(|(_, rate)| *rate /= scale);
        }
        for (level, name) in groups.names().iter().enumerate() {
            let Some(cells) = self.groups.get(name) else {
                continue;
            };
            let own = if level == 0 { PRIOR_ENDS } else { PARENT_ENDS };
            let pace = pace(cells, &rates);
            for (cell, rate) in rates.iter_mut().enumerate() {
                let expected = *rate * pace;
                *rate = (count(cells.ends_in(cell)) + own) / (count(cells.waited_ms_in(cell)) + own / expected);
            }
        }
        rates
    }

    /// How long `share` of the waits in the narrowest group with enough ends lasted.
    fn limit(&self, groups: &Groups, share: f64) -> Option<Span> {
        let enough = |name: &String| self.groups.get(name).filter(|c| c.ended() >= COMPARABLE_MIN);
        groups.names().iter().rev().find_map(enough)?.quantile(share)
    }

    fn basis(&self, groups: &Groups, wait: Wait, since: Instant) -> Basis {
        let seen = |name: Option<&String>| name.and_then(|n| self.groups.get(n)).map_or(0, Cells::ended);
        let (all, shop) = (seen(groups.names().first()), seen(groups.names().get(1)));
        Basis { wait, since, shop, all }
    }
}

/// Until ship-by a short promise presses: waits are shorter by the factor `scale`.
#[derive(Clone, Copy)]
struct Pressed {
    /// Ship-by, counted from the beginning of the wait.
    until: Span,
    scale: f64,
}

/// How fast a group is against the rates it is compared with: 1 is the same pace.
fn pace(cells: &Cells, rates: &[f64; CELLS]) -> f64 {
    let mut expected = 0.0;
    for (cell, rate) in rates.iter().enumerate() {
        expected += count(cells.waited_ms_in(cell)) * rate;
    }
    (count(cells.ended()) + PACE_ENDS) / (expected + PACE_ENDS)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

/// The wait an order is in, when it began and since when it is known to last.
fn current(order: &Order, finding: &Finding, now: Instant) -> Option<(Wait, Instant, Instant)> {
    let (stage, entered) = order.stage()?;
    let announced = order.expected_ship.map(|a| a.at);
    let freed = finding.clears_at.filter(|_| finding.blocks);
    if let Some(end) = freed.max(announced).filter(|end| *end > now) {
        let wait = if freed == Some(end) { Wait::Resumed } else { Wait::Announced };
        return Some((wait, end, end));
    }
    if finding.blocks {
        return Some((Wait::Blocked(finding.cause), finding.since.unwrap_or(entered).max(order.paid_at?), now));
    }
    let resumed = order.exceptions.iter().filter_map(|e| e.cleared_at).filter(|at| *at <= now).max();
    let wait = [announced.map(|at| (Wait::Announced, at)), resumed.map(|at| (Wait::Resumed, at))];
    let latest = wait.into_iter().flatten().filter(|(_, at)| *at > entered).max_by_key(|(_, at)| *at);
    let (wait, origin) = latest.unwrap_or((Wait::Stage(stage), entered));
    Some((wait, origin, now))
}

impl Forecast for Model {
    fn version(&self) -> &str {
        if self.version.is_empty() { "prior" } else { &self.version }
    }

    fn predict(&self, q: Question<'_>) -> Option<Prediction> {
        let (wait, origin, since) = current(q.order, q.finding, q.now)?;
        let warehouse = q.order.warehouse_id.as_ref().map(crate::ids::WarehouseId::as_str);
        let groups = |wait| Groups::of_order(&q.order.key, warehouse, slowest(q.order), wait);
        let own = groups(wait);
        let is_stage = matches!(wait, Wait::Stage(_));
        let promised = q.ship_by.zip(q.order.paid_at).filter(|_| is_stage);
        let pressed = promised.map(|(by, paid)| Pressed { until: by - origin, scale: scale(by - paid) });
        let curve = Curve::new(origin, since, self.rates(wait, &own, pressed));
        // What was reported and does not stop the order slows it down, and the word of its end bounds what is quoted.
        let slowed = q.finding.since.is_some() && !q.finding.blocks;
        let curve = if slowed && is_stage { curve.slowed(SLOWED) } else { curve };
        let usual =
            |end: Instant| Curve::new(end, end, self.rates(Wait::Resumed, &groups(Wait::Resumed), None)).quantile(0.5);
        let not_before = q.finding.clears_at.filter(|end| slowed && *end > q.now).map(usual);
        Some(Prediction { curve, not_before, basis: self.basis(&own, wait, origin) })
    }

    fn silence_limit(&self, order: &Order, share: Ppm) -> Option<Span> {
        let (stage, _) = order.stage()?;
        let warehouse = order.warehouse_id.as_ref().map(crate::ids::WarehouseId::as_str);
        let groups = Groups::of_order(&order.key, warehouse, slowest(order), Wait::Dwell(stage));
        self.limit(&groups, share.as_f64())
    }

    fn surge(&self, order: &Order, now: Instant) -> Option<Load> {
        self.queues.get(Queue::of(order).name())?.far_above_usual(now)
    }

    fn leg_limit(&self, carrier: Option<&str>, last: Option<ParcelState>) -> Option<Span> {
        self.limit(&Groups::of_leg(carrier, Wait::Leg(last)), 0.95)
    }
}
