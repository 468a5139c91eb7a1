//! Whether rows fit each other: notices and orders, tags and index columns, the books, offsets and dead letters.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::OrderKey;
use forewarn_core::because::Reason;
use forewarn_core::desk::Stage;
use forewarn_core::ids::DeskId;
use forewarn_core::notice::{Kind, Why};
use rusqlite::params;

use super::tables::{each, is_live, pending};
use crate::store::port::{Book, IntakeStore, desk_id};
use crate::store::sqlite::desk;
use crate::store::sqlite::notices::row as notices;
use crate::store::sqlite::orders::row as orders;
use crate::store::sqlite::session::{Fields, Session};
use crate::store::{Finding, Inspection, StoreError};

pub(super) fn compare(session: &Session<'_>, found: &mut Inspection) -> Result<(), StoreError> {
    let waiting = check_notices(session, found)?;
    let desk = open_on_desk(session, found)?;
    check_orders(session, &waiting, desk, found)?;
    check_books(session, found)?;
    check_grants(session, found)?;
    check_offsets(session, found)
}

/// Gives the dedupe keys of all notices that may still leave.
fn check_notices(session: &Session<'_>, found: &mut Inspection) -> Result<BTreeSet<String>, StoreError> {
    // Pruning takes orders and leaves what their settled notices have of it until their own time has come.
    let sql = "SELECT EXISTS (SELECT 1 FROM job_runs WHERE name = 'prune')";
    let was_pruned: bool = session.single("looking for pruning", sql, [])?;
    let (mut waiting, mut orphans) = (BTreeSet::new(), Vec::new());
    each(session, notices::ALL, found, |f| {
        let notice = notices::read(f)?;
        let live = is_live(notice.state);
        if (live || !was_pruned) && !is_known(session, &notice.order)? {
            let (notice, order) = (notice.notice_id.to_string(), notice.order.to_string());
            orphans.push(Finding::NoticeWithoutOrder { notice, order });
        }
        if live {
            waiting.insert(notice.key);
        }
        Ok(())
    })?;
    orphans.into_iter().for_each(|orphan| found.note(orphan));
    Ok(waiting)
}

fn is_known(session: &Session<'_>, key: &OrderKey) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM orders WHERE merchant_id = ?1 AND order_id = ?2)";
    session.single("looking for an order", sql, params![key.merchant_id.as_str(), key.order_id.as_str()])
}

/// Open entries of the desk, each with its order.
fn open_on_desk(session: &Session<'_>, found: &mut Inspection) -> Result<BTreeMap<DeskId, String>, StoreError> {
    let mut open = BTreeMap::new();
    each(session, &format!("SELECT {} FROM desk", desk::COLUMNS), found, |f| {
        let row = desk::read(f)?;
        if row.closed.is_none() {
            open.insert(row.desk_id, row.order.to_string());
        }
        Ok(())
    })?;
    Ok(open)
}

fn check_orders(
    session: &Session<'_>,
    waiting: &BTreeSet<String>,
    mut desk: BTreeMap<DeskId, String>,
    found: &mut Inspection,
) -> Result<(), StoreError> {
    let (mut faults, mut tags) = (Vec::new(), 0_i64);
    let damaged_before = found.findings.len();
    each(session, orders::ALL, found, |f| {
        let order = orders::read(f)?;
        for key in pending(&order).filter(|key| !waiting.contains(*key)) {
            faults.push(Finding::OrderWithoutNotice { order: order.key.to_string(), key: key.to_owned() });
        }
        for entry in order.told.desk.iter().filter(|entry| entry.stage == Stage::Open) {
            if desk.remove(&desk_id(&order.key, entry.matter, &entry.about, entry.number)).is_none() {
                faults.push(Finding::Desk { order: order.key.to_string() });
            }
        }
        let own: BTreeSet<_> = orders::tags_of(&order).collect();
        tags += i64::try_from(own.len()).unwrap_or(i64::MAX);
        for (tag, value) in own {
            if !is_tagged(session, tag, value, &order.key)? {
                faults.push(Finding::Tags { order: order.key.to_string() });
            }
        }
        Ok(())
    })?;
    let stored: i64 = session.single("counting tags", "SELECT count(*) FROM order_tags", [])?;
    // An order that cannot be read has tags nobody can count.
    let all_read = found.findings.len() == damaged_before;
    if faults.is_empty() && stored != tags && all_read {
        faults.push(Finding::Tags { order: "*".to_owned() });
    }
    // Nor does anybody know what it has open on the desk.
    faults.extend(desk.into_values().filter(|_| all_read).map(|order| Finding::Desk { order }));
    faults.into_iter().for_each(|fault| found.note(fault));
    Ok(())
}

fn is_tagged(session: &Session<'_>, tag: &str, value: &str, key: &OrderKey) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM order_tags WHERE tag = ?1 AND value = ?2 AND merchant_id = ?3
               AND order_id = ?4)";
    session.single("looking for a tag", sql, [tag, value, key.merchant_id.as_str(), key.order_id.as_str()])
}

fn check_books(session: &Session<'_>, found: &mut Inspection) -> Result<(), StoreError> {
    let mut books = Session::clone(session);
    let (mut read, mut ended) = (0, 0);
    for (book, events) in books.books()? {
        *(if book == Book::Read { &mut read } else { &mut ended }) += events;
    }
    if read != ended {
        found.note(Finding::Books { read, ended });
    }
    Ok(())
}

fn check_grants(session: &Session<'_>, found: &mut Inspection) -> Result<(), StoreError> {
    let sql = "SELECT grant_id FROM grants NOT INDEXED WHERE thousandths <= 0";
    session.each("checking grants", sql, [], |f| {
        found.note(Finding::Grant { grant: f.take()? });
        Ok(())
    })
}

fn check_offsets(session: &Session<'_>, found: &mut Inspection) -> Result<(), StoreError> {
    let sql = r#"SELECT topic, partition FROM offsets o WHERE next < 0 OR epoch < 1 OR EXISTS (SELECT 1
                 FROM dead_letters d WHERE d.topic = o.topic AND d.partition = o.partition AND d."offset" >= o.next)"#;
    let bad = session.all("checking offsets", sql, [], |f| Ok((f.take()?, f.take()?)))?;
    bad.into_iter().for_each(|(topic, partition)| found.note(Finding::Offset { topic, partition }));
    Ok(())
}

/// A suppression from the columns kind, reason, moment, evidence.
pub(super) fn read_suppression(f: &mut Fields<'_>) -> Result<(), StoreError> {
    const WHAT: &str = "suppression";
    f.parsed(WHAT, &"in the list", "kind", |name| Kind::named(name).ok_or(()))?;
    f.parsed(WHAT, &"in the list", "why", |name| Why::named(name).ok_or(()))?;
    f.instant()?;
    f.document::<Vec<Reason>>(WHAT, &"in the list").map(drop)
}
