//! Notices of which nobody knows whether they were taken: left to a person, or sent once more, as the policy says.
//!
//! Such a notice counts as told from then on. It is sent again once at most, decided again like any other, under the same
//! message id; a compensation is never announced twice without a person's word.

use forewarn_core::decide::{Due, Saying, Told};
use forewarn_core::ids::NoticeId;
use forewarn_core::policy::Uncertain;
use forewarn_core::{Instant, Span};

use super::aside::{self, Found};
use super::judge::{Bench, guarded};
use super::settle::remember;
use super::{Engine, NoticeRecord, Record, Remark};
use crate::store::port::{NoticeRow, NoticeState};
use crate::store::{Class, StoreError, Tx};

/// How long a notice waits before it is sent once more. Our choice: long enough for a gateway's word that it arrived
/// after all, and for a server that drops repeats of a Message-ID to have the first one on file; short against the day
/// by which we warn.
pub(super) const RESEND_AFTER: Span = Span::minutes(15);

/// What a person knows of a notice whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Arrived,
    /// It is to be sent again, if it is still right.
    Again,
}

impl Verdict {
    /// Its name in the API, on pages and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Again => "again",
        }
    }

    /// The verdict of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Arrived, Self::Again].into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// Whether a notice that was perhaps taken just now is to be sent once more.
pub(super) fn is_to_be_resent(engine: &Engine, tx: &mut dyn Tx, notice: &NoticeRow) -> Result<bool, StoreError> {
    let is_plain = notice.composed.as_ref().is_some_and(|message| !message.promotional && message.grant_id.is_none());
    if notice.is_perhaps_taken() || !is_plain {
        return Ok(false);
    }
    let Found::Order(row) = aside::load(tx, &notice.order)? else { return Ok(false) };
    let bench = match Bench::set_up(engine, tx, notice.updated_at) {
        Ok(bench) => bench,
        // The outcome must be noted even where the policy cannot be read.
        Err(error) if error.class() == Class::Permanent => return Ok(false),
        Err(error) => return Err(error),
    };
    let policy = guarded(&row.key, || bench.read(&row)).map(|(_, policy)| policy);
    Ok(policy.is_some_and(|policy| policy.delivery.uncertain == Uncertain::Resend))
}

/// Notes in the order's memory that `due` goes out, for the first time or once more.
pub(super) fn retell(told: &mut Told, due: &Due, again: bool, now: Instant) {
    if again {
        told.settle(&due.key, Saying::Pending, now);
    }
    // Words written anew name no compensation that was refused meanwhile.
    if !again {
        told.lost.retain(|lost| lost.key != due.key);
    }
    told.withdraw(&due.key);
    told.said.push(due.said(now));
    if again {
        told.settle(&due.key, Saying::Unknown, now);
    }
}

/// Has `told` look as if notices under `keys` that were perhaps taken still waited, so that the decision says whether
/// they would be right now. Gives the memory as it was.
pub(super) fn reopen(told: &mut Told, keys: &[&String]) -> Told {
    let before = told.clone();
    for said in told.said.iter_mut().filter(|said| said.state == Saying::Unknown && keys.contains(&&said.key)) {
        said.state = Saying::Pending;
    }
    before
}

impl Engine {
    /// Takes the word of `by` on a notice of which nobody knew whether it was taken; `None` when there is no such
    /// notice, or none that can be sent again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn resolve(
        &self,
        tx: &mut dyn Tx,
        id: &NoticeId,
        verdict: Verdict,
        by: &str,
        now: Instant,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        let Some(mut notice) = tx.notice_load(id)?.filter(NoticeRow::is_open) else { return Ok(None) };
        notice.updated_at = now;
        match verdict {
            Verdict::Arrived => {
                (notice.state, notice.outcome) = (NoticeState::Sent, Some(Remark::Arrived(by).to_string()));
            }
            Verdict::Again if notice.composed.is_none() => return Ok(None),
            Verdict::Again => {
                (notice.state, notice.outcome) = (NoticeState::Retry, Some(Remark::Asked(by).to_string()));
                (notice.due_at, notice.sent_at) = (now, notice.sent_at.or(Some(now)));
            }
        }
        if !tx.notice_resolve(&notice)? {
            return Ok(None);
        }
        tracing::info!(notice.id = %notice.notice_id, by, verdict = verdict.as_str(), "an unknown outcome was resolved");
        if verdict == Verdict::Again {
            return Ok(Some(Vec::new()));
        }
        remember(tx, &notice, Saying::Sent, now)?;
        let record = notice.composed.as_ref().map(|composed| NoticeRecord::new(&notice, composed, now));
        Ok(Some(record.map(|record| Record::Notice(Box::new(record))).into_iter().collect()))
    }
}
