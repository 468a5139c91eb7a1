//! Due notices that were not sent.

use forewarn_core::because::Reason;
use forewarn_core::ids::ParcelId;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{Instant, OrderKey};

use super::save;
use crate::store::port::SuppressionRow;
use crate::store::postgres::orders::columns;
use crate::store::postgres::session::{Fields, Session};
use crate::store::{StoreError, document};

const ADD: &str = "INSERT INTO suppressions (key, why, merchant_id, order_id, kind, parcel_id, at, policy_version,
        because, composed)
    SELECT key, why, merchant_id, order_id, kind, parcel_id, at, policy_version, because, composed
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
        $9::text[], $10::text[]) WITH ORDINALITY
        AS b(key, why, merchant_id, order_id, kind, parcel_id, at, policy_version, because, composed, n) ORDER BY n
    ON CONFLICT (key, why) DO NOTHING";

/// What was not sent, why, when, and what speaks for it.
type Told = (Kind, Why, Instant, Vec<Reason>);

impl Session<'_> {
    /// Writes the suppressions that wait; of several with one key and reason the first counts.
    pub(in crate::store::postgres) fn flush_suppressions(&mut self) -> Result<(), StoreError> {
        const WRITING: &str = "writing down suppressions";
        let rows = std::mem::take(&mut self.pending.suppressions);
        if rows.is_empty() {
            return Ok(());
        }
        let text = |read: fn(&SuppressionRow) -> &str| rows.iter().map(read).collect::<Vec<&str>>();
        let (merchants, orders) = columns(rows.iter().map(|row| &row.order));
        let parcels: Vec<Option<&str>> =
            rows.iter().map(|row| row.suppression.parcel_id.as_ref().map(ParcelId::as_str)).collect();
        let moments: Vec<i64> = rows.iter().map(|row| row.at.ms()).collect();
        let because = rows.iter().map(|row| document::write(WRITING, &row.suppression.because));
        let composed = rows.iter().map(|row| save::composed(row.composed.as_ref()));
        self.change(
            WRITING,
            ADD,
            &[
                &text(|row| &row.suppression.key),
                &text(|row| row.suppression.why.as_str()),
                &merchants,
                &orders,
                &text(|row| row.suppression.kind.as_str()),
                &parcels,
                &moments,
                &text(|row| &row.policy_version),
                &because.collect::<Result<Vec<_>, _>>()?,
                &composed.collect::<Result<Vec<_>, _>>()?,
            ],
        )
        .map(drop)
    }
}

/// Those of one order, oldest first.
pub(super) fn of(session: &mut Session<'_>, order: &OrderKey) -> Result<Vec<Told>, StoreError> {
    let sql = "SELECT kind, why, at, because FROM suppressions WHERE merchant_id = $1 AND order_id = $2
               ORDER BY at, key, why";
    let params: super::super::connection::Params<'_> = &[&order.merchant_id.as_str(), &order.order_id.as_str()];
    session.all("listing an order's suppressions", sql, params, |f| {
        let (kind, why) = kind_and_why(f, order)?;
        Ok((kind, why, f.instant()?, f.document("suppression of order", order)?))
    })
}

/// How many of each kind there are for each reason, pruned ones included.
pub(super) fn counts(session: &mut Session<'_>) -> Result<Vec<(Kind, Why, u64)>, StoreError> {
    let sql = "SELECT kind, why, sum(n)::bigint FROM (SELECT kind, why, count(*) AS n FROM suppressions
               GROUP BY kind, why UNION ALL SELECT kind, detail, n FROM pruned WHERE what = 'suppression') AS d
               GROUP BY kind, why ORDER BY kind, why";
    session.all("counting suppressions", sql, &[], |f| {
        let (kind, why) = kind_and_why(f, &"count")?;
        Ok((kind, why, f.count()?))
    })
}

fn kind_and_why(f: &mut Fields<'_>, id: &dyn std::fmt::Display) -> Result<(Kind, Why), StoreError> {
    let kind = f.parsed("suppression of order", id, "kind", |name| Kind::named(name).ok_or(()))?;
    let why = f.parsed("suppression of order", id, "why", |name| Why::named(name).ok_or(()))?;
    Ok((kind, why))
}
