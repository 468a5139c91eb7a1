//! `delay_warning`, `promise_missed` and `delay_update`: one clear word before the promise breaks, a straight one
//! if nobody said it in time, and few more when the new date slips.

use super::gate::{Candidate, draft, is_left_out, pass};
use super::{Assessment, Case, Choices, Decision, Due, Said, join};
use crate::because::Reason;
use crate::cause::Cause;
use crate::forecast::next_landmark;
use crate::forecast::observe::next_checkpoint;
use crate::instant::{Instant, Span};
use crate::need::Needed;
use crate::notice::{Kind, Why};
use crate::promise::Promise;

/// How long past a told date an order that never ships is still looked at every two hours. Our choice: by then a
/// person has it, or nobody will.
const REVIEW_UNTIL: Span = Span::hours(30 * 24);

pub(super) fn warn_or_admit(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(promise) = &a.promise else { return };
    let window_from = a.quiet(case).pulled_forward(promise.value - case.policy.lead());
    if !a.is_open() {
        return explain_absence(case, a, promise, window_from, out);
    }
    out.wake(window_from, case.now);
    out.wake(promise.value, case.now);
    // The forecast learns from how the order stood at these moments.
    let looks = [next_landmark(promise.value, case.now), next_checkpoint(promise.value, case.now)];
    looks.into_iter().flatten().for_each(|at| out.wake(at, case.now));
    if case.now < promise.value {
        warn(case, a, promise, window_from, out);
    } else {
        admit(case, a, promise, out);
    }
}

/// The lines are shipped or cancelled. Had they still been open when their warning window began and been at risk
/// then, the record says why no warning went out.
fn explain_absence(case: &Case<'_>, a: &Assessment, promise: &Promise, window_from: Instant, out: &mut Decision) {
    let due = draft(case, a, Kind::DelayWarning, &key_of(promise), window_from.max(first_known(case)));
    let missed = case.now >= promise.value || due.trigger_at < case.guard.live_since;
    // Whatever left within the window was looked at there while it was open.
    let in_window = case.order.handed_over_at().is_some_and(|at| at > window_from);
    if missed || in_window || case.told.is_settled(&due.key) {
        return;
    }
    out.wake(window_from, case.now);
    if case.now >= window_from && a.is_at_risk(case) {
        let cancelled = case.order.live_lines().next().is_none();
        out.suppress(case, a, due, if cancelled { Why::Cancelled } else { Why::Shipped });
    }
}

fn warn(case: &Case<'_>, a: &Assessment, promise: &Promise, window_from: Instant, out: &mut Decision) {
    let early_from = promise.value - case.policy.warn.certain_lead;
    if a.is_known() {
        out.wake(early_from, case.now);
    }
    let in_window = case.now >= window_from;
    let mut due =
        delayed(case, a, Kind::DelayWarning, &key_of(promise), warning_trigger(case, a, window_from, early_from));
    if case.told.is_settled(&due.key) || is_warned_under(case, promise) {
        return;
    }
    if in_window || (a.is_known() && case.now >= early_from) {
        out.wake(a.next_review, case.now);
    }
    // Only what was reported is told early, so the report is what is named.
    if let Some(stop) = a.finding.hidden_stop().filter(|_| !in_window && !a.finding.known) {
        due.cause = Some(stop.cause);
    }
    let at_risk = in_window && a.is_at_risk(case);
    let certain = case.now >= early_from && a.is_certain(case);
    // What was put on its way in company stays on its way, even if the other order has fallen away since.
    let in_company = case.in_company || case.told.find(&due.key).is_some();
    let joins = in_company && case.now >= window_from - join::EARLY && a.is_at_risk(case);
    if joins && !at_risk && !certain {
        due.trigger_at = case.now;
        due.because.push(Reason::Together { from: window_from });
    }
    if at_risk || certain || joins {
        // Who was told of a later date before they agreed to this one has heard of the delay.
        let has_heard = is_warned(case, promise).then_some(Why::Merged);
        let instead = has_heard.or_else(|| left_unwarned(case, a, &due));
        let expires_at = Some(promise.value - Span::from_ms(1));
        pass(case, a, Candidate { due, expires_at, instead }, out);
    }
}

