//! Lists and counts for people; each walks the rows the asking shop may see.

mod notices;
mod orders;
mod overview;

use forewarn_core::OrderKey;
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::{BuyerId, NoticeId};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{
    GrantRow, ListingStore, NoticeLine, NoticeRow, NoticeSearch, OrderLine, OrderSearch, Overview, OverviewAsk,
    SuppressedLine, SuppressedSearch, Tenant,
};

impl ListingStore for Tables {
    fn overview(&mut self, tenant: Tenant<'_>, ask: &OverviewAsk) -> Result<Overview, StoreError> {
        Ok(overview::overview(self, tenant, ask))
    }

    fn notices_list(&mut self, tenant: Tenant<'_>, search: &NoticeSearch) -> Result<Vec<NoticeLine>, StoreError> {
        Ok(notices::list(self, tenant, search))
    }

    fn notice_seen(&mut self, tenant: Tenant<'_>, id: &NoticeId) -> Result<Option<NoticeRow>, StoreError> {
        Ok(self.notices.get(id).filter(|notice| may_see(tenant, &notice.order)).cloned())
    }

    fn suppressed_list(
        &mut self,
        tenant: Tenant<'_>,
        search: &SuppressedSearch,
    ) -> Result<Vec<SuppressedLine>, StoreError> {
        Ok(notices::suppressed(self, tenant, search))
    }

    fn orders_list(&mut self, tenant: Tenant<'_>, search: &OrderSearch) -> Result<Vec<OrderLine>, StoreError> {
        Ok(orders::list(self, tenant, search))
    }

    fn order_seen(&mut self, tenant: Tenant<'_>, key: &OrderKey) -> Result<bool, StoreError> {
        Ok(may_see(tenant, key) && self.orders.get(key).is_some())
    }

    fn grants_waiting(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let waits = |grant: &&GrantRow| grant.status == GrantStatus::NeedsApproval && may_see(tenant, &grant.order);
        let mut waiting: Vec<&GrantRow> = self.grants.rows().filter(waits).collect();
        waiting.sort_by(|a, b| (a.created_at, &a.grant_id).cmp(&(b.created_at, &b.grant_id)));
        Ok(waiting.into_iter().take(limit).cloned().collect())
    }
}

/// Whether what is about this order may be shown to who asks.
fn may_see(tenant: Tenant<'_>, order: &OrderKey) -> bool {
    tenant.is_none_or(|merchant| order.merchant_id == *merchant)
}

/// Whether the order's id begins with `text`, or the buyer's id is `text`.
fn is_named(text: &str, order: &OrderKey, buyer: Option<&BuyerId>) -> bool {
    order.order_id.as_str().starts_with(text) || buyer.is_some_and(|buyer| buyer.as_str() == text)
}
