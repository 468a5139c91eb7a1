//! What the shop gives for the wait: the ladder, the caps, and the life of a grant.

mod shared;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::event::GrantAnswer;
use crate::instant::Span;
use crate::money::{Amount, Currency, Money};
use crate::notice::{Kind, names};
use crate::order::Order;
use crate::policy::{Compensation, Rung};

pub use shared::{MERGED, Stake, standing};

names! {
    /// Where a grant stands.
    GrantStatus {
        /// Set aside; the coupon system has been asked.
        Reserved = "reserved",
        /// A person must say yes first.
        NeedsApproval = "needs_approval",
        /// The coupon system says it is in the buyer's account.
        Granted = "granted",
        /// It will not be given.
        Refused = "refused",
        /// It was given and ran out unused.
        Expired = "expired",
        /// It was set aside and is not needed after all.
        Released = "released",
    }
}

impl GrantStatus {
    /// Whether it counts against the caps.
    pub fn is_spent(self) -> bool {
        matches!(self, Self::Reserved | Self::NeedsApproval | Self::Granted)
    }

    /// Where the coupon system's answer leads from here; `None` when it changes nothing.
    pub fn answered(self, answer: GrantAnswer) -> Option<Self> {
        match (self, answer) {
            (Self::Reserved | Self::NeedsApproval | Self::Released, GrantAnswer::Granted) => Some(Self::Granted),
            (Self::Reserved | Self::NeedsApproval, GrantAnswer::Refused) => Some(Self::Refused),
            (Self::Reserved | Self::NeedsApproval | Self::Granted, GrantAnswer::Expired) => Some(Self::Expired),
            _ => None,
        }
    }
}

/// What has been spent already, apart from the grant that is considered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// On this order.
    pub order: Amount,
    /// On this buyer within the last 30 days.
    pub buyer_30d: Amount,
    /// By this shop within its current day.
    pub merchant_day: Amount,
}

/// A grant worth considering, and what the rules say to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How much.
    pub money: Money,
    /// `reserved`, `needs_approval` or `refused`.
    pub status: GrantStatus,
    /// Which cap or rule refused it.
    pub why: Option<&'static str>,
}

/// The first rung of the ladder that fits.
pub(crate) fn rung(rules: &Compensation, kind: Kind, cause: Option<Cause>, delay: Span) -> Option<&Rung> {
    let fits_cause = |wanted: &str| wanted == "*" || cause.is_some_and(|c| c.as_str() == wanted);
    rules.ladder.iter().find(|r| r.kind == kind && fits_cause(&r.cause) && delay >= r.delay_at_least)
}

/// What the ladder gives for a notice of `kind`, checked against the caps; `None` when no rung fits.
///
/// A grant that would pass a cap is refused whole, never made in part.
pub fn propose(
    rules: &Compensation,
    spent: Spent,
    currency: Option<Currency>,
    kind: Kind,
    cause: Option<Cause>,
    delay: Span,
) -> Option<Proposal> {
    let rung = rung(rules, kind, cause, delay)?;
    let money = Money { amount: rung.coupon, currency: rules.currency };
    let refused = refusal(rules, spent, currency, rung.coupon);
    let needs_approval = rules.approve_over.is_some_and(|limit| rung.coupon > limit);
    let status = match refused {
        Some(_) => GrantStatus::Refused,
        None if needs_approval => GrantStatus::NeedsApproval,
        None => GrantStatus::Reserved,
    };
    Some(Proposal { money, status, why: refused })
}

fn refusal(rules: &Compensation, spent: Spent, currency: Option<Currency>, coupon: Amount) -> Option<&'static str> {
    let passes = |cap: Option<Amount>, spent: Amount| cap.is_some_and(|cap| spent.plus(coupon) > cap);
    if !rules.allowed {
        Some("platform_forbids")
    } else if currency.is_some_and(|c| c != rules.currency) {
        Some("currency")
    } else if passes(rules.per_order, spent.order) {
        Some("per_order")
    } else if passes(rules.per_buyer_30d, spent.buyer_30d) {
        Some("per_buyer_30d")
    } else if passes(rules.per_merchant_day, spent.merchant_day) {
        Some("per_merchant_day")
    } else {
        None
    }
}

/// The currency an order was paid in, where an amount names it.
pub fn currency_of(order: &Order) -> Option<Currency> {
    let total = order.total.map(|m| m.currency);
    total.or_else(|| order.lines.iter().find_map(|l| l.unit_price).map(|m| m.currency))
}
