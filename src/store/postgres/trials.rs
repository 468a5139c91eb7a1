//! What a warning is worth: sums of orders warned and of orders left unwarned.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::trial::{Arm, Change, Entered};

use super::connection::Params;
use super::grants::lock_budgets;
use super::session::{Session, only};
use crate::store::StoreError;
use crate::store::port::{Tenant, TrialStore, TrialSum, trial_steps};

const READING: &str = "summing orders warned and left unwarned";

impl TrialStore for Session<'_> {
    fn trial_count(&mut self, merchant: &MerchantId, order: &Entered, change: Change) -> Result<(), StoreError> {
        let sums = self.pending.trials.entry((merchant.clone(), order.day, order.arm)).or_default();
        sums.iter_mut().zip(trial_steps(change)).for_each(|(sum, step)| *sum += step);
        Ok(())
    }

    fn held_out(&mut self, merchant: &MerchantId, day: Instant) -> Result<u64, StoreError> {
        // Whoever only reads decides nothing.
        if !self.is_read_only() {
            lock_budgets(self, merchant)?;
        }
        let sql = "SELECT coalesce(sum(entered), 0)::bigint FROM trials
                   WHERE merchant_id = $1 AND day = $2 AND arm = 'held_out'";
        let kept = self.peek(READING, sql, &[&merchant.as_str(), &day.ms()], only::<i64>)?;
        let waiting = self.pending.trials.get(&(merchant.clone(), day, Arm::HeldOut)).map_or(0, |sums| sums[0]);
        Ok(kept.into_iter().chain([waiting]).sum::<i64>().unsigned_abs())
    }

    fn trial_sums(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<Vec<(Arm, TrialSum)>, StoreError> {
        let sql = "SELECT arm, sum(entered)::bigint, sum(ended)::bigint, sum(asked)::bigint, sum(cancelled)::bigint
                   FROM trials WHERE day >= $1 AND ($2::text IS NULL OR merchant_id = $2) GROUP BY arm ORDER BY arm";
        self.peek(READING, sql, &[&since.ms(), &tenant.map(MerchantId::as_str)], |f| {
            let arm = f.parsed("sum of the trial", &"by arm", "arm", |name| Arm::named(name).ok_or(()))?;
            Ok((arm, TrialSum { entered: f.count()?, ended: f.count()?, asked: f.count()?, cancelled: f.count()? }))
        })
    }
}

impl Session<'_> {
    /// Writes the sums that wait, in the order of their keys, by the end of the step, as
    /// [`Session::flush_quotes`] does.
    pub(super) fn flush_trials(&mut self) -> Result<(), StoreError> {
        let sums = std::mem::take(&mut self.pending.trials);
        if sums.is_empty() {
            return Ok(());
        }
        let merchants: Vec<&str> = sums.keys().map(|(merchant, ..)| merchant.as_str()).collect();
        let days: Vec<i64> = sums.keys().map(|(_, day, _)| day.ms()).collect();
        let arms: Vec<&str> = sums.keys().map(|(.., arm)| arm.as_str()).collect();
        let [entered, ended, asked, cancelled] =
            [0, 1, 2, 3].map(|n| -> Vec<i64> { sums.values().map(|sums| sums[n]).collect() });
        let sql = "INSERT INTO trials (merchant_id, day, arm, entered, ended, asked, cancelled)
                   SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
                       $7::bigint[])
                   ON CONFLICT (merchant_id, day, arm) DO UPDATE SET entered = trials.entered + excluded.entered,
                       ended = trials.ended + excluded.ended, asked = trials.asked + excluded.asked,
                       cancelled = trials.cancelled + excluded.cancelled";
        let params: Params<'_> = &[&merchants, &days, &arms, &entered, &ended, &asked, &cancelled];
        self.change("counting orders warned and left unwarned", sql, params).map(drop)
    }
}
