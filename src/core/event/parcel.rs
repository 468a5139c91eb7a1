//! What a carrier reports of a parcel.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::ids::ParcelId;
use crate::instant::Instant;
use crate::text::Text;
use crate::tracking::{Meaning, Vocabulary};

/// What the carrier says of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelState {
    /// A label exists; the carrier has nothing yet.
    LabelCreated,
    /// The carrier has it.
    Collected,
    /// It moves.
    InTransit,
    /// It is with customs.
    Customs,
    /// It moves later than planned.
    Delayed,
    /// It is on its last way.
    OutForDelivery,
    /// It waits to be fetched.
    ReadyForPickup,
    /// It could not be handed over.
    AttemptFailed,
    /// It is there.
    Delivered,
    /// Something is wrong with it.
    Exception,
    /// It goes back.
    Returning,
    /// It is back.
    Returned,
    /// The label was cancelled.
    Voided,
}

impl ParcelState {
    /// Its name in events and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LabelCreated => "label_created",
            Self::Collected => "collected",
            Self::InTransit => "in_transit",
            Self::Customs => "customs",
            Self::Delayed => "delayed",
            Self::OutForDelivery => "out_for_delivery",
            Self::ReadyForPickup => "ready_for_pickup",
            Self::AttemptFailed => "attempt_failed",
            Self::Delivered => "delivered",
            Self::Exception => "exception",
            Self::Returning => "returning",
            Self::Returned => "returned",
            Self::Voided => "voided",
        }
    }

    /// Whether this status proves that the carrier holds the parcel.
    pub fn proves_handover(self) -> bool {
        !matches!(self, Self::LabelCreated | Self::Voided)
    }
}

/// Why a parcel is late or in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelReason {
    /// The weather.
    Weather,
    /// Too many parcels in one place.
    HubOverload,
    /// The address.
    Address,
    /// The buyer did not take it.
    Refused,
    /// It is damaged.
    Damaged,
    /// It is lost.
    Lost,
    /// Customs.
    Customs,
    /// A security check.
    Security,
    /// Anything else.
    Other,
}

impl ParcelReason {
    /// Its name in events and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weather => "weather",
            Self::HubOverload => "hub_overload",
            Self::Address => "address",
            Self::Refused => "refused",
            Self::Damaged => "damaged",
            Self::Lost => "lost",
            Self::Customs => "customs",
            Self::Security => "security",
            Self::Other => "other",
        }
    }
}

/// `parcel.status`: by `status` in our words, else by a vendor's own word, which is kept as it came and looked up each
/// time it is read. So a word that is learned later speaks for what was stored before, and the same event told twice
/// stays the same event whatever version translates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelStatus {
    /// Which parcel.
    pub parcel_id: ParcelId,
    /// What the carrier says, in our words; goes before a vendor's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ParcelState>,
    /// Whose word `raw_status` is, where it is to be understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<Vocabulary>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ParcelReason>,
    /// When it should arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_delivery_at: Option<Instant>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Text>,
    /// The carrier's own word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_status: Option<Text>,
}

impl ParcelStatus {
    /// What it says of the parcel; `None` where the vendor's word is not known. A reason of the event's own goes before
    /// that of the word.
    pub fn meaning(&self) -> Option<Meaning> {
        let said = match (self.status, self.vocabulary, &self.raw_status) {
            (Some(state), ..) => Meaning::State(state, None),
            (None, Some(vocabulary), Some(raw)) => vocabulary.meaning(raw.as_str())?,
            _ => return None,
        };
        Some(match said {
            Meaning::Nothing => Meaning::Nothing,
            Meaning::State(state, reason) => Meaning::State(state, self.reason.or(reason)),
        })
    }

    /// Where it says the parcel is; `None` where it says nothing of that.
    pub fn state(&self) -> Option<ParcelState> {
        match self.meaning() {
            Some(Meaning::State(state, _)) => Some(state),
            Some(Meaning::Nothing) | None => None,
        }
    }

    /// The vocabulary whose word this is, where that word is none it knows.
    pub fn unknown_word_of(&self) -> Option<Vocabulary> {
        self.vocabulary.filter(|_| self.meaning().is_none())
    }
}

/// An event's fingerprint is stored with it, so a status without a vocabulary goes in as it always did: the state itself,
/// not whether there is one.
impl Hash for ParcelStatus {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parcel_id.hash(state);
        match self.status {
            Some(status) => status.hash(state),
            None => NO_STATE.hash(state),
        }
        self.reason.hash(state);
        self.expected_delivery_at.hash(state);
        self.location.hash(state);
        self.raw_status.hash(state);
        if let Some(vocabulary) = self.vocabulary {
            vocabulary.as_str().hash(state);
        }
    }
}

/// Stands for an absent state in a fingerprint: no state has this number.
const NO_STATE: isize = -1;
