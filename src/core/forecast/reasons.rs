//! What moved a forecast most.

use super::clock::Clock;
use super::record::Record;
use super::regression::Vector;
use super::traits::{ALL, Trait};
use crate::because::{Mover, Reason};
use crate::instant::{Instant, Span};

/// Most reasons that are told.
const TOLD_MAX: usize = 3;
/// What moves the log odds by less than this is not worth a word: a chance of a half by five hundredths.
const TOLD_FROM: f64 = 0.2;

/// What a chance to miss was weighed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    shares: Vector,
    late_record: (u64, u64),
    record: (u64, u64),
    overdue: u64,
    own_left: Span,
    left: Span,
    waited: Span,
    promised: Span,
}

impl Weighed {
    pub(super) fn new(
        shares: Vector,
        shop: &Record,
        own: &Clock,
        paid_at: Instant,
        now: Instant,
        ship_by: Instant,
    ) -> Self {
        Self {
            shares,
            late_record: shop.missed_of_open(),
            record: shop.missed_of_all(),
            overdue: shop.overdue(),
            own_left: (own.shipping(ship_by) - own.shipping(now)).max(Span::ZERO),
            left: ship_by - now,
            waited: now - paid_at,
            promised: ship_by - paid_at,
        }
    }

    /// The strongest reasons, the strongest first; what says the same thing is told once.
    pub fn reasons(&self) -> Vec<Reason> {
        let topics = [Topic::Time, Topic::Shop, Topic::Overdue, Topic::Pace];
        let mut weighed: Vec<(Topic, f64)> = topics.into_iter().map(|topic| (topic, self.weight(topic))).collect();
        weighed.retain(|(_, weight)| weight.abs() >= TOLD_FROM);
        weighed.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
        weighed.truncate(TOLD_MAX);
        weighed.into_iter().map(|(topic, weight)| self.say(topic, weight > 0.0)).collect()
    }

    fn weight(&self, topic: Topic) -> f64 {
        let mut sum = 0.0;
        for (share, which) in self.shares.iter().zip(ALL) {
            if Topic::of(which) == Some(topic) {
                sum += share;
            }
        }
        sum
    }

    fn say(&self, topic: Topic, raises: bool) -> Reason {
        let by = match topic {
            Topic::Time => Mover::TimeLeft { plain: self.left, shipping: self.own_left },
            Topic::Shop if self.late_record.1 > 0 => {
                Mover::LateRecord { missed: self.late_record.0, of: self.late_record.1 }
            }
            Topic::Shop => Mover::Record { missed: self.record.0, of: self.record.1 },
            Topic::Overdue => Mover::Overdue { orders: self.overdue },
            Topic::Pace => Mover::Pace { waited: self.waited, promised: self.promised },
        };
        Reason::Moved { by, raises }
    }
}

/// Traits that are one reason to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Time,
    Shop,
    Overdue,
    Pace,
}

impl Topic {
    fn of(which: Trait) -> Option<Self> {
        match which {
            Trait::Constant => None,
            Trait::OwnTimeLeft | Trait::TimeLeft | Trait::HoursLeft => Some(Self::Time),
            Trait::MissedWhenOpen | Trait::Missed | Trait::Experience => Some(Self::Shop),
            Trait::Overdue => Some(Self::Overdue),
            Trait::Waits | Trait::Pace | Trait::ShareLeft | Trait::Promised => Some(Self::Pace),
        }
    }
}
