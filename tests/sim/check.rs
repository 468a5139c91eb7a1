//! What must hold at every claim, at every rest, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use forewarn::engine::{Dossier, dossier};
use forewarn::store::Tx;
use forewarn::store::port::{Book, NoticeRow, NoticeState, OrderRow};
use forewarn_core::decide::{Saying, Suppression, Told};
use forewarn_core::grant::GrantStatus;
use forewarn_core::instant::LATEST;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::order::Order;
use forewarn_core::{Instant, OrderKey, Span};

use crate::dice::Dice;
use crate::people::{LEAD_MAX, QUIET_MAX};
use crate::weather::Sort;
use crate::world::World;

/// How soon an order at risk is looked at again (contract).
const REVIEW: Span = Span::hours(2);
/// How long past its promise an open order must have been admitted late: quiet hours have passed by then.
const ADMITTED_BY: Span = Span::hours(24);

impl World {
    /// A notice that leaves is true by everything that was accepted until now.
    pub(crate) fn is_right(&self, notice: &NoticeRow, now: Instant) {
        let order = self.reference.order(&notice.order);
        let composed = notice.composed.as_ref().expect("what leaves has words");
        let (key, ship_by) = (&notice.key, composed.ship_by);
        assert!(order.notify, "{key} left though the shop wants no notices for the order");
        let about_waiting =
            matches!(notice.kind, Kind::DelayWarning | Kind::DelayUpdate | Kind::PromiseMissed | Kind::OrderAccepted);
        assert!(!about_waiting || order.live_lines().next().is_some(), "{key} left for a cancelled order");
        assert!(!about_waiting || order.is_open(), "{key} left for an order that was shipped");
        match notice.kind {
            Kind::PromiseMissed => assert!(ship_by.is_some_and(|at| at <= now), "{key} left before {ship_by:?}"),
            Kind::DelayWarning => {
                let from = ship_by.map(|at| at - self.lead(&order));
                assert!(from.is_some_and(|from| from <= now), "{key} left at {now}, before {from:?}");
            }
            _ => {}
        }
        if let Some(grant) = &composed.grant_id {
            let entry = self.reference.ledger.0.iter().find(|(id, _)| id.as_str() == grant);
            let status = entry.map(|(_, e)| e.status);
            let tellable = matches!(status, Some(GrantStatus::Reserved | GrantStatus::Granted));
            assert!(tellable, "{key} tells of a coupon that is {status:?}");
        }
    }

    /// The longest a warning may leave before ship-by.
    fn lead(&self, order: &Order) -> Span {
        let postponed = self
            .reference
            .facts(&order.key)
            .entries()
            .iter()
            .any(|e| matches!(e.event, forewarn_core::event::OrderEvent::Changed(_)));
        let reported = !order.exceptions.is_empty() || order.expected_ship.is_some() || postponed;
        if reported || self.reference.conditions {
            self.reference.policy.base().warn.certain_lead
        } else {
            Span::hours(LEAD_MAX) + Span::minutes(QUIET_MAX)
        }
    }

    /// Decides every order anew: what that finds due was taken up already, or will be looked at in time. At the end it
    /// must have been taken up.
    pub(crate) fn look_anew(&mut self, at_the_end: bool) {
        let now = self.clock.now();
        self.looks += 1;
        for key in self.reference.orders() {
            let engine = &self.members[0].engine;
            let Some((row, found)) = self.disk.look(|tx| dossier(engine, tx, &key, now)) else { continue };
            let (missing, leaves) = unanswered(&row, &found);
            // What would be suppressed now, as by a pause, may wait for the hour for which it is held; and a policy that
            // frees it sooner is swept over open orders only.
            let until = if leaves && found.order.is_open() { now + REVIEW } else { LATEST };
            let mut in_time = row.wake_at.is_some_and(|at| at <= until);
            if !missing.is_empty() && !in_time {
                // A notice that goes once more is judged as if it had not gone; what becomes of it wakes the order.
                let notices = self.disk.look(|tx| tx.notices_of(&key));
                in_time = notices.iter().any(NoticeRow::is_perhaps_taken);
            }
            // At the end nobody is left to look, unless the order is one of those that are looked at every two hours.
            in_time &= !at_the_end || row.wake_at.is_some_and(|at| at <= now + REVIEW);
            let woken_at = row.wake_at;
            assert!(missing.is_empty() || in_time, "at {now} nobody looks after {missing:?}: woken at {woken_at:?}");
        }
    }

