//! The outbox, its records, and what was not sent.

mod suppressions;
mod table;
mod write;

use std::collections::BTreeMap;

use forewarn_core::because::Reason;
use forewarn_core::decide::Got;
use forewarn_core::ids::{BuyerId, MerchantId, NoticeId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{BuyerKey, Instant, OrderKey};

pub(super) use suppressions::Suppressions;
pub(super) use table::Notices;

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{NoticeRow, NoticeState, NoticeStore, SuppressionRow};

impl NoticeStore for Tables {
    fn notices_add(&mut self, rows: &[NoticeRow]) -> Result<(), StoreError> {
        rows.iter().for_each(|row| self.notices.add(row));
        Ok(())
    }

    fn notices_claim(
        &mut self,
        now: Instant,
        real_now: Instant,
        limit: usize,
        token: &str,
        lease_until: Instant,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        let claimed = self.notices.claimable(now, real_now, limit).into_iter().filter_map(|id| {
            self.notices.hold(&id, token, lease_until, Some(now));
            self.notices.get(&id).cloned()
        });
        Ok(claimed.collect())
    }

    fn notices_waiting(&mut self, buyer: &BuyerKey, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        Ok(self.notices.waiting_of(buyer).take(limit).cloned().collect())
    }

    fn notice_take(
        &mut self,
        id: &NoticeId,
        real_now: Instant,
        token: &str,
        lease_until: Instant,
    ) -> Result<bool, StoreError> {
        let is_free = self.notices.get(id).is_some_and(|notice| notice.is_free(real_now, token));
        Ok(is_free && self.notices.hold(id, token, lease_until, None))
    }

    fn notices_stranded(&mut self, real_now: Instant, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        Ok(self.notices.stranded(real_now).take(limit).cloned().collect())
    }

    fn notice_save(&mut self, notice: &NoticeRow, token: &str) -> Result<bool, StoreError> {
        let is_held = |known: &NoticeRow| known.lease_token.as_deref() == Some(token);
        Ok(self.notices.write_back(notice, is_held))
    }

    fn notice_resolve(&mut self, notice: &NoticeRow) -> Result<bool, StoreError> {
        Ok(self.notices.write_back(notice, |known| known.lease_token.is_none() && known.is_open()))
    }

    fn notice_load(&mut self, id: &NoticeId) -> Result<Option<NoticeRow>, StoreError> {
        Ok(self.notices.get(id).cloned())
    }

    fn notices_of(&mut self, order: &OrderKey) -> Result<Vec<NoticeRow>, StoreError> {
        Ok(self.notices.of(order).cloned().collect())
    }

    fn notice_feedback(&mut self, id: &NoticeId, outcome: &str) -> Result<bool, StoreError> {
        Ok(self.notices.change(id, |record| record.row.feedback = Some(outcome.to_owned())))
    }

    fn notices_next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.notices.next_due())
    }

    fn notices_sent_since(
        &mut self,
        merchant: &MerchantId,
        buyer: &BuyerId,
        from: Instant,
    ) -> Result<Vec<Got>, StoreError> {
        let buyer = BuyerKey { merchant_id: merchant.clone(), buyer_id: buyer.clone() };
        let got = |notice: &NoticeRow| {
            let message_id = notice.composed.as_ref().map(|composed| composed.message_id.clone());
            Got {
                kind: notice.kind,
                order_id: notice.order.order_id.clone(),
                message_id: message_id.unwrap_or_else(|| notice.notice_id.to_string()),
            }
        };
        let mut reached: Vec<Got> = self.notices.reached_since(&buyer, from).map(got).collect();
        reached.sort_unstable();
        Ok(reached)
    }

    fn suppressions_add(&mut self, rows: &[SuppressionRow]) -> Result<(), StoreError> {
        rows.iter().for_each(|row| self.suppressions.add(row));
        Ok(())
    }

    fn suppressions_of(&mut self, order: &OrderKey) -> Result<Vec<(Kind, Why, Instant, Vec<Reason>)>, StoreError> {
        let told = |row: &SuppressionRow| {
            let what = &row.suppression;
            (what.kind, what.why, row.at, what.because.clone())
        };
        Ok(self.suppressions.of(order).map(told).collect())
    }

    fn notices_unknown(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut channels: BTreeMap<String, u64> = BTreeMap::new();
        for notice in self.notices.rows().filter(|notice| notice.state == NoticeState::Unknown) {
            let channel = notice.composed.as_ref().map(|composed| composed.channel.clone());
            *channels.entry(channel.unwrap_or_default()).or_default() += 1;
        }
        Ok(channels.into_iter().collect())
    }

    fn notice_counts(&mut self) -> Result<(Vec<(Kind, NoticeState, u64)>, Vec<(Kind, Why, u64)>), StoreError> {
        let mut notices = self.pruned.notices.clone();
        for notice in self.notices.rows() {
            *notices.entry((notice.kind, notice.state)).or_default() += 1;
        }
        let mut suppressed = self.pruned.suppressions.clone();
        for (_, row) in self.suppressions.rows() {
            *suppressed.entry((row.suppression.kind, row.suppression.why)).or_default() += 1;
        }
        let mut notices: Vec<_> = notices.into_iter().map(|((kind, state), n)| (kind, state, n)).collect();
        notices.sort_by_key(|(kind, state, _)| (kind.as_str(), state.as_str()));
        let mut suppressed: Vec<_> = suppressed.into_iter().map(|((kind, why), n)| (kind, why, n)).collect();
        suppressed.sort_by_key(|(kind, why, _)| (kind.as_str(), why.as_str()));
        Ok((notices, suppressed))
    }
}
