//! Incidents: found at fixed ticks of the clock among orders that turned at risk, opened and ended with conditions, and
//! acted on by people.
//!
//! A tick looks at what turned before it and at nothing later, and ticks follow each other however late they are looked
//! at, so neither batch size nor a step that came late shows. What another process had not committed by then counts at
//! the next tick.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::PoisonError;

use forewarn_core::condition::ConditionFacts;
use forewarn_core::decide::{Paused, Suppression};
use forewarn_core::ids::{ConditionId, MerchantId};
use forewarn_core::incident::{
    Change, Facet, Handling, Incident, IncidentId, Known, Origin, TICK, Turning, USUAL_OVER, WINDOW, clusters, is_over,
    usual,
};
use forewarn_core::order::Order;
use forewarn_core::{Instant, OrderKey, Span};

use super::{Engine, Settings};
use crate::store::port::Tenant;
use crate::store::{StoreError, Tx};

/// The note of the tick looked at last, in milliseconds.
const NOTE: &str = "incidents.tick";
/// The note of the moment from which turnings are kept, in milliseconds: before it nobody knows what is usual, and orders
/// that were at risk already turn once more.
const SINCE: &str = "incidents.since";
/// How often it is asked whether a cluster is over.
const ENDS_EVERY: Span = Span::hours(1);

/// What a person does with an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Its notices wait, go out again, or are stopped.
    Handle(Handling),
    /// The sentences that delay notices of its orders bear from now on, by language; none takes them out.
    Word(BTreeMap<String, String>),
    /// At most so many messages leave a minute from now on; none: as fast as everything else.
    Pace(Option<NonZeroU32>),
}

impl Engine {
    /// Looks at the next tick at or before `now`: counts what turned, opens incidents and ends those that are over;
    /// whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn watch_incidents(&self, tx: &mut dyn Tx, now: Instant) -> Result<bool, StoreError> {
        let newest = now.floor_to(TICK);
        if *self.watched.lock().unwrap_or_else(PoisonError::into_inner) == Some(newest) {
            return Ok(false);
        }
        let since = self.watched_since(tx, now)?;
        let Some(tick) = self.next_tick(tx)?.filter(|tick| *tick <= newest) else {
            *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = Some(newest);
            return Ok(false);
        };
        tx.turnings_lock()?;
        // Another process may have looked at it while this one waited.
        if self.next_tick(tx)? == Some(tick) {
            Watch { engine: self, settings: &*self.settings(tx)?, since, tick }.look(tx)?;
            tx.note_save(NOTE, &tick.ms().to_string())?;
        }
        Ok(true)
    }

    /// Since when this store keeps turnings.
    fn watched_since(&self, tx: &mut dyn Tx, now: Instant) -> Result<Instant, StoreError> {
        match tx.note_load(SINCE)?.and_then(|ms| ms.parse().ok()) {
            Some(ms) => Ok(Instant::from_ms(ms)),
            None => tx.note_save(SINCE, &now.ms().to_string()).map(|()| now),
        }
    }

    /// The earliest tick at which there is something to count, or to end.
    fn next_tick(&self, tx: &mut dyn Tx) -> Result<Option<Instant>, StoreError> {
        let oldest = tx.turnings_oldest()?.map(|at| at.floor_to(TICK) + TICK);
        let clusters = self.settings(tx)?;
        let ends = clusters.incidents.iter().any(|incident| is_cluster(incident) && incident.is_open());
        if oldest.is_none() && !ends {
            return Ok(None);
        }
        let last = tx.note_load(NOTE)?.and_then(|ms| ms.parse().ok()).map(Instant::from_ms);
        // What became known too late for its own tick is counted at the next.
        let counts = oldest.map(|tick| last.map_or(tick, |last| tick.max(last + TICK)));
        let from = last.or(oldest).filter(|_| ends);
        let ends = from.map(|last| last.floor_to(ENDS_EVERY) + ENDS_EVERY);
        Ok([counts, ends].into_iter().flatten().min())
    }

    /// Does `deed` with the incident `id`, if `tenant` may see it, in the name of `author`; what it is then.
    ///
    /// # Errors
    /// When the store fails.
    pub fn act_on_incident(
        &self,
        tx: &mut dyn Tx,
        (tenant, id): (Tenant<'_>, IncidentId),
        deed: Deed,
        (author, now): (&str, Instant),
    ) -> Result<Option<Incident>, StoreError> {
        let Some(mut incident) = tx.incident_load(tenant, id)? else { return Ok(None) };
        let before = incident.handling;
        match deed {
            Deed::Handle(handling) => incident.handling = handling,
            Deed::Word(sentences) => incident.sentences = sentences,
            Deed::Pace(per_minute) => incident.per_minute = per_minute,
        }
        incident.changed = Some(Change { by: author.to_owned(), at: now });
        tx.incident_save(&incident)?;
        // What was held back is decided again. What lies in the outbox is held at its next claim; what was held already
        // must still learn that it is stopped for good.
        if before != incident.handling && incident.handling != Handling::Held {
            tx.sweep_start(&incident.scope)?;
        }
        Ok(Some(incident))
    }
}

