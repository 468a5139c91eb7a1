//! The words of tracking vendors, and what each of them says at the least.
//!
//! Every vendor has a vocabulary of its own: the same word means a collected parcel here and one that waits to be fetched
//! there. Each is a data file in `words`, with the place it was read. A word stands for no more than is certainly true of
//! every parcel that bears it: where a main word mixes meanings, its details decide, and the bare main word has none of
//! theirs. What a vendor reads off its own clock ("expired", "no update") is a silence, and a silence tells nothing: how
//! long is too long is for what was learned of the carrier to say.

mod dictionary;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::event::{ParcelReason, ParcelState};
use crate::notice::names;

names! {
    /// Whose words a carrier's report is told in.
    Vocabulary {
        /// AfterShip: tags and subtags.
        Aftership = "aftership",
        /// EasyPost: statuses, and details after a slash.
        Easypost = "easypost",
        /// Shopify: statuses of fulfillment events.
        Shopify = "shopify",
        /// 17TRACK: main and sub-statuses.
        Seventeen = "17track",
        /// 快递100: basic and detail codes.
        Kuaidi100 = "kuaidi100",
        /// 快递鸟: State and StateEx.
        Kdniao = "kdniao",
        /// TrackingMore: statuses and sub-codes.
        Trackingmore = "trackingmore",
        /// shipcloud: statuses of tracking events.
        Shipcloud = "shipcloud",
    }
}

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Meaning {
    /// Nothing of where the parcel is: there is no news, or the news is about something else.
    Nothing,
    /// Where it is, and why, where the word names a reason.
    State(ParcelState, Option<ParcelReason>),
}

impl Vocabulary {
    /// What `word` says, whatever its case; a detail that is not known says what its main word does. `None` where that is
    /// not known either.
    pub fn meaning(self, word: &str) -> Option<Meaning> {
        dictionary::of(self).meaning(word)
    }
}

impl TryFrom<String> for Meaning {
    type Error = Error;

    /// Reads `nothing`, a state, or a state and a reason with a slash between.
    fn try_from(text: String) -> Result<Self, Error> {
        if text == "nothing" {
            return Ok(Self::Nothing);
        }
        let (state, reason) = text.split_once('/').map_or((text.as_str(), None), |(s, r)| (s, Some(r)));
        let state = ParcelState::deserialize(reader(state))?;
        Ok(Self::State(state, reason.map(|name| ParcelReason::deserialize(reader(name))).transpose()?))
    }
}

fn reader(name: &str) -> StrDeserializer<'_, Error> {
    name.into_deserializer()
}
