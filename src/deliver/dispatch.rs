//! Takes claimed notices to their channels and notes what became of them.
//!
//! Delivery rolls: at most `concurrency` messages are on the wire, and as soon as one is settled another is claimed, so
//! that a slow receiver costs its own place and no other's. Whatever is noted as `sending` when the process dies is
//! unknown afterwards; therefore nothing is claimed for which there is no place on the wire at that moment.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as RealInstant};

use forewarn_core::{Instant, Span, digest};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::breaker::{Change, Shows};
use super::channel::{Outcome, Outgoing};
use super::channels::Channels;
use super::gate::{Gate, Plan};
use super::message::{attempt, destination, outgoing, shows};
use super::meter;
use crate::clock::SharedClock;
use crate::engine::{Attempt, Claimed, Down, Engine, Lease, Message};
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
    pub(super) dispatcher: Dispatcher,
    /// The places on the wire that are free.
    places: Arc<Semaphore>,
    gate: Arc<Mutex<Gate>>,
    recalled: Arc<OnceCell<()>>,
    running: TaskTracker,
    pub(super) settled: Settled,
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
        let gate = Arc::new(Mutex::new(Gate::new(self.channels.limits(), RealInstant::now())));
        Delivery { dispatcher: self, places, gate, recalled: Arc::default(), running: TaskTracker::new(), settled }
    }

    /// Lists notices as unknown that a dead process left on their way. Gives how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle_stranded(&self) -> Result<usize, StoreError> {
        let (engine, now, real_now) = (Arc::clone(&self.engine), self.clock.now(), self.clock.real_now());
        self.store.write(move |tx| engine.settle_stranded(tx, now, real_now, 100)).await
    }

    async fn claim(&self, plan: Plan, limit: usize, lease: &Lease) -> Result<(Claimed, Plan), StoreError> {
        let (engine, now, lease) = (Arc::clone(&self.engine), self.clock.now(), lease.clone());
        let step = move |tx: &mut dyn crate::store::Tx| {
            // The transaction may be run again; what it asked the first time is void then.
            let mut plan = plan.clone();
            let claimed = engine.claim_through(&mut plan, tx, now, limit, &lease)?;
            Ok((claimed, plan))
        };
        self.store.write(step).await
    }

    fn new_lease(&self) -> Lease {
        let real_now = self.clock.real_now();
        Lease { token: token(real_now), real_now, until: self.lease_end() }
    }

    fn lease_end(&self) -> Instant {
        self.clock.real_now() + Span::from_ms(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX))
    }

    /// Makes the attempt and notes its outcome; gives what it shows of the channel, and its words.
    async fn deliver(&self, message: Message, token: &str) -> (Shows, String) {
        let merchant = &message.lead.order.merchant_id;
        let outgoing = outgoing(&message, self.engine.identity().shops.get(merchant).reply_to);
        let Some(outgoing) = outgoing else { return (Shows::Nothing, String::new()) };
        let channel = message.lead.composed.as_ref().map_or("", |composed| &composed.channel);
        let began = RealInstant::now();
        let outcome = self.send(&outgoing, channel, &message, token).await;
        meter::attempted(channel, outcome.as_str(), began.elapsed());
        let shown = (shows(&outcome), outcome.reason().to_owned());
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
        shown
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

impl Dispatcher {
    /// Tells everybody that a channel is left alone, or works again.
    pub(super) async fn tell(&self, channel: &str, change: Change, why: String) {
        let down = match change {
            Change::Opened => {
                tracing::error!(channel, why, "the channel fails and is left alone; notices wait for it");
                Some(Down { since: self.clock.now(), why })
            }
            Change::Closed => {
                tracing::info!(channel, "the channel works again");
                None
            }
        };
        let name = channel.to_owned();
        if let Err(error) = self.store.write(move |tx| Engine::note_channel(tx, &name, down.as_ref())).await {
            tracing::warn!(channel, error = &error as &dyn std::error::Error, "the channel's state was not kept");
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
        self.recall().await?;
        let (limit, lease, now) = (free.num_permits(), self.dispatcher.new_lease(), RealInstant::now());
        let plan = Plan::of(&self.gate(), now);
        let (claimed, plan) = self.dispatcher.claim(plan, limit, &lease).await?;
        plan.enter(&mut self.gate());
        let begun = Begun { looked_at: claimed.looked_at, messages: claimed.ready.len() };
        for message in claimed.ready {
            // A message has at least one claimed notice, so there is a place for each.
            let place = free.split(1);
            self.begin(message, lease.token.clone(), place);
        }
        Ok(begun)
    }

    /// Which channels were left alone when the last process ended: each begins with a single probe.
    pub(super) async fn recall(&self) -> Result<(), StoreError> {
        let recalled = self.recalled.get_or_try_init(async || {
            let down = self.dispatcher.store.read(|tx| Engine::channels_down(tx)).await?;
            let (mut gate, now) = (self.gate(), RealInstant::now());
            down.keys().for_each(|channel| gate.open(channel, now));
            Ok(())
        });
        recalled.await.copied()
    }

    pub(super) fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (delivery, dispatcher) = (self.clone(), self.dispatcher.clone());
        let to = destination(&message);
        let (to, began) = (self.gate().begin(&to, RealInstant::now()), RealInstant::now());
        self.running.spawn(async move {
            let attempt = tokio::spawn(async move { dispatcher.deliver(message, &token).await });
            let (shows, why) = attempt.await.unwrap_or_else(|error| {
                tracing::error!(error = %error, "a delivery panicked; its notice will be listed as unknown");
                (Shows::Nothing, String::new())
            });
            let change = delivery.gate().end(&to, shows, began.elapsed(), RealInstant::now());
            drop(place);
            (delivery.settled)();
            if let Some(change) = change {
                delivery.dispatcher.tell(to.channel(), change, why).await;
            }
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