impl Settings {
    /// How incidents hold the delay notices of `order` back.
    pub(super) fn incident_pauses(&self, order: &Order) -> impl Iterator<Item = forewarn_core::decide::Pause> {
        let held = self.incidents.iter().filter_map(|incident| Some((incident, incident.pause()?)));
        held.filter(|(incident, _)| incident.touches(order)).map(|(_, pause)| pause)
    }

    /// The incident that `turning` belongs to, of several the one noticed last.
    pub(super) fn incident_of(&self, turning: &Turning) -> Option<IncidentId> {
        self.incidents.iter().find(|incident| incident.has(turning)).map(|incident| incident.id)
    }

    /// The slowest pace set for delay notices of `order`, and by which incident.
    pub(super) fn pace_of(&self, order: &Order) -> Option<(IncidentId, NonZeroU32)> {
        let paced = self.incidents.iter().filter_map(|incident| Some((incident, incident.pace()?)));
        let slowest = paced.filter(|(incident, _)| incident.touches(order)).min_by_key(|(_, pace)| *pace);
        slowest.map(|(incident, pace)| (incident.id, pace))
    }

    /// The sentence of operations for a delay of `order` in `language`, of several incidents that noticed last.
    pub(super) fn sentence_for(&self, order: &Order, language: &str) -> Option<&str> {
        let worded = self.incidents.iter().filter(|incident| incident.sentence(language).is_some());
        worded.filter(|incident| incident.touches(order)).find_map(|incident| incident.sentence(language))
    }
}

/// Keeps the incident of a condition as long as the condition is in force.
pub(super) fn follow_condition(
    tx: &mut dyn Tx,
    id: &ConditionId,
    known: &ConditionFacts,
    now: Instant,
) -> Result<(), StoreError> {
    let live = tx.incidents_live()?;
    let own = live.into_iter().find(|incident| incident.is_open() && incident.origin == Origin::Condition(id.clone()));
    match (known.in_force(id), own) {
        (Some(condition), None) => tx.incident_save(&Incident::of_condition(&condition, now)),
        (Some(condition), Some(own)) => {
            let Incident { scope, cause, .. } = Incident::of_condition(&condition, now);
            let moved = Incident { scope, cause, ..own.clone() };
            if moved == own { Ok(()) } else { tx.incident_save(&moved) }
        }
        (None, Some(own)) => tx.incident_save(&Incident { ended_at: Some(now), ..own }),
        (None, None) => Ok(()),
    }
}

/// Notes which incident held a notice of `order` back.
pub(super) fn note_held(
    tx: &mut dyn Tx,
    order: &Order,
    suppression: &Suppression,
    now: Instant,
) -> Result<(), StoreError> {
    use forewarn_core::because::Reason;
    let held = suppression.because.iter().find_map(|reason| match reason {
        Reason::Paused { of: Paused::Incident { id, .. }, .. } => Some(*id),
        _ => None,
    });
    held.map_or(Ok(()), |id| tx.turning_hold(&Turning::held(order, now), id))
}

fn is_cluster(incident: &Incident) -> bool {
    matches!(incident.origin, Origin::Cluster { .. })
}

/// One tick.
struct Watch<'a> {
    engine: &'a Engine,
    settings: &'a Settings,
    /// Since when turnings are kept.
    since: Instant,
    tick: Instant,
}

