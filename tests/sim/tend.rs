//! Timers, learning, sweeps, coupons, and telling the outside.

use forewarn::engine::Engine;
use forewarn::store::Tx;
use forewarn::store::port::{NoticeState, OrderRow, Origin};
use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;

use crate::weather::Sort;
use crate::world::World;

impl World {
    /// Looks at orders whose time has come; whether there were any.
    pub(crate) fn wake(&mut self, who: usize) -> bool {
        let (now, limit) = (self.clock.now(), self.dice.up_to(8));
        let (truth, _) = self.done(who, "wake", |engine, tx| {
            let (next, due) = (tx.orders_next_wake()?, tx.orders_due(now, limit)?);
            let woken = engine.wake(tx, now, limit)?;
            let keys: Vec<_> = due.iter().map(|row| row.key.clone()).collect();
            let after: Vec<OrderRow> = tx.orders_load(&keys)?.into_iter().flatten().collect();
            Ok((next, due, woken, after, tx.orders_next_wake()?))
        });
        let Some((next, due, woken, after, left)) = truth else { return true };
        in_due_order(now, next, &due, left);
        // A clock that was set back makes more due than was before the step.
        for row in &due {
            self.people.unaware.remove(&row.key);
        }
        assert!(woken.orders == due.len() || (self.sort == Sort::Clock && woken.orders > due.len()));
        for row in after {
            assert!(row.wake_at.is_none_or(|at| at > now), "{} was woken and is due still", row.key);
            assert_eq!(row.parked, None, "{} was set aside", row.key);
        }
        self.reference.record(&woken.records);
        woken.orders > 0
    }

    pub(crate) fn learn(&mut self, who: usize) -> bool {
        let now = self.clock.now();
        let both = |engine: &Engine, tx: &mut dyn Tx| Ok(engine.watch_incidents(tx, now)? | engine.learn(tx, now)?);
        let (learned, _) = self.done(who, "learn", both);
        learned.unwrap_or(true)
    }

    pub(crate) fn sweep(&mut self, who: usize) -> bool {
        let (now, limit) = (self.clock.now(), self.dice.up_to(3));
        let (more, _) = self.done(who, "sweep", |engine, tx| engine.sweep(tx, now, limit));
        more.unwrap_or(true)
    }

    /// Asks the coupon system in three steps, as the publisher does: read, ask, mark. Whether there was anything.
    pub(crate) fn ask_coupons(&mut self, who: usize) -> bool {
        let (now, limit) = (self.clock.now(), self.dice.up_to(4));
        if self.sort == Sort::Twin {
            let (records, _) = self.done(who, "grant_at_once", |engine, tx| engine.grant_at_once(tx, now, limit));
            let Some(records) = records else { return true };
            self.reference.record(&records);
            return !records.is_empty();
        }
        let waiting = self.disk.look(|tx| tx.grants_to_request(limit));
        for grant in &waiting {
            for (at, bytes) in self.coupons.ask(&mut self.dice, self.clock.truth, grant) {
                let place = self.broker.place_of("grant.result", grant.grant_id.as_str());
                self.broker.expect(at, place, bytes);
            }
        }
        if waiting.is_empty() {
            return false;
        }
        self.done(who, "mark_asked", |_, tx| {
            for grant in &waiting {
                let known = tx.grant_load(&grant.grant_id)?.filter(|g| g.requested_at.is_none());
                if let Some(mut grant) = known {
                    grant.requested_at = Some(now);
                    tx.grant_save(&grant)?;
                }
            }
            Ok(())
        });
        true
    }

    /// Tells the outside of ends and of dead letters; whether there were any.
    pub(crate) fn announce(&mut self, who: usize) -> bool {
        let (now, limit) = (self.clock.now(), self.dice.up_to(5));
        let (ends, letters) =
            self.disk.look(|tx| Ok((tx.notices_to_announce(limit)?, tx.dead_letters_to_publish(limit)?)));
        if ends.is_empty() && letters.is_empty() {
            return false;
        }
        let told: Vec<(NoticeId, NoticeState)> = ends.into_iter().map(|n| (n.notice_id, n.state)).collect();
        let origins: Vec<Origin> = letters.into_iter().map(|letter| letter.origin).collect();
        self.people.announced.extend(told.iter().cloned());
        for origin in &origins {
            let place = (origin.topic.clone(), origin.partition);
            assert!(self.reference.refused.contains(&(place, origin.offset)), "{origin:?} is no dead letter");
            self.people.published.insert(((origin.topic.clone(), origin.partition), origin.offset));
        }
        self.done(who, "mark_announced", |_, tx| {
            tx.notices_announced(&told)?;
            tx.dead_letters_published(&origins, now)
        });
        true
    }
}

/// The orders that are woken first are those that are due first, and none before its time.
fn in_due_order(now: Instant, next: Option<Instant>, due: &[OrderRow], left: Option<Instant>) {
    let times: Vec<Instant> = due.iter().filter_map(|row| row.wake_at).collect();
    assert_eq!(times.len(), due.len());
    assert!(times.is_sorted() && times.iter().all(|at| *at <= now), "woken at {now}: {times:?}");
    assert_eq!(times.first().copied(), next.filter(|at| *at <= now), "the first is not first");
    let last = times.last().copied().filter(|_| left.is_some());
    assert!(last.is_none_or(|last| left >= Some(last)), "{left:?} was passed over for {times:?}");
}