    /// Everything that must be true when nothing is left to do.
    pub(crate) fn at_the_end(&mut self) {
        self.intake_is_complete();
        self.look_anew(true);
        let mut notices = Vec::new();
        for key in self.reference.orders() {
            let found = self.disk.look(|tx| Ok((tx.orders_load(std::slice::from_ref(&key))?, tx.notices_of(&key)?)));
            let row = found.0.into_iter().flatten().next().unwrap_or_else(|| panic!("{key} is lost"));
            assert!(row.facts == self.reference.facts(&key), "{key} reads other than its events");
            assert_eq!(row.parked, None, "{key}");
            self.nothing_is_silent(&row);
            self.nothing_is_forgotten(&row, &found.1);
            self.the_desk_is_right(&row, &found.1);
            notices.extend(found.1);
        }
        self.notices_balance(&notices);
        self.money_balances(&notices);
        self.everything_was_told(&notices);
    }

    /// Everything is told again, what is past its time is deleted, and everything is told once more: nobody hears of it.
    pub(crate) fn everything_again(&mut self, dice: &mut Dice) {
        let (delivered, facts) = (self.post.delivered.clone(), self.disk.look(|tx| tx.facts_digest()));
        self.broker.repeat_all(dice, |_| true);
        self.rest();
        self.intake_is_complete();
        assert_eq!(self.disk.look(|tx| tx.facts_digest()), facts, "repeats changed the facts");
        assert_eq!(self.post.delivered, delivered, "repeats reached a buyer");
        let now = self.clock.now();
        let sums =
            |tx: &mut dyn Tx| Ok((tx.notice_counts()?, tx.grant_totals(None)?, tx.books()?, tx.desk_sums(None)?));
        let counts = self.disk.look(sums);
        while self.disk.look(|tx| tx.prune(now, 20)) > 0 {}
        assert_eq!(self.disk.look(sums), counts);
    }

    /// Each message was read once and stands in one account; each partition stands at its end.
    fn intake_is_complete(&mut self) {
        let (offsets, books, sweep, due) =
            self.disk.look(|tx| Ok((tx.offsets()?, tx.books()?, tx.sweep_next()?, tx.orders_next_wake()?)));
        for (topic, partition, offset) in offsets {
            let place = (topic, partition);
            assert_eq!(offset.next.unwrap_or(0), self.broker.end(&place), "{place:?} was not read to its end");
            assert_eq!(Some(&(offset.epoch, offset.next)), self.reference.offsets.get(&place), "{place:?}");
        }
        let sum = |wanted: &[Book]| books.iter().filter(|(b, _)| wanted.contains(b)).map(|(_, n)| n).sum::<u64>();
        let right = self.reference.answers;
        let accounts = [&[Book::Applied, Book::Stale][..], &[Book::Repeated], &[Book::DeadLetters]].map(sum);
        assert_eq!(accounts, right, "applied or stale, repeated, dead letters");
        assert_eq!((sum(&[Book::Read]), sum(&[Book::Parked])), (right.iter().sum(), 0));
        let arrived: i64 = self.broker.places().iter().map(|place| self.broker.end(place)).sum();
        assert_eq!(i64::try_from(right.iter().sum::<u64>()), Ok(arrived), "not every message was read once");
        assert_eq!(sweep, None, "a sweep was left");
        let now = self.clock.now();
        assert!(due.is_none_or(|at| at > now), "an order was due at {due:?}");
    }

