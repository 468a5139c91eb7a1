//! What must hold for every decision, whatever the case.

use std::collections::BTreeSet;

use crate::decide::{Case, Decision};
use crate::notice::Why;

/// What holds for every decision.
pub(super) fn sound(case: &Case<'_>, decision: &Decision) {
    assert!(decision.wake_at.is_none_or(|at| at > case.now), "the next look lies ahead");
    let zone = crate::decide::zone_of(case.order, case.policy);
    let rules = &case.policy.quiet_hours;
    let quiet = crate::zone::Quiet { from: rules.from, to: rules.to, zone: &zone };
    let keys: BTreeSet<_> = decision.due.iter().map(|d| &d.key).collect();
    assert_eq!(keys.len(), decision.due.len(), "no key is due twice");
    for due in &decision.due {
        assert_eq!(quiet.window(case.now), None, "{} in quiet hours", due.kind);
        assert!(!case.told.is_settled(&due.key), "{} is settled", due.key);
        assert!(due.trigger_at <= case.now, "{} is triggered by the future", due.kind);
        assert!(due.trigger_at >= case.guard.live_since, "{} is history", due.kind);
        assert!(due.quoted_ship_by.is_none_or(|q| q > case.now), "{} quotes the past", due.kind);
        assert!(due.previous_quote.is_none_or(|p| due.quoted_ship_by > Some(p)), "{} quotes no later date", due.kind);
        keeps_no_date_for_late(due);
    }
    waits_for_what_was_announced(case, decision);
    for kept in &decision.suppressed {
        assert!(!keys.contains(&kept.key), "{} is due and suppressed", kept.key);
        assert!(kept.why != Why::Shadow || kept.would.is_some());
    }
}

/// A warning tells a date past the promise, or that the buyer's own day cannot be kept.
fn keeps_no_date_for_late(due: &crate::decide::Due) {
    let for_the_day = due.variant == "needed";
    let is_warning = matches!(due.kind, crate::notice::Kind::DelayWarning) && !for_the_day;
    assert!(!is_warning || due.quoted_ship_by > due.ship_by, "a warning quotes a date that keeps the promise");
    assert!(!for_the_day || due.needed.is_some_and(|n| !n.in_time), "a day that can be kept is warned of");
}

/// No date lies before a moment that was announced or proposed for the order as a whole and is not over yet.
fn waits_for_what_was_announced(case: &Case<'_>, decision: &Decision) {
    let whole = |a: &&crate::decide::Assessment| a.open_lines.len() == case.order.open_lines().count();
    let named = |a: &crate::decide::Assessment| a.announced.max(a.proposed().map(|asked| asked.at));
    let announced = decision.main.as_ref().filter(whole).and_then(named).filter(|at| *at > case.now);
    let is_early = |due: &&crate::decide::Due| due.quoted_ship_by.is_some_and(|quoted| Some(quoted) < announced);
    let early = decision.due.iter().find(is_early);
    assert_eq!(early, None, "a date before what was announced");
}
