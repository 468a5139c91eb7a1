//! Writes the message of what leaves now and notes all its notices as on their way, in the claim's transaction.

use std::sync::Arc;

use forewarn_core::decide::{Due, Saying, join};
use forewarn_core::grant::GrantStatus;

use super::claim::{File, Message, Step};
use super::compose::{Matter, compose};
use super::grants::{self, Wish};
use super::judge::guarded;
use super::record::{grant_id, message_id};
use super::remark::Remark;
use super::restored::Restored;
use super::together::attempted;
use super::uncertain::retell;
use crate::store::port::{Composed, GrantRow, NoticeRow, NoticeState};
use crate::store::{StoreError, Tx};

impl Step<'_> {
    /// Sends what leaves of `files` in one message; each has something that leaves.
    pub(super) fn send(&mut self, tx: &mut dyn Tx, mut files: Vec<File>) -> Result<(), StoreError> {
        files.iter_mut().for_each(|file| file.leaving.sort_by(|(_, a), (_, b)| join::place(a).cmp(&join::place(b))));
        files.sort_by(|a, b| place(a).cmp(&place(b)));
        let wishes: Vec<Wish<'_>> = files.iter().flat_map(File::wishes).collect();
        if wishes.len() > 1 || wishes.iter().any(|wish| wish.due.kind.is_about_delay()) {
            self.claimed.records.extend(grants::share(tx, &wishes, self.bench.now)?);
        }
        match (self.write(tx, &files)?, self.restored) {
            (Ok(composed), Some(restored)) if restored.may_have_sent_any(&files) => {
                self.leave_open(tx, &mut files, composed, restored)?;
            }
            (Ok(composed), _) => self.note_sending(tx, &mut files, composed)?,
            (Err(reason), _) => self.give_up(tx, &mut files, &reason)?,
        }
        files.iter().try_for_each(|file| tx.orders_save(std::slice::from_ref(&file.row)))
    }

    /// Every notice as it goes out, or why none can be written.
    fn write(&self, tx: &mut dyn Tx, files: &[File]) -> Result<Result<Vec<Composed>, String>, StoreError> {
        let mut matters = Vec::new();
        for file in files {
            for (notice, due) in &file.leaving {
                let grant = tx.grant_load(&grant_id(&due.key))?.filter(|grant| is_tellable(grant, notice));
                let (order, policy) = (&file.found.order, &*file.found.policy);
                matters.push(Matter { order, policy, told: &file.row.told, due, grant });
            }
        }
        let Some(first) = files.first() else { return Ok(Ok(Vec::new())) };
        let id = message_of(files);
        let written = guarded(&first.row.key, || compose(self.bench, &matters, &id));
        Ok(written.map_or_else(|| Err(Remark::Unwritable.to_string()), |w| w.map_err(|e| e.to_string())))
    }

    fn note_sending(&mut self, tx: &mut dyn Tx, files: &mut [File], composed: Vec<Composed>) -> Result<(), StoreError> {
        let mut composed = composed.into_iter();
        let mut notices = Vec::new();
        for file in files {
            for (mut notice, due) in std::mem::take(&mut file.leaving) {
                retell(&mut file.row.told, &due, notice.is_perhaps_taken(), self.bench.now);
                notice.composed = composed.next().map(Arc::new);
                notice.attempts += 1;
                self.close(tx, &mut notice, NoticeState::Sending, None)?;
                notices.push(notice);
            }
        }
        let mut notices = notices.into_iter();
        let message = notices.next().map(|lead| Message { lead, others: notices.collect() });
        self.claimed.ready.extend(message);
        Ok(())
    }

    /// The store has forgotten whether it was sent: it counts as perhaps told, and a person finds it in the list. What
    /// was to go with it and is new goes without it.
    fn leave_open(
        &mut self,
        tx: &mut dyn Tx,
        files: &mut [File],
        composed: Vec<Composed>,
        restored: Restored,
    ) -> Result<(), StoreError> {
        let (mut composed, now, from) = (composed.into_iter(), self.bench.now, restored.from.to_string());
        for file in files {
            // What comes next depends on it.
            file.row.wake_at = Some(now);
            for (mut notice, due) in std::mem::take(&mut file.leaving) {
                let composed = composed.next().map(Arc::new);
                if !restored.may_have_sent(&due, &file.row.facts) {
                    self.go_back(tx, notice, Some(now), Remark::Alone)?;
                    continue;
                }
                retell(&mut file.row.told, &due, notice.is_perhaps_taken(), now);
                file.row.told.settle(&due.key, Saying::Unknown, now);
                (notice.composed, notice.sent_at) = (composed, Some(now));
                self.close(tx, &mut notice, NoticeState::Unknown, Some(Remark::Restored(&from)))?;
            }
        }
        Ok(())
    }

    fn give_up(&mut self, tx: &mut dyn Tx, files: &mut [File], reason: &str) -> Result<(), StoreError> {
        for file in files {
            for (mut notice, due) in std::mem::take(&mut file.leaving) {
                let id = &notice.notice_id;
                tracing::error!(notice.id = %id, reason, "a notice could not be written; mend its template");
                if notice.is_perhaps_taken() {
                    self.keep_open(tx, notice, Remark::Said(reason))?;
                    continue;
                }
                file.row.told.settle(&due.key, Saying::Failed, self.bench.now);
                self.claimed.records.extend(grants::release(tx, &due.key, "failed", self.bench.now)?);
                self.close(tx, &mut notice, NoticeState::Failed, Some(Remark::Said(reason)))?;
            }
        }
        Ok(())
    }
}

impl File {
    fn wishes(&self) -> impl Iterator<Item = Wish<'_>> {
        let (order, policy) = (&self.found.order, &*self.found.policy);
        self.leaving.iter().map(move |(_, due)| Wish { due, order, policy })
    }
}

/// Where the order stands in the message: with the first of its notices.
fn place(file: &File) -> Option<(Option<forewarn_core::Instant>, &str)> {
    file.leaving.first().map(|(_, due)| join::place(due))
}

/// The message's id: that of the attempt before, so that a channel which took that one knows it again; else made of
/// all its notices' keys.
fn message_of(files: &[File]) -> String {
    let leaving = || files.iter().flat_map(|file| &file.leaving);
    let before = leaving().find_map(|(notice, _): &(NoticeRow, Due)| attempted(notice));
    before.map(str::to_owned).unwrap_or_else(|| {
        let keys: Vec<&str> = leaving().map(|(_, due)| due.key.as_str()).collect();
        message_id(&keys)
    })
}

/// A grant may be told once it is set aside or given; one that a person or the coupon system may still refuse is not. A
/// notice that was perhaps taken says once more what it said: whoever drops repeats of a message would not hear more.
fn is_tellable(grant: &GrantRow, notice: &NoticeRow) -> bool {
    let told = notice.composed.as_ref().and_then(|composed| composed.grant_id.as_deref());
    let as_before = !notice.is_perhaps_taken() || told == Some(grant.grant_id.as_str());
    as_before && matches!(grant.status, GrantStatus::Reserved | GrantStatus::Granted)
}