    /// Notices nobody can be in doubt about have an answer for every order: confirmation, handover, arrival, and a word
    /// where a promise was broken.
    fn nothing_is_silent(&self, row: &OrderRow) {
        let order = self.reference.order(&row.key);
        if order.placed_at.is_none() || order.paid_at.is_none() {
            return;
        }
        let mut due = vec![key_of(&row.key, Kind::OrderAccepted, "paid")];
        for parcel in order.parcels.iter().filter(|p| p.handed_over_at().is_some()) {
            due.push(key_of(&row.key, Kind::Shipped, parcel.id.as_str()));
            due.extend(parcel.delivered_at.map(|_| key_of(&row.key, Kind::Delivered, parcel.id.as_str())));
        }
        for key in due {
            assert!(is_answered(&row.told, &key), "{key} was due and nothing says what became of it");
        }
        let ship_by = self.policy_promise(&order).filter(|_| order.is_open());
        let late = ship_by.is_some_and(|at| at + ADMITTED_BY < self.clock.now());
        let words = [Kind::DelayWarning, Kind::PromiseMissed].map(|kind| key_of(&row.key, kind, ""));
        let told = answered_keys(&row.told).any(|key| words.iter().any(|w| key.starts_with(w.as_str())));
        assert!(!late || told, "{} was promised for {ship_by:?}, is open, and nobody was told", row.key);
    }

    fn policy_promise(&self, order: &Order) -> Option<Instant> {
        forewarn_core::promise::binding(order, self.reference.policy.base()).map(|p| p.value)
    }

    /// What the order remembers, the outbox, and what was seen to leave say the same.
    fn nothing_is_forgotten(&self, row: &OrderRow, notices: &[NoticeRow]) {
        for said in &row.told.said {
            let notice = notices.iter().find(|n| n.key == said.key);
            let state = notice.map(|n| n.state).unwrap_or_else(|| panic!("{} is in no outbox", said.key));
            let right = match said.state {
                Saying::Pending => panic!("{} waits for ever at {}: {notice:?}", said.key, self.clock.now()),
                Saying::Sent => NoticeState::Sent,
                Saying::Failed => NoticeState::Failed,
                Saying::Unknown => NoticeState::Unknown,
            };
            assert_eq!(state, right, "{}", said.key);
        }
        for notice in notices {
            let known = row.told.find(&notice.key).is_some();
            let gone = notice.state == NoticeState::Withdrawn;
            let why = row.told.suppressed.iter().any(|(key, _)| *key == notice.key);
            assert!(known != gone, "{} is {:?} and its order does not know", notice.key, notice.state);
            assert!(!gone || why, "{} was withdrawn in silence", notice.key);
        }
    }

    /// Each notice has one end, the one that was seen; each reached its buyer at most once, or twice where the policy had
    /// it sent again because its first outcome was lost.
    fn notices_balance(&self, notices: &[NoticeRow]) {
        let keys: BTreeSet<&str> = notices.iter().map(|n| n.key.as_str()).collect();
        assert_eq!(keys.len(), notices.len(), "a dedupe key has two notices");
        for notice in notices {
            let (key, state) = (&notice.key, notice.state);
            let out = self.reference.out.get(&notice.notice_id);
            let delivered = self.post.delivered.get(key).copied().unwrap_or(0);
            let seen = out.map(|o| o.state);
            let most = 1 + u32::from(out.is_some_and(|o| o.resent));
            match state {
                NoticeState::Sent => {
                    assert!(seen == Some(state) && (1..=most).contains(&delivered), "{key}: {seen:?}, {delivered}");
                }
                NoticeState::Failed => assert_eq!((seen, delivered), (Some(state), 0), "{key}"),
                NoticeState::Unknown => {
                    assert!(seen == Some(state) && delivered <= most, "{key}: {seen:?}, {delivered}");
                }
                NoticeState::Withdrawn => {
                    assert!(matches!(seen, None | Some(NoticeState::Retry)) && delivered == 0, "{key}: {seen:?}");
                    assert!(out.is_none_or(|o| !o.in_doubt), "{key} was perhaps taken and is taken back");
                }
                _ => panic!("{key} is {state:?} when nothing is left to do"),
            }
        }
        for key in self.post.delivered.keys() {
            assert!(keys.contains(key.as_str()), "{key} reached its buyer and stands nowhere");
        }
    }

