//! What an order's own history teaches: waits that ended, and waits seen so far.

use serde::{Deserialize, Serialize};

use super::backlog::Queue;
use super::model::{Groups, Wait};
use super::slowest;
use crate::event::ParcelState;
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};

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
}

/// One stretch of a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Whom it teaches about.
    pub groups: Groups,
    /// Where the stretch begins, counted from the beginning of the wait.
    #[serde(with = "as_ms")]
    pub from: Span,
    /// Where it ends.
    #[serde(with = "as_ms")]
    pub to: Span,
    /// Whether the wait ended there, or goes on.
    pub ended: bool,
}

/// A span as its milliseconds: the text form is for people and drops them.
mod as_ms {
    use super::Span;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Span, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(span.ms())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        i64::deserialize(from).map(Span::from_ms)
    }
}

/// How far an order's waits have been learned, so that nothing is learned twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Learned(Vec<Progress>);

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
    end: Option<(Instant, bool)>,
}

/// What can be learned from `order` at `now` and was not learned before.
pub fn observe(order: &Order, ship_by: Option<Instant>, learned: &mut Learned, now: Instant) -> Vec<Observation> {
    let mut seen = Vec::new();
    for stretch in stretches(order) {
        let until = stretch.end.or_else(|| Some((checkpoint(ship_by?, now)?, false)));
        let Some((until, ended)) = until else {
            continue;
        };
        if until <= now {
            seen.extend(learned.advance(&stretch, until, ended).map(Observation::Waited));
        }
    }
    learned.queue(queue(order, ship_by, now), &mut seen);
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
        for left in self.0.iter_mut().filter(is_queue).filter(|p| !p.done && !is_wanted(&p.wait)) {
            left.done = true;
            seen.push(Observation::Left(Queue::named(left.wait.clone())));
        }
        let Some(queue) = wanted else { return };
        match self.0.iter_mut().find(|p| p.wait == queue.name()) {
            Some(known) if !known.done => return,
            Some(back) => back.done = false,
            None => self.0.push(Progress { wait: queue.name().to_owned(), upto_ms: 0, done: false }),
        }
        seen.push(Observation::Joined(queue));
    }

    fn advance(&mut self, stretch: &Stretch, until: Instant, ended: bool) -> Option<Waited> {
        let known = self.0.iter().position(|p| p.wait == stretch.label);
        let at = known.unwrap_or_else(|| {
            self.0.push(Progress { wait: stretch.label.clone(), upto_ms: 0, done: false });
            self.0.len() - 1
        });
        let progress = self.0.get_mut(at)?;
        let final_word = stretch.end.is_some();
        let from = Span::from_ms(progress.upto_ms);
        let to = (until - stretch.origin).max(from);
        if progress.done || (!final_word && to == from) {
            return None;
        }
        progress.upto_ms = to.ms();
        progress.done = final_word;
        (ended || to > from).then(|| Waited { groups: stretch.groups.clone(), from, to, ended })
    }
}

fn stretches(order: &Order) -> Vec<Stretch> {
    let Some(paid_at) = order.paid_at else {
        return Vec::new();
    };
    let warehouse = order.warehouse_id.as_ref().map(crate::ids::WarehouseId::as_str);
    let groups = |wait| Groups::of_order(&order.key, warehouse, fulfilment(order), wait);
    let over = ending(order);
    let mut all = vec![Stretch { label: "paid".into(), groups: groups(Wait::Stage(None)), origin: paid_at, end: over }];
    let mut words = vec![(None, paid_at)];
    for (stage, at) in &order.stages {
        let wait = Wait::Stage(Some(*stage));
        all.push(Stretch { label: stage.as_str().into(), groups: groups(wait), origin: *at, end: over });
        words.push((Some(*stage), (*at).max(paid_at)));
    }
    for (i, (stage, at)) in words.iter().enumerate() {
        let next = words.get(i + 1).map(|(_, at)| (*at, true)).or(over);
        let label = format!("dwell {}", stage.map_or("paid", crate::event::Stage::as_str));
        all.push(Stretch { label, groups: groups(Wait::Dwell(*stage)), origin: *at, end: next });
    }
    if let Some(announced) = order.expected_ship {
        all.push(Stretch {
            label: "announced".into(),
            groups: groups(Wait::Announced),
            origin: announced.at,
            end: over,
        });
    }
    for exception in &order.exceptions {
        let wait = Wait::Blocked(crate::cause::of_exception(exception.kind));
        all.push(Stretch {
            label: format!("held {}", exception.id),
            groups: groups(wait),
            origin: exception.since,
            end: over,
        });
        if let Some(cleared) = exception.cleared_at {
            let label = format!("resumed {}", exception.id);
            all.push(Stretch { label, groups: groups(Wait::Resumed), origin: cleared, end: over });
        }
    }
    all.extend(order.parcels.iter().flat_map(legs));
    all
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

/// The ways between a parcel's signs of life: from handover to the first word, and from each new word to the next.
fn legs(parcel: &Parcel) -> Vec<Stretch> {
    let Some(handed_over) = parcel.handed_over_at() else {
        return Vec::new();
    };
    let carrier = parcel.carrier.as_ref().map(crate::ids::Carrier::as_str);
    let mut words = vec![(None, handed_over)];
    words.extend(parcel.firsts.iter().filter(|(_, at)| *at > handed_over).map(|(state, at)| (Some(*state), *at)));
    let leg = |(i, (state, at)): (usize, &(Option<ParcelState>, Instant))| Stretch {
        label: format!("leg {} {}", parcel.id, state.map_or("handed_over", ParcelState::as_str)),
        groups: Groups::of_leg(carrier, Wait::Leg(*state)),
        origin: *at,
        end: words.get(i + 1).map(|(_, next)| (*next, true)),
    };
    let legs = words.iter().enumerate().map(leg);
    // After its arrival a parcel gives no more signs of life, and none are missed.
    legs.filter(|l| l.end.is_some() || !parcel.is_settled()).collect()
}
