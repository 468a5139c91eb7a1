//! The compensation ledger.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_core::grant::{GrantStatus, Spent};
use forewarn_core::ids::{BuyerId, GrantId, MerchantId};
use forewarn_core::money::Amount;
use forewarn_core::{BuyerKey, Instant, OrderKey};

use super::Tables;
use super::orders::leave;
use crate::store::StoreError;
use crate::store::port::{GrantRow, GrantStore};

/// What counts against a cap, the newest first: moment, grant, thousandths.
type Spending = BTreeSet<(Reverse<Instant>, GrantId, i64)>;

/// All grants and their indexes, which change together.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants {
    /// Only ever asked for by id, or walked where the order of rows does not show.
    rows: HashMap<GrantId, GrantRow>,
    of_order: BTreeMap<OrderKey, BTreeSet<(Instant, GrantId)>>,
    spent_by_buyer: BTreeMap<BuyerKey, Spending>,
    spent_by_shop: BTreeMap<MerchantId, Spending>,
    /// Reserved, and the coupon system was not asked, by decision.
    to_request: BTreeSet<(Instant, GrantId)>,
    /// Reserved, and the coupon system was asked, by when.
    unanswered: BTreeSet<(Instant, GrantId)>,
}

impl Grants {
    /// Every grant, in no order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &GrantRow> {
        self.rows.values()
    }

    fn put(&mut self, row: &GrantRow) {
        if let Some(known) = self.rows.insert(row.grant_id.clone(), row.clone()) {
            self.leave(&known);
        }
        self.enter(row);
    }

    fn enter(&mut self, row: &GrantRow) {
        self.of_order.entry(row.order.clone()).or_default().insert((row.created_at, row.grant_id.clone()));
        if row.status.is_spent() {
            if let Some(buyer) = buyer_of(row) {
                self.spent_by_buyer.entry(buyer).or_default().insert(spending(row));
            }
            self.spent_by_shop.entry(row.order.merchant_id.clone()).or_default().insert(spending(row));
        }
        if row.status == GrantStatus::Reserved {
            let at = row.requested_at.unwrap_or(row.created_at);
            self.queue(row).insert((at, row.grant_id.clone()));
        }
    }

    fn leave(&mut self, row: &GrantRow) {
        leave(&mut self.of_order, row.order.clone(), &(row.created_at, row.grant_id.clone()));
        if row.status.is_spent() {
            if let Some(buyer) = buyer_of(row) {
                leave(&mut self.spent_by_buyer, buyer, &spending(row));
            }
            leave(&mut self.spent_by_shop, row.order.merchant_id.clone(), &spending(row));
        }
        if row.status == GrantStatus::Reserved {
            let at = row.requested_at.unwrap_or(row.created_at);
            self.queue(row).remove(&(at, row.grant_id.clone()));
        }
    }

    /// Where a reserved grant waits.
    fn queue(&mut self, row: &GrantRow) -> &mut BTreeSet<(Instant, GrantId)> {
        if row.requested_at.is_none() { &mut self.to_request } else { &mut self.unanswered }
    }

    fn of(&self, order: &OrderKey) -> impl Iterator<Item = &GrantRow> {
        self.of_order.get(order).into_iter().flatten().filter_map(|(_, id)| self.rows.get(id))
    }
}

impl GrantStore for Tables {
    fn grant_load(&mut self, id: &GrantId) -> Result<Option<GrantRow>, StoreError> {
        Ok(self.grants.rows.get(id).cloned())
    }

    fn grant_save(&mut self, row: &GrantRow) -> Result<(), StoreError> {
        self.grants.put(row);
        Ok(())
    }

    fn spent(
        &mut self,
        order: &OrderKey,
        buyer: Option<&BuyerId>,
        buyer_from: Instant,
        day_from: Instant,
        except: &GrantId,
    ) -> Result<Spent, StoreError> {
        let grants = &self.grants;
        let merchant_id = &order.merchant_id;
        let buyer = buyer.map(|id| BuyerKey { merchant_id: merchant_id.clone(), buyer_id: id.clone() });
        let on_order = grants.of(order).filter(|g| g.status.is_spent() && g.grant_id != *except);
        Ok(Spent {
            order: total(on_order.map(|g| g.money.amount.thousandths())),
            buyer_30d: spent_since(buyer.and_then(|buyer| grants.spent_by_buyer.get(&buyer)), buyer_from, except),
            merchant_day: spent_since(grants.spent_by_shop.get(merchant_id), day_from, except),
        })
    }

    fn grants_to_request(&mut self, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let Grants { rows, to_request, .. } = &self.grants;
        Ok(to_request.iter().take(limit).filter_map(|(_, id)| rows.get(id)).cloned().collect())
    }

    fn grants_unanswered(&mut self, before: Instant, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let Grants { rows, unanswered, .. } = &self.grants;
        let asked = unanswered.iter().take_while(|(at, _)| *at < before).take(limit);
        Ok(asked.filter_map(|(_, id)| rows.get(id)).cloned().collect())
    }

    fn grants_of(&mut self, order: &OrderKey) -> Result<Vec<GrantRow>, StoreError> {
        Ok(self.grants.of(order).cloned().collect())
    }

    fn grant_totals(
        &mut self,
        merchant: Option<&MerchantId>,
    ) -> Result<Vec<(MerchantId, GrantStatus, String, u64, i64)>, StoreError> {
        let mut sums = BTreeMap::new();
        for row in self.grants.rows().filter(|row| merchant.is_none_or(|id| row.order.merchant_id == *id)) {
            let (shop, currency) = (row.order.merchant_id.clone(), row.money.currency.to_string());
            let (_, count, thousandths) =
                sums.entry((shop, row.status.as_str(), currency)).or_insert((row.status, 0, 0));
            *count += 1;
            *thousandths += row.money.amount.thousandths();
        }
        let sum = |((shop, _, currency), (status, count, thousandths))| (shop, status, currency, count, thousandths);
        Ok(sums.into_iter().map(sum).collect())
    }
}

fn buyer_of(row: &GrantRow) -> Option<BuyerKey> {
    let buyer_id = row.buyer_id.clone()?;
    Some(BuyerKey { merchant_id: row.order.merchant_id.clone(), buyer_id })
}

fn spending(row: &GrantRow) -> (Reverse<Instant>, GrantId, i64) {
    (Reverse(row.created_at), row.grant_id.clone(), row.money.amount.thousandths())
}

fn spent_since(spending: Option<&Spending>, from: Instant, except: &GrantId) -> Amount {
    let newest = spending.into_iter().flatten().take_while(|(at, ..)| at.0 >= from);
    total(newest.filter(|(_, id, _)| id != except).map(|(.., thousandths)| *thousandths))
}

fn total(thousandths: impl Iterator<Item = i64>) -> Amount {
    Amount::from_thousandths(thousandths.sum())
}
