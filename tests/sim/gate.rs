//! What a process lets onto the wire: so many messages at once on each channel, and none on one that it leaves alone.
//!
//! The breaker is the service's own; the accounts beside it are plain, so that they show what the engine does with an
//! answer of no.

use std::collections::BTreeMap;
use std::time::{Duration, Instant as RealInstant};

use forewarn::deliver::breaker::{Breaker, Change, Shows};
use forewarn::engine::{Admission, Attempt, Down, Engine, Gate, Message, Remark};
use forewarn_core::policy::Channel;

use crate::post::{Flight, channel_of};
use crate::weather::Sort;
use crate::world::World;

/// Messages on their way at once on one channel, for each process.
const AT_ONCE: usize = 2;
/// How long one that finds no room stays away.
const CROWDED: Duration = Duration::from_secs(60);

/// The breakers of one life of a process.
#[derive(Clone, Default)]
pub(crate) struct Breakers {
    life: Option<u32>,
    by_channel: BTreeMap<String, Breaker>,
}

/// What a claim asks.
#[derive(Clone)]
pub(crate) struct Doorkeeper {
    breakers: BTreeMap<String, Breaker>,
    under_way: BTreeMap<String, usize>,
    now: RealInstant,
    is_open: bool,
}

impl Gate for Doorkeeper {
    fn admit(&mut self, channel: &str, _address: &str) -> Admission {
        if self.is_open {
            return Admission::Go;
        }
        let breaker = self.breakers.entry(channel.to_owned()).or_default();
        if let Some(wait) = breaker.wait(self.now) {
            return Admission::Wait(wait, Remark::LeftAlone);
        }
        let under_way = self.under_way.entry(channel.to_owned()).or_default();
        if *under_way >= AT_ONCE {
            return Admission::Wait(CROWDED, Remark::Crowded);
        }
        *under_way += 1;
        breaker.begin();
        Admission::Go
    }

    fn tries(&mut self, down: &[&str]) -> Vec<String> {
        let may_probe = |channel: &&&str| self.breakers.get(**channel).is_some_and(|b| b.wait(self.now).is_none());
        let tried = down.iter().filter(|_| !self.is_open).filter(may_probe);
        tried.map(|&channel| channel.to_owned()).collect()
    }
}

impl World {
    /// The gate of process `who` as it stands. Only storms have one: twins must not depend on what is under way, and a
    /// wrong clock makes nothing of a wait.
    pub(crate) fn gate(&mut self, who: usize) -> Doorkeeper {
        self.recall(who);
        self.hear_of_others(who);
        let mut under_way = BTreeMap::<String, usize>::new();
        for flight in self.flights_of(who) {
            *under_way.entry(channel_of(&flight.message).to_owned()).or_default() += 1;
        }
        let (breakers, now) = (self.breakers[who].by_channel.clone(), self.real_now());
        Doorkeeper { breakers, under_way, now, is_open: self.sort != Sort::Storm }
    }

    /// A message of process `who` goes on its way: there was room, and its way is one it may take.
    pub(crate) fn begins(&mut self, who: usize, message: &Message) {
        if self.sort != Sort::Storm {
            return;
        }
        let channel = channel_of(message).to_owned();
        let under_way = self.flights_of(who).filter(|f| channel_of(&f.message) == channel).count();
        assert!(under_way < AT_ONCE, "{under_way} messages are under way on {channel} already");
        let (now, breakers) = (self.real_now(), &mut self.breakers[who].by_channel);
        let breaker = breakers.entry(channel.clone()).or_default();
        assert_eq!(breaker.wait(now), None, "{channel} is left alone");
        breaker.begin();
        assert!(channel == "email" || self.may_take(message), "{} left by {channel}", message.lead.key);
    }

    /// Mail is gone round only where the policy says so, after it or the notice has failed for long.
    fn may_take(&mut self, message: &Message) -> bool {
        let (now, base) = (self.clock.now(), self.reference.policy.base());
        let long_ago = now - base.delivery.failover_after;
        let round = base.delivery.failover.contains(&Channel::Im);
        let down = self.disk.look(|tx| Engine::channels_down(tx));
        let fails = down.get("email").is_some_and(|down| down.since <= long_ago);
        // Of several in one message, each was decided by itself; the first shows for all.
        let tired = message.notices().any(|notice| notice.created_at <= long_ago && notice.attempts > 1);
        round && (fails || tired)
    }

    /// Process `who` learns from an answer how the channel is, and tells everybody when that changes.
    pub(crate) fn hears(&mut self, who: usize, flight: &Flight) {
        if self.sort != Sort::Storm {
            return;
        }
        let (channel, real_now, since) = (channel_of(&flight.message).to_owned(), self.real_now(), self.clock.now());
        let (shows, why) = match &flight.answer {
            Attempt::Sent { .. } | Attempt::Failed { .. } => (Shows::Works, String::new()),
            Attempt::Retry { reason, .. } | Attempt::Unknown { reason } => (Shows::Fails, reason.clone()),
        };
        let breaker = self.breakers[who].by_channel.entry(channel.clone()).or_default();
        let Some(change) = breaker.end(shows, real_now) else { return };
        let down = (change == Change::Opened).then_some(Down { since, why });
        self.opened += u32::from(down.is_some());
        self.disk.look(|tx| Engine::note_channel(tx, &channel, down.as_ref()));
    }

    /// A process that was started again begins with a probe where the last one left a channel alone.
    fn recall(&mut self, who: usize) {
        let life = Some(self.members[who].life);
        if self.breakers[who].life == life {
            return;
        }
        let (now, down) = (self.real_now(), self.disk.look(|tx| Engine::channels_down(tx)));
        let by_channel = down.into_keys().map(|channel| (channel, Breaker::opened(now))).collect();
        self.breakers[who] = Breakers { life, by_channel };
    }

    /// What the other process found to fail begins here with a probe as well.
    fn hear_of_others(&mut self, who: usize) {
        let (now, down) = (self.real_now(), self.disk.look(|tx| Engine::channels_down(tx)));
        for channel in down.into_keys().filter(|_| self.sort == Sort::Storm) {
            let breaker = self.breakers[who].by_channel.entry(channel).or_default();
            if !breaker.is_open() {
                *breaker = Breaker::opened(now);
            }
        }
    }

    fn flights_of(&self, who: usize) -> impl Iterator<Item = &Flight> {
        let sender = (who, self.members[who].life);
        self.post.flights.iter().filter(move |flight| flight.sender == sender)
    }

    /// The truth on the clock that breakers read.
    fn real_now(&self) -> RealInstant {
        let since = u64::try_from((self.clock.truth - self.start).ms()).unwrap_or(0);
        self.epoch + Duration::from_millis(since)
    }
}
