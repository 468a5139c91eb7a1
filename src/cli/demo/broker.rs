//! A broker inside this process, and what writes the shop's events to it.

use std::time::Duration;

use anyhow::Context;
use forewarn_core::Instant;
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

use crate::config::Topics;
use crate::simulate::shop::{Shop, ShopEvent};
use crate::store::port::Book;
use crate::store::{Store, StoreError};

/// Partitions of each topic: enough to see that order across them does not matter.
const PARTITIONS: i32 = 3;
/// Messages sent at once. Batches near a megabyte starve the in-process broker's readers; this stays far below.
const CHUNK: usize = 1_000;
/// Events on their way at most: the broker keeps only 5 MiB a partition, so whoever writes waits for whoever reads.
const ON_THEIR_WAY: u64 = 10_000;
/// How often a writer that waits looks again.
const LOOK: Duration = Duration::from_millis(10);

/// librdkafka's broker for tests: in memory, on a local port, gone with this process.
pub(super) struct Broker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Broker {
    pub(super) fn start(topics: &Topics) -> anyhow::Result<Self> {
        let cluster = MockCluster::new(1).context("starting the broker inside this process")?;
        for (_, topic) in topics.all() {
            cluster.create_topic(topic, PARTITIONS, 1).with_context(|| format!("making the topic {topic}"))?;
        }
        Ok(Self { cluster })
    }

    pub(super) fn address(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}

/// Tells the shop's events to the broker as their time comes.
pub(super) struct Feeder {
    producer: FutureProducer,
    store: Store,
    shop: Shop,
    /// Events told so far.
    pub(super) told: u64,
}

impl Feeder {
    pub(super) fn new(broker: &Broker, store: Store, shop: Shop) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", broker.address()).set("linger.ms", "2").set("batch.num.messages", "1000");
        let producer = config.create().context("connecting to the broker inside this process")?;
        Ok(Self { producer, store, shop, told: 0 })
    }

    /// Tells everything up to `until`, calling `progress` with (told, all) after each chunk.
    pub(super) async fn tell(&mut self, until: Instant, mut progress: impl FnMut(usize, usize)) -> anyhow::Result<()> {
        let events = self.shop.events_until(until);
        for (n, chunk) in events.chunks(CHUNK).enumerate() {
            while self.told.saturating_sub(read(&self.store).await?) > ON_THEIR_WAY {
                tokio::time::sleep(LOOK).await;
            }
            self.send(chunk).await?;
            progress(n * CHUNK + chunk.len(), events.len());
        }
        Ok(())
    }

    /// Waits until everything told was taken in.
    pub(super) async fn caught_up(&self) -> anyhow::Result<()> {
        while read(&self.store).await? < self.told {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    async fn send(&mut self, events: &[ShopEvent]) -> anyhow::Result<()> {
        let mut on_their_way = Vec::with_capacity(events.len());
        for event in events {
            let record = FutureRecord::to(event.topic).key(&event.key).payload(&event.payload);
            match self.producer.send_result(record) {
                Ok(receipt) => on_their_way.push(receipt),
                // The producer's own queue is full for a moment; waiting for this one empties it.
                Err((_, record)) => {
                    let sent = self.producer.send(record, Timeout::After(Duration::from_secs(5))).await;
                    sent.map_err(|(error, _)| error).context("writing an event to the broker")?;
                }
            }
        }
        for receipt in on_their_way {
            let written = receipt.await.context("the producer went away")?;
            written.map_err(|(error, _)| error).context("writing an event to the broker")?;
        }
        self.told += events.len() as u64;
        Ok(())
    }
}

/// Events taken in so far, whatever became of them.
pub(super) async fn read(store: &Store) -> Result<u64, StoreError> {
    let books = store.read(|tx| tx.books()).await?;
    Ok(books.iter().find(|(book, _)| *book == Book::Read).map_or(0, |(_, sum)| *sum))
}
