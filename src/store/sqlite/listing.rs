//! Lists and counts for people. The tenant is a condition in every statement.

mod desk;
mod narrowing;
mod notices;
mod orders;
mod overview;
#[cfg(test)]
mod tests;

use forewarn_core::OrderKey;
use forewarn_core::ids::{GrantId, NoticeId};

use super::session::{Session, rows};
use crate::store::StoreError;
use crate::store::port::{
    GrantRow, GrantStore, ListingStore, NoticeLine, NoticeRow, NoticeSearch, NoticeStore, OrderLine, OrderSearch,
    Overview, OverviewAsk, SuppressedLine, SuppressedSearch, Tenant,
};
pub(super) use desk::desk;
#[cfg(test)]
pub(super) use desk::statement as desk_statement;
use narrowing::Narrowing;

impl ListingStore for Session<'_> {
    fn overview(&mut self, tenant: Tenant<'_>, ask: &OverviewAsk) -> Result<Overview, StoreError> {
        overview::overview(self, tenant, ask)
    }

    fn notices_list(&mut self, tenant: Tenant<'_>, search: &NoticeSearch) -> Result<Vec<NoticeLine>, StoreError> {
        notices::list(self, tenant, search)
    }

    fn notice_seen(&mut self, tenant: Tenant<'_>, id: &NoticeId) -> Result<Option<NoticeRow>, StoreError> {
        let query = Narrowing::of(tenant).text("notice_id =", id.as_str());
        let sql = format!("SELECT count(*) FROM notices WHERE {query}");
        let seen: i64 = self.single("looking for a notice", &sql, query.params())?;
        if seen > 0 { self.notice_load(id) } else { Ok(None) }
    }

    fn suppressed_list(
        &mut self,
        tenant: Tenant<'_>,
        search: &SuppressedSearch,
    ) -> Result<Vec<SuppressedLine>, StoreError> {
        notices::suppressed(self, tenant, search)
    }

    fn orders_list(&mut self, tenant: Tenant<'_>, search: &OrderSearch) -> Result<Vec<OrderLine>, StoreError> {
        orders::list(self, tenant, search)
    }

    fn order_seen(&mut self, tenant: Tenant<'_>, key: &OrderKey) -> Result<bool, StoreError> {
        let query = Narrowing::of(tenant)
            .text("merchant_id =", key.merchant_id.as_str())
            .text("order_id =", key.order_id.as_str());
        let sql = format!("SELECT count(*) FROM orders WHERE {query}");
        let seen: i64 = self.single("looking for an order", &sql, query.params())?;
        Ok(seen > 0)
    }

    fn grants_waiting(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let query = Narrowing::of(tenant).always("status = 'needs_approval'");
        let sql =
            format!("SELECT grant_id FROM grants WHERE {query} ORDER BY created_at, grant_id LIMIT {}", rows(limit));
        let ids = self.all("listing grants that wait", &sql, query.params(), |f| {
            f.parsed("grant", &"that waits", "grant_id", GrantId::new)
        })?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.extend(self.grant_load(&id)?);
        }
        Ok(found)
    }
}
