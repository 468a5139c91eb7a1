//! The overview's counts.

use std::collections::BTreeMap;

use forewarn_core::Instant;
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::{Kind, Why};

use super::may_see;
use crate::store::memory::Tables;
use crate::store::memory::orders::count;
use crate::store::port::{GrantRow, NoticeRow, NoticeState, OrderRow, Overview, OverviewAsk, Tenant};

pub(super) fn overview(tables: &Tables, tenant: Tenant<'_>, ask: &OverviewAsk) -> Overview {
    let desk = Desk { tables, tenant, ask };
    Overview {
        open: count(desk.open()),
        at_risk: count(desk.open().filter(|row| row.index.at_risk)),
        overdue: count(desk.open().filter(|row| row.index.ship_by.is_some_and(|ship_by| ship_by < ask.now))),
        waiting: count(desk.notices().filter(|n| n.is_pending() || n.state == NoticeState::Sending)),
        sent: desk.sent(),
        suppressed: desk.suppressed(),
        failed: desk.trouble(NoticeState::Failed),
        unknown: desk.trouble(NoticeState::Unknown),
        given: desk.given(),
        approvals: count(desk.grants().filter(|grant| grant.status == GrantStatus::NeedsApproval)),
        dead_letters: desk.dead_letters(),
        parked: count(desk.orders().filter(|row| row.parked.is_some())),
        chases: desk.chases(),
    }
}

struct Desk<'a> {
    tables: &'a Tables,
    tenant: Tenant<'a>,
    ask: &'a OverviewAsk,
}

impl<'a> Desk<'a> {
    fn orders(&self) -> impl Iterator<Item = &'a OrderRow> + use<'a> {
        let tenant = self.tenant;
        self.tables.orders.rows().filter(move |row| may_see(tenant, &row.key))
    }

    fn open(&self) -> impl Iterator<Item = &'a OrderRow> + use<'a> {
        self.orders().filter(|row| row.index.open)
    }

    fn notices(&self) -> impl Iterator<Item = &'a NoticeRow> + use<'a> {
        let tenant = self.tenant;
        self.tables.notices.rows().filter(move |notice| may_see(tenant, &notice.order))
    }

    fn grants(&self) -> impl Iterator<Item = &'a GrantRow> + use<'a> {
        let tenant = self.tenant;
        self.tables.grants.rows().filter(move |grant| may_see(tenant, &grant.order))
    }

    fn trouble(&self, state: NoticeState) -> u64 {
        count(self.notices().filter(|notice| notice.state == state && notice.updated_at >= self.ask.week_from))
    }

    fn sent(&self) -> Vec<(Kind, u64, u64)> {
        let sent = self.notices().filter(|notice| notice.state == NoticeState::Sent);
        self.by_name(sent.filter_map(|notice| Some((notice.kind.as_str(), notice.kind, notice.sent_at?))))
    }

    fn suppressed(&self) -> Vec<(Why, u64, u64)> {
        let here = self.tables.suppressions.rows().map(|(_, row)| row).filter(|row| may_see(self.tenant, &row.order));
        self.by_name(here.map(|row| (row.suppression.why.as_str(), row.suppression.why, row.at)))
    }

    /// How many of each there are today and in seven days, in the order of their names.
    fn by_name<T: Copy>(&self, all: impl Iterator<Item = (&'static str, T, Instant)>) -> Vec<(T, u64, u64)> {
        let mut counts = BTreeMap::new();
        for (name, what, at) in all.filter(|(.., at)| *at >= self.ask.week_from) {
            let (_, today, week) = counts.entry(name).or_insert((what, 0, 0));
            *today += u64::from(at >= self.ask.day_from);
            *week += 1;
        }
        counts.into_values().collect()
    }

    fn given(&self) -> Vec<(String, u64, i64)> {
        let mut sums: BTreeMap<String, (u64, i64)> = BTreeMap::new();
        let is_given = |grant: &GrantRow| grant.status.is_spent() && grant.status != GrantStatus::NeedsApproval;
        for grant in self.grants().filter(|grant| is_given(grant) && grant.created_at >= self.ask.day_from) {
            let sum = sums.entry(grant.money.currency.to_string()).or_default();
            *sum = (sum.0 + 1, sum.1 + grant.money.amount.thousandths());
        }
        sums.into_iter().map(|(currency, (count, thousandths))| (currency, count, thousandths)).collect()
    }

    /// A dead letter need not tell whose it is, so no shop is shown any.
    fn dead_letters(&self) -> u64 {
        let recent = self.tables.letters.rows().filter(|(_, kept)| kept.last_at >= self.ask.week_from);
        if self.tenant.is_some() { 0 } else { count(recent) }
    }

    fn chases(&self) -> u64 {
        let recent = self.orders().filter(|row| row.index.paid_at.is_some_and(|at| at >= self.ask.week_from));
        recent.map(|row| u64::from(row.index.chases)).sum()
    }
}
