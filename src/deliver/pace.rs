//! How many messages may be on one way at once, and how many may leave in a stretch of time.
//!
//! Whoever finds no room is given a time to come back, each a later one, so that a long queue is looked at about once a
//! message and not once a message and second.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// The latest time to come back, from now: what a queue longer than that waits for is looked at again so often, and
/// what its buyer no longer needs is then withdrawn. Our choice.
pub(super) const LATER_MAX: Duration = Duration::from_secs(300);
/// How long an attempt takes until one was seen.
const TAKES: Duration = Duration::from_millis(100);
/// The least and the greatest distance between two that come back: a thousand a second at most, so that looking anew
/// never costs more than sending does.
const STEP: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(10));

/// What one way bears; what is absent does not bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// Messages under way at once.
    pub concurrency: Option<NonZeroU32>,
    /// Messages begun in a minute, spread evenly; up to one second's worth may leave together.
    pub per_minute: Option<NonZeroU32>,
}

impl Limit {
    /// The distance between two messages.
    fn interval(self) -> Option<Duration> {
        self.per_minute.map(|n| Duration::from_secs(60) / n.get())
    }
}

/// What is going on on one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    under_way: u32,
    /// When the next message would leave if all left at even distances (the theoretical arrival time of the generic
    /// cell rate algorithm, ITU-T I.371).
    even: Instant,
    /// When the next that finds no room comes back.
    tail: Instant,
    /// How long attempts take, about.
    takes: Duration,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { under_way: 0, even: now, tail: now, takes: TAKES }
    }

    /// Whether forgetting it loses nothing.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.under_way == 0 && self.even <= now && self.tail <= now
    }

    /// How long a message has to wait; `None`: there is room. Waiting moves it to the end of the queue.
    pub(super) fn wait(&mut self, limit: Limit, now: Instant) -> Option<Duration> {
        let free_at = limit.interval().and_then(|interval| self.free_at(interval, now).zip(Some(interval)));
        if let Some((free_at, interval)) = free_at {
            return Some(self.queue(free_at, interval, now));
        }
        let most = limit.concurrency.filter(|most| self.under_way >= most.get())?;
        Some(self.queue(now + self.takes, self.takes / most.get(), now))
    }

    /// When the rate allows the next; `None`: now.
    fn free_at(&self, interval: Duration, now: Instant) -> Option<Instant> {
        // One second's worth less the one that leaves.
        let burst = Duration::from_secs(1).saturating_sub(interval);
        let earliest = self.even.checked_sub(burst)?;
        (earliest > now).then_some(earliest)
    }

    /// The time to come back of one more that waits, the next of them `step` later.
    pub(super) fn queue(&mut self, earliest: Instant, step: Duration, now: Instant) -> Duration {
        let at = self.tail.max(earliest);
        if at > now + LATER_MAX {
            return LATER_MAX;
        }
        self.tail = at + step.clamp(STEP.0, STEP.1);
        at - now
    }

    /// A message leaves.
    pub(super) fn begin(&mut self, limit: Limit, now: Instant) {
        self.under_way += 1;
        if let Some(interval) = limit.interval() {
            self.even = self.even.max(now) + interval;
        }
    }

    /// One ended that was under way for `took`.
    pub(super) fn end(&mut self, took: Duration) {
        self.under_way = self.under_way.saturating_sub(1);
        self.takes = (self.takes * 3 + took) / 4;
    }

    /// Takes over how far both what left and the queue of `other` reach.
    pub(super) fn follow(&mut self, other: &Self) {
        self.even = self.even.max(other.even);
        self.lengthen(other);
    }

    /// Takes over how far the queue of `other` reaches.
    pub(super) fn lengthen(&mut self, other: &Self) {
        self.tail = self.tail.max(other.tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(concurrency: u32, per_minute: u32) -> Limit {
        Limit { concurrency: NonZeroU32::new(concurrency), per_minute: NonZeroU32::new(per_minute) }
    }

    #[test]
    fn without_limits_everything_goes() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..1_000 {
            assert_eq!(pace.wait(Limit::default(), now), None);
            pace.begin(Limit::default(), now);
        }
    }

    #[test]
    fn no_more_are_under_way_than_allowed_and_an_end_makes_room() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let two = limit(2, 0);
        for _ in 0..2 {
            assert_eq!(pace.wait(two, now), None);
            pace.begin(two, now);
        }
        assert!(pace.wait(two, now).is_some());
        pace.end(Duration::from_millis(100));
        assert_eq!(pace.wait(two, now), None);
    }

    /// Plays a queue: each that finds no room comes back when it was told to. Gives when each left, and how often
    /// anyone was looked at.
    fn played(limit: Limit, messages: usize) -> (Vec<Duration>, usize) {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let mut waiting: std::collections::BinaryHeap<_> =
            (0..messages).map(|n| std::cmp::Reverse((start, n))).collect();
        let (mut left, mut looks) = (Vec::new(), 0);
        while let Some(std::cmp::Reverse((now, n))) = waiting.pop() {
            looks += 1;
            match pace.wait(limit, now) {
                None => {
                    pace.begin(limit, now);
                    left.push(now - start);
                }
                Some(wait) => waiting.push(std::cmp::Reverse((now + wait, n))),
            }
        }
        (left, looks)
    }

    #[test]
    fn a_rate_is_kept_and_used_and_a_queue_is_looked_at_twice_a_message() {
        // Two a second for a minute.
        let (left, looks) = played(limit(0, 120), 120);
        for second in 0..60 {
            let from = Duration::from_secs(second);
            let within = left.iter().filter(|at| (from..from + Duration::from_secs(1)).contains(*at)).count();
            assert!(within <= 3, "{within} left in second {second}");
        }
        let last = left.last().expect("all left");
        assert!((58..=62).contains(&last.as_secs()), "the last left after {last:?}");
        assert!(looks <= 2 * 120 + 10, "{looks} looks");
    }

    #[test]
    fn a_slow_rate_lets_one_go_at_a_time() {
        let (left, _) = played(limit(0, 6), 5);
        let seconds: Vec<u64> = left.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [0, 10, 20, 30, 40]);
    }

    #[test]
    fn nobody_is_told_to_come_back_later_than_the_longest_wait() {
        let now = Instant::now();
        let (mut pace, one) = (Pace::new(now), limit(0, 60));
        pace.begin(one, now);
        let waits: Vec<_> = (0..1_000).filter_map(|_| pace.wait(one, now)).collect();
        assert_eq!(waits.len(), 1_000);
        assert!(waits.iter().all(|wait| *wait <= LATER_MAX));
        assert!(!pace.is_idle(now));
        pace.end(Duration::ZERO);
        assert!(pace.is_idle(now + LATER_MAX + Duration::from_secs(2)));
    }
}
