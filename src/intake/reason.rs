//! The names under which refused events stand in the dead letters.

use std::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why an event was refused. The text form is part of the contract: dead letters, records and metrics
        /// carry it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in dead letters, records and metrics.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// The bytes are not UTF-8.
    NotUtf8 = "not_utf8",
    /// The text is not JSON.
    NotJson = "not_json",
    /// The event has more bytes than are taken.
    TooLarge = "too_large",
    /// Objects and lists are nested deeper than is taken.
    TooDeep = "too_deep",
    /// It is JSON, yet no CloudEvents 1.0 event.
    NotCloudevents = "not_cloudevents",
    /// The `type` is none that Forewarn reads.
    UnknownType = "unknown_type",
    /// A required field is absent or `null`.
    MissingField = "missing_field",
    /// A field has a value of the wrong kind, or stands there twice.
    BadField = "bad_field",
    /// An instant is not RFC 3339 with an offset.
    BadTime = "bad_time",
    /// An instant lies outside 2000-2100.
    TimeOutOfRange = "time_out_of_range",
    /// An id is no text, empty, too long or holds control characters.
    BadId = "bad_id",
    /// A text has more bytes than are taken.
    TextTooLong = "text_too_long",
    /// More lines than an order may have.
    TooManyLines = "too_many_lines",
    /// A list of lines is empty.
    NoLines = "no_lines",
    /// Two lines of an order share their id.
    DuplicateLine = "duplicate_line",
    /// A quantity is not a whole number within its range.
    BadQuantity = "bad_quantity",
    /// An amount is not a decimal string without sign.
    BadMoney = "bad_money",
    /// A currency is not in ISO 4217.
    BadCurrency = "bad_currency",
    /// One order, two currencies.
    MixedCurrency = "mixed_currency",
    /// A condition that names nothing it touches.
    EmptyScope = "empty_scope",
    /// A condition on an article or campaign of nobody in particular.
    ScopeTooWide = "scope_too_wide",
    /// `order.changed` without a change.
    EmptyChange = "empty_change",
    /// The same source and id came before with other content.
    IdReused = "id_reused",
    /// One order has had more events than its facts can hold.
    TooManyEvents = "too_many_events",
    /// An answer about a grant we never asked for.
    UnknownGrant = "unknown_grant",
    /// Feedback on a notice we never sent.
    UnknownNotice = "unknown_notice",
    /// A message of a buyer without orders.
    UnknownBuyer = "unknown_buyer",
    /// The store can never keep it, as when what it holds of the order is damaged.
    NotStored = "not_stored",
}

impl Reason {
    /// The reason of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
