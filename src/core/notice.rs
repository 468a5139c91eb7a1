//! The words for what we tell and why we sometimes do not.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every one, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in records, policies and metrics.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// The one with this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|k| k.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use names;

names! {
    /// What a notice is about.
    Kind {
        /// The order is paid and will be shipped by then.
        OrderAccepted = "order_accepted",
        /// The promised ship time will be missed.
        DelayWarning = "delay_warning",
        /// The date we told slips.
        DelayUpdate = "delay_update",
        /// The promised ship time was missed and nobody had said so.
        PromiseMissed = "promise_missed",
        /// The buyer must do something.
        ActionNeeded = "action_needed",
        /// A parcel was handed to the carrier.
        Shipped = "shipped",
        /// A parcel is late or in trouble.
        LogisticsDelay = "logistics_delay",
        /// A parcel has arrived.
        Delivered = "delivered",
    }
}

impl Kind {
    /// Whether the notice loses its point at a deadline, so that quiet hours pull it forward instead of holding it.
    pub fn is_deadline_bound(self) -> bool {
        matches!(self, Self::DelayWarning | Self::DelayUpdate)
    }

    /// Whether it tells of something the buyer must know or do, and not only that all goes well.
    pub fn tells_of_trouble(self) -> bool {
        self.is_about_delay() || matches!(self, Self::LogisticsDelay | Self::ActionNeeded)
    }

    /// Whether it tells that an order will ship late, or has not shipped in time.
    pub fn is_about_delay(self) -> bool {
        matches!(self, Self::DelayWarning | Self::DelayUpdate | Self::PromiseMissed)
    }
}

names! {
    /// What is wrong with a parcel.
    Trouble {
        /// The carrier says that it moves later than planned.
        Delayed = "delayed",
        /// The carrier says that something is wrong.
        Exception = "exception",
        /// It could not be handed to the buyer.
        AttemptFailed = "attempt_failed",
        /// It goes back.
        Returning = "returning",
        /// There is no sign of life.
        Stalled = "stalled",
        /// Its expected arrival has moved.
        Slipped = "slipped",
        /// It did not come when it was expected, and no new date was named.
        Overdue = "overdue",
    }
}

names! {
    /// Why a due notice was not sent.
    Why {
        /// The goods are already on their way.
        Shipped = "shipped",
        /// The order is cancelled.
        Cancelled = "cancelled",
        /// The buyer does not want to be written to.
        OptedOut = "opted_out",
        /// There is no way to reach the buyer.
        NoAddress = "no_address",
        /// The shop wants no notices for this order.
        NotifyOff = "notify_off",
        /// The platform does not let the seller send this.
        PlatformForbids = "platform_forbids",
        /// A budget is used up.
        Cap = "cap",
        /// The order is left unwarned to measure the effect.
        Holdout = "holdout",
        /// It would fall into quiet hours and be too late after them.
        QuietHours = "quiet_hours",
        /// A person has to take over.
        NeedsHuman = "needs_human",
        /// Its moment has passed.
        Stale = "stale",
        /// Sending is paused.
        Paused = "paused",
        /// Shadow mode: decided and recorded, not sent.
        Shadow = "shadow",
        /// Its message was joined to another one.
        Merged = "merged",
        /// The buyer got enough messages today.
        Limit = "limit",
        /// The goods have arrived.
        Delivered = "delivered",
    }
}
