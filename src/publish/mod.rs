//! What Forewarn tells other systems through Kafka: notices, compensations it asks for, orders the warehouse should take
//! first, events it could not take.
//!
//! Everything is at least once and in three steps: read from the store what the broker was not told, give it to the
//! broker and await its word, mark it in the store. A crash in between repeats a message under the same id; it never
//! loses one. Of several processes on a store one publishes at a time. Compensations may be asked for at most once instead.

mod announcement;
mod error;
mod grants;
mod producer;

use std::time::Duration;

use forewarn_core::ids::NoticeId;
use tokio_util::sync::CancellationToken;

pub use error::PublishError;

use self::announcement::Announcement;
use self::producer::{Producer, taken};
use crate::clock::SharedClock;
use crate::config::{Kafka, Topics};
use crate::store::port::{DeadLetter, ExpediteRow, NoticeRow, NoticeState, Origin};
use crate::store::{Class, Store, StoreError, Turn, Tx};

/// Messages of one sort in one go.
const BATCH: usize = 500;
/// The rest between two looks when there was nothing more to do.
const REST: Duration = Duration::from_millis(500);
/// The rest between two looks whether the process whose turn it is has left.
const STANDBY: Duration = Duration::from_secs(2);
/// The rest after a failure, doubled each time up to [`BACK_OFF_MAX`].
const BACK_OFF: Duration = Duration::from_millis(500);
const BACK_OFF_MAX: Duration = Duration::from_secs(30);

/// How long a round in hand may take after the word to stop: a broker that is away is not waited for.
const LAST_ROUND: Duration = Duration::from_secs(3);

/// How many messages of each sort one round has given to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Compensations asked for.
    pub grants: usize,
    /// Notices announced.
    pub notices: usize,
    /// Orders the warehouse should take first.
    pub expedites: usize,
    /// Dead letters.
    pub dead_letters: usize,
}

impl Published {
    fn is_full(self) -> bool {
        self.grants == BATCH || self.notices == BATCH || self.expedites == BATCH || self.dead_letters == BATCH
    }
}

/// Gives what the store holds for others to the broker.
pub struct Publisher {
    producer: Producer,
    topics: Topics,
    repeats_requests: bool,
    store: Store,
    clock: SharedClock,
}

impl Publisher {
    /// A publisher to the brokers and topics of `settings`; it does nothing by itself.
    ///
    /// # Errors
    /// When there are no brokers or librdkafka refuses the settings.
    pub fn new(settings: &Kafka, store: Store, clock: SharedClock) -> Result<Self, PublishError> {
        let (topics, repeats_requests) = (settings.topics.clone(), settings.repeat_grant_requests);
        Ok(Self { producer: Producer::new(settings)?, topics, repeats_requests, store, clock })
    }

