//! What steers the engine: who we are, and what people have set.

use std::collections::BTreeMap;
use std::sync::Arc;

use forewarn_core::Instant;
use forewarn_core::condition::Condition;
use forewarn_core::decide::{Guard, Pause, Paused};
use forewarn_core::ids::{MerchantId, Platform, WarehouseId};
use forewarn_core::incident::Incident;
use forewarn_core::order::Order;
use forewarn_core::policy::Policy;

use super::Links;
use crate::policy::PolicyBook;
use crate::store::port::{Switch, SwitchScope};
use crate::store::{StoreError, Tx};

/// Who we are before the buyer.
pub struct Identity {
    /// Links in notices.
    pub links: Links,
    /// Names and languages of the shops.
    pub shops: Shops,
    /// Since when notices may go out; `None`: per shop, from its first contact.
    pub live_since: Option<Instant>,
    /// Shadow mode by configuration: nothing is sent, whatever the switches say.
    pub shadow: bool,
}

/// Shops by id, and what holds for the others.
#[derive(Clone, Debug)]
pub struct Shops {
    /// Shops the configuration names.
    pub named: BTreeMap<String, Shop>,
    /// Every other shop; its name is its id.
    pub others: Shop,
}

/// A shop before its buyers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shop {
    /// Its name; its id where absent.
    pub name: Option<String>,
    /// The language of buyers who name none (BCP 47).
    pub locale: Option<String>,
    /// How a buyer reaches a person.
    pub support: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// Where the daily report of its notices goes.
    pub report_to: Option<String>,
}

impl Shops {
    /// The shop `id`.
    pub fn get(&self, id: &MerchantId) -> Shop {
        let named = self.named.get(id.as_str()).cloned().unwrap_or_default();
        let other = &self.others;
        Shop {
            name: named.name.or_else(|| Some(id.to_string())),
            locale: named.locale.or_else(|| other.locale.clone()),
            support: named.support.or_else(|| other.support.clone()),
            reply_to: named.reply_to.or_else(|| other.reply_to.clone()),
            report_to: named.report_to.or_else(|| other.report_to.clone()),
        }
    }
}

/// What people have set, as of one version of the store's settings.
pub struct Settings {
    /// The version these were read at.
    pub version: i64,
    /// The policy in force.
    pub policy: PolicyBook,
    /// Switches that are on.
    pub switches: Vec<Switch>,
    /// Conditions in force, ascending by id.
    pub conditions: Vec<Condition>,
    /// Incidents that go on or are held, those noticed last first.
    pub incidents: Vec<Incident>,
}

impl Settings {
    /// Reads them; without a published policy the defaults are in force.
    ///
    /// # Errors
    /// When the store fails or the stored policy is not one this program understands.
    pub fn load(tx: &mut dyn Tx, version: i64) -> Result<Self, StoreError> {
        let policy = match tx.policy_in_force()? {
            Some(document) => PolicyBook::parse(&document.text).map_err(|problems| StoreError::Damaged {
                what: "policy",
                id: document.version.clone(),
                source: problems.first().map_or_else(|| "unreadable".into(), |p| p.message.clone().into()),
            })?,
            None => PolicyBook::default(),
        };
        let (switches, conditions) = (tx.switches()?, tx.conditions_in_force()?);
        Ok(Self { version, policy, switches, conditions, incidents: tx.incidents_live()? })
    }

    /// The policy for one order.
    pub fn policy_for(&self, order: &Order) -> Arc<Policy> {
        let platform = order.platform.as_ref().map(Platform::as_str);
        let warehouse = order.warehouse_id.as_ref().map(WarehouseId::as_str);
        self.policy.resolve_for(platform, order.key.merchant_id.as_str(), warehouse, order.paid_at)
    }

    /// The conditions that touch an order.
    pub fn conditions_for(&self, order: &Order) -> Vec<&Condition> {
        self.conditions.iter().filter(|c| c.touches(order)).collect()
    }

    /// What may be sent for a shop.
    pub fn guard(&self, merchant: &MerchantId, live_since: Instant, shadow: bool) -> Guard {
        let mut pauses: Vec<Pause> = self.switches.iter().filter_map(|switch| pause(switch, merchant)).collect();
        pauses.sort_by_key(|pause| width(pause.of));
        let is_shadow = self.switches.iter().any(|switch| switch.scope == SwitchScope::Shadow);
        Guard { live_since, pauses, shadow: shadow || is_shadow }
    }
}

/// What `switch` holds back of a shop's notices.
fn pause(switch: &Switch, merchant: &MerchantId) -> Option<Pause> {
    let of = match &switch.scope {
        SwitchScope::Global => Paused::All,
        SwitchScope::Merchant(paused) if paused == merchant => Paused::Shop,
        SwitchScope::Kind(kind) => Paused::Kind(*kind),
        SwitchScope::Channel(channel) => Paused::Channel(*channel),
        SwitchScope::Merchant(_) | SwitchScope::Shadow => return None,
    };
    Some(Pause { of, since: switch.at })
}

/// Its place among the pauses of a shop: the widest is named first.
fn width(of: Paused) -> u8 {
    match of {
        Paused::All => 0,
        Paused::Shop => 1,
        Paused::Channel(_) => 2,
        Paused::Kind(_) => 3,
        Paused::Incident { .. } => 4,
    }
}
