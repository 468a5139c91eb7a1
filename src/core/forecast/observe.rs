//! What an order's own history teaches: waits that ended, and waits seen so far.

use serde::{Deserialize, Serialize};

use super::asked::{Asked, Verdict};
use super::backlog::Queue;
use super::journey::journey;
use super::legs::{Leg, legs};
use super::slowest;
use super::traits::Traits;
use super::waits::{Groups, Wait};
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};
use crate::policy::MetBy;

/// After ship-by an open order is learned as "still waiting" at these moments, so that orders which never ship
/// weigh as they should. Our choice: a few steps, each some times longer than the one before.
const CHECKPOINTS: [Span; 4] = [Span::ZERO, Span::hours(72), Span::hours(240), Span::hours(720)];

/// One thing an order taught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// A stretch of a wait was seen.
    Waited(Waited),
    /// The order joined a queue.
    Joined(Queue),
    /// The order left a queue.
    Left(Queue),
    /// The order ran past its ship-by unshipped: whose it is.
    Overran(Groups),
    /// Such an order was shipped, cancelled or given up.
    CaughtUp(Groups),
    /// It is known whether ship-by was kept.
    Judged(Verdict),
    /// The order was handed over.
    Shipped {
        /// Whose it is.
        groups: Groups,
        /// From payment to handover.
        #[serde(with = "as_ms")]
        took: Span,
    },
    /// Whether the dates foretold a day before ship-by were kept, one for each watched confidence; `None`: not
    /// known, or said before.
    Quoted(Vec<Option<bool>>),
}

/// One stretch of a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Whom it teaches about.
    pub groups: Groups,
    /// When the wait began, where it is one for the warehouse's hands: those are counted in its shipping time.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "as_maybe_ms")]
    pub origin: Option<Instant>,
    /// Where the stretch begins, counted from the beginning of the wait.
    #[serde(with = "as_ms")]
    pub from: Span,
    /// Where it ends.
    #[serde(with = "as_ms")]
    pub to: Span,
    /// Whether the wait ended there, or goes on.
    pub ended: bool,
    /// What was known about the order shortly before ship-by, where the wait is for an order past it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traits: Option<Traits>,
}

/// A span as its milliseconds: the text form is for people and drops them.
pub(super) mod as_ms {
    use super::Span;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::forecast) fn serialize<S: Serializer>(span: &Span, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(span.ms())
    }

    pub(in crate::forecast) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        i64::deserialize(from).map(Span::from_ms)
    }
}

/// A moment as its milliseconds, where there is one.
mod as_maybe_ms {
    use super::Instant;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(at: &Option<Instant>, to: S) -> Result<S::Ok, S::Error> {
        at.map(Instant::ms).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Instant>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(Instant::from_ms))
    }
}

/// How far an order's waits have been learned, so that nothing is learned twice, and what was foretold about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Learned {
    waits: Vec<Progress>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    asked: Vec<Asked>,
}

/// The forms in which it was ever kept.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Waits(Vec<Progress>),
    All {
        waits: Vec<Progress>,
        #[serde(default)]
        asked: Vec<Asked>,
    },
}

impl From<Stored> for Learned {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Waits(waits) => Self { waits, asked: Vec::new() },
            Stored::All { waits, asked } => Self { waits, asked },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    wait: String,
    upto_ms: i64,
    done: bool,
}

/// A wait in the life of an order: what, from when, until when if it is over.
struct Stretch {
    label: String,
    groups: Groups,
    origin: Instant,
    /// Whether only the shop's hands end it, so that it is counted in the shop's shipping time.
    by_hand: bool,
    end: Option<(Instant, bool)>,
}

/// What can be learned from `order` at `now` and was not learned before. `asked` is what is foretold now; it is kept
/// and learned from once the outcome is known.
pub fn observe(
    order: &Order,
    ship_by: Option<Instant>,
    asked: Option<&Asked>,
    learned: &mut Learned,
    now: Instant,
) -> Vec<Observation> {
    let mut seen = Vec::new();
    for stretch in stretches(order, ship_by) {
        let until = stretch.end.or_else(|| Some((checkpoint(ship_by?, now)?, false)));
        let Some((until, ended)) = until else {
            continue;
        };
        if until <= now {
            seen.extend(learned.advance(&stretch, until, ended).map(Observation::Waited));
        }
    }
    learned.queue(queue(order, ship_by, now), &mut seen);
    if let Some(ship_by) = ship_by {
        learned.ask(asked.filter(|_| order.is_open()), ship_by);
        learned.judge(order, ship_by, now, &mut seen);
    }
    seen
}

/// The queue the order waits in at `now`. One that is still open at the last checkpoint is taken for forgotten, or
/// lost orders would lengthen the queue for ever.
fn queue(order: &Order, ship_by: Option<Instant>, now: Instant) -> Option<Queue> {
    let forgotten = ship_by.is_none_or(|at| next_checkpoint(at, now).is_none());
    (order.paid_at.is_some() && order.is_open() && !forgotten).then(|| Queue::of(order))
}

