//! Many orders at risk for one reason, in one hand: what a person sees, holds back, words once for all, lets go or stops.
//!
//! An incident begins with a condition that was raised, or with a cluster: many orders that turned at risk within a
//! short time and have a warehouse, an article, a carrier or a region in common, found without being told
//! ([`clusters`]). It steers only what is said of delays, and only once a person has acted.

mod cluster;
mod facet;
mod id;
#[cfg(test)]
mod tests;
mod turning;
mod usual;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

pub use cluster::{Cluster, Known, clusters};
pub use facet::Facet;
pub use id::IncidentId;
pub use turning::Turning;
pub use usual::{LEARNED_FROM, USUAL_OVER, usual};

use crate::cause::{self, Cause};
use crate::condition::{self, Condition};
use crate::decide::{Pause, Paused};
use crate::event::Scope;
use crate::ids::{ConditionId, MerchantId};
use crate::instant::{Instant, Span};
use crate::order::Order;

/// How often clusters are looked for: at multiples of it since the epoch, so that neither batch size nor a late step
/// shows. The forecast's own tick.
pub const TICK: Span = Span::minutes(15);
/// Orders that turn at risk within this time may be one cluster. Our choice: the time in which every order at risk is
/// looked at once, so that one cause has reached all it touches.
pub const WINDOW: Span = Span::hours(2);
/// A cluster is over when none of its orders is open and none turned at risk for so long. Our choice: three windows.
pub const QUIET: Span = Span::hours(6);
/// A cluster nothing was added to for so long is over even if some of its orders never ship. Our choice: what is open
/// then is late for reasons of its own.
pub const STALE: Span = Span::hours(7 * 24);
/// Longest sentence operations may add to notices, in characters.
pub const SENTENCE_MAX: usize = 200;

/// What opened an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A condition was raised; the incident ends with it.
    Condition(ConditionId),
    /// A cluster was found.
    Cluster {
        /// How many orders turned at risk within [`WINDOW`].
        orders: u64,
        /// How many usually do; see [`usual`].
        usual: u64,
    },
}

/// What people made of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Nothing: its notices go out.
    #[default]
    Running,
    /// Its notices wait until a person lets them go, also once it is over.
    Held,
    /// Its notices are not sent, those held back so far never.
    Stopped,
}

impl Handling {
    /// Every one, in the order of their names' meaning.
    pub const ALL: [Self; 3] = [Self::Running, Self::Held, Self::Stopped];

    /// Its name in the API and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Held => "held",
            Self::Stopped => "stopped",
        }
    }
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Which.
    pub id: IncidentId,
    /// What opened it.
    pub origin: Origin,
    /// Which orders it touches.
    pub scope: Scope,
    /// The cause: what the condition says, or what most of the cluster's orders were thought to wait for.
    pub cause: Cause,
    /// Since when: the condition was raised, or the first order of the cluster turned at risk.
    pub since: Instant,
    /// When it was noticed.
    pub opened_at: Instant,
    /// When it was over; `None` while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// What people made of it.
    #[serde(default)]
    pub handling: Handling,
    /// One sentence of operations for every delay notice of its orders, by language (`en`, `zh`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sentences: BTreeMap<String, String>,
    /// At most so many messages of its delay notices leave a minute; `None`: as fast as everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<NonZeroU32>,
    /// Who changed it last, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Change>,
}

/// A person's hand in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
}

impl Incident {
    /// The incident of a condition, noticed at `at`.
    pub fn of_condition(condition: &Condition, at: Instant) -> Self {
        let raised_at = condition.raised_at;
        Self {
            id: IncidentId::of(&["condition", condition.id.as_str(), &raised_at.ms().to_string()]),
            origin: Origin::Condition(condition.id.clone()),
            scope: condition.raised.scope.clone(),
            cause: cause::of_condition(condition.raised.kind),
            since: raised_at,
            opened_at: at,
            ended_at: None,
            handling: Handling::Running,
            sentences: BTreeMap::new(),
            per_minute: None,
            changed: None,
        }
    }

    /// The incident of a cluster, found at the tick `at`.
    pub fn of_cluster(cluster: &Cluster, at: Instant) -> Self {
        let (merchant, facet) = (&cluster.merchant_id, &cluster.facet);
        Self {
            id: IncidentId::of(&["cluster", merchant.as_str(), facet.name(), facet.value(), &at.ms().to_string()]),
            origin: Origin::Cluster { orders: count(cluster.orders.len()), usual: cluster.usual },
            scope: facet.scope(merchant),
            cause: cluster.cause,
            since: cluster.since,
            opened_at: at,
            ended_at: None,
            handling: Handling::Running,
            sentences: BTreeMap::new(),
            per_minute: None,
            changed: None,
        }
    }

    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether it can still matter to an order: it goes on, or a person holds it.
    pub fn is_live(&self) -> bool {
        self.is_open() || self.handling == Handling::Held
    }

    /// Whether it touches `order`.
    pub fn touches(&self, order: &Order) -> bool {
        condition::touches(&self.scope, order)
    }

    /// Whether `turning` belongs to it: a known cause to the incident of its condition, any other to a cluster.
    pub fn has(&self, turning: &Turning) -> bool {
        let within = |id: &MerchantId| *id == turning.key.merchant_id;
        match (&self.origin, &turning.condition) {
            _ if !self.is_open() => false,
            (Origin::Condition(id), Some(condition)) => id == condition,
            (Origin::Cluster { .. }, None) => {
                self.scope.merchant_id.as_ref().is_some_and(within)
                    && turning.facets.iter().any(|facet| facet.scope(&turning.key.merchant_id) == self.scope)
            }
            _ => false,
        }
    }

    /// How it holds the delay notices of its orders back.
    pub fn pause(&self) -> Option<Pause> {
        let stopped = match self.handling {
            Handling::Running => return None,
            Handling::Held => false,
            // Who is late after it is over is late for another reason.
            Handling::Stopped if self.is_open() => true,
            Handling::Stopped => return None,
        };
        let since = self.changed.as_ref().map_or(self.opened_at, |change| change.at);
        Some(Pause { of: Paused::Incident { id: self.id, stopped }, since })
    }

    /// How many messages of its delay notices may leave a minute, where that is bounded.
    pub fn pace(&self) -> Option<NonZeroU32> {
        self.per_minute.filter(|_| self.is_live())
    }

    /// The sentence of operations in `language` (`en`, `zh`).
    pub fn sentence(&self, language: &str) -> Option<&str> {
        self.sentences.get(language).map(String::as_str).filter(|_| self.is_live())
    }
}

/// Whether a cluster to which an order was added last at `last`, and of which `open` orders are still open and at risk,
/// is over at `tick`.
pub fn is_over(last: Instant, open: u64, tick: Instant) -> bool {
    let quiet = tick - last;
    // A clock that ran ahead may have dated the last one into our future.
    let is_quiet = quiet >= QUIET || quiet < Span::ZERO;
    (open == 0 && is_quiet) || quiet >= STALE
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
