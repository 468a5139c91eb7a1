//! Why intake from Kafka cannot begin or go on.

use rdkafka::error::KafkaError;

use crate::store::StoreError;

/// An end of intake that nobody asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// There is nothing to connect to.
    #[error("kafka intake: no brokers are set; set kafka.brokers")]
    NoBrokers,
    /// librdkafka refuses to begin.
    #[error("kafka intake: the client cannot be made; check the section [kafka]")]
    Client(#[source] KafkaError),
    /// The system gives no thread.
    #[error("kafka intake: the system gives no further thread; raise its limit")]
    Thread(#[source] std::io::Error),
    /// The broker shuts this client out for good.
    #[error("kafka intake: the broker refuses this client for good; see the cause, mend it and start again")]
    Refused(#[source] KafkaError),
    /// Partitions could not be taken or given back.
    #[error("kafka intake: the assignment could not be carried out; start again")]
    Assignment(#[source] KafkaError),
    /// Where the store wants to read on, there is nothing.
    #[error(
        "kafka intake: {topic}/{partition} holds offsets {low} to {high}, but the store reads on at {next}: the topic \
         was made anew, cut short, or events expired unread; bring the topic back, or, when what is missing is \
         accounted for, delete this partition's row from the store's table `offsets` and start again to read it from \
         its beginning"
    )]
    OutOfRange {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where the store wants to read on.
        next: i64,
        /// The first offset there is.
        low: i64,
        /// The offset after the last one there is.
        high: i64,
    },
    /// A topic that was read before is gone.
    #[error(
        "kafka intake: the topic {topic} was read before and is gone; bring it back, or, when what is missing is \
         accounted for, delete its rows from the store's table `offsets` and start again"
    )]
    Gone {
        /// The topic.
        topic: String,
    },
    /// The store can no longer be written.
    #[error("kafka intake: nothing can be kept")]
    Store(#[from] StoreError),
    /// The thread ended in a panic.
    #[error("kafka intake: the thread panicked; the panic stands in the log, report it")]
    Panicked,
}