/// The next moment at which an open order teaches something by still being open.
pub fn next_checkpoint(ship_by: Instant, now: Instant) -> Option<Instant> {
    CHECKPOINTS.iter().map(|after| ship_by + *after).find(|at| *at > now)
}

fn checkpoint(ship_by: Instant, now: Instant) -> Option<Instant> {
    CHECKPOINTS.iter().map(|after| ship_by + *after).filter(|at| *at <= now).max()
}

impl Learned {
    /// Leaves the queues the order no longer waits in and joins the one it waits in.
    fn queue(&mut self, wanted: Option<Queue>, seen: &mut Vec<Observation>) {
        let is_wanted = |wait: &str| wanted.as_ref().is_some_and(|queue| queue.name() == wait);
        let is_queue = |p: &&mut Progress| p.wait.starts_with(Queue::PREFIX);
        for left in self.waits.iter_mut().filter(is_queue).filter(|p| !p.done && !is_wanted(&p.wait)) {
            left.done = true;
            seen.push(Observation::Left(Queue::named(left.wait.clone())));
        }
        let Some(queue) = wanted else { return };
        match self.waits.iter_mut().find(|p| p.wait == queue.name()) {
            Some(known) if !known.done => return,
            Some(back) => back.done = false,
            None => self.waits.push(Progress { wait: queue.name().to_owned(), upto_ms: 0, done: false }),
        }
        seen.push(Observation::Joined(queue));
    }

    fn advance(&mut self, stretch: &Stretch, until: Instant, ended: bool) -> Option<Waited> {
        let known = self.waits.iter().position(|p| p.wait == stretch.label);
        let at = known.unwrap_or_else(|| {
            self.waits.push(Progress { wait: stretch.label.clone(), upto_ms: 0, done: false });
            self.waits.len() - 1
        });
        let progress = self.waits.get_mut(at)?;
        let final_word = stretch.end.is_some();
        let from = Span::from_ms(progress.upto_ms);
        let to = (until - stretch.origin).max(from);
        if progress.done || (!final_word && to == from) {
            return None;
        }
        progress.upto_ms = to.ms();
        progress.done = final_word;
        let origin = stretch.by_hand.then_some(stretch.origin);
        let traits = if stretch.label == OVERDUE { self.last_look() } else { None };
        (ended || to > from).then(|| Waited { groups: stretch.groups.clone(), origin, from, to, ended, traits })
    }

    /// What was known about the order a day before its ship-by, or as soon as something was.
    fn last_look(&self) -> Option<Traits> {
        let in_time = self.asked.iter().rfind(|asked| asked.is_followed());
        in_time.or(self.asked.last()).map(Asked::traits)
    }

    /// Whether `what` is noted for the first time.
    fn first_time(&mut self, what: &str) -> bool {
        let first = !self.waits.iter().any(|p| p.wait == what);
        if first {
            self.waits.push(Progress { wait: what.into(), upto_ms: 0, done: true });
        }
        first
    }

    /// Keeps what was foretold, once a landmark. A new ship-by makes what was foretold for the old one void.
    fn ask(&mut self, asked: Option<&Asked>, ship_by: Instant) {
        self.asked.retain(|known| known.is_for(ship_by));
        let Some(asked) = asked else { return };
        if self.asked.last().is_none_or(|known| known.landmark() < asked.landmark()) {
            self.asked.push(asked.clone());
        }
    }

    /// What the end of the order, or its passing ship-by, says about the shop and about what was foretold.
    fn judge(&mut self, order: &Order, ship_by: Instant, now: Instant, seen: &mut Vec<Observation>) {
        if order.paid_at.is_none() {
            return;
        }
        let end = ending(order).filter(|(at, _)| *at <= now);
        let groups = Groups::of(order, fulfilment(order), Wait::Stage(None));
        let missed = end.map_or(now >= ship_by, |(at, _)| at > ship_by);
        let cancelled = end.is_some_and(|(_, shipped)| !shipped);
        if (missed || (end.is_some() && !cancelled)) && self.first_time("verdict") {
            let foretold = self.asked.iter().map(|asked| (asked.landmark(), asked.traits())).collect();
            seen.push(Observation::Judged(Verdict { groups: groups.clone(), missed, foretold }));
        }
        if missed && end.is_none() && self.first_time("overran") {
            seen.push(Observation::Overran(groups.clone()));
        }
        let given_up = next_checkpoint(ship_by, now).is_none();
        let overran = self.waits.iter().any(|p| p.wait == "overran");
        if overran && (end.is_some() || given_up) && self.first_time("caught up") {
            seen.push(Observation::CaughtUp(groups.clone()));
        }
        if let Some((paid_at, (at, true))) = order.paid_at.zip(end)
            && self.first_time("shipped")
        {
            seen.push(Observation::Shipped { groups, took: at - paid_at });
        }
        let shipped = end.filter(|(_, shipped)| *shipped).map(|(at, _)| at);
        let open_until = checkpoint(ship_by, now).filter(|_| end.is_none());
        let quoted = self.asked.iter_mut().filter_map(|asked| asked.settle(shipped, open_until));
        seen.extend(quoted.map(Observation::Quoted));
    }
}

