//! What a warning is worth: sums of orders warned and of orders left unwarned.

use std::collections::BTreeMap;

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::trial::{Arm, Change, Entered};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{Tenant, TrialStore, TrialSum, trial_steps};

/// Entered, ended, asked and cancelled orders by shop, day and sort.
#[derive(Clone, Debug, Default)]
pub(super) struct Trials(BTreeMap<(MerchantId, Instant, Arm), [i64; 4]>);

impl Trials {
    /// Forgets up to `limit` sums of days before `before`; gives how many.
    pub(super) fn forget(&mut self, before: Instant, limit: usize) -> usize {
        let old: Vec<_> = self.0.keys().filter(|(_, day, _)| *day < before).take(limit).cloned().collect();
        self.0.retain(|key, _| !old.contains(key));
        old.len()
    }
}

impl TrialStore for Tables {
    fn trial_count(&mut self, merchant: &MerchantId, order: &Entered, change: Change) -> Result<(), StoreError> {
        let sums = self.trials.0.entry((merchant.clone(), order.day, order.arm)).or_default();
        sums.iter_mut().zip(trial_steps(change)).for_each(|(sum, step)| *sum += step);
        Ok(())
    }

    fn held_out(&mut self, merchant: &MerchantId, day: Instant) -> Result<u64, StoreError> {
        let sums = self.trials.0.get(&(merchant.clone(), day, Arm::HeldOut));
        Ok(sums.map_or(0, |sums| sums[0].unsigned_abs()))
    }

    fn trial_sums(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<Vec<(Arm, TrialSum)>, StoreError> {
        let mut sums: BTreeMap<&str, (Arm, TrialSum)> = BTreeMap::new();
        for ((shop, day, arm), counts) in &self.trials.0 {
            if *day >= since && tenant.is_none_or(|own| own == shop) {
                let (_, sum) = sums.entry(arm.as_str()).or_insert((*arm, TrialSum::default()));
                let [entered, ended, asked, cancelled] = counts.map(i64::unsigned_abs);
                sum.entered += entered;
                sum.ended += ended;
                sum.asked += asked;
                sum.cancelled += cancelled;
            }
        }
        Ok(sums.into_values().collect())
    }
}
