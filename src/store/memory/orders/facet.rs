//! What an order is found by when there may be several of it.

use std::iter::once;

use forewarn_core::ids::{Campaign, Carrier, MerchantId, Region, Sku, WarehouseId};

use crate::store::port::OrderRow;

/// A property that orders share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Facet {
    /// It is open.
    Open,
    /// It is open and of this shop.
    Merchant(MerchantId),
    /// It is open and leaves from here.
    Warehouse(WarehouseId),
    /// It is open and came from this campaign.
    Campaign(Campaign),
    /// It is open and goes there.
    Region(Region),
    /// It is open and waits for this article.
    Sku(Sku),
    /// A parcel of it goes with this carrier, whether it is open or not.
    Carrier(Carrier),
}

/// Everything `row` is found by. But for its carriers that is nothing once it is at rest, so that orders at rest cost a
/// sweep nothing.
pub(super) fn of(row: &OrderRow) -> Vec<Facet> {
    let index = &row.index;
    let mut facets: Vec<Facet> = index.carriers.iter().cloned().map(Facet::Carrier).collect();
    if index.open {
        facets.extend(once(Facet::Open).chain(once(Facet::Merchant(row.key.merchant_id.clone()))));
        facets.extend(index.warehouse_id.clone().map(Facet::Warehouse));
        facets.extend(index.campaign.clone().map(Facet::Campaign));
        facets.extend(index.regions.iter().cloned().map(Facet::Region));
        facets.extend(index.open_skus.iter().cloned().map(Facet::Sku));
    }
    facets
}

/// Whether [`of`] gives the same of both, which are one order before and after a change.
pub(super) fn are_same(one: &OrderRow, other: &OrderRow) -> bool {
    let (one, other) = (&one.index, &other.index);
    one.open == other.open
        && one.carriers == other.carriers
        && one.warehouse_id == other.warehouse_id
        && one.campaign == other.campaign
        && one.regions == other.regions
        && one.open_skus == other.open_skus
}
