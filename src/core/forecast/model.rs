//! The learned model: what was counted, what was weighed, and how a tick's observations change both.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::asked::Verdict;
use super::backlog::{Backlog, Queue};
use super::cells::{CELLS, Cells, cell_at, span};
use super::clock::{Clock, Habit, part_end, part_of};
use super::curve::{Rates, expected};
use super::judge::Judge;
use super::legs::{LANES_MAX, is_lane};
use super::priors::{PACE_ENDS, PACE_REACH, PARENT_ENDS, PRIOR_ENDS, median_hours};
use super::record::Record;
use super::waits::{Groups, HOURS, Wait};
use super::{Observation, Waited};
use crate::instant::{Instant, Span};

/// The name of the weights among the parts of the model.
const JUDGE: &str = "judge";
/// A wait teaches nothing about shipping hours after this long: by then it is not the hours that hold it up. Our choice.
const HOURS_TAUGHT: Span = Span::hours(30 * 24);
/// A wait past ship-by teaches nothing about what was known before it after this long. Our choice.
const TAIL_TAUGHT: Span = Span::hours(40 * 24);

/// What is learned beside counted waits and queues, kept under its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// When a group ships.
    Hours(Habit),
    /// How a shop kept its promises.
    Record(Record),
    /// What everything known beside the waits weighs.
    Judge(Box<Judge>),
}

/// Everything learned. The same observations in the same order give the same model, however they are split over calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    version: String,
    pub(super) groups: BTreeMap<String, Cells>,
    pub(super) queues: BTreeMap<String, Backlog>,
    /// How many of the groups are lanes of parcels, so that nobody has to count them for every wait.
    lanes: usize,
    habits: BTreeMap<String, Habit>,
    records: BTreeMap<String, Record>,
    pub(super) judge: Judge,
}

impl Model {
    /// A model over `groups` of waits, `queues` and `parts` that calls itself `version`. A part of another form than
    /// this program's is left out and learned anew.
    pub fn new(
        version: String,
        groups: BTreeMap<String, Cells>,
        queues: BTreeMap<String, Backlog>,
        parts: impl IntoIterator<Item = (String, Part)>,
    ) -> Self {
        let lanes = groups.keys().filter(|name| is_lane(name)).count();
        let mut model = Self { version, groups, queues, lanes, ..Self::default() };
        for (name, part) in parts {
            match part {
                Part::Hours(habit) => drop(model.habits.insert(name, habit)),
                Part::Record(record) => drop(model.records.insert(name, record)),
                Part::Judge(judge) if judge.is_current() => model.judge = *judge,
                Part::Judge(_) => {}
            }
        }
        model
    }

    /// The tick it was learned at, as text; empty before the first.
    pub fn stored_version(&self) -> &str {
        &self.version
    }

    /// What was counted for a group.
    pub fn cells(&self, group: &str) -> Option<&Cells> {
        self.groups.get(group)
    }

    /// How long a queue was, tick by tick.
    pub fn backlog(&self, queue: &str) -> Option<&Backlog> {
        self.queues.get(queue)
    }

    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<Part> {
        if name == JUDGE {
            return Some(Part::Judge(Box::new(self.judge.clone())));
        }
        let hours = self.habits.get(name).cloned().map(Part::Hours);
        hours.or_else(|| self.records.get(name).cloned().map(Part::Record))
    }

