//! Claims, answers of the mail server, and what is left on its way when a process dies.

use forewarn::engine::{Attempt, Lease, Message};
use forewarn::store::port::{NoticeRow, NoticeState};
use forewarn::store::{StoreError, Tx};
use forewarn_core::Span;

use crate::coupons::event;
use crate::disk::Edge;
use crate::post::Flight;
use crate::weather::Sort;
use crate::world::World;

/// How long a claim holds: the service's own default is of this order.
const LEASE: Span = Span::minutes(10);

impl World {
    /// Claims what is due and takes it to the post; whether there was anything.
    pub(crate) fn claim(&mut self, who: usize) -> bool {
        self.leases += 1;
        // What one notice says may depend on another of its order that was sent just before; twins, like `simulate`,
        // therefore claim one at a time.
        let (now, most) = (self.clock.now(), if self.sort == Sort::Twin { 1 } else { 6 });
        let limit = self.dice.up_to(most);
        let lease = Lease { token: format!("{who}-{}", self.leases), real_now: now, until: now + LEASE };
        // Between a claim and its answer nobody can know what became of a notice; twins are about all else.
        let edge = Edge::roll(&mut self.dice, self.weather.faults);
        let edge = if self.sort == Sort::Twin && edge == Edge::DiedAfter { Edge::DiedBefore } else { edge };
        let gate = self.gate(who);
        let outcome = self.attempt_up_to(who, "claim", edge, |engine, tx| {
            let next = tx.notices_next_due()?;
            // Asked anew if the step runs again: what the gate admitted before is void then.
            Ok((next, engine.claim_through(&mut gate.clone(), tx, now, limit, &lease)?))
        });
        let truth = outcome.truth.unwrap_or_else(|e| panic!("claim was refused: {e:?}"));
        let Some((next, claimed)) = truth else { return true };
        let (any, due) = (claimed.looked_at > 0, next.is_some_and(|at| at <= now));
        // A clock that was set back makes more due than was before the step.
        assert!(any == due || (self.sort == Sort::Clock && any), "at {now}, due was {next:?}");
        self.reference.record(&claimed.records);
        self.people.made_aware(&mut self.disk, now);
        for message in &claimed.ready {
            // One that waits for room on the wire may be taken along by another that has found some.
            let is_due = message.notices().any(|notice| notice.due_at <= now);
            assert!(is_due, "{} left before it was due", message.lead.key);
            for notice in message.notices() {
                self.reference.let_out(notice, &lease.token, lease.until);
                self.is_right(notice, now);
            }
            if outcome.alive {
                self.send(who, message.clone(), lease.token.clone());
            }
        }
        for id in self.reference.doubtful() {
            let row = self.disk.look(|tx| tx.notice_load(&id)).expect("what left the outbox stands in it");
            if row.state != NoticeState::Retry {
                self.reference.closes(&row);
            }
        }
        claimed.looked_at > 0
    }

    fn send(&mut self, who: usize, message: Message, token: String) {
        let (now, sender) = (self.clock.truth, (who, self.members[who].life));
        let id = message.lead.notice_id.clone();
        self.begins(who, &message);
        let delivered = self.post.take(&mut self.dice, self.weather.moody, now, LEASE, (message, token, sender));
        if delivered && self.sort == Sort::Storm && self.dice.chance(20) {
            let at = now + self.dice.minutes(2_000);
            let outcome = self.dice.of(&["delivered", "opened", "bounced"]);
            let data = serde_json::json!({ "notice_id": id, "outcome": outcome });
            let bytes = event(&format!("{id}-{outcome}"), "notice.feedback", at, &data);
            let place = self.broker.place_of("notice.feedback", id.as_str());
            self.broker.expect(at, place, bytes);
        }
    }

    /// Notes an answer that is there; whether there was one.
    pub(crate) fn hear_answer(&mut self) -> bool {
        let Some(place) = self.post.answered(self.clock.truth) else { return false };
        let flight = self.post.flights[place].clone();
        let (who, life) = flight.sender;
        // Whoever asked is dead: the answer reaches nobody.
        if self.members[who].life != life {
            self.post.flights.remove(place);
            return true;
        }
        self.hears(who, &flight);
        let edge = Edge::roll(&mut self.dice, self.weather.faults);
        let edge = if self.sort == Sort::Twin && edge != Edge::Kept { Edge::Undone } else { edge };
        let (kept, alive) = self.settle(who, &flight, edge);
        if kept && alive {
            self.post.flights.remove(place);
        }
        true
    }

    /// Writes an outcome down; it may count only while the lease is the sender's own.
    fn settle(&mut self, who: usize, flight: &Flight, edge: Edge) -> (bool, bool) {
        let now = self.clock.now();
        let Flight { message, token, answer, .. } = flight;
        let outcome = self.attempt_up_to(who, "settle", edge, |engine, tx| {
            let before = rows_of(tx, message)?;
            let records = engine.settle_message(tx, message, token, answer, now)?;
            Ok((before, records, rows_of(tx, message)?))
        });
        let truth = outcome.truth.unwrap_or_else(|e| panic!("settle was refused: {e:?}"));
        let Some((before, records, after)) = truth else { return (false, outcome.alive) };
        for (before, after) in before.into_iter().zip(after) {
            match self.reference.settles(&before.notice_id, token, answer) {
                Some(right) => assert_eq!(after.state, right, "the outcome of {} was not noted", before.key),
                None => assert_eq!(before, after, "{} was settled by one who had lost it", before.key),
            }
        }
        self.reference.record(&records);
        (true, outcome.alive)
    }

    /// Lists as unknown what dead processes left on its way; whether there was anything.
    pub(crate) fn settle_stranded(&mut self, who: usize) -> bool {
        let (now, limit) = (self.clock.now(), self.dice.up_to(4));
        let (truth, _) = self.done(who, "settle_stranded", |engine, tx| {
            let found = tx.notices_stranded(now, limit)?;
            Ok((engine.settle_stranded(tx, now, now, limit)?, found))
        });
        let Some((count, found)) = truth else { return true };
        let right = self.reference.stranded(now);
        // A lease that a wrong clock made too long is cut once it is right again, which the model leaves open.
        let cut = self.sort == Sort::Clock;
        assert!(count == found.len() && (count == right.len().min(limit) || cut), "found {count} of {right:?}");
        for notice in &found {
            let over = cut || right.contains(&notice.notice_id);
            assert!(over, "{} was given up while its lease held", notice.key);
            let token = notice.lease_token.clone().unwrap_or_default();
            let lost = Attempt::Unknown { reason: String::new() };
            let right = self.reference.settles(&notice.notice_id, &token, &lost);
            let row = self.disk.look(|tx| tx.notice_load(&notice.notice_id)).expect("it stands in the outbox");
            assert_eq!(Some(row.state), right, "{} was left on its way", notice.key);
        }
        count > 0
    }
}

/// The rows of a message's notices as they stand.
fn rows_of(tx: &mut dyn Tx, message: &Message) -> Result<Vec<NoticeRow>, StoreError> {
    let rows = message.notices().map(|notice| tx.notice_load(&notice.notice_id));
    rows.map(|row| row.map(|row| row.expect("what left the outbox stands in it"))).collect()
}
