//! Claims due notices and decides each again from the newest facts, in the same transaction.
//!
//! What is still right is composed and noted as on its way, delays of one buyer in one message; what is not is
//! withdrawn with the reason; what waits for quiet hours to end goes back. After this transaction stands, the message
//! may be sent, and only then.

use std::collections::BTreeSet;

use forewarn_core::because::Reason;
use forewarn_core::decide::join::COMPANIONS_MAX;
use forewarn_core::decide::{Decision, Due, Saying, Suppression};
use forewarn_core::ids::NoticeId;
use forewarn_core::notice::Why;
use forewarn_core::{Instant, Span};

use super::aside::Found;
use super::gate::{Admission, Gate};
use super::judge::{Bench, Dossier, Look};
use super::restored::{Restored, restored};
use super::{Engine, NoticeRecord, Record, Remark, aside, gate, grants, settle, uncertain, wake};
use crate::store::port::{NoticeRow, NoticeState, OrderRow};
use crate::store::{StoreError, Tx};

/// What a claim step did.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// Messages to send now, their notices noted as on their way.
    pub ready: Vec<Message>,
    /// What was withdrawn, and what became of compensations.
    pub records: Vec<Record>,
    /// How many notices were taken up; fewer than asked for means none is left.
    pub looked_at: usize,
}

/// What goes out at once to one buyer: one notice, or several that share subject, words and message id.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The first notice in it.
    pub lead: NoticeRow,
    /// The others, in the order in which they stand in it.
    pub others: Vec<NoticeRow>,
}

impl Message {
    /// All its notices.
    pub fn notices(&self) -> impl Iterator<Item = &NoticeRow> {
        std::iter::once(&self.lead).chain(&self.others)
    }
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
    /// Claims up to `limit` notices due at `now`, and with each the delays of the same buyer that go in its message.
    ///
    /// # Errors
    /// When the store fails; then nothing was claimed.
    pub fn claim(&self, tx: &mut dyn Tx, now: Instant, limit: usize, lease: &Lease) -> Result<Claimed, StoreError> {
        self.claim_through(&mut gate::Open, tx, now, limit, lease)
    }

    /// The same, where only what `gate` admits leaves now. What it does not waits in the outbox without a place on the
    /// wire, and is decided again when it comes back: one that is no longer right by then is withdrawn.
    ///
    /// # Errors
    /// When the store fails; then nothing was claimed.
    pub fn claim_through(
        &self,
        gate: &mut dyn Gate,
        tx: &mut dyn Tx,
        now: Instant,
        limit: usize,
        lease: &Lease,
    ) -> Result<Claimed, StoreError> {
        self.watch_clock(tx, now)?;
        let bench = Bench::set_up(self, tx, now)?;
        let restored = restored(tx)?;
        let rows = tx.notices_claim(now, lease.real_now, limit, &lease.token, lease.until)?;
        let claimed = Claimed { looked_at: rows.len(), ..Claimed::default() };
        let trying = gate.tries(&bench.down.keys().map(String::as_str).collect::<Vec<_>>());
        let mut step = Step { bench: &bench, gate, restored, lease, claimed, closed: BTreeSet::new(), trying };
        for notice in rows {
            if notice.state == NoticeState::Failed {
                step.claimed.records.extend(settle::give_up(tx, &notice, now)?);
            } else if !step.closed.contains(&notice.notice_id) {
                // One that left in the message of a notice before it is not taken up again.
                step.take_up(tx, notice)?;
            }
        }
        Ok(step.claimed)
    }
}

/// One claim step on its way through the outbox.
pub(super) struct Step<'a> {
    pub(super) bench: &'a Bench<'a>,
    gate: &'a mut dyn Gate,
    pub(super) restored: Option<Restored>,
    pub(super) lease: &'a Lease,
    pub(super) claimed: Claimed,
    /// Notices this step has found a state for.
    closed: BTreeSet<NoticeId>,
    /// Channels that fail and that one message may find out about.
    trying: Vec<String>,
}

