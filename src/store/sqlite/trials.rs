//! What a warning is worth: sums of orders warned and of orders left unwarned.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::trial::{Arm, Change, Entered};
use rusqlite::params;

use super::session::{Fields, Session};
use crate::store::StoreError;
use crate::store::port::{Tenant, TrialStore, TrialSum, trial_steps};

const READING: &str = "summing orders warned and left unwarned";

impl TrialStore for Session<'_> {
    fn trial_count(&mut self, merchant: &MerchantId, order: &Entered, change: Change) -> Result<(), StoreError> {
        let sql = "INSERT INTO trials (merchant_id, day, arm, entered, ended, asked, cancelled)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                   ON CONFLICT DO UPDATE SET entered = entered + excluded.entered, ended = ended + excluded.ended,
                       asked = asked + excluded.asked, cancelled = cancelled + excluded.cancelled";
        let [entered, ended, asked, cancelled] = trial_steps(change);
        let (shop, arm) = (merchant.as_str(), order.arm.as_str());
        let params = params![shop, order.day.ms(), arm, entered, ended, asked, cancelled];
        self.execute("counting orders warned and left unwarned", sql, params).map(drop)
    }

    fn held_out(&mut self, merchant: &MerchantId, day: Instant) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(entered), 0) FROM trials
                   WHERE merchant_id = ?1 AND day = ?2 AND arm = 'held_out'";
        let sum: i64 = self.single(READING, sql, params![merchant.as_str(), day.ms()])?;
        Ok(u64::try_from(sum).unwrap_or(0))
    }

    fn trial_sums(&mut self, tenant: Tenant<'_>, since: Instant) -> Result<Vec<(Arm, TrialSum)>, StoreError> {
        let sql = "SELECT arm, sum(entered), sum(ended), sum(asked), sum(cancelled) FROM trials
                   WHERE day >= ?1 AND (?2 IS NULL OR merchant_id = ?2) GROUP BY arm ORDER BY arm";
        self.all(READING, sql, params![since.ms(), tenant.map(MerchantId::as_str)], read_row)
    }
}

/// Reads a row, whose sort comes first.
pub(super) fn read_row(f: &mut Fields<'_>) -> Result<(Arm, TrialSum), StoreError> {
    let arm = f.parsed("sum of the trial", &"by arm", "arm", |name| Arm::named(name).ok_or(()))?;
    Ok((arm, TrialSum { entered: f.count()?, ended: f.count()?, asked: f.count()?, cancelled: f.count()? }))
}
