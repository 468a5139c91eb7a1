//! The coupon system: asked again after crashes, answering late, twice or never. No compensation is given twice.
//!
//! Its duty is the contract's: a `grant_id` it knows is answered as before and given once. Ours is that one notice has one
//! id and one amount whatever happens, that nothing is asked for which is not on record, and that answers are taken once.

use std::collections::{BTreeMap, VecDeque};

use forewarn::engine::{Attempt, GrantFate, Record};
use forewarn::store::StoreError;
use forewarn::store::port::GrantRow;
use forewarn_core::Span;
use forewarn_core::event::{GrantAnswer, GrantResult};
use forewarn_core::grant::GrantStatus;
use serde_json::json;

use crate::invariants::floor::{Floor, about, at, event, placed, sent};
use crate::invariants::generated::Dice;

/// Compensations in one world, and how many such worlds the long form plays: each with faults of its own.
const ORDERS: usize = 1_000;
const WORLDS: u64 = 100;
/// How many orders are taken up in one step.
const STEP: usize = 100;

const POLICY: &str = "[delivery]\nuncertain = \"resend\"\n[compensation]\nper_merchant_day = \"10000000.00\"\n";

/// The coupon system.
#[derive(Default)]
struct Coupons {
    /// What it gave, by grant.
    given: BTreeMap<String, String>,
    asked: usize,
    repeated: usize,
    lost: usize,
    /// Answers on their way: in how many rounds, and what they say.
    answers: VecDeque<(u64, Vec<u8>)>,
}

impl Coupons {
    fn ask(&mut self, dice: &mut Dice, grant: &GrantRow) {
        self.asked += 1;
        let (id, amount) = (grant.grant_id.to_string(), grant.money.amount_text());
        let before = self.given.insert(id.clone(), amount.clone());
        if let Some(before) = before {
            self.repeated += 1;
            assert_eq!(before, amount, "grant {id} was asked for again with another amount");
        }
        // 10 % come after the one who asked has stopped waiting, 5 % never.
        if dice.chance(5) {
            self.lost += 1;
            return;
        }
        let rounds = if dice.chance(10) { 5 + dice.below(20) } else { 1 };
        let data = json!({ "grant_id": id, "status": "granted", "code": format!("C-{id}") });
        let answer = event("03 10:00", "grant.result", data).to_string().into_bytes();
        for _ in 0..if dice.chance(10) { 3 } else { 1 } {
            self.answers.push_back((rounds, answer.clone()));
        }
    }

    /// What arrives in this round, at most a batch.
    fn arrive(&mut self) -> Vec<Vec<u8>> {
        let (mut now, mut later) = (Vec::new(), VecDeque::new());
        for (rounds, answer) in self.answers.drain(..) {
            if rounds <= 1 && now.len() < STEP {
                now.push(answer);
            } else {
                later.push_back((rounds.saturating_sub(1).max(1), answer));
            }
        }
        self.answers = later;
        now
    }
}

struct Play {
    floor: Floor,
    coupons: Coupons,
    dice: Dice,
    kills: usize,
    lost_mails: usize,
    /// Whether the coupon system would give twice.
    once: bool,
}

