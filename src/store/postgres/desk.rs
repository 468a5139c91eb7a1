//! The desk.

use forewarn_core::cause::Cause;
use forewarn_core::desk::{Change, Ending, Matter, Outcome, queued_at, rank};
use forewarn_core::ids::{DeskId, MerchantId};
use forewarn_core::text::Private;
use forewarn_core::{Instant, OrderKey};

use super::listing;
use super::orders::{columns, order_key};
use super::session::{Fields, Session, small};
use crate::store::StoreError;
use crate::store::port::{Closing, DeskLine, DeskRow, DeskSearch, DeskStore, DeskSum, Tenant, desk_id};

const WHAT: &str = "desk entry";
const WRITING: &str = "entering what comes to the desk";
const READING: &str = "reading the desk";
/// What [`read`] reads.
pub(super) const COLUMNS: &str = "merchant_id, order_id, desk_id, matter, about, number, cause, chases, opened_at,
    taken_by, taken_at, closed_at, outcome, closed_by, ended_by, note";
pub(super) const OF_ORDER: &str = "SELECT merchant_id, order_id, desk_id, matter, about, number, cause, chases,
    opened_at, taken_by, taken_at, closed_at, outcome, closed_by, ended_by, note
    FROM desk WHERE merchant_id = $1 AND order_id = $2 ORDER BY opened_at, number, desk_id";
const OPEN: &str = "INSERT INTO desk (desk_id, merchant_id, order_id, matter, about, number, cause, rank, chases,
        opened_at, queued_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::int[],
        $9::int[], $10::bigint[], $11::bigint[])
    ON CONFLICT (desk_id) DO NOTHING";
const RANK: &str = "UPDATE desk d SET cause = m.cause, rank = m.rank, chases = m.chases, queued_at = m.queued_at
    FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::bigint[])
        AS m(desk_id, cause, rank, chases, queued_at)
    WHERE d.desk_id = m.desk_id AND d.closed_at IS NULL";
const END: &str = "UPDATE desk d SET closed_at = m.closed_at, outcome = $4, ended_by = m.ended_by
    FROM unnest($1::text[], $2::bigint[], $3::text[]) AS m(desk_id, closed_at, ended_by)
    WHERE d.desk_id = m.desk_id AND d.closed_at IS NULL";
/// An open entry that may be seen.
const WAITING: &str = "desk_id = $1 AND ($2::text IS NULL OR merchant_id = $2) AND closed_at IS NULL";

/// What looks changed and the database has not seen yet. Whoever looks at an order holds its row, so no two steps
/// write about the same entry.
#[derive(Default)]
pub(super) struct Moves {
    opened: Vec<DeskRow>,
    ranked: Vec<DeskRow>,
    ended: Vec<(DeskId, Instant, Ending)>,
}

impl DeskStore for Session<'_> {
    fn desk_change(&mut self, order: &OrderKey, changes: &[Change], at: Instant) -> Result<(), StoreError> {
        for change in changes {
            match change {
                Change::Opened(entry) => self.pending.desk.opened.push(DeskRow::new(order, entry)),
                Change::Ranked(entry) => self.pending.desk.ranked.push(DeskRow::new(order, entry)),
                Change::Ended(entry, ending) => {
                    let id = desk_id(order, entry.matter, &entry.about, entry.number);
                    self.pending.desk.ended.push((id, at, *ending));
                }
            }
        }
        Ok(())
    }

    fn desk_load(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<Option<DeskRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM desk WHERE desk_id = $1 AND ($2::text IS NULL OR merchant_id = $2)");
        self.first(READING, &sql, &[&id.as_str(), &tenant.map(MerchantId::as_str)], read)
    }

    fn desk_take(&mut self, tenant: Tenant<'_>, id: &DeskId, by: &str, at: Instant) -> Result<bool, StoreError> {
        let sql = format!("UPDATE desk SET taken_by = $3, taken_at = $4 WHERE {WAITING} AND taken_by IS NULL");
        let params: super::connection::Params<'_> = &[&id.as_str(), &tenant.map(MerchantId::as_str), &by, &at.ms()];
        self.execute("taking from the desk", &sql, params).map(|rows| rows > 0)
    }

    fn desk_give_back(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<bool, StoreError> {
        let sql = format!("UPDATE desk SET taken_by = NULL, taken_at = NULL WHERE {WAITING} AND taken_by IS NOT NULL");
        let params: super::connection::Params<'_> = &[&id.as_str(), &tenant.map(MerchantId::as_str)];
        self.execute("giving back to the desk", &sql, params).map(|rows| rows > 0)
    }

    fn desk_close(&mut self, tenant: Tenant<'_>, id: &DeskId, closing: &Closing) -> Result<bool, StoreError> {
        let sql = format!(
            "UPDATE desk SET closed_at = $3, outcome = $4, closed_by = $5, ended_by = $6, note = $7 WHERE {WAITING}"
        );
        let params: super::connection::Params<'_> = &[
            &id.as_str(),
            &tenant.map(MerchantId::as_str),
            &closing.at.ms(),
            &closing.outcome.as_str(),
            &closing.by,
            &closing.ended_by.map(Ending::as_str),
            &closing.note.as_ref().map(Private::reveal),
        ];
        self.execute("closing an entry of the desk", &sql, params).map(|rows| rows > 0)
    }

    fn desk_list(&mut self, tenant: Tenant<'_>, search: &DeskSearch) -> Result<Vec<DeskLine>, StoreError> {
        listing::desk(self, tenant, search)
    }

    fn desk_of(&mut self, order: &OrderKey) -> Result<Vec<DeskRow>, StoreError> {
        self.all(READING, OF_ORDER, &[&order.merchant_id.as_str(), &order.order_id.as_str()], read)
    }

    fn desk_sums(&mut self, tenant: Tenant<'_>) -> Result<Vec<DeskSum>, StoreError> {
        let sql = "SELECT matter, count(*), count(taken_by), min(opened_at) FROM desk
                   WHERE closed_at IS NULL AND ($1::text IS NULL OR merchant_id = $1) GROUP BY matter ORDER BY matter";
        self.all(READING, sql, &[&tenant.map(MerchantId::as_str)], |f| {
            let matter = f.parsed(WHAT, &"in a sum", "matter", |name| Matter::named(name).ok_or(()))?;
            Ok(DeskSum { matter, open: f.count()?, taken: f.count()?, oldest: f.instant()? })
        })
    }
}

