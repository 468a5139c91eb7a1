//! Sees when the business clock was set back, and has looked at again what the wrong one had timed.
//!
//! A clock that runs ahead gives orders and notices timers that lie ahead of the truth, and lets moments pass that have
//! not come. Once it is set right, nothing would look after them until then. So the newest time that any step saw is
//! kept, and a step that finds itself before it starts over: every open order is decided again, paced as a sweep.
//!
//! Each machine is compared with itself only: that two differ is no news at each of their steps, and is told by the
//! service, which compares them with the store's clock.

use std::collections::BTreeMap;

use forewarn_core::event::Scope;
use forewarn_core::{Instant, Span};

use super::Engine;
use crate::store::{StoreError, Tx};

/// Under which name the newest times are kept: JSON, milliseconds by machine.
const NOTE: &str = "clock";
/// How exact they are kept, so that not every step writes them. Our choice: far more than a clock is corrected by in
/// passing, far less than a buyer notices.
pub(super) const GRAIN: Span = Span::minutes(1);
/// Machines that are remembered; of more, those that were heard of longest ago are forgotten.
const MACHINES_MAX: usize = 32;

impl Engine {
    /// Takes note of `now`; what an earlier, later time of this machine had timed is due.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn watch_clock(&self, tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
        let mut newest = self.newest_times(tx.note_load(NOTE)?.as_deref());
        let own = newest.get(&self.machine).copied();
        let went_back = own.filter(|own| now + self.clock_grain < *own);
        if let Some(own) = went_back {
            tracing::warn!(
                clock.newest = %own, clock.now = %now,
                "the clock was set back; all open orders are looked at again"
            );
            tx.timers_cut(now)?;
            tx.observations_reopen(now)?;
            tx.sweep_start(&Scope::default())?;
        }
        if went_back.is_none() && own.is_some_and(|own| now < own + self.clock_grain) {
            return Ok(());
        }
        newest.insert(self.machine.clone(), now);
        forget_oldest(&mut newest);
        let times: BTreeMap<&str, i64> = newest.iter().map(|(machine, at)| (machine.as_str(), at.ms())).collect();
        tx.note_save(NOTE, &serde_json::json!(times).to_string())
    }

    /// The newest time of each machine. Earlier versions kept one for all, which counts as this machine's.
    fn newest_times(&self, note: Option<&str>) -> BTreeMap<String, Instant> {
        let Some(note) = note else { return BTreeMap::new() };
        if let Ok(ms) = note.parse() {
            return BTreeMap::from([(self.machine.clone(), Instant::from_ms(ms))]);
        }
        let times: BTreeMap<String, i64> = serde_json::from_str(note).unwrap_or_default();
        times.into_iter().map(|(machine, ms)| (machine, Instant::from_ms(ms))).collect()
    }
}

fn forget_oldest(newest: &mut BTreeMap<String, Instant>) {
    while newest.len() > MACHINES_MAX {
        let Some(oldest) = newest.iter().min_by_key(|(_, at)| **at).map(|(machine, _)| machine.clone()) else { return };
        newest.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::copy::Copy;
    use crate::engine::{Identity, Links, Shop, Shops};
    use crate::store::sqlite::Db;

    fn machine(name: &str) -> Engine {
        let identity = Identity {
            links: Links::new("https://example.com", b"secret"),
            shops: Shops { named: BTreeMap::new(), others: Shop::default() },
            live_since: None,
            shadow: true,
        };
        Engine::new(identity, Arc::new(Copy::builtin().without_html())).on(name.into())
    }

    fn at(minutes: i64) -> Instant {
        Instant::from_ms(1_772_409_600_000) + Span::minutes(minutes)
    }

    /// Whether a step at this time starts to look at all open orders again.
    fn starts_over(db: &mut Db, engine: &Engine, minutes: i64) -> bool {
        db.transact(&mut |tx| {
            engine.watch_clock(tx, at(minutes))?;
            let sweep = tx.sweep_next()?;
            sweep.as_ref().map_or(Ok(()), |sweep| tx.sweep_advance(sweep.id, None))?;
            Ok(sweep.is_some())
        })
        .expect("memory suffices")
    }

    #[test]
    fn machines_whose_clocks_differ_leave_each_other_in_peace() {
        let (mut db, ahead, right) = (Db::in_memory().expect("memory suffices"), machine("a"), machine("b"));
        for minute in 0..10 {
            assert!(!starts_over(&mut db, &ahead, minute + 60));
            assert!(!starts_over(&mut db, &right, minute));
        }
        assert!(starts_over(&mut db, &ahead, 10), "its clock was set right");
        assert!(!starts_over(&mut db, &right, 10) && !starts_over(&mut db, &ahead, 11));
    }

    #[test]
    fn steps_that_waited_their_turn_on_a_fast_clock_are_no_clock_set_back() {
        let (mut db, engine) = (Db::in_memory().expect("memory suffices"), machine("a").at_speed(1_800));
        assert!(!starts_over(&mut db, &engine, 1_800));
        assert!(!starts_over(&mut db, &engine, 1));
        assert!(starts_over(&mut db, &engine, -1));
    }

    #[test]
    fn what_an_earlier_version_kept_counts() {
        let (mut db, engine) = (Db::in_memory().expect("memory suffices"), machine("a"));
        let note = at(60).ms().to_string();
        db.transact(&mut |tx| tx.note_save(NOTE, &note)).expect("memory suffices");
        assert!(starts_over(&mut db, &engine, 0));
        assert!(!starts_over(&mut db, &engine, 1));
    }

    #[test]
    fn machines_that_came_and_went_are_forgotten() {
        let mut db = Db::in_memory().expect("memory suffices");
        let engine = machine("stays");
        for n in 0..100 {
            assert!(!starts_over(&mut db, &machine(&format!("pod-{n}")), n));
            assert!(!starts_over(&mut db, &engine, n));
        }
        let note = db.transact(&mut |tx| tx.note_load(NOTE)).expect("memory suffices").expect("it was saved");
        assert_eq!(engine.newest_times(Some(&note)).len(), MACHINES_MAX);
        assert!(starts_over(&mut db, &engine, 0));
    }
}
