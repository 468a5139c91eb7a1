//! `order_accepted`: paid, and this is when it will ship.

use super::gate::{Candidate, draft, pass};
use super::{Assessment, Case, Decision};
use crate::notice::{Kind, Why};

pub(super) fn confirm(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(paid_at) = case.order.paid_at else { return };
    let trigger_at = case.order.placed_at.map_or(paid_at, |placed| placed.max(paid_at));
    let due = draft(case, a, Kind::OrderAccepted, "paid", trigger_at);
    if case.told.is_settled(&due.key) || case.told.suppressed.iter().any(|(key, why)| *key == due.key && is_final(*why)) {
        return;
    }
    let expires_at = trigger_at + case.policy.expires.order_accepted;
    let ship_by_passed = due.ship_by.is_none_or(|at| case.now >= at);
    let moot = if case.order.cancelled_at.is_some() {
        Some(Why::Cancelled)
    } else if !case.order.is_open() {
        Some(Why::Shipped)
    } else {
        ship_by_passed.then_some(Why::Stale)
    };
    match moot {
        Some(why) => out.suppress(case, &due, why),
        None => pass(case, a, Candidate { due, expires_at: Some(expires_at) }, out),
    }
}

/// A confirmation that came too late once stays unsaid: later reasons would only repeat the first.
fn is_final(why: Why) -> bool {
    matches!(why, Why::Stale | Why::Shipped | Why::Cancelled | Why::QuietHours)
}