/// The label of the wait of an order past its ship-by.
const OVERDUE: &str = "overdue";

fn stretches(order: &Order, ship_by: Option<Instant>) -> Vec<Stretch> {
    let Some(paid_at) = order.paid_at else {
        return Vec::new();
    };
    let over = ending(order);
    let fulfilment = fulfilment(order);
    let stretch = |label: String, wait, origin, end| {
        let by_hand = !matches!(wait, Wait::Dwell(_) | Wait::Pickup);
        Stretch { label, groups: Groups::of(order, fulfilment, wait), origin, by_hand, end }
    };
    let mut all = vec![stretch("paid".into(), Wait::Stage(None), paid_at, over)];
    let mut words = vec![(None, paid_at)];
    for (stage, at) in &order.stages {
        all.push(stretch(stage.as_str().into(), Wait::Stage(Some(*stage)), *at, over));
        words.push((Some(*stage), (*at).max(paid_at)));
    }
    for (i, (stage, at)) in words.iter().enumerate() {
        let next = words.get(i + 1).map(|(_, at)| (*at, true)).or(over);
        let label = format!("dwell {}", stage.map_or("paid", crate::event::Stage::as_str));
        all.push(stretch(label, Wait::Dwell(*stage), *at, next));
    }
    if let Some(announced) = order.expected_ship {
        all.push(stretch("announced".into(), Wait::Announced, announced.at, over));
    }
    for exception in &order.exceptions {
        let wait = Wait::Blocked(crate::cause::of_exception(exception.kind));
        all.push(stretch(format!("held {}", exception.id), wait, exception.since, over));
        if let Some(cleared) = exception.cleared_at {
            all.push(stretch(format!("resumed {}", exception.id), Wait::Resumed, cleared, over));
        }
    }
    // What was reported has waits of its own; silence past ship-by is the rest.
    let silent = order.exceptions.is_empty() && order.expected_ship.is_none();
    let overdue = ship_by.filter(|at| silent && over.is_none_or(|(end, _)| end > *at));
    all.extend(overdue.map(|at| stretch(OVERDUE.into(), Wait::Overdue, at.max(paid_at), over)));
    all.extend(labelled(order).map(|(parcel, said)| {
        let scan = parcel.first_scan_at.map(|at| (at, true));
        stretch(format!("pickup {}", parcel.id), Wait::Pickup, said.max(paid_at), scan)
    }));
    for parcel in &order.parcels {
        all.extend(on_the_way(order, parcel));
        all.extend(to_the_door(order, parcel));
    }
    all
}

/// Parcels that were said to be shipped, and when, where only the carrier's scan keeps the promise.
fn labelled(order: &Order) -> impl Iterator<Item = (&Parcel, Instant)> {
    let counted = order.parcels.iter().filter(|p| order.met_by == MetBy::FirstScan && p.voided_at.is_none());
    counted.filter_map(|p| Some((p, p.shipped_at?)))
}

/// Handover ends a wait; a cancellation only stops our seeing it.
fn ending(order: &Order) -> Option<(Instant, bool)> {
    let shipped = order.handed_over_at().map(|at| (at, true));
    let all_cancelled = order.live_lines().next().is_none();
    let last_line = order.lines.iter().filter_map(|l| l.cancelled_at).max().filter(|_| all_cancelled);
    shipped.or_else(|| order.cancelled_at.or(last_line).map(|at| (at, false)))
}

fn fulfilment(order: &Order) -> crate::event::Fulfilment {
    if order.is_open() {
        return slowest(order);
    }
    order.lines.iter().map(|l| l.fulfilment).max().unwrap_or(crate::event::Fulfilment::InStock)
}

/// The whole way of a parcel that arrived.
fn to_the_door(order: &Order, parcel: &Parcel) -> Option<Stretch> {
    let (origin, end) = journey(parcel)?;
    let (label, groups) = (format!("journey {}", parcel.id), Groups::of_journey(order));
    Some(Stretch { label, groups, origin, by_hand: false, end: Some((end, true)) })
}

/// The legs of a parcel's way. Their labels hold when they began: a word that comes late splits a leg and is learned
/// by itself.
fn on_the_way(order: &Order, parcel: &Parcel) -> impl Iterator<Item = Stretch> {
    legs(parcel).into_iter().map(|(leg, origin, end)| {
        let what = if leg == Leg::Arrival { "arrival" } else { "leg" };
        Stretch {
            label: format!("{what} {} {}", parcel.id, origin.ms()),
            groups: Groups::of_leg(order, parcel, leg),
            origin,
            by_hand: false,
            end: end.map(|at| (at, true)),
        }
    })
}
