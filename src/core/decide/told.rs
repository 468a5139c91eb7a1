//! What was told about an order, what was not, and what was learned from it: the memory decisions build on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Choices;
use crate::cause::Cause;
use crate::desk;
use crate::expedite::Queued;
use crate::forecast::Learned;
use crate::hindsight::Foretold;
use crate::ids::{ExceptionId, LineId, ParcelId};
use crate::instant::Instant;
use crate::notice::{Kind, Why};
use crate::promise::Promise;
use crate::trial::Entered;

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// Decided, not yet on its way.
    Pending,
    /// Taken by the channel.
    Sent,
    /// Given up for good.
    Failed,
    /// Perhaps taken: the connection broke at the one moment that leaves it open.
    Unknown,
}

/// One notice about the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its dedupe key.
    pub key: String,
    /// Its kind.
    pub kind: Kind,
    /// Where it stands.
    pub state: Saying,
    /// When it reached that state.
    pub at: Instant,
    /// The promise version it spoke about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_version: Option<u32>,
    /// Which of the order's promises, where it has several: see [`Promise::share`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_share: Option<LineId>,
    /// The ship date it quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Instant>,
    /// The arrival it announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_delivery: Option<Instant>,
    /// The parcel it spoke about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The exception it spoke about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_id: Option<ExceptionId>,
    /// What it reacted to, so that the same thing is not told twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// The cause it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What it gave its reader to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Choices>,
    /// Whether the ship date it quoted was kept, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
    /// Whether it told its reader that a person takes over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_last: bool,
}

impl Said {
    /// Whether it spoke about `promise`.
    pub fn is_about(&self, promise: &Promise) -> bool {
        self.promise_version == Some(promise.version) && self.promise_share == promise.share
    }

    /// Whether it spoke under an earlier promise than `promise`, which its buyer agreed to since, and told a date past it.
    pub(super) fn tells_past(&self, promise: &Promise) -> bool {
        let is_earlier = self.promise_version.is_some_and(|version| version < promise.version);
        is_earlier && self.promise_share == promise.share && self.quoted > Some(promise.value)
    }

    /// Whether the buyer has, or may have, read it.
    pub fn reached(&self) -> bool {
        matches!(self.state, Saying::Sent | Saying::Unknown)
    }
}

/// The memory of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// Notices, in the order in which they were decided.
    pub said: Vec<Said>,
    /// Suppressions on record: each dedupe key and reason once.
    pub suppressed: BTreeSet<(String, Why)>,
    /// How far its waits were learned.
    pub learned: Learned,
    /// What was foretold about it, until it is known what came of it.
    #[serde(skip_serializing_if = "Foretold::is_empty")]
    pub foretold: Foretold,
    /// Its place among the orders the warehouse should take first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expedited: Option<Queued>,
    /// Its part in what shows what warnings are worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Entered>,
    /// What it was brought to the desk for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub desk: Vec<desk::Entry>,
    /// Compensations that were told and are not given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<desk::Lost>,
    /// The version of the promise under which it was found at risk first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned: Option<u32>,
    /// Keys of notices that a person stopped for good.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub stopped: BTreeSet<String>,
}

impl Told {
    /// The notice under `key`.
    pub fn find(&self, key: &str) -> Option<&Said> {
        self.said.iter().find(|s| s.key == key)
    }

    /// Whether the notice under `key` is settled, for good or ill; a pending one is not.
    pub fn is_settled(&self, key: &str) -> bool {
        self.find(key).is_some_and(|s| s.state != Saying::Pending) || self.stopped.contains(key)
    }

    /// Notices of `kind` that reached the buyer.
    pub fn reached(&self, kind: Kind) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(move |s| s.kind == kind && s.reached())
    }

    /// The newest ship date quoted under `promise`, with its notice.
    pub fn last_quote(&self, promise: &Promise) -> Option<(&Said, Instant)> {
        let mine = self.said.iter().filter(|s| s.reached() && s.is_about(promise));
        mine.filter_map(|s| Some((s, s.quoted?))).max_by_key(|(s, _)| s.at)
    }

    /// The newest ship date told that bears on `promise`: under it, or past it before it was agreed to. Whoever was told
    /// of Friday and then agreed to Thursday has heard of Friday.
    pub(super) fn quote_bearing_on(&self, promise: &Promise) -> Option<Instant> {
        let mine = self.said.iter().filter(|s| s.reached() && (s.is_about(promise) || s.tells_past(promise)));
        mine.filter(|s| s.quoted.is_some()).max_by_key(|s| s.at)?.quoted
    }

    /// The newest arrival told for `parcel`.
    pub fn last_arrival(&self, parcel: &ParcelId) -> Option<Instant> {
        let mine = |s: &&Said| s.reached() && s.parcel_id.as_ref() == Some(parcel) && s.expected_delivery.is_some();
        self.said.iter().filter(mine).max_by_key(|s| s.at).and_then(|s| s.expected_delivery)
    }

    /// The arrival that stands with the buyer: what the newest notice about the parcel named, if it named one.
    pub(super) fn standing_arrival(&self, parcel: &ParcelId) -> Option<Instant> {
        let mine = |s: &&Said| s.reached() && s.parcel_id.as_ref() == Some(parcel);
        self.said.iter().filter(mine).max_by_key(|s| s.at).and_then(|s| s.expected_delivery)
    }

    /// Sets the state of the notice under `key`.
    pub fn settle(&mut self, key: &str, state: Saying, at: Instant) {
        if let Some(said) = self.said.iter_mut().find(|s| s.key == key) {
            said.state = state;
            said.at = at;
        }
    }

    /// Forgets the pending notice under `key`, so that it may become due again.
    pub fn withdraw(&mut self, key: &str) {
        self.said.retain(|s| s.key != key || s.state != Saying::Pending);
    }
}
