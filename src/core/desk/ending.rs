//! What ends a matter without a person, and what the order's memory by itself calls one for.

use super::{Call, Ending, Entry, Matter, Stage};
use crate::cause::Cause;
use crate::decide::{Said, Told};
use crate::event::{ParcelReason, RenegotiationStatus};
use crate::instant::Instant;
use crate::notice::Kind;
use crate::order::{Order, Parcel};
use crate::policy::Policy;
use crate::promise::{Promise, groups};

/// What the buyer was told that leaves a person to act: the last update said that one has the order, or the parcel; a
/// compensation was named and is not given.
pub(super) fn told_to_wait(told: &Told, order: &Order, policy: &Policy, cause: Option<Cause>) -> Vec<Call> {
    let mut calls = Vec::new();
    let last: Vec<&Said> = told.said.iter().filter(|said| said.is_last && said.reached()).collect();
    let late = if last.is_empty() { Vec::new() } else { told_late(told, order, policy) };
    for said in last {
        let call = |matter, about: String, cause| Call { matter, about, cause, mark: None };
        match (said.kind, &said.parcel_id) {
            (Kind::LogisticsDelay, Some(id)) => {
                let parcel = order.parcels.iter().find(|parcel| parcel.id == *id);
                let on_its_way = parcel.is_some_and(|p| end_of_parcel(p, order).is_none());
                calls.extend(on_its_way.then(|| call(Matter::ParcelTrouble, id.to_string(), cause_of_parcel(said))));
            }
            _ if late.iter().any(|promise| said.is_about(promise)) => {
                let cause = cause.or(said.cause).unwrap_or(Cause::WarehouseQueue);
                calls.push(call(Matter::PastUpdates, String::new(), cause));
            }
            _ => {}
        }
    }
    calls.extend(told.lost.iter().filter_map(|lost| {
        let said = told.find(&lost.key).filter(|said| said.reached())?;
        let cause = said.cause.or(cause).unwrap_or(Cause::WarehouseQueue);
        Some(Call { matter: Matter::RefusedGrant, about: lost.grant_id.to_string(), cause, mark: Some(lost.at) })
    }));
    calls
}

fn cause_of_parcel(said: &Said) -> Cause {
    let reason = said.signal.as_deref().and_then(|signal| signal.split_once('/')).map(|(_, reason)| reason);
    if reason == Some(ParcelReason::Weather.as_str()) { Cause::Weather } else { Cause::Carrier }
}

/// Open promises of which the buyer was told that they will not be kept.
fn told_late(told: &Told, order: &Order, policy: &Policy) -> Vec<Promise> {
    let is_open = |lines: &[crate::ids::LineId]| order.open_lines().any(|line| lines.contains(&line.id));
    let is_late = |promise: &Promise| told.last_quote(promise).is_some_and(|(_, quoted)| quoted > promise.value);
    let open = groups(order, policy).into_iter().filter(|group| is_open(&group.lines)).map(|group| group.promise);
    open.filter(is_late).collect()
}

/// What has ended the matter of `entry`, if anything has by `now`.
pub(super) fn of(entry: &Entry, told: &Told, order: &Order, policy: &Policy, now: Instant) -> Option<Ending> {
    if entry.stage == Stage::Over {
        return None;
    }
    match entry.matter {
        Matter::UnansweredAddress => end_of_order(order).or_else(|| end_of_fault(entry, told, order, now)),
        Matter::PastUpdates => end_of_order(order).or_else(|| end_of_delay(entry, told, order, policy)),
        Matter::ParcelTrouble => {
            let parcel = order.parcels.iter().find(|parcel| parcel.id.as_str() == entry.about)?;
            end_of_parcel(parcel, order)
        }
        Matter::Urgent => end_of_order(order).or_else(|| end_of_day(order, now)),
        // The buyer was told of it; nothing but a person makes that good.
        Matter::RefusedGrant => None,
    }
}

fn end_of_order(order: &Order) -> Option<Ending> {
    let gone = if order.live_lines().next().is_none() { Ending::Cancelled } else { Ending::Shipped };
    (!order.is_open()).then_some(gone)
}

/// The day the buyer named, by the newest word, has come or is none any more.
fn end_of_day(order: &Order, now: Instant) -> Option<Ending> {
    order.needed_by.is_none_or(|by| now >= by).then_some(Ending::Passed)
}

fn end_of_fault(entry: &Entry, told: &Told, order: &Order, now: Instant) -> Option<Ending> {
    let fault = order.exceptions.iter().find(|fault| fault.id.as_str() == entry.about)?;
    if fault.cleared_at.is_some_and(|at| at <= now) {
        return Some(Ending::Mended);
    }
    if fault.since <= now && !order.open_exceptions(now).any(|open| open.id == fault.id) {
        return Some(Ending::Shipped);
    }
    let asks = |said: &Said| said.exception_id.as_ref() == Some(&fault.id) && said.at >= entry.opened_at;
    told.reached(Kind::ActionNeeded).any(asks).then_some(Ending::Asked)
}

/// What was late has left, or is not late any more against the time the buyer agreed to.
fn end_of_delay(entry: &Entry, told: &Told, order: &Order, policy: &Policy) -> Option<Ending> {
    if !told_late(told, order, policy).is_empty() {
        return None;
    }
    let agreed = |(at, talk): &(Instant, crate::event::Renegotiated)| {
        talk.status == RenegotiationStatus::Agreed && *at >= entry.opened_at
    };
    Some(if order.talks.iter().any(agreed) { Ending::Agreed } else { Ending::Shipped })
}

/// A parcel that came back is no end: whether to send it again or to refund it is a person's to say.
fn end_of_parcel(parcel: &Parcel, order: &Order) -> Option<Ending> {
    if parcel.delivered_at.is_some() {
        Some(Ending::Delivered)
    } else if parcel.voided_at.is_some() {
        Some(Ending::Voided)
    } else {
        order.live_lines().next().is_none().then_some(Ending::Cancelled)
    }
}
