//! The connection that writes: nothing counts as written before all replicas in sync have it.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};

use super::PublishError;
use crate::config::Kafka;
use crate::kafka::Outage;

/// How long a broker may take to answer whether it is there. Our choice: far longer than any that works.
const REACH: Duration = Duration::from_secs(5);

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

/// What became of a message.
pub(super) enum Fate {
    /// The broker has it. One that is too large for the broker can never be sent: it counts as taken, and stays in the
    /// store.
    Taken,
    /// It did not leave, or the broker said no.
    NeverLeft(PublishError),
    /// It may have left, and no answer came.
    Unknown(PublishError),
}

/// The places of those that were taken, and the first failure among the others.
pub(super) fn taken(fates: Vec<Fate>) -> (Vec<usize>, Result<(), PublishError>) {
    let (mut places, mut first) = (Vec::new(), Ok(()));
    for (index, fate) in fates.into_iter().enumerate() {
        match fate {
            Fate::Taken => places.push(index),
            Fate::NeverLeft(error) | Fate::Unknown(error) => first = first.and(Err(error)),
        }
    }
    (places, first)
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

    /// Sends all of `messages`; gives what became of each.
    pub(super) async fn send(&self, messages: Vec<Message>) -> Vec<Fate> {
        let queued: Vec<_> = messages.iter().map(|message| self.queue(message)).collect();
        let mut fates = Vec::with_capacity(messages.len());
        for (message, queued) in messages.iter().zip(queued) {
            let was_queued = queued.is_ok();
            fates.push(match confirmed(queued).await {
                Ok(()) => {
                    self.outage.answers();
                    Fate::Taken
                }
                Err(error) if is_too_large(&error) => {
                    tracing::error!(
                        topic = message.topic,
                        "a message is too large for its topic; it stays in the store"
                    );
                    Fate::Taken
                }
                Err(source) => {
                    let refused = !was_queued || is_refused(&source);
                    let error = PublishError::NotTaken { topic: message.topic.clone(), source };
                    if refused { Fate::NeverLeft(error) } else { Fate::Unknown(error) }
                }
            });
        }
        fates
    }

    /// Waits until a broker answers for `topic`.
    ///
    /// # Errors
    /// When none does within a few seconds.
    pub(super) async fn reach(&self, topic: &str) -> Result<(), PublishError> {
        let (client, name) = (self.client.clone(), topic.to_owned());
        let asked = tokio::task::spawn_blocking(move || client.client().fetch_metadata(Some(&name), REACH).map(drop));
        let answer = asked.await.map_err(|_| KafkaError::Canceled).and_then(|answer| answer);
        answer.map_err(|source| PublishError::NotTaken { topic: topic.to_owned(), source })
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

/// Whether the broker answered that it will not have it.
fn is_refused(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{TopicAuthorizationFailed, UnknownTopic, UnknownTopicOrPartition};
    let refusals = [TopicAuthorizationFailed, UnknownTopic, UnknownTopicOrPartition];
    error.rdkafka_error_code().is_some_and(|code| refusals.contains(&code))
}

fn is_too_large(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge)
}
