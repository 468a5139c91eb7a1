//! Events from Kafka, each into the store exactly once.
//!
//! The store, not Kafka, knows where to read on: the offsets move in the very transaction that takes the events in, and
//! what is committed to Kafka afterwards is a hint for people who look at the group. Every assignment raises the
//! partition's epoch in the store, so a consumer that has lost a partition without knowing cannot write.
//!
//! One thread of its own does everything: it polls, decodes, hands a batch to the store and waits for it. That is why
//! this is a [`BaseConsumer`] and not a stream: rebalances are served inside the poll
//! of that one thread, so ownership never changes while a batch is put together, and while the store is slow nothing is
//! fetched beyond librdkafka's own bounded queue. The assignor is `range`: with equally many partitions a topic, all
//! events of an order come to one process, and replicas seldom meet at a row.

mod batch;
mod error;
mod message;
mod ownership;
mod worker;

use std::sync::Arc;
use std::thread;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub use error::IntakeError;

use self::ownership::Ownership;
use self::worker::Worker;
use super::{Freshness, Guard, Observer};
use crate::clock::SharedClock;
use crate::config::Kafka;
use crate::engine::Engine;
use crate::store::Store;

/// What intake works with.
#[derive(Clone)]
pub struct Parts {
    /// Where events and offsets go.
    pub store: Store,
    /// What takes events in.
    pub engine: Arc<Engine>,
    /// The time.
    pub clock: SharedClock,
    /// Where it is told how far behind intake is.
    pub freshness: Arc<Freshness>,
    /// What stops intake of poison.
    pub guard: Arc<Guard>,
    /// Who hears of each batch.
    pub observer: Observer,
    /// Ends intake: the batch in hand is finished and the group is left.
    pub stop: CancellationToken,
}

/// An intake that runs.
#[derive(Debug)]
pub struct KafkaIntake {
    ended: oneshot::Receiver<Result<(), IntakeError>>,
}

impl KafkaIntake {
    /// Joins the group of `settings` and begins to read the five input topics, on a thread of its own. To be called
    /// within a tokio runtime, which must live until [`KafkaIntake::ended`] has answered.
    ///
    /// # Errors
    /// When there are no brokers, librdkafka refuses the settings, or no thread can be started.
    pub fn start(settings: &Kafka, parts: Parts) -> Result<Self, IntakeError> {
        let config = config(settings).ok_or(IntakeError::NoBrokers)?;
        let runtime = Handle::current();
        let ownership = Ownership::new(parts.clone(), runtime.clone());
        let consumer: BaseConsumer<Ownership> = config.create_with_context(ownership).map_err(IntakeError::Client)?;
        let topics = settings.topics.inputs();
        consumer.subscribe(&topics).map_err(IntakeError::Client)?;
        let topics = topics.map(str::to_owned).to_vec();
        let worker = Worker::new(consumer, parts, runtime, settings, topics);
        let (tell, ended) = oneshot::channel();
        let work = move || {
            if tell.send(worker.run()).is_err() {
                tracing::debug!("intake ended and nobody waited for it");
            }
        };
        thread::Builder::new().name("kafka-intake".into()).spawn(work).map_err(IntakeError::Thread)?;
        Ok(Self { ended })
    }

    /// Waits until intake has ended.
    ///
    /// # Errors
    /// Why it ended, unless it was told to.
    pub async fn ended(self) -> Result<(), IntakeError> {
        self.ended.await.unwrap_or(Err(IntakeError::Panicked))
    }
}

fn config(settings: &Kafka) -> Option<ClientConfig> {
    let session = settings.session_timeout.ms();
    let mut config = crate::kafka::client(settings)?;
    config
        .set("group.id", &settings.group)
        .set("session.timeout.ms", session.to_string())
        // A store that is away for so long gives the partitions to another process; librdkafka wants at least a session.
        .set("max.poll.interval.ms", session.max(300_000).to_string())
        .set("partition.assignment.strategy", "range")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A place that is gone is an error to stop at, never a reason to read on somewhere else.
        .set("auto.offset.reset", "error")
        // 16 MiB wait between the broker and the store at most; when they are full, fetching pauses for 20 ms.
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.max.bytes", "8388608")
        .set("fetch.queue.backoff.ms", "20")
        // Questions to a broker wait behind a fetch that waits for events, and after a rebalance there is one a partition.
        .set("fetch.wait.max.ms", "100")
        // A topic that is made after the start is noticed within half a minute.
        .set("topic.metadata.refresh.interval.ms", "30000")
        // How far there is to read is learned from these.
        .set("statistics.interval.ms", "1000");
    Some(config)
}
