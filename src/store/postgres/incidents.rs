//! Orders that turned at risk, what is usual of them, and incidents.

use std::collections::BTreeMap;

use forewarn_core::event::Scope;
use forewarn_core::ids::MerchantId;
use forewarn_core::incident::{Facet, Incident, IncidentId, Turning};
use forewarn_core::{Instant, OrderKey};

use super::orders::{columns, count_open, order_key};
use super::session::{Fields, Session, rows};
use super::{key, settings};
use crate::store::port::{IncidentOrder, IncidentStore, IncidentSum, Tenant};
use crate::store::{StoreError, document};

const KEEPING: &str = "keeping that orders turned at risk";
const COUNTING: &str = "counting orders that turned at risk";
const SAVING: &str = "saving an incident";
const READING: &str = "reading incidents";

const ADD: &str = "INSERT INTO turnings (merchant_id, order_id, at, counted_at, incident_id, held_at, turning)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[])
    ON CONFLICT (merchant_id, order_id) DO UPDATE SET at = excluded.at, counted_at = excluded.counted_at,
        incident_id = excluded.incident_id, held_at = excluded.held_at, turning = excluded.turning";
const HOLD: &str = "INSERT INTO turnings (merchant_id, order_id, at, counted_at, incident_id, held_at, turning)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[])
    ON CONFLICT (merchant_id, order_id) DO UPDATE SET incident_id = excluded.incident_id, held_at = excluded.held_at";
const COUNT: &str = "INSERT INTO turning_counts (merchant_id, facet, tick, n)
    SELECT merchant_id, facet, $3, n FROM unnest($1::text[], $2::text[], $4::bigint[]) AS c(merchant_id, facet, n)
    ON CONFLICT (merchant_id, facet, tick) DO UPDATE SET n = turning_counts.n + excluded.n";
/// When the oldest one turned that was not counted.
pub(super) const OLDEST: &str = "SELECT min(at) FROM turnings WHERE counted_at IS NULL";
/// Those to be counted at a tick.
pub(super) const UNCOUNTED: &str =
    "SELECT turning FROM turnings WHERE counted_at IS NULL AND at < $1 ORDER BY merchant_id, order_id";
/// Those of a shop that were counted lately and belong to no incident.
pub(super) const FREE: &str = "SELECT turning FROM turnings
    WHERE counted_at > $1 AND incident_id IS NULL AND merchant_id = $2 ORDER BY order_id";
/// What is usual of a facet.
pub(super) const USUAL: &str =
    "SELECT tick, n FROM turning_counts WHERE merchant_id = $1 AND facet = $2 AND tick > $3 ORDER BY tick";
