//! Offsets, dead letters, books.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::params;

use super::session::{Fields, Session, Summed, rows};
use super::{checksum, document, letters};
use crate::store::StoreError;
use crate::store::port::{Book, DeadLetter, IntakeStore, Offset, Origin};

impl IntakeStore for Session<'_> {
    fn offset_take_over(&mut self, topic: &str, partition: i32) -> Result<Offset, StoreError> {
        let sql = "SELECT topic, partition, next, epoch, checksum FROM offsets WHERE topic = ?1 AND partition = ?2";
        let found = self.first("taking a partition over", sql, params![topic, partition], read_offset)?;
        let known = found.map_or(Offset { next: None, epoch: 0 }, |(_, _, offset)| offset);
        let taken = Offset { epoch: known.epoch + 1, ..known };
        let sql = "INSERT INTO offsets (topic, partition, next, epoch, checksum) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET epoch = excluded.epoch, checksum = excluded.checksum, fresh_at = NULL";
        let checksum = checksum_of(topic, partition, taken)?;
        self.execute("taking a partition over", sql, params![topic, partition, taken.next, taken.epoch, checksum])?;
        Ok(taken)
    }

    fn offset_advance(
        &mut self,
        topic: &str,
        partition: i32,
        epoch: i64,
        expected: Option<i64>,
        next: i64,
    ) -> Result<(), StoreError> {
        let checksum = checksum_of(topic, partition, Offset { next: Some(next), epoch })?;
        let sql = "UPDATE offsets SET next = ?5, checksum = ?6 WHERE topic = ?1 AND partition = ?2 AND epoch = ?3 AND next IS ?4";
        let params = params![topic, partition, epoch, expected, next, checksum];
        match self.execute("advancing a partition", sql, params)? {
            0 => Err(StoreError::Fenced { topic: topic.to_owned(), partition }),
            _ => Ok(()),
        }
    }

    fn offsets(&mut self) -> Result<Vec<(String, i32, Offset)>, StoreError> {
        let sql = "SELECT topic, partition, next, epoch, checksum FROM offsets ORDER BY topic, partition";
        self.all("listing offsets", sql, [], read_offset)
    }

    fn dead_letters_add(&mut self, new: &[DeadLetter]) -> Result<(), StoreError> {
        new.iter().try_for_each(|letter| letters::keep(self, letter))
    }

    fn dead_letters(&mut self, limit: usize) -> Result<(Vec<DeadLetter>, Vec<(String, u64)>), StoreError> {
        let sql = r#"SELECT topic, partition, "offset", reason, detail, raw, at, headers FROM dead_letters
                     ORDER BY at DESC, seq DESC LIMIT ?1"#;
        let newest = self.all("listing dead letters", sql, [rows(limit)], read_letter)?;
        let sql = "SELECT reason, sum(n) FROM (SELECT reason, sum(seen) AS n FROM dead_letters GROUP BY reason
                   UNION ALL SELECT detail, n FROM pruned WHERE what = 'dead_letter') GROUP BY reason ORDER BY reason";
        let counts = self.all("counting dead letters", sql, [], |f| Ok((f.take()?, f.count()?)))?;
        Ok((newest, counts))
    }

    fn books_add(&mut self, entries: &[(Book, u64)]) -> Result<(), StoreError> {
        let sql = "INSERT INTO books (book, events) VALUES (?1, ?2)
                   ON CONFLICT DO UPDATE SET events = events + excluded.events";
        entries.iter().filter(|(_, events)| *events > 0).try_for_each(|(book, events)| {
            let events = i64::try_from(*events).unwrap_or(i64::MAX);
            self.execute("keeping the books", sql, params![book.as_str(), events]).map(drop)
        })
    }

    fn books(&mut self) -> Result<Vec<(Book, u64)>, StoreError> {
        let stored = self.all("reading the books", "SELECT book, events FROM books", [], |f| {
            Ok((f.take::<String>()?, f.count()?))
        })?;
        let sum = |book: Book| stored.iter().find(|(name, _)| name == book.as_str()).map_or(0, |(_, sum)| *sum);
        Ok(Book::ALL.map(|book| (book, sum(book))).to_vec())
    }
}

pub(super) fn read_offset(f: &mut Fields<'_>) -> Result<(String, i32, Offset), StoreError> {
    const SUMMED: Summed = Summed { what: "offset", skip: 0, id: &[0, 1] };
    f.whole(&SUMMED, |f| Ok((f.take()?, f.take()?, Offset { next: f.take()?, epoch: f.take()? })))
}

pub(super) fn checksum_of(topic: &str, partition: i32, offset: Offset) -> Result<i64, StoreError> {
    checksum::of("keeping an offset", &[&topic, &partition, &offset.next, &offset.epoch])
}

/// Values of headers are bytes, which JSON cannot hold as they are.
pub(super) fn headers(letter: &DeadLetter) -> Result<String, StoreError> {
    let headers: Vec<(&str, String)> =
        letter.headers.iter().map(|(name, v)| (name.as_str(), STANDARD.encode(v))).collect();
    document::write("keeping a dead letter", &headers)
}

pub(super) fn read_letter(f: &mut Fields<'_>) -> Result<DeadLetter, StoreError> {
    let origin = Origin { topic: f.take()?, partition: f.take()?, offset: f.take()? };
    let (reason, detail, raw, at) = (f.take()?, f.take()?, f.take()?, f.instant()?);
    let id = format!("{}/{}/{}", origin.topic, origin.partition, origin.offset);
    let stored: Vec<(String, String)> = f.document("dead letter", &id)?;
    let decode = |(name, value): (String, String)| {
        let value = STANDARD.decode(value).map_err(|_| document::damaged("dead letter", &id, "headers"))?;
        Ok((name, value))
    };
    let headers = stored.into_iter().map(decode).collect::<Result<_, StoreError>>()?;
    Ok(DeadLetter { origin, reason, detail, raw, headers, at })
}
