//! Facts wider than one order.

use serde::{Deserialize, Serialize};

use crate::ids::{Campaign, Carrier, MerchantId, Region, Sku, WarehouseId};
use crate::instant::Instant;
use crate::text::Text;

/// What hinders the orders in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// Nothing left to send.
    OutOfStock,
    /// More orders than usual.
    Surge,
    /// The weather.
    Weather,
    /// Too few people.
    Staff,
    /// A public holiday.
    Holiday,
    /// A computer system is down.
    System,
    /// The carrier does not collect or does not move.
    Carrier,
}

/// Which orders a condition touches; the given fields are ANDed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// Orders of this shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Orders that leave from this warehouse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<WarehouseId>,
    /// Orders with an open line of this article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Orders with a parcel of this carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Carrier>,
    /// Orders that go to this region or country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Orders of this campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
}

/// `condition.raised`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConditionRaised {
    /// Which orders it touches.
    pub scope: Scope,
    /// What hinders them.
    pub kind: ConditionKind,
    /// When it is expected to end, where announced.
    #[serde(default)]
    pub clears_at: Option<Instant>,
    /// In the reporting system's words.
    #[serde(default)]
    pub detail: Option<Text>,
}
