//! Recorded events in the order of play.

use std::path::{Path, PathBuf};

use forewarn_core::Instant;
use forewarn_core::event::{Body, Event, Subject};
use forewarn_core::instant::{EARLIEST, LATEST};

use super::DeadLetterRecord;
use crate::engine::Incoming;
use crate::intake::{self, FileError};
use crate::store::port::Origin;

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("events: {} cannot be read to its end", path.display())]
pub struct PlayError {
    /// Which file.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: FileError,
}

/// Stands for a time above a line where there is none.
const NOTHING_ABOVE: Instant = Instant::from_ms(i64::MIN);

/// One event and when it is played.
pub struct Cue {
    /// When it happened.
    pub at: Instant,
    /// The latest good time above it in its file, else the first of all: what dates it, should it be refused.
    pub above: Instant,
    /// The earliest such time among this event and all that are played after it.
    pub mark: Instant,
    /// The event.
    pub incoming: Incoming,
}

/// Everything the files hold, in the order of play: time, then (merchant, order), the type's rank, source, id.
#[derive(Default)]
pub struct Play {
    /// Events, in order.
    pub events: Vec<Cue>,
    /// Lines that could not be taken, ascending by time.
    pub dead_letters: Vec<DeadLetterRecord>,
}

impl Play {
    /// Reads `paths`.
    ///
    /// # Errors
    /// When a file cannot be read; a bad line is no error but a dead letter.
    pub fn read(paths: &[PathBuf]) -> Result<Self, PlayError> {
        let mut play = Self::default();
        for path in paths {
            play.add(path).map_err(|source| PlayError { path: path.clone(), source })?;
        }
        play.events.sort_by_cached_key(|cue| order_of_play(&cue.incoming));
        play.date();
        Ok(play)
    }

    /// When the first event happened.
    pub fn first_at(&self) -> Option<Instant> {
        self.events.first().map(|cue| cue.at)
    }

    /// Whether the recorded coupon system speaks for itself.
    pub fn has_grant_results(&self) -> bool {
        let answers = |cue: &Cue| matches!(&cue.incoming.event, Ok(Event { body: Body::GrantResult(_), .. }));
        self.events.iter().any(answers)
    }

    fn add(&mut self, path: &Path) -> Result<(), FileError> {
        let name = path.display().to_string();
        let mut latest = None;
        for line in intake::read(path)? {
            let line = line?;
            let offset = i64::try_from(line.number).unwrap_or(i64::MAX);
            let origin = Origin { topic: name.clone(), partition: 0, offset };
            match line.decode() {
                Ok(event) => {
                    let at = event.stamp.time;
                    // The run writes no dead letters to be sent anywhere, so the bytes need not stay in memory.
                    let incoming = Incoming { origin, event: Ok(event), raw: Vec::new(), headers: Vec::new() };
                    let above = latest.unwrap_or(NOTHING_ABOVE);
                    self.events.push(Cue { at, above, mark: above, incoming });
                    latest = latest.max(Some(at));
                }
                Err(fault) => {
                    let above = latest.unwrap_or(NOTHING_ABOVE);
                    let letter = DeadLetterRecord::unreadable(&origin, &fault, &line.bytes, above);
                    self.dead_letters.push(letter);
                }
            }
        }
        Ok(())
    }

    /// Lines above the first good one have no good time above them: they take the first there is.
    fn date(&mut self) {
        let first = self.first_at().unwrap_or(EARLIEST);
        let dates = self.dead_letters.iter_mut().map(|letter| &mut letter.at);
        for at in dates.chain(self.events.iter_mut().map(|cue| &mut cue.above)) {
            *at = first.max(*at);
        }
        self.dead_letters.sort_by_key(|letter| letter.at);
        let mut mark = LATEST;
        for cue in self.events.iter_mut().rev() {
            mark = mark.min(cue.above);
            cue.mark = mark;
        }
    }
}

/// Two events that differ in content alone are told apart by their fingerprint, so that even a reused id is played
/// in one order only.
fn order_of_play(incoming: &Incoming) -> (Instant, Option<(String, String)>, u8, String, String, u64) {
    let Ok(event) = &incoming.event else { return (Instant::from_ms(0), None, 0, String::new(), String::new(), 0) };
    let key = match &event.subject {
        Subject::Order(key) => Some((key.merchant_id.to_string(), key.order_id.to_string())),
        Subject::Buyer(key) => Some((key.merchant_id.to_string(), String::new())),
        Subject::Condition(_) | Subject::Notice(_) | Subject::Grant(_) => None,
    };
    let stamp = &event.stamp;
    (stamp.time, key, event.rank(), stamp.source.to_string(), stamp.id.to_string(), event.digest())
}
