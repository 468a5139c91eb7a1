//! Work on dead letters: one, or many in chunks, each in a transaction of its own so that one the store refuses does not
//! hold up the others.

use std::sync::Arc;

use super::{Fault, Reason};
use crate::clock::SharedClock;
use crate::engine::{Engine, Taken};
use crate::store::port::{LetterDeed, LetterSearch};
use crate::store::{Class, Store, StoreError};

/// Most letters worked on in one go: a few seconds of work, after which a person sees how it went.
pub const CHUNK: usize = 100;

/// What works on dead letters.
#[derive(Clone)]
pub struct LetterDesk {
    /// Where they are.
    pub store: Store,
    /// What reads them again.
    pub engine: Arc<Engine>,
    /// The time.
    pub clock: SharedClock,
}

/// How a chunk went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Letters that are gone: read, or dropped.
    pub done: u64,
    /// Letters that were refused again and stay.
    pub refused: u64,
    /// The number up to which the letters were worked on.
    pub last: i64,
    /// Whether there are letters above that number.
    pub more: bool,
}

impl LetterDesk {
    /// Reads the letter `number` again; what became of it, `None` when there is no such letter any more.
    ///
    /// # Errors
    /// When the store fails; nothing was changed then.
    pub async fn retry(&self, number: i64, author: &str) -> Result<Option<Taken>, StoreError> {
        let (engine, by, now) = (Arc::clone(&self.engine), author.to_owned(), self.clock.now());
        match self.store.write(move |tx| engine.letter_retry(tx, number, &by, now)).await {
            Err(error) if error.class() == Class::Permanent => {
                let fault = Fault::new(Reason::NotStored, error.to_string());
                let (engine, by) = (Arc::clone(&self.engine), author.to_owned());
                self.store.write(move |tx| engine.letter_refused(tx, number, &fault, &by, now)).await?;
                Ok(Some(Taken::DeadLetter(Reason::NotStored)))
            }
            taken => taken,
        }
    }

    /// Throws the letter `number` away; whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drop(&self, number: i64, author: &str) -> Result<bool, StoreError> {
        let (engine, by, now) = (Arc::clone(&self.engine), author.to_owned(), self.clock.now());
        self.store.write(move |tx| engine.letter_drop(tx, number, &by, now)).await
    }

    /// Does `deed` with up to [`CHUNK`] letters of `search` above the number `after`, in order of arrival.
    ///
    /// # Errors
    /// When the store fails; what was done before stands.
    pub async fn chunk(
        &self,
        deed: LetterDeed,
        search: &LetterSearch,
        after: i64,
        author: &str,
    ) -> Result<Chunk, StoreError> {
        let search = search.clone();
        // One more than is worked on tells whether there is more.
        let mut numbers = self.store.read(move |tx| tx.letter_numbers(&search, after, CHUNK + 1)).await?;
        let mut chunk = Chunk { more: numbers.len() > CHUNK, last: after, ..Chunk::default() };
        numbers.truncate(CHUNK);
        for number in numbers {
            let done = match deed {
                LetterDeed::Drop => self.drop(number, author).await?,
                LetterDeed::Retry => match self.retry(number, author).await? {
                    Some(Taken::DeadLetter(_)) => {
                        chunk.refused += 1;
                        false
                    }
                    taken => taken.is_some(),
                },
            };
            chunk.done += u64::from(done);
            chunk.last = number;
        }
        Ok(chunk)
    }
}
