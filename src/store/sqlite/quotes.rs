//! Whether the dates that buyers were told were kept.

use forewarn_core::cause::Cause;
use forewarn_core::decide::QuoteFate;
use forewarn_core::ids::MerchantId;
use rusqlite::params;

use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::{QuoteStore, QuoteSum, Tenant, quote_changes};

const WHAT: &str = "sum of kept dates";
const READING: &str = "summing kept dates";

impl QuoteStore for Session<'_> {
    fn quotes_judged(&mut self, merchant: &MerchantId, fates: &[QuoteFate]) -> Result<(), StoreError> {
        let sql = "INSERT INTO quotes (merchant_id, cause, kept, broken) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET kept = kept + excluded.kept, broken = broken + excluded.broken";
        fates.iter().try_for_each(|fate| {
            let (kept, broken) = quote_changes(fate);
            let params = params![merchant.as_str(), fate.cause.as_str(), kept, broken];
            self.execute("counting kept dates", sql, params).map(drop)
        })
    }

    fn quotes_by_cause(&mut self, tenant: Tenant<'_>) -> Result<Vec<(Cause, QuoteSum)>, StoreError> {
        let sql = "SELECT cause, sum(kept), sum(broken) FROM quotes WHERE ?1 IS NULL OR merchant_id = ?1
                   GROUP BY cause ORDER BY cause";
        self.all(READING, sql, [tenant.map(MerchantId::as_str)], |f| Ok((read_cause(f)?, read_sum(f)?)))
    }

    fn quotes_by_shop(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<(MerchantId, QuoteSum)>, StoreError> {
        let sql = "SELECT merchant_id, sum(kept), sum(broken) FROM quotes WHERE ?1 IS NULL OR merchant_id = ?1
                   GROUP BY merchant_id ORDER BY sum(broken) DESC, merchant_id LIMIT ?2";
        self.all(READING, sql, params![tenant.map(MerchantId::as_str), rows(limit)], |f| {
            Ok((f.parsed(WHAT, &"by shop", "merchant_id", MerchantId::new)?, read_sum(f)?))
        })
    }
}

fn read_cause(f: &mut Fields<'_>) -> Result<Cause, StoreError> {
    f.parsed(WHAT, &"by cause", "cause", |name| Cause::named(name).ok_or(()))
}

fn read_sum(f: &mut Fields<'_>) -> Result<QuoteSum, StoreError> {
    Ok(QuoteSum { kept: f.count()?, broken: f.count()? })
}

/// Reads a row, whose cause comes first.
pub(super) fn read_row(f: &mut Fields<'_>) -> Result<(Cause, QuoteSum), StoreError> {
    Ok((read_cause(f)?, read_sum(f)?))
}
