//! What is assumed before anything was seen.
//!
//! Every figure here is our own estimate; each is overruled by the first handful of real handovers. The anchor:
//! among orders still open a day before their limit somewhat more than half miss it, so an order that nobody has
//! touched has a median of 30 hours left, whatever its age.

use super::waits::Wait;
use crate::cause::Cause;
use crate::event::Stage;
use crate::instant::Span;

/// Median length in hours of a wait nothing is known about.
pub(super) fn median_hours(wait: Wait) -> f64 {
    match wait {
        Wait::Stage(None) | Wait::Overdue => 30.0,
        Wait::Stage(Some(Stage::Accepted)) => 26.0,
        Wait::Stage(Some(Stage::Printed)) => 18.0,
        Wait::Stage(Some(Stage::Picking)) => 12.0,
        Wait::Stage(Some(Stage::Packed)) => 6.0,
        Wait::Announced => 3.0,
        Wait::Resumed => 12.0,
        Wait::Blocked(Cause::OutOfStock) => 96.0,
        Wait::Blocked(Cause::Address) => 36.0,
        Wait::Blocked(_) => 48.0,
        Wait::Dwell(_) | Wait::Pickup => 12.0,
    }
}

/// A shop that promises less than this ships the same day as a rule, and works to its promise.
const SAME_DAY: Span = Span::hours(30);
/// Share of such a short promise after which half of the orders have left.
const SAME_DAY_MEDIAN: f64 = 0.6;

/// By how much the waits above shrink until ship-by where only `window` was promised from payment on (0-1).
pub(super) fn scale(window: Span) -> f64 {
    if window >= SAME_DAY || window <= Span::ZERO {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "less than two days in milliseconds")]
    let share = window.ms() as f64 / SAME_DAY.ms() as f64;
    share * SAME_DAY_MEDIAN
}

/// How many imagined ends the prior weighs in each span of waiting time.
pub(super) const PRIOR_ENDS: f64 = 1.0;
/// How many ends of the wider group a narrower one is given in each span.
pub(super) const PARENT_ENDS: f64 = 2.0;
/// How many ends the wider group's pace weighs against the narrower group's own.
pub(super) const PACE_ENDS: f64 = 3.0;
/// How much of a group's pace in one span of waiting time holds for the next: a shop that ships all within a day says
/// little about the order that still waits two days later. Measured: from 0.5 to 1 all rank alike; below 0.9 the dates
/// of shops with a history are sharper.
pub(super) const PACE_REACH: f64 = 0.7;
/// A slowed warehouse without an announced end works at this share of its usual pace.
pub(super) const SLOWED: f64 = 0.5;
