//! How a buyer can be reached, and whether they want to be.

use serde::{Deserialize, Serialize};

use crate::event::{Buyer, PreferenceChannel, Stamp};
use crate::notice::Why;
use crate::policy::Channel;
use crate::text::Private;

/// A buyer's newest word on each channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Preferences(Vec<(PreferenceChannel, Stamp, bool)>);

impl Preferences {
    /// Takes a buyer's word; whether it was newer than what was known.
    pub fn take(&mut self, channel: PreferenceChannel, stamp: &Stamp, allow: bool) -> bool {
        if let Some(known) = self.0.iter_mut().find(|(c, _, _)| *c == channel) {
            let newer = *stamp > known.1;
            if newer {
                *known = (channel, stamp.clone(), allow);
            }
            return newer;
        }
        self.0.push((channel, stamp.clone(), allow));
        self.0.sort_by_key(|(c, _, _)| *c);
        true
    }

    /// Whether `channel` may be used: the newest word on it, or on all channels, counts.
    pub fn allows(&self, channel: Channel) -> bool {
        let own = match channel {
            Channel::Email => PreferenceChannel::Email,
            Channel::Sms => PreferenceChannel::Sms,
            Channel::Im => PreferenceChannel::Im,
        };
        let words = self.0.iter().filter(|(c, _, _)| *c == own || *c == PreferenceChannel::All);
        words.max_by(|a, b| a.1.cmp(&b.1)).is_none_or(|(_, _, allow)| *allow)
    }
}

/// A channel and the buyer's address on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub to: Private,
}

/// The first of `channels` on which the buyer has an address and wants to be written to.
///
/// # Errors
/// [`Why::OptedOut`] when there are addresses and none may be used, [`Why::NoAddress`] when there are none.
pub fn reach(buyer: Option<&Buyer>, preferences: &Preferences, channels: &[Channel]) -> Result<Reach, Why> {
    let address = |channel: Channel| {
        let buyer = buyer?;
        match channel {
            Channel::Email => buyer.email.clone(),
            Channel::Sms => buyer.phone.clone(),
            // A chat gateway knows buyers by the shop's own id.
            Channel::Im => Private::new(buyer.buyer_id.as_str()).ok(),
        }
    };
    let found: Vec<Reach> = channels.iter().filter_map(|c| Some(Reach { channel: *c, to: address(*c)? })).collect();
    let usable = |r: &&Reach| !r.to.reveal().trim().is_empty();
    let mut usable = found.iter().filter(usable).peekable();
    if usable.peek().is_none() {
        return Err(Why::NoAddress);
    }
    usable.find(|r| preferences.allows(r.channel)).cloned().ok_or(Why::OptedOut)
}
