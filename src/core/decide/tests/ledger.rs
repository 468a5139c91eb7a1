//! The money side of the small engine: what was set aside, and what the caps leave.

use crate::decide::Due;
use crate::grant::{GrantStatus, Proposal, Spent, currency_of, propose};
use crate::ids::{BuyerId, OrderKey};
use crate::instant::{Instant, Span};
use crate::money::Amount;
use crate::order::Order;
use crate::policy::Policy;

/// Money set aside.
struct Spending {
    at: Instant,
    order: OrderKey,
    buyer: BuyerId,
    amount: Amount,
}

#[derive(Default)]
pub(super) struct Ledger(Vec<Spending>);

impl Ledger {
    /// The grant of a notice, made once.
    pub(super) fn grant(&mut self, policy: &Policy, order: &Order, due: &Due, now: Instant) -> Option<Proposal> {
        let buyer = order.buyer.clone()?.buyer_id;
        let day = policy.quiet_hours.zone.day(now);
        let sum = |which: &dyn Fn(&Spending) -> bool| {
            let mine = self.0.iter().filter(|s| which(s));
            mine.fold(Amount::ZERO, |sum, s| sum.plus(s.amount))
        };
        let spent = Spent {
            order: sum(&|s| s.order == order.key),
            buyer_30d: sum(&|s| s.buyer == buyer && s.at + Span::hours(720) > now),
            merchant_day: sum(&|s| (day.0..day.1).contains(&s.at)),
        };
        let made = propose(&policy.compensation, spent, currency_of(order), due.kind, due.cause, due.delay());
        let reserved = made.as_ref().filter(|p| p.status == GrantStatus::Reserved);
        self.0.extend(reserved.map(|p| Spending { at: now, order: order.key.clone(), buyer, amount: p.money.amount }));
        made
    }
}
