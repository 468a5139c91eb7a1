//! Which partitions this process holds: taken over in the store at every assignment, dropped at every revocation.
//!
//! This is librdkafka's context, so it is called inside the poll of intake's thread and nowhere else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Offset};
use tokio::runtime::Handle;

use super::batch::Holding;
use super::{IntakeError, Parts};
use crate::kafka::Outage;
use crate::store::port::Offset as Stored;
use crate::store::{Class, StoreError};

/// A partition as this process holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// The epoch under which it was taken over.
    pub(super) epoch: i64,
    /// The stored offset; `None` before the first batch.
    pub(super) next: Option<i64>,
}

/// The shared side of ownership: the rebalance writes it, the worker reads it after each poll.
pub(super) struct Ownership {
    parts: Parts,
    runtime: Handle,
    outage: Outage,
    /// Grows with every change of `state`, so that an unchanged one costs no lock.
    changes: AtomicU64,
    state: Mutex<Changes>,
}

#[derive(Default)]
struct Changes {
    holding: Holding,
    failed: Option<IntakeError>,
    /// Where the broker said everything was handed out up to, markers that are no events included.
    drained: Vec<(String, i32, i64)>,
}

impl Ownership {
    pub(super) fn new(parts: Parts, runtime: Handle) -> Self {
        Self { parts, runtime, outage: Outage::new("intake"), changes: AtomicU64::new(0), state: Mutex::default() }
    }

    /// How often ownership has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// What is held now.
    ///
    /// # Errors
    /// Why partitions could not be taken over.
    pub(super) fn holding(&self) -> Result<Holding, IntakeError> {
        let mut state = self.lock();
        state.failed.take().map_or_else(|| Ok(state.holding.clone()), Err)
    }

    /// Places up to which everything was handed out since the last call.
    pub(super) fn drained(&self) -> Vec<(String, i32, i64)> {
        std::mem::take(&mut self.lock().drained)
    }

    /// Takes `places` over in the store and reads them from where the store says, else from their beginning.
    ///
    /// # Errors
    /// When the store cannot be written any more or librdkafka refuses.
    pub(super) fn take_over(&self, consumer: &BaseConsumer<Self>, places: &[(String, i32)]) -> Result<(), IntakeError> {
        let holding = self.raise_epochs(places)?;
        let mut list = TopicPartitionList::with_capacity(holding.len());
        for ((topic, partition), held) in &holding {
            let from = held.next.map_or(Offset::Beginning, Offset::Offset);
            list.add_partition_offset(topic, *partition, from).map_err(IntakeError::Assignment)?;
        }
        consumer.assign(&list).map_err(IntakeError::Assignment)?;
        tracing::info!(partitions = holding.len(), "kafka intake: partitions taken over");
        self.parts.freshness.assigned(holding.iter().map(|((t, p), held)| (t.clone(), *p, held.next)));
        self.hold(holding);
        Ok(())
    }

    fn give_back(&self, consumer: &BaseConsumer<Self>) -> Result<(), IntakeError> {
        self.parts.freshness.unassigned();
        self.hold(Holding::new());
        consumer.unassign().map_err(IntakeError::Assignment)
    }

    /// Waits for a store that is busy for as long as it takes: without an epoch nothing may be read.
    fn raise_epochs(&self, places: &[(String, i32)]) -> Result<Holding, StoreError> {
        let mut rest = BACK_OFF;
        loop {
            let wanted = places.to_vec();
            let taken = self.runtime.block_on(self.parts.store.write(move |tx| {
                let take = |(topic, partition): &(String, i32)| tx.offset_take_over(topic, *partition);
                wanted.iter().map(take).collect::<Result<Vec<Stored>, _>>()
            }));
            match taken {
                Ok(stored) => {
                    let held = stored.into_iter().map(|s| Held { epoch: s.epoch, next: s.next });
                    return Ok(places.iter().cloned().zip(held).collect());
                }
                Err(error) if error.class() == Class::Retry && !self.parts.stop.is_cancelled() => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "kafka intake: partitions not taken over yet"
                    );
                    rest = self.rest(rest);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Sleeps for about `rest`, less when told to stop; gives the next rest. No timer of the runtime is used: this
    /// may run in a callback of librdkafka while the runtime shuts down.
    pub(super) fn rest(&self, rest: Duration) -> Duration {
        let mut left = rest;
        while !left.is_zero() && !self.parts.stop.is_cancelled() {
            let nap = left.min(Duration::from_millis(50));
            thread::sleep(nap);
            left -= nap;
        }
        (rest * 2).min(BACK_OFF_MAX)
    }

    /// Tells of an error of librdkafka, of repeated ones seldom, and readiness of a broker that is away.
    pub(super) fn complain(&self, error: &KafkaError, reason: &str) {
        self.outage.failed(error, reason);
        self.parts.freshness.away(self.outage.is_away());
    }

    fn hold(&self, holding: Holding) {
        self.lock().holding = holding;
        self.changes.fetch_add(1, Ordering::Release);
    }

    fn fail(&self, error: IntakeError) {
        self.lock().failed = Some(error);
        self.changes.fetch_add(1, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first rest after the store was busy, doubled each time.
pub(super) const BACK_OFF: Duration = Duration::from_millis(100);
/// The longest such rest.
const BACK_OFF_MAX: Duration = Duration::from_secs(5);

impl ConsumerContext for Ownership {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, err: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let done = match err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                let places: Vec<_> = list.elements().iter().map(|e| (e.topic().to_owned(), e.partition())).collect();
                self.take_over(consumer, &places)
            }
            _ => self.give_back(consumer),
        };
        if let Err(error) = done {
            self.fail(error);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            // The store knows better; the group's own offsets only lag behind for those who look at them.
            tracing::debug!(error = %error, "kafka intake: the group's offsets were not committed");
        }
    }
}

impl ClientContext for Ownership {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        crate::kafka::log(&self.outage, level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complain(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        if statistics.brokers.values().any(|b| b.nodeid >= 0 && b.state == "UP") {
            self.outage.answers();
            self.parts.freshness.away(false);
        }
        let is_up = |broker: i32| statistics.brokers.values().any(|b| b.nodeid == broker && b.state == "UP");
        let mut drained = Vec::new();
        for (name, topic) in &statistics.topics {
            for (number, partition) in topic.partitions.iter().filter(|(number, _)| **number >= 0) {
                let end = if partition.ls_offset >= 0 { partition.ls_offset } else { partition.hi_offset };
                if end >= 0 && is_up(partition.leader) {
                    self.parts.freshness.observed(name, *number, end);
                }
                if partition.fetchq_cnt == 0 && partition.next_offset >= 0 && partition.fetch_state == "active" {
                    drained.push((name.clone(), *number, partition.next_offset));
                }
            }
        }
        self.lock().drained = drained;
    }
}
