//! The thread that reads: fill a batch, keep it, again.

mod bounds;
mod halt;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant as RealInstant};

use forewarn_core::Instant;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::{Message as _, Offset};
use tokio::runtime::Handle;

use self::halt::Halted;
use self::report::Told;
use super::batch::{Batch, Holding, positions};
use super::message::incoming;
use super::ownership::{BACK_OFF, Ownership};
use super::{IntakeError, Parts};
use crate::config::Kafka;
use crate::engine::{Incoming, Ingested, Position};
use crate::intake::pieces::Pieces;
use crate::store::port::Place;
use crate::store::{Class, StoreError};

/// The longest poll: how soon a word to stop is heard.
const POLL: Duration = Duration::from_millis(100);
/// The rest before partitions somebody else took are taken back: whoever has lost them in the group hears of it within
/// that time, so two processes do not snatch them from each other without end.
const FENCED_REST: Duration = Duration::from_millis(500);

pub(super) struct Worker {
    consumer: BaseConsumer<Ownership>,
    parts: Parts,
    runtime: Handle,
    topics: Vec<String>,
    events_max: usize,
    wait: Duration,
    seen_changes: u64,
    holding: Holding,
    /// Partitions whose bounds are not known yet.
    unbounded: BTreeSet<(String, i32)>,
    batch: Batch,
    /// Partitions nothing is taken from until an operator's word.
    halted: Halted,
    /// What other processes were told.
    told: Told,
}

/// What became of a piece of a batch.
enum Kept {
    Yes(Ingested),
    /// Another process owns a partition, or its offset moved: nothing was kept and the rest of the batch is void.
    Fenced,
    /// Told to stop before the store had time.
    Stopped,
    /// This piece can never be kept.
    Never(StoreError),
    /// Too many events of this place are dead letters; nothing was kept.
    Poisoned(Place, String),
}

impl Worker {
    pub(super) fn new(
        consumer: BaseConsumer<Ownership>,
        parts: Parts,
        runtime: Handle,
        settings: &Kafka,
        topics: Vec<String>,
    ) -> Self {
        let events_max = settings.batch_events.max(1);
        Self {
            consumer,
            parts,
            runtime,
            topics,
            events_max,
            wait: Duration::from_millis(settings.batch_wait_ms),
            seen_changes: 0,
            holding: Holding::new(),
            unbounded: BTreeSet::new(),
            batch: Batch::default(),
            halted: Halted::default(),
            told: Told::default(),
        }
    }

