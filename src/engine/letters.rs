//! Dead letters taken up by a person: read again the ordinary way, or dropped. Each deed is on record.
//!
//! A letter that is read again counts as an event read anew, so the books balance whatever becomes of it.

use forewarn_core::Instant;

use super::{Engine, Incoming, Taken};
use crate::intake::decode;
use crate::store::port::{KeptLetter, LetterAct, LetterDeed};
use crate::store::{StoreError, Tx};

impl Taken {
    /// What became of an event, as its account in the books or the reason why it is dead.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::Stale => "stale",
            Self::Parked => "parked",
            Self::DeadLetter(reason) => reason.as_str(),
        }
    }
}

impl Engine {
    /// Reads the dead letter `number` again. Taken, it is gone; refused, it stays with the new reason. `None` when there
    /// is no such letter any more, as when somebody else was faster.
    ///
    /// # Errors
    /// When the store fails; then nothing was changed.
    pub fn letter_retry(
        &self,
        tx: &mut dyn Tx,
        number: i64,
        author: &str,
        now: Instant,
    ) -> Result<Option<Taken>, StoreError> {
        let Some(kept) = tx.letter_load(number)? else { return Ok(None) };
        let letter = &kept.letter;
        let incoming = Incoming {
            origin: letter.origin.clone(),
            event: decode::kept(&letter.headers, &letter.raw),
            raw: letter.raw.clone(),
            headers: letter.headers.clone(),
        };
        let taken = self.ingest(tx, &[incoming], &[], now)?.taken.pop();
        let Some(taken) = taken else { return Ok(None) };
        if !matches!(taken, Taken::DeadLetter(_)) {
            tx.letter_remove(number)?;
        }
        tx.letter_act_add(&act(&kept, LetterDeed::Retry, taken.as_str(), author, now))?;
        Ok(Some(taken))
    }

    /// Throws the dead letter `number` away; whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn letter_drop(&self, tx: &mut dyn Tx, number: i64, author: &str, now: Instant) -> Result<bool, StoreError> {
        let Some(kept) = tx.letter_load(number)? else { return Ok(false) };
        tx.letter_act_add(&act(&kept, LetterDeed::Drop, "dropped", author, now))?;
        tx.letter_remove(number)
    }

    /// Writes down that the store refused to keep what the dead letter `number` says, which is now its reason.
    ///
    /// # Errors
    /// When the store fails.
    pub fn letter_refused(
        &self,
        tx: &mut dyn Tx,
        number: i64,
        fault: &crate::intake::Fault,
        author: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let Some(kept) = tx.letter_load(number)? else { return Ok(()) };
        tx.letter_act_add(&act(&kept, LetterDeed::Retry, fault.reason.as_str(), author, now))?;
        let mut letter = kept.letter;
        letter.reason = fault.reason.as_str().into();
        letter.detail.clone_from(&fault.detail);
        letter.at = now;
        tx.dead_letters_add(&[letter])
    }
}

fn act(kept: &KeptLetter, deed: LetterDeed, outcome: &str, author: &str, at: Instant) -> LetterAct {
    LetterAct {
        letter: kept.number,
        origin: kept.letter.origin.clone(),
        reason: kept.letter.reason.clone(),
        deed,
        outcome: outcome.to_owned(),
        author: author.to_owned(),
        at,
    }
}
