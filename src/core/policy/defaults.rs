//! The values of absent keys, as the contract states them.

use super::{
    Channel, Channels, Compensation, Delivery, Expedite, Expires, Holdout, Hours, Incidents, Limits, MetBy, Notices,
    ParcelRules, Penalty, Ppm, PromiseRules, QuietHours, Quote, Rung, Uncertain, Urgent, Warn,
};
use crate::instant::Span;
use crate::money::{Amount, Currency};
use crate::notice::Kind;
use crate::zone::{ClockTime, Zone};

pub(super) fn any_cause() -> String {
    "*".into()
}

#[expect(clippy::expect_used, reason = "CNY stands in the list of currencies")]
fn yuan_code() -> Currency {
    Currency::new("CNY").expect("CNY is an ISO 4217 code")
}

impl Default for PromiseRules {
    fn default() -> Self {
        Self {
            in_stock: Span::hours(48),
            presale: Span::hours(7 * 24),
            made_to_order: Span::hours(15 * 24),
            hours: Hours::Plain,
            met_by: MetBy::Handover,
            renegotiate_before: Span::ZERO,
            renegotiations_max: 0,
        }
    }
}

impl Default for Notices {
    fn default() -> Self {
        Self { kinds: Kind::ALL.to_vec() }
    }
}

impl Default for Warn {
    fn default() -> Self {
        Self {
            lead: Span::hours(24),
            risk: Ppm::from_ppm(500_000),
            silence: Ppm::from_ppm(950_000),
            certain_lead: Span::hours(7 * 24),
            certain_risk: Ppm::from_ppm(900_000),
            updates: 2,
        }
    }
}

impl Default for Quote {
    fn default() -> Self {
        Self { confidence: Ppm::from_ppm(900_000), hours: Hours::Plain }
    }
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { from: ClockTime::at(22, 0), to: ClockTime::at(8, 0), zone: Zone::default() }
    }
}

impl Default for Compensation {
    fn default() -> Self {
        let yuan = |n: i64| Some(Amount::from_thousandths(n * 1_000));
        Self {
            per_order: yuan(30),
            per_buyer_30d: yuan(60),
            per_merchant_day: yuan(2_000),
            approve_over: yuan(50),
            allowed: true,
            currency: yuan_code(),
            ladder: vec![Rung {
                kind: Kind::DelayWarning,
                cause: any_cause(),
                delay_at_least: Span::ZERO,
                coupon: Amount::from_thousandths(5_000),
            }],
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_buyer_day: 3, per_kind_day: 0, per_order_day: 0 }
    }
}

impl Default for Holdout {
    fn default() -> Self {
        Self { share: Ppm::from_ppm(0), per_day: 100 }
    }
}

/// Our choice: parcels that are packed on one bench and leave on one cart are booked out within minutes of each other,
/// and a buyer who hears a quarter of an hour later has lost nothing.
impl Default for ParcelRules {
    fn default() -> Self {
        Self { together: Span::minutes(15) }
    }
}

impl Default for Urgent {
    fn default() -> Self {
        Self { lead: Span::hours(48), on_the_way: Span::hours(72) }
    }
}

impl Default for Expedite {
    fn default() -> Self {
        Self { lead: Span::hours(48), risk: Ppm::from_ppm(300_000) }
    }
}

impl Default for Penalty {
    fn default() -> Self {
        Self { share: Ppm::from_ppm(0), at_least: Amount::ZERO, at_most: Amount::ZERO, currency: yuan_code() }
    }
}

impl Default for Expires {
    fn default() -> Self {
        Self {
            order_accepted: Span::hours(12),
            shipped: Span::hours(48),
            delivered: Span::hours(48),
            promise_missed: Span::hours(72),
            logistics_delay: Span::hours(48),
        }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self { uncertain: Uncertain::Hold, failover: Vec::new(), failover_after: Span::hours(2) }
    }
}

/// Our choices. With 20 orders a fourfold crowd is no chance: of Poisson counts with a mean of 5 one in a million reaches
/// 20. A tenth of the open orders is what a warehouse that stands shows within its first hours; below that the others
/// move, and what is late is late for reasons of its own.
impl Default for Incidents {
    fn default() -> Self {
        Self { orders: 20, times: 4, share: Ppm::from_ppm(100_000) }
    }
}

impl Default for Channels {
    fn default() -> Self {
        Self { order: vec![Channel::Email] }
    }
}
