//! Plays an order's events in stamp order.

use super::{Announced, Order, OrderException, Report, line, overlay, parcel};
use crate::event::{Changed, Exception, OrderEvent, PAGE, Progress};
use crate::facts::{Entry, Facts};
use crate::ids::{ExceptionId, LineId, OrderKey};
use crate::instant::{Instant, given};

pub(super) fn play(key: &OrderKey, facts: &Facts) -> Order {
    let mut order = Order::blank(key);
    for entry in facts.entries() {
        step(&mut order, entry);
    }
    // Lines that were cancelled before the event that names them came are settled at the end.
    for entry in facts.entries() {
        if let OrderEvent::Cancelled(c) = &entry.event {
            cancel(&mut order, entry.stamp.time, c.line_ids.as_deref());
        }
    }
    order.exceptions.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
    order
}

fn step(order: &mut Order, entry: &Entry) {
    let at = entry.stamp.time;
    match &entry.event {
        OrderEvent::Placed(placed) => order.take_placed(at, placed),
        OrderEvent::Paid { paid_at } => order.paid_at = Some(given(*paid_at).unwrap_or(at)),
        OrderEvent::Changed(changed) => take_changed(order, at, changed),
        OrderEvent::Cancelled(_) => {}
        OrderEvent::Renegotiated(talk) => order.talks.extend(given(Some(talk.ship_by)).map(|_| (at, talk.clone()))),
        OrderEvent::Progress(progress) => take_progress(order, at, progress),
        OrderEvent::Shipped(shipped) => {
            spoke(order, at);
            overlay(&mut order.warehouse_id, shipped.warehouse_id.as_ref());
            parcel::of(&mut order.parcels, &shipped.parcel_id).take_shipped(at, shipped);
        }
        OrderEvent::Exception(exception) => take_exception(order, at, exception),
        OrderEvent::ExceptionCleared { exception_id } => clear_exception(order, at, exception_id),
        OrderEvent::Parcel(status) => {
            parcel::of(&mut order.parcels, &status.parcel_id).take_status(at, status);
        }
        OrderEvent::Message(message) => {
            order.chases += 1;
            if message.channel.as_ref().is_none_or(|channel| channel.as_str() != PAGE) {
                order.asked_at = order.asked_at.max(Some(at));
            }
        }
    }
}

fn spoke(order: &mut Order, at: Instant) {
    order.warehouse_spoke_at = order.warehouse_spoke_at.max(Some(at));
}

fn take_changed(order: &mut Order, at: Instant, changed: &Changed) {
    if let Some(buyer) = &changed.buyer {
        order.take_buyer(buyer);
    }
    overlay(&mut order.ship_to, changed.ship_to.as_ref());
    overlay(&mut order.deliver_by, given(changed.deliver_by).as_ref());
    overlay(&mut order.needed_by, given(changed.needed_by).as_ref());
    overlay(&mut order.note, changed.note.as_ref());
    overlay(&mut order.warehouse_id, changed.warehouse_id.as_ref());
    order.ship_by.offer(changed.ship_by, at);
    line::take(&mut order.lines, changed.lines.as_deref().unwrap_or_default(), at);
}

fn take_progress(order: &mut Order, at: Instant, progress: &Progress) {
    spoke(order, at);
    order.warehouse_id = Some(progress.warehouse_id.clone());
    let expected = given(progress.expected_ship_at).map(|expected| Announced { at: expected, since: at });
    order.reports.push(Report { stage: progress.stage, at, expected, line_ids: progress.line_ids.clone() });
}

fn take_exception(order: &mut Order, at: Instant, new: &Exception) {
    spoke(order, at);
    let known = order.exceptions.iter().position(|e| e.id == new.exception_id).map(|i| order.exceptions.remove(i));
    // A report that had ended and comes again begins anew.
    let since = known.filter(|e| e.cleared_at.is_none()).map_or(at, |e| e.since);
    order.exceptions.push(OrderException {
        id: new.exception_id.clone(),
        kind: new.kind,
        since,
        clears_at: given(new.clears_at),
        cleared_at: None,
        line_ids: new.line_ids.clone(),
    });
}

/// The newest word counts: only a report that is newer than the end opens it again, which playing in stamp order
/// gives by itself.
fn clear_exception(order: &mut Order, at: Instant, id: &ExceptionId) {
    spoke(order, at);
    if let Some(open) = order.exceptions.iter_mut().find(|e| e.id == *id) {
        open.cleared_at = Some(at);
    }
}

fn cancel(order: &mut Order, at: Instant, line_ids: Option<&[LineId]>) {
    let Some(ids) = line_ids else {
        order.cancelled_at = Some(order.cancelled_at.map_or(at, |first| first.min(at)));
        return;
    };
    for line in order.lines.iter_mut().filter(|l| ids.contains(&l.id)) {
        line.cancelled_at = Some(line.cancelled_at.map_or(at, |first| first.min(at)));
    }
}
