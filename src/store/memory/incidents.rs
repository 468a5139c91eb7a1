//! Orders that turned at risk, what is usual of them, and incidents.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use forewarn_core::event::Scope;
use forewarn_core::ids::MerchantId;
use forewarn_core::incident::{Facet, Incident, IncidentId, Turning};
use forewarn_core::{Instant, OrderKey};

use super::{Tables, orders};
use crate::store::StoreError;
use crate::store::port::{IncidentOrder, IncidentStore, IncidentSum, NoticeState, Tenant};

/// Turnings by order, counts by shop, facet and tick, incidents by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    turned: BTreeMap<OrderKey, Turned>,
    /// Those not counted yet, by moment.
    uncounted: BTreeSet<(Instant, OrderKey)>,
    /// Those that belong to no incident, by the tick they were counted at.
    free: BTreeSet<(Instant, OrderKey)>,
    members: BTreeMap<IncidentId, BTreeSet<OrderKey>>,
    counts: BTreeMap<(MerchantId, Facet), BTreeMap<Instant, u64>>,
    counted: BTreeMap<Instant, Vec<(MerchantId, Facet)>>,
    rows: BTreeMap<IncidentId, Incident>,
}

#[derive(Clone, Debug)]
struct Turned {
    turning: Turning,
    counted_at: Option<Instant>,
    incident: Option<IncidentId>,
    held_at: Option<Instant>,
}

impl Incidents {
    fn put(&mut self, row: Turned) {
        let key = row.turning.key.clone();
        self.take(&key);
        match (row.counted_at, row.incident) {
            (None, _) => drop(self.uncounted.insert((row.turning.at, key.clone()))),
            (Some(tick), None) => drop(self.free.insert((tick, key.clone()))),
            (Some(_), Some(_)) => {}
        }
        if let Some(incident) = row.incident {
            self.members.entry(incident).or_default().insert(key.clone());
        }
        self.turned.insert(key, row);
    }

    fn take(&mut self, key: &OrderKey) -> Option<Turned> {
        let row = self.turned.remove(key)?;
        self.uncounted.remove(&(row.turning.at, key.clone()));
        if let Some(tick) = row.counted_at {
            self.free.remove(&(tick, key.clone()));
        }
        if let Some(members) = row.incident.and_then(|incident| self.members.get_mut(&incident)) {
            members.remove(key);
        }
        Some(row)
    }

    fn change(&mut self, key: &OrderKey, change: impl FnOnce(&mut Turned)) -> bool {
        let Some(mut row) = self.take(key) else { return false };
        change(&mut row);
        self.put(row);
        true
    }

    /// The orders that turned before `tick` and are not counted yet, ascending.
    fn uncounted(&self, tick: Instant) -> BTreeSet<OrderKey> {
        self.uncounted.iter().take_while(|(at, _)| *at < tick).map(|(_, key)| key.clone()).collect()
    }

    /// Up to `limit` incidents that were over before `before` and that nobody holds, with their orders.
    pub(super) fn forget(&mut self, before: Instant, limit: usize) -> usize {
        let is_old = |row: &&Incident| !row.is_live() && row.ended_at.is_some_and(|at| at < before);
        let mut old: Vec<_> = self.rows.values().filter(is_old).map(|row| (row.ended_at, row.id)).collect();
        old.sort_unstable();
        old.truncate(limit);
        for (_, id) in &old {
            self.rows.remove(id);
            self.members.remove(id).iter().flatten().for_each(|key| drop(self.turned.remove(key)));
        }
        old.len()
    }
}

impl Tables {
    fn order_of(&self, row: &Turned) -> IncidentOrder {
        let key = &row.turning.key;
        let told_since = |since: Instant| {
            let tells = |state, sent_at: Option<Instant>| state == NoticeState::Sent && sent_at >= Some(since);
            self.notices.of(key).any(|n| n.kind.is_about_delay() && tells(n.state, n.sent_at))
        };
        IncidentOrder {
            key: key.clone(),
            at: row.turning.at,
            open: self.orders.get(key).is_some_and(|order| order.index.open),
            told: told_since(row.turning.at),
            held: row.held_at.is_some_and(|at| !told_since(at)),
        }
    }

    fn of_incident(&self, incident: IncidentId) -> impl Iterator<Item = IncidentOrder> {
        let mine = self.incidents.members.get(&incident).into_iter().flatten();
        mine.filter_map(|key| self.incidents.turned.get(key)).map(|row| self.order_of(row))
    }

    fn newest(&self, wanted: impl Fn(&Incident) -> bool) -> Vec<Incident> {
        let mut found: Vec<Incident> = self.incidents.rows.values().filter(|row| wanted(row)).cloned().collect();
        found.sort_by_key(|row| Reverse((row.opened_at, row.id)));
        found
    }
}

fn may_see(tenant: Tenant<'_>, row: &Incident) -> bool {
    tenant.is_none_or(|merchant| row.scope.merchant_id.as_ref() == Some(merchant))
}

impl IncidentStore for Tables {
    fn turning_add(&mut self, turning: &Turning, incident: Option<IncidentId>) -> Result<(), StoreError> {
        self.incidents.put(Turned { turning: turning.clone(), counted_at: None, incident, held_at: None });
        Ok(())
    }

