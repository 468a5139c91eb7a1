//! What is written into a notice, and of which one.

use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;

use super::table::{Notices, Record};
use crate::store::port::{NoticeRow, NoticeState};

impl Notices {
    /// Adds a notice, unless it is there and was not withdrawn.
    pub(super) fn add(&mut self, new: &NoticeRow) {
        match self.get(&new.notice_id).map(|known| known.state) {
            None => self.insert(Record { row: new.clone(), announced: None }),
            Some(NoticeState::Withdrawn) => {
                self.change(&new.notice_id, |Record { row, announced }| {
                    let known = std::mem::replace(row, new.clone());
                    (row.key, row.order, row.kind) = (known.key, known.order, known.kind);
                    *announced = None;
                });
            }
            Some(_) => {}
        }
    }

    /// Claims a notice for `token` until `lease_until`, which it notes as of `at` where there is one; whether there is
    /// such a notice.
    pub(super) fn hold(&mut self, id: &NoticeId, token: &str, lease_until: Instant, at: Option<Instant>) -> bool {
        self.change(id, |Record { row, .. }| {
            row.state = NoticeState::Claimed;
            row.lease_token = Some(token.to_owned());
            row.lease_until = Some(lease_until);
            row.updated_at = at.unwrap_or(row.updated_at);
        })
    }

    /// Writes a notice back if `may` holds of what is stored; whether it did. Feedback may come in between a claim and
    /// this, so an absent one leaves what is there.
    pub(super) fn write_back(&mut self, new: &NoticeRow, may: impl FnOnce(&NoticeRow) -> bool) -> bool {
        let may = self.get(&new.notice_id).is_some_and(may);
        may && self.change(&new.notice_id, |Record { row, .. }| {
            let known = std::mem::replace(row, new.clone());
            row.feedback = row.feedback.take().or(known.feedback);
            (row.key, row.order, row.kind, row.created_at) = (known.key, known.order, known.kind, known.created_at);
        })
    }

    /// Makes notices that wait for later than `now` due at once, and lets no lease of one that is on its way end later
    /// than `lease_until`.
    pub(in crate::store::memory) fn cut(&mut self, now: Instant, lease_until: Instant) {
        let is_late = |notice: &&NoticeRow| match notice.state {
            NoticeState::Sending => notice.lease_until.is_some_and(|until| until > lease_until),
            _ => notice.is_pending() && notice.due_at > now,
        };
        let late: Vec<NoticeId> = self.rows().filter(is_late).map(|notice| notice.notice_id.clone()).collect();
        for id in &late {
            self.change(id, |Record { row, .. }| match row.state {
                NoticeState::Sending => row.lease_until = Some(lease_until),
                _ => row.due_at = now,
            });
        }
    }
}
