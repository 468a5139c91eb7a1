//! What a shop decides: when to warn, what to give, when to be quiet.
//!
//! A [`Policy`] is already resolved for one shop, platform and warehouse; laying overrides over each other is the
//! reader's work. Every key that is absent takes the default that stands here.

mod defaults;
mod fault;
mod ppm;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use fault::PolicyFault;
pub use ppm::Ppm;

use crate::calendar::{Calendar, CalendarRules};
use crate::event::Fulfilment;
use crate::instant::{Instant, Span};
use crate::money::{Amount, Currency, Money};
use crate::notice::Kind;
use crate::zone::{ClockTime, Zone};

/// One resolved policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What was promised where no event says so.
    pub promise: PromiseRules,
    /// When the shop works.
    pub calendar: CalendarRules,
    /// What the platform lets the shop say.
    pub notices: Notices,
    /// Which figures of platform profiles count.
    pub profile: ProfileRules,
    /// When to warn.
    pub warn: Warn,
    /// How sure a quoted date is.
    pub quote: Quote,
    /// When nobody is to be disturbed.
    pub quiet_hours: QuietHours,
    /// What is given for the wait.
    pub compensation: Compensation,
    /// How often one person is written to.
    pub limits: Limits,
    /// Who is left unwarned to measure the effect.
    pub holdout: Holdout,
    /// What a buyer needs by a day of their own.
    pub urgent: Urgent,
    /// What the warehouse is asked to take first.
    pub expedite: Expedite,
    /// What a missed promise costs.
    pub penalty: Penalty,
    /// How the parcels of one order are told of.
    pub parcels: ParcelRules,
    /// How long each kind stays useful.
    pub expires: Expires,
    /// Which ways to write, in order of preference.
    pub channels: Channels,
    /// What becomes of a notice that may or may not have arrived.
    pub delivery: Delivery,
    /// When many orders at risk are one incident.
    pub incidents: Incidents,
}

impl Policy {
    /// The shop's working time.
    pub fn calendar(&self) -> Calendar<'_> {
        Calendar::of(&self.calendar, &self.quiet_hours.zone)
    }

    /// Whether anything is counted in working time or told for it.
    pub fn uses_calendar(&self) -> bool {
        [self.promise.hours, self.quote.hours].contains(&Hours::Working)
    }

    /// How long before ship-by a warning becomes possible: never after the last moment at which a later time can be asked
    /// for.
    pub fn lead(&self) -> Span {
        self.warn.lead.max(self.promise.renegotiate_before)
    }

    /// By when a line paid at `paid` is promised where no event says so.
    pub fn promised(&self, paid: Instant, fulfilment: Fulfilment) -> Instant {
        let window = self.promise.window(fulfilment);
        match self.promise.hours {
            Hours::Plain => paid + window,
            Hours::Working => self.calendar().after(paid, window),
        }
    }

    /// The date that is told at `now` for what the forecast expects by `at`.
    pub fn told(&self, now: Instant, at: Instant) -> Instant {
        match self.quote.hours {
            Hours::Plain => at,
            Hours::Working => self.calendar().told(now, at),
        }
    }
}

/// What keeps a promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetBy {
    /// The warehouse's word or the first scan, whichever is earlier.
    #[default]
    Handover,
    /// Only the carrier's first scan.
    FirstScan,
}

/// Which hours count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// Every one.
    #[default]
    Plain,
    /// Only those of `[calendar]`.
    Working,
}

/// `[promise]`: the ship time where no event names one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromiseRules {
    /// After payment, for lines on the shelf.
    pub in_stock: Span,
    /// After payment, for lines sold before they are there.
    pub presale: Span,
    /// After payment, for lines made to order.
    pub made_to_order: Span,
    /// Which hours count.
    pub hours: Hours,
    /// What keeps the promise.
    pub met_by: MetBy,
    /// How long before ship-by a buyer can be asked for a later time at the latest; zero: this shop cannot ask.
    pub renegotiate_before: Span,
    /// Most times the buyer of one order can be asked; 0: no bound.
    pub renegotiations_max: u32,
}

impl PromiseRules {
    /// The time from payment to the promised ship time of a line.
    pub fn window(&self, fulfilment: Fulfilment) -> Span {
        match fulfilment {
            Fulfilment::InStock => self.in_stock,
            Fulfilment::Presale => self.presale,
            Fulfilment::MadeToOrder => self.made_to_order,
        }
    }
}

/// `[notices]`: what a seller may write to buyers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notices {
    /// Kinds that may be sent; every other one is suppressed as `platform_forbids`.
    pub kinds: Vec<Kind>,
}

/// `[profile]`: how far what is known of a platform's rules counts where the document itself is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileRules {
    /// Which figures count.
    pub trust: Trust,
}

/// Which figures of a platform profile count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// None: every platform is like a shop of one's own.
    None,
    /// Those read in the platform's own words.
    #[default]
    Verified,
    /// Those from hearsay or old texts too.
    All,
}

/// `[warn]`: when an order is at risk enough to say so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Warn {
    /// How long before ship-by the warning becomes possible.
    pub lead: Span,
    /// The chance to miss from which on it is sent, 0-1.
    pub risk: Ppm,
    /// The share of comparable orders a silence must outlast to count as risk, 0-1; 0 switches it off.
    pub silence: Ppm,
    /// How long before ship-by a known cause may already be told.
    pub certain_lead: Span,
    /// The chance to miss a known cause must have for that, 0-1.
    pub certain_risk: Ppm,
    /// How often a slipped date is told before a person takes over.
    pub updates: u32,
}

/// `[quote]`: which date is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quote {
    /// The quantile of the forecast that is quoted, 0-1.
    pub confidence: Ppm,
    /// Which hours a told date may lie in.
    pub hours: Hours,
}

