//! Which wait is counted, and whose waits are comparable.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::event::{Fulfilment, Stage};
use crate::ids::{OrderKey, WarehouseId};
use crate::order::Order;

/// Which wait is counted: what began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// From entering a step (`None`: from payment) to handover.
    Stage(Option<Stage>),
    /// From a missed ship-by to handover.
    Overdue,
    /// From the announced ship time to handover.
    Announced,
    /// From the end of what held the order up to handover.
    Resumed,
    /// From the report that something holds the order up to handover.
    Blocked(Cause),
    /// From the warehouse's word that it was shipped to the carrier's first scan, where only that keeps the promise.
    Pickup,
    /// From one word of the warehouse to its next.
    Dwell(Option<Stage>),
}

/// Whose waits are comparable, from the widest group to the narrowest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(Vec<String>);

impl Groups {
    /// Groups of an order: everybody, the shop, the warehouse; each split by how the goods are made ready.
    pub fn of_order(key: &OrderKey, warehouse: Option<&str>, fulfilment: Fulfilment, wait: Wait) -> Self {
        let what = format!("{wait:?}|{fulfilment:?}");
        let shop = format!("{what}|{}", key.merchant_id);
        let mut groups = vec![what, shop.clone()];
        groups.extend(warehouse.map(|w| format!("{shop}|{w}")));
        Self(groups)
    }

    /// Groups of `order`, whose goods are made ready by `fulfilment`.
    pub(super) fn of(order: &Order, fulfilment: Fulfilment, wait: Wait) -> Self {
        Self::of_order(&order.key, order.warehouse_id.as_ref().map(WarehouseId::as_str), fulfilment, wait)
    }

    /// Groups that were named before, widest first: what [`Groups::names`] gave.
    pub fn from_names(names: Vec<String>) -> Self {
        Self(names)
    }

    /// Their names, widest first.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The same groups, seen for when they ship instead of how long.
    pub(super) fn hours(&self) -> impl Iterator<Item = String> {
        self.renamed(HOURS.to_owned())
    }

    /// The same groups, seen for another wait.
    pub(super) fn waiting(&self, wait: Wait) -> impl Iterator<Item = String> {
        self.renamed(format!("{wait:?}|{}", self.fulfilment()))
    }

    /// Whether the wait is that from payment to handover, which every order has once.
    pub(super) fn is_from_payment(&self) -> bool {
        self.0.first().is_some_and(|what| what.starts_with("Stage(None)|"))
    }

    /// Everybody and the shop, seen for how they kept their promises.
    pub(super) fn records(&self) -> impl Iterator<Item = String> {
        self.renamed(format!("{RECORD}{}", self.fulfilment())).take(2)
    }

    fn fulfilment(&self) -> &str {
        self.0.first().and_then(|what| what.split_once('|')).map_or("", |(_, fulfilment)| fulfilment)
    }

    fn renamed(&self, what: String) -> impl Iterator<Item = String> {
        let common = self.0.first().map_or(0, String::len);
        self.0.iter().map(move |name| format!("{what}{}", name.get(common..).unwrap_or("")))
    }
}

/// What names of shipping hours begin with, and no other group's.
pub(super) const HOURS: &str = "hours";
/// What names of records begin with, and no other group's.
pub(super) const RECORD: &str = "record|";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn hours_are_shared_by_all_fulfilments_and_records_by_all_warehouses() {
        let key = sample::key();
        let groups = Groups::of_order(&key, Some("W1"), Fulfilment::Presale, Wait::Overdue);
        let shop = key.merchant_id.to_string();
        assert_eq!(
            groups.hours().collect::<Vec<_>>(),
            ["hours".into(), format!("hours|{shop}"), format!("hours|{shop}|W1")]
        );
        assert_eq!(groups.records().collect::<Vec<_>>(), ["record|Presale".into(), format!("record|Presale|{shop}")]);
    }
}
