//! Questions to the broker: where partitions begin and end, and whether what was read is still there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{TopicPartitionList, TopicPartitionListElem};

use super::{FENCED_REST, Worker};
use crate::intake::kafka::IntakeError;
use crate::store::Class;

/// How long a question to the broker may take.
const ASK: Duration = Duration::from_secs(10);
/// How often a topic must be found missing before it counts as gone, a second apart.
const GONE_LOOKS: usize = 3;

impl Worker {
    /// Asks where each newly held partition begins and ends: how much there is to catch up on, and whether the place to
    /// read on is still there.
    pub(super) fn look_for_bounds(&mut self) -> Result<(), IntakeError> {
        self.note_ownership()?;
        if self.unbounded.is_empty() {
            return Ok(());
        }
        let bounds = match self.bounds_of(&self.unbounded) {
            Ok(bounds) => bounds,
            Err(error) => {
                // Better to read meanwhile and ask again.
                self.consumer.context().complain(&error, "the ends of partitions are not known yet");
                return Ok(());
            }
        };
        for (place, (low, high)) in bounds {
            self.check_range(&place, low, high)?;
            self.parts.freshness.bounds(&place.0, place.1, low, high);
            self.unbounded.remove(&place);
        }
        Ok(())
    }

    /// The first offset and the one after the last of each of `places` whose leader answers. All are asked about at
    /// once: a question waits until the fetch under way on the same line is answered, which takes half a second where
    /// nothing new comes, and so long for each partition would keep a process with many of them from its work.
    fn bounds_of(&self, places: &BTreeSet<(String, i32)>) -> KafkaResult<BTreeMap<(String, i32), (i64, i64)>> {
        let ask = |edge: Offset| -> KafkaResult<BTreeMap<(String, i32), i64>> {
            let mut list = TopicPartitionList::with_capacity(places.len());
            for (topic, partition) in places {
                list.add_partition_offset(topic, *partition, edge)?;
            }
            // Beginning and end are two times that the protocol knows beside real ones.
            let answer = self.consumer.offsets_for_times(list, ASK)?;
            let known = |e: &TopicPartitionListElem<'_>| match (e.error(), e.offset()) {
                (Ok(()), Offset::Offset(offset)) => Some(((e.topic().to_owned(), e.partition()), offset)),
                _ => None,
            };
            Ok(answer.elements().iter().filter_map(known).collect())
        };
        let (low, high) = (ask(Offset::Beginning)?, ask(Offset::End)?);
        let both = |(place, low): ((String, i32), i64)| high.get(&place).map(|high| (place.clone(), (low, *high)));
        Ok(low.into_iter().filter_map(both).collect())
    }

    fn check_range(&self, place: &(String, i32), low: i64, high: i64) -> Result<(), IntakeError> {
        let stored = self.holding.get(place).and_then(|held| held.next);
        match stored {
            Some(next) if next < low || next > high => {
                let (topic, partition) = place.clone();
                Err(IntakeError::OutOfRange { topic, partition, next, low, high })
            }
            _ => Ok(()),
        }
    }

    /// Names the partition whose place is gone. Where none is, as when the first events expired between the question for
    /// the beginning and the first fetch, all are read on from where they stand.
    pub(super) fn mend_range(&mut self) -> Result<(), IntakeError> {
        match self.bounds_of(&self.holding.keys().cloned().collect()) {
            Ok(bounds) => bounds.iter().try_for_each(|(place, (low, high))| self.check_range(place, *low, *high))?,
            Err(error) => self.consumer.context().complain(&error, "the bounds of partitions are not known"),
        }
        let places: Vec<_> = self.holding.keys().cloned().collect();
        self.consumer.context().rest(FENCED_REST);
        self.consumer.context().take_over(&self.consumer, &places)?;
        self.note_ownership()
    }

    /// A topic that was never read may come yet; one that was read must not go.
    pub(super) fn look_for_topics(&mut self) -> Result<(), IntakeError> {
        let missing = self.missing_topics();
        for topic in &self.parts.freshness.lacks(missing.clone()) {
            tracing::warn!(
                topic,
                "kafka intake: the topic does not exist; make it, it is looked for every half minute"
            );
        }
        if missing.is_empty() {
            return Ok(());
        }
        let stored = match self.runtime.block_on(self.parts.store.read(|tx| tx.offsets())) {
            Ok(stored) => stored,
            Err(error) if error.class() == Class::Fatal => return Err(error.into()),
            Err(error) => {
                // It is asked again when the broker complains again, at the latest in half a minute.
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "kafka intake: the stored offsets cannot be read yet"
                );
                return Ok(());
            }
        };
        let was_read = |topic: &String| stored.iter().any(|(t, _, offset)| t == topic && offset.next.is_some());
        let mut gone: BTreeSet<String> = missing.into_iter().filter(was_read).collect();
        for _ in 1..GONE_LOOKS {
            if gone.is_empty() {
                break;
            }
            self.consumer.context().rest(Duration::from_secs(1));
            let missing = self.missing_topics();
            gone.retain(|topic| missing.contains(topic));
        }
        gone.into_iter().next().map_or(Ok(()), |topic| Err(IntakeError::Gone { topic }))
    }

    /// Input topics the broker does not have; none when it does not answer.
    fn missing_topics(&self) -> BTreeSet<String> {
        // Asked about all topics at once: a question about one would make it where topics are made on first use.
        match self.consumer.fetch_metadata(None, ASK) {
            Ok(known) => {
                let has = |name: &String| known.topics().iter().any(|t| t.name() == name && t.error().is_none());
                self.topics.iter().filter(|name| !has(name)).cloned().collect()
            }
            Err(error) => {
                self.consumer.context().complain(&error, "the broker does not say which topics there are");
                BTreeSet::new()
            }
        }
    }
}
