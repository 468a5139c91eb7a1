//! Whether the dates that buyers were told were kept.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use forewarn_core::cause::Cause;
use forewarn_core::decide::QuoteFate;
use forewarn_core::ids::MerchantId;

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{QuoteStore, QuoteSum, Tenant, quote_changes};

/// Kept and broken dates by shop and cause.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotes(BTreeMap<(MerchantId, Cause), (i64, i64)>);

impl Quotes {
    /// The sums of what `tenant` may see, by what `key` makes of shop and cause.
    fn by<K: Ord>(&self, tenant: Tenant<'_>, key: impl Fn(&MerchantId, Cause) -> K) -> BTreeMap<K, QuoteSum> {
        let mut sums: BTreeMap<K, (i64, i64)> = BTreeMap::new();
        for ((shop, cause), (kept, broken)) in &self.0 {
            if tenant.is_none_or(|merchant| shop == merchant) {
                let sum = sums.entry(key(shop, *cause)).or_default();
                *sum = (sum.0 + kept, sum.1 + broken);
            }
        }
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let sum = |(kept, broken)| QuoteSum { kept: count(kept), broken: count(broken) };
        sums.into_iter().map(|(key, dates)| (key, sum(dates))).collect()
    }
}

impl QuoteStore for Tables {
    fn quotes_judged(&mut self, merchant: &MerchantId, fates: &[QuoteFate]) -> Result<(), StoreError> {
        for fate in fates {
            let (kept, broken) = quote_changes(fate);
            let sum = self.quotes.0.entry((merchant.clone(), fate.cause)).or_default();
            *sum = (sum.0 + kept, sum.1 + broken);
        }
        Ok(())
    }

    fn quotes_by_cause(&mut self, tenant: Tenant<'_>) -> Result<Vec<(Cause, QuoteSum)>, StoreError> {
        let sums = self.quotes.by(tenant, |_, cause| (cause.as_str(), cause));
        Ok(sums.into_iter().map(|((_, cause), sum)| (cause, sum)).collect())
    }

    fn quotes_by_shop(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<(MerchantId, QuoteSum)>, StoreError> {
        let mut sums: Vec<_> = self.quotes.by(tenant, |shop, _| shop.clone()).into_iter().collect();
        sums.sort_by_key(|(_, sum)| Reverse(sum.broken));
        sums.truncate(limit);
        Ok(sums)
    }
}
