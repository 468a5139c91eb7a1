//! The gate before the wire: which message may go now, and when the others come back.
//!
//! It knows how many messages are under way on each channel and to each recipient's domain, and which channels are left
//! alone because they fail. A claim asks a copy of it, because a transaction may be undone; what really went on its way
//! is entered afterwards.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use forewarn_core::incident::IncidentId;

use super::breaker::{Breaker, Change, Shows};
use super::pace::{Limit, Pace};
use crate::engine::{Admission, Gate as EngineGate, Remark};

/// Domains looked after one by one on each channel; more than that share one account. Our choice: some 500 KB.
const DOMAINS_MAX: usize = 4_096;
/// The account they share; no domain has that name.
const EVERYBODY_ELSE: &str = "";
/// The distance between messages that come back to a channel that is left alone: 500 a second, about as many as a
/// channel that works again sends, so that what a breaker held up adds little to the wait. Our choice.
const BACK: Duration = Duration::from_millis(2);

/// What a channel bears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub channel: Limit,
    /// To the recipients of any one mail domain.
    pub domain: Limit,
}

/// The state of all channels.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    ways: BTreeMap<String, Way>,
    /// Incidents whose notices leave at a pace of their own.
    incidents: BTreeMap<IncidentId, Pace>,
}

#[derive(Clone, Debug)]
struct Way {
    limits: Limits,
    breaker: Breaker,
    pace: Pace,
    domains: BTreeMap<String, Pace>,
}

/// Where a message goes, as far as limits go. No `Debug`: a domain may be one person's own.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Destination {
    channel: String,
    domain: Option<String>,
}

impl Destination {
    /// Of a message to `address` on `channel`; only what looks like a mail address has a domain.
    pub(super) fn new(channel: &str, address: &str) -> Self {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.trim().to_ascii_lowercase());
        Self { channel: channel.to_owned(), domain }
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }
}

impl Gate {
    pub(super) fn new(limits: &BTreeMap<String, Limits>, now: Instant) -> Self {
        let way = |(name, limits): (&String, &Limits)| (name.clone(), Way::new(*limits, now));
        Self { ways: limits.iter().map(way).collect(), incidents: BTreeMap::new() }
    }

    /// A channel was left alone when the last process ended: it begins with a probe.
    pub(super) fn open(&mut self, channel: &str, now: Instant) {
        self.way(channel, now).breaker = Breaker::opened(now);
    }

    /// A channel was greeted, as [`Breaker::greeted`] tells.
    pub(super) fn greeted(&mut self, channel: &str, shows: Shows, wait: Duration, now: Instant) -> Option<Change> {
        self.way(channel, now).breaker.greeted(shows, wait, now)
    }

    /// Whether a channel is left alone.
    pub(super) fn is_open(&self, channel: &str) -> bool {
        self.ways.get(channel).is_some_and(|way| way.breaker.is_open())
    }

    /// Whether a channel that is left alone may be tried now.
    fn may_probe(&self, channel: &str, now: Instant) -> bool {
        self.ways.get(channel).is_some_and(|way| way.breaker.wait(now).is_none())
    }

    /// A message goes on its way; gives where it is accounted for.
    pub(super) fn begin(&mut self, to: &Destination, now: Instant) -> Destination {
        let way = self.way(&to.channel, now);
        let limits = way.limits;
        way.breaker.begin();
        way.pace.begin(limits.channel, now);
        let domain = way.account(to.domain.as_deref());
        if let Some(domain) = &domain {
            way.domain(domain, now).begin(limits.domain, now);
        }
        Destination { channel: to.channel.clone(), domain }
    }

    /// It ended after `took`.
    pub(super) fn end(&mut self, to: &Destination, shows: Shows, took: Duration, now: Instant) -> Option<Change> {
        let way = self.way(&to.channel, now);
        way.pace.end(took);
        if let Some(domain) = &to.domain {
            way.domain(domain, now).end(took);
        }
        way.domains.retain(|_, pace| !pace.is_idle(now));
        way.breaker.end(shows, now)
    }

    /// Takes over how long the queues are that a copy of it has made.
    fn adopt(&mut self, copy: Self, now: Instant) {
        // What leaves for an incident is not told apart once it is under way, so it counts from its claim on.
        for (incident, asked) in copy.incidents {
            self.incidents.entry(incident).or_insert_with(|| Pace::new(now)).follow(&asked);
        }
        self.incidents.retain(|_, pace| !pace.is_idle(now));
        for (name, asked) in copy.ways {
            let way = self.way(&name, now);
            way.pace.lengthen(&asked.pace);
            for (domain, pace) in asked.domains {
                way.domain(&domain, now).lengthen(&pace);
            }
        }
    }

