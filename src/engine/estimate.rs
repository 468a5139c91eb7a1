//! When an order placed now would ship, by what is known and learned at this moment.

use forewarn_core::Instant;
use forewarn_core::condition::Condition;
use forewarn_core::estimate::{Estimate, Wanted, estimate};
use forewarn_core::policy::Ppm;

use super::Engine;
use crate::store::{StoreError, Tx};

impl Engine {
    /// Answers for `wanted`, with the confidence at which the shop's policy quotes dates. Reads only.
    ///
    /// # Errors
    /// When the store fails, or the policy in force or the model cannot be read.
    pub fn estimate(
        &self,
        tx: &mut dyn Tx,
        wanted: &Wanted,
        now: Instant,
    ) -> Result<Option<(Estimate, Ppm)>, StoreError> {
        let (settings, model) = (self.settings(tx)?, self.model(tx)?);
        let order = wanted.order(now);
        let policy = settings.policy_for(&order);
        let conditions: Vec<&Condition> = settings.conditions_for(&order);
        Ok(estimate(&order, &conditions, &*model, &policy, now).map(|found| (found, policy.quote.confidence)))
    }
}
