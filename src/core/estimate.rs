//! When an order placed now would ship, and what may be promised for it: for the shop's product pages.
//!
//! The order is made up, paid this moment, and asked about like every real one: by the same forecast, under the same
//! conditions, with the same rule for a quoted date.

#[cfg(test)]
mod tests;

use crate::because::Reason;
use crate::cause::Finding;
use crate::condition::Condition;
use crate::decide::{Assessment, Case, Guard, Told, assess};
use crate::event::{Fulfilment, ShipTo};
use crate::forecast::Forecast;
use crate::ids::{LineId, MerchantId, OrderId, OrderKey, Platform, Sku, WarehouseId};
use crate::instant::Instant;
use crate::notice::Why;
use crate::order::{Line, Order, ShipBy};
use crate::policy::{Policy, Ppm};

/// Half of the orders.
const LIKELY: Ppm = Ppm::from_ppm(500_000);
/// Nine of ten orders.
const NEARLY_SURE: Ppm = Ppm::from_ppm(900_000);

/// What would be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// At which shop.
    pub merchant_id: MerchantId,
    /// Which article.
    pub sku: Sku,
    /// How it is made ready.
    pub fulfilment: Fulfilment,
    /// From where it would leave, where that is known.
    pub warehouse_id: Option<WarehouseId>,
    /// On which platform.
    pub platform: Option<Platform>,
    /// Where it would go.
    pub ship_to: Option<ShipTo>,
}

/// What can honestly be said of such an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Half of such orders are handed over by then.
    pub likely: Instant,
    /// Nine of ten are.
    pub nearly_sure: Instant,
    /// The ship time that may be promised: one that is kept with the policy's `quote.confidence`.
    pub may_promise: Instant,
    /// What the policy promises such an order by itself.
    pub policy_promise: Instant,
    /// The chance to miss that.
    pub policy_risk: Ppm,
    /// What is reported to hold such orders up now.
    pub cause: Option<Finding>,
    /// What speaks for all of it.
    pub because: Vec<Reason>,
}

impl Wanted {
    /// The order, as if it were placed and paid at `now`.
    pub fn order(&self, now: Instant) -> Order {
        let (order_id, line_id) = names();
        let mut order = Order::blank(&OrderKey { merchant_id: self.merchant_id.clone(), order_id });
        order.placed_at = Some(now);
        order.paid_at = Some(now);
        order.platform = self.platform.clone();
        order.warehouse_id = self.warehouse_id.clone();
        order.ship_to = self.ship_to.clone();
        order.lines.push(Line {
            id: line_id,
            sku: self.sku.clone(),
            title: None,
            category: None,
            quantity: 1,
            unit_price: None,
            fulfilment: self.fulfilment,
            ship_by: ShipBy::default(),
            added_at: now,
            cancelled_at: None,
            handed_over_at: None,
        });
        order
    }
}

#[expect(clippy::expect_used, reason = "a plain word is within every limit of an id")]
fn names() -> (OrderId, LineId) {
    (OrderId::new("estimate").expect("a plain word"), LineId::new("estimate").expect("a plain word"))
}

/// Answers for `order`, which [`Wanted::order`] made up, under the `conditions` in force that touch it.
pub fn estimate(
    order: &Order,
    conditions: &[&Condition],
    forecast: &dyn Forecast,
    policy: &Policy,
    now: Instant,
) -> Option<Estimate> {
    // Nothing of it is ever sent.
    let guard = Guard { live_since: now, pauses: Vec::new(), shadow: true };
    let case = Case {
        order,
        told: &Told::default(),
        conditions,
        forecast,
        policy,
        guard: &guard,
        reach: &Err(Why::NoAddress),
        sent_today: &[],
        held_out_today: 0,
        warehouse_spoke_at: None,
        in_company: false,
        now,
    };
    let found = assess(&case)?;
    let because = found.because(policy, forecast.version());
    let Assessment { promise, prediction, risk, quote, finding, .. } = found;
    let prediction = prediction?;
    Some(Estimate {
        likely: prediction.by(LIKELY),
        nearly_sure: prediction.by(NEARLY_SURE),
        may_promise: quote?,
        policy_promise: promise?.value,
        policy_risk: risk?,
        cause: Some(finding).filter(|found| found.known),
        because,
    })
}