    /// The ledger is the one that was recorded, and no coupon that was told was taken back.
    fn money_balances(&mut self, notices: &[NoticeRow]) {
        let mut sums = BTreeMap::<(String, GrantStatus), (u64, i64)>::new();
        let mut rows = 0;
        for key in self.reference.orders() {
            for grant in self.disk.look(|tx| tx.grants_of(&key)) {
                rows += 1;
                let entry = &self.reference.ledger.0[&grant.grant_id];
                assert_eq!((entry.status, entry.amount), (grant.status, grant.money.amount), "{}", grant.grant_id);
                let sum = sums.entry((key.merchant_id.to_string(), grant.status)).or_default();
                *sum = (sum.0 + 1, sum.1 + grant.money.amount.thousandths());
                let notice = notices.iter().find(|n| n.key == grant.notice_key).expect("a grant has its notice");
                let waits = matches!(grant.status, GrantStatus::Reserved | GrantStatus::NeedsApproval);
                let gone = matches!(notice.state, NoticeState::Withdrawn | NoticeState::Failed);
                assert!(!(waits && gone), "{} did not go out and its coupon is still set aside", notice.key);
                let told = notice.composed.as_ref().is_some_and(|c| c.grant_id.is_some());
                let told = told && matches!(notice.state, NoticeState::Sent | NoticeState::Unknown);
                assert!(!told || grant.status != GrantStatus::Released, "{} was told and taken back", notice.key);
                let given = self.coupons.asked.get(grant.grant_id.as_str()).is_some_and(|(_, given)| *given);
                let right = grant.status != GrantStatus::Granted || given || self.sort == Sort::Twin;
                assert!(right, "{} stands as granted and never was", grant.grant_id);
            }
        }
        assert_eq!(rows, self.reference.ledger.0.len());
        let totals = self.disk.look(|tx| tx.grant_totals(None));
        let totals: BTreeMap<_, _> = totals.into_iter().map(|t| ((t.0.to_string(), t.1), (t.3, t.4))).collect();
        assert_eq!(totals, sums);
    }

    /// The outside heard of each end, its last state last, and of every event that could not be taken.
    fn everything_was_told(&self, notices: &[NoticeRow]) {
        for notice in notices {
            let last = self.people.announced.iter().rev().find(|(id, _)| *id == notice.notice_id);
            assert_eq!(last.map(|(_, state)| *state), Some(notice.state), "{} was announced otherwise", notice.key);
        }
        assert!(self.people.published == self.reference.refused, "the dead letters that were published are others");
    }
}

/// The key of a notice of `kind` about the order.
fn key_of(order: &OrderKey, kind: Kind, rest: &str) -> String {
    let segment = |id: &str| id.replace('%', "%25").replace('/', "%2F");
    format!("{}/{}/{kind}/{rest}", segment(order.merchant_id.as_str()), segment(order.order_id.as_str()))
}

fn is_answered(told: &Told, key: &str) -> bool {
    told.find(key).is_some() || told.suppressed.iter().any(|(known, _)| known == key)
}

fn answered_keys(told: &Told) -> impl Iterator<Item = &str> {
    let said = told.said.iter().map(|s| s.key.as_str());
    said.chain(told.suppressed.iter().map(|(key, _)| key.as_str()))
}

/// Keys a decision taken anew finds due, of which nothing is on record. Why a warning never went out is told only if the
/// order would have been at risk when its window began; whoever looks later sees another forecast, and nobody loses.
/// Also whether any of them would leave now.
fn unanswered(row: &OrderRow, found: &Dossier) -> (Vec<String>, bool) {
    let decision = found.decision.as_ref().expect("an order that can be decided");
    let open = |key: &&String| !is_answered(&row.told, key);
    let due: Vec<String> = decision.due.iter().map(|d| &d.key).filter(open).cloned().collect();
    let explains = |s: &&Suppression| s.kind == Kind::DelayWarning && matches!(s.why, Why::Shipped | Why::Cancelled);
    let not = decision.suppressed.iter().filter(|s| !explains(s) && open(&&s.key));
    let leaves = !due.is_empty();
    (due.into_iter().chain(not.map(|s| format!("{} ({})", s.key, s.why))).collect(), leaves)
}