    #[cfg(test)]
    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }

    #[cfg(test)]
    pub(super) fn habits(&self) -> impl Iterator<Item = &str> {
        self.habits.keys().map(String::as_str)
    }

    #[cfg(test)]
    pub(super) fn record_names(&self) -> impl Iterator<Item = &str> {
        self.records.keys().map(String::as_str)
    }

    /// Learns `observations`, in the order in which the store gives them, as of the tick at `tick`; returns the names
    /// of the groups, queues and parts that changed. How the observations of one tick are split over calls changes
    /// nothing.
    pub fn learn<'a>(&mut self, observations: impl IntoIterator<Item = &'a Observation>, tick: Instant) -> Vec<String> {
        let mut changed = BTreeSet::new();
        for seen in observations {
            self.take(seen, tick, &mut changed);
        }
        self.version = tick.to_string();
        changed.into_iter().collect()
    }

    fn take(&mut self, seen: &Observation, tick: Instant, changed: &mut BTreeSet<String>) {
        match seen {
            Observation::Waited(wait) => self.wait(wait, tick, changed),
            Observation::Joined(queue) => changed.extend(self.queue(queue, 1, tick)),
            Observation::Left(queue) => changed.extend(self.queue(queue, -1, tick)),
            Observation::Overran(groups) => self.record(groups, changed, |record| record.overrun(1)),
            Observation::CaughtUp(groups) => self.record(groups, changed, |record| record.overrun(-1)),
            Observation::Judged(verdict) => self.verdict(verdict, tick, changed),
            Observation::Shipped { groups, took } => self.record(groups, changed, |record| record.ship(*took, tick)),
            Observation::Quoted(kept) => {
                self.judge.learn_quotes(kept);
                changed.insert(JUDGE.to_owned());
            }
        }
    }

    fn queue(&mut self, queue: &Queue, change: i64, tick: Instant) -> Option<String> {
        let name = queue.name().to_owned();
        self.queues.entry(name.clone()).or_insert_with(|| Backlog::new(tick)).change(change, tick);
        Some(name)
    }

    fn record(&mut self, groups: &Groups, changed: &mut BTreeSet<String>, change: impl Fn(&mut Record)) {
        for name in groups.records() {
            change(self.records.entry(name.clone()).or_default());
            changed.insert(name);
        }
    }

    fn verdict(&mut self, verdict: &Verdict, tick: Instant, changed: &mut BTreeSet<String>) {
        let was_open = verdict.was_open_late();
        self.record(&verdict.groups, changed, |record| record.judge(verdict.missed, was_open, tick));
        for (landmark, traits) in &verdict.foretold {
            self.judge.learn_verdict(*landmark, *traits, verdict.missed, tick);
            changed.insert(JUDGE.to_owned());
        }
    }

    fn wait(&mut self, wait: &Waited, tick: Instant, changed: &mut BTreeSet<String>) {
        let (mut from, mut to) = (wait.from, wait.to);
        if let Some(origin) = wait.origin {
            let clock = self.clock(&wait.groups);
            let since = |passed: Span| clock.shipping(origin + passed) - clock.shipping(origin);
            (from, to) = (since(wait.from), since(wait.to));
            if wait.groups.is_from_payment() {
                self.hours(wait, origin, &clock, changed);
            }
        }
        self.tail(wait, from, to, tick, changed);
        for name in wait.groups.names() {
            if !self.is_learned(name) {
                continue;
            }
            self.groups.entry(name.clone()).or_default().add(from, to, wait.ended);
            changed.insert(name.clone());
        }
    }

    /// Whether waits of the group are counted: all but those of lanes beyond the bound.
    fn is_learned(&mut self, name: &str) -> bool {
        if !is_lane(name) || self.groups.contains_key(name) {
            return true;
        }
        let has_room = self.lanes < LANES_MAX;
        self.lanes += usize::from(has_room);
        has_room
    }

    /// Learns when the groups of a wait ship: how many handovers were expected in each part of the week, and how many
    /// came.
    fn hours(&mut self, wait: &Waited, origin: Instant, clock: &Clock, changed: &mut BTreeSet<String>) {
        let rates = self.rates(Wait::Stage(None), &wait.groups, None);
        let names: Vec<String> = wait.groups.hours().collect();
        let mut habits: Vec<Habit> = names.iter().map(|n| self.habits.get(n).cloned().unwrap_or_default()).collect();
        let end = origin + wait.to.min(HOURS_TAUGHT);
        let mut at = origin + wait.from;
        while at < end {
            let next = part_end(at).min(end);
            let part = part_of(at);
            let middle = clock.shipping(at + Span::from_ms((next - at).ms() / 2)) - clock.shipping(origin);
            let rate = rates[cell_at(middle)] * milliseconds(next - at);
            let against: Vec<f64> = habits.iter().map(|habit| habit.against(part)).collect();
            for (level, habit) in habits.iter_mut().enumerate() {
                let others = against.iter().enumerate().filter(|(other, _)| *other != level);
                habit.expect(part, others.fold(rate, |rate, (_, pace)| rate * pace));
            }
            at = next;
        }
        if wait.ended {
            habits.iter_mut().for_each(|habit| habit.end(origin + wait.to));
        }
        changed.extend(names.iter().cloned());
        self.habits.extend(names.into_iter().zip(habits));
    }

    /// Learns what was known about an order before its ship-by says about how long it takes after it.
    fn tail(&mut self, wait: &Waited, from: Span, to: Span, tick: Instant, changed: &mut BTreeSet<String>) {
        let Some(traits) = wait.traits.filter(|_| from < TAIL_TAUGHT) else { return };
        let rates = self.rates(Wait::Overdue, &wait.groups, None);
        let seen_to = to.min(TAIL_TAUGHT);
        let middle = Span::from_ms((from + seen_to).ms() / 2);
        self.judge.learn_tail(traits, wait.ended, expected(&rates, from, seen_to), middle, tick);
        changed.insert(JUDGE.to_owned());
    }

    /// When the narrowest of `groups` ships.
    pub(super) fn clock(&self, groups: &Groups) -> Clock {
        let names: Vec<String> = groups.hours().collect();
        Clock::of(names.iter().filter_map(|name| self.habits.get(name)))
    }

    /// When everybody ships.
    pub(super) fn common_clock(&self) -> Clock {
        Clock::of(self.habits.get(HOURS).into_iter())
    }

    /// How everybody kept their promises, and the shop: empty where nothing was seen.
    pub(super) fn records(&self, groups: &Groups) -> [Record; 2] {
        let mut found = groups.records().map(|name| self.records.get(&name).cloned().unwrap_or_default());
        [found.next().unwrap_or_default(), found.next().unwrap_or_default()]
    }

    /// Rates per millisecond: the prior, then each group from the widest to the narrowest. A narrower group first
    /// takes the wider one's shape at its own pace, then bends each span towards its own counts (Gamma priors on
    /// piecewise constant rates).
    pub(super) fn rates(&self, wait: Wait, groups: &Groups, pressed: Option<Pressed>) -> Rates {
        let mut rates = [std::f64::consts::LN_2 / (median_hours(wait) * 3_600_000.0); CELLS];
        if let Some(Pressed { until, scale }) = pressed {
            let before = |cell: usize| span(cell).0 < until;
            rates.iter_mut().enumerate().filter(|(cell, _)| before(*cell)).for_each(|(_, rate)| *rate /= scale);
        }
        for (level, name) in groups.waiting(wait).enumerate() {
            if let Some(cells) = self.groups.get(&name) {
                bend(&mut rates, cells, if level == 0 { PRIOR_ENDS } else { PARENT_ENDS });
            }
        }
        rates
    }
}

