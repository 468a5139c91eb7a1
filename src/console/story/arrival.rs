//! When a parcel arrives, as far as it can be said.

use forewarn_core::Instant;
use forewarn_core::event::ParcelState;
use forewarn_core::order::Parcel;

/// What can be said of a parcel's arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Arrival {
    /// It should arrive then.
    On(Instant),
    /// It had a date, and went wrong since without a new one.
    Open,
}

impl Arrival {
    /// Of a parcel that is on its way as of `now`; `None` where nothing was said, or what was said is past.
    pub(in crate::console) fn of(parcel: &Parcel, now: Instant) -> Option<Self> {
        use ParcelState::{AttemptFailed, Delayed, Exception, Returned, Returning};
        if parcel.delivered_at.is_some() || parcel.voided_at.is_some() {
            return None;
        }
        let (at, since) = parcel.expected_delivery?;
        match parcel.last_scan.as_ref() {
            Some(scan) if matches!(scan.state, Returning | Returned) => None,
            Some(scan) if since < scan.at && matches!(scan.state, AttemptFailed | Delayed | Exception) => {
                Some(Self::Open)
            }
            _ => (at > now).then_some(Self::On(at)),
        }
    }
}
