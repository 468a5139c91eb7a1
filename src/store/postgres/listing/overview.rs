//! The overview's counts; each statement is answered from an index alone.

use forewarn_core::notice::{Kind, Why};

use super::narrowing;
use crate::store::StoreError;
use crate::store::port::{Overview, OverviewAsk, Tenant};
use crate::store::postgres::query::Query;
use crate::store::postgres::session::Session;

const COUNTING: &str = "counting for the overview";

pub(super) fn overview(
    session: &mut Session<'_>,
    tenant: Tenant<'_>,
    ask: &OverviewAsk,
) -> Result<Overview, StoreError> {
    let week = ask.week_from.ms();
    let mut desk = Desk { session, tenant, ask };
    let overdue = ask.now.ms();
    Ok(Overview {
        open: desk.count("orders", |q| {
            q.plain("open");
        })?,
        at_risk: desk.count("orders", |q| {
            q.plain("open").plain("risk_ppm IS NOT NULL").plain("at_risk");
        })?,
        overdue: desk.count("orders", |q| {
            q.plain("open").and("ship_by < ?", [overdue]);
        })?,
        waiting: desk.waiting()?,
        sent: desk.sent()?,
        suppressed: desk.suppressed()?,
        failed: desk.trouble("state = 'failed'", week)?,
        unknown: desk.trouble("state = 'unknown'", week)?,
        given: desk.given()?,
        approvals: desk.count("grants", |q| {
            q.plain("status = 'needs_approval'");
        })?,
        dead_letters: desk.dead_letters()?,
        parked: desk.count("orders", |q| {
            q.plain("parked IS NOT NULL");
        })?,
        chases: desk.chases()?,
    })
}

struct Desk<'d, 's> {
    session: &'d mut Session<'s>,
    tenant: Tenant<'d>,
    ask: &'d OverviewAsk,
}

impl Desk<'_, '_> {
    fn count(&mut self, table: &'static str, narrow: impl FnOnce(&mut Query)) -> Result<u64, StoreError> {
        let mut query = narrowing::of(&format!("SELECT count(*) FROM {table}"), self.tenant);
        narrow(&mut query);
        self.session.single::<i64>(COUNTING, query.sql(), &query.params()).map(i64::unsigned_abs)
    }

    fn trouble(&mut self, state: &'static str, week: i64) -> Result<u64, StoreError> {
        self.count("notices", |q| {
            q.plain("state IN ('failed', 'unknown')").plain(state).and("updated_at >= ?", [week]);
        })
    }

    fn waiting(&mut self) -> Result<u64, StoreError> {
        let queued = self.count("notices", |q| {
            q.plain("state IN ('ready', 'retry', 'claimed')");
        })?;
        Ok(queued
            + self.count("notices", |q| {
                q.plain("state = 'sending'");
            })?)
    }

    fn sent(&mut self) -> Result<Vec<(Kind, u64, u64)>, StoreError> {
        let mut query = Query::new("SELECT kind, count(*) FILTER (WHERE sent_at >= ");
        query.end("?), count(*) FROM notices WHERE state = 'sent'", [self.ask.day_from.ms()]);
        query.and("sent_at >= ?", [self.ask.week_from.ms()]);
        self.own(&mut query);
        query.end::<i64, 0>(" GROUP BY kind", []);
        self.session.all(COUNTING, query.sql(), &query.params(), |f| {
            Ok((f.parsed("notice", &"counted", "kind", |k| Kind::named(k).ok_or(()))?, f.count()?, f.count()?))
        })
    }

    fn suppressed(&mut self) -> Result<Vec<(Why, u64, u64)>, StoreError> {
        let mut query = Query::new("SELECT why, count(*) FILTER (WHERE at >= ");
        query.end("?), count(*) FROM suppressions WHERE TRUE", [self.ask.day_from.ms()]);
        query.and("at >= ?", [self.ask.week_from.ms()]);
        self.own(&mut query);
        query.end::<i64, 0>(" GROUP BY why", []);
        self.session.all(COUNTING, query.sql(), &query.params(), |f| {
            Ok((f.parsed("suppression", &"counted", "why", |w| Why::named(w).ok_or(()))?, f.count()?, f.count()?))
        })
    }

    fn given(&mut self) -> Result<Vec<(String, u64, i64)>, StoreError> {
        let mut query = narrowing::of("SELECT currency, count(*), sum(thousandths)::bigint FROM grants", self.tenant);
        query
            .plain("status IN ('reserved', 'needs_approval', 'granted')")
            .plain("status <> 'needs_approval'")
            .and("created_at >= ?", [self.ask.day_from.ms()])
            .end::<i64, 0>(" GROUP BY currency ORDER BY currency", []);
        self.session.all(COUNTING, query.sql(), &query.params(), |f| Ok((f.take()?, f.count()?, f.take()?)))
    }

    fn dead_letters(&mut self) -> Result<u64, StoreError> {
        // A dead letter need not tell whose it is, so no shop is shown any.
        if self.tenant.is_some() {
            return Ok(0);
        }
        let week = self.ask.week_from.ms();
        self.count("dead_letters", |q| {
            q.and("last_at >= ?", [week]);
        })
    }

    fn chases(&mut self) -> Result<u64, StoreError> {
        let mut query = narrowing::of("SELECT coalesce(sum(chases), 0)::bigint FROM orders", self.tenant);
        query.plain("chases > 0").and("paid_at >= ?", [self.ask.week_from.ms()]);
        self.session.single::<i64>(COUNTING, query.sql(), &query.params()).map(i64::unsigned_abs)
    }

    /// The tenant's rows only, in a statement that does not begin with that condition.
    fn own(&self, query: &mut Query) {
        if let Some(merchant) = self.tenant {
            query.and("merchant_id = ?", [merchant.as_str()]);
        }
    }
}
