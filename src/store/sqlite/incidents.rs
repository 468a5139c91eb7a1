//! Orders that turned at risk, what is usual of them, and incidents.

use forewarn_core::event::Scope;
use forewarn_core::ids::MerchantId;
use forewarn_core::incident::{Facet, Incident, IncidentId, Turning};
use forewarn_core::{Instant, OrderKey};
use rusqlite::params;

use super::orders::{count_open, order_key};
use super::session::{Fields, Session, Summed, rows};
use super::{checksum, document, settings};
use crate::store::StoreError;
use crate::store::port::{IncidentOrder, IncidentStore, IncidentSum, Tenant};

const KEEPING: &str = "keeping that an order turned at risk";
const COUNTING: &str = "counting orders that turned at risk";
const SAVING: &str = "saving an incident";
const READING: &str = "reading incidents";

/// Every incident.
pub(super) const ALL: &str =
    "SELECT incident_id, merchant_id, live, opened_at, ended_at, incident, checksum FROM incidents";
/// When the oldest one turned that was not counted.
pub(super) const OLDEST: &str = "SELECT min(at) FROM turnings WHERE counted_at IS NULL";
/// Those to be counted at a tick. Without the hint SQLite reads the whole table to save the sort of these few.
pub(super) const UNCOUNTED: &str = "SELECT turning FROM turnings INDEXED BY turnings_uncounted
    WHERE counted_at IS NULL AND at < ?1 ORDER BY merchant_id, order_id";
/// Those of a shop that were counted lately and belong to no incident.
pub(super) const FREE: &str = "SELECT turning FROM turnings INDEXED BY turnings_free
    WHERE counted_at > ?1 AND incident_id IS NULL AND merchant_id = ?2 ORDER BY order_id";
/// What is usual of a facet.
pub(super) const USUAL: &str =
    "SELECT tick, n FROM turning_counts WHERE merchant_id = ?1 AND facet = ?2 AND tick > ?3 ORDER BY tick";
/// Those no incident took in time, and counts that are too old to say what is usual.
pub(super) const FORGET: [&str; 2] = [
    "DELETE FROM turnings WHERE counted_at <= ?1 AND counted_at IS NOT NULL AND incident_id IS NULL",
    "DELETE FROM turning_counts WHERE tick <= ?1",
];
/// A delay told to the buyer of the order `t` since the moment that follows.
macro_rules! told_since {
    ($since:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM notices n WHERE n.order_id = t.order_id AND n.merchant_id = t.merchant_id
                AND n.kind IN ('delay_warning', 'delay_update', 'promise_missed') AND n.state = 'sent'
                AND n.sent_at >= ",
            $since,
            ")"
        )
    };
}
/// How one order of an incident stands: open, told, held.
macro_rules! standing {
    () => {
        concat!(
            "coalesce((SELECT o.open FROM orders o WHERE o.merchant_id = t.merchant_id AND o.order_id = t.order_id), 0),",
            told_since!("t.at"),
            ", t.held_at IS NOT NULL AND NOT ",
            told_since!("t.held_at")
        )
    };
}
pub(super) const SUM: &str = concat!(
    "WITH s(at, open, told, held) AS (SELECT t.at, ",
    standing!(),
    " FROM turnings t WHERE t.incident_id = ?1) SELECT count(*), sum(open), sum(told), sum(held), max(at) FROM s"
);
pub(super) const ORDERS: &str = concat!(
    "SELECT t.merchant_id, t.order_id, t.at, ",
    standing!(),
    " FROM turnings t WHERE t.incident_id = ?1 AND (t.merchant_id, t.order_id) > (?2, ?3)
     ORDER BY t.merchant_id, t.order_id LIMIT ?4"
);

