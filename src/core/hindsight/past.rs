//! One order whose end is known, with what had been foretold about it.

use super::Look;
use crate::grant::{Proposal, Spent, currency_of, propose};
use crate::ids::{OrderKey, Platform, WarehouseId};
use crate::instant::{Instant, Span};
use crate::money::Currency;
use crate::notice::Kind;
use crate::order::Order;
use crate::policy::Policy;

/// One order of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Which order.
    pub key: OrderKey,
    /// Where it was bought.
    pub platform: Option<Platform>,
    /// Where it left from.
    pub warehouse_id: Option<WarehouseId>,
    /// What it was paid in, where an amount named it.
    pub currency: Option<Currency>,
    /// The promised ship time.
    pub ship_by: Instant,
    /// Whether that was missed.
    pub missed: bool,
    /// When it was handed over or cancelled; `None` while it is open past ship-by.
    pub ended_at: Option<Instant>,
    /// What had been foretold, the earliest first; never empty.
    pub looks: Vec<Look>,
}

impl Past {
    pub(super) fn new(
        order: &Order,
        ship_by: Instant,
        looks: Vec<Look>,
        missed: bool,
        ended_at: Option<Instant>,
    ) -> Self {
        Self {
            key: order.key.clone(),
            platform: order.platform.clone(),
            warehouse_id: order.warehouse_id.clone(),
            currency: currency_of(order),
            ship_by,
            missed,
            ended_at,
            looks,
        }
    }

    /// What was foretold nearest to `lead` before ship-by, the later one of two as near; `None` for an order that had
    /// ended by then.
    pub fn look(&self, lead: Span) -> Option<&Look> {
        let was_open = self.ended_at.is_none_or(|at| at > self.ship_by - lead);
        let distance = |look: &&Look| ((look.left - lead).ms().abs(), look.left);
        self.looks.iter().filter(|_| was_open).min_by_key(distance)
    }

    /// What the ladder of `policy` gives with a warning that tells what `look` says, nothing having been spent before:
    /// caps over many orders need the whole run.
    pub fn coupon(&self, look: &Look, policy: &Policy) -> Option<Proposal> {
        let delay = look.delay(policy.quote.confidence);
        let rules = &policy.compensation;
        propose(rules, Spent::default(), self.currency, Kind::DelayWarning, Some(look.cause), delay)
    }
}
