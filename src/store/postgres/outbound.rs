//! What the broker has not been told of.

use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;

use super::intake::read_letter;
use super::notices::row;
use super::session::{Session, rows};
use crate::store::StoreError;
use crate::store::port::{DeadLetter, NoticeRow, NoticeState, OUTBOUND_BYTES, Origin, OutboundStore};

/// Letters as long as those before them hold fewer than `$2` bytes.
const LETTERS: &str = r#"SELECT l.topic, l.partition, l."offset", l.reason, l.detail, l.raw, l.at, l.headers
    FROM (SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS before
          FROM (SELECT seq, octet_length(raw)::bigint AS bytes FROM dead_letters
                WHERE published_at IS NULL ORDER BY seq LIMIT $1) AS first) AS sized
    JOIN dead_letters l USING (seq) WHERE before < $2::bigint ORDER BY l.seq"#;
/// The same of further places of letters.
const PLACES: &str = r#"SELECT topic, partition, "offset", l.reason, l.detail, l.raw, l.at, l.headers
    FROM (SELECT topic, partition, "offset", letter,
                 sum(bytes) OVER (ORDER BY letter, topic, partition, "offset") - bytes AS before
          FROM (SELECT p.topic, p.partition, p."offset", p.letter, octet_length(d.raw)::bigint AS bytes
                FROM dead_letter_places p JOIN dead_letters d ON d.seq = p.letter
                WHERE p.published_at IS NULL ORDER BY p.letter LIMIT $1) AS first) AS sized
    JOIN (SELECT seq, reason, detail, raw, at, headers FROM dead_letters) AS l ON l.seq = letter
    WHERE before < $2::bigint ORDER BY letter, topic, partition, "offset""#;

impl OutboundStore for Session<'_> {
    fn notices_to_announce(&mut self, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        let found = row::mended(self, "finding notices to announce", row::TO_ANNOUNCE, &[&rows(limit)])?;
        // What cannot be read cannot be told; it is on record, and asking for it again would tell no more.
        for lost in found.iter().filter(|mended| mended.row.is_none()) {
            let sql = "UPDATE notices SET announced = state WHERE notice_id = $1";
            self.execute("marking a notice as announced", sql, &[&lost.id])?;
        }
        Ok(found.into_iter().filter_map(|mended| mended.row).collect())
    }

    fn notices_announced(&mut self, ends: &[(NoticeId, NoticeState)]) -> Result<(), StoreError> {
        let ids: Vec<&str> = ends.iter().map(|(id, _)| id.as_str()).collect();
        let states: Vec<&str> = ends.iter().map(|(_, state)| state.as_str()).collect();
        let sql = "UPDATE notices n SET announced = b.state FROM unnest($1::text[], $2::text[]) AS b(notice_id, state)
                   WHERE n.notice_id = b.notice_id";
        self.execute("marking notices as announced", sql, &[&ids, &states]).map(drop)
    }

    fn dead_letters_to_publish(&mut self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let operation = "finding dead letters to publish";
        let mut found = self.all(operation, LETTERS, &[&rows(limit), &OUTBOUND_BYTES], read_letter)?;
        let left = OUTBOUND_BYTES - found.iter().map(|letter| rows(letter.raw.len())).sum::<i64>();
        let limit = limit.saturating_sub(found.len());
        found.extend(self.all(operation, PLACES, &[&rows(limit), &left], read_letter)?);
        Ok(found)
    }

    fn dead_letters_published(&mut self, origins: &[Origin], at: Instant) -> Result<(), StoreError> {
        let topics: Vec<&str> = origins.iter().map(|o| o.topic.as_str()).collect();
        let partitions: Vec<i32> = origins.iter().map(|o| o.partition).collect();
        let places: Vec<i64> = origins.iter().map(|o| o.offset).collect();
        ["dead_letters", "dead_letter_places"].into_iter().try_for_each(|table| {
            let sql = format!(
                r#"UPDATE {table} d SET published_at = $4
                   FROM unnest($1::text[], $2::int[], $3::bigint[]) AS b(topic, partition, place)
                   WHERE d.topic = b.topic AND d.partition = b.partition AND d."offset" = b.place"#
            );
            let params: super::connection::Params<'_> = &[&topics, &partitions, &places, &at.ms()];
            self.execute("marking dead letters as published", &sql, params).map(drop)
        })
    }
}
