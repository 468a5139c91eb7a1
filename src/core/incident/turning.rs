//! An order turns at risk.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Facet;
use crate::OrderKey;
use crate::because::Evidence;
use crate::cause::{Cause, Finding};
use crate::ids::ConditionId;
use crate::instant::Instant;
use crate::order::Order;

/// Most facets of one order that count. Our choice: who orders more different articles at once shares them with nobody.
const FACETS_MAX: usize = 32;

/// The first decision that found an order at risk under a version of its promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turning {
    /// Which order.
    pub key: OrderKey,
    /// When that was decided.
    pub at: Instant,
    /// The version of the promise.
    pub version: u32,
    /// What it may share with others, the shop at the end.
    pub facets: Vec<Facet>,
    /// Why it is late.
    pub cause: Cause,
    /// The condition that says so, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionId>,
}

impl Turning {
    /// What `order`, found at risk at `at` because of `finding`, shares with others; `None` where its buyer must act,
    /// which is nobody else's affair.
    pub fn of(order: &Order, finding: &Finding, version: u32, at: Instant) -> Option<Self> {
        let stop = finding.obstacles.stop.as_ref().map(|stop| &stop.evidence);
        let condition = [Some(&finding.evidence), stop].into_iter().flatten().find_map(|evidence| match evidence {
            Evidence::Condition { id, .. } => Some(id.clone()),
            _ => None,
        });
        let cause = finding.cause;
        let turning = Self { key: order.key.clone(), at, version, facets: facets(order), cause, condition };
        (cause != Cause::Address).then_some(turning)
    }

    /// What stands for `order` where a notice of it was held back at `at`; it counts as no turning.
    pub fn held(order: &Order, at: Instant) -> Self {
        let (key, facets) = (order.key.clone(), facets(order));
        Self { key, at, version: 0, facets, cause: Cause::WarehouseQueue, condition: None }
    }
}

fn facets(order: &Order) -> Vec<Facet> {
    let warehouse = order.warehouse_id.clone().map(Facet::Warehouse);
    let skus = order.open_lines().map(|line| Facet::Sku(line.sku.clone()));
    let under_way = order.parcels.iter().filter(|parcel| parcel.voided_at.is_none());
    let carriers = under_way.filter_map(|parcel| parcel.carrier.clone()).map(Facet::Carrier);
    let to = order.ship_to.iter();
    let regions = to.flat_map(|to| [Some(to.country.clone()), to.region.clone()]).flatten().map(Facet::Region);
    let all: BTreeSet<Facet> = warehouse.into_iter().chain(skus).chain(carriers).chain(regions).collect();
    all.into_iter().take(FACETS_MAX).chain([Facet::Shop]).collect()
}
