//! The newest events of one place, and whether too many of them are dead letters. Pure.

use std::collections::VecDeque;

use forewarn_core::policy::Ppm;

/// When intake stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest share of dead letters among the newest events; at 1 intake never stops.
    pub share: Ppm,
    /// How many of the newest events count, 1 or more.
    pub window: usize,
}

impl Limits {
    /// Most dead letters among `events`. A window that is not half full counts as half full of good events: the first
    /// few events of a partition say little.
    fn most(self, events: usize) -> u64 {
        let base = events.max(self.window / 2) as u64;
        base * u64::from(self.share.ppm()) / 1_000_000
    }
}

/// The newest events of one place: which of them became dead letters that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    limits: Limits,
    /// Whether each event is such a letter, the newest last.
    recent: VecDeque<bool>,
    dead: u64,
}

impl Window {
    /// Reads what was remembered; of a longer one the newest events count.
    pub(super) fn new(limits: Limits, recent: &str) -> Self {
        let skipped = recent.len().saturating_sub(limits.window);
        let recent: VecDeque<bool> = recent.bytes().skip(skipped).map(|digit| digit == b'1').collect();
        let dead = recent.iter().filter(|dead| **dead).count() as u64;
        Self { limits, recent, dead }
    }

    /// Adds an event; `false` when it is a dead letter and one too many.
    pub(super) fn push(&mut self, dead: bool) -> bool {
        if self.recent.len() >= self.limits.window.max(1) && self.recent.pop_front() == Some(true) {
            self.dead -= 1;
        }
        self.recent.push_back(dead);
        self.dead += u64::from(dead);
        !dead || self.limits.share >= Ppm::ONE || self.dead <= self.limits.most(self.recent.len())
    }

    /// Whether so many events are good again that a stop is over: a tenth of the limit is left.
    pub(super) fn is_calm(&self) -> bool {
        self.dead * 10 <= self.limits.most(self.recent.len()) * 9
    }

    /// How many dead letters stand among how many events.
    pub(super) fn count(&self) -> (u64, usize) {
        (self.dead, self.recent.len())
    }

    /// As it is remembered.
    pub(super) fn into_recent(self) -> String {
        self.recent.into_iter().map(|dead| if dead { '1' } else { '0' }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(share: f64, window: usize) -> Window {
        Window::new(Limits { share: Ppm::from_f64(share), window }, "")
    }

    /// How many dead letters in a row pass.
    fn passing(window: &mut Window) -> usize {
        (0..).take_while(|_| window.push(true)).count()
    }

    #[test]
    fn nothing_but_poison_stops_after_half_of_half_a_window() {
        assert_eq!(passing(&mut window(0.5, 100)), 25);
        assert_eq!(passing(&mut window(0.1, 100)), 5);
        assert_eq!(passing(&mut window(0.0, 100)), 0);
    }

    #[test]
    fn after_good_events_the_share_of_the_window_counts() {
        let mut one = window(0.5, 100);
        assert!((0..1_000).all(|_| one.push(false)));
        assert_eq!(passing(&mut one), 50);
        assert_eq!(one.count(), (51, 100));
    }

    #[test]
    fn a_share_at_the_limit_goes_on_for_ever_and_one_above_stops() {
        let mut one = window(0.5, 100);
        assert!((0..10_000).all(|n| one.push(n % 2 == 1)));
        let mut one = window(0.5, 100);
        assert!(!(0..200).all(|n| one.push(n % 5 < 3)));
    }

    #[test]
    fn good_events_never_stop_anything_and_push_the_dead_ones_out() {
        let mut one = window(0.5, 100);
        passing(&mut one);
        assert!(!one.is_calm());
        assert!((0..100).all(|_| one.push(false)));
        assert!(one.is_calm());
        assert_eq!(one.count(), (0, 100));
    }

    #[test]
    fn at_a_share_of_one_nothing_stops() {
        let mut one = window(1.0, 10);
        assert!((0..1_000).all(|_| one.push(true)));
    }

    #[test]
    fn what_was_remembered_goes_on_whatever_window_it_had() {
        let mut before = window(0.5, 100);
        assert!((0..30).all(|n| before.push(n % 3 == 0)));
        let count = before.count();
        let recent = before.into_recent();
        let limits = Limits { share: Ppm::from_f64(0.5), window: 100 };
        assert_eq!(Window::new(limits, &recent).count(), count);
        let narrow = Window::new(Limits { window: 5, ..limits }, &recent);
        assert_eq!(narrow.count(), (1, 5));
    }
}