/// When the warning became due: when its window began or, if that was later, when the news came that call for it.
fn warning_trigger(case: &Case<'_>, a: &Assessment, window_from: Instant, early_from: Instant) -> Instant {
    let from = if case.now >= window_from { window_from } else { early_from };
    let asked = a.proposed().filter(|_| !a.is_at_risk_without_asking(case)).map(|asked| asked.since);
    let news = a.known_since.filter(|_| a.is_known()).max(asked);
    from.max(first_known(case)).max(news.unwrap_or(from)).min(case.now)
}

/// Whether the buyer was warned that the promise will not be kept: under it, or by a date past it before they agreed to
/// it. A word that it leaves in time and yet too late for the buyer's own day is no such warning.
pub(super) fn is_warned(case: &Case<'_>, promise: &Promise) -> bool {
    is_warned_under(case, promise) || case.told.said.iter().any(|said| said.reached() && said.tells_past(promise))
}

fn is_warned_under(case: &Case<'_>, promise: &Promise) -> bool {
    let says_so = |said: &Said| said.quoted.is_none_or(|at| at > promise.value);
    case.told.reached(Kind::DelayWarning).any(|said| said.is_about(promise) && says_so(said))
}

/// Ship-by has passed and the order is open. If no warning under this promise reached the buyer, say so straight: an
/// agreed date is newer and firmer than one that was told before it.
fn admit(case: &Case<'_>, a: &Assessment, promise: &Promise, out: &mut Decision) {
    let due = delayed(case, a, Kind::PromiseMissed, &key_of(promise), promise.value.max(first_known(case)));
    if is_warned_under(case, promise) || case.told.is_settled(&due.key) {
        return;
    }
    let expires_at = promise.value + case.policy.expires.promise_missed;
    if case.now <= expires_at {
        out.wake(a.next_review, case.now);
    }
    let instead = left_unwarned(case, a, &due);
    pass(case, a, Candidate { due, expires_at: Some(expires_at), instead }, out);
}

/// The holdout measures what a warning is worth. Never left out is an order that waits for its buyer, or whose buyer
/// has to be given a choice.
fn left_unwarned(case: &Case<'_>, a: &Assessment, due: &Due) -> Option<Why> {
    let waits_for_buyer = a.finding.cause == Cause::Address || due.choices.is_some();
    (is_left_out(case) && !waits_for_buyer).then_some(Why::Holdout)
}

/// The date we told slips: by an announcement, or because the forecast no longer believes it. Silence alone says
/// nothing new and never speaks here.
pub(super) fn update(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    let Some(promise) = a.promise.as_ref().filter(|_| a.is_open()) else {
        return;
    };
    // A date told with thanks may lie within the promise; then the warning guards it.
    let Some(quoted) = case.told.quote_bearing_on(promise).filter(|at| *at > promise.value) else {
        return;
    };
    let told = case.told.said.iter().filter(|s| s.kind == Kind::DelayUpdate && case.told.is_settled(&s.key)).count();
    let number = in_words(told);
    let exhausted = number > case.policy.warn.updates;
    // The shop's own word is better than our doubt, until its time has passed.
    let named = a.named() == Some(quoted);
    let review_from = if named { quoted } else { a.quiet(case).pulled_forward(quoted - case.policy.warn.lead) };
    out.wake(review_from, case.now);
    let mut due = delayed(case, a, Kind::DelayUpdate, &number.to_string(), review_from);
    let handed_on = case.told.suppressed.contains(&(due.key.clone(), Why::NeedsHuman));
    if case.now >= review_from && case.now < quoted + REVIEW_UNTIL && !handed_on {
        out.wake(a.next_review, case.now);
    }
    // Two promises of one order may slip at once; they take their turns.
    if out.answered.contains(&due.key) {
        return;
    }
    let announced = a.announced.filter(|at| *at > quoted);
    let doubt = a.prediction.as_ref().map(|p| p.after(quoted)).filter(|r| *r >= case.policy.warn.risk);
    // A proposal is told to its buyer by the question itself; by the date's own moment it is a reason to mend the date.
    let asked_past = a.proposed().is_some_and(|asked| asked.at > quoted);
    let is_time = case.now >= review_from;
    match (announced, doubt) {
        (Some(at), _) => due.because.push(Reason::Announced { told: quoted, at }),
        (None, Some(risk)) if is_time => due.because.push(Reason::Doubted { told: quoted, risk }),
        (None, None) if is_time && asked_past => {}
        _ => return,
    }
    due.trigger_at = announced.and(a.known_since).unwrap_or(review_from).max(first_known(case));
    due.previous_quote = Some(quoted);
    due.quoted_ship_by = a.quote_past(case, quoted);
    // One that failed counts as an attempt, but nobody read it.
    due.number = in_words(case.told.reached(Kind::DelayUpdate).count());
    due.is_last = number == case.policy.warn.updates;
    let instead = exhausted.then_some(Why::NeedsHuman);
    pass(case, a, Candidate { due, expires_at: None, instead }, out);
}