/// `[quiet_hours]`: from `from` (inclusive) to `to` (exclusive), on the buyer's clock; equal ends switch them off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin.
    pub from: ClockTime,
    /// When they end.
    pub to: ClockTime,
    /// The shop's zone: used for its days, and for buyers whose own is unknown.
    pub zone: Zone,
}

/// `[compensation]`: what is given, and how much at the most. An absent cap does not bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compensation {
    /// Most for one order.
    pub per_order: Option<Amount>,
    /// Most for one buyer within 30 days.
    pub per_buyer_30d: Option<Amount>,
    /// Most for one shop within one of its days.
    pub per_merchant_day: Option<Amount>,
    /// Above this a person must say yes.
    pub approve_over: Option<Amount>,
    /// Whether the platform lets a notice bring a coupon.
    pub allowed: bool,
    /// The currency of all of these.
    pub currency: Currency,
    /// What is given; the first rung that fits counts.
    pub ladder: Vec<Rung>,
}

/// One `[[compensation.ladder]]` entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// For which kind of notice.
    pub kind: Kind,
    /// For which cause; `*` for every one.
    #[serde(default = "defaults::any_cause")]
    pub cause: String,
    /// From which length of the delay (quoted date minus ship-by) on.
    #[serde(default)]
    pub delay_at_least: Span,
    /// The coupon's amount.
    pub coupon: Amount,
}

/// `[limits]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Most messages one buyer gets from one shop within one of the shop's days. What tells of trouble counts apart.
    pub per_buyer_day: u32,
    /// Most of them of any one kind; 0: no bound of its own.
    pub per_kind_day: u32,
    /// Most messages about one order within one of the shop's days; 0: no bound of its own.
    pub per_order_day: u32,
}

/// `[holdout]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Holdout {
    /// Share of at-risk orders left without a warning, 0-1; never those whose buyer must act or be given a choice.
    pub share: Ppm,
    /// Most orders one shop leaves out within one of its days.
    pub per_day: u32,
}

/// `[parcels]`: orders that leave in several parcels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParcelRules {
    /// How long the word of a parcel waits for another one of its order that is about to leave, or about to arrive, so
    /// that one message tells of both; zero: never.
    pub together: Span,
}

/// `[urgent]`: orders whose buyer named the day they need them by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Urgent {
    /// How long before such an order has to leave its buyer may be told that it will not be there in time.
    pub lead: Span,
    /// From handover to the buyer's door, where too few arrivals were seen to say.
    pub on_the_way: Span,
}

/// `[expedite]`: orders that can still be saved, if the warehouse takes them first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expedite {
    /// How long before the promised ship time an order may be suggested; zero: never.
    pub lead: Span,
    /// The chance to miss it from which on it is, 0-1.
    pub risk: Ppm,
}

/// `[penalty]`: what a platform takes from the shop for a missed ship time. It weighs which orders go first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Penalty {
    /// Share of the price of what is late, 0-1.
    pub share: Ppm,
    /// Least for one order.
    pub at_least: Amount,
    /// Most for one order; zero: no bound.
    pub at_most: Amount,
    /// The currency of both; an order in another one costs nothing by this rule.
    pub currency: Currency,
}

impl Penalty {
    /// What missing the ship time of goods worth `price` costs; nothing where that is in another currency. Goods whose
    /// price nobody knows cost the least.
    pub fn of(&self, price: Option<Money>) -> Amount {
        if price.is_some_and(|price| price.currency != self.currency) {
            return Amount::ZERO;
        }
        let by_share = price.map_or(Amount::ZERO, |price| price.amount.times(self.share));
        let least = by_share.max(self.at_least);
        if self.at_most > Amount::ZERO { least.min(self.at_most) } else { least }
    }
}

/// `[expires]`: how long after its trigger each kind is still worth sending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expires {
    /// After payment.
    pub order_accepted: Span,
    /// After handover.
    pub shipped: Span,
    /// After delivery.
    pub delivered: Span,
    /// After ship-by.
    pub promise_missed: Span,
    /// After what happened to the parcel.
    pub logistics_delay: Span,
}

/// `[channels]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channels {
    /// Tried in this order; the first one that reaches the buyer is used.
    pub order: Vec<Channel>,
}

/// `[delivery]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// What becomes of a notice of which nobody knows whether it was taken.
    pub uncertain: Uncertain,
    /// Ways to write while the first fails, tried in this order; none by default.
    pub failover: Vec<Channel>,
    /// How long the first must have failed.
    pub failover_after: Span,
}

/// `[incidents]`: when orders that turn at risk together are one incident. Read for the shop as a whole: what a platform or
/// a warehouse overrides does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    /// At least so many orders within two hours; 0: no cluster is ever looked for.
    pub orders: u32,
    /// At least so many times as many as usual.
    pub times: u32,
    /// At least this share of the open orders that share what these do, 0-1.
    pub share: Ppm,
}

/// What becomes of a notice of which nobody knows whether it was taken: the connection broke between the end of the mail
/// and the server's answer (RFC 1047), or our process ended there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncertain {
    /// It stays listed, and a person says what becomes of it. Some buyers hear nothing, none hears it twice.
    #[default]
    Hold,
    /// It is sent once more under the same message id, if it is still right and brings no compensation. Some buyers may
    /// hear it twice.
    Resend,
}

/// A way to write to a buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Electronic mail.
    Email,
    /// A text-message gateway behind a webhook.
    Sms,
    /// A chat gateway behind a webhook.
    Im,
}

impl Channel {
    /// The name used in policies, records and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Im => "im",
        }
    }
}