    fn turning_hold(&mut self, turning: &Turning, incident: IncidentId) -> Result<(), StoreError> {
        let at = Some(turning.at);
        let known = self.incidents.change(&turning.key, |row| (row.incident, row.held_at) = (Some(incident), at));
        if !known {
            let turning = turning.clone();
            self.incidents.put(Turned { turning, counted_at: at, incident: Some(incident), held_at: at });
        }
        Ok(())
    }

    fn turnings_oldest(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.incidents.uncounted.first().map(|(at, _)| *at))
    }

    /// There is nobody else.
    fn turnings_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn turnings_uncounted(&mut self, tick: Instant) -> Result<Vec<Turning>, StoreError> {
        let found = self.incidents.uncounted(tick);
        Ok(found.iter().filter_map(|key| self.incidents.turned.get(key)).map(|row| row.turning.clone()).collect())
    }

    fn turnings_count(
        &mut self,
        tick: Instant,
        keys: &[OrderKey],
        counts: &[(MerchantId, Facet, u64)],
    ) -> Result<(), StoreError> {
        for key in keys {
            self.incidents.change(key, |row| row.counted_at = Some(tick));
        }
        for (merchant, facet, n) in counts {
            let of = (merchant.clone(), facet.clone());
            *self.incidents.counts.entry(of.clone()).or_default().entry(tick).or_default() += n;
            self.incidents.counted.entry(tick).or_default().push(of);
        }
        Ok(())
    }

    fn turnings_free(&mut self, merchant: &MerchantId, since: Instant) -> Result<Vec<Turning>, StoreError> {
        let Incidents { turned, free, .. } = &self.incidents;
        let recent = free.iter().rev().take_while(|(tick, _)| *tick > since).map(|(_, key)| key);
        let mut mine: Vec<&OrderKey> = recent.filter(|key| key.merchant_id == *merchant).collect();
        mine.sort_unstable();
        Ok(mine.into_iter().filter_map(|key| turned.get(key)).map(|row| row.turning.clone()).collect())
    }

    fn turnings_usual(
        &mut self,
        merchant: &MerchantId,
        facet: &Facet,
        since: Instant,
    ) -> Result<Vec<(Instant, u64)>, StoreError> {
        let Some(ticks) = self.incidents.counts.get(&(merchant.clone(), facet.clone())) else { return Ok(Vec::new()) };
        let later = ticks.range((Bound::Excluded(since), Bound::Unbounded));
        Ok(later.map(|(tick, n)| (*tick, *n)).collect())
    }

    fn turnings_join(&mut self, keys: &[OrderKey], incident: IncidentId) -> Result<(), StoreError> {
        for key in keys {
            self.incidents.change(key, |row| row.incident = Some(incident));
        }
        Ok(())
    }

    fn turnings_forget(&mut self, free: Instant, usual: Instant) -> Result<(), StoreError> {
        let known = &mut self.incidents;
        while let Some((_, key)) = known.free.first().filter(|(tick, _)| *tick <= free).cloned() {
            known.take(&key);
        }
        while let Some(oldest) = known.counted.first_entry().filter(|oldest| *oldest.key() <= usual) {
            let (tick, facets) = oldest.remove_entry();
            for facet in facets {
                let ticks = known.counts.get_mut(&facet);
                if ticks.is_some_and(|ticks| ticks.remove(&tick).is_some() && ticks.is_empty()) {
                    known.counts.remove(&facet);
                }
            }
        }
        Ok(())
    }

    fn orders_open_in(&mut self, scope: &Scope) -> Result<u64, StoreError> {
        Ok(orders::count_open(&self.orders, scope))
    }

    fn incident_save(&mut self, incident: &Incident) -> Result<(), StoreError> {
        self.incidents.rows.insert(incident.id, incident.clone());
        self.settings.raise_version();
        Ok(())
    }

    fn incident_load(&mut self, tenant: Tenant<'_>, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        Ok(self.incidents.rows.get(&id).filter(|row| may_see(tenant, row)).cloned())
    }

    fn incidents_live(&mut self) -> Result<Vec<Incident>, StoreError> {
        Ok(self.newest(Incident::is_live))
    }

    fn incidents_over(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<Incident>, StoreError> {
        let mut found = self.newest(|row| !row.is_live() && may_see(tenant, row));
        found.truncate(limit);
        Ok(found)
    }

    fn incident_sum(&mut self, incident: IncidentId) -> Result<IncidentSum, StoreError> {
        let add = |sum: IncidentSum, order: IncidentOrder| IncidentSum {
            orders: sum.orders + 1,
            open: sum.open + u64::from(order.open),
            told: sum.told + u64::from(order.told),
            held: sum.held + u64::from(order.held),
            last: sum.last.max(Some(order.at)),
        };
        Ok(self.of_incident(incident).fold(IncidentSum::default(), add))
    }

    fn incident_orders(
        &mut self,
        incident: IncidentId,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<IncidentOrder>, StoreError> {
        Ok(self
            .of_incident(incident)
            .filter(|order| after.is_none_or(|after| order.key > *after))
            .take(limit)
            .collect())
    }
}