/// Until ship-by a short promise presses: waits are shorter by the factor `scale`.
#[derive(Clone, Copy)]
pub(super) struct Pressed {
    /// Ship-by, counted from the beginning of the wait.
    pub(super) until: Span,
    pub(super) scale: f64,
}

/// Bends `rates` towards what was counted for a narrower group. Its pace against them is taken around each span, so
/// that being quick at first says little about those who still wait long after.
fn bend(rates: &mut Rates, cells: &Cells, own: f64) {
    let ended = |cell| count(cells.ends_in(cell));
    let waited = |cell| count(cells.waited_ms_in(cell));
    let (mut seen, mut due) = ([0.0; CELLS], [0.0; CELLS]);
    let (mut near_seen, mut near_due) = (0.0, 0.0);
    for cell in 0..CELLS {
        near_seen = near_seen * PACE_REACH + ended(cell);
        near_due = near_due * PACE_REACH + waited(cell) * rates[cell];
        (seen[cell], due[cell]) = (near_seen, near_due);
    }
    (near_seen, near_due) = (0.0, 0.0);
    for cell in (0..CELLS).rev() {
        let expected = waited(cell) * rates[cell];
        let pace = (seen[cell] + near_seen * PACE_REACH + PACE_ENDS) / (due[cell] + near_due * PACE_REACH + PACE_ENDS);
        near_seen = near_seen * PACE_REACH + ended(cell);
        near_due = near_due * PACE_REACH + expected;
        rates[cell] = (ended(cell) + own) / (waited(cell) + own / (rates[cell] * pace));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a century are exact in a double")]
fn milliseconds(span: Span) -> f64 {
    span.ms() as f64
}
