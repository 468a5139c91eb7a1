//! Takes claimed notices to their channels and notes what became of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use forewarn_core::{Instant, Span, digest};

use super::backoff::next_delay;
use super::channel::{Channel, Class, Outcome, Outgoing, Recipient, RetryClass, ToldOrder};
use crate::clock::SharedClock;
use crate::engine::{Attempt, Engine, Lease, Message, Record, Remark};
use crate::store::port::NoticeRow;
use crate::store::{Class as ErrorClass, Store, StoreError};

/// A lost outcome is written again this often before the notice is left to be found as stranded.
const SETTLE_TRIES: u32 = 5;

/// The ways out, by the name policies use.
#[derive(Clone, Default)]
pub struct Channels {
    by_name: BTreeMap<String, Arc<dyn Channel>>,
    mailbox: bool,
}

impl Channels {
    /// Channels that keep every message in the store instead of sending it, for demo and tests.
    pub fn mailbox() -> Self {
        Self { by_name: BTreeMap::new(), mailbox: true }
    }

    /// Adds a channel under its own name.
    pub fn add(&mut self, channel: Arc<dyn Channel>) {
        self.by_name.insert(channel.name().to_owned(), channel);
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

/// What a round of delivery did.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// How many notices were taken up.
    pub looked_at: usize,
    /// What was withdrawn or released on the way, and what was sent.
    pub records: Vec<Record>,
}

/// Claims, sends, settles.
#[derive(Clone)]
pub struct Dispatcher {
    /// Where notices lie.
    pub store: Store,
    /// Decides again at every claim.
    pub engine: Arc<Engine>,
    /// Tells the time.
    pub clock: SharedClock,
    /// The ways out.
    pub channels: Channels,
    /// How long a claim holds in real time; longer than any one attempt.
    pub lease: Duration,
    /// How many messages are on their way at once.
    pub concurrency: usize,
}

impl Dispatcher {
    /// Claims due notices and takes each to its channel. Returns when all outcomes are noted.
    ///
    /// No more are claimed than can be on their way at once: whatever is noted as `sending` when the process dies
    /// is unknown afterwards, so nothing may be noted so while it only waits for its turn.
    ///
    /// # Errors
    /// When the claim fails; then nothing was sent.
    pub async fn round(&self) -> Result<Round, StoreError> {
        let (lease, limit) = (self.new_lease(), self.concurrency.max(1));
        let (engine, now, claim_lease) = (Arc::clone(&self.engine), self.clock.now(), lease.clone());
        let claimed = self.store.write(move |tx| engine.claim(tx, now, limit, &claim_lease)).await?;
        let mut round = Round { looked_at: claimed.looked_at, records: claimed.records };
        let mut running = tokio::task::JoinSet::new();
        for message in claimed.ready {
            let (this, token) = (self.clone(), lease.token.clone());
            running.spawn(async move { this.deliver(message, &token).await });
        }
        while let Some(result) = running.join_next().await {
            round.records.extend(finished(result));
        }
        Ok(round)
    }

    /// Lists notices as unknown that a dead process left on their way. Gives how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle_stranded(&self) -> Result<usize, StoreError> {
        let (engine, now, real_now) = (Arc::clone(&self.engine), self.clock.now(), self.clock.real_now());
        self.store.write(move |tx| engine.settle_stranded(tx, now, real_now, 100)).await
    }

