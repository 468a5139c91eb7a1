//! What an order is found by, derived from how it reads.

use forewarn_core::decide::Standing;
use forewarn_core::order::Order;

use crate::store::port::OrderIndex;

/// The index of `order`; what only a decision knows is kept from `before`.
pub(super) fn of(order: &Order, before: &OrderIndex) -> OrderIndex {
    let mut open_skus: Vec<_> = order.open_lines().map(|l| l.sku.clone()).collect();
    // A parcel whose way is over is out of its carrier's hands, and conditions of the carrier no longer reach it.
    let moving = order.parcels.iter().filter(|p| !p.is_settled());
    let mut carriers: Vec<_> = moving.filter_map(|p| p.carrier.clone()).collect();
    let to = order.ship_to.as_ref();
    let mut regions: Vec<_> =
        to.map(|t| t.country.clone()).into_iter().chain(to.and_then(|t| t.region.clone())).collect();
    open_skus.sort();
    open_skus.dedup();
    carriers.sort();
    carriers.dedup();
    regions.sort();
    regions.dedup();
    OrderIndex {
        buyer_id: order.buyer.as_ref().map(|b| b.buyer_id.clone()),
        warehouse_id: order.warehouse_id.clone(),
        campaign: order.campaign.clone(),
        regions,
        carriers,
        open_skus,
        open: order.paid_at.is_some() && order.is_open(),
        paid_at: order.paid_at,
        handed_over_at: order.handed_over_at(),
        chases: u32::try_from(order.chases).unwrap_or(u32::MAX),
        ..before.clone()
    }
}

/// Takes over how the newest decision sees the order.
pub(super) fn stand(index: &mut OrderIndex, standing: &Standing) {
    index.ship_by = standing.ship_by;
    index.risk = standing.risk;
    index.at_risk = standing.at_risk;
    index.quote = standing.quote;
    index.cause = standing.cause;
}
