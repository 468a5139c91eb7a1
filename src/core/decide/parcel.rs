//! `shipped`, `logistics_delay` and `delivered`: what every parcel of an order gives to tell.

use super::gate::{Candidate, draft, parcel_key, pass};
use super::{Assessment, Case, Decision, Due, Problem};
use crate::event::ParcelState;
use crate::ids::Carrier;
use crate::instant::{Instant, Span};
use crate::notice::{Kind, Why};
use crate::order::Parcel;
use crate::zone::part_of_day_end;

/// A parcel is stalled only this long past the usual quantile (contract).
const STALL_GRACE: Span = Span::hours(12);

pub(super) fn follow(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    for parcel in &case.order.parcels {
        let Some(handed_over_at) = parcel.handed_over_at() else { continue };
        shipped(case, a, parcel, handed_over_at, out);
        match parcel.delivered_at {
            Some(at) => delivered(case, a, parcel, at, out),
            None if !parcel.is_settled() => trouble(case, a, parcel, out),
            None => {}
        }
    }
}

fn of_parcel(case: &Case<'_>, a: &Assessment, kind: Kind, parcel: &Parcel, number: Option<u32>, at: Instant) -> Due {
    let mut due = draft(case, a, kind, &parcel_key(&parcel.id, number), at);
    due.parcel_id = Some(parcel.id.clone());
    due.lines = parcel.line_ids.clone();
    due.expected_delivery = parcel.expected_delivery.map(|(at, _)| at);
    due.number = number.unwrap_or(1);
    due.because = vec![match parcel.handed_over_at() {
        Some(at) => format!("parcel {} handed over {at}", parcel.id),
        None => format!("parcel {}", parcel.id),
    }];
    due
}

fn shipped(case: &Case<'_>, a: &Assessment, parcel: &Parcel, handed_over_at: Instant, out: &mut Decision) {
    let trigger_at = handed_over_at.max(case.order.paid_at.unwrap_or(handed_over_at));
    let mut due = of_parcel(case, a, Kind::Shipped, parcel, None, trigger_at);
    let delays = [Kind::DelayWarning, Kind::PromiseMissed, Kind::DelayUpdate];
    if delays.into_iter().any(|kind| case.told.reached(kind).next().is_some()) {
        due.variant = "after_warning";
    }
    if case.told.is_settled(&due.key) {
        return;
    }
    if case.order.cancelled_at.is_some() {
        return out.suppress(case, &due, Why::Cancelled);
    }
    if parcel.delivered_at.is_some() {
        return out.suppress(case, &due, Why::Delivered);
    }
    let expires_at = trigger_at + case.policy.expires.shipped;
    pass(case, a, Candidate { due, expires_at: Some(expires_at) }, out);
}

fn delivered(case: &Case<'_>, a: &Assessment, parcel: &Parcel, at: Instant, out: &mut Decision) {
    let mut due = of_parcel(case, a, Kind::Delivered, parcel, None, at.max(case.order.paid_at.unwrap_or(at)));
    let told_late = case.told.said.iter().any(|s| s.reached() && s.kind == Kind::LogisticsDelay);
    let was_late = due.ship_by.zip(parcel.handed_over_at()).is_some_and(|(by, shipped)| shipped > by);
    if told_late || was_late {
        due.variant = "after_delay";
    }
    due.because.push(format!("delivered {at}"));
    let expires_at = due.trigger_at + case.policy.expires.delivered;
    pass(case, a, Candidate { due, expires_at: Some(expires_at) }, out);
}

fn trouble(case: &Case<'_>, a: &Assessment, parcel: &Parcel, out: &mut Decision) {
    let mine = |s: &&super::Said| s.kind == Kind::LogisticsDelay && s.parcel_id.as_ref() == Some(&parcel.id);
    let told: Vec<_> = case.told.said.iter().filter(mine).filter(|s| case.told.is_settled(&s.key)).collect();
    let last_signal = told.iter().filter(|s| s.reached()).max_by_key(|s| s.at).and_then(|s| s.signal.clone());
    let found = slipped(case, a, parcel)
        .or_else(|| reported(parcel))
        .or_else(|| stalled(case, parcel, out))
        .filter(|(problem, _)| problem.what == "slipped" || last_signal.as_ref() != Some(&problem.signal()));
    let Some((problem, at)) = found else { return };
    let number = u32::try_from(told.len()).unwrap_or(u32::MAX - 1) + 1;
    let mut due = of_parcel(case, a, Kind::LogisticsDelay, parcel, Some(number), at);
    due.because.push(format!("{} since {at}", problem.what));
    due.problem = Some(problem);
    due.is_last = number == case.policy.warn.updates;
    if number > case.policy.warn.updates {
        return out.suppress(case, &due, Why::NeedsHuman);
    }
    let expires_at = at + case.policy.expires.logistics_delay;
    pass(case, a, Candidate { due, expires_at: Some(expires_at) }, out);
}

/// The carrier's newest word names a trouble.
fn reported(parcel: &Parcel) -> Option<(Problem, Instant)> {
    let scan = parcel.last_scan.as_ref()?;
    let what = match scan.state {
        ParcelState::Delayed => "delayed",
        ParcelState::Exception => "exception",
        ParcelState::AttemptFailed => "attempt_failed",
        ParcelState::Returning => "returning",
        _ => return None,
    };
    Some((Problem { what, reason: scan.reason }, scan.at))
}

/// The expected arrival moved past the part of the day we had told.
fn slipped(case: &Case<'_>, a: &Assessment, parcel: &Parcel) -> Option<(Problem, Instant)> {
    let (expected, since) = parcel.expected_delivery?;
    let said = case.told.last_arrival(&parcel.id)?;
    let reason = parcel.last_scan.as_ref().filter(|s| s.at == since).and_then(|s| s.reason);
    let carrier_names_it = reported(parcel).is_some_and(|(_, at)| at == since);
    let what = if carrier_names_it { reported(parcel)?.0.what } else { "slipped" };
    (expected > part_of_day_end(said, &a.zone)).then_some((Problem { what, reason }, since))
}

/// No sign of life for longer than is usual for such a parcel at this point.
fn stalled(case: &Case<'_>, parcel: &Parcel, out: &mut Decision) -> Option<(Problem, Instant)> {
    let last_seen = parcel.last_seen_at()?;
    let state = parcel.last_scan.as_ref().map(|s| s.state);
    let limit = case.forecast.leg_limit(parcel.carrier.as_ref().map(Carrier::as_str), state)?;
    let stalled_at = last_seen + limit + STALL_GRACE;
    out.wake(stalled_at, case.now);
    (case.now >= stalled_at).then_some((Problem { what: "stalled", reason: None }, stalled_at))
}
