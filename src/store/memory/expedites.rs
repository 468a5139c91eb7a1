//! Orders the warehouse should take first, and what came of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use forewarn_core::expedite::Fate;
use forewarn_core::ids::{MerchantId, WarehouseId};
use forewarn_core::{Instant, OrderKey};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{ExpediteEffect, ExpediteRow, ExpediteStore, Tenant};

/// The queues and their history.
#[derive(Clone, Debug, Default)]
pub(super) struct Expedites(BTreeMap<(OrderKey, Instant), Kept>);

#[derive(Clone, Debug)]
struct Kept {
    row: ExpediteRow,
    told: bool,
    fate: Option<Fate>,
}

impl Expedites {
    /// Every order that waits, in the order of ranks within shop and warehouse.
    fn ranked(&self, tenant: Tenant<'_>) -> Vec<(u64, &Kept)> {
        let mine = |kept: &&Kept| tenant.is_none_or(|shop| kept.row.order.merchant_id == *shop);
        let mut queues: BTreeMap<(&MerchantId, Option<&WarehouseId>), Vec<&Kept>> = BTreeMap::new();
        for kept in self.0.values().filter(|kept| kept.fate.is_none()).filter(mine) {
            queues.entry((&kept.row.order.merchant_id, kept.row.warehouse_id.as_ref())).or_default().push(kept);
        }
        for queue in queues.values_mut() {
            queue.sort_by_key(|kept| (Reverse(kept.row.worth.amount), kept.row.leave_by, &kept.row.order.order_id));
        }
        queues.into_values().flat_map(|queue| (1..).zip(queue)).collect()
    }

    /// Forgets up to `limit` rows that ended and had to leave before `before`; gives how many.
    pub(super) fn forget(&mut self, before: Instant, limit: usize) -> usize {
        let ended = self.0.iter().filter(|((_, leave_by), kept)| *leave_by < before && kept.fate.is_some());
        let old: Vec<_> = ended.map(|(key, _)| key.clone()).take(limit).collect();
        old.iter().for_each(|key| drop(self.0.remove(key)));
        old.len()
    }
}

impl ExpediteStore for Tables {
    fn expedite_save(&mut self, row: &ExpediteRow) -> Result<(), StoreError> {
        let key = (row.order.clone(), row.leave_by);
        let known = self.expedites.0.get(&key);
        let told = known.is_some_and(|kept| kept.told && kept.row.motive == row.motive);
        let (suggested_at, first_risk) =
            known.map_or((row.suggested_at, row.first_risk), |kept| (kept.row.suggested_at, kept.row.first_risk));
        let row = ExpediteRow { suggested_at, first_risk, ..row.clone() };
        self.expedites.0.insert(key, Kept { row, told, fate: None });
        Ok(())
    }

    fn expedite_end(&mut self, order: &OrderKey, leave_by: Instant, fate: Fate, _: Instant) -> Result<(), StoreError> {
        if let Some(kept) = self.expedites.0.get_mut(&(order.clone(), leave_by)) {
            kept.fate = Some(fate);
        }
        Ok(())
    }

    fn expedite_queue(
        &mut self,
        tenant: Tenant<'_>,
        warehouse: Option<&WarehouseId>,
        limit: usize,
    ) -> Result<Vec<(u64, ExpediteRow)>, StoreError> {
        let mut found = self.expedites.ranked(tenant);
        found.retain(|(_, kept)| warehouse.is_none() || kept.row.warehouse_id.as_ref() == warehouse);
        found.sort_by_key(|(rank, kept)| (*rank, kept.row.leave_by, &kept.row.order));
        Ok(found.into_iter().take(limit).map(|(rank, kept)| (rank, kept.row.clone())).collect())
    }

    fn expedites_to_publish(&mut self, limit: usize) -> Result<Vec<(u64, ExpediteRow)>, StoreError> {
        let mut found = self.expedites.ranked(None);
        found.retain(|(_, kept)| !kept.told && !kept.row.held);
        found.sort_by_key(|(_, kept)| (kept.row.suggested_at, &kept.row.order));
        Ok(found.into_iter().take(limit).map(|(rank, kept)| (rank, kept.row.clone())).collect())
    }

    fn expedites_published(&mut self, rows: &[ExpediteRow]) -> Result<(), StoreError> {
        for row in rows {
            if let Some(kept) = self.expedites.0.get_mut(&(row.order.clone(), row.leave_by)) {
                kept.told |= kept.row.motive == row.motive;
            }
        }
        Ok(())
    }

    fn expedite_effect(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<ExpediteEffect, StoreError> {
        let mut effect = ExpediteEffect::default();
        for kept in self.expedites.0.values() {
            let row = &kept.row;
            if tenant.is_some_and(|shop| row.order.merchant_id != *shop) {
                continue;
            }
            match kept.fate {
                None => effect.open += 1,
                Some(Fate::Void) => {}
                Some(_) if row.leave_by < since => {}
                Some(fate) => {
                    *(if fate == Fate::Saved { &mut effect.saved } else { &mut effect.missed }) += 1;
                    effect.expected_missed_ppm += u64::from(row.first_risk.ppm());
                }
            }
        }
        Ok(effect)
    }
}
