//! The ways out that are configured, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::channel::{Channel, Outcome, Outgoing, RetryClass};
use super::gate::Limits;
use crate::engine::Remark;

/// The ways out, by the name policies use.
#[derive(Clone, Default)]
pub struct Channels {
    by_name: BTreeMap<String, Arc<dyn Channel>>,
    limits: BTreeMap<String, Limits>,
    mailbox: bool,
}

impl Channels {
    /// Channels that keep every message in the store instead of sending it, for demo and tests.
    pub fn mailbox() -> Self {
        Self { mailbox: true, ..Self::default() }
    }

    /// Adds a channel under its own name, with what it bears.
    pub fn add(&mut self, channel: Arc<dyn Channel>, limits: Limits) {
        self.limits.insert(channel.name().to_owned(), limits);
        self.by_name.insert(channel.name().to_owned(), channel);
    }

    /// What the channels bear, by their names.
    pub fn limits(&self) -> &BTreeMap<String, Limits> {
        &self.limits
    }

    /// Each channel with its name.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Arc<dyn Channel>)> {
        self.by_name.iter().map(|(name, channel)| (name.as_str(), channel))
    }

    /// Takes `outgoing` to the way out called `channel`.
    pub async fn send(&self, outgoing: &Outgoing, channel: &str) -> Outcome {
        match self.by_name.get(channel) {
            Some(way) => way.send(outgoing).await,
            None if self.mailbox => Outcome::Sent { receipt: Remark::Kept.to_string() },
            None => Outcome::Retry {
                class: RetryClass::Config,
                after: None,
                reason: Remark::NoChannel(channel).to_string(),
            },
        }
    }
}
