//! Due notices that were not sent.

use forewarn_core::because::Reason;
use forewarn_core::ids::ParcelId;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{Instant, OrderKey};
use rusqlite::named_params;

use super::row;
use crate::store::StoreError;
use crate::store::port::SuppressionRow;
use crate::store::sqlite::document;
use crate::store::sqlite::session::{Fields, Session};

const ADD: &str =
    "INSERT INTO suppressions (key, why, merchant_id, order_id, kind, parcel_id, at, policy_version, because,
        composed)
    VALUES (:key, :why, :merchant_id, :order_id, :kind, :parcel_id, :at, :policy_version, :because, :composed)
    ON CONFLICT (key, why) DO NOTHING";

/// What was not sent, why, when, and what speaks for it.
type Told = (Kind, Why, Instant, Vec<Reason>);

/// Writes one down, unless its key and reason are there.
pub(super) fn add(session: &Session<'_>, row: &SuppressionRow) -> Result<(), StoreError> {
    let what = &row.suppression;
    let params = named_params! {
        ":key": what.key,
        ":why": what.why.as_str(),
        ":merchant_id": row.order.merchant_id.as_str(),
        ":order_id": row.order.order_id.as_str(),
        ":kind": what.kind.as_str(),
        ":parcel_id": what.parcel_id.as_ref().map(ParcelId::as_str),
        ":at": row.at.ms(),
        ":policy_version": row.policy_version,
        ":because": document::write("writing down a suppression", &what.because)?,
        ":composed": row::composed(row.composed.as_ref())?,
    };
    session.execute("writing down a suppression", ADD, params).map(drop)
}

/// Those of one order, oldest first.
pub(super) fn of(session: &Session<'_>, order: &OrderKey) -> Result<Vec<Told>, StoreError> {
    let sql = "SELECT kind, why, at, because FROM suppressions WHERE merchant_id = ?1 AND order_id = ?2
               ORDER BY at, key, why";
    let params = [order.merchant_id.as_str(), order.order_id.as_str()];
    session.all("listing an order's suppressions", sql, params, |f| {
        let (kind, why) = kind_and_why(f, order)?;
        Ok((kind, why, f.instant()?, f.document("suppression of order", order)?))
    })
}

/// How many of each kind there are for each reason, pruned ones included.
pub(super) fn counts(session: &Session<'_>) -> Result<Vec<(Kind, Why, u64)>, StoreError> {
    let sql = "SELECT kind, why, sum(n) FROM (SELECT kind, why, count(*) AS n FROM suppressions GROUP BY kind, why
               UNION ALL SELECT kind, detail, n FROM pruned WHERE what = 'suppression') GROUP BY kind, why ORDER BY kind, why";
    session.all("counting suppressions", sql, [], |f| {
        let (kind, why) = kind_and_why(f, &"count")?;
        Ok((kind, why, f.count()?))
    })
}

fn kind_and_why(f: &mut Fields<'_>, id: &dyn std::fmt::Display) -> Result<(Kind, Why), StoreError> {
    let kind = f.parsed("suppression of order", id, "kind", |name| Kind::named(name).ok_or(()))?;
    let why = f.parsed("suppression of order", id, "why", |name| Why::named(name).ok_or(()))?;
    Ok((kind, why))
}
