//! A store that was restored from a backup has forgotten what was sent after the backup was taken.
//!
//! Everything that was due by the moment the restored store is first opened may have been sent by the store that is
//! lost. Such a notice is therefore listed as unknown, which is never sent blindly, instead of being sent. What becomes
//! due later is new to both.

use forewarn_core::Instant;
use forewarn_core::decide::Due;
use forewarn_core::event::OrderEvent;
use forewarn_core::facts::{Entry, Facts};
use forewarn_core::notice::Kind;

use super::Engine;
use super::claim::File;
use crate::store::port::{BACKUP_TAKEN_AT, RESTORED_FROM, RESTORED_UNTIL};
use crate::store::{StoreError, Tx};

/// What is not known in a restored store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was taken.
    pub from: Instant,
    /// When the restored store was first opened; what was due until then may have been sent.
    pub until: Instant,
}

impl Restored {
    /// Whether the lost store may have sent `due`: it was due by the line, or news of the time in between may have made
    /// it due and been taken back since.
    pub(super) fn may_have_sent(self, due: &Due, facts: &Facts) -> bool {
        let is_between = |entry: &&Entry| (self.from..=self.until).contains(&entry.stamp.time);
        let news = || facts.entries().iter().filter(is_between).any(|entry| is_news_of_delay(&entry.event));
        due.trigger_at <= self.until || (due.kind == Kind::DelayWarning && news())
    }

    /// Whether the lost store may have sent any notice that leaves in one message.
    pub(super) fn may_have_sent_any(self, files: &[File]) -> bool {
        files.iter().any(|file| file.leaving.iter().any(|(_, due)| self.may_have_sent(due, &file.row.facts)))
    }
}

/// What makes a cause known, or a date: the only things that call for a warning before its time.
fn is_news_of_delay(event: &OrderEvent) -> bool {
    match event {
        OrderEvent::Progress(progress) => progress.expected_ship_at.is_some(),
        OrderEvent::Changed(changed) => changed.ship_by.is_some(),
        OrderEvent::Renegotiated(_) | OrderEvent::Exception(_) | OrderEvent::ExceptionCleared { .. } => true,
        _ => false,
    }
}

impl Engine {
    /// Notes at a start whether the store has gone back in time; gives what is unknown in it, at the first start only.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_restore(tx: &mut dyn Tx, now: Instant) -> Result<Option<Restored>, StoreError> {
        let Some(taken_at) = tx.note_load(BACKUP_TAKEN_AT)? else { return Ok(None) };
        if tx.note_load(RESTORED_FROM)?.as_ref() == Some(&taken_at) {
            return Ok(None);
        }
        tx.note_save(RESTORED_FROM, &taken_at)?;
        tx.note_save(RESTORED_UNTIL, &now.to_string())?;
        restored(tx)
    }
}

/// What is unknown in this store; `None`: it never went back.
pub(super) fn restored(tx: &mut dyn Tx) -> Result<Option<Restored>, StoreError> {
    let (from, until) = (moment(tx, RESTORED_FROM)?, moment(tx, RESTORED_UNTIL)?);
    Ok(from.zip(until).map(|(from, until)| Restored { from, until }))
}

fn moment(tx: &mut dyn Tx, name: &'static str) -> Result<Option<Instant>, StoreError> {
    let Some(text) = tx.note_load(name)? else { return Ok(None) };
    let parsed = Instant::parse(&text);
    parsed.map(Some).map_err(|why| StoreError::Damaged { what: "note", id: name.to_owned(), source: why.into() })
}