/// An order that was decided again, with its notices that go out now.
pub(super) struct File {
    pub(super) row: OrderRow,
    pub(super) found: Dossier,
    pub(super) decision: Decision,
    pub(super) leaving: Vec<(NoticeRow, Due)>,
}

impl File {
    /// Whether one more of its notices may leave in the message.
    pub(super) fn has_room(&self) -> bool {
        self.leaving.len() <= COMPANIONS_MAX
    }
}

impl Step<'_> {
    fn take_up(&mut self, tx: &mut dyn Tx, mut notice: NoticeRow) -> Result<(), StoreError> {
        let mut row = match aside::load(tx, &notice.order)? {
            Found::Order(row) => *row,
            Found::Damaged => {
                return self.go_back(tx, notice, Some(self.bench.now + aside::REPAIR), Remark::Damaged);
            }
            Found::Nothing => {
                if notice.is_perhaps_taken() {
                    return self.keep_open(tx, notice, Remark::Gone);
                }
                return self.close(tx, &mut notice, NoticeState::Withdrawn, Some(Remark::Gone));
            }
        };
        if notice.is_perhaps_taken() && notice.feedback.as_deref().is_some_and(shows_arrival) {
            return self.close_arrived(tx, row, notice);
        }
        let look = Look { in_company: false, notice: Some(&notice), trying: &self.trying };
        let (found, decision) = match self.decide_again(tx, &mut row, &[&notice.key], look)? {
            Ok(found) => found,
            Err(parked) => {
                row.parked = Some(parked);
                self.set_aside(tx, &mut row, notice)?;
                return tx.orders_save(std::slice::from_ref(&row));
            }
        };
        row.told.stopped.extend(decision.stopped.iter().cloned());
        row.wake_at = next_look(&row, &decision, self.bench.now);
        let mut file = File { row, found, decision, leaving: Vec::new() };
        self.answer(tx, &mut file, notice)?;
        if file.leaving.is_empty() {
            return tx.orders_save(std::slice::from_ref(&file.row));
        }
        if let Some((until, why)) = self.no_room(&file) {
            for (notice, _) in std::mem::take(&mut file.leaving) {
                self.go_back(tx, notice, Some(until), why.clone())?;
            }
            return tx.orders_save(std::slice::from_ref(&file.row));
        }
        let files = self.gather(tx, file)?;
        self.send(tx, files)
    }

    /// Judges as if nothing were on record against the notices under `keys`, so that the decision names its reason
    /// even when that reason had held one back before. Else gives why the order is set aside.
    pub(super) fn decide_again(
        &self,
        tx: &mut dyn Tx,
        row: &mut OrderRow,
        keys: &[&String],
        look: Look<'_>,
    ) -> Result<Result<(Dossier, Decision), String>, StoreError> {
        if let Some(parked) = &row.parked {
            return Ok(Err(parked.clone()));
        }
        let told = uncertain::reopen(&mut row.told, keys);
        row.told.suppressed.retain(|(key, _)| !keys.contains(&key));
        let dossier = self.bench.judge_for(tx, row, look);
        row.told = told;
        let Some(mut found) = dossier? else { return Ok(Err(wake::UNREADABLE.into())) };
        let Some(decision) = found.decision.take() else { return Ok(Err(wake::UNDECIDABLE.into())) };
        Ok(Ok((found, decision)))
    }

    /// Does with a claimed notice what the decision says of it; one that is due leaves.
    pub(super) fn answer(&mut self, tx: &mut dyn Tx, file: &mut File, notice: NoticeRow) -> Result<(), StoreError> {
        if let Some(due) = file.decision.due.iter().find(|due| due.key == notice.key) {
            if let Some(before) = way_changed(&notice, due) {
                if notice.is_perhaps_taken() {
                    // The way on which it was perhaps taken is none any more.
                    file.row.wake_at = Some(self.bench.now);
                    return self.keep_open(tx, notice, Remark::Withdrawn(Why::NoAddress));
                }
                let (id, way) = (&notice.notice_id, due.reach.channel.as_str());
                tracing::warn!(notice.id = %id, before, way, "its channel fails for long; the notice takes another");
            }
            file.leaving.push((notice, due.clone()));
            Ok(())
        } else if file.decision.held.contains(&notice.key) {
            self.go_back(tx, notice, file.decision.wake_at, Remark::QuietHours)
        } else {
            self.withdraw(tx, file, notice)
        }
    }

    /// Until when what leaves has to wait for room on its channel, and why.
    fn no_room(&mut self, file: &File) -> Option<(Instant, Remark<'static>)> {
        let (_, due) = file.leaving.first()?;
        let (reach, channel) = (&due.reach, due.reach.channel.as_str());
        let paces = || self.bench.settings.pace_of(&file.found.order);
        let paced = due.kind.is_about_delay().then(paces).flatten();
        if let Some((incident, per_minute)) = paced
            && let Some(wait) = self.gate.turn_of(incident, per_minute)
        {
            return Some((self.bench.now + span_of(wait), Remark::Spread));
        }
        // Whatever comes of it, one message is enough to find out.
        self.trying.retain(|tried| tried != channel);
        match self.gate.admit(channel, reach.to.reveal()) {
            Admission::Go => {
                if let Some((incident, per_minute)) = paced {
                    self.gate.took_turn(incident, per_minute);
                }
                None
            }
            Admission::Wait(wait, why) => Some((self.bench.now + span_of(wait), why)),
        }
    }

    /// Waits in the outbox, as until quiet hours end, and is decided again then.
    pub(super) fn go_back(
        &mut self,
        tx: &mut dyn Tx,
        mut notice: NoticeRow,
        until: Option<Instant>,
        why: Remark<'_>,
    ) -> Result<(), StoreError> {
        notice.due_at = until.unwrap_or(notice.due_at);
        self.close(tx, &mut notice, NoticeState::Retry, Some(why))
    }

    fn withdraw(&mut self, tx: &mut dyn Tx, file: &mut File, mut notice: NoticeRow) -> Result<(), StoreError> {
        let File { row, found, decision, .. } = file;
        let own = decision.suppressed.iter().find(|s| s.key == notice.key).cloned();
        let suppression = own.unwrap_or_else(|| without(&notice, Why::Stale, vec![Reason::NoLongerDue]));
        let why = suppression.why;
        if notice.is_perhaps_taken() {
            // It was judged as if nothing had gone; from here on it counts as told again.
            row.wake_at = Some(self.bench.now);
            return self.keep_open(tx, notice, Remark::Withdrawn(why));
        }
        self.give_back(tx, row, &notice, why)?;
        if !row.told.suppressed.contains(&(notice.key.clone(), why)) {
            let line = wake::suppress(self.bench, tx, row, found, suppression)?;
            self.claimed.records.push(line);
        }
        self.close(tx, &mut notice, NoticeState::Withdrawn, Some(Remark::Withdrawn(why)))
    }

    /// The order waits for a person, and so does what was to be said about it.
    fn set_aside(&mut self, tx: &mut dyn Tx, row: &mut OrderRow, mut notice: NoticeRow) -> Result<(), StoreError> {
        if notice.is_perhaps_taken() {
            return self.keep_open(tx, notice, Remark::SetAside);
        }
        let because = row.parked.iter().map(|why| Reason::SetAside { why: why.clone() }).collect();
        let suppression = without(&notice, Why::NeedsHuman, because);
        self.give_back(tx, row, &notice, suppression.why)?;
        if !row.told.suppressed.contains(&(notice.key.clone(), suppression.why)) {
            let line = wake::write_down(self.bench, tx, row, suppression, None)?;
            self.claimed.records.push(line);
        }
        self.close(tx, &mut notice, NoticeState::Withdrawn, Some(Remark::SetAside))
    }

    /// It was perhaps taken at an earlier attempt, so it cannot be taken back; it is not sent again, and stays told.
    pub(super) fn keep_open(
        &mut self,
        tx: &mut dyn Tx,
        mut notice: NoticeRow,
        why: Remark<'_>,
    ) -> Result<(), StoreError> {
        self.close(tx, &mut notice, NoticeState::Unknown, Some(Remark::Open(Box::new(why))))
    }

    /// It arrived at the earlier attempt, as its channel has told since.
    fn close_arrived(&mut self, tx: &mut dyn Tx, mut row: OrderRow, mut notice: NoticeRow) -> Result<(), StoreError> {
        row.told.settle(&notice.key, Saying::Sent, self.bench.now);
        row.wake_at = Some(self.bench.now);
        self.close(tx, &mut notice, NoticeState::Sent, Some(Remark::Arrived("notice.feedback")))?;
        let record = notice.composed.as_ref().map(|composed| NoticeRecord::new(&notice, composed, self.bench.now));
        self.claimed.records.extend(record.map(|record| Record::Notice(Box::new(record))));
        tx.orders_save(std::slice::from_ref(&row))
    }

    /// The order forgets the notice, and what was set aside for it is free again.
    fn give_back(
        &mut self,
        tx: &mut dyn Tx,
        row: &mut OrderRow,
        notice: &NoticeRow,
        why: Why,
    ) -> Result<(), StoreError> {
        row.told.withdraw(&notice.key);
        self.claimed.records.extend(grants::release(tx, &notice.key, why.as_str(), self.bench.now)?);
        Ok(())
    }

    /// Writes the state down that this step has found for a notice it holds.
    pub(super) fn close(
        &mut self,
        tx: &mut dyn Tx,
        notice: &mut NoticeRow,
        state: NoticeState,
        outcome: Option<Remark<'_>>,
    ) -> Result<(), StoreError> {
        notice.state = state;
        notice.updated_at = self.bench.now;
        notice.outcome = outcome.map(|remark| remark.to_string()).or(notice.outcome.take());
        if state != NoticeState::Sending {
            notice.lease_token = None;
            notice.lease_until = None;
        }
        self.closed.insert(notice.notice_id.clone());
        // The claim was made in this very transaction, so the token still holds; what the store cannot find again under
        // its id would be sent again and again.
        if tx.notice_save(notice, &self.lease.token)? {
            return Ok(());
        }
        let id = notice.notice_id.to_string();
        let source = "claimed a moment ago, it is not found by its id".into();
        Err(StoreError::Damaged { what: "notice", id, source })
    }
}

