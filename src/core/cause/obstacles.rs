//! What reports do to an order beside naming its cause: they stop it or slow it down, and tell until when.
//!
//! One cause is named, the first that holds; the others hold all the same, and the honest date has to know them.

use super::{Cause, Surroundings, awaits_pickup, is_packed, of_condition, of_exception};
use crate::because::Evidence;
use crate::condition::Condition;
use crate::instant::Instant;
use crate::order::{Order, OrderException};

/// What keeps an order from moving at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The first cause that does.
    pub cause: Cause,
    /// What reported it.
    pub evidence: Evidence,
    /// When it was reported.
    pub since: Instant,
    /// The latest end announced of any that do; `None` where none is.
    pub clears_at: Option<Instant>,
    /// The first that has no announced end, and when it was reported: past all announced ends this one still stops it.
    pub endless: Option<(Cause, Instant)>,
}

/// What was reported of an order, whatever its cause is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// What stops it.
    pub stop: Option<Stop>,
    /// Whether something slows it down.
    pub slow: bool,
    /// The latest end that was announced of any of them: no date before it is honest.
    pub announced: Option<Instant>,
}

impl Obstacles {
    /// What stands in the way of `order`, of which the exceptions `open` are open.
    pub(super) fn of(order: &Order, around: Surroundings<'_>, open: &[&OrderException]) -> Self {
        let mut found = Self::default();
        open.iter().for_each(|exception| found.add(of_exception_report(exception)));
        around.conditions.iter().filter(|c| is_in_the_way(order, c)).for_each(|c| found.add(of_condition_report(c)));
        found
    }

    fn add(&mut self, report: Stop) {
        self.announced = self.announced.max(report.clears_at);
        if is_slow(&report) {
            self.slow = true;
            return;
        }
        let Some(known) = self.stop.take() else {
            self.stop = Some(report);
            return;
        };
        let clears_at = known.clears_at.max(report.clears_at);
        let endless = known.endless.into_iter().chain(report.endless).min();
        // Of one cause the first report counts, as it does for the cause's name.
        let first = if known.cause <= report.cause { known } else { report };
        self.stop = Some(Stop { clears_at, endless, ..first });
    }
}

/// A surge or a short crew slows the work down; everything else stops it. So does an order's own report, whatever it says.
fn is_slow(report: &Stop) -> bool {
    let of_order = matches!(report.evidence, Evidence::Exception { .. });
    !of_order && matches!(report.cause, Cause::Surge | Cause::WarehouseQueue)
}

/// What is packed needs no shelf any more, and what only waits for the carrier needs no warehouse.
fn is_in_the_way(order: &Order, condition: &Condition) -> bool {
    let cause = of_condition(condition.raised.kind);
    let outside = [Cause::Weather, Cause::Holiday, Cause::Carrier].contains(&cause);
    let needs_no_shelf = cause == Cause::OutOfStock && is_packed(order);
    outside || !(needs_no_shelf || awaits_pickup(order).is_some())
}

fn of_exception_report(exception: &OrderException) -> Stop {
    let evidence = Evidence::Exception { id: exception.id.clone(), since: exception.since };
    report(of_exception(exception.kind), evidence, exception.since, exception.clears_at)
}

fn of_condition_report(condition: &Condition) -> Stop {
    let evidence = Evidence::Condition { id: condition.id.clone(), raised_at: condition.raised_at };
    report(of_condition(condition.raised.kind), evidence, condition.raised_at, condition.raised.clears_at)
}

fn report(cause: Cause, evidence: Evidence, since: Instant, clears_at: Option<Instant>) -> Stop {
    let endless = clears_at.is_none().then_some((cause, since));
    Stop { cause, evidence, since, clears_at, endless }
}
