//! The compensation ledger.

use forewarn_core::grant::{GrantStatus, Spent};
use forewarn_core::ids::{BuyerId, GrantId, MerchantId};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::{Instant, OrderKey};
use rusqlite::{Params, ToSql, named_params, params};

use super::checksum;
use super::orders::order_key;
use super::session::{Fields, Session, Summed, rows};
use crate::store::StoreError;
use crate::store::port::{GrantRow, GrantStore};

const WHAT: &str = "grant";
const SUMMED: Summed = Summed { what: WHAT, skip: 0, id: &[0] };

/// A query for whole grants as [`read`] takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT grant_id, merchant_id, order_id, buyer_id, notice_key, thousandths, currency, status, why, code,
                created_at, updated_at, requested_at, checksum FROM grants ",
            $rest
        )
    };
}

/// Every grant, by its row.
pub(super) const ALL: &str = select!("NOT INDEXED");

/// A sum over what counts against the caps; the condition is the indexes' own and that of `GrantStatus::is_spent`.
macro_rules! sum {
    ($index:literal, $rest:literal) => {
        concat!(
            "SELECT coalesce(sum(thousandths), 0) FROM grants INDEXED BY ",
            $index,
            " WHERE status IN ('reserved', 'needs_approval', 'granted') AND merchant_id = ?1 AND grant_id <> ?2 AND ",
            $rest
        )
    };
}

const SAVE: &str = "INSERT OR REPLACE INTO grants (grant_id, merchant_id, order_id, buyer_id, notice_key, thousandths,
        currency, status, why, code, created_at, updated_at, requested_at, checksum)
    VALUES (:grant_id, :merchant_id, :order_id, :buyer_id, :notice_key, :thousandths,
        :currency, :status, :why, :code, :created_at, :updated_at, :requested_at, :checksum)";

impl GrantStore for Session<'_> {
    fn grant_load(&mut self, id: &GrantId) -> Result<Option<GrantRow>, StoreError> {
        self.first("loading a grant", select!("WHERE grant_id = ?1"), [id.as_str()], read)
    }

    fn grant_save(&mut self, row: &GrantRow) -> Result<(), StoreError> {
        let params = named_params! {
            ":grant_id": row.grant_id.as_str(),
            ":merchant_id": row.order.merchant_id.as_str(),
            ":order_id": row.order.order_id.as_str(),
            ":buyer_id": row.buyer_id.as_ref().map(BuyerId::as_str),
            ":notice_key": row.notice_key,
            ":thousandths": row.money.amount.thousandths(),
            ":currency": row.money.currency.as_str(),
            ":status": row.status.as_str(),
            ":why": row.why,
            ":code": row.code,
            ":created_at": row.created_at.ms(),
            ":updated_at": row.updated_at.ms(),
            ":requested_at": row.requested_at.map(Instant::ms),
            ":checksum": checksum_of(row)?,
        };
        self.execute("saving a grant", SAVE, params).map(drop)
    }

    fn spent(
        &mut self,
        order: &OrderKey,
        buyer: Option<&BuyerId>,
        buyer_from: Instant,
        day_from: Instant,
        except: &GrantId,
    ) -> Result<Spent, StoreError> {
        let (merchant, except) = (order.merchant_id.as_str(), except.as_str());
        let on_order = sum!("grants_spent_by_order", "order_id = ?3");
        let on_buyer = sum!("grants_spent_by_buyer", "buyer_id = ?3 AND created_at >= ?4");
        let on_day = sum!("grants_spent_by_day", "created_at >= ?3");
        let buyer = buyer.map(|b| sum(self, on_buyer, params![merchant, except, b.as_str(), buyer_from.ms()]));
        Ok(Spent {
            order: sum(self, on_order, params![merchant, except, order.order_id.as_str()])?,
            buyer_30d: buyer.transpose()?.unwrap_or_default(),
            merchant_day: sum(self, on_day, params![merchant, except, day_from.ms()])?,
        })
    }

    fn grants_to_request(&mut self, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let sql = select!("WHERE status = 'reserved' AND requested_at IS NULL ORDER BY created_at, grant_id LIMIT ?1");
        self.all("finding grants to request", sql, [rows(limit)], read)
    }

    fn grants_unanswered(&mut self, before: Instant, limit: usize) -> Result<Vec<GrantRow>, StoreError> {
        let sql = select!("WHERE status = 'reserved' AND requested_at < ?1 ORDER BY requested_at, grant_id LIMIT ?2");
        self.all("listing grants without an answer", sql, params![before.ms(), rows(limit)], read)
    }

    fn grants_of(&mut self, order: &OrderKey) -> Result<Vec<GrantRow>, StoreError> {
        let sql = select!("WHERE merchant_id = ?1 AND order_id = ?2 ORDER BY created_at, grant_id");
        self.all("listing an order's grants", sql, [order.merchant_id.as_str(), order.order_id.as_str()], read)
    }

    fn grant_totals(
        &mut self,
        merchant: Option<&MerchantId>,
    ) -> Result<Vec<(MerchantId, GrantStatus, String, u64, i64)>, StoreError> {
        let sql = "SELECT merchant_id, status, currency, count(*), sum(thousandths) FROM grants
                   WHERE ?1 IS NULL OR merchant_id = ?1
                   GROUP BY merchant_id, status, currency ORDER BY merchant_id, status, currency";
        self.all("summing grants", sql, [merchant.map(MerchantId::as_str)], |f| {
            let merchant = f.parsed(WHAT, &"sum", "merchant_id", MerchantId::new)?;
            let status = f.parsed(WHAT, &"sum", "status", |name| GrantStatus::named(name).ok_or(()))?;
            Ok((merchant, status, f.take()?, f.count()?, f.take()?))
        })
    }
}

fn sum(session: &Session<'_>, sql: &str, params: impl Params) -> Result<Amount, StoreError> {
    session.single("summing what was spent", sql, params).map(Amount::from_thousandths)
}

/// The sum over the columns as a query for whole grants names them.
fn checksum_of(row: &GrantRow) -> Result<i64, StoreError> {
    let values: [&dyn ToSql; 13] = [
        &row.grant_id.as_str(),
        &row.order.merchant_id.as_str(),
        &row.order.order_id.as_str(),
        &row.buyer_id.as_ref().map(BuyerId::as_str),
        &row.notice_key,
        &row.money.amount.thousandths(),
        &row.money.currency.as_str(),
        &row.status.as_str(),
        &row.why,
        &row.code,
        &row.created_at.ms(),
        &row.updated_at.ms(),
        &row.requested_at.map(Instant::ms),
    ];
    checksum::of("saving a grant", &values)
}

pub(super) fn read(f: &mut Fields<'_>) -> Result<GrantRow, StoreError> {
    f.whole(&SUMMED, read_columns)
}

fn read_columns(f: &mut Fields<'_>) -> Result<GrantRow, StoreError> {
    let grant_id = f.parsed(WHAT, &"with an unreadable id", "grant_id", GrantId::new)?;
    Ok(GrantRow {
        order: order_key(f)?,
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
