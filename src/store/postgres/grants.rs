//! The compensation ledger.

use std::collections::BTreeMap;

use forewarn_core::grant::{GrantStatus, Spent};
use forewarn_core::ids::{BuyerId, GrantId, MerchantId};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::{Instant, OrderKey};

use super::key;
use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::{GrantRow, GrantStore};

const WHAT: &str = "grant";

/// A query for whole grants as [`read`] takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT grant_id, merchant_id, order_id, buyer_id, notice_key, thousandths, currency, status, why, code,
                created_at, updated_at, requested_at FROM grants ",
            $rest
        )
    };
}

/// A sum over what counts against the caps; the condition is the indexes' own and that of `GrantStatus::is_spent`.
macro_rules! sum {
    ($rest:literal) => {
        concat!(
            "(SELECT coalesce(sum(thousandths), 0) FROM grants WHERE merchant_id = $1 AND grant_id <> $2
                AND status IN ('reserved', 'needs_approval', 'granted') AND ",
            $rest,
            ")::bigint"
        )
    };
}

pub(super) const SPENT: &str = concat!(
    "SELECT ",
    sum!("order_id = $3"),
    ", ",
    sum!("buyer_id = $4 AND created_at >= $5"),
    ", ",
    sum!("created_at >= $6")
);

const SAVE: &str = "INSERT INTO grants (grant_id, merchant_id, order_id, buyer_id, notice_key, thousandths, currency,
        status, why, code, created_at, updated_at, requested_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[])
    ON CONFLICT (grant_id) DO UPDATE SET merchant_id = excluded.merchant_id, order_id = excluded.order_id,
        buyer_id = excluded.buyer_id, notice_key = excluded.notice_key, thousandths = excluded.thousandths,
        currency = excluded.currency, status = excluded.status, why = excluded.why, code = excluded.code,
        created_at = excluded.created_at, updated_at = excluded.updated_at, requested_at = excluded.requested_at";

impl GrantStore for Session<'_> {
    fn grant_load(&mut self, id: &GrantId) -> Result<Option<GrantRow>, StoreError> {
        if let Some(waiting) = self.pending.grants.get(id) {
            return Ok(Some(waiting.clone()));
        }
        if !self.seen.grants.contains_key(id) {
            read_ahead(self, vec![id.clone()])?;
        }
        Ok(self.seen.grants.get(id).cloned().flatten())
    }

    fn grant_save(&mut self, row: &GrantRow) -> Result<(), StoreError> {
        self.seen.grants.remove(&row.grant_id);
        self.pending.grants.insert(row.grant_id.clone(), row.clone());
        Ok(())
    }

    fn spent(
        &mut self,
        order: &OrderKey,
        buyer: Option<&BuyerId>,
        buyer_from: Instant,
        day_from: Instant,
        except: &GrantId,
    ) -> Result<Spent, StoreError> {
        lock_budgets(self, &order.merchant_id)?;
        self.flush_grants()?;
        let (merchant, order, buyer) =
            (order.merchant_id.as_str(), order.order_id.as_str(), buyer.map(BuyerId::as_str));
        let params: super::connection::Params<'_> =
            &[&merchant, &except.as_str(), &order, &buyer, &buyer_from.ms(), &day_from.ms()];
        let spent = self.peek("summing what was spent", SPENT, params, |f| {
            let mut amount = || f.take().map(Amount::from_thousandths);
            Ok(Spent { order: amount()?, buyer_30d: amount()?, merchant_day: amount()? })
        })?;
        spent.into_iter().next().ok_or(StoreError::Stopped)
    }

    fn grants_to_request(&mut self, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let lock = self.locking(" FOR UPDATE SKIP LOCKED");
        let sql = select!("WHERE status = 'reserved' AND requested_at IS NULL ORDER BY created_at, grant_id LIMIT $1");
        self.all("finding grants to request", &format!("{sql}{lock}"), &[&rows(limit)], read)
    }

    fn grants_unanswered(&mut self, before: Instant, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let sql = select!("WHERE status = 'reserved' AND requested_at < $1 ORDER BY requested_at, grant_id LIMIT $2");
        self.all("listing grants without an answer", sql, &[&before.ms(), &rows(limit)], read)
    }

    fn grants_of(&mut self, order: &OrderKey) -> Result<Vec<GrantRow>, StoreError> {
        let sql = select!("WHERE merchant_id = $1 AND order_id = $2 ORDER BY created_at, grant_id");
        let (merchant, order) = (order.merchant_id.as_str(), order.order_id.as_str());
        self.all("listing an order's grants", sql, &[&merchant, &order], read)
    }

    fn grant_totals(
        &mut self,
        merchant: Option<&MerchantId>,
    ) -> Result<Vec<(MerchantId, GrantStatus, String, u64, i64)>, StoreError> {
        let sql = "SELECT merchant_id, status, currency, count(*), sum(thousandths)::bigint FROM grants
                   WHERE $1::text IS NULL OR merchant_id = $1
                   GROUP BY merchant_id, status, currency ORDER BY merchant_id, status, currency";
        self.all("summing grants", sql, &[&merchant.map(MerchantId::as_str)], |f| {
            let merchant = f.parsed(WHAT, &"sum", "merchant_id", MerchantId::new)?;
            let status = f.parsed(WHAT, &"sum", "status", |name| GrantStatus::named(name).ok_or(()))?;
            Ok((merchant, status, f.take()?, f.count()?, f.take()?))
        })
    }
}