/// Those no incident took in time, and counts that are too old to say what is usual.
pub(super) const FORGET: [&str; 2] = [
    "DELETE FROM turnings WHERE counted_at <= $1 AND counted_at IS NOT NULL AND incident_id IS NULL",
    "DELETE FROM turning_counts WHERE tick <= $1",
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
            "coalesce((SELECT o.open FROM orders o WHERE o.merchant_id = t.merchant_id AND o.order_id = t.order_id),
                FALSE) AS open,",
            told_since!("t.at"),
            " AS told, t.held_at IS NOT NULL AND NOT ",
            told_since!("t.held_at"),
            " AS held"
        )
    };
}
pub(super) const SUM: &str = concat!(
    "SELECT count(*), count(*) FILTER (WHERE open), count(*) FILTER (WHERE told), count(*) FILTER (WHERE held), max(at)
     FROM (SELECT t.at, ",
    standing!(),
    " FROM turnings t WHERE t.incident_id = $1) s"
);
pub(super) const ORDERS: &str = concat!(
    "SELECT t.merchant_id, t.order_id, t.at, ",
    standing!(),
    " FROM turnings t WHERE t.incident_id = $1 AND (t.merchant_id, t.order_id) > ($2, $3)
     ORDER BY t.merchant_id, t.order_id LIMIT $4"
);

/// What waits to be written of one order.
#[derive(Clone, Debug)]
pub(super) enum Turned {
    /// It turned at risk, and may have been held back since.
    Added { turning: Turning, incident: Option<IncidentId>, held_at: Option<Instant> },
    /// A notice of it was held back.
    Held { turning: Turning, incident: IncidentId },
}

impl Turned {
    fn turning(&self) -> &Turning {
        match self {
            Self::Added { turning, .. } | Self::Held { turning, .. } => turning,
        }
    }

    /// What was only held back is no turning to be counted.
    fn counted_at(&self) -> Option<Instant> {
        match self {
            Self::Added { .. } => None,
            Self::Held { turning, .. } => Some(turning.at),
        }
    }

    fn incident(&self) -> Option<IncidentId> {
        match self {
            Self::Added { incident, .. } => *incident,
            Self::Held { incident, .. } => Some(*incident),
        }
    }

    fn held_at(&self) -> Option<Instant> {
        match self {
            Self::Added { held_at, .. } => *held_at,
            Self::Held { turning, .. } => Some(turning.at),
        }
    }
}

impl IncidentStore for Session<'_> {
    fn turning_add(&mut self, turning: &Turning, incident: Option<IncidentId>) -> Result<(), StoreError> {
        let row = Turned::Added { turning: turning.clone(), incident, held_at: None };
        self.pending.turned.insert(turning.key.clone(), row);
        Ok(())
    }

    fn turning_hold(&mut self, turning: &Turning, incident: IncidentId) -> Result<(), StoreError> {
        let row = match self.pending.turned.remove(&turning.key) {
            Some(Turned::Added { turning: added, .. }) => {
                Turned::Added { turning: added, incident: Some(incident), held_at: Some(turning.at) }
            }
            _ => Turned::Held { turning: turning.clone(), incident },
        };
        self.pending.turned.insert(turning.key.clone(), row);
        Ok(())
    }

    fn turnings_oldest(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.value::<Option<i64>>(COUNTING, OLDEST, &[])?.flatten().map(Instant::from_ms))
    }

    fn turnings_lock(&mut self) -> Result<(), StoreError> {
        let key = key::of(self.schema(), &["incidents"]);
        self.lock("waiting for the incidents", vec![key])
    }

    fn turnings_uncounted(&mut self, tick: Instant) -> Result<Vec<Turning>, StoreError> {
        // What others have not committed yet is counted later; these stay as they are until this is done.
        let lock = self.locking(" FOR UPDATE");
        let sql = format!("{UNCOUNTED}{lock}");
        self.all(COUNTING, &sql, &[&tick.ms()], read_turning)
    }

    fn turnings_count(
        &mut self,
        tick: Instant,
        keys: &[OrderKey],
        counts: &[(MerchantId, Facet, u64)],
    ) -> Result<(), StoreError> {
        let mark =
            "UPDATE turnings t SET counted_at = $3 FROM unnest($1::text[], $2::text[]) AS k(merchant_id, order_id)
                    WHERE t.merchant_id = k.merchant_id AND t.order_id = k.order_id";
        let (merchants, orders) = columns(keys);
        self.execute(COUNTING, mark, &[&merchants, &orders, &tick.ms()])?;
        let mut merged: BTreeMap<(&str, String), i64> = BTreeMap::new();
        for (merchant, facet, n) in counts {
            let n = i64::try_from(*n).unwrap_or(i64::MAX);
            *merged.entry((merchant.as_str(), document::write(COUNTING, facet)?)).or_default() += n;
        }
        let (of, n): (Vec<_>, Vec<i64>) = merged.into_iter().unzip();
        let (merchants, facets): (Vec<&str>, Vec<String>) = of.into_iter().unzip();
        self.execute(COUNTING, COUNT, &[&merchants, &facets, &tick.ms(), &n]).map(drop)
    }

    fn turnings_free(&mut self, merchant: &MerchantId, since: Instant) -> Result<Vec<Turning>, StoreError> {
        self.all(COUNTING, FREE, &[&since.ms(), &merchant.as_str()], read_turning)
    }

    fn turnings_usual(
        &mut self,
        merchant: &MerchantId,
        facet: &Facet,
        since: Instant,
    ) -> Result<Vec<(Instant, u64)>, StoreError> {
        let facet = document::write(COUNTING, facet)?;
        self.all(COUNTING, USUAL, &[&merchant.as_str(), &facet, &since.ms()], |f| Ok((f.instant()?, f.count()?)))
    }

    fn turnings_join(&mut self, keys: &[OrderKey], incident: IncidentId) -> Result<(), StoreError> {
        let sql =
            "UPDATE turnings t SET incident_id = $3 FROM unnest($1::text[], $2::text[]) AS k(merchant_id, order_id)
                   WHERE t.merchant_id = k.merchant_id AND t.order_id = k.order_id";
        let (merchants, orders) = columns(keys);
        self.execute("giving orders to an incident", sql, &[&merchants, &orders, &incident.to_string()]).map(drop)
    }

    fn turnings_forget(&mut self, free: Instant, usual: Instant) -> Result<(), StoreError> {
        const FORGETTING: &str = "forgetting orders that turned at risk";
        FORGET
            .into_iter()
            .zip([free, usual])
            .try_for_each(|(sql, until)| self.execute(FORGETTING, sql, &[&until.ms()]).map(drop))
    }

    fn orders_open_in(&mut self, scope: &Scope) -> Result<u64, StoreError> {
        count_open(self, scope)
    }

    fn incident_save(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let sql = "INSERT INTO incidents (incident_id, merchant_id, live, opened_at, ended_at, incident)
                   VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (incident_id) DO UPDATE SET merchant_id = excluded.merchant_id, live = excluded.live,
                       opened_at = excluded.opened_at, ended_at = excluded.ended_at, incident = excluded.incident";
        let (id, text) = (incident.id.to_string(), document::write(SAVING, incident)?);
        let merchant = incident.scope.merchant_id.as_ref().map(MerchantId::as_str);
        let (opened, ended) = (incident.opened_at.ms(), incident.ended_at.map(Instant::ms));
        self.execute(SAVING, sql, &[&id, &merchant, &incident.is_live(), &opened, &ended, &text])?;
        settings::raise_version(self)
    }

    fn incident_load(&mut self, tenant: Tenant<'_>, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        let lock = self.locking(" FOR UPDATE");
        let sql = format!(
            "SELECT incident_id, incident FROM incidents
             WHERE incident_id = $1 AND ($2::text IS NULL OR merchant_id = $2){lock}"
        );
        self.first(READING, &sql, &[&id.to_string(), &tenant.map(MerchantId::as_str)], read)
    }

    fn incidents_live(&mut self) -> Result<Vec<Incident>, StoreError> {
        let sql = "SELECT incident_id, incident FROM incidents WHERE live ORDER BY opened_at DESC, incident_id DESC";
        self.all(READING, sql, &[], read)
    }

    fn incidents_over(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<Incident>, StoreError> {
        let sql = "SELECT incident_id, incident FROM incidents
                   WHERE NOT live AND ($1::text IS NULL OR merchant_id = $1)
                   ORDER BY opened_at DESC, incident_id DESC LIMIT $2";
        self.all(READING, sql, &[&tenant.map(MerchantId::as_str), &rows(limit)], read)
    }

    fn incident_sum(&mut self, incident: IncidentId) -> Result<IncidentSum, StoreError> {
        let found = self.first("summing up an incident", SUM, &[&incident.to_string()], |f| {
            let (orders, open, told, held) = (f.count()?, f.count()?, f.count()?, f.count()?);
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
        let params: super::connection::Params<'_> = &[&incident.to_string(), &merchant, &order, &rows(limit)];
        self.all("listing the orders of an incident", ORDERS, params, |f| {
            let (key, at) = (order_key(f)?, f.instant()?);
            Ok(IncidentOrder { key, at, open: f.take()?, told: f.take()?, held: f.take()? })
        })
    }
}

impl Session<'_> {
    /// Writes the turnings that wait, in the order of their keys. Whoever looks at an order holds its row.
    pub(super) fn flush_turned(&mut self) -> Result<(), StoreError> {
        let all = std::mem::take(&mut self.pending.turned);
        let (added, held): (Vec<_>, Vec<_>) = all.into_values().partition(|row| matches!(row, Turned::Added { .. }));
        self.write_turned(ADD, &added)?;
        self.write_turned(HOLD, &held)
    }

    fn write_turned(&mut self, sql: &str, all: &[Turned]) -> Result<(), StoreError> {
        if all.is_empty() {
            return Ok(());
        }
        let (merchants, orders) = columns(all.iter().map(|row| &row.turning().key));
        let at: Vec<i64> = all.iter().map(|row| row.turning().at.ms()).collect();
        let counted: Vec<Option<i64>> = all.iter().map(|row| row.counted_at().map(Instant::ms)).collect();
        let incidents: Vec<Option<String>> = all.iter().map(|row| row.incident().map(|id| id.to_string())).collect();
        let held: Vec<Option<i64>> = all.iter().map(|row| row.held_at().map(Instant::ms)).collect();
        let texts = all.iter().map(|row| document::write(KEEPING, row.turning())).collect::<Result<Vec<_>, _>>()?;
        let params: super::connection::Params<'_> = &[&merchants, &orders, &at, &counted, &incidents, &held, &texts];
        self.change(KEEPING, sql, params).map(drop)
    }
}

fn read(f: &mut Fields<'_>) -> Result<Incident, StoreError> {
    let id: String = f.take()?;
    f.document("incident", &id)
}

fn read_turning(f: &mut Fields<'_>) -> Result<Turning, StoreError> {
    f.document("turning at risk", &"in the list")
}
