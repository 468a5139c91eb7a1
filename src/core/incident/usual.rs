//! How many orders usually turn at risk within a window.

use super::{TICK, WINDOW};
use crate::instant::{Instant, Span};

/// How far back the usual is counted.
pub const USUAL_OVER: Span = Span::hours(14 * 24);
/// Before a shop was known for so long nothing is called unusual: what waits at a first start turns at risk all at once.
/// Our choice: each hour of the day was seen once.
pub const LEARNED_FROM: Span = Span::hours(24);

const DAY: Span = Span::hours(24);
const WEEK: i64 = 7;

/// How many orders usually turn at risk within the [`WINDOW`] that ends at `tick`, by what turned before it: `history`
/// holds ticks and how many turned in the quarter of an hour before each. The largest of three habits counts: the mean
/// window, rounded up; the median of the same hours of the days before; the lesser of the same hours a week and two
/// weeks ago, if it was known so long. So neither a busy hour of each day nor a busy day of each week is an incident, and
/// one bad day does not hide the next. `None` before the shop, known since `known`, was known for [`LEARNED_FROM`].
pub fn usual(history: &[(Instant, u64)], known: Instant, tick: Instant) -> Option<u64> {
    let end = tick - WINDOW;
    let from = known.max(end - USUAL_OVER);
    if tick - known < LEARNED_FROM {
        return None;
    }
    let within = |after: Instant, until: Instant| {
        history.iter().filter(|(at, _)| *at > after && *at <= until).map(|(_, n)| *n).sum::<u64>()
    };
    let back = |days: i64| {
        let until = tick - Span::from_ms(DAY.ms() * days);
        (until - WINDOW >= known.floor_to(TICK)).then(|| within(until - WINDOW, until))
    };
    let mut days: Vec<u64> = (1..=2 * WEEK).filter_map(back).collect();
    days.sort_unstable();
    let median = days.get(days.len() / 2).copied().unwrap_or(0);
    let weekly = back(WEEK).zip(back(2 * WEEK)).map_or(0, |(one, two)| one.min(two));
    let span = u64::try_from((end - from).ms()).unwrap_or(0).max(1);
    let window = u64::try_from(WINDOW.ms()).unwrap_or(0);
    let mean = (within(from, end) * window).div_ceil(span);
    Some(mean.max(median).max(weekly))
}
