//! Facts wider than one order: which are in force, and which orders they touch.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::event::{ConditionRaised, Scope, Stamp};
use crate::ids::ConditionId;
use crate::instant::{Instant, given};
use crate::order::Order;

/// What is known of one condition: its newest raise and its newest clear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionFacts {
    raised: Option<(Stamp, ConditionRaised)>,
    cleared: Option<Stamp>,
}

impl ConditionFacts {
    /// Takes a raise; whether it was newer than what was known.
    pub fn raise(&mut self, stamp: &Stamp, raised: ConditionRaised) -> bool {
        let newer = self.raised.as_ref().is_none_or(|(known, _)| stamp > known);
        if newer {
            self.raised = Some((stamp.clone(), raised));
        }
        newer
    }

    /// Takes a clear; whether it was newer than what was known.
    pub fn clear(&mut self, stamp: &Stamp) -> bool {
        let newer = self.cleared.as_ref().is_none_or(|known| stamp > known);
        if newer {
            self.cleared = Some(stamp.clone());
        }
        newer
    }

    /// The condition as raised last, unless it has been cleared since.
    pub fn in_force(&self, id: &ConditionId) -> Option<Condition> {
        let (stamp, raised) = self.raised.as_ref()?;
        let over = self.cleared.as_ref().is_some_and(|cleared| cleared > stamp);
        let raised = || ConditionRaised { clears_at: given(raised.clears_at), ..raised.clone() };
        (!over).then(|| Condition { id: id.clone(), raised_at: stamp.time, raised: raised() })
    }

    /// The scope of the newest raise, whether in force or not: the orders to look at again after a change.
    pub fn scope(&self) -> Option<&Scope> {
        self.raised.as_ref().map(|(_, raised)| &raised.scope)
    }
}

/// A condition in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Which condition.
    pub id: ConditionId,
    /// When it was raised.
    pub raised_at: Instant,
    /// What was said.
    pub raised: ConditionRaised,
}

impl Condition {
    /// Whether it touches `order`; see [`touches`].
    pub fn touches(&self, order: &Order) -> bool {
        touches(&self.raised.scope, order)
    }
}

/// Whether `order` is within `scope`: every field must fit, and an article counts only while a line of it is open.
pub fn touches(scope: &Scope, order: &Order) -> bool {
    let region = |wanted: &crate::ids::Region| {
        order.ship_to.as_ref().is_some_and(|to| to.country == *wanted || to.region.as_ref() == Some(wanted))
    };
    scope.merchant_id.as_ref().is_none_or(|m| *m == order.key.merchant_id)
        && scope.warehouse_id.as_ref().is_none_or(|w| order.warehouse_id.as_ref() == Some(w))
        && scope.sku.as_ref().is_none_or(|sku| order.open_lines().any(|l| l.sku == *sku))
        && scope.carrier.as_ref().is_none_or(|c| order.parcels.iter().any(|p| p.carrier.as_ref() == Some(c)))
        && scope.region.as_ref().is_none_or(region)
        && scope.campaign.as_ref().is_none_or(|c| order.campaign.as_ref() == Some(c))
}
