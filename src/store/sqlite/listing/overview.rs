//! The overview's counts; each statement is answered from an index alone.

use forewarn_core::notice::{Kind, Why};

use super::super::session::Session;
use super::narrowing::Narrowing;
use crate::store::StoreError;
use crate::store::port::{Overview, OverviewAsk, Tenant};

const COUNTING: &str = "counting for the overview";

pub(super) fn overview(session: &Session<'_>, tenant: Tenant<'_>, ask: &OverviewAsk) -> Result<Overview, StoreError> {
    let desk = Desk { session, tenant, ask };
    let week = ask.week_from.ms();
    let trouble = |state| {
        desk.here().always("state IN ('failed', 'unknown')").number("updated_at >=", week).text("state =", state)
    };
    let at_risk = desk.open().always("risk_ppm IS NOT NULL").always("at_risk = 1");
    Ok(Overview {
        open: desk.count("orders", &desk.open())?,
        at_risk: desk.count("orders", &at_risk)?,
        overdue: desk.count("orders", &desk.open().number("ship_by <", ask.now.ms()))?,
        waiting: desk.waiting()?,
        sent: desk.sent()?,
        suppressed: desk.suppressed()?,
        failed: desk.count("notices", &trouble("failed"))?,
        unknown: desk.count("notices", &trouble("unknown"))?,
        given: desk.given()?,
        approvals: desk.count("grants", &desk.here().always("status = 'needs_approval'"))?,
        dead_letters: desk.dead_letters()?,
        parked: desk.count("orders", &desk.here().always("parked IS NOT NULL"))?,
        chases: desk.chases()?,
    })
}

struct Desk<'a> {
    session: &'a Session<'a>,
    tenant: Tenant<'a>,
    ask: &'a OverviewAsk,
}

impl Desk<'_> {
    fn here(&self) -> Narrowing {
        Narrowing::of(self.tenant)
    }

    fn open(&self) -> Narrowing {
        self.here().always("open = 1")
    }

    fn count(&self, table: &'static str, query: &Narrowing) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {table} WHERE {query}");
        self.session.single::<i64>(COUNTING, &sql, query.params()).map(i64::unsigned_abs)
    }

    fn waiting(&self) -> Result<u64, StoreError> {
        let queued = self.here().always("state IN ('ready', 'retry', 'claimed')");
        let leaving = self.here().always("state = 'sending'");
        Ok(self.count("notices", &queued)? + self.count("notices", &leaving)?)
    }

    fn sent(&self) -> Result<Vec<(Kind, u64, u64)>, StoreError> {
        let query = self.here().always("state = 'sent'").number("sent_at >=", self.ask.week_from.ms());
        let sql = format!(
            "SELECT kind, coalesce(sum(sent_at >= {}), 0), count(*) FROM notices WHERE {query} GROUP BY +kind",
            self.ask.day_from.ms()
        );
        self.session.all(COUNTING, &sql, query.params(), |f| {
            Ok((f.parsed("notice", &"counted", "kind", |k| Kind::named(k).ok_or(()))?, f.count()?, f.count()?))
        })
    }

    fn suppressed(&self) -> Result<Vec<(Why, u64, u64)>, StoreError> {
        let query = self.here().number("at >=", self.ask.week_from.ms());
        let sql = format!(
            "SELECT why, coalesce(sum(at >= {}), 0), count(*) FROM suppressions WHERE {query} GROUP BY +why",
            self.ask.day_from.ms()
        );
        self.session.all(COUNTING, &sql, query.params(), |f| {
            Ok((f.parsed("suppression", &"counted", "why", |w| Why::named(w).ok_or(()))?, f.count()?, f.count()?))
        })
    }

    fn given(&self) -> Result<Vec<(String, u64, i64)>, StoreError> {
        let query = self
            .here()
            .always("status IN ('reserved', 'needs_approval', 'granted')")
            .number("created_at >=", self.ask.day_from.ms());
        let sql = format!(
            "SELECT currency, count(*), sum(thousandths) FROM grants WHERE {query} AND status <> 'needs_approval'
             GROUP BY currency ORDER BY currency"
        );
        self.session.all(COUNTING, &sql, query.params(), |f| Ok((f.take()?, f.count()?, f.take()?)))
    }

    fn dead_letters(&self) -> Result<u64, StoreError> {
        // A dead letter need not tell whose it is, so no shop is shown any.
        if self.tenant.is_some() {
            return Ok(0);
        }
        let sql = "SELECT count(*) FROM dead_letters WHERE last_at >= ?1";
        self.session.single::<i64>(COUNTING, sql, [self.ask.week_from.ms()]).map(i64::unsigned_abs)
    }

    fn chases(&self) -> Result<u64, StoreError> {
        let query = self.here().always("chases > 0").number("paid_at >=", self.ask.week_from.ms());
        let sql = format!("SELECT coalesce(sum(chases), 0) FROM orders WHERE {query}");
        self.session.single::<i64>(COUNTING, &sql, query.params()).map(i64::unsigned_abs)
    }
}
