//! The reference model's own ledger: what stands in it, and which caps hold when something new is set aside.

use std::collections::BTreeMap;

use forewarn::engine::{GrantRecord, Taken};
use forewarn::intake::Reason;
use forewarn_core::event::{Event, GrantAnswer, Subject};
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::{BuyerId, GrantId};
use forewarn_core::money::Amount;
use forewarn_core::policy::Policy;
use forewarn_core::{Instant, OrderKey, Span};

/// The days over which a buyer's compensation is summed.
const BUYER_SPAN: Span = Span::hours(30 * 24);

/// One grant.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) order: OrderKey,
    pub(crate) buyer: Option<BuyerId>,
    pub(crate) amount: Amount,
    pub(crate) status: GrantStatus,
    since: Instant,
}

/// All grants by id.
#[derive(Default)]
pub(crate) struct Ledger(pub(crate) BTreeMap<GrantId, Entry>);

impl Ledger {
    /// What the coupon system's word must be answered with.
    pub(crate) fn hear(&self, event: &Event, answer: GrantAnswer) -> Taken {
        let Subject::Grant(id) = &event.subject else { panic!("a grant's result is about a grant") };
        let Some(entry) = self.0.get(id) else { return Taken::DeadLetter(Reason::UnknownGrant) };
        let changes = match answer {
            GrantAnswer::Granted => {
                matches!(entry.status, GrantStatus::Reserved | GrantStatus::NeedsApproval | GrantStatus::Released)
            }
            GrantAnswer::Refused => matches!(entry.status, GrantStatus::Reserved | GrantStatus::NeedsApproval),
            GrantAnswer::Expired => entry.status.is_spent(),
        };
        if changes { Taken::Applied } else { Taken::Repeated }
    }

    /// A grant reached a status.
    pub(crate) fn record(
        &mut self,
        record: &GrantRecord,
        status: GrantStatus,
        (order, buyer): (OrderKey, Option<BuyerId>),
        policy: &Policy,
    ) {
        let known = self.0.get(&record.grant_id).map(|e| e.status);
        let opens = matches!(known, None | Some(GrantStatus::Released)) && status != GrantStatus::Granted;
        if known.is_some_and(|s| s == status) {
            panic!("grant {} reached {status} twice", record.grant_id);
        }
        let amount = Amount::parse(&record.amount).expect("an amount we wrote");
        let since = if opens { record.at } else { self.0[&record.grant_id].since };
        let entry = Entry { order, buyer, amount, status, since };
        if opens && status.is_spent() {
            self.fits_the_caps(&record.grant_id, &entry, policy);
        }
        self.0.insert(record.grant_id.clone(), entry);
    }

    fn fits_the_caps(&self, id: &GrantId, new: &Entry, policy: &Policy) {
        let sum = |counts: &dyn Fn(&Entry) -> bool| {
            let others = self.0.iter().filter(|(other, e)| *other != id && e.status.is_spent() && counts(e));
            others.fold(new.amount, |sum, (_, e)| sum.plus(e.amount))
        };
        let shop = |e: &Entry| e.order.merchant_id == new.order.merchant_id;
        let (today, _) = policy.quiet_hours.zone.day(new.since);
        let month = new.since - BUYER_SPAN;
        let caps = [
            ("order", policy.compensation.per_order, sum(&|e| e.order == new.order)),
            ("buyer", policy.compensation.per_buyer_30d, sum(&|e| shop(e) && e.buyer == new.buyer && e.since >= month)),
            ("shop", policy.compensation.per_merchant_day, sum(&|e| shop(e) && e.since >= today)),
        ];
        for (whose, cap, sum) in caps {
            assert!(cap.is_none_or(|cap| sum <= cap), "grant {id} passes the cap of the {whose}: {sum:?} of {cap:?}");
        }
    }
}
