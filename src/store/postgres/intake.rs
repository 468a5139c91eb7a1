//! Offsets, dead letters, books.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::letters;
use super::session::{Fields, Session, rows};
use crate::store::port::{Book, DeadLetter, IntakeStore, Offset, Origin};
use crate::store::{StoreError, document};

/// A partition that is to move on.
#[derive(Clone, Debug)]
pub(super) struct Advance {
    topic: String,
    partition: i32,
    epoch: i64,
    expected: Option<i64>,
    next: i64,
}

const ADVANCE: &str = "UPDATE offsets o SET next = b.next
    FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[])
        AS b(topic, partition, epoch, expected, next)
    WHERE o.topic = b.topic AND o.partition = b.partition AND o.epoch = b.epoch
        AND o.next IS NOT DISTINCT FROM b.expected
    RETURNING o.topic, o.partition";
/// Each server process has a drawer; sixteen, because more writers than that wait for other things first.
const BOOKS: &str = "INSERT INTO books (book, drawer, events)
    SELECT book, pg_backend_pid() % 16, events FROM unnest($1::text[], $2::bigint[]) AS b(book, events) ORDER BY book
    ON CONFLICT (book, drawer) DO UPDATE SET events = books.events + excluded.events";

impl IntakeStore for Session<'_> {
    fn offset_take_over(&mut self, topic: &str, partition: i32) -> Result<Offset, StoreError> {
        // Whoever takes it over has yet to find out how much waits there.
        let sql = "INSERT INTO offsets (topic, partition, epoch) VALUES ($1, $2, 1)
                   ON CONFLICT (topic, partition) DO UPDATE SET epoch = offsets.epoch + 1, fresh_at = NULL
                   RETURNING next, epoch";
        self.flush()?;
        let taken = self.change_returning("taking a partition over", sql, &[&topic, &partition], read_offset)?;
        taken.into_iter().next().ok_or(StoreError::Stopped)
    }

    fn offset_advance(
        &mut self,
        topic: &str,
        partition: i32,
        epoch: i64,
        expected: Option<i64>,
        next: i64,
    ) -> Result<(), StoreError> {
        // A second move within one step follows on the first.
        if self.pending.offsets.iter().any(|o| (o.topic.as_str(), o.partition) == (topic, partition)) {
            self.flush_offsets()?;
        }
        self.pending.offsets.push(Advance { topic: topic.to_owned(), partition, epoch, expected, next });
        Ok(())
    }

    fn offsets(&mut self) -> Result<Vec<(String, i32, Offset)>, StoreError> {
        let sql = "SELECT topic, partition, next, epoch FROM offsets ORDER BY topic, partition";
        self.all("listing offsets", sql, &[], |f| Ok((f.take()?, f.take()?, read_offset(f)?)))
    }

    fn dead_letters_add(&mut self, new: &[DeadLetter]) -> Result<(), StoreError> {
        letters::add(self, new)
    }

    fn dead_letters(&mut self, limit: usize) -> Result<(Vec<DeadLetter>, Vec<(String, u64)>), StoreError> {
        let sql = r#"SELECT topic, partition, "offset", reason, detail, raw, at, headers FROM dead_letters
                     ORDER BY at DESC, seq DESC LIMIT $1"#;
        let newest = self.all("listing dead letters", sql, &[&rows(limit)], read_letter)?;
        let sql = r#"SELECT reason, sum(n)::bigint FROM (SELECT reason, sum(seen) AS n FROM dead_letters GROUP BY reason
                   UNION ALL SELECT detail, n FROM pruned WHERE what = 'dead_letter') AS d
                   GROUP BY reason ORDER BY reason"#;
        let counts = self.all("counting dead letters", sql, &[], |f| Ok((f.take()?, f.count()?)))?;
        Ok((newest, counts))
    }

    fn books_add(&mut self, entries: &[(Book, u64)]) -> Result<(), StoreError> {
        for (book, events) in entries.iter().filter(|(_, events)| *events > 0) {
            *self.pending.books.entry(*book).or_default() += events;
        }
        Ok(())
    }

    fn books(&mut self) -> Result<Vec<(Book, u64)>, StoreError> {
        let sql = "SELECT book, sum(events)::bigint FROM books GROUP BY book";
        let stored = self.all("reading the books", sql, &[], |f| Ok((f.take::<String>()?, f.count()?)))?;
        let sum = |book: Book| stored.iter().find(|(name, _)| name == book.as_str()).map_or(0, |(_, sum)| *sum);
        Ok(Book::ALL.map(|book| (book, sum(book))).to_vec())
    }
}

impl Session<'_> {
    /// Moves the partitions that wait to move.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] with the first that another process owns.
    pub(super) fn flush_offsets(&mut self) -> Result<(), StoreError> {
        let mut moves = std::mem::take(&mut self.pending.offsets);
        if moves.is_empty() {
            return Ok(());
        }
        moves.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        let topics: Vec<&str> = moves.iter().map(|m| m.topic.as_str()).collect();
        let partitions: Vec<i32> = moves.iter().map(|m| m.partition).collect();
        let epochs: Vec<i64> = moves.iter().map(|m| m.epoch).collect();
        let expected: Vec<Option<i64>> = moves.iter().map(|m| m.expected).collect();
        let next: Vec<i64> = moves.iter().map(|m| m.next).collect();
        let params: super::connection::Params<'_> = &[&topics, &partitions, &epochs, &expected, &next];
        let moved = self.change_returning("advancing partitions", ADVANCE, params, |f| {
            Ok((f.take::<String>()?, f.take::<i32>()?))
        })?;
        let fenced = moves.into_iter().find(|m| !moved.iter().any(|(t, p)| (t, *p) == (&m.topic, m.partition)));
        match fenced {
            Some(Advance { topic, partition, .. }) => Err(StoreError::Fenced { topic, partition }),
            None => Ok(()),
        }
    }

    /// Writes the books' entries that wait.
    pub(super) fn flush_books(&mut self) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.pending.books);
        if entries.is_empty() {
            return Ok(());
        }
        let books: Vec<&str> = entries.keys().map(|book| book.as_str()).collect();
        let events: Vec<i64> = entries.values().map(|events| i64::try_from(*events).unwrap_or(i64::MAX)).collect();
        self.change("keeping the books", BOOKS, &[&books, &events]).map(drop)
    }
}

fn read_offset(f: &mut Fields<'_>) -> Result<Offset, StoreError> {
    Ok(Offset { next: f.take()?, epoch: f.take()? })
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
