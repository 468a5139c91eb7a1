//! Whether the dates that buyers were told were kept.

use forewarn_core::cause::Cause;
use forewarn_core::decide::QuoteFate;
use forewarn_core::ids::MerchantId;

use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::{QuoteStore, QuoteSum, Tenant, quote_changes};

const WHAT: &str = "sum of kept dates";
const READING: &str = "summing kept dates";

impl QuoteStore for Session<'_> {
    fn quotes_judged(&mut self, merchant: &MerchantId, fates: &[QuoteFate]) -> Result<(), StoreError> {
        for fate in fates {
            let (kept, broken) = quote_changes(fate);
            let sums = self.pending.quotes.entry((merchant.clone(), fate.cause)).or_default();
            *sums = (sums.0 + kept, sums.1 + broken);
        }
        Ok(())
    }

    fn quotes_by_cause(&mut self, tenant: Tenant<'_>) -> Result<Vec<(Cause, QuoteSum)>, StoreError> {
        let sql = "SELECT cause, sum(kept)::bigint, sum(broken)::bigint FROM quotes
                   WHERE $1::text IS NULL OR merchant_id = $1 GROUP BY cause ORDER BY cause";
        self.peek(READING, sql, &[&tenant.map(MerchantId::as_str)], |f| {
            let cause = f.parsed(WHAT, &"by cause", "cause", |name| Cause::named(name).ok_or(()))?;
            Ok((cause, read_sum(f)?))
        })
    }

    fn quotes_by_shop(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<(MerchantId, QuoteSum)>, StoreError> {
        let sql = "SELECT merchant_id, sum(kept)::bigint, sum(broken)::bigint FROM quotes
                   WHERE $1::text IS NULL OR merchant_id = $1
                   GROUP BY merchant_id ORDER BY sum(broken) DESC, merchant_id LIMIT $2";
        self.peek(READING, sql, &[&tenant.map(MerchantId::as_str), &rows(limit)], |f| {
            Ok((f.parsed(WHAT, &"by shop", "merchant_id", MerchantId::new)?, read_sum(f)?))
        })
    }
}

impl Session<'_> {
    /// Writes the sums that wait, in the order of their keys. Every order of a shop moves the same few rows, so this is
    /// a step's last statement: whoever holds one of them waits for nobody.
    pub(super) fn flush_quotes(&mut self) -> Result<(), StoreError> {
        let sums = std::mem::take(&mut self.pending.quotes);
        if sums.is_empty() {
            return Ok(());
        }
        let merchants: Vec<&str> = sums.keys().map(|(merchant, _)| merchant.as_str()).collect();
        let causes: Vec<&str> = sums.keys().map(|(_, cause)| cause.as_str()).collect();
        let (kept, broken): (Vec<i64>, Vec<i64>) = sums.values().copied().unzip();
        let sql = "INSERT INTO quotes (merchant_id, cause, kept, broken)
                   SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
                   ON CONFLICT (merchant_id, cause) DO UPDATE SET kept = quotes.kept + excluded.kept,
                       broken = quotes.broken + excluded.broken";
        self.change("counting kept dates", sql, &[&merchants, &causes, &kept, &broken]).map(drop)
    }
}

fn read_sum(f: &mut Fields<'_>) -> Result<QuoteSum, StoreError> {
    Ok(QuoteSum { kept: f.count()?, broken: f.count()? })
}
