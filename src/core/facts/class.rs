//! Which events of an order speak about the same thing, and how many of them still matter.

use crate::event::{OrderEvent, ParcelState, Shipped, Stage};
use crate::ids::{ExceptionId, LineId, ParcelId};
use crate::instant::given;

/// How many of a parcel's first scans are kept whatever they say: what its carrier's rhythm is learned from. Our
/// choice: trails of a dozen scans are long ones, and a kept scan costs some 200 bytes.
pub(crate) const SCANS: usize = 12;

/// Events that speak about the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Placed,
    Paid,
    Changed,
    CancelledWhole,
    CancelledPart,
    Renegotiated,
    Progress(Stage, bool, Option<Vec<LineId>>),
    Shipped(ParcelId, u8),
    Exception(ExceptionId),
    ExceptionCleared(ExceptionId),
    Parcel(ParcelId, Option<ParcelState>, bool),
    Message,
}

/// Which members of a class are kept. Each rule is a choice by rank within the set of all members seen, which is
/// what makes the fold independent of arrival order.
pub(super) enum Keep {
    Newest(usize),
    Oldest(usize),
    /// So many of the oldest, for how it began, and so many of the newest, for how it stands.
    Ends(usize, usize),
}

impl Class {
    pub(super) fn keep(&self) -> Keep {
        match self {
            Self::Placed => Keep::Ends(1, 8),
            Self::Paid => Keep::Newest(1),
            Self::Changed => Keep::Newest(64),
            Self::CancelledWhole => Keep::Oldest(1),
            Self::CancelledPart => Keep::Oldest(1_000),
            Self::Renegotiated => Keep::Newest(32),
            Self::ExceptionCleared(_) => Keep::Newest(1),
            Self::Message => Keep::Newest(20),
            // The oldest of all scans are among the oldest of each sort.
            Self::Parcel(..) => Keep::Ends(SCANS, 1),
            Self::Progress(..) | Self::Shipped(..) | Self::Exception(_) => Keep::Ends(1, 1),
        }
    }
}

pub(super) fn of(event: &OrderEvent) -> Class {
    match event {
        OrderEvent::Placed(_) => Class::Placed,
        OrderEvent::Paid { .. } => Class::Paid,
        OrderEvent::Changed(_) => Class::Changed,
        OrderEvent::Cancelled(c) if c.line_ids.is_none() => Class::CancelledWhole,
        OrderEvent::Cancelled(_) => Class::CancelledPart,
        OrderEvent::Renegotiated(_) => Class::Renegotiated,
        OrderEvent::Progress(p) => Class::Progress(p.stage, given(p.expected_ship_at).is_some(), p.line_ids.clone()),
        OrderEvent::Shipped(s) => Class::Shipped(s.parcel_id.clone(), fields_given(s)),
        OrderEvent::Exception(e) => Class::Exception(e.exception_id.clone()),
        OrderEvent::ExceptionCleared { exception_id } => Class::ExceptionCleared(exception_id.clone()),
        OrderEvent::Parcel(p) => Class::Parcel(p.parcel_id.clone(), p.state(), given(p.expected_delivery_at).is_some()),
        OrderEvent::Message(_) => Class::Message,
    }
}

/// Which optional fields are given: fields are replaced one by one, so a later word without a field must not drop
/// the earlier one that has it.
fn fields_given(shipped: &Shipped) -> u8 {
    let fields = [
        shipped.warehouse_id.is_some(),
        shipped.carrier.is_some(),
        shipped.tracking_number.is_some(),
        shipped.tracking_url.is_some(),
        shipped.line_ids.is_some(),
        given(shipped.expected_delivery_at).is_some(),
    ];
    fields.into_iter().fold(0, |mask, is_given| mask << 1 | u8::from(is_given))
}