/// Which word about the same this is to its reader, after `told` that reached them.
pub(super) fn in_words(told: usize) -> u32 {
    u32::try_from(told).unwrap_or(u32::MAX - 1) + 1
}

/// A draft about a delay: cause, honest date, and what there is to choose.
pub(super) fn delayed(case: &Case<'_>, a: &Assessment, kind: Kind, key: &str, trigger_at: Instant) -> Due {
    let mut due = draft(case, a, kind, key, trigger_at);
    due.variant = if kind == Kind::DelayWarning && a.postponed().is_some() { "announced" } else { "plain" };
    due.cause = Some(a.finding.cause);
    due.quoted_ship_by = a.promise.as_ref().and_then(|p| a.quote_past(case, p.value));
    due.risk = a.risk;
    let need = a.need.filter(|need| need.by > case.now);
    due.needed = need.map(|need| need.told(due.quoted_ship_by));
    due.choices = choices(case, a, due.needed);
    due
}

/// Where there is nothing to send, the buyer may take something else. Who is told of a second delay, or of one to which
/// nobody has named an end, may leave: an excuse that repeats itself is none, and the law of several countries demands
/// the offer (US: 16 CFR 435.2(b); EU: Directive 2011/83, article 18). So may who needs it by a day that cannot be kept
/// (article 18(2)). What only the buyer can mend is no delay of ours.
pub(super) fn choices(case: &Case<'_>, a: &Assessment, needed: Option<Needed>) -> Option<Choices> {
    let told = |promise: &Promise| case.told.quote_bearing_on(promise).is_some_and(|at| at > promise.value);
    let is_second = a.promise.as_ref().is_some_and(told);
    let is_too_late = needed.is_some_and(|needed| !needed.in_time);
    let is_endless = a.finding.obstacles.stop.as_ref().is_some_and(|stop| stop.endless.is_some());
    let has_no_end = is_endless && case.order.expected_ship.is_none() && a.postponed().is_none();
    match a.finding.cause {
        Cause::Address => None,
        Cause::OutOfStock => Some(Choices::WaitSwapOrCancel),
        _ => (is_second || has_no_end || is_too_late).then_some(Choices::WaitOrCancel),
    }
}

/// The promise within its order's keys: its version, and its first line where the order has several promises.
pub(super) fn key_of(promise: &Promise) -> String {
    let version = promise.version;
    promise.share.as_ref().map_or_else(|| format!("v{version}"), |line| format!("v{version}/{line}"))
}

/// When the shop first knew of the order and its payment: nothing about it can have been due before.
pub(super) fn first_known(case: &Case<'_>) -> Instant {
    case.order.placed_at.max(case.order.paid_at).unwrap_or(case.now)
}