    /// Publishes until told to stop, finishing the round in hand if the broker takes it soon, whenever it is this process's turn. `health` hears of
    /// every look: nothing when it went well, else why not; it is tried again.
    pub async fn run(self, stop: CancellationToken, health: impl Fn(Option<&PublishError>) + Send) {
        let (mut back_off, mut turn) = (BACK_OFF, Turn::at("publish", self.store.clone()));
        while !stop.is_cancelled() {
            let round = tokio::select! {
                round = self.round_in(&mut turn) => round,
                () = long_after(&stop) => break,
            };
            health(round.as_ref().err());
            let rest = match round {
                Ok(published) => {
                    back_off = BACK_OFF;
                    published.map_or(STANDBY, |published| if published.is_full() { Duration::ZERO } else { REST })
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "not everything was published; trying again"
                    );
                    back_off = (back_off * 2).min(BACK_OFF_MAX);
                    back_off
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
        turn.give_back().await;
    }

    /// A round, if it is this process's turn.
    async fn round_in(&self, turn: &mut Turn) -> Result<Option<Published>, PublishError> {
        if !turn.is_ours().await? {
            return Ok(None);
        }
        turn.during(self.round()).await.map(Some)
    }

    /// Publishes up to 500 messages of each sort. One sort that fails does not hold up the others.
    ///
    /// # Errors
    /// The first failure; what the broker took before and beside it is marked as published.
    pub async fn round(&self) -> Result<Published, PublishError> {
        let (grants, notices) = (self.grants().await, self.notices().await);
        let (expedites, dead_letters) = (self.expedites().await, self.dead_letters().await);
        Ok(Published { grants: grants?, notices: notices?, expedites: expedites?, dead_letters: dead_letters? })
    }

    async fn notices(&self) -> Result<usize, PublishError> {
        let waiting = self.notices_waiting().await?;
        let announcements: Vec<_> = waiting.iter().map(announcement::of_notice).collect();
        // A notice that is only put off has nothing to announce; it is marked like the others.
        let (told, quiet): (Vec<_>, Vec<_>) = announcements.into_iter().enumerate().partition(|(_, a)| a.is_some());
        let messages =
            told.iter().flat_map(|(_, a)| a.as_ref().map(|a: &Announcement| a.message(&self.topics.notices)));
        let (sent, result) = taken(self.producer.send(messages.collect()).await);
        let quiet = quiet.into_iter().map(|(index, _)| index);
        let ends: Vec<(NoticeId, NoticeState)> = sent
            .into_iter()
            .map(|index| told[index].0)
            .chain(quiet)
            .map(|index| (waiting[index].notice_id.clone(), waiting[index].state))
            .collect();
        let count = ends.len();
        self.mark(count, move |tx| tx.notices_announced(&ends)).await?;
        result.map(|()| count)
    }

    /// Asked again in a step that writes, what cannot be read is put aside, so that one row does not silence the others.
    async fn notices_waiting(&self) -> Result<Vec<NoticeRow>, StoreError> {
        match self.store.read(|tx| tx.notices_to_announce(BATCH)).await {
            Err(error) if error.class() == Class::Permanent => {
                self.store.write(|tx| tx.notices_to_announce(BATCH)).await
            }
            read => read,
        }
    }

    /// Each with its rank at this moment; the queue as it stands is answered by the API.
    async fn expedites(&self) -> Result<usize, PublishError> {
        let (waiting, now) = (self.store.read(|tx| tx.expedites_to_publish(BATCH)).await?, self.clock.now());
        let message =
            |(rank, row): &(u64, ExpediteRow)| announcement::expedite(row, *rank, now).message(&self.topics.expedite);
        let (sent, result) = taken(self.producer.send(waiting.iter().map(message).collect()).await);
        let sent: Vec<ExpediteRow> = sent.into_iter().map(|index| waiting[index].1.clone()).collect();
        let count = sent.len();
        self.mark(count, move |tx| tx.expedites_published(&sent)).await?;
        result.map(|()| count)
    }

    async fn dead_letters(&self) -> Result<usize, PublishError> {
        let waiting: Vec<DeadLetter> = self.store.read(|tx| tx.dead_letters_to_publish(BATCH)).await?;
        let messages = waiting.iter().map(|letter| announcement::dead_letter(letter, &self.topics.dead_letters));
        let (sent, result) = taken(self.producer.send(messages.collect()).await);
        let sent: Vec<Origin> = sent.into_iter().map(|index| waiting[index].origin.clone()).collect();
        let (count, now) = (sent.len(), self.clock.now());
        self.mark(count, move |tx| tx.dead_letters_published(&sent, now)).await?;
        result.map(|()| count)
    }

    async fn mark<F>(&self, count: usize, mark: F) -> Result<(), StoreError>
    where
        F: FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static,
    {
        if count == 0 { Ok(()) } else { self.store.write(mark).await }
    }
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").field("topics", &self.topics).finish_non_exhaustive()
    }
}

/// Resolves [`LAST_ROUND`] after the word to stop.
async fn long_after(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_ROUND).await;
    tracing::warn!("a round of publishing took too long to wait for; what it did not mark is published again");
}
