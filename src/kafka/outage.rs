//! Says once that a broker is away, then at most once a minute with a count, then once that it is back.
//!
//! librdkafka tries every broker several times a second and tells of each try; forty lines a second hide what matters.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The least time between two lines about the same trouble.
const PERIOD: Duration = Duration::from_secs(60);
/// The trouble of a broker that cannot be reached, whatever librdkafka calls it.
const AWAY: &str = "away";

/// What one client has heard of trouble.
#[derive(Debug)]
pub(crate) struct Outage {
    client: &'static str,
    troubles: Mutex<Troubles>,
}

/// Troubles by their sort. Pure: the time is handed in.
#[derive(Debug, Default)]
struct Troubles(BTreeMap<String, Trouble>);

#[derive(Debug)]
struct Trouble {
    since: Instant,
    said: Instant,
    unsaid: u64,
}

/// What is to be said now.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// The first line of this trouble.
    First,
    /// It goes on: so many tries were not told of since the last line.
    Again(u64),
    /// Nothing.
    Nothing,
}

impl Troubles {
    fn note(&mut self, sort: &str, now: Instant) -> Word {
        let Some(known) = self.0.get_mut(sort) else {
            self.0.insert(sort.to_owned(), Trouble { since: now, said: now, unsaid: 0 });
            return Word::First;
        };
        known.unsaid += 1;
        if now.duration_since(known.said) < PERIOD {
            return Word::Nothing;
        }
        known.said = now;
        Word::Again(std::mem::take(&mut known.unsaid))
    }

    /// Ends a trouble; gives how long it was.
    fn end(&mut self, sort: &str, now: Instant) -> Option<Duration> {
        self.0.remove(sort).map(|trouble| now.duration_since(trouble.since))
    }
}

impl Outage {
    /// For the client called `client` in the log.
    pub(crate) fn new(client: &'static str) -> Self {
        Self { client, troubles: Mutex::default() }
    }

    /// Notes an error of librdkafka.
    pub(crate) fn failed(&self, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        let is_away = matches!(
            code,
            Some(
                RDKafkaErrorCode::BrokerTransportFailure
                    | RDKafkaErrorCode::AllBrokersDown
                    | RDKafkaErrorCode::Resolve
                    | RDKafkaErrorCode::OperationTimedOut
            )
        );
        let sort = if is_away { AWAY.to_owned() } else { code.map_or_else(|| error.to_string(), |c| format!("{c:?}")) };
        self.tell(&sort, &format_args!("{error} {reason}"));
    }

    /// Notes a warning in librdkafka's log.
    pub(crate) fn warned(&self, facility: &str, message: &str) {
        self.tell(if facility == "FAIL" { AWAY } else { facility }, &message);
    }

    /// Notes that a broker answers.
    pub(crate) fn answers(&self) {
        let ended = self.lock().end(AWAY, Instant::now());
        if let Some(lasted) = ended {
            tracing::info!(client = self.client, secs = lasted.as_secs(), "kafka: the broker answers again");
        }
    }

    /// Whether no broker has answered since the last trouble.
    pub(crate) fn is_away(&self) -> bool {
        self.lock().0.contains_key(AWAY)
    }

    fn tell(&self, sort: &str, message: &dyn Display) {
        let word = self.lock().note(sort, Instant::now());
        match word {
            Word::First => tracing::warn!(client = self.client, "kafka: {message}; told once a minute while it lasts"),
            Word::Again(times) => tracing::warn!(client = self.client, times, "kafka: still {message}"),
            Word::Nothing => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Troubles> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_tries_a_second_make_one_line_a_minute() {
        let (mut troubles, start) = (Troubles::default(), Instant::now());
        let words: Vec<Word> = (0..40 * 180)
            .map(|n| troubles.note(AWAY, start + Duration::from_millis(25) * n))
            .filter(|word| *word != Word::Nothing)
            .collect();
        assert_eq!(words, [Word::First, Word::Again(2_400), Word::Again(2_400)]);
    }

    #[test]
    fn another_trouble_is_told_at_once_and_so_is_the_same_one_after_its_end() {
        let (mut troubles, start) = (Troubles::default(), Instant::now());
        assert_eq!(troubles.note(AWAY, start), Word::First);
        assert_eq!(troubles.note("Authentication", start), Word::First);
        let later = start + Duration::from_secs(7);
        assert_eq!(troubles.end(AWAY, later), Some(Duration::from_secs(7)));
        assert_eq!(troubles.end(AWAY, later), None);
        assert_eq!(troubles.note(AWAY, later), Word::First);
    }
}
