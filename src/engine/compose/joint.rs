//! Which notices are told of in one letter, and by which.

use forewarn_core::decide::join::Topic;
use forewarn_core::notice::Kind;

use crate::copy::joint::{over_orders, over_parcels};
use crate::copy::{DELAYED_ORDERS, Letter, SEVERAL_PARCELS, Wording};

/// Whether `copy` can tell of several of `topic` at once in the language in which it would tell of one.
pub(in crate::engine) fn can_join(copy: &dyn Wording, locale: &str, topic: Topic<'_>) -> bool {
    let (several, alone) = match topic {
        Topic::Delays => (DELAYED_ORDERS, Kind::DelayWarning),
        Topic::Departures(_) => (SEVERAL_PARCELS, Kind::Shipped),
        Topic::Arrivals(_) => (SEVERAL_PARCELS, Kind::Delivered),
    };
    copy.joins(locale, several, alone.as_str())
}

/// The letter over those of notices of one topic, of which `kind` is one.
pub(super) fn over(kind: Kind, letters: &[Letter]) -> Letter {
    match kind {
        Kind::Shipped | Kind::Delivered => over_parcels(letters),
        _ => over_orders(letters),
    }
}
