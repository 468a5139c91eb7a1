//! Claims due notices and decides each again from the newest facts, in the same transaction.
//!
//! What is still right is composed and noted as on its way; what is not is withdrawn with the reason; what waits for
//! quiet hours to end goes back. After this transaction stands, the notice may be sent, and only then.

use std::collections::BTreeSet;

use forewarn_core::Instant;
use forewarn_core::because::Reason;
use forewarn_core::decide::{Decision, Due, Saying, Suppression};
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::Why;

use super::aside::Found;
use super::judge::{Bench, Dossier, guarded};
use super::{Engine, Record, aside, compose, grants, record, settle, wake};
use crate::copy::RenderError;
use crate::store::port::{Composed, GrantRow, NoticeRow, NoticeState, OrderRow};
use crate::store::{StoreError, Tx};

/// What a claim step did.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// Notices to send now, noted as on their way.
    pub ready: Vec<NoticeRow>,
    /// What was withdrawn.
    pub records: Vec<Record>,
    /// How many notices were taken up; fewer than asked for means none is left.
    pub looked_at: usize,
}

/// Who claims, and for how long in real time.
#[derive(Clone, Debug)]
pub struct Lease {
    /// A random token that every later write must present.
    pub token: String,
    /// The real time now.
    pub real_now: Instant,
    /// Until when the lease holds.
    pub until: Instant,
}

impl Engine {
    /// Claims up to `limit` notices due at `now`.
    ///
    /// # Errors
    /// When the store fails; then nothing was claimed.
    pub fn claim(&self, tx: &mut dyn Tx, now: Instant, limit: usize, lease: &Lease) -> Result<Claimed, StoreError> {
        let bench = Bench::set_up(self, tx, now)?;
        let rows = tx.notices_claim(now, lease.real_now, limit, &lease.token, lease.until)?;
        let mut claimed = Claimed { looked_at: rows.len(), ..Claimed::default() };
        for notice in rows {
            if notice.state == NoticeState::Failed {
                claimed.records.extend(settle::give_up(tx, &notice, now)?);
                continue;
            }
            let found = aside::load(tx, &notice.order)?;
            let mut claim = Claim { bench: &bench, notice, token: &lease.token, claimed: &mut claimed };
            match found {
                Found::Order(mut row) => {
                    claim.decide_again(tx, &mut row)?;
                    tx.orders_save(std::slice::from_ref(&*row))?;
                }
                Found::Damaged => claim.go_back(tx, Some(now + aside::REPAIR), aside::WAITS_FOR_REPAIR)?,
                Found::Nothing => {
                    claim.close(tx, NoticeState::Withdrawn, Some("its order is not in the store any more"))?;
                }
            }
        }
        Ok(claimed)
    }
}

/// One claimed notice.
struct Claim<'a> {
    bench: &'a Bench<'a>,
    notice: NoticeRow,
    token: &'a str,
    claimed: &'a mut Claimed,
}

