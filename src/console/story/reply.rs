//! What a support agent can send as it is: cause, honest date, gift, next step, in the buyer's language.

use forewarn_core::cause::Cause;
use forewarn_core::event::ParcelState;
use forewarn_core::grant::GrantStatus;

use super::{Arrival, OrderFile, Status};
use crate::console::{Language, Speech};

/// The buyer's language, else the shop's, else Chinese as notices have it.
pub(in crate::console) fn language_of(file: &OrderFile) -> Language {
    let own = file.order.buyer.as_ref().and_then(|b| b.locale.as_ref()).map(ToString::to_string);
    own.or_else(|| file.shop.locale.clone()).map_or(Language::Chinese, |locale| Language::of_locale(&locale))
}

/// The reply, ready to send.
pub(in crate::console) fn reply(file: &OrderFile) -> String {
    let t = Speech::new(language_of(file), file.zone());
    let name = file.order.buyer.as_ref().and_then(|b| b.name.as_ref()).map(|n| n.reveal().trim().to_owned());
    let hello = match name.filter(|n| !n.is_empty()) {
        Some(name) => t.with("reply.hello_name", name),
        None => t.say("reply.hello"),
    };
    let mut parts = vec![hello];
    parts.extend(situation(file, &t));
    parts.extend(needed(file, &t));
    parts.extend(gifts(file, &t));
    parts.push(t.say(if file.status() == Status::Delivered { "reply.close_delivered" } else { "reply.close" }));
    parts.join(if t.is_chinese() { "" } else { " " })
}

fn situation(file: &OrderFile, t: &Speech) -> Vec<String> {
    let id = &file.order.key.order_id;
    match file.status() {
        Status::Waiting => vec![t.with("reply.waiting", id)],
        Status::Parked => vec![t.with("reply.parked", id)],
        Status::Cancelled => vec![t.with("reply.cancelled", id)],
        Status::Delivered => vec![t.with("reply.delivered", id)],
        Status::Shipped => shipped(file, t),
        Status::OnTime | Status::AtRisk | Status::Late if file.asks_for().is_some() => {
            vec![t.with("reply.ask", id), t.with("reply.ask_where", &file.buyer_page)]
        }
        Status::OnTime => match file.honest_date() {
            Some(at) => vec![t.with2("reply.on_time", id, t.phrase(&at))],
            None => vec![t.with("reply.working", id)],
        },
        Status::AtRisk if file.pending().is_some() => pending(file, t),
        Status::AtRisk | Status::Late => {
            let cause = file.outlook.finding.as_ref().map(|f| late_reason(file, f.cause, t));
            let date = match file.honest_date() {
                Some(at) => t.with("reply.date", t.phrase(&at)),
                None => t.say("reply.no_date"),
            };
            [Some(t.with("reply.late", id)), cause, Some(date)].into_iter().flatten().collect()
        }
    }
}

/// The buyer is being asked for a later time: nothing is settled yet, and the promise stands until the answer. Where more
/// is known by now than when it was asked, that is said too.
fn pending(file: &OrderFile, t: &Speech) -> Vec<String> {
    let Some((asked, promised)) = file.pending().zip(file.ship_by()) else { return Vec::new() };
    let question = t.with2("reply.asked", &file.order.key.order_id, t.phrase(&asked.at));
    let cause = file.outlook.finding.as_ref().map(|f| late_reason(file, f.cause, t));
    let stands = t.with("reply.asked_stands", t.phrase(&promised));
    let later = file.honest_date().filter(|at| *at > asked.at).map(|at| t.with("reply.date", t.phrase(&at)));
    [Some(question), cause, Some(stands), later].into_iter().flatten().collect()
}

/// Whether it will be there by the day its buyer named.
fn needed(file: &OrderFile, t: &Speech) -> Option<String> {
    let open = matches!(file.status(), Status::OnTime | Status::AtRisk | Status::Late);
    let needed = file.outlook.needed.filter(|_| open && file.asks_for().is_none())?;
    Some(t.with(if needed.in_time { "reply.in_time" } else { "reply.too_late" }, t.day(&needed.by)))
}

fn shipped(file: &OrderFile, t: &Speech) -> Vec<String> {
    let mut parts = vec![t.with("reply.shipped", &file.order.key.order_id)];
    for parcel in file.order.parcels.iter().filter(|p| p.voided_at.is_none() && p.delivered_at.is_none()) {
        if let (Some(carrier), Some(number)) = (&parcel.carrier, &parcel.tracking_number) {
            parts.push(t.with2("reply.tracking", carrier, number));
        }
        parts.extend(parcel.last_scan.as_ref().and_then(|scan| standing(scan.state, t)));
        parts.extend(Arrival::of(parcel, file.now).map(|arrival| match arrival {
            Arrival::On(at) => t.with("reply.arrival", t.day(&at)),
            Arrival::Open => t.say("reply.no_arrival"),
        }));
    }
    parts
}

/// What of a parcel's state its buyer must hear from whoever answers.
fn standing(state: ParcelState, t: &Speech) -> Option<String> {
    use ParcelState::{AttemptFailed, Delayed, Exception, ReadyForPickup, Returned, Returning};
    match state {
        ReadyForPickup => Some(t.say("reply.pickup")),
        Delayed | AttemptFailed | Exception | Returning | Returned => {
            Some(t.with("reply.trouble", t.name("parcel", state.as_str()).to_lowercase()))
        }
        _ => None,
    }
}

/// Why the order is late, in a sentence to its buyer. Which of several goods ran short is not always known.
pub(in crate::console) fn late_reason(file: &OrderFile, cause: Cause, t: &Speech) -> String {
    if cause == Cause::OutOfStock && file.order.live_lines().nth(1).is_some() {
        return t.say("late.out_of_stock.some");
    }
    t.name("late", cause)
}

fn gifts(file: &OrderFile, t: &Speech) -> Vec<String> {
    let said = |status, one: &str, several: &str| {
        let sums = file.gifts(status).into_iter();
        let say = |(sum, count): (forewarn_core::money::Money, usize)| {
            t.with(if count == 1 { one } else { several }, sum.display(t.is_chinese()))
        };
        sums.map(say).collect::<Vec<_>>()
    };
    let mut all = said(GrantStatus::Granted, "reply.granted", "reply.granted.several");
    all.extend(said(GrantStatus::Reserved, "reply.reserved", "reply.reserved.several"));
    all
}
