//! The first contact with each channel, before a notice needs it.
//!
//! A mail server that is away when we start, or a wrong password, shows at once and not with the first notice hours
//! later: the channel is left alone from the beginning, readiness and log say why, and it is greeted again until it
//! answers.

use std::sync::Arc;
use std::time::{Duration, Instant as RealInstant};

use tokio::task::JoinSet;

use super::breaker::Shows;
use super::channel::Channel;
use super::dispatch::Delivery;
use super::message::shows;

/// The rest after the first greeting that failed, doubled after each further one up to [`REST_MAX`].
const REST: Duration = Duration::from_secs(1);
/// As long as the longest wait between probes: a wrong password must not be tried so often that it locks the account.
const REST_MAX: Duration = Duration::from_secs(300);

impl Delivery {
    /// Greets every channel until it answers, or until a message has shown that it works. Channels that cannot be
    /// greeted are left to their first message.
    pub async fn greet(&self) {
        // Which channels failed before must be known first, so that one that answers now is told as working again.
        while self.recall().await.is_err() {
            tokio::time::sleep(REST).await;
        }
        let mut greetings = JoinSet::new();
        for (name, channel) in self.dispatcher.channels.named() {
            let (delivery, name, channel) = (self.clone(), name.to_owned(), Arc::clone(channel));
            greetings.spawn(async move { delivery.greet_one(&name, &*channel).await });
        }
        while let Some(ended) = greetings.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = %error, "a greeting panicked; the channel's first message will show how it is");
            }
        }
    }

    async fn greet_one(&self, name: &str, channel: &dyn Channel) {
        let mut rest = REST;
        while let Some(greeting) = channel.greet() {
            let (shows, why) = match greeting.await {
                Ok(()) => (Shows::Works, String::new()),
                Err(outcome) => (shows(&outcome), outcome.reason().to_owned()),
            };
            tracing::debug!(channel = name, ?shows, why, "channel greeted");
            let change = self.gate().greeted(name, shows, rest, RealInstant::now());
            if let Some(change) = change {
                self.dispatcher.tell(name, change, why).await;
                (self.settled)();
            }
            if shows != Shows::Fails {
                return;
            }
            tokio::time::sleep(rest).await;
            rest = (rest * 2).min(REST_MAX);
            if !self.gate().is_open(name) {
                return;
            }
        }
    }
}
