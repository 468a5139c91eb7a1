//! Conditions and sweeps.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::OrderKey;
use forewarn_core::condition::{Condition, ConditionFacts};
use forewarn_core::event::Scope;
use forewarn_core::ids::ConditionId;

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{ConditionStore, Sweep};

/// Conditions and the sweeps they start.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    rows: BTreeMap<ConditionId, ConditionFacts>,
    in_force: BTreeSet<ConditionId>,
    sweeps: BTreeMap<i64, Sweep>,
    /// How many sweeps there were; numbers are never used again.
    swept: i64,
}

impl ConditionStore for Tables {
    fn condition_load(&mut self, id: &ConditionId) -> Result<Option<ConditionFacts>, StoreError> {
        Ok(self.conditions.rows.get(id).cloned())
    }

    fn condition_save(&mut self, id: &ConditionId, facts: &ConditionFacts) -> Result<(), StoreError> {
        let Conditions { rows, in_force, .. } = &mut self.conditions;
        if facts.in_force(id).is_some() {
            in_force.insert(id.clone());
        } else {
            in_force.remove(id);
        }
        rows.insert(id.clone(), facts.clone());
        self.settings.raise_version();
        Ok(())
    }

    fn conditions_in_force(&mut self) -> Result<Vec<Condition>, StoreError> {
        let Conditions { rows, in_force, .. } = &self.conditions;
        Ok(in_force.iter().filter_map(|id| rows.get(id)?.in_force(id)).collect())
    }

    fn sweep_start(&mut self, scope: &Scope) -> Result<(), StoreError> {
        let Conditions { sweeps, swept, .. } = &mut self.conditions;
        *swept += 1;
        sweeps.insert(*swept, Sweep { id: *swept, scope: scope.clone(), after: None });
        Ok(())
    }

    fn sweep_next(&mut self) -> Result<Option<Sweep>, StoreError> {
        Ok(self.conditions.sweeps.values().next().cloned())
    }

    fn sweep_advance(&mut self, id: i64, after: Option<&OrderKey>) -> Result<(), StoreError> {
        let sweeps = &mut self.conditions.sweeps;
        if after.is_none() {
            sweeps.remove(&id);
        } else if let Some(sweep) = sweeps.get_mut(&id) {
            sweep.after = after.cloned();
        }
        Ok(())
    }
}