impl Watch<'_> {
    fn look(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let turned = tx.turnings_uncounted(self.tick)?;
        let keys: Vec<OrderKey> = turned.iter().map(|turning| turning.key.clone()).collect();
        tx.turnings_count(self.tick, &keys, &counts(&turned))?;
        self.open_of_conditions(tx, &turned)?;
        let shops: BTreeSet<&MerchantId> = turned.iter().map(|turning| &turning.key.merchant_id).collect();
        for shop in shops {
            self.find_clusters(tx, shop)?;
        }
        tx.turnings_forget(self.tick - WINDOW, self.tick - WINDOW - USUAL_OVER)?;
        if self.tick == self.tick.floor_to(ENDS_EVERY) {
            self.end_clusters(tx)?;
        }
        Ok(())
    }

    /// Conditions that were raised before there were incidents have none of their own yet.
    fn open_of_conditions(&self, tx: &mut dyn Tx, turned: &[Turning]) -> Result<(), StoreError> {
        let named: BTreeSet<&ConditionId> = turned.iter().filter_map(|turning| turning.condition.as_ref()).collect();
        let has_one = |id: &ConditionId| {
            self.settings.incidents.iter().any(|i| i.is_open() && i.origin == Origin::Condition(id.clone()))
        };
        for condition in self.settings.conditions.iter().filter(|c| named.contains(&c.id) && !has_one(&c.id)) {
            let incident = Incident::of_condition(condition, self.tick);
            tx.incident_save(&incident)?;
            let mine = turned.iter().filter(|turning| turning.condition.as_ref() == Some(&condition.id));
            tx.turnings_join(&mine.map(|turning| turning.key.clone()).collect::<Vec<_>>(), incident.id)?;
        }
        Ok(())
    }

    fn find_clusters(&self, tx: &mut dyn Tx, shop: &MerchantId) -> Result<(), StoreError> {
        let mut free = tx.turnings_free(shop, self.tick - WINDOW)?;
        // A clock that ran ahead may have dated some into our future.
        free.retain(|turning| turning.at < self.tick && turning.condition.is_none());
        for incident in self.settings.incidents.iter().filter(|incident| is_cluster(incident)) {
            let mine = free.iter().filter(|turning| incident.has(turning)).map(|turning| turning.key.clone());
            let mine: Vec<OrderKey> = mine.collect();
            free.retain(|turning| !mine.contains(&turning.key));
            if !mine.is_empty() {
                tx.turnings_join(&mine, incident.id)?;
            }
        }
        let rules = &self.settings.policy.resolve(None, shop.as_str(), None).incidents;
        if free.len() < usize::try_from(rules.orders).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let known_since = self.engine.live_since(tx, shop, self.tick)?.max(self.since);
        let found = clusters(shop, &free, rules, |facet| self.known(tx, shop, facet, known_since))?;
        for cluster in found {
            let incident = Incident::of_cluster(&cluster, self.tick);
            tracing::warn!(
                incident.id = %incident.id, orders = cluster.orders.len(), usual = cluster.usual,
                "many orders turned at risk together; see /incidents"
            );
            tx.incident_save(&incident)?;
            tx.turnings_join(&cluster.orders, incident.id)?;
        }
        Ok(())
    }

    fn known(
        &self,
        tx: &mut dyn Tx,
        shop: &MerchantId,
        facet: &Facet,
        known_since: Instant,
    ) -> Result<Known, StoreError> {
        let history = tx.turnings_usual(shop, facet, self.tick - WINDOW - USUAL_OVER)?;
        let usual = usual(&history, known_since, self.tick);
        Ok(Known { usual, open: tx.orders_open_in(&facet.scope(shop))? })
    }

    fn end_clusters(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        for incident in self.settings.incidents.iter().filter(|incident| is_cluster(incident) && incident.is_open()) {
            let sum = tx.incident_sum(incident.id)?;
            let last = sum.last.unwrap_or(incident.opened_at);
            if is_over(last, sum.open, self.tick) {
                tx.incident_save(&Incident { ended_at: Some(self.tick), ..incident.clone() })?;
            }
        }
        Ok(())
    }
}

/// How many turned, by shop and facet. A known cause is a condition's affair, so it is no part of what is usual.
fn counts(turned: &[Turning]) -> Vec<(MerchantId, Facet, u64)> {
    let mut sums: BTreeMap<(&MerchantId, &Facet), u64> = BTreeMap::new();
    for turning in turned.iter().filter(|turning| turning.condition.is_none()) {
        for facet in &turning.facets {
            *sums.entry((&turning.key.merchant_id, facet)).or_default() += 1;
        }
    }
    sums.into_iter().map(|((merchant, facet), n)| (merchant.clone(), facet.clone(), n)).collect()
}
