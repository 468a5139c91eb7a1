//! The day a buyer named is a second, stricter promise: an early word where it cannot be kept.

use super::delay::{choices, delayed, first_known, is_warned, key_of};
use super::gate::{Candidate, pass};
use super::{Assessment, Case, Decision};
use crate::because::Reason;
use crate::desk::{Call, Matter};
use crate::need::Need;
use crate::notice::Kind;
use crate::policy::Ppm;
use crate::promise::Promise;

/// Warns where the order will leave in time for the shop's promise, or near it, and too late for its buyer's day. A day
/// that lies behind the promise is guarded by the promise's own warning, which says what becomes of the day too.
pub(super) fn warn(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let (Some(promise), Some(need)) = (a.promise.as_ref().filter(|_| a.is_open()), &a.need) else { return };
    let leave_by = need.leave_by();
    if leave_by >= promise.value || case.now >= need.by || knows(case, promise, out) {
        return;
    }
    let window_from = a.quiet(case).pulled_forward(leave_by - case.policy.urgent.lead);
    [window_from, leave_by].into_iter().for_each(|at| out.wake(at, case.now));
    let key = format!("{}/needed", key_of(promise));
    let mut due = delayed(case, a, Kind::DelayWarning, &key, window_from.max(first_known(case)));
    if case.now < window_from || case.told.is_settled(&due.key) {
        return;
    }
    out.wake(a.next_review, case.now);
    let late = lateness(case, a, need);
    if late.is_none_or(|risk| risk < case.policy.warn.risk) && a.silent_for.is_none() {
        return;
    }
    due.variant = "needed";
    due.risk = late;
    due.quoted_ship_by = a.quote_past(case, leave_by);
    due.needed = Some(need.told(due.quoted_ship_by));
    due.choices = choices(case, a, due.needed);
    due.because.push(Reason::Needed {
        by: need.by,
        leave_by,
        risk: late.unwrap_or(Ppm::ONE),
        on_the_way: need.on_the_way,
        parcels: need.parcels,
    });
    pass(case, a, Candidate { due, expires_at: Some(need.by), instead: None }, out);
}

/// A person is called while the day is not lost: a quicker carrier or a nearer warehouse is theirs to find.
pub(super) fn call(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(need) = a.need.as_ref().filter(|need| a.is_open() && case.now < need.by) else { return };
    let window_from = need.leave_by() - case.policy.urgent.lead;
    [window_from, need.by].into_iter().for_each(|at| out.wake(at, case.now));
    if case.now >= window_from && lateness(case, a, need).is_some_and(|risk| risk >= case.policy.warn.risk) {
        let (about, cause) = (String::new(), a.finding.cause);
        out.calls.push(Call { matter: Matter::Urgent, about, cause, mark: Some(need.by) });
    }
}

/// The chance that it leaves too late for the day.
fn lateness(case: &Case<'_>, a: &Assessment, need: &Need) -> Option<Ppm> {
    let leave_by = need.leave_by();
    if case.now >= leave_by { Some(Ppm::ONE) } else { a.prediction.as_ref().map(|p| p.after(leave_by)) }
}

/// Whether the buyer knows, or hears now, that the promise itself will not be kept.
fn knows(case: &Case<'_>, promise: &Promise, out: &Decision) -> bool {
    is_warned(case, promise) || out.due.iter().any(|due| due.kind == Kind::DelayWarning)
}
