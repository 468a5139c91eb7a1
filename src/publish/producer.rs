//! The connection that writes: nothing counts as written before all replicas in sync have it.

use std::sync::Arc;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};

use super::PublishError;
use crate::config::Kafka;
use crate::kafka::Outage;

/// Passes librdkafka's words on.
struct Words(Arc<Outage>);

impl ClientContext for Words {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        crate::kafka::log(&self.0, level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.failed(&error, reason);
    }
}

/// One message on its way.
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: OwnedHeaders,
}

pub(super) struct Producer {
    client: FutureProducer<Words>,
    outage: Arc<Outage>,
}

impl Producer {
    pub(super) fn new(settings: &Kafka) -> Result<Self, PublishError> {
        let mut config = crate::kafka::client(settings).ok_or(PublishError::NoBrokers)?;
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            // What is not confirmed within this time is read from the store and sent again.
            .set("delivery.timeout.ms", "30000")
            // Dead letters may be larger than any event; how large is the broker's to say.
            .set("message.max.bytes", "20000000");
        let outage = Arc::new(Outage::new("publish"));
        let client = config.create_with_context(Words(Arc::clone(&outage))).map_err(PublishError::Client)?;
        Ok(Self { client, outage })
    }

    /// Sends all of `messages`; gives the places of those the broker has, and the first failure among the others. One
    /// that is too large for the broker can never be sent: it counts as done, and stays in the store.
    pub(super) async fn send_all(&self, messages: Vec<Message>) -> (Vec<usize>, Result<(), PublishError>) {
        let waiting: Vec<_> = messages.iter().map(|message| self.queue(message)).collect();
        let (mut sent, mut first) = (Vec::new(), Ok(()));
        for (index, (message, queued)) in messages.iter().zip(waiting).enumerate() {
            match confirmed(queued).await {
                Ok(()) => {
                    self.outage.answers();
                    sent.push(index);
                }
                Err(error) if is_too_large(&error) => {
                    tracing::error!(
                        topic = message.topic,
                        "a message is too large for its topic; it stays in the store"
                    );
                    sent.push(index);
                }
                Err(source) => {
                    let topic = message.topic.clone();
                    first = first.and(Err(PublishError::NotTaken { topic, source }));
                }
            }
        }
        (sent, first)
    }

    fn queue(&self, message: &Message) -> Result<DeliveryFuture, KafkaError> {
        let mut record: FutureRecord<'_, [u8], [u8]> =
            FutureRecord::to(&message.topic).headers(message.headers.clone());
        if let Some(key) = &message.key {
            record = record.key(key);
        }
        if let Some(value) = &message.value {
            record = record.payload(value);
        }
        self.client.send_result(record).map_err(|(error, _)| error)
    }
}

async fn confirmed(queued: Result<DeliveryFuture, KafkaError>) -> Result<(), KafkaError> {
    let delivered = queued?.await.map_err(|_| KafkaError::Canceled)?;
    delivered.map(drop).map_err(|(error, _)| error)
}

fn is_too_large(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge)
}
