//! Why something was not published.

use rdkafka::error::KafkaError;

use crate::store::StoreError;

/// A message the broker did not take, or a mark the store did not take. Nothing is lost: it is published again, and what
/// may not be repeated waits for a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// There is nothing to connect to.
    #[error("publishing: no brokers are set; set kafka.brokers")]
    NoBrokers,
    /// librdkafka refuses to begin.
    #[error("publishing: the client cannot be made; check the section [kafka]")]
    Client(#[source] KafkaError),
    /// The broker has not confirmed a message.
    #[error(
        "publishing: the broker has not taken a message for {topic}; check that the topic exists and may be written"
    )]
    NotTaken {
        /// The topic.
        topic: String,
        /// What librdkafka or the broker said.
        #[source]
        source: KafkaError,
    },
    /// The store could not be read or marked.
    #[error("publishing: the store did not answer")]
    Store(#[from] StoreError),
}
