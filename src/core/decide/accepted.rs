//! `order_accepted`: paid, and this is when it will ship.

use super::gate::{Candidate, draft, pass};
use super::{Assessment, Case, Decision};
use crate::notice::{Kind, Why};

pub(super) fn confirm(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(paid_at) = case.order.paid_at else {
        return;
    };
    let trigger_at = case.order.placed_at.map_or(paid_at, |placed| placed.max(paid_at));
    let due = draft(case, a, Kind::OrderAccepted, "paid", trigger_at);
    if case.told.suppressed.iter().any(|(key, why)| *key == due.key && is_final(*why)) {
        return;
    }
    let expires_at = Some(trigger_at + case.policy.expires.order_accepted);
    let instead = moot(case, a, out);
    pass(case, a, Candidate { due, expires_at, instead }, out);
}

/// Why a confirmation would say nothing, or nothing true.
fn moot(case: &Case<'_>, a: &Assessment, out: &Decision) -> Option<Why> {
    let warned = out.due.iter().any(|d| d.kind == Kind::DelayWarning);
    if case.order.live_lines().next().is_none() {
        Some(Why::Cancelled)
    } else if !case.order.is_open() {
        Some(Why::Shipped)
    } else if a.promise.as_ref().is_none_or(|p| case.now >= p.value) {
        Some(Why::Stale)
    } else if warned || case.told.reached(Kind::DelayWarning).next().is_some() {
        // "It ships by Thursday" beside "it will be late" would be one word too many; the warning says both.
        Some(Why::Merged)
    } else {
        None
    }
}

/// A confirmation that came too late once stays unsaid: later reasons would only repeat the first.
fn is_final(why: Why) -> bool {
    matches!(why, Why::Stale | Why::Shipped | Why::Cancelled | Why::QuietHours | Why::Merged)
}