    fn wait(&mut self, to: &Destination, now: Instant) -> Option<(Duration, Remark<'static>)> {
        let way = self.way(&to.channel, now);
        let limits = way.limits;
        if let Some(wait) = way.breaker.wait(now) {
            return Some((way.pace.queue(now + wait, BACK, now), Remark::LeftAlone));
        }
        if let Some(wait) = way.pace.wait(limits.channel, now) {
            return Some((wait, Remark::Crowded));
        }
        let domain = way.account(to.domain.as_deref())?;
        way.domain(&domain, now).wait(limits.domain, now).map(|wait| (wait, Remark::Crowded))
    }

    fn way(&mut self, channel: &str, now: Instant) -> &mut Way {
        if !self.ways.contains_key(channel) {
            self.ways.insert(channel.to_owned(), Way::new(Limits::default(), now));
        }
        #[expect(clippy::expect_used, reason = "it was put there a line above")]
        self.ways.get_mut(channel).expect("every channel asked for has a way")
    }
}

impl Way {
    fn new(limits: Limits, now: Instant) -> Self {
        Self { limits, breaker: Breaker::default(), pace: Pace::new(now), domains: BTreeMap::new() }
    }

    /// Under which name messages to `domain` are counted, if they are at all.
    fn account(&self, domain: Option<&str>) -> Option<String> {
        let domain = domain.filter(|_| self.limits.domain != Limit::default())?;
        let has_room = self.domains.len() < DOMAINS_MAX || self.domains.contains_key(domain);
        Some(if has_room { domain } else { EVERYBODY_ELSE }.to_owned())
    }

    fn domain(&mut self, account: &str, now: Instant) -> &mut Pace {
        self.domains.entry(account.to_owned()).or_insert_with(|| Pace::new(now))
    }
}

/// A copy of the gate that one claim asks.
#[derive(Clone)]
pub(super) struct Plan {
    gate: Gate,
    now: Instant,
    /// Channels of which the claim heard that they fail, and that worked as far as the gate knew.
    heard: Vec<String>,
}

impl Plan {
    pub(super) fn of(gate: &Gate, now: Instant) -> Self {
        Self { gate: gate.clone(), now, heard: Vec::new() }
    }

    /// Enters what the claim has found into the gate it asked a copy of.
    pub(super) fn enter(self, gate: &mut Gate) {
        for channel in &self.heard {
            gate.open(channel, self.now);
        }
        gate.adopt(self.gate, self.now);
    }
}

impl EngineGate for Plan {
    fn admit(&mut self, channel: &str, address: &str) -> Admission {
        let to = Destination::new(channel, address);
        match self.gate.wait(&to, self.now) {
            Some((wait, why)) => Admission::Wait(wait, why),
            None => {
                self.gate.begin(&to, self.now);
                Admission::Go
            }
        }
    }

    fn turn_of(&mut self, incident: IncidentId, per_minute: NonZeroU32) -> Option<Duration> {
        let pace = self.gate.incidents.entry(incident).or_insert_with(|| Pace::new(self.now));
        pace.wait(spread(per_minute), self.now)
    }

    fn took_turn(&mut self, incident: IncidentId, per_minute: NonZeroU32) {
        let pace = self.gate.incidents.entry(incident).or_insert_with(|| Pace::new(self.now));
        pace.begin(spread(per_minute), self.now);
        // How many are under way is no matter here.
        pace.end(Duration::ZERO);
    }

    /// What another process has found to fail begins here with a probe, as after a restart.
    fn tries(&mut self, down: &[&str]) -> Vec<String> {
        for channel in down {
            if !self.gate.is_open(channel) {
                self.gate.open(channel, self.now);
                self.heard.push((*channel).to_owned());
            }
        }
        down.iter()
            .filter(|channel| self.gate.may_probe(channel, self.now))
            .map(|&channel| channel.to_owned())
            .collect()
    }
}

/// The limit of an incident: only how many leave in a stretch of time.
fn spread(per_minute: NonZeroU32) -> Limit {
    Limit { concurrency: None, per_minute: Some(per_minute) }
}

#[cfg(test)]
mod tests;
