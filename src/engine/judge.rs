//! Puts a case together from the store and has the core decide it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use forewarn_core::because::Reason;
use forewarn_core::decide::{Case, Decision, Got, Preferences, decide, is_held_out};
use forewarn_core::forecast::{Forecast, Model};
use forewarn_core::order::Order;
use forewarn_core::policy::Policy;
use forewarn_core::{BuyerKey, Instant, OrderKey};

use super::ways::{Ways, tired_of};
use super::{Down, Engine, Settings};
use crate::store::port::{NoticeRow, OrderRow};
use crate::store::{StoreError, Tx};

/// One order, read and decided, with what the decision stood on.
pub struct Dossier {
    /// The order as its facts tell it.
    pub order: Order,
    /// The policy it was decided under.
    pub policy: Arc<Policy>,
    /// The decision; `None` when deciding panicked and the order must be set aside.
    pub decision: Option<Decision>,
    /// The model it stood on.
    pub model: Arc<Model>,
}

impl Dossier {
    /// The facts and numbers behind how the order stands; none when nothing of it is open.
    pub fn because(&self) -> Vec<Reason> {
        let main = self.decision.as_ref().and_then(|d| d.main.as_ref()).filter(|main| main.is_open());
        main.map(|main| main.because(&self.policy, self.model.version())).unwrap_or_default()
    }
}

/// What the engine holds for the length of a step.
pub(super) struct Bench<'a> {
    pub(super) engine: &'a Engine,
    pub(super) settings: Arc<Settings>,
    pub(super) model: Arc<Model>,
    /// Channels that are left alone.
    pub(super) down: BTreeMap<String, Down>,
    pub(super) now: Instant,
}

/// What else one look at an order takes into account.
#[derive(Clone, Copy, Default)]
pub(super) struct Look<'n> {
    /// Another order of its buyer is told of a delay.
    pub(super) in_company: bool,
    /// The notice it is about, if it waits in the outbox.
    pub(super) notice: Option<&'n NoticeRow>,
    /// Channels that fail and that it may find out about.
    pub(super) trying: &'n [String],
}

impl<'a> Bench<'a> {
    pub(super) fn set_up(engine: &'a Engine, tx: &mut dyn Tx, now: Instant) -> Result<Self, StoreError> {
        let down = Engine::channels_down(tx)?;
        Ok(Self { engine, settings: engine.settings(tx)?, model: engine.model(tx)?, down, now })
    }

    /// Which ways fail, as far as `notice` is concerned.
    pub(super) fn ways<'s>(&'s self, look: Look<'s>, policy: &Policy) -> Ways<'s> {
        let tired_of = look.notice.and_then(|notice| tired_of(notice, policy, self.now));
        let taken = look.notice.filter(|notice| notice.is_perhaps_taken());
        let bound = taken.and_then(|notice| notice.composed.as_ref()).map(|composed| composed.channel.as_str());
        Ways { down: &self.down, trying: look.trying, bound, tired_of, now: self.now }
    }

    /// Reads the order under the policy that holds for it.
    pub(super) fn read(&self, row: &OrderRow) -> (Order, Arc<Policy>) {
        let order = Order::read(&row.key, &row.facts);
        let policy = self.settings.policy_for(&order);
        let met_by = policy.promise.met_by;
        (if met_by == order.met_by { order } else { order.met_by(met_by) }, policy)
    }

    /// Decides one order from the newest facts; `None` when even reading it panicked.
    pub(super) fn judge(&self, tx: &mut dyn Tx, row: &OrderRow) -> Result<Option<Dossier>, StoreError> {
        self.judge_for(tx, row, Look::default())
    }