impl Claim<'_> {
    fn decide_again(&mut self, tx: &mut dyn Tx, row: &mut OrderRow) -> Result<(), StoreError> {
        if row.parked.is_some() {
            return self.set_aside(tx, row);
        }
        let Some(dossier) = self.judge_anew(tx, row)? else {
            row.parked = Some(wake::UNREADABLE.into());
            return self.set_aside(tx, row);
        };
        let Some(decision) = &dossier.decision else {
            row.parked = Some(wake::UNDECIDABLE.into());
            return self.set_aside(tx, row);
        };
        row.wake_at = next_look(row, decision, self.bench.now);
        if let Some(due) = decision.due.iter().find(|due| due.key == self.notice.key) {
            return self.send(tx, row, &dossier, due);
        }
        if decision.held.contains(&self.notice.key) {
            return self.go_back(tx, decision.wake_at, "waits for quiet hours to end");
        }
        self.withdraw(tx, row, &dossier, decision)
    }

    /// Judges as if nothing were on record against this notice, so that the decision names its reason even when that
    /// reason had held it back before.
    fn judge_anew(&self, tx: &mut dyn Tx, row: &mut OrderRow) -> Result<Option<Dossier>, StoreError> {
        let all = row.told.suppressed.clone();
        row.told.suppressed.retain(|(key, _)| *key != self.notice.key);
        let dossier = self.bench.judge(tx, row);
        row.told.suppressed = all;
        dossier
    }

    fn send(&mut self, tx: &mut dyn Tx, row: &mut OrderRow, found: &Dossier, due: &Due) -> Result<(), StoreError> {
        let grant = tx.grant_load(&record::grant_id(&due.key))?.filter(is_tellable);
        match self.compose(row, found, due, grant.as_ref()) {
            Ok(composed) => {
                row.told.withdraw(&due.key);
                row.told.said.push(due.said(self.bench.now));
                self.notice.composed = Some(composed);
                self.notice.attempts += 1;
                self.close(tx, NoticeState::Sending, None)?;
                self.claimed.ready.push(self.notice.clone());
                Ok(())
            }
            Err(reason) => {
                let id = &self.notice.notice_id;
                tracing::error!(notice.id = %id, reason, "a notice could not be written; mend its template");
                row.told.settle(&due.key, Saying::Failed, self.bench.now);
                self.claimed.records.extend(grants::release(tx, &due.key, "failed", self.bench.now)?);
                self.close(tx, NoticeState::Failed, Some(&reason))
            }
        }
    }

    fn compose(
        &self,
        row: &OrderRow,
        found: &Dossier,
        due: &Due,
        grant: Option<&GrantRow>,
    ) -> Result<Composed, String> {
        let write = || compose::compose(self.bench, &found.order, &found.policy, &row.told, due, grant);
        match guarded(&row.key, write) {
            Some(written) => written.map_err(|e: RenderError| e.to_string()),
            None => Err("writing it panicked".into()),
        }
    }

    /// Waits in the outbox, as until quiet hours end, and is decided again then.
    fn go_back(&mut self, tx: &mut dyn Tx, until: Option<Instant>, why: &str) -> Result<(), StoreError> {
        self.notice.due_at = until.unwrap_or(self.notice.due_at);
        self.close(tx, NoticeState::Retry, Some(why))
    }

    fn withdraw(
        &mut self,
        tx: &mut dyn Tx,
        row: &mut OrderRow,
        found: &Dossier,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let own = decision.suppressed.iter().find(|s| s.key == self.notice.key).cloned();
        let suppression = own.unwrap_or_else(|| self.without(Why::Stale, vec![Reason::NoLongerDue]));
        let why = suppression.why;
        self.give_back(tx, row, why)?;
        if !row.told.suppressed.contains(&(self.notice.key.clone(), why)) {
            let line = wake::suppress(self.bench, tx, row, found, suppression)?;
            self.claimed.records.push(line);
        }
        self.close(tx, NoticeState::Withdrawn, Some(why.as_str()))
    }

    /// The order waits for a person, and so does what was to be said about it.
    fn set_aside(&mut self, tx: &mut dyn Tx, row: &mut OrderRow) -> Result<(), StoreError> {
        let because = row.parked.iter().map(|why| Reason::SetAside { why: why.clone() }).collect();
        let suppression = self.without(Why::NeedsHuman, because);
        self.give_back(tx, row, suppression.why)?;
        if !row.told.suppressed.contains(&(self.notice.key.clone(), suppression.why)) {
            let line = wake::write_down(self.bench, tx, row, suppression, None)?;
            self.claimed.records.push(line);
        }
        self.close(tx, NoticeState::Withdrawn, Some("its order is set aside"))
    }

    /// The order forgets the notice, and what was set aside for it is free again.
    fn give_back(&mut self, tx: &mut dyn Tx, row: &mut OrderRow, why: Why) -> Result<(), StoreError> {
        row.told.withdraw(&self.notice.key);
        self.claimed.records.extend(grants::release(tx, &self.notice.key, why.as_str(), self.bench.now)?);
        Ok(())
    }

    fn without(&self, why: Why, because: Vec<Reason>) -> Suppression {
        Suppression { kind: self.notice.kind, key: self.notice.key.clone(), parcel_id: None, why, because, would: None }
    }

    fn close(&mut self, tx: &mut dyn Tx, state: NoticeState, outcome: Option<&str>) -> Result<(), StoreError> {
        let notice = &mut self.notice;
        notice.state = state;
        notice.updated_at = self.bench.now;
        notice.outcome = outcome.map(str::to_owned).or(notice.outcome.take());
        if state != NoticeState::Sending {
            notice.lease_token = None;
            notice.lease_until = None;
        }
        // The claim was made in this very transaction, so the token still holds.
        tx.notice_save(notice, self.token)?;
        Ok(())
    }
}

/// Anything the decision finds beside what lies in the outbox is the wake's to write down, at once.
fn next_look(row: &OrderRow, decision: &Decision, now: Instant) -> Option<Instant> {
    let waiting: BTreeSet<&str> = row.told.said.iter().map(|s| s.key.as_str()).collect();
    let due = decision.due.iter().map(|d| d.key.as_str());
    let mut news = due.chain(decision.suppressed.iter().map(|s| s.key.as_str())).filter(|key| !waiting.contains(key));
    if news.next().is_some() { Some(now) } else { decision.wake_at }
}

/// A grant may be told once it is set aside or given; one that a person or the coupon system may still refuse is not.
fn is_tellable(grant: &GrantRow) -> bool {
    matches!(grant.status, GrantStatus::Reserved | GrantStatus::Granted)
}