impl Play {
    fn new(world: u64, once: bool) -> Self {
        let mut floor = Floor::new();
        floor.policy(POLICY);
        floor.now = at("02 10:00");
        for first in (0..ORDERS).step_by(STEP) {
            let events: Vec<Vec<u8>> = (first..first + STEP)
                .flat_map(|n| {
                    let id = n.to_string();
                    let paid = event("02 10:00", "order.paid", about(&id, json!({})));
                    let placed = event("02 09:59", "order.placed", placed(&id, json!({})));
                    [placed, paid].map(|event| event.to_string().into_bytes())
                })
                .collect();
            floor.batch(&events.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        floor.now = at("03 10:00");
        Self { floor, coupons: Coupons::default(), dice: Dice::new(11 + world), kills: 0, lost_mails: 0, once }
    }

    fn killed(&mut self) -> bool {
        let killed = self.dice.chance(30);
        self.kills += usize::from(killed);
        killed
    }

    /// Runs a step whose process may be killed before it is kept; it is then run again in the next round.
    fn step<R>(
        &mut self,
        mut step: impl FnMut(&forewarn::engine::Engine, &mut dyn forewarn::store::Tx) -> Result<R, StoreError>,
    ) -> Option<R> {
        let killed = self.killed();
        let engine = &self.floor.engine;
        let done = self.floor.db.transact(&mut |tx| {
            let done = step(engine, tx)?;
            if killed { Err(StoreError::Stopped) } else { Ok(done) }
        });
        assert!(killed || done.is_ok(), "a step failed by itself");
        done.ok()
    }

    /// Asks as the publisher does: reads what waits, tells the coupon system, marks it. A kill in between repeats it.
    fn ask(&mut self) -> usize {
        let waiting = self.floor.run(|_, tx| tx.grants_to_request(STEP));
        for grant in &waiting {
            self.coupons.ask(&mut self.dice, grant);
        }
        let (now, ids) = (self.floor.now, waiting.iter().map(|g| g.grant_id.clone()).collect::<Vec<_>>());
        self.step(|_, tx| {
            for id in &ids {
                if let Some(mut grant) = tx.grant_load(id)?.filter(|g| g.requested_at.is_none()) {
                    grant.requested_at = Some(now);
                    tx.grant_save(&grant)?;
                }
            }
            Ok(())
        });
        waiting.len()
    }

    /// Asks a coupon system that would give twice, as the publisher does: marks what waits, tells, and asks no more. A
    /// kill before the mark leaves it to be asked; one after it leaves nobody knowing, so that a person looks.
    fn ask_once(&mut self) -> usize {
        let waiting = self.floor.run(|_, tx| tx.grants_to_request(STEP));
        let now = self.floor.now;
        let marked = self.step(|_, tx| {
            for grant in &waiting {
                tx.grant_save(&GrantRow { requested_at: Some(now), ..grant.clone() })?;
            }
            Ok(())
        });
        let left = if marked.is_some() && !self.killed() { waiting.len() } else { 0 };
        for grant in waiting.iter().take(left) {
            self.coupons.ask(&mut self.dice, grant);
        }
        waiting.len()
    }

    /// Whoever looks into the coupon system knows what it gave; what was never asked for is asked for again.
    fn look_into_the_coupon_system(&mut self) -> usize {
        let now = self.floor.now;
        let unanswered = self.floor.run(|_, tx| tx.grants_unanswered(now - Span::hours(4), STEP));
        for grant in &unanswered {
            let given = self.coupons.given.contains_key(grant.grant_id.as_str());
            let granted = GrantResult { status: GrantAnswer::Granted, code: None, reason: None };
            let fate = if given { GrantFate::Answered(granted) } else { GrantFate::NeverAsked };
            let resolved = self.floor.run(|engine, tx| engine.grant_resolve(tx, &grant.grant_id, &fate, "lin", now));
            assert!(resolved.is_some(), "it waits for an answer");
        }
        unanswered.len()
    }

    fn waits_for_an_answer(&mut self) -> bool {
        let soon = self.floor.now + Span::hours(1);
        self.floor.run(|_, tx| tx.grants_unanswered(soon, 1)).len() == 1
    }

    /// Answers are taken in; a kill afterwards has them read again.
    fn hear(&mut self) -> usize {
        let arrived = self.coupons.arrive();
        let batch: Vec<&[u8]> = arrived.iter().map(Vec::as_slice).collect();
        self.floor.batch(&batch);
        if self.killed() {
            self.floor.batch(&batch);
        }
        arrived.len()
    }

    fn deliver(&mut self) -> usize {
        let now = self.floor.now;
        let lease = forewarn::engine::Lease { token: "t".into(), real_now: now, until: now + Span::minutes(2) };
        let Some(claimed) = self.step(|engine, tx| engine.claim(tx, now, STEP, &lease)) else { return 1 };
        let looked_at = claimed.looked_at;
        for message in claimed.ready {
            let attempt = match self.dice.below(20) {
                0 => Attempt::Unknown { reason: "smtp end of message: timed out".into() },
                1 => Attempt::Retry { after: std::time::Duration::from_secs(60), reason: "smtp rcpt to: 451".into() },
                _ => sent(),
            };
            self.lost_mails += usize::from(matches!(attempt, Attempt::Unknown { .. }));
            // A process killed here leaves it stranded.
            if !self.dice.chance(2) {
                let records = self.floor.settle(&message, "t", &attempt);
                assert!(!records.iter().any(|r| matches!(r, Record::Grant(_))), "an outcome moved a coupon");
            }
        }
        looked_at
    }

    fn round(&mut self) -> usize {
        let now = self.floor.now;
        let woken = self.step(|engine, tx| engine.wake(tx, now, STEP)).map_or(1, |woken| woken.orders);
        let asked = if self.once { self.ask_once() + self.look_into_the_coupon_system() } else { self.ask() };
        let work = woken + asked + self.hear() + self.deliver();
        self.floor.now = now + Span::minutes(3);
        let stranded = self.floor.settle_stranded();
        work + stranded + self.coupons.answers.len()
    }
}

/// What became of all questions in all worlds.
#[derive(Default)]
struct Sum {
    asked: usize,
    repeated: usize,
    lost: usize,
    kills: usize,
    lost_mails: usize,
    given: usize,
    heard: usize,
}

impl Sum {
    fn add(&mut self, mut play: Play) {
        self.heard += heard(&mut play);
        self.asked += play.coupons.asked;
        self.repeated += play.coupons.repeated;
        self.lost += play.coupons.lost;
        self.given += play.coupons.given.len();
        self.kills += play.kills;
        self.lost_mails += play.lost_mails;
    }
}

/// Plays one world until nothing moves any more; where nothing may be asked twice, until every question has its answer.
fn played(world: u64, once: bool) -> Play {
    let mut play = Play::new(world, once);
    let mut quiet = 0;
    // Kills make a round without work likely to be one that was undone.
    while quiet < 8 || (once && play.waits_for_an_answer()) {
        quiet = if play.round() == 0 { quiet + 1 } else { 0 };
    }
    play
}

/// Plays as many worlds as are wanted; gives how many compensations there were, and what became of them.
fn all(once: bool) -> (usize, Sum) {
    let worlds = if std::env::var_os("FOREWARN_LONG").is_some() { WORLDS } else { 1 };
    let mut sum = Sum::default();
    (0..worlds).for_each(|world| sum.add(played(world, once)));
    let Sum { asked, repeated, lost, kills, lost_mails, given, .. } = sum;
    println!(
        "{given} compensations: asked {asked} times, {repeated} repeats, {lost} answers lost, {kills} kills, \
         {lost_mails} mails of unknown outcome"
    );
    assert!(kills >= 30 && lost > 0 && lost_mails > 0, "too little went wrong");
    (given, sum)
}

/// How many were heard to be given. Each order has one compensation, as the coupon system knows it.
fn heard(play: &mut Play) -> usize {
    let mut heard = 0;
    for n in 0..ORDERS {
        let grants = play.floor.grants(&n.to_string());
        assert_eq!(grants.len(), 1, "order {n} has one compensation");
        let (grant, given) = (&grants[0], &play.coupons.given);
        assert_eq!(given.get(grant.grant_id.as_str()), Some(&grant.money.amount_text()), "as on record");
        heard += usize::from(grant.status == GrantStatus::Granted);
        assert!(matches!(grant.status, GrantStatus::Granted | GrantStatus::Reserved), "{:?}", grant.status);
    }
    assert_eq!(play.coupons.given.len(), ORDERS, "one for each order and none beside");
    heard
}

#[test]
fn no_compensation_is_given_twice_whatever_becomes_of_questions_and_answers() {
    let (given, Sum { heard, repeated, .. }) = all(false);
    assert!(heard < given && heard > given * 9 / 10, "{heard} of {given} answers were heard");
    assert!(repeated > 0, "it was never asked twice");
}

#[test]
fn a_coupon_system_that_would_give_twice_is_asked_once() {
    let (given, Sum { heard, repeated, .. }) = all(true);
    assert_eq!(repeated, 0, "it was asked twice");
    assert_eq!(heard, given, "a person found out the rest");
}