    /// Reads until told to stop, then leaves the group.
    pub(super) fn run(mut self) -> Result<(), IntakeError> {
        let ended = self.work();
        match &ended {
            Ok(()) => self.parts.freshness.stopped("it was told to stop".into()),
            Err(error) => {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    "kafka intake has stopped: no events are read"
                );
                self.parts.freshness.stopped(error.to_string());
            }
        }
        self.commit(CommitMode::Sync);
        // Dropping the consumer leaves the group; only then the end is told.
        drop(self.consumer);
        ended
    }

    fn work(&mut self) -> Result<(), IntakeError> {
        while !self.parts.stop.is_cancelled() {
            self.fill()?;
            self.keep()?;
            self.look_for_bounds()?;
            self.look_for_word()?;
            self.report();
        }
        self.keep()
    }

    /// Polls until the batch is full, has waited long enough, or nothing came.
    fn fill(&mut self) -> Result<(), IntakeError> {
        let mut until = None;
        while !self.batch.is_full(self.events_max) && !self.parts.stop.is_cancelled() {
            let left = until.map_or(POLL, |until: RealInstant| until.saturating_duration_since(RealInstant::now()));
            let polled = self.consumer.poll(left.min(POLL)).map(|message| {
                let message = message?;
                let written_at = message.timestamp().to_millis().filter(|ms| *ms > 0).map(Instant::from_ms);
                Ok::<_, KafkaError>((incoming(&message), written_at))
            });
            self.note_ownership()?;
            match polled {
                Some(Ok((event, written_at))) => self.take(event, written_at),
                Some(Err(error)) => self.complain(&error)?,
                None if self.batch.is_empty() => return Ok(()),
                None => {}
            }
            if !self.batch.is_empty()
                && RealInstant::now() >= *until.get_or_insert_with(|| RealInstant::now() + self.wait)
            {
                break;
            }
        }
        Ok(())
    }

    /// A message of a partition that was lost meanwhile is its new owner's.
    fn take(&mut self, event: Incoming, written_at: Option<Instant>) {
        let place = (event.origin.topic.clone(), event.origin.partition);
        let is_ours =
            self.holding.get(&place).is_some_and(|held| held.next.is_none_or(|next| event.origin.offset >= next));
        if is_ours && !self.halted.has(&place) {
            self.batch.push(event, written_at);
        }
    }

    /// After a rebalance everything in hand is read again by whoever owns it now.
    fn note_ownership(&mut self) -> Result<(), IntakeError> {
        let changes = self.consumer.context().changes();
        if changes == self.seen_changes {
            return Ok(());
        }
        self.seen_changes = changes;
        self.batch = Batch::default();
        self.holding = self.consumer.context().holding()?;
        self.unbounded = self.holding.keys().cloned().collect();
        self.forget_halts();
        self.forget_told();
        Ok(())
    }

    /// Keeps the batch, all of it unless it is void.
    fn keep(&mut self) -> Result<(), IntakeError> {
        let Batch { events, written_at, .. } = std::mem::take(&mut self.batch);
        let mut pieces = Pieces::of(events, self.events_max);
        while let Some(piece) = pieces.next() {
            let positions = positions(&piece, &self.holding);
            match self.write(&piece, &positions)? {
                Kept::Yes(ingested) => {
                    self.advance(&positions, &written_at);
                    (self.parts.observer)(&ingested);
                    pieces.kept();
                }
                Kept::Fenced => return self.take_back(),
                Kept::Stopped => return Ok(()),
                Kept::Never(error) => pieces.refused(&piece, error)?,
                Kept::Poisoned(place, why) => {
                    self.halt(&place, &why);
                    pieces.without(&piece, &place);
                }
            }
        }
        self.note_drained();
        Ok(())
    }

    fn write(&mut self, piece: &Arc<Vec<Incoming>>, positions: &[Position]) -> Result<Kept, IntakeError> {
        let mut rest = BACK_OFF;
        loop {
            let (engine, piece, positions) = (Arc::clone(&self.parts.engine), Arc::clone(piece), positions.to_vec());
            let now = self.parts.clock.now();
            let guard = Arc::clone(&self.parts.guard);
            let step = self.parts.store.write(move |tx| {
                let ingested = engine.ingest(tx, &piece, &positions, now)?;
                guard.look(tx, &piece, &ingested.taken, now)?;
                Ok(ingested)
            });
            match self.runtime.block_on(step) {
                Ok(ingested) => return Ok(Kept::Yes(ingested)),
                Err(StoreError::Fenced { .. }) => return Ok(Kept::Fenced),
                Err(StoreError::Poisoned { topic, partition, why }) => {
                    return Ok(Kept::Poisoned((topic, partition), why));
                }
                Err(error) => match error.class() {
                    Class::Fatal => return Err(error.into()),
                    Class::Permanent => return Ok(Kept::Never(error)),
                    Class::Retry if self.parts.stop.is_cancelled() => return Ok(Kept::Stopped),
                    Class::Retry => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "kafka intake: a batch waits for the store"
                        );
                        rest = self.consumer.context().rest(rest);
                    }
                },
            }
        }
    }

    fn advance(&mut self, positions: &[Position], written_at: &BTreeMap<(String, i32), Instant>) {
        for position in positions {
            let place = (position.topic.clone(), position.partition);
            self.parts.freshness.ingested(&place.0, place.1, position.next, written_at.get(&place).copied());
            self.parts.guard.note_over(&place);
            if let Some(held) = self.holding.get_mut(&place) {
                held.next = Some(position.next);
            }
        }
        self.commit(CommitMode::Async);
    }

    /// What the store says counts: the partitions are taken over anew and read from there.
    fn take_back(&mut self) -> Result<(), IntakeError> {
        tracing::warn!(
            "kafka intake: another process took a partition over, or an offset moved; reading on from the store's"
        );
        self.consumer.context().rest(FENCED_REST);
        let places: Vec<_> = self.holding.keys().cloned().collect();
        self.consumer.context().take_over(&self.consumer, &places)?;
        self.note_ownership()
    }

    /// The last offsets of a partition may be markers of transactions, which are never handed out as messages.
    fn note_drained(&self) {
        for (topic, partition, next) in self.consumer.context().drained() {
            // What was handed out of a halted partition was not taken in.
            if !self.halted.has(&(topic.clone(), partition)) {
                self.parts.freshness.ingested(&topic, partition, next, None);
            }
        }
    }

    fn commit(&self, mode: CommitMode) {
        let mut list = TopicPartitionList::new();
        for ((topic, partition), held) in &self.holding {
            let Some(next) = held.next else { continue };
            if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(next)) {
                tracing::debug!(topic, partition, error = %error, "kafka intake: an offset cannot be committed");
            }
        }
        if list.count() == 0 {
            return;
        }
        if let Err(error) = self.consumer.commit(&list, mode) {
            tracing::debug!(error = %error, "kafka intake: the group's offsets were not committed");
        }
    }

    fn complain(&mut self, error: &KafkaError) -> Result<(), IntakeError> {
        if let KafkaError::MessageConsumptionFatal(_) = error {
            return Err(IntakeError::Refused(error.clone()));
        }
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => self.mend_range(),
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => self.look_for_topics(),
            _ => {
                self.consumer.context().complain(error, "reading");
                Ok(())
            }
        }
    }
}