    /// The same, taking into account what `look` says.
    pub(super) fn judge_for(
        &self,
        tx: &mut dyn Tx,
        row: &OrderRow,
        look: Look<'_>,
    ) -> Result<Option<Dossier>, StoreError> {
        let Some((order, policy)) = guarded(&row.key, || self.read(row)) else { return Ok(None) };
        let live_since = self.engine.live_since(tx, &row.key.merchant_id, self.now)?;
        let mut guard = self.settings.guard(&row.key.merchant_id, live_since, self.engine.identity.shadow);
        guard.pauses.extend(self.settings.incident_pauses(&order));
        let (preferences, sent_today) = (self.preferences(tx, &order)?, self.sent_today(tx, &order, &policy)?);
        let warehouse_spoke_at = match &order.warehouse_id {
            Some(warehouse) => tx.warehouse_spoke_at(&row.key.merchant_id, warehouse)?,
            None => None,
        };
        let held_out_today = self.held_out_today(tx, &order, &policy)?;
        let found = self.ways(look, &policy).reach(order.buyer.as_ref(), &preferences, &policy);
        let conditions = self.settings.conditions_for(&order);
        let case = Case {
            order: &order,
            told: &row.told,
            conditions: &conditions,
            forecast: &*self.model,
            policy: &policy,
            guard: &guard,
            reach: &found,
            sent_today: &sent_today,
            held_out_today,
            warehouse_spoke_at,
            in_company: look.in_company,
            now: self.now,
        };
        let decision = guarded(&row.key, || decide(case));
        Ok(Some(Dossier { decision, policy, order, model: Arc::clone(&self.model) }))
    }

    fn sent_today(&self, tx: &mut dyn Tx, order: &Order, policy: &Policy) -> Result<Vec<Got>, StoreError> {
        let Some(buyer) = &order.buyer else { return Ok(Vec::new()) };
        let (today, _) = policy.quiet_hours.zone.day(self.now);
        tx.notices_sent_since(&order.key.merchant_id, &buyer.buyer_id, today)
    }

    /// Nobody else is asked about: the question keeps other steps of the shop waiting.
    fn held_out_today(&self, tx: &mut dyn Tx, order: &Order, policy: &Policy) -> Result<u64, StoreError> {
        if !is_held_out(&order.key, policy) {
            return Ok(0);
        }
        let (today, _) = policy.quiet_hours.zone.day(self.now);
        tx.held_out(&order.key.merchant_id, today)
    }

    /// The wishes of the order's buyer.
    pub(super) fn preferences(&self, tx: &mut dyn Tx, order: &Order) -> Result<Preferences, StoreError> {
        buyer_of(order).map_or(Ok(Preferences::default()), |buyer| tx.preferences_load(&buyer))
    }
}

/// Who buys at which shop.
pub(super) fn buyer_of(order: &Order) -> Option<BuyerKey> {
    let buyer_id = order.buyer.as_ref()?.buyer_id.clone();
    Some(BuyerKey { merchant_id: order.key.merchant_id.clone(), buyer_id })
}

/// Runs a pure rule over one order; a panic sets the order aside and the others go on.
pub(super) fn guarded<R>(key: &OrderKey, rule: impl FnOnce() -> R) -> Option<R> {
    let result = catch_unwind(AssertUnwindSafe(rule));
    if result.is_err() {
        tracing::error!(order.id = %key, "a rule panicked on this order; it is set aside, the others go on");
    }
    result.ok()
}

/// One order with its decision as of `now`, for people to read. Changes nothing.
///
/// # Errors
/// When the store fails, the order's row is damaged, or its facts cannot be read as an order.
pub fn dossier(
    engine: &Engine,
    tx: &mut dyn Tx,
    key: &OrderKey,
    now: Instant,
) -> Result<Option<(OrderRow, Dossier)>, StoreError> {
    let bench = Bench::set_up(engine, tx, now)?;
    let Some(row) = tx.orders_load(std::slice::from_ref(key))?.into_iter().flatten().next() else { return Ok(None) };
    match bench.judge(tx, &row)? {
        Some(dossier) => Ok(Some((row, dossier))),
        None => Err(StoreError::Damaged { what: "order", id: key.to_string(), source: "reading it panicked".into() }),
    }
}
