//! `delay_warning`, `promise_missed` and `delay_update`: one clear word before the promise breaks, a straight one
//! if nobody said it in time, and few more when the new date slips.

use super::gate::{Candidate, draft, is_held_out, pass};
use super::{Assessment, Case, Decision, Due};
use crate::cause::Cause;
use crate::forecast::observe::next_checkpoint;
use crate::instant::{Instant, Span};
use crate::notice::{Kind, Why};
use crate::promise::Promise;

pub(super) fn warn_or_admit(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(promise) = &a.promise else { return };
    let window_from = a.quiet(case).pulled_forward(promise.value - case.policy.warn.lead);
    if !case.order.is_open() {
        return explain_absence(case, a, promise, window_from, out);
    }
    out.wake(window_from, case.now);
    out.wake(promise.value, case.now);
    if let Some(at) = next_checkpoint(promise.value, case.now) {
        out.wake(at, case.now);
    }
    if case.now < promise.value {
        warn(case, a, promise, window_from, out);
    } else {
        admit(case, a, promise, out);
    }
}

/// The order is shipped or cancelled. Had it still been open when its warning window began and been at risk then,
/// the record says why no warning went out.
fn explain_absence(case: &Case<'_>, a: &Assessment, promise: &Promise, window_from: Instant, out: &mut Decision) {
    let due = draft(case, a, Kind::DelayWarning, &version_key(promise), window_from);
    if case.told.is_settled(&due.key) || case.now >= promise.value {
        return;
    }
    out.wake(window_from, case.now);
    if case.now >= window_from && a.is_at_risk(case) {
        let cancelled = case.order.cancelled_at.is_some() || case.order.live_lines().next().is_none();
        out.suppress(case, &due, if cancelled { Why::Cancelled } else { Why::Shipped });
    }
}

fn warn(case: &Case<'_>, a: &Assessment, promise: &Promise, window_from: Instant, out: &mut Decision) {
    let early_from = promise.value - case.policy.warn.certain_lead;
    let known = a.finding.known || a.postponed().is_some();
    if known {
        out.wake(early_from, case.now);
    }
    let in_window = case.now >= window_from;
    let key = version_key(promise);
    let trigger_at = if in_window { window_from } else { early_from.max(known_since(case, promise)) };
    let due = delayed(case, a, Kind::DelayWarning, &key, trigger_at);
    if case.told.is_settled(&due.key) {
        return;
    }
    if in_window || (known && case.now >= early_from) {
        out.wake(a.next_review, case.now);
    }
    let at_risk = in_window && a.is_at_risk(case);
    let certain = case.now >= early_from && a.is_certain(case);
    if !(at_risk || certain) {
        return;
    }
    if is_held_out(case) && a.finding.cause != Cause::Address {
        return out.suppress(case, &due, Why::Holdout);
    }
    pass(case, a, Candidate { due, expires_at: Some(promise.value) }, out);
}

/// Ship-by has passed and the order is open. If no warning reached the buyer, say so straight.
fn admit(case: &Case<'_>, a: &Assessment, promise: &Promise, out: &mut Decision) {
    let due = delayed(case, a, Kind::PromiseMissed, &version_key(promise), promise.value.max(first_known(case)));
    let warned = |s: &super::Said| s.promise_version == Some(promise.version);
    if case.told.is_settled(&due.key) || case.told.reached(Kind::DelayWarning).any(warned) {
        return;
    }
    if is_held_out(case) && a.finding.cause != Cause::Address {
        return out.suppress(case, &due, Why::Holdout);
    }
    let expires_at = promise.value + case.policy.expires.promise_missed;
    if case.now <= expires_at {
        out.wake(a.next_review, case.now);
    }
    pass(case, a, Candidate { due, expires_at: Some(expires_at) }, out);
}

/// The date we told slips: by an announcement, or because the forecast no longer believes it. Silence alone says
/// nothing new and never speaks here.
pub(super) fn update(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(promise) = a.promise.as_ref().filter(|_| case.order.is_open()) else { return };
    let Some((_, quoted)) = case.told.last_quote(promise.version) else { return };
    let review_from = a.quiet(case).pulled_forward(quoted - case.policy.warn.lead);
    out.wake(review_from, case.now);
    let announced_past = a.announced(case.order).filter(|at| *at > quoted);
    let doubt = a.prediction.as_ref().map(|p| p.after(quoted)).filter(|r| *r >= case.policy.warn.risk);
    let doubtful = case.now >= review_from && doubt.is_some();
    let told = case.told.said.iter().filter(|s| s.kind == Kind::DelayUpdate && case.told.is_settled(&s.key)).count();
    let number = u32::try_from(told).unwrap_or(u32::MAX - 1) + 1;
    let exhausted = number > case.policy.warn.updates;
    if case.now >= review_from && !exhausted {
        out.wake(a.next_review, case.now);
    }
    if announced_past.is_none() && !doubtful {
        return;
    }
    let trigger_at = announced_past.map_or(review_from, |_| announced_since(case, promise));
    let mut due = delayed(case, a, Kind::DelayUpdate, &number.to_string(), trigger_at);
    due.previous_quote = Some(quoted);
    due.number = number;
    due.is_last = number == case.policy.warn.updates;
    due.because.push(match (announced_past, doubt) {
        (Some(at), _) => format!("told {quoted}, announced {at}"),
        (None, Some(risk)) => format!("told {quoted}, which the forecast now misses with chance {risk}"),
        (None, None) => format!("told {quoted}"),
    });
    if exhausted {
        return out.suppress(case, &due, Why::NeedsHuman);
    }
    pass(case, a, Candidate { due, expires_at: None }, out);
}

/// A draft about a delay: cause, honest date, and a choice where there is nothing to send.
fn delayed(case: &Case<'_>, a: &Assessment, kind: Kind, key: &str, trigger_at: Instant) -> Due {
    let mut due = draft(case, a, kind, key, trigger_at);
    due.variant = if kind == Kind::DelayWarning && a.postponed().is_some() { "announced" } else { "plain" };
    due.cause = Some(a.finding.cause);
    due.quoted_ship_by = a.quote;
    due.risk = a.risk;
    due.choices = a.finding.cause == Cause::OutOfStock;
    due
}

fn version_key(promise: &Promise) -> String {
    format!("v{}", promise.version)
}

/// When the shop first knew of the order and its payment: nothing about it can have been due before.
fn first_known(case: &Case<'_>) -> Instant {
    case.order.placed_at.max(case.order.paid_at).unwrap_or(case.now)
}

/// When the newest report came that makes the delay known.
fn known_since(case: &Case<'_>, promise: &Promise) -> Instant {
    let reports = case.order.open_exceptions(case.now).map(|e| e.since);
    let raised = case.conditions.iter().map(|c| c.raised_at);
    let announced = case.order.expected_ship.map(|a| a.since);
    let newest = reports.chain(raised).chain(announced).chain(promise.postponed_since).max();
    newest.unwrap_or(case.now).max(first_known(case)).min(case.now)
}

fn announced_since(case: &Case<'_>, promise: &Promise) -> Instant {
    known_since(case, promise).max(case.now - Span::hours(24))
}
