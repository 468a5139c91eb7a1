//! What a step has read and will read again, so that it is asked for once and together.
//!
//! The engine judges one order at a time and asks for its shop, its buyer, its warehouse. The first such question is
//! asked for all orders the step holds, and the others find their answer here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_core::decide::Got;
use forewarn_core::ids::{GrantId, MerchantId, NoticeId, WarehouseId};
use forewarn_core::{BuyerKey, Instant, OrderKey};

use super::orders::Tag;
use crate::store::port::{GrantRow, OrderRow, Place};

/// A warehouse of a shop.
pub(super) type House = (MerchantId, WarehouseId);

/// What this transaction knows.
#[derive(Default)]
pub(super) struct Seen {
    /// Orders that were looked for: with their tags where they are there, and then their rows are locked.
    pub(super) orders: HashMap<OrderKey, Option<BTreeSet<Tag>>>,
    /// Orders read ahead that nobody has asked for yet.
    pub(super) fetched: HashMap<OrderKey, Option<OrderRow>>,
    /// Shops, buyers and warehouses of the orders in hand.
    pub(super) around: Around,
    /// Since when shops are live.
    pub(super) live: HashMap<MerchantId, Option<Instant>>,
    /// Buyers' wishes as they are stored.
    pub(super) wishes: HashMap<BuyerKey, Option<String>>,
    /// What buyers got since a moment, in ascending order.
    pub(super) sent: BTreeMap<Instant, HashMap<BuyerKey, Vec<Got>>>,
    /// What is remembered of places from which events come: what is recent, and since when nothing is taken.
    pub(super) watches: HashMap<Place, Option<(String, Option<i64>)>>,
    /// Newest words of warehouses.
    pub(super) words: HashMap<House, Option<Instant>>,
    /// Notices claimed in this transaction, by whom.
    pub(super) claimed: HashMap<NoticeId, String>,
    /// Grants read ahead, which locks them.
    pub(super) grants: HashMap<GrantId, Option<GrantRow>>,
    /// Shops whose budgets are locked.
    pub(super) budgets: BTreeSet<MerchantId>,
    /// What was looked for and not there: sort and id. It may be made by somebody else meanwhile.
    pub(super) missing: BTreeSet<(&'static str, String)>,
    /// The settings' version the step stands on, its own changes counted.
    pub(super) settings: Option<i64>,
    /// The business clock of the step, where it said so.
    pub(super) now: Option<Instant>,
}

/// Whom the orders in hand concern.
#[derive(Default)]
pub(super) struct Around {
    pub(super) shops: BTreeSet<MerchantId>,
    pub(super) buyers: BTreeSet<BuyerKey>,
    pub(super) houses: BTreeSet<House>,
}

impl Around {
    /// Takes the surroundings of an order that is about to be judged.
    pub(super) fn take(&mut self, row: &OrderRow) {
        let merchant = &row.key.merchant_id;
        self.shops.insert(merchant.clone());
        if let Some(buyer) = &row.index.buyer_id {
            self.buyers.insert(BuyerKey { merchant_id: merchant.clone(), buyer_id: buyer.clone() });
        }
        if let Some(warehouse) = &row.index.warehouse_id {
            self.houses.insert((merchant.clone(), warehouse.clone()));
        }
    }
}