    fn new_lease(&self) -> Lease {
        let real_now = self.clock.real_now();
        let length = Span::from_ms(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX));
        Lease { token: token(real_now), real_now, until: real_now + length }
    }

    async fn deliver(&self, message: Message, token: &str) -> Vec<Record> {
        let merchant = &message.lead.order.merchant_id;
        let Some(outgoing) = outgoing(&message, self.engine.identity().shops.get(merchant).reply_to) else {
            return Vec::new();
        };
        let channel = message.lead.composed.as_ref().map_or("", |composed| &composed.channel);
        let outcome = self.channels.send(&outgoing, channel).await;
        let attempt = attempt(&message, outcome);
        for notice in message.notices() {
            tracing::info!(
                notice.id = %notice.notice_id,
                notice.kind = %notice.kind,
                order.id = %notice.order,
                message.id = %outgoing.message_id,
                outbox.attempt = notice.attempts,
                outcome = ?attempt,
                "notice attempted"
            );
        }
        self.settle(message, token, attempt).await
    }

    async fn settle(&self, message: Message, token: &str, attempt: Attempt) -> Vec<Record> {
        let message = Arc::new(message);
        for failures in 1..=SETTLE_TRIES {
            let (engine, now) = (Arc::clone(&self.engine), self.clock.now());
            let (message, token, attempt) = (Arc::clone(&message), token.to_owned(), attempt.clone());
            let id = message.lead.notice_id.clone();
            let written = self.store.write(move |tx| engine.settle_message(tx, &message, &token, &attempt, now)).await;
            match written {
                Ok(records) => return records,
                Err(error) if error.class() == ErrorClass::Retry => {
                    tokio::time::sleep(Duration::from_millis(100 << failures)).await;
                }
                Err(error) => {
                    tracing::error!(notice.id = %id, error = %error, "the outcome could not be noted");
                    break;
                }
            }
        }
        Vec::new()
    }
}

fn finished(result: Result<Vec<Record>, tokio::task::JoinError>) -> Vec<Record> {
    result.unwrap_or_else(|error| {
        tracing::error!(error = %error, "a delivery panicked; its notice will be listed as unknown");
        Vec::new()
    })
}

/// 128 random bits: a lease nobody else can hold. Without a source of randomness the time must do.
fn token(real_now: Instant) -> String {
    let mut bytes = [0_u8; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
        Err(_) => digest::of(&["lease", &real_now.to_string(), &std::process::id().to_string()]),
    }
}

/// What the outcome means for a message. All its notices were first attempted together, so its first one's count of
/// attempts is everybody's.
fn attempt(message: &Message, outcome: Outcome) -> Attempt {
    let notice = &message.lead;
    match outcome {
        Outcome::Sent { receipt } => Attempt::Sent { receipt },
        Outcome::Failed { reason } => Attempt::Failed { reason },
        Outcome::Unknown { reason } => Attempt::Unknown { reason },
        Outcome::Retry { class, after, reason } => {
            let seed = forewarn_core::digest::ppm(&[notice.notice_id.as_str()]);
            match next_delay(notice.attempts, class, after, u64::from(seed)) {
                Some(after) => Attempt::Retry { after, reason },
                None => {
                    let last = Box::new(Remark::read(&reason));
                    Attempt::Failed { reason: Remark::GivenUp(notice.attempts, last).to_string() }
                }
            }
        }
    }
}

/// The message as its channel takes it; nothing when it has no words, which no claim leaves so.
fn outgoing(message: &Message, reply_to: Option<String>) -> Option<Outgoing> {
    let notice = &message.lead;
    let composed = notice.composed.as_ref()?;
    let told = |notice: &NoticeRow| ToldOrder {
        notice_id: notice.notice_id.to_string(),
        order_id: notice.order.order_id.to_string(),
        kind: notice.kind.to_string(),
    };
    Some(Outgoing {
        notice_id: notice.notice_id.to_string(),
        message_id: composed.message_id.clone(),
        attempt: notice.attempts,
        kind: notice.kind.to_string(),
        template: composed.template.clone(),
        class: if composed.promotional { Class::Promotional } else { Class::Service },
        merchant_id: notice.order.merchant_id.to_string(),
        order_id: notice.order.order_id.to_string(),
        orders: message.notices().map(told).collect(),
        locale: composed.locale.clone(),
        to: Recipient::new(composed.to.reveal()),
        from_name: Some(composed.shop.clone()),
        reply_to,
        subject: composed.subject.clone(),
        text: composed.text.clone(),
        html: composed.html.clone(),
        unsubscribe_url: composed.unsubscribe_url.clone(),
        variables: composed.variables.clone(),
    })
}
