//! What the broker has not been told of.

use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;
use rusqlite::params;

use super::intake::read_letter;
use super::notices::row;
use super::session::{Session, rows};
use crate::store::StoreError;
use crate::store::port::{DeadLetter, NoticeRow, NoticeState, OUTBOUND_BYTES, Origin, OutboundStore};

/// Letters as long as those before them hold fewer than `?2` bytes.
const LETTERS: &str = r#"SELECT l.topic, l.partition, l."offset", l.reason, l.detail, l.raw, l.at, l.headers
    FROM (SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS before
          FROM (SELECT seq, length(raw) AS bytes FROM dead_letters
                WHERE published_at IS NULL ORDER BY seq LIMIT ?1)) AS sized
    JOIN dead_letters l USING (seq) WHERE before < ?2 ORDER BY l.seq"#;
/// The same of further places of letters.
const PLACES: &str = r#"SELECT topic, partition, "offset", l.reason, l.detail, l.raw, l.at, l.headers
    FROM (SELECT topic, partition, "offset", letter,
                 sum(bytes) OVER (ORDER BY letter, topic, partition, "offset") - bytes AS before
          FROM (SELECT p.topic, p.partition, p."offset", p.letter, length(d.raw) AS bytes
                FROM dead_letter_places p JOIN dead_letters d ON d.seq = p.letter
                WHERE p.published_at IS NULL ORDER BY p.letter LIMIT ?1)) AS sized
    JOIN (SELECT seq, reason, detail, raw, at, headers FROM dead_letters) AS l ON l.seq = letter
    WHERE before < ?2 ORDER BY letter, topic, partition, "offset""#;

impl OutboundStore for Session<'_> {
    fn notices_to_announce(&mut self, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        let found = row::mended(self, "finding notices to announce", row::TO_ANNOUNCE, [rows(limit)])?;
        // What cannot be read cannot be told; it is on record, and asking for it again would tell no more.
        for lost in found.iter().filter(|mended| mended.row.is_none()) {
            let sql = "UPDATE notices SET announced = state WHERE notice_id = ?1";
            self.execute("marking a notice as announced", sql, [&lost.id])?;
        }
        Ok(found.into_iter().filter_map(|mended| mended.row).collect())
    }

    fn notices_announced(&mut self, ends: &[(NoticeId, NoticeState)]) -> Result<(), StoreError> {
        let sql = "UPDATE notices SET announced = ?2 WHERE notice_id = ?1";
        ends.iter().try_for_each(|(id, state)| {
            self.execute("marking a notice as announced", sql, [id.as_str(), state.as_str()]).map(drop)
        })
    }

    fn dead_letters_to_publish(&mut self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let operation = "finding dead letters to publish";
        let mut found = self.all(operation, LETTERS, [rows(limit), OUTBOUND_BYTES], read_letter)?;
        let left = OUTBOUND_BYTES - found.iter().map(|letter| rows(letter.raw.len())).sum::<i64>();
        found.extend(self.all(operation, PLACES, [rows(limit - found.len()), left], read_letter)?);
        Ok(found)
    }

    fn dead_letters_published(&mut self, origins: &[Origin], at: Instant) -> Result<(), StoreError> {
        let tables = ["dead_letters", "dead_letter_places"].map(|table| {
            format!(r#"UPDATE {table} SET published_at = ?4 WHERE topic = ?1 AND partition = ?2 AND "offset" = ?3"#)
        });
        origins.iter().try_for_each(|Origin { topic, partition, offset }| {
            tables.iter().try_for_each(|sql| {
                let params = params![topic, partition, offset, at.ms()];
                self.execute("marking a dead letter as published", sql, params).map(drop)
            })
        })
    }
}
