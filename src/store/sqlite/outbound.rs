//! What the broker has not been told of.

use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;
use rusqlite::params;

use super::intake::read_letter;
use super::notices::row;
use super::session::{Session, rows};
use crate::store::StoreError;
use crate::store::port::{DeadLetter, NoticeRow, NoticeState, Origin, OutboundStore};

impl OutboundStore for Session<'_> {
    fn notices_to_announce(&mut self, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        self.all("finding notices to announce", row::TO_ANNOUNCE, [rows(limit)], row::read)
    }

    fn notices_announced(&mut self, ends: &[(NoticeId, NoticeState)]) -> Result<(), StoreError> {
        let sql = "UPDATE notices SET announced = ?2 WHERE notice_id = ?1";
        ends.iter().try_for_each(|(id, state)| {
            self.execute("marking a notice as announced", sql, [id.as_str(), state.as_str()]).map(drop)
        })
    }

    fn dead_letters_to_publish(&mut self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = r#"SELECT topic, partition, "offset", reason, detail, raw, at, headers FROM dead_letters
                     WHERE published_at IS NULL ORDER BY seq LIMIT ?1"#;
        self.all("finding dead letters to publish", sql, [rows(limit)], read_letter)
    }

    fn dead_letters_published(&mut self, origins: &[Origin], at: Instant) -> Result<(), StoreError> {
        let sql = r#"UPDATE dead_letters SET published_at = ?4 WHERE topic = ?1 AND partition = ?2 AND "offset" = ?3"#;
        origins.iter().try_for_each(|Origin { topic, partition, offset }| {
            let params = params![topic, partition, offset, at.ms()];
            self.execute("marking a dead letter as published", sql, params).map(drop)
        })
    }
}