/// Reads grants that will be asked for, and locks them where this step writes.
pub(super) fn read_ahead(session: &mut Session<'_>, ids: Vec<GrantId>) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let lock = session.locking(" FOR UPDATE");
    let sql = select!("WHERE grant_id = ANY($1::text[]) ORDER BY grant_id");
    let names: Vec<&str> = ids.iter().map(GrantId::as_str).collect();
    let found = session.peek("loading grants", &format!("{sql}{lock}"), &[&names], read)?;
    session.seen.grants.extend(ids.into_iter().map(|id| (id, None)));
    session.seen.grants.extend(found.into_iter().map(|row| (row.grant_id.clone(), Some(row))));
    Ok(())
}

/// Sums are read under a lock until the end of the step. Whoever spends for one shop of the orders in hand may spend
/// for all of them, so all are locked at once: two steps never wait for each other in a circle.
pub(super) fn lock_budgets(session: &mut Session<'_>, merchant: &MerchantId) -> Result<(), StoreError> {
    if session.seen.budgets.contains(merchant) {
        return Ok(());
    }
    let mut shops = session.seen.around.shops.clone();
    shops.insert(merchant.clone());
    let keys = shops.iter().map(|shop| key::of(session.schema(), &["budget", shop.as_str()])).collect();
    session.lock("waiting for a budget", keys)?;
    session.seen.budgets.extend(shops);
    Ok(())
}

impl Session<'_> {
    /// Writes the grants that wait.
    pub(super) fn flush_grants(&mut self) -> Result<(), StoreError> {
        let waiting: BTreeMap<GrantId, GrantRow> = std::mem::take(&mut self.pending.grants);
        if waiting.is_empty() {
            return Ok(());
        }
        let rows: Vec<&GrantRow> = waiting.values().collect();
        let text = |read: fn(&GrantRow) -> &str| rows.iter().map(|row| read(row)).collect::<Vec<&str>>();
        let maybe = |read: fn(&GrantRow) -> Option<&str>| rows.iter().map(|row| read(row)).collect::<Vec<_>>();
        let number = |read: fn(&GrantRow) -> i64| rows.iter().map(|row| read(row)).collect::<Vec<i64>>();
        let requested: Vec<Option<i64>> = rows.iter().map(|row| row.requested_at.map(Instant::ms)).collect();
        self.change(
            "saving grants",
            SAVE,
            &[
                &text(|row| row.grant_id.as_str()),
                &text(|row| row.order.merchant_id.as_str()),
                &text(|row| row.order.order_id.as_str()),
                &maybe(|row| row.buyer_id.as_ref().map(BuyerId::as_str)),
                &text(|row| &row.notice_key),
                &number(|row| row.money.amount.thousandths()),
                &text(|row| row.money.currency.as_str()),
                &text(|row| row.status.as_str()),
                &maybe(|row| row.why.as_deref()),
                &maybe(|row| row.code.as_deref()),
                &number(|row| row.created_at.ms()),
                &number(|row| row.updated_at.ms()),
                &requested,
            ],
        )
        .map(drop)
    }
}

fn read(f: &mut Fields<'_>) -> Result<GrantRow, StoreError> {
    let grant_id = f.parsed(WHAT, &"with an unreadable id", "grant_id", GrantId::new)?;
    Ok(GrantRow {
        order: super::orders::order_key(f)?,
        buyer_id: f.maybe_parsed(WHAT, &grant_id, "buyer_id", BuyerId::new)?,
        notice_key: f.take()?,
        money: Money {
            amount: Amount::from_thousandths(f.take()?),
            currency: f.parsed(WHAT, &grant_id, "currency", Currency::new)?,
        },
        status: f.parsed(WHAT, &grant_id, "status", |name| GrantStatus::named(name).ok_or(()))?,
        why: f.take()?,
        code: f.take()?,
        created_at: f.instant()?,
        updated_at: f.instant()?,
        requested_at: f.maybe_instant()?,
        grant_id,
    })
}