impl Session<'_> {
    /// Writes what waits: what came, how it ranks, what left.
    pub(super) fn flush_desk(&mut self) -> Result<(), StoreError> {
        let Moves { opened, ranked, ended } = std::mem::take(&mut self.pending.desk);
        self.flush_opened(&opened)?;
        self.flush_ranked(&ranked)?;
        self.flush_ended(&ended)
    }

    fn flush_opened(&mut self, rows: &[DeskRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (merchants, orders) = columns(rows.iter().map(|row| &row.order));
        let matters: Vec<&str> = rows.iter().map(|row| row.matter.as_str()).collect();
        let about: Vec<&str> = rows.iter().map(|row| row.about.as_str()).collect();
        let numbers: Vec<i32> = rows.iter().map(|row| small(row.number)).collect();
        let opened: Vec<i64> = rows.iter().map(|row| row.opened_at.ms()).collect();
        let Places { ids, causes, ranks, chases, queued } = Places::of(rows);
        let params: super::connection::Params<'_> =
            &[&ids, &merchants, &orders, &matters, &about, &numbers, &causes, &ranks, &chases, &opened, &queued];
        self.change(WRITING, OPEN, params).map(drop)
    }

    fn flush_ranked(&mut self, rows: &[DeskRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let Places { ids, causes, ranks, chases, queued } = Places::of(rows);
        self.change(WRITING, RANK, &[&ids, &causes, &ranks, &chases, &queued]).map(drop)
    }

    fn flush_ended(&mut self, ended: &[(DeskId, Instant, Ending)]) -> Result<(), StoreError> {
        if ended.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = ended.iter().map(|(id, ..)| id.as_str()).collect();
        let at: Vec<i64> = ended.iter().map(|(_, at, _)| at.ms()).collect();
        let endings: Vec<&str> = ended.iter().map(|(.., ending)| ending.as_str()).collect();
        self.change(WRITING, END, &[&ids, &at, &endings, &Outcome::ResolvedItself.as_str()]).map(drop)
    }
}

/// Columns that place entries in the queue.
struct Places<'a> {
    ids: Vec<&'a str>,
    causes: Vec<&'a str>,
    ranks: Vec<i32>,
    chases: Vec<i32>,
    queued: Vec<i64>,
}

impl<'a> Places<'a> {
    fn of(rows: &'a [DeskRow]) -> Self {
        Self {
            ids: rows.iter().map(|row| row.desk_id.as_str()).collect(),
            causes: rows.iter().map(|row| row.cause.as_str()).collect(),
            ranks: rows.iter().map(|row| i32::from(rank(row.cause))).collect(),
            chases: rows.iter().map(|row| small(row.chases)).collect(),
            queued: rows.iter().map(|row| queued_at(row.opened_at, row.chases).ms()).collect(),
        }
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
        number: f.small()?,
        cause: f.parsed(WHAT, &id, "cause", |name| Cause::named(name).ok_or(()))?,
        chases: f.small()?,
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
