//! Channels that fail and are left alone, kept in the store: so every process and every page tells the same, and what
//! lasts for hours is still known after a restart.

use std::collections::BTreeMap;

use forewarn_core::Instant;
use serde::{Deserialize, Serialize};

use super::Engine;
use crate::store::{StoreError, Tx};

/// Under which name they are kept.
const NOTE: &str = "channels.down";

/// Why and since when a channel is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// Since when it fails.
    pub since: Instant,
    /// What its last attempt came to; never personal data.
    pub why: String,
}

impl Engine {
    /// Notes that `channel` fails, or works again. One that fails already keeps its beginning.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_channel(tx: &mut dyn Tx, channel: &str, down: Option<&Down>) -> Result<(), StoreError> {
        let mut all = Self::channels_down(tx)?;
        let changed = match down {
            Some(down) if !all.contains_key(channel) => all.insert(channel.to_owned(), down.clone()).is_none(),
            Some(_) => false,
            None => all.remove(channel).is_some(),
        };
        if !changed {
            return Ok(());
        }
        let text = serde_json::to_string(&all).unwrap_or_default();
        tx.note_save(NOTE, &text)
    }

    /// The channels that are left alone, by name.
    ///
    /// # Errors
    /// When the store fails. A note that cannot be read says nothing: the channels themselves will.
    pub fn channels_down(tx: &mut dyn Tx) -> Result<BTreeMap<String, Down>, StoreError> {
        let text = tx.note_load(NOTE)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}
