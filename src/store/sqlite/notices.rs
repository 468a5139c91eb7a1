//! The outbox, its records, and what was not sent.

mod cut;
pub(super) mod row;
mod suppressions;

pub(super) use cut::cut;
#[cfg(test)]
pub(super) use row::{BY_ORDER, CLAIMABLE, STRANDED};

use forewarn_core::because::Reason;
use forewarn_core::decide::Got;
use forewarn_core::ids::{BuyerId, MerchantId, NoticeId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{BuyerKey, Instant, OrderKey};
use rusqlite::params;

use super::session::{Session, rows};
use crate::store::StoreError;
use crate::store::port::{NoticeRow, NoticeState, NoticeStore, SuppressionRow};

impl NoticeStore for Session<'_> {
    fn notices_add(&mut self, rows: &[NoticeRow]) -> Result<(), StoreError> {
        rows.iter().try_for_each(|notice| row::add(self, notice))
    }

    fn notices_claim(
        &mut self,
        now: Instant,
        real_now: Instant,
        limit: usize,
        token: &str,
        lease_until: Instant,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        row::claim(self, (now, real_now), limit, (token, lease_until))
    }

    fn notices_waiting(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        let params = params![buyer.merchant_id.as_str(), buyer.buyer_id.as_str(), rows(limit)];
        row::readable(self, "finding a buyer's waiting notices", row::WAITING, params)
    }

    fn notice_take(
        &mut self,
        id: &NoticeId,
        real_now: Instant,
        token: &str,
        lease_until: Instant,
    ) -> Result<bool, StoreError> {
        row::take(self, id, real_now, (token, lease_until))
    }

    fn notices_stranded(&mut self, real_now: Instant, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        let params = params![real_now.ms(), rows(limit)];
        let found = row::mended(self, "finding stranded notices", row::STRANDED, params)?;
        let gone = "UPDATE notices SET state = 'unknown', outcome = ?2, lease_token = NULL, lease_until = NULL,
                        checksum = NULL
                    WHERE notice_id = ?1";
        for lost in found.iter().filter(|mended| mended.row.is_none()) {
            self.execute("ending a stranded notice", gone, params![lost.id, lost.damage])?;
        }
        Ok(found.into_iter().filter_map(|mended| mended.row).collect())
    }

    fn notice_save(&mut self, notice: &NoticeRow, token: &str) -> Result<bool, StoreError> {
        row::save(self, notice, token)
    }

    fn notice_resolve(&mut self, notice: &NoticeRow) -> Result<bool, StoreError> {
        row::resolve(self, notice)
    }

    fn notice_load(&mut self, id: &NoticeId) -> Result<Option<NoticeRow>, StoreError> {
        self.first("loading a notice", row::BY_ID, [id.as_str()], row::read)
    }

    fn notices_of(&mut self, order: &OrderKey) -> Result<Vec<NoticeRow>, StoreError> {
        let params = [order.merchant_id.as_str(), order.order_id.as_str()];
        self.all("listing an order's notices", row::BY_ORDER, params, row::read)
    }

    fn notice_feedback(&mut self, id: &NoticeId, outcome: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE notices SET feedback = ?2 WHERE notice_id = ?1";
        let changed = self.execute("noting feedback", sql, [id.as_str(), outcome])?;
        Ok(changed > 0)
    }

    fn notices_next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        // The first condition is the index's own, word for word, which is how SQLite knows that it may use it.
        let sql = "SELECT min(due_at) FROM notices
                   WHERE state IN ('ready', 'retry', 'claimed') AND state <> 'claimed'";
        let next: Option<i64> = self.single("finding the next due notice", sql, [])?;
        Ok(next.map(Instant::from_ms))
    }

    fn notices_sent_since(
        &mut self,
        merchant: &MerchantId,
        buyer: &BuyerId,
        from: Instant,
    ) -> Result<Vec<Got>, StoreError> {
        row::reached_since(self, merchant, buyer, from)
    }

    fn suppressions_add(&mut self, rows: &[SuppressionRow]) -> Result<(), StoreError> {
        rows.iter().try_for_each(|suppression| suppressions::add(self, suppression))
    }

    fn suppressions_of(&mut self, order: &OrderKey) -> Result<Vec<(Kind, Why, Instant, Vec<Reason>)>, StoreError> {
        suppressions::of(self, order)
    }

    fn notices_unknown(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        // The first condition is the index's own, word for word.
        let sql = "SELECT iif(json_valid(composed), coalesce(json_extract(composed, '$.channel'), ''), '') AS channel, count(*)
                   FROM notices WHERE state IN ('failed', 'unknown') AND state = 'unknown' GROUP BY channel ORDER BY channel";
        self.all("counting unknown notices", sql, [], |f| Ok((f.take()?, f.count()?)))
    }

    fn notice_counts(&mut self) -> Result<(Vec<(Kind, NoticeState, u64)>, Vec<(Kind, Why, u64)>), StoreError> {
        Ok((row::counts(self)?, suppressions::counts(self)?))
    }
}
