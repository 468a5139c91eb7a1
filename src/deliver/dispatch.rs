//! Takes claimed notices to their channels and notes what became of them.
//!
//! Delivery rolls: at most `concurrency` messages are on the wire, and as soon as one is settled another is claimed, so
//! that a slow receiver costs its own place and no other's. Whatever is noted as `sending` when the process dies is
//! unknown afterwards; therefore nothing is claimed for which there is no place on the wire at that moment.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use forewarn_core::{Instant, Span, digest};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::channel::{Outcome, Outgoing};
use super::channels::Channels;
use super::message::{attempt, outgoing};
use crate::clock::SharedClock;
use crate::engine::{Attempt, Claimed, Engine, Lease, Message};
use crate::store::{Class as ErrorClass, Store, StoreError};

/// A lost outcome is written again this often before the notice is left to be found as stranded.
const SETTLE_TRIES: u32 = 5;

/// What delivery works with.
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
    /// How long a claim holds in real time. An attempt that takes longer has it extended on the way.
    pub lease: Duration,
    /// How many messages are on their way at once.
    pub concurrency: usize,
}

/// Called when a message has been settled and its place is free.
pub type Settled = Arc<dyn Fn() + Send + Sync>;

/// Delivery that runs.
#[derive(Clone)]
pub struct Delivery {
    dispatcher: Dispatcher,
    /// The places on the wire that are free.
    places: Arc<Semaphore>,
    running: TaskTracker,
    settled: Settled,
}

/// What a step of delivery began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// How many notices were taken up.
    pub looked_at: usize,
    /// How many messages went on their way.
    pub messages: usize,
}

impl Dispatcher {
    /// Sets delivery up; `settled` is called whenever a place has become free.
    pub fn start(self, settled: Settled) -> Delivery {
        let places = Arc::new(Semaphore::new(self.concurrency.max(1)));
        Delivery { dispatcher: self, places, running: TaskTracker::new(), settled }
    }

    /// Lists notices as unknown that a dead process left on their way. Gives how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle_stranded(&self) -> Result<usize, StoreError> {
        let (engine, now, real_now) = (Arc::clone(&self.engine), self.clock.now(), self.clock.real_now());
        self.store.write(move |tx| engine.settle_stranded(tx, now, real_now, 100)).await
    }

    async fn claim(&self, limit: usize, lease: &Lease) -> Result<Claimed, StoreError> {
        let (engine, now, lease) = (Arc::clone(&self.engine), self.clock.now(), lease.clone());
        self.store.write(move |tx| engine.claim(tx, now, limit, &lease)).await
    }

    fn new_lease(&self) -> Lease {
        let real_now = self.clock.real_now();
        Lease { token: token(real_now), real_now, until: self.lease_end() }
    }

    fn lease_end(&self) -> Instant {
        self.clock.real_now() + Span::from_ms(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX))
    }

    async fn deliver(&self, message: Message, token: &str) {
        let merchant = &message.lead.order.merchant_id;
        let Some(outgoing) = outgoing(&message, self.engine.identity().shops.get(merchant).reply_to) else { return };
        let channel = message.lead.composed.as_ref().map_or("", |composed| &composed.channel);
        let outcome = self.send(&outgoing, channel, &message, token).await;
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
        self.settle(message, token, attempt).await;
    }

    /// Makes the attempt and holds on to its lease for as long as it takes.
    async fn send(&self, outgoing: &Outgoing, channel: &str, message: &Message, token: &str) -> Outcome {
        tokio::select! {
            outcome = self.channels.send(outgoing, channel) => outcome,
            never = self.hold_on(message, token) => match never {},
        }
    }

    /// Extends the lease of a message on the wire again and again, so that an attempt with a slow server is not taken
    /// for one of a dead process. A beat that fails is made up for by the next; two more fit into the lease.
    async fn hold_on(&self, message: &Message, token: &str) -> Infallible {
        let message = Arc::new(message.clone());
        loop {
            tokio::time::sleep(self.lease / 3).await;
            let (engine, until) = (Arc::clone(&self.engine), self.lease_end());
            let (held, token) = (Arc::clone(&message), token.to_owned());
            let extended = self.store.write(move |tx| engine.extend(tx, &held, &token, until)).await;
            if let Err(error) = extended {
                let id = &message.lead.notice_id;
                tracing::warn!(notice.id = %id, error = &error as &dyn std::error::Error, "a lease was not extended");
            }
        }
    }

    async fn settle(&self, message: Message, token: &str, attempt: Attempt) {
        let message = Arc::new(message);
        for failures in 1..=SETTLE_TRIES {
            let (engine, now) = (Arc::clone(&self.engine), self.clock.now());
            let (message, token, attempt) = (Arc::clone(&message), token.to_owned(), attempt.clone());
            let id = message.lead.notice_id.clone();
            let written = self.store.write(move |tx| engine.settle_message(tx, &message, &token, &attempt, now)).await;
            match written {
                Ok(_) => return,
                Err(error) if error.class() == ErrorClass::Retry => {
                    tokio::time::sleep(Duration::from_millis(100 << failures)).await;
                }
                Err(error) => {
                    tracing::error!(notice.id = %id, error = %error, "the outcome could not be noted");
                    return;
                }
            }
        }
    }
}

impl Delivery {
    /// Claims due notices for the places that are free and puts their messages on the wire. Returns while they are
    /// under way.
    ///
    /// # Errors
    /// When the claim fails; then nothing was sent.
    pub async fn step(&self) -> Result<Begun, StoreError> {
        let Some(mut free) = self.free_places() else { return Ok(Begun::default()) };
        let (limit, lease) = (free.num_permits(), self.dispatcher.new_lease());
        let claimed = self.dispatcher.claim(limit, &lease).await?;
        let begun = Begun { looked_at: claimed.looked_at, messages: claimed.ready.len() };
        for message in claimed.ready {
            // A message has at least one claimed notice, so there is a place for each.
            let place = free.split(1);
            self.begin(message, lease.token.clone(), place);
        }
        Ok(begun)
    }

    /// Waits until every message on the wire is settled.
    pub async fn drain(&self) {
        self.running.close();
        self.running.wait().await;
        self.running.reopen();
    }

    fn free_places(&self) -> Option<OwnedSemaphorePermit> {
        let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        if free == 0 {
            return None;
        }
        Arc::clone(&self.places).try_acquire_many_owned(free).ok()
    }

    fn begin(&self, message: Message, token: String, place: Option<OwnedSemaphorePermit>) {
        let (dispatcher, settled) = (self.dispatcher.clone(), Arc::clone(&self.settled));
        self.running.spawn(async move {
            let attempt = tokio::spawn(async move { dispatcher.deliver(message, &token).await });
            if let Err(error) = attempt.await {
                tracing::error!(error = %error, "a delivery panicked; its notice will be listed as unknown");
            }
            drop(place);
            settled();
        });
    }
}

/// 128 random bits: a lease nobody else can hold. Without a source of randomness the time must do.
fn token(real_now: Instant) -> String {
    let mut bytes = [0_u8; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
        Err(_) => digest::of(&["lease", &real_now.to_string(), &std::process::id().to_string()]),
    }
}
