//! The money side of the small engine: what was set aside, and what the caps leave.

use crate::decide::Due;
use crate::grant::{GrantStatus, MERGED, Proposal, Spent, Stake, currency_of, propose, standing};
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
    /// The grants of notices that go out together: one stands, the others give way to it.
    pub(super) fn grant_together(
        &mut self,
        policy: &Policy,
        together: &[(Order, &Due)],
        now: Instant,
    ) -> Vec<Option<Proposal>> {
        let full = |(order, due): &(Order, &Due)| proposed(policy, Spent::default(), order, due);
        let wanted: Vec<Option<Proposal>> = together.iter().map(full).collect();
        let live = |p: &&Proposal| p.status != GrantStatus::Refused;
        let stake = |p: &Proposal| Stake { money: p.money, asked: false };
        let stakes: Vec<Stake> = wanted.iter().flatten().filter(live).map(stake).collect();
        let mut stands = standing(&stakes).into_iter();
        let mut made = Vec::new();
        for ((order, due), wanted) in together.iter().zip(wanted) {
            let gives_way = wanted.as_ref().filter(live).is_some() && stands.next() == Some(false);
            made.push(if gives_way {
                wanted.map(|p| Proposal { status: GrantStatus::Refused, why: Some(MERGED), ..p })
            } else {
                self.grant(policy, order, due, now)
            });
        }
        made
    }

    /// The grant of a notice, made once.
    fn grant(&mut self, policy: &Policy, order: &Order, due: &Due, now: Instant) -> Option<Proposal> {
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
        let made = proposed(policy, spent, order, due);
        let reserved = made.as_ref().filter(|p| p.status == GrantStatus::Reserved);
        self.0.extend(reserved.map(|p| Spending { at: now, order: order.key.clone(), buyer, amount: p.money.amount }));
        made
    }
}

fn proposed(policy: &Policy, spent: Spent, order: &Order, due: &Due) -> Option<Proposal> {
    let rules = &policy.compensation;
    due.breaks_promise().then(|| propose(rules, spent, currency_of(order), due.kind, due.cause, due.delay()))?
}
