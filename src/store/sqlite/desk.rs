//! The desk.

use forewarn_core::cause::Cause;
use forewarn_core::desk::{Change, Ending, Entry, Matter, Outcome, queued_at, rank};
use forewarn_core::ids::{DeskId, MerchantId};
use forewarn_core::text::Private;
use forewarn_core::{Instant, OrderKey};
use rusqlite::params;

use super::listing;
use super::orders::order_key;
use super::session::{Fields, Session};
use crate::store::StoreError;
use crate::store::port::{Closing, DeskLine, DeskRow, DeskSearch, DeskStore, DeskSum, Tenant, desk_id};

const WHAT: &str = "desk entry";
const WRITING: &str = "entering what comes to the desk";
const READING: &str = "reading the desk";
/// What [`read`] reads.
pub(super) const COLUMNS: &str = "merchant_id, order_id, desk_id, matter, about, number, cause, chases, opened_at,
    taken_by, taken_at, closed_at, outcome, closed_by, ended_by, note";
/// An open entry that may be seen.
const OPEN: &str = "desk_id = ?1 AND (?2 IS NULL OR merchant_id = ?2) AND closed_at IS NULL";

impl DeskStore for Session<'_> {
    fn desk_change(&mut self, order: &OrderKey, changes: &[Change], at: Instant) -> Result<(), StoreError> {
        changes.iter().try_for_each(|change| match change {
            Change::Opened(entry) => self.open(&DeskRow::new(order, entry)),
            Change::Ranked(entry) => self.rank(order, entry),
            Change::Ended(entry, ending) => {
                let id = desk_id(order, entry.matter, &entry.about, entry.number);
                self.desk_close(None, &id, &Closing::itself(at, *ending)).map(drop)
            }
        })
    }

    fn desk_load(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<Option<DeskRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM desk WHERE desk_id = ?1 AND (?2 IS NULL OR merchant_id = ?2)");
        self.first(READING, &sql, params![id.as_str(), tenant.map(MerchantId::as_str)], read)
    }

    fn desk_take(&mut self, tenant: Tenant<'_>, id: &DeskId, by: &str, at: Instant) -> Result<bool, StoreError> {
        let sql = format!("UPDATE desk SET taken_by = ?3, taken_at = ?4 WHERE {OPEN} AND taken_by IS NULL");
        let params = params![id.as_str(), tenant.map(MerchantId::as_str), by, at.ms()];
        self.execute("taking from the desk", &sql, params).map(|rows| rows > 0)
    }

    fn desk_give_back(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<bool, StoreError> {
        let sql = format!("UPDATE desk SET taken_by = NULL, taken_at = NULL WHERE {OPEN} AND taken_by IS NOT NULL");
        let params = params![id.as_str(), tenant.map(MerchantId::as_str)];
        self.execute("giving back to the desk", &sql, params).map(|rows| rows > 0)
    }

    fn desk_close(&mut self, tenant: Tenant<'_>, id: &DeskId, closing: &Closing) -> Result<bool, StoreError> {
        let sql = format!(
            "UPDATE desk SET closed_at = ?3, outcome = ?4, closed_by = ?5, ended_by = ?6, note = ?7 WHERE {OPEN}"
        );
        let params = params![
            id.as_str(),
            tenant.map(MerchantId::as_str),
            closing.at.ms(),
            closing.outcome.as_str(),
            closing.by,
            closing.ended_by.map(Ending::as_str),
            closing.note.as_ref().map(Private::reveal),
        ];
        self.execute("closing an entry of the desk", &sql, params).map(|rows| rows > 0)
    }

    fn desk_list(&mut self, tenant: Tenant<'_>, search: &DeskSearch) -> Result<Vec<DeskLine>, StoreError> {
        listing::desk(self, tenant, search)
    }

    fn desk_of(&mut self, order: &OrderKey) -> Result<Vec<DeskRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM desk WHERE merchant_id = ?1 AND order_id = ?2 ORDER BY opened_at, number, desk_id"
        );
        self.all(READING, &sql, [order.merchant_id.as_str(), order.order_id.as_str()], read)
    }

    fn desk_sums(&mut self, tenant: Tenant<'_>) -> Result<Vec<DeskSum>, StoreError> {
        let sql = "SELECT matter, count(*), count(taken_by), min(opened_at) FROM desk
                   WHERE closed_at IS NULL AND (?1 IS NULL OR merchant_id = ?1) GROUP BY matter ORDER BY matter";
        self.all(READING, sql, [tenant.map(MerchantId::as_str)], |f| {
            let matter = f.parsed(WHAT, &"in a sum", "matter", |name| Matter::named(name).ok_or(()))?;
            Ok(DeskSum { matter, open: f.count()?, taken: f.count()?, oldest: f.instant()? })
        })
    }
}

impl Session<'_> {
    fn open(&self, row: &DeskRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO desk (desk_id, merchant_id, order_id, matter, about, number, cause, rank, chases,
                       opened_at, queued_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
        let params = params![
            row.desk_id.as_str(),
            row.order.merchant_id.as_str(),
            row.order.order_id.as_str(),
            row.matter.as_str(),
            row.about,
            row.number,
            row.cause.as_str(),
            rank(row.cause),
            row.chases,
            row.opened_at.ms(),
            queued_at(row.opened_at, row.chases).ms(),
        ];
        self.execute(WRITING, sql, params).map(drop)
    }

    fn rank(&self, order: &OrderKey, entry: &Entry) -> Result<(), StoreError> {
        let sql = "UPDATE desk SET cause = ?2, rank = ?3, chases = ?4, queued_at = ?5
                   WHERE desk_id = ?1 AND closed_at IS NULL";
        let id = desk_id(order, entry.matter, &entry.about, entry.number);
        let queued_at = queued_at(entry.opened_at, entry.chases).ms();
        let params = params![id.as_str(), entry.cause.as_str(), rank(entry.cause), entry.chases, queued_at];
        self.execute(WRITING, sql, params).map(drop)
    }
}

/// Reads an entry from its first column on.
pub(super) fn read(f: &mut Fields<'_>) -> Result<DeskRow, StoreError> {
    let order = order_key(f)?;
    let desk_id = f.parsed(WHAT, &order, "desk_id", DeskId::new)?;
    let id = desk_id.clone();
    Ok(DeskRow {
        desk_id,
        matter: f.parsed(WHAT, &id, "matter", |name| Matter::named(name).ok_or(()))?,
        about: f.take()?,
        number: f.take()?,
        cause: f.parsed(WHAT, &id, "cause", |name| Cause::named(name).ok_or(()))?,
        chases: f.take()?,
        opened_at: f.instant()?,
        taken: f.take::<Option<String>>()?.zip(f.maybe_instant()?),
        closed: closing(f, &id)?,
        order,
    })
}

fn closing(f: &mut Fields<'_>, id: &DeskId) -> Result<Option<Closing>, StoreError> {
    let at = f.maybe_instant()?;
    let outcome = f.maybe_parsed(WHAT, id, "outcome", |name| Outcome::named(name).ok_or(()))?;
    let by = f.take()?;
    let ended_by = f.maybe_parsed(WHAT, id, "ended_by", |name| Ending::named(name).ok_or(()))?;
    let note = f.maybe_parsed(WHAT, id, "note", Private::new)?;
    Ok(at.zip(outcome).map(|(at, outcome)| Closing { at, outcome, by, ended_by, note }))
}
