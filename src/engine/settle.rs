//! Writes down what became of notices that were on their way.

use std::time::Duration;

use forewarn_core::decide::Saying;
use forewarn_core::ids::NoticeId;
use forewarn_core::{Instant, Span};

use super::aside::Found;
use super::uncertain::{RESEND_AFTER, is_to_be_resent};
use super::{Engine, Message, NoticeRecord, Record, Remark, aside, grants};
use crate::store::port::{NoticeRow, NoticeState};
use crate::store::{StoreError, Tx};

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Taken.
    Sent {
        /// The channel's receipt.
        receipt: String,
    },
    /// Not taken; try again after this much real time.
    Retry {
        /// How long to wait.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// Given up for good.
    Failed {
        /// Why.
        reason: String,
    },
    /// Perhaps taken.
    Unknown {
        /// Why nobody knows.
        reason: String,
    },
}

impl Engine {
    /// Writes down the outcome of the notice `id`, claimed under `token`, once. Nothing when the lease was lost: then
    /// its present holder answers for it, or its outcome stands already.
    ///
    /// # Errors
    /// When the store fails; the outcome must then be written again.
    pub fn settle(
        &self,
        tx: &mut dyn Tx,
        id: &NoticeId,
        token: &str,
        attempt: &Attempt,
        now: Instant,
    ) -> Result<Vec<Record>, StoreError> {
        match tx.notice_load(id)? {
            Some(notice) => self.settle_claimed(tx, &notice, token, attempt, now),
            None => Ok(Vec::new()),
        }
    }

    /// The same for all notices of a message, in one transaction: they were told together or not at all.
    ///
    /// # Errors
    /// When the store fails; the outcome must then be written again.
    pub fn settle_message(
        &self,
        tx: &mut dyn Tx,
        message: &Message,
        token: &str,
        attempt: &Attempt,
        now: Instant,
    ) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        for notice in message.notices() {
            records.extend(self.settle(tx, &notice.notice_id, token, attempt, now)?);
        }
        Ok(records)
    }

    /// The same for a notice as its claim handed it over.
    ///
    /// # Errors
    /// When the store fails; the outcome must then be written again.
    pub fn settle_claimed(
        &self,
        tx: &mut dyn Tx,
        notice: &NoticeRow,
        token: &str,
        attempt: &Attempt,
        now: Instant,
    ) -> Result<Vec<Record>, StoreError> {
        self.watch_clock(tx, now)?;
        let (mut notice, mut records) = (notice.clone(), Vec::new());
        let is_uncertain = matches!(attempt, Attempt::Unknown { .. });
        let goes_again = is_uncertain && is_to_be_resent(self, tx, &notice)?;
        write_outcome(&mut notice, attempt, goes_again, now);
        if !tx.notice_save(&notice, token)? {
            tracing::warn!(notice.id = %notice.notice_id, "the lease was lost before the outcome was noted");
            return Ok(records);
        }
        let saying = match notice.state {
            NoticeState::Sent => Saying::Sent,
            NoticeState::Failed => Saying::Failed,
            NoticeState::Unknown => Saying::Unknown,
            NoticeState::Retry if goes_again => Saying::Unknown,
            _ => return Ok(records),
        };
        remember(tx, &notice, saying, now)?;
        if saying == Saying::Failed {
            records.extend(grants::release(tx, &notice.key, "failed", now)?);
        }
        if let (Saying::Sent, Some(composed)) = (saying, &notice.composed) {
            records.push(Record::Notice(Box::new(NoticeRecord::new(&notice, composed, now))));
        }
        Ok(records)
    }

    /// Holds on until `until` (real time) to a message that is still on the wire; whether `token` still held it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn extend(&self, tx: &mut dyn Tx, message: &Message, token: &str, until: Instant) -> Result<bool, StoreError> {
        let mut held = true;
        for notice in message.notices() {
            let notice = NoticeRow { lease_until: Some(until), ..notice.clone() };
            held &= tx.notice_save(&notice, token)?;
        }
        Ok(held)
    }

    /// Takes up notices left on their way by a process that died: nobody knows whether they were taken, so they are
    /// treated as the policy wants it for these. Gives how many.
    ///
    /// # Errors
    /// When the store fails.
    pub fn settle_stranded(
        &self,
        tx: &mut dyn Tx,
        now: Instant,
        real_now: Instant,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let stranded = tx.notices_stranded(real_now, limit)?;
        let reason = Remark::Stranded.to_string();
        for notice in &stranded {
            let token = notice.lease_token.clone().unwrap_or_default();
            self.settle(tx, &notice.notice_id, &token, &Attempt::Unknown { reason: reason.clone() }, now)?;
        }
        Ok(stranded.len())
    }
}

/// A notice whose message cannot be read has failed already: its order remembers that, and its coupon is free again.
pub(super) fn give_up(tx: &mut dyn Tx, notice: &NoticeRow, now: Instant) -> Result<Vec<Record>, StoreError> {
    remember(tx, notice, Saying::Failed, now)?;
    Ok(grants::release(tx, &notice.key, "failed", now)?.into_iter().collect())
}

fn write_outcome(notice: &mut NoticeRow, attempt: &Attempt, goes_again: bool, now: Instant) {
    let was_perhaps_taken = notice.is_perhaps_taken();
    notice.updated_at = now;
    // One claim, one outcome: whoever comes with the same token later has lost the lease.
    notice.lease_token = None;
    notice.lease_until = None;
    let (state, outcome) = match attempt {
        Attempt::Sent { receipt } => (NoticeState::Sent, receipt.clone()),
        Attempt::Retry { reason, .. } => (NoticeState::Retry, reason.clone()),
        // The refusal is of this attempt; the one before may have been taken.
        Attempt::Failed { reason } if was_perhaps_taken => (NoticeState::Unknown, told(Remark::Open, reason)),
        Attempt::Failed { reason } => (NoticeState::Failed, reason.clone()),
        Attempt::Unknown { reason } if goes_again => (NoticeState::Retry, told(Remark::Again, reason)),
        Attempt::Unknown { reason } => (NoticeState::Unknown, reason.clone()),
    };
    notice.state = state;
    notice.outcome = Some(outcome);
    match attempt {
        Attempt::Sent { .. } => notice.sent_at = Some(now),
        Attempt::Unknown { .. } => {
            notice.sent_at = notice.sent_at.or(Some(now));
            notice.due_at = if goes_again { now + RESEND_AFTER } else { notice.due_at };
        }
        Attempt::Retry { after, .. } => {
            let wait = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
            notice.due_at = now + Span::from_ms(wait);
        }
        Attempt::Failed { .. } => {}
    }
}

fn told<'a>(remark: impl FnOnce(Box<Remark<'a>>) -> Remark<'a>, reason: &'a str) -> String {
    remark(Box::new(Remark::read(reason))).to_string()
}

/// The order remembers what was told and is looked at again: what comes next depends on it. One that cannot be read
/// remembers nothing, and the outcome stands with the notice alone.
pub(super) fn remember(tx: &mut dyn Tx, notice: &NoticeRow, saying: Saying, now: Instant) -> Result<(), StoreError> {
    let Found::Order(mut row) = aside::load(tx, &notice.order)? else { return Ok(()) };
    row.told.settle(&notice.key, saying, now);
    row.wake_at = Some(row.wake_at.map_or(now, |at| at.min(now)));
    tx.orders_save(std::slice::from_ref(&*row))
}
