//! How long the word of one parcel waits for another one of its order, so that one message tells of both.
//!
//! It waits only while another parcel is known to be about to leave or to arrive, and a wait begins with the first
//! parcel that was not told of: it ends for all of them at once, however many follow.

use super::{Assessment, Case, Saying};
use crate::event::ParcelState;
use crate::instant::{Instant, Span};
use crate::notice::Kind;
use crate::order::Parcel;

/// Until when the parcels of an order that were not told of wait.
#[derive(Clone, Copy)]
pub(super) struct Waits {
    /// Those that left; `None` where they do not wait.
    pub(super) leaving: Option<Instant>,
    /// Those that arrived; `None` where they do not wait.
    pub(super) arriving: Option<Instant>,
}

impl Waits {
    pub(super) fn of(case: &Case<'_>, a: &Assessment) -> Self {
        let expires = &case.policy.expires;
        let left = |p: &Parcel| p.met_at(case.order.met_by).filter(|_| p.delivered_at.is_none());
        let leaving = leaves_soon(case).then(|| until(case, a, Kind::Shipped, expires.shipped, left));
        let arriving =
            arrives_soon(case).then(|| until(case, a, Kind::Delivered, expires.delivered, |p| p.delivered_at));
        Self { leaving: leaving.flatten(), arriving: arriving.flatten() }
    }
}

/// Whether something of the order is still to be handed over: a line, or a parcel that has its label.
fn leaves_soon(case: &Case<'_>) -> bool {
    let order = case.order;
    let labelled = |p: &Parcel| p.voided_at.is_none() && p.met_at(order.met_by).is_none();
    order.open_lines().next().is_some() || order.parcels.iter().any(labelled)
}

fn arrives_soon(case: &Case<'_>) -> bool {
    let at_the_door = |p: &Parcel| p.last_scan.as_ref().is_some_and(|s| s.state == ParcelState::OutForDelivery);
    case.order.parcels.iter().any(at_the_door)
}

/// Never past the hour at which the buyer is left in peace, nor past half the time the news is worth sending, `useful`.
/// What is too old to be told is waited for by nobody.
fn until(
    case: &Case<'_>,
    a: &Assessment,
    kind: Kind,
    useful: Span,
    happened_at: impl Fn(&Parcel) -> Option<Instant>,
) -> Option<Instant> {
    let paid_at = case.order.paid_at?;
    let mut first: Option<Instant> = None;
    for parcel in &case.order.parcels {
        let Some(at) = happened_at(parcel).map(|at| at.max(paid_at)) else { continue };
        if at < case.guard.live_since || at + useful < case.now {
            continue;
        }
        let mine = |s: &&super::Said| s.kind == kind && s.parcel_id.as_ref() == Some(&parcel.id);
        match case.told.said.iter().find(mine).map(|said| said.state) {
            // What is about to go out takes the others along.
            Some(Saying::Pending) => return None,
            Some(_) => {}
            None => first = Some(first.map_or(at, |first| first.min(at))),
        }
    }
    let over = first? + case.policy.parcels.together.min(Span::from_ms(useful.ms() / 2));
    Some(a.quiet(case).pulled_forward(over)).filter(|over| *over > case.now)
}
