//! How many orders wait in a warehouse, and how many usually do.

use serde::{Deserialize, Serialize};

use crate::ids::WarehouseId;
use crate::instant::{Instant, Span};
use crate::order::Order;

/// What is usual is the mean of this much past; a level that lasts longer becomes the usual one. Our choice: two
/// weeks, so that every weekday counts twice.
const MEMORY: Span = Span::hours(14 * 24);
/// A queue watched for less than this has no usual length yet. Our choice: a whole week, weekend included.
const WATCHED_MIN: Span = Span::hours(7 * 24);
/// A backlog is far above its usual from this multiple on. Our choice: the Monday after a weekend without work
/// stays below it.
const FAR_ABOVE: f64 = 2.0;
/// And by at least this many orders: a small shop's queue doubles with every good afternoon.
const FAR_ABOVE_MIN: f64 = 20.0;

/// The queue an order waits in: its warehouse's, else its shop's as long as no warehouse is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Queue(String);

impl Queue {
    /// What every queue's name begins with, and no other group's.
    pub(super) const PREFIX: &str = "queue|";

    /// The queue of `order`.
    pub fn of(order: &Order) -> Self {
        let warehouse = order.warehouse_id.as_ref().map_or("", WarehouseId::as_str);
        Self(format!("{}{}|{warehouse}", Self::PREFIX, order.key.merchant_id))
    }

    /// The queue that calls itself `name`.
    pub(super) fn named(name: String) -> Self {
        Self(name)
    }

    /// Its name among the model's groups.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// The length of a queue over time, as seen at the ticks at which it changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    open: i64,
    usual: f64,
    first_ms: i64,
    last_ms: i64,
}

/// How long a queue is against its usual length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Orders that wait now, as of the newest tick.
    pub open: u64,
    /// Orders that usually wait: the mean of the last two weeks.
    pub usual: u64,
}

impl Backlog {
    /// An empty queue, watched from `tick` on.
    pub(super) fn new(tick: Instant) -> Self {
        Self { open: 0, usual: 0.0, first_ms: tick.ms(), last_ms: tick.ms() }
    }

    /// Adds `change` orders at `tick`. Until then the queue was as long as before, and that counts as much towards
    /// the usual as it lasted.
    pub(super) fn change(&mut self, change: i64, tick: Instant) {
        self.usual = self.usual_at(tick);
        self.open += change;
        self.last_ms = self.last_ms.max(tick.ms());
    }

    fn usual_at(&self, now: Instant) -> f64 {
        let lasted = (now.ms() - self.last_ms).max(0);
        let watched = (now.ms() - self.first_ms).clamp(1, MEMORY.ms());
        let weight = (float(lasted) / float(watched)).min(1.0);
        self.usual + weight * (float(self.open) - self.usual)
    }

    /// The load at `now`, if it is far above the usual one.
    pub(super) fn far_above_usual(&self, now: Instant) -> Option<Load> {
        let usual = self.usual_at(now);
        let far = float(self.open) >= usual * FAR_ABOVE && float(self.open) - usual >= FAR_ABOVE_MIN;
        let known = now.ms() - self.first_ms >= WATCHED_MIN.ms();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts, never below 0")]
        (far && known).then(|| Load { open: self.open.max(0).unsigned_abs(), usual: (usual + 0.5) as u64 })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^53")]
fn float(n: i64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::at;

    fn steady(hours: i64) -> Backlog {
        let mut backlog = Backlog::new(at(0));
        backlog.change(30, at(0));
        for hour in 1..hours {
            backlog.change(if hour % 2 == 0 { 5 } else { -5 }, at(hour));
        }
        backlog
    }

    #[test]
    fn twice_the_usual_is_far_above_and_a_little_more_is_not() {
        let mut backlog = steady(10 * 24);
        backlog.change(20, at(240));
        assert_eq!(backlog.far_above_usual(at(240)), None);
        backlog.change(20, at(241));
        assert_eq!(backlog.far_above_usual(at(241)), Some(Load { open: 65, usual: 28 }));
    }

    #[test]
    fn a_queue_watched_for_less_than_a_week_has_no_usual() {
        let mut backlog = steady(6 * 24);
        backlog.change(500, at(144));
        assert_eq!(backlog.far_above_usual(at(150)), None);
    }

    #[test]
    fn a_level_that_lasts_becomes_the_usual_one() {
        let mut backlog = steady(20 * 24);
        backlog.change(40, at(480));
        assert!(backlog.far_above_usual(at(481)).is_some());
        assert_eq!(backlog.far_above_usual(at(480 + 14 * 24)), None);
    }

    #[test]
    fn a_small_queue_that_doubles_is_no_surge() {
        let mut backlog = Backlog::new(at(0));
        backlog.change(4, at(0));
        backlog.change(15, at(300));
        assert_eq!(backlog.far_above_usual(at(301)), None);
    }

    #[test]
    fn a_clock_that_steps_back_changes_nothing_that_was_seen() {
        let mut backlog = steady(10 * 24);
        let before = backlog.clone();
        backlog.change(0, at(100));
        assert_eq!(backlog, before);
    }
}
