//! What all processes that read have told the store: how new is what anybody may act on.
//!
//! A partition counts by when it was last known to be read up to date, so a reader that is frozen, dead or cut off
//! holds everybody's notices as soon as what it last said is older than `intake.max_lag`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as RealInstant};

use forewarn_core::Span;

use crate::store::port::{Place, Stalest};
use crate::store::{Store, StoreError};

/// How old what all processes know together is.
#[derive(Debug)]
pub struct Elsewhere {
    topics: Vec<String>,
    max_lag: Span,
    heard: Mutex<Option<Heard>>,
}

/// What the store said, and when.
#[derive(Debug)]
struct Heard {
    stalest: Option<Stalest>,
    at: RealInstant,
}

impl Elsewhere {
    /// Of all partitions of `topics`, which may lag by `max_lag`; nothing is known before [`Elsewhere::ask`].
    pub fn new(topics: Vec<String>, max_lag: Span) -> Self {
        Self { topics, max_lag, heard: Mutex::default() }
    }

    /// Asks the store. What it said before ages meanwhile, so one that does not answer holds as well.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ask(&self, store: &Store) -> Result<(), StoreError> {
        let topics = self.topics.clone();
        let asked_at = RealInstant::now();
        let stalest = store
            .read(move |tx| {
                let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
                tx.stalest(&topics)
            })
            .await?;
        *self.lock() = Some(Heard { stalest, at: asked_at });
        Ok(())
    }

    /// Whether notices may be sent on what is known.
    pub fn is_fresh(&self) -> bool {
        self.complaint(RealInstant::now()).is_none()
    }

    /// Why notices are held, in a sentence; `None` when they are not.
    pub fn why_held(&self) -> Option<String> {
        self.complaint(RealInstant::now())
    }

    /// How long ago everything was known to be read up to date, in seconds; 0 while that is not known.
    pub fn lag_secs(&self) -> f64 {
        let now = RealInstant::now();
        self.lock().as_ref().and_then(|heard| heard.age(now)).map_or(0.0, |age| age.as_secs_f64())
    }

    fn complaint(&self, now: RealInstant) -> Option<String> {
        let heard = self.lock();
        let Some(heard) = heard.as_ref() else {
            return Some("the store has not said yet how far partitions are read".into());
        };
        let Some((place, _)) = &heard.stalest else {
            return Some("no process reads the input topics; start one with the role intake".into());
        };
        match heard.age(now) {
            None => Some(format!("{} is being caught up with by the process that reads it", name(place))),
            Some(age) if age > span(self.max_lag) => Some(format!(
                "{} was last known to be read up to date {} s ago; notices are held. Does the process that reads it run?",
                name(place),
                age.as_secs()
            )),
            Some(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn age(&self, now: RealInstant) -> Option<Duration> {
        let then = self.stalest.as_ref().and_then(|(_, age)| *age)?;
        Some(span(then) + now.saturating_duration_since(self.at))
    }
}

fn name((topic, partition): &Place) -> String {
    format!("{topic}/{partition}")
}

fn span(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.ms()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_LAG: Span = Span::minutes(5);

    fn heard(stalest: Option<Stalest>) -> (Elsewhere, RealInstant) {
        let (elsewhere, at) = (Elsewhere::new(vec!["t".into()], MAX_LAG), RealInstant::now());
        *elsewhere.lock() = Some(Heard { stalest, at });
        (elsewhere, at)
    }

    fn place() -> Place {
        ("t".into(), 3)
    }

    #[test]
    fn nothing_leaves_before_the_store_has_spoken_and_while_nobody_reads() {
        assert!(!Elsewhere::new(vec!["t".into()], MAX_LAG).is_fresh());
        let (nobody, at) = heard(None);
        assert!(nobody.complaint(at).is_some_and(|why| why.contains("role intake")));
    }

    #[test]
    fn a_partition_that_is_caught_up_with_holds_and_is_named() {
        let (elsewhere, at) = heard(Some((place(), None)));
        assert!(elsewhere.complaint(at).is_some_and(|why| why.starts_with("t/3 ")));
    }

    #[test]
    fn what_was_said_ages_until_it_is_said_again() {
        let (elsewhere, at) = heard(Some((place(), Some(Span::minutes(4)))));
        assert_eq!(elsewhere.complaint(at + Duration::from_secs(60)), None);
        let later = elsewhere.complaint(at + Duration::from_secs(61));
        assert!(later.is_some_and(|why| why.contains("t/3") && why.contains("301 s")));
    }
}
