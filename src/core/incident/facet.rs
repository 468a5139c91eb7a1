//! What orders of one shop can have in common.

use serde::{Deserialize, Serialize};

use crate::event::Scope;
use crate::ids::{Carrier, MerchantId, Region, Sku, WarehouseId};

/// One thing that several orders of a shop share. Of two that explain the same orders equally well, the one named first
/// here is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Where they leave from.
    Warehouse(WarehouseId),
    /// An article that is still to be shipped.
    Sku(Sku),
    /// Only the shop itself.
    Shop,
    /// Who carries them.
    Carrier(Carrier),
    /// Where they go.
    Region(Region),
}

impl Facet {
    /// Its sort.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Warehouse(_) => "warehouse",
            Self::Sku(_) => "sku",
            Self::Carrier(_) => "carrier",
            Self::Region(_) => "region",
            Self::Shop => "shop",
        }
    }

    /// Its value; empty for the shop.
    pub fn value(&self) -> &str {
        match self {
            Self::Warehouse(id) => id.as_str(),
            Self::Sku(id) => id.as_str(),
            Self::Carrier(id) => id.as_str(),
            Self::Region(id) => id.as_str(),
            Self::Shop => "",
        }
    }

    /// The orders of `merchant` that have it.
    pub fn scope(&self, merchant: &MerchantId) -> Scope {
        let shop = Scope { merchant_id: Some(merchant.clone()), ..Scope::default() };
        match self.clone() {
            Self::Warehouse(id) => Scope { warehouse_id: Some(id), ..shop },
            Self::Sku(id) => Scope { sku: Some(id), ..shop },
            Self::Carrier(id) => Scope { carrier: Some(id), ..shop },
            Self::Region(id) => Scope { region: Some(id), ..shop },
            Self::Shop => shop,
        }
    }
}