impl IncidentStore for Session<'_> {
    fn turning_add(&mut self, turning: &Turning, incident: Option<IncidentId>) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO turnings (merchant_id, order_id, at, incident_id, turning)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let (merchant, order) = (turning.key.merchant_id.as_str(), turning.key.order_id.as_str());
        let incident = incident.map(|id| id.to_string());
        let params = params![merchant, order, turning.at.ms(), incident, document::write(KEEPING, turning)?];
        self.execute(KEEPING, sql, params).map(drop)
    }

    fn turning_hold(&mut self, turning: &Turning, incident: IncidentId) -> Result<(), StoreError> {
        let sql = "INSERT INTO turnings (merchant_id, order_id, at, counted_at, incident_id, held_at, turning)
                   VALUES (?1, ?2, ?3, ?3, ?4, ?3, ?5)
                   ON CONFLICT DO UPDATE SET incident_id = excluded.incident_id, held_at = excluded.held_at";
        let (merchant, order) = (turning.key.merchant_id.as_str(), turning.key.order_id.as_str());
        let incident = incident.to_string();
        let params = params![merchant, order, turning.at.ms(), incident, document::write(KEEPING, turning)?];
        self.execute(KEEPING, sql, params).map(drop)
    }

    fn turnings_oldest(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.single::<Option<i64>>(COUNTING, OLDEST, [])?.map(Instant::from_ms))
    }

    /// There is one writer.
    fn turnings_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn turnings_uncounted(&mut self, tick: Instant) -> Result<Vec<Turning>, StoreError> {
        self.all(COUNTING, UNCOUNTED, [tick.ms()], read_turning)
    }

    fn turnings_count(
        &mut self,
        tick: Instant,
        keys: &[OrderKey],
        counts: &[(MerchantId, Facet, u64)],
    ) -> Result<(), StoreError> {
        let mark = "UPDATE turnings SET counted_at = ?1 WHERE merchant_id = ?2 AND order_id = ?3";
        for key in keys {
            self.execute(COUNTING, mark, params![tick.ms(), key.merchant_id.as_str(), key.order_id.as_str()])?;
        }
        let sql = "INSERT INTO turning_counts (merchant_id, facet, tick, n) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET n = n + excluded.n";
        counts.iter().try_for_each(|(merchant, facet, n)| {
            let n = i64::try_from(*n).unwrap_or(i64::MAX);
            let params = params![merchant.as_str(), document::write(COUNTING, facet)?, tick.ms(), n];
            self.execute(COUNTING, sql, params).map(drop)
        })
    }

    fn turnings_free(&mut self, merchant: &MerchantId, since: Instant) -> Result<Vec<Turning>, StoreError> {
        self.all(COUNTING, FREE, params![since.ms(), merchant.as_str()], read_turning)
    }

    fn turnings_usual(
        &mut self,
        merchant: &MerchantId,
        facet: &Facet,
        since: Instant,
    ) -> Result<Vec<(Instant, u64)>, StoreError> {
        let params = params![merchant.as_str(), document::write(COUNTING, facet)?, since.ms()];
        self.all(COUNTING, USUAL, params, |f| Ok((f.instant()?, f.count()?)))
    }

    fn turnings_join(&mut self, keys: &[OrderKey], incident: IncidentId) -> Result<(), StoreError> {
        let sql = "UPDATE turnings SET incident_id = ?3 WHERE merchant_id = ?1 AND order_id = ?2";
        let incident = incident.to_string();
        keys.iter().try_for_each(|key| {
            let params = params![key.merchant_id.as_str(), key.order_id.as_str(), incident];
            self.execute("giving an order to an incident", sql, params).map(drop)
        })
    }

    fn turnings_forget(&mut self, free: Instant, usual: Instant) -> Result<(), StoreError> {
        const FORGETTING: &str = "forgetting orders that turned at risk";
        FORGET
            .into_iter()
            .zip([free, usual])
            .try_for_each(|(sql, until)| self.execute(FORGETTING, sql, [until.ms()]).map(drop))
    }

    fn orders_open_in(&mut self, scope: &Scope) -> Result<u64, StoreError> {
        count_open(self, scope)
    }

    fn incident_save(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let (id, text) = (incident.id.to_string(), document::write(SAVING, incident)?);
        let merchant = incident.scope.merchant_id.as_ref().map(MerchantId::as_str);
        let (live, opened) = (incident.is_live(), incident.opened_at.ms());
        let ended = incident.ended_at.map(Instant::ms);
        let checksum = checksum::of(SAVING, &[&id, &merchant, &live, &opened, &ended, &text])?;
        let sql =
            "INSERT OR REPLACE INTO incidents (incident_id, merchant_id, live, opened_at, ended_at, incident, checksum)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.execute(SAVING, sql, params![id, merchant, live, opened, ended, text, checksum])?;
        settings::raise_version(self)
    }

    fn incident_load(&mut self, tenant: Tenant<'_>, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        let sql = "SELECT incident_id, merchant_id, live, opened_at, ended_at, incident, checksum FROM incidents
                   WHERE incident_id = ?1 AND (?2 IS NULL OR merchant_id = ?2)";
        self.first(READING, sql, params![id.to_string(), tenant.map(MerchantId::as_str)], read)
    }

    fn incidents_live(&mut self) -> Result<Vec<Incident>, StoreError> {
        let sql = "SELECT incident_id, merchant_id, live, opened_at, ended_at, incident, checksum FROM incidents
                   WHERE live = 1 ORDER BY opened_at DESC, incident_id DESC";
        self.all(READING, sql, [], read)
    }

    fn incidents_over(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<Incident>, StoreError> {
        let sql = "SELECT incident_id, merchant_id, live, opened_at, ended_at, incident, checksum FROM incidents
                   WHERE live = 0 AND (?1 IS NULL OR merchant_id = ?1) ORDER BY opened_at DESC, incident_id DESC LIMIT ?2";
        self.all(READING, sql, params![tenant.map(MerchantId::as_str), rows(limit)], read)
    }

    fn incident_sum(&mut self, incident: IncidentId) -> Result<IncidentSum, StoreError> {
        let found = self.first("summing up an incident", SUM, [incident.to_string()], |f| {
            let orders = f.count()?;
            let mut sum = || Ok::<_, StoreError>(f.take::<Option<i64>>()?.map_or(0, i64::unsigned_abs));
            let (open, told, held) = (sum()?, sum()?, sum()?);
            Ok(IncidentSum { orders, open, told, held, last: f.maybe_instant()? })
        })?;
        Ok(found.unwrap_or_default())
    }

    fn incident_orders(
        &mut self,
        incident: IncidentId,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<IncidentOrder>, StoreError> {
        let (merchant, order) = after.map_or(("", ""), |key| (key.merchant_id.as_str(), key.order_id.as_str()));
        let params = params![incident.to_string(), merchant, order, rows(limit)];
        self.all("listing the orders of an incident", ORDERS, params, |f| {
            let (key, at) = (order_key(f)?, f.instant()?);
            Ok(IncidentOrder { key, at, open: f.take()?, told: f.take()?, held: f.take()? })
        })
    }
}

/// Reads an incident's row.
pub(super) fn read(f: &mut Fields<'_>) -> Result<Incident, StoreError> {
    const SUMMED: Summed = Summed { what: "incident", skip: 0, id: &[0] };
    f.whole(&SUMMED, |f| {
        let id = f.text("incident", &"with an unreadable id", "incident_id")?.unwrap_or_default().to_owned();
        // The document says these too; the columns are there for their indexes.
        let _columns: (Option<String>, bool, i64, Option<i64>) = (f.take()?, f.take()?, f.take()?, f.take()?);
        f.document("incident", &id)
    })
}

/// Reads a turning.
pub(super) fn read_turning(f: &mut Fields<'_>) -> Result<Turning, StoreError> {
    f.document("turning at risk", &"in the list")
}
