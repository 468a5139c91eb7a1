//! The desk.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use forewarn_core::desk::{Change, Matter};
use forewarn_core::ids::DeskId;
use forewarn_core::{Instant, OrderKey};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{
    Closing, DeskLine, DeskMark, DeskRow, DeskSearch, DeskStore, DeskSum, DeskView, Tenant, desk_id,
};

/// All entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Desk(BTreeMap<DeskId, DeskRow>);

impl Desk {
    fn seen(&self, tenant: Tenant<'_>) -> impl Iterator<Item = &DeskRow> {
        self.0.values().filter(move |row| tenant.is_none_or(|shop| row.order.merchant_id == *shop))
    }

    /// An open entry that may be seen.
    fn open(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Option<&mut DeskRow> {
        let row = self.0.get_mut(id)?;
        let may_see = tenant.is_none_or(|shop| row.order.merchant_id == *shop);
        (may_see && row.closed.is_none()).then_some(row)
    }

    /// Whether something about the order is open.
    pub(super) fn waits(&self, order: &OrderKey) -> bool {
        self.0.values().any(|row| row.order == *order && row.closed.is_none())
    }

    /// Every entry that has left, with when.
    pub(super) fn left(&self) -> impl Iterator<Item = (Instant, DeskId)> {
        self.0.values().filter_map(|row| Some((row.closed.as_ref()?.at, row.desk_id.clone())))
    }

    pub(super) fn remove(&mut self, id: &DeskId) {
        self.0.remove(id);
    }
}

impl DeskStore for Tables {
    fn desk_change(&mut self, order: &OrderKey, changes: &[Change], at: Instant) -> Result<(), StoreError> {
        for change in changes {
            match change {
                Change::Opened(entry) => {
                    let row = DeskRow::new(order, entry);
                    self.desk.0.entry(row.desk_id.clone()).or_insert(row);
                }
                Change::Ranked(entry) => {
                    let id = desk_id(order, entry.matter, &entry.about, entry.number);
                    if let Some(row) = self.desk.open(None, &id) {
                        (row.cause, row.chases) = (entry.cause, entry.chases);
                    }
                }
                Change::Ended(entry, ending) => {
                    let id = desk_id(order, entry.matter, &entry.about, entry.number);
                    self.desk_close(None, &id, &Closing::itself(at, *ending))?;
                }
            }
        }
        Ok(())
    }

    fn desk_load(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<Option<DeskRow>, StoreError> {
        Ok(self.desk.seen(tenant).find(|row| row.desk_id == *id).cloned())
    }

    fn desk_take(&mut self, tenant: Tenant<'_>, id: &DeskId, by: &str, at: Instant) -> Result<bool, StoreError> {
        let free = self.desk.open(tenant, id).filter(|row| row.taken.is_none());
        Ok(free.map(|row| row.taken = Some((by.to_owned(), at))).is_some())
    }

    fn desk_give_back(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<bool, StoreError> {
        Ok(self.desk.open(tenant, id).is_some_and(|row| row.taken.take().is_some()))
    }

    fn desk_close(&mut self, tenant: Tenant<'_>, id: &DeskId, closing: &Closing) -> Result<bool, StoreError> {
        Ok(self.desk.open(tenant, id).map(|row| row.closed = Some(closing.clone())).is_some())
    }

    fn desk_list(&mut self, tenant: Tenant<'_>, search: &DeskSearch) -> Result<Vec<DeskLine>, StoreError> {
        let is_wanted = |row: &&DeskRow| {
            search.merchant.as_ref().is_none_or(|shop| row.order.merchant_id == *shop)
                && search.matter.is_none_or(|matter| row.matter == matter)
                && match &search.view {
                    DeskView::Open => row.closed.is_none(),
                    DeskView::Of(person) => {
                        row.closed.is_none() && row.taken.as_ref().is_some_and(|(by, _)| by == person)
                    }
                    DeskView::Closed => row.closed.is_some(),
                }
        };
        let mut found: Vec<(DeskMark, &DeskRow)> =
            self.desk.seen(tenant).filter(is_wanted).map(|row| (row.mark(), row)).collect();
        let after = |mark: &DeskMark| match (&search.after, &search.view) {
            (None, _) => true,
            (Some(last), DeskView::Closed) => mark < last,
            (Some(last), _) => mark > last,
        };
        found.retain(|(mark, _)| after(mark));
        match search.view {
            DeskView::Closed => found.sort_by_key(|(mark, _)| Reverse(mark.clone())),
            DeskView::Open | DeskView::Of(_) => found.sort_by_key(|(mark, _)| mark.clone()),
        }
        Ok(found.into_iter().take(search.limit).map(|(_, row)| self.desk_line(row)).collect())
    }

    fn desk_of(&mut self, order: &OrderKey) -> Result<Vec<DeskRow>, StoreError> {
        let mut found: Vec<DeskRow> = self.desk.0.values().filter(|row| row.order == *order).cloned().collect();
        found.sort_by(|a, b| (a.opened_at, a.number, &a.desk_id).cmp(&(b.opened_at, b.number, &b.desk_id)));
        Ok(found)
    }

    fn desk_sums(&mut self, tenant: Tenant<'_>) -> Result<Vec<DeskSum>, StoreError> {
        let mut sums: BTreeMap<&str, DeskSum> = BTreeMap::new();
        for row in self.desk.seen(tenant).filter(|row| row.closed.is_none()) {
            let fresh = |matter: Matter| DeskSum { matter, open: 0, taken: 0, oldest: row.opened_at };
            let sum = sums.entry(row.matter.as_str()).or_insert_with(|| fresh(row.matter));
            sum.open += 1;
            sum.taken += u64::from(row.taken.is_some());
            sum.oldest = sum.oldest.min(row.opened_at);
        }
        Ok(sums.into_values().collect())
    }
}

impl Tables {
    fn desk_line(&self, row: &DeskRow) -> DeskLine {
        let index = self.orders.get(&row.order).map(|order| &order.index).filter(|index| index.open);
        let (ship_by, quote) = (index.and_then(|i| i.ship_by), index.and_then(|i| i.quote));
        DeskLine { row: row.clone(), ship_by, quote }
    }
}