/// The channel of the last attempt, if `due` goes another way.
fn way_changed<'n>(notice: &'n NoticeRow, due: &Due) -> Option<&'n str> {
    let before = notice.composed.as_ref().filter(|_| notice.attempts > 0)?;
    (before.channel != due.reach.channel.as_str()).then_some(before.channel.as_str())
}

fn span_of(wait: std::time::Duration) -> Span {
    Span::from_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Whether feedback of this name can only come from a notice that was taken.
fn shows_arrival(feedback: &str) -> bool {
    matches!(feedback, "delivered" | "opened" | "clicked" | "complained")
}

fn without(notice: &NoticeRow, why: Why, because: Vec<Reason>) -> Suppression {
    Suppression { kind: notice.kind, key: notice.key.clone(), parcel_id: None, why, because, would: None }
}

/// Anything the decision finds beside what lies in the outbox is the wake's to write down, at once.
pub(super) fn next_look(row: &OrderRow, decision: &Decision, now: Instant) -> Option<Instant> {
    let waiting: BTreeSet<&str> = row.told.said.iter().map(|s| s.key.as_str()).collect();
    let due = decision.due.iter().map(|d| d.key.as_str());
    let mut news = due.chain(decision.suppressed.iter().map(|s| s.key.as_str())).filter(|key| !waiting.contains(key));
    if news.next().is_some() { Some(now) } else { decision.wake_at }
}
