//! What is wrong with a policy that can be read but should not be used.

use super::{Channel, Hours, Policy};
use crate::calendar::{CalendarRules, Country, Weekday};
use crate::cause::Cause;
use crate::instant::Span;
use crate::money::Amount;

/// A fault: which key, what is wrong with it, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// The key, dotted: `warn.lead`.
    pub key: String,
    /// What is wrong and how to mend it, as one sentence.
    pub message: String,
}

impl Policy {
    /// Every fault at once; empty when the policy may be used.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let mut faults = Faults::default();
        self.check_promise(&mut faults);
        self.check_calendar(&mut faults);
        self.check_warn(&mut faults);
        self.check_money(&mut faults);
        self.check_saving(&mut faults);
        let channels = !self.channels.order.is_empty() && are_distinct(&self.channels.order);
        faults.unless(channels, "channels.order", "name at least one channel, each once");
        let kinds: std::collections::BTreeSet<_> = self.notices.kinds.iter().collect();
        let named_once = kinds.len() == self.notices.kinds.len();
        faults.unless(named_once, "notices.kinds", "a kind is named twice; name each once");
        self.check_delivery(&mut faults);
        let together = (Span::ZERO..=Span::hours(12)).contains(&self.parcels.together);
        faults.unless(together, "parcels.together", "out of range; lies between 0s and 12h");
        let times = (1..=1_000).contains(&self.incidents.times);
        faults.unless(times, "incidents.times", "out of range; lies between 1 and 1000");
        faults.unless(
            self.limits.per_buyer_day > 0,
            "limits.per_buyer_day",
            "0 would mute every notice; pause instead",
        );
        faults.0
    }

    fn check_saving(&self, faults: &mut Faults) {
        let month = Span::hours(30 * 24);
        for (key, span) in [("lead", self.urgent.lead), ("on_the_way", self.urgent.on_the_way)] {
            let sane = span > Span::ZERO && span <= month;
            faults.unless(sane, &format!("urgent.{key}"), "out of range; lies between 1s and 30d");
        }
        let e = &self.expedite;
        faults.unless(
            e.lead >= Span::ZERO && e.lead <= month,
            "expedite.lead",
            "out of range; lies between 0s and 30d",
        );
        faults.unless(e.risk.ppm() > 0, "expedite.risk", "0 would put every order first; take a share above 0");
        let p = &self.penalty;
        let bounded = p.at_most == Amount::ZERO || p.at_most >= p.at_least;
        faults.unless(bounded, "penalty.at_most", "is below penalty.at_least");
    }

    fn check_delivery(&self, faults: &mut Faults) {
        let d = &self.delivery;
        faults.unless(are_distinct(&d.failover), "delivery.failover", "a channel is named twice; name each once");
        let sane = d.failover_after >= Span::minutes(1) && d.failover_after <= Span::hours(7 * 24);
        faults.unless(sane, "delivery.failover_after", "out of range; lies between 1m and 7d");
    }

    fn check_promise(&self, faults: &mut Faults) {
        let p = &self.promise;
        for (key, span) in [("in_stock", p.in_stock), ("presale", p.presale), ("made_to_order", p.made_to_order)] {
            let sane = span > Span::ZERO && span <= Span::hours(366 * 24);
            faults.unless(sane, &format!("promise.{key}"), "a window lies between 1s and 366d");
        }
        let asks = p.renegotiate_before >= Span::ZERO && p.renegotiate_before <= Span::hours(30 * 24);
        faults.unless(asks, "promise.renegotiate_before", "out of range; lies between 0s and 30d");
        let longest = p.in_stock.max(p.presale).max(p.made_to_order);
        let a_year = Span::minutes(self.calendar.minutes_a_week().saturating_mul(52));
        let fits = p.hours == Hours::Plain || self.calendar.minutes_a_week() == 0 || longest <= a_year;
        faults.unless(fits, "promise.hours", "a window holds more working time than a year of [calendar]; shorten it");
    }

    fn check_calendar(&self, faults: &mut Faults) {
        let c = &self.calendar;
        let days: std::collections::BTreeSet<Weekday> = c.days.iter().copied().collect();
        let named_once = !c.days.is_empty() && days.len() == c.days.len();
        faults.unless(named_once, "calendar.days", "name at least one day of the week, each once");
        faults.unless(
            !c.hours.is_empty() && c.hours_are_apart(),
            "calendar.hours",
            "hours are missing, overlap or go back; list them from morning to evening",
        );
        for (key, runs) in [("closed", &c.closed), ("open", &c.open)] {
            let few = runs.len() <= CalendarRules::RUNS_MAX;
            faults.unless(few, &format!("calendar.{key}"), "more than 400 entries; join days into runs");
        }
        if let Some(i) = c.contradiction() {
            faults.unless(false, &format!("calendar.closed[{i}]"), "a day is open and closed; take it out of one list");
        }
        let has_country = c.country != Country::Auto || self.calendar().holidays().is_some();
        let zone = self.calendar().zone().name();
        faults.unless(
            has_country || !self.uses_calendar(),
            "calendar.country",
            &format!("no holidays are known for {zone}; name a country, or \"none\" for weekends alone"),
        );
    }

    fn check_warn(&self, faults: &mut Faults) {
        let w = &self.warn;
        faults.unless(
            w.lead > Span::ZERO && w.lead <= Span::hours(30 * 24),
            "warn.lead",
            "a lead lies between 1s and 30d",
        );
        faults.unless(w.certain_lead >= w.lead, "warn.certain_lead", "must not be shorter than warn.lead");
        faults.unless(w.risk.ppm() > 0, "warn.risk", "0 would warn every buyer; take a share above 0");
        faults.unless(w.certain_risk >= w.risk, "warn.certain_risk", "must not be lower than warn.risk");
        faults.unless(w.updates <= 10, "warn.updates", "more than 10 updates help nobody; a person should take over");
        let confidence = self.quote.confidence.ppm();
        faults.unless((500_000..=990_000).contains(&confidence), "quote.confidence", "lies between 0.5 and 0.99");
    }

    fn check_money(&self, faults: &mut Faults) {
        let c = &self.compensation;
        for (i, rung) in c.ladder.iter().enumerate() {
            let key = format!("compensation.ladder[{i}]");
            let known = rung.cause == "*" || Cause::ALL.iter().any(|cause| cause.as_str() == rung.cause);
            faults.unless(known, &key, "the cause is not one of the named causes nor \"*\"");
            faults.unless(rung.coupon > Amount::ZERO, &key, "a coupon of nothing gives nothing; leave the rung out");
            let fits = c.per_order.is_none_or(|cap| rung.coupon <= cap);
            faults.unless(fits, &key, "the coupon is above compensation.per_order and would always be refused");
        }
    }
}

fn are_distinct(channels: &[Channel]) -> bool {
    let seen: std::collections::BTreeSet<_> = channels.iter().collect();
    seen.len() == channels.len()
}

#[derive(Default)]
struct Faults(Vec<PolicyFault>);

impl Faults {
    fn unless(&mut self, good: bool, key: &str, message: &str) {
        if !good {
            self.0.push(PolicyFault { key: key.into(), message: message.into() });
        }
    }
}
