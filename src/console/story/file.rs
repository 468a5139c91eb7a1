//! Everything about one order, read in one step.

use forewarn_core::because::Reason;
use forewarn_core::decide::{Decision, Told, zone_of};
use forewarn_core::event::ExceptionKind;
use forewarn_core::grant::GrantStatus;
use forewarn_core::money::Money;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::order::Order;
use forewarn_core::policy::Policy;
use forewarn_core::promise::Proposed;
use forewarn_core::zone::Zone;
use forewarn_core::{Instant, OrderKey};
use std::sync::Arc;

use super::{Choice, Outlook, Status};
use crate::engine::{Engine, Purpose, Shop, dossier};
use crate::store::port::{DeskRow, GrantRow, NoticeRow, NoticeState, OrderRow, Tenant};
use crate::store::{StoreError, Tx};

/// An order's file.
pub(in crate::console) struct OrderFile {
    /// The stored row: facts, memory, why it is set aside.
    pub(in crate::console) row: OrderRow,
    /// The order as its facts tell it.
    pub(in crate::console) order: Order,
    /// The policy that holds for it.
    pub(in crate::console) policy: Arc<Policy>,
    /// The decision as of now; `None` when a rule panicked.
    pub(in crate::console) decision: Option<Decision>,
    /// The facts and numbers behind how it stands.
    pub(in crate::console) because: Vec<Reason>,
    /// Forecast, promise and cause.
    pub(in crate::console) outlook: Outlook,
    /// Notices, oldest first.
    pub(in crate::console) notices: Vec<NoticeRow>,
    /// What was not sent, oldest first.
    pub(in crate::console) suppressed: Vec<(Kind, Why, Instant, Vec<Reason>)>,
    /// Compensation, oldest first.
    pub(in crate::console) grants: Vec<GrantRow>,
    /// What was brought to the desk about it, oldest first.
    pub(in crate::console) desk: Vec<DeskRow>,
    /// The shop before its buyers.
    pub(in crate::console) shop: Shop,
    /// The page the buyer opens from a notice.
    pub(in crate::console) buyer_page: String,
    /// The moment of all this.
    pub(in crate::console) now: Instant,
}

impl OrderFile {
    /// Reads the file, if there is such an order and the tenant may see it. Writes nothing.
    pub(in crate::console) fn read(
        engine: &Engine,
        tx: &mut dyn Tx,
        tenant: Tenant<'_>,
        key: &OrderKey,
        now: Instant,
    ) -> Result<Option<Self>, StoreError> {
        if !tx.order_seen(tenant, key)? {
            return Ok(None);
        }
        let Some((row, dossier)) = dossier(engine, tx, key, now)? else { return Ok(None) };
        let mut suppressed = tx.suppressions_of(key)?;
        // What was held back at one moment stands in the order of an order's life.
        suppressed.sort_by_key(|(kind, _, at, _)| (*at, *kind));
        Ok(Some(Self {
            because: dossier.because(),
            outlook: Outlook::of(&dossier),
            notices: tx.notices_of(key)?,
            suppressed,
            grants: tx.grants_of(key)?,
            desk: tx.desk_of(key)?,
            buyer_page: engine.identity().links.to(Purpose::Order, key),
            shop: engine.identity().shops.get(&key.merchant_id),
            order: dossier.order,
            policy: dossier.policy,
            decision: dossier.decision,
            row,
            now,
        }))
    }

    /// How the order stands.
    pub(in crate::console) fn status(&self) -> Status {
        Status::of(self)
    }

    /// What was told about it.
    pub(in crate::console) fn told(&self) -> &Told {
        &self.row.told
    }

    /// The promised ship time.
    pub(in crate::console) fn ship_by(&self) -> Option<Instant> {
        self.outlook.promise.as_ref().map(|p| p.value)
    }

    /// The later time the buyer is being asked for: until it is answered, or the promised time passes.
    pub(in crate::console) fn pending(&self) -> Option<Proposed> {
        let promise = self.outlook.promise.as_ref().filter(|p| self.order.is_open() && p.value > self.now)?;
        promise.proposed
    }

    /// Until when the buyer can still be asked for a later time, where there is reason to.
    pub(in crate::console) fn ask_until(&self) -> Option<Instant> {
        self.decision.as_ref().and_then(|d| d.standing.ask_until)
    }

    /// The date the buyer was told last, under the promise that holds.
    pub(in crate::console) fn told_date(&self) -> Option<Instant> {
        let promise = self.outlook.promise.as_ref()?;
        self.told().last_quote(promise).map(|(_, at)| at)
    }

    /// The date that will really be kept: the promise while it holds, else the later of what was told and what would
    /// be told now. `None` when the order has shipped, or no date can be given: as long as it waits for its buyer, nobody
    /// knows one.
    pub(in crate::console) fn honest_date(&self) -> Option<Instant> {
        let quote = self.decision.as_ref().and_then(|d| d.standing.quote);
        match self.status() {
            _ if self.asks_for().is_some() => None,
            Status::OnTime => self.ship_by(),
            Status::AtRisk | Status::Late => quote.max(self.told_date()).filter(|at| *at > self.now),
            _ => None,
        }
    }

    /// What the buyer alone can mend, as an open exception asks: `address` or `contact`.
    pub(in crate::console) fn asks_for(&self) -> Option<&'static str> {
        let open = |kind: ExceptionKind| self.order.open_exceptions(self.now).any(|e| e.kind == kind);
        if open(ExceptionKind::Address) { Some("address") } else { open(ExceptionKind::Contact).then_some("contact") }
    }

    /// Whether the honest date is later than what the buyer was told, or the buyer was told none.
    pub(in crate::console) fn has_news(&self) -> bool {
        let late = matches!(self.status(), Status::AtRisk | Status::Late);
        late && self.honest_date().is_some_and(|at| self.told_date().is_none_or(|told| at > told))
    }

    /// What the buyer chose, and has not been asked about again since.
    pub(in crate::console) fn choice(&self) -> Option<Choice> {
        Choice::newest(self)
    }

    /// The compensation of one status that the buyer may be told of: a sum for each currency, and of how many coupons.
    pub(in crate::console) fn gifts(&self, status: GrantStatus) -> Vec<(Money, usize)> {
        let mut sums: Vec<(Money, usize)> = Vec::new();
        for grant in self.grants.iter().filter(|g| g.status == status) {
            match sums.iter_mut().find(|(sum, _)| sum.currency == grant.money.currency) {
                Some((sum, count)) => {
                    sum.amount = sum.amount.plus(grant.money.amount);
                    *count += 1;
                }
                None => sums.push((grant.money, 1)),
            }
        }
        sums
    }

    /// The notice that a grant belongs to.
    pub(in crate::console) fn notice_of(&self, grant: &GrantRow) -> Option<&NoticeRow> {
        self.notices.iter().find(|n| n.key == grant.notice_key)
    }

    /// Where the notice of a grant stands.
    pub(in crate::console) fn notice_state_of(&self, grant: &GrantRow) -> Option<NoticeState> {
        self.notice_of(grant).map(|n| n.state)
    }

    /// The buyer's zone, else the shop's.
    pub(in crate::console) fn zone(&self) -> Zone {
        zone_of(&self.order, &self.policy)
    }

    /// The shop's name before its buyers.
    pub(in crate::console) fn shop_name(&self) -> String {
        self.shop.name.clone().unwrap_or_else(|| self.order.key.merchant_id.to_string())
    }
}
