//! Promise, cause and forecast of an order, for people to read.

use forewarn_core::cause::{self, Finding, Surroundings};
use forewarn_core::forecast::{Forecast, Prediction, Question};
use forewarn_core::order::Order;
use forewarn_core::policy::{Policy, Ppm};
use forewarn_core::promise::{self, Promise};
use forewarn_core::{Instant, Span};

use crate::engine::Engine;
use crate::store::{StoreError, Tx};

/// The outlook of the part of an order whose promise comes first.
pub(in crate::console) struct Outlook {
    /// The promise that counts.
    pub(in crate::console) promise: Option<Promise>,
    /// What holds the order up most; `None` when nothing is open.
    pub(in crate::console) finding: Option<Finding>,
    /// When it will be handed over; `None` when nothing is open or nothing was paid.
    pub(in crate::console) prediction: Option<Prediction>,
}

impl Outlook {
    pub(super) fn read(
        engine: &Engine,
        tx: &mut dyn Tx,
        order: &Order,
        policy: &Policy,
        now: Instant,
    ) -> Result<Self, StoreError> {
        let groups = promise::groups(order, &policy.promise);
        let group = promise::binding_of(order, &groups);
        let promise = group.map(|g| g.promise.clone());
        if !order.is_open() || order.paid_at.is_none() {
            return Ok(Self { promise, finding: None, prediction: None });
        }
        let part = group.map_or_else(|| order.clone(), |g| order.only(&g.lines));
        let finding = find(engine, tx, &part, policy, now)?;
        let question = Question { order: &part, finding: &finding, ship_by: promise.as_ref().map(|p| p.value), now };
        let prediction = engine.model(tx)?.predict(question);
        Ok(Self { promise, finding: Some(finding), prediction })
    }

    /// The moment by which the handover has come with chance `share`, in parts per million.
    pub(in crate::console) fn by(&self, share: u32) -> Option<Instant> {
        self.prediction.as_ref().map(|p| p.by(Ppm::from_ppm(share)))
    }

    /// Chances that it has been handed over by each of `steps + 1` moments from `from` on, as far as `to`.
    pub(in crate::console) fn curve(&self, from: Instant, to: Instant, steps: u32) -> Vec<(Instant, f64)> {
        let Some(prediction) = &self.prediction else { return Vec::new() };
        let width = (to - from).ms() / i64::from(steps.max(1));
        let moment = |i: u32| from + Span::from_ms(width * i64::from(i));
        (0..=steps).map(moment).map(|at| (at, 1.0 - prediction.curve.survival(at))).collect()
    }
}

fn find(engine: &Engine, tx: &mut dyn Tx, order: &Order, policy: &Policy, now: Instant) -> Result<Finding, StoreError> {
    let settings = engine.settings(tx)?;
    let conditions = settings.conditions_for(order);
    let last_word = order.warehouse_spoke_at.max(order.paid_at);
    let spoke_at = match &order.warehouse_id {
        Some(warehouse) => tx.warehouse_spoke_at(&order.key.merchant_id, warehouse)?,
        None => None,
    };
    let share = policy.warn.silence;
    let usual = if share.ppm() == 0 { None } else { engine.model(tx)?.silence_limit(order, share) };
    let silent = usual.zip(last_word).is_some_and(|(usual, at)| now - at > usual);
    let warehouse_alive = spoke_at.is_some() && spoke_at > last_word;
    let surge = engine.model(tx)?.surge(order, now);
    let around = Surroundings { conditions: &conditions, silent, warehouse_alive, surge };
    Ok(cause::find(order, around, now))
}
