//! What people do meanwhile: policies, switches, approvals; and what the outside was told.

use std::collections::BTreeSet;

use forewarn::policy::PolicyBook;
use forewarn::store::port::{NoticeState, SwitchScope};
use forewarn_core::event::Scope;
use forewarn_core::ids::{MerchantId, NoticeId};
use forewarn_core::notice::Kind;
use forewarn_core::{Instant, OrderKey};

use crate::broker::Place;
use crate::disk::Disk;
use crate::world::World;

/// Policies a shop might choose.
const POLICIES: [&str; 8] = [
    "",
    "[warn]\nlead = \"36h\"\nrisk = 0.3\nupdates = 1\n[compensation]\napprove_over = \"1.00\"",
    "[compensation]\nper_order = \"5.00\"\nper_buyer_30d = \"5.00\"\nper_merchant_day = \"10.00\"\napprove_over = \"4.00\"",
    "[limits]\nper_buyer_day = 1\n[quiet_hours]\nfrom = \"20:00\"\nto = \"10:00\"",
    "[holdout]\nshare = 0.5\n[warn]\nsilence = 0.0",
    "[delivery]\nuncertain = \"resend\"",
    "[delivery]\nuncertain = \"resend\"\nfailover = [\"im\"]\nfailover_after = \"1h\"",
    "[expires]\norder_accepted = \"1h\"\nshipped = \"2h\"\n[merchant.lumen.warn]\nlead = \"6h\"",
];
/// The most a policy above adds to the default's 24 h of lead, in hours.
pub(crate) const LEAD_MAX: i64 = 36;
/// The longest quiet hours above, and the quarter of an hour before them in which a notice is pulled forward, in minutes.
pub(crate) const QUIET_MAX: i64 = 14 * 60 + 15;

/// What people set, and what the outside heard.
#[derive(Default)]
pub(crate) struct People {
    on: BTreeSet<SwitchScope>,
    /// Open orders that have not been looked at since a policy was published or a switch turned off.
    pub(crate) unaware: BTreeSet<OrderKey>,
    pub(crate) announced: Vec<(NoticeId, NoticeState)>,
    pub(crate) published: BTreeSet<(Place, i64)>,
}

impl People {
    /// A claim at `now` decides the order of each notice it takes up, which is a look as good as a wake's.
    pub(crate) fn made_aware(&mut self, disk: &mut Disk, now: Instant) {
        self.unaware.retain(|key| disk.look(|tx| tx.notices_of(key)).iter().all(|n| n.updated_at != now));
    }
}

impl World {
    /// The policy a run begins with.
    pub(crate) fn publish_first(&mut self, seed: u64) {
        let text = POLICIES[usize::try_from(seed / 4).expect("a small seed") % POLICIES.len()];
        while !self.publish(text) {}
    }

    /// Somebody publishes a policy, turns a switch, or says yes or no to a coupon.
    pub(crate) fn somebody_acts(&mut self) {
        self.decide_grants();
        self.somebody_settles();
        match self.dice.below(3) {
            0 => {
                let text = self.dice.of(&POLICIES);
                self.publish(text);
            }
            _ => {
                let scopes = [
                    SwitchScope::Global,
                    SwitchScope::Shadow,
                    SwitchScope::Merchant(MerchantId::new("lumen").expect("a short id")),
                    SwitchScope::Kind(self.dice.of(Kind::ALL)),
                ];
                let scope = self.people.on.iter().next().cloned();
                let scope = scope.filter(|_| self.dice.chance(60)).unwrap_or_else(|| self.dice.of(&scopes));
                let on = !self.people.on.contains(&scope);
                self.turn(&scope, on);
            }
        }
    }

    /// Nobody leaves a switch on for ever.
    pub(crate) fn end_of_people(&mut self) {
        for scope in self.people.on.clone() {
            self.turn(&scope, false);
        }
    }

    fn publish(&mut self, text: &str) -> bool {
        let book = PolicyBook::parse(text).expect("a policy without faults");
        let now = self.clock.now();
        let (published, _) = self.done(0, "policy", |_, tx| {
            let number = tx.policy_in_force()?.map(|p| p.number);
            let number = tx.policy_publish(number, book.version(), book.text(), "somebody", now)?;
            tx.sweep_start(&Scope::default())?;
            Ok(number)
        });
        if published.is_some() {
            self.reference.policy = book;
            self.all_must_look();
        }
        published.is_some()
    }

    fn turn(&mut self, scope: &SwitchScope, on: bool) {
        let now = self.clock.now();
        let (done, _) = self.done(1, "switch", |_, tx| {
            tx.switch_set(scope, on, "somebody", now)?;
            if on { Ok(()) } else { tx.sweep_start(&Scope::default()) }
        });
        if done.is_some() && on {
            self.people.on.insert(scope.clone());
        } else if done.is_some() {
            self.people.on.remove(scope);
            self.all_must_look();
        }
    }

    fn all_must_look(&mut self) {
        for key in self.reference.orders() {
            let order = self.reference.order(&key);
            if order.paid_at.is_some() && order.is_open() {
                self.people.unaware.insert(key);
            }
        }
    }

    fn decide_grants(&mut self) {
        let (now, yes) = (self.clock.now(), self.dice.chance(70));
        for grant in self.disk.look(|tx| tx.grants_waiting(None, 10)) {
            let id = &grant.grant_id;
            let (record, _) = self.done(1, "approve", |engine, tx| engine.grant_decide(tx, id, yes, now));
            self.reference.record(record.flatten().as_slice());
        }
    }
}
