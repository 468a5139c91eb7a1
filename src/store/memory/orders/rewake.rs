//! From a scope to the orders in it, in chunks.

use forewarn_core::event::Scope;
use forewarn_core::{Instant, OrderKey};

use super::facet::Facet;
use super::table::Orders;
use crate::store::port::OrderRow;

/// Wakes up to `limit` orders in `scope` at `at`, unless they wake earlier; gives the last one when there may be more.
pub(super) fn rewake(
    orders: &mut Orders,
    scope: &Scope,
    at: Instant,
    after: Option<&OrderKey>,
    limit: usize,
) -> Option<OrderKey> {
    let in_scope = orders.with(&narrowest(scope), after).filter(|row| is_in(row, scope));
    let mut found: Vec<OrderKey> = in_scope.take(limit).map(|row| row.key.clone()).collect();
    for key in &found {
        orders.change(key, |row| row.wake_at = Some(row.wake_at.map_or(at, |earlier| earlier.min(at))));
    }
    if found.len() < limit { None } else { found.pop() }
}

/// How many open orders are in `scope`.
pub(in crate::store::memory) fn count_open(orders: &Orders, scope: &Scope) -> u64 {
    let open = orders.with(&narrowest(scope), None).filter(|row| row.index.open && is_in(row, scope));
    u64::try_from(open.count()).unwrap_or(u64::MAX)
}

/// The narrowest thing the scope names, so that a chunk looks at little more than the orders it wakes.
fn narrowest(scope: &Scope) -> Facet {
    let carrier = scope.carrier.clone().map(Facet::Carrier);
    let sku = || scope.sku.clone().map(Facet::Sku);
    let region = || scope.region.clone().map(Facet::Region);
    let campaign = || scope.campaign.clone().map(Facet::Campaign);
    let warehouse = || scope.warehouse_id.clone().map(Facet::Warehouse);
    let merchant = || scope.merchant_id.clone().map(Facet::Merchant);
    let named = carrier.or_else(sku).or_else(region).or_else(campaign).or_else(warehouse).or_else(merchant);
    named.unwrap_or(Facet::Open)
}

/// Whether every field of the scope fits. Only a carrier's orders need not be open: their parcels are on their way.
fn is_in(row: &OrderRow, scope: &Scope) -> bool {
    let index = &row.index;
    (scope.carrier.is_some() || index.open)
        && scope.carrier.as_ref().is_none_or(|carrier| index.carriers.contains(carrier))
        && scope.merchant_id.as_ref().is_none_or(|merchant| row.key.merchant_id == *merchant)
        && (scope.warehouse_id.is_none() || scope.warehouse_id == index.warehouse_id)
        && (scope.campaign.is_none() || scope.campaign == index.campaign)
        && scope.sku.as_ref().is_none_or(|sku| index.open_skus.contains(sku))
        && scope.region.as_ref().is_none_or(|region| index.regions.contains(region))
}
