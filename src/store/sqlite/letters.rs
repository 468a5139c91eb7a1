//! Dead letters: kept once, seen often, worked on by people.

use forewarn_core::Instant;
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::intake::{headers, read_letter};
use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::{
    DeadLetter, KeptLetter, LetterAct, LetterDeed, LetterLine, LetterSearch, LetterStore, Origin,
};

const KEEPING: &str = "keeping a dead letter";

/// The letter that was seen at a place, wherever it was seen first, and its reason.
const AT_PLACE: &str = r#"SELECT seq, reason FROM dead_letters WHERE topic = ?1 AND partition = ?2 AND "offset" = ?3
    UNION ALL SELECT l.seq, l.reason FROM dead_letter_places p JOIN dead_letters l ON l.seq = p.letter
    WHERE p.topic = ?1 AND p.partition = ?2 AND p."offset" = ?3 LIMIT 1"#;
/// Sums over all time keep what a letter counted for so far.
const COUNT_OFF: &str = "INSERT INTO pruned (what, kind, detail, n)
    SELECT 'dead_letter', '', reason, seen FROM dead_letters WHERE seq = ?1
    ON CONFLICT DO UPDATE SET n = n + excluded.n";

/// Keeps one letter, or notes that it was seen again.
pub(super) fn keep(session: &Session<'_>, letter: &DeadLetter) -> Result<(), StoreError> {
    let Origin { topic, partition, offset } = &letter.origin;
    let (reason, at, digest) = (&letter.reason, letter.at.ms(), letter.digest());
    let place = params![topic, partition, offset];
    let known = session.first(KEEPING, AT_PLACE, place, |f| Ok((f.take::<i64>()?, f.take::<String>()?)))?;
    match known {
        Some((seq, before)) if before == *reason => {
            let sql = "UPDATE dead_letters SET last_at = max(last_at, ?2), detail = ?3 WHERE seq = ?1";
            return session.execute(KEEPING, sql, params![seq, at, letter.detail]).map(drop);
        }
        Some((seq, _)) => {
            session.execute(KEEPING, COUNT_OFF, [seq])?;
            let sql = "UPDATE dead_letters SET reason = ?2, detail = ?3, digest = ?4, seen = 1,
                       last_at = max(last_at, ?5), published_at = NULL WHERE seq = ?1";
            return session.execute(KEEPING, sql, params![seq, reason, letter.detail, digest, at]).map(drop);
        }
        None => {}
    }
    let same = "SELECT seq FROM dead_letters WHERE digest = ?1 ORDER BY seq LIMIT 1";
    if let Some(seq) = session.value::<i64>(KEEPING, same, [&digest])? {
        let sql = "UPDATE dead_letters SET seen = seen + 1, last_at = max(last_at, ?2) WHERE seq = ?1";
        session.execute(KEEPING, sql, params![seq, at])?;
        let sql = r#"INSERT INTO dead_letter_places (topic, partition, "offset", letter) VALUES (?1, ?2, ?3, ?4)"#;
        return session.execute(KEEPING, sql, params![topic, partition, offset, seq]).map(drop);
    }
    let sql = r#"INSERT INTO dead_letters
        (topic, partition, "offset", reason, detail, raw, headers, at, last_at, digest)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)"#;
    let params = params![topic, partition, offset, reason, letter.detail, letter.raw, headers(letter)?, at, digest];
    session.execute(KEEPING, sql, params).map(drop)
}

impl LetterStore for Session<'_> {
    fn letters_list(
        &mut self,
        search: &LetterSearch,
        after: Option<(Instant, i64)>,
        limit: usize,
    ) -> Result<Vec<LetterLine>, StoreError> {
        let (mut query, mut values) = narrowed(search);
        if let Some((at, number)) = after {
            query.push_str(" AND (last_at, seq) < (?, ?)");
            values.extend([Value::Integer(at.ms()), Value::Integer(number)]);
        }
        let sql = format!(
            r#"SELECT seq, topic, partition, "offset", reason, detail, length(raw), at, last_at, seen FROM dead_letters
               WHERE {query} ORDER BY last_at DESC, seq DESC LIMIT {}"#,
            rows(limit)
        );
        self.all("listing dead letters", &sql, params_from_iter(values), line)
    }

    fn letter_numbers(&mut self, search: &LetterSearch, after: i64, limit: usize) -> Result<Vec<i64>, StoreError> {
        let (query, mut values) = narrowed(search);
        values.push(Value::Integer(after));
        let sql = format!("SELECT seq FROM dead_letters WHERE {query} AND seq > ? ORDER BY seq LIMIT {}", rows(limit));
        self.all("listing dead letters", &sql, params_from_iter(values), |f| {
            let number: i64 = f.take()?;
            Ok(number)
        })
    }

    fn letter_load(&mut self, number: i64) -> Result<Option<KeptLetter>, StoreError> {
        let sql = r#"SELECT topic, partition, "offset", reason, detail, raw, at, headers, last_at, seen
                     FROM dead_letters WHERE seq = ?1"#;
        self.first("loading a dead letter", sql, [number], |f| {
            Ok(KeptLetter { number, letter: read_letter(f)?, last_at: f.instant()?, seen: f.count()? })
        })
    }

    fn letter_remove(&mut self, number: i64) -> Result<bool, StoreError> {
        self.execute("removing a dead letter", COUNT_OFF, [number])?;
        self.execute("removing a dead letter", "DELETE FROM dead_letter_places WHERE letter = ?1", [number])?;
        let gone = self.execute("removing a dead letter", "DELETE FROM dead_letters WHERE seq = ?1", [number])?;
        Ok(gone > 0)
    }

    fn letter_act_add(&mut self, act: &LetterAct) -> Result<(), StoreError> {
        let Origin { topic, partition, offset } = &act.origin;
        let sql = r#"INSERT INTO dead_letter_acts
            (letter, topic, partition, "offset", reason, act, outcome, author, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"#;
        let (deed, at) = (act.deed.as_str(), act.at.ms());
        let params = params![act.letter, topic, partition, offset, act.reason, deed, act.outcome, act.author, at];
        self.execute("writing down an act", sql, params).map(drop)
    }

    fn letter_acts(&mut self, letter: Option<i64>, limit: usize) -> Result<Vec<LetterAct>, StoreError> {
        let sql = r#"SELECT letter, topic, partition, "offset", reason, act, outcome, author, at FROM dead_letter_acts
                     WHERE ?1 IS NULL OR letter = ?1 ORDER BY seq DESC LIMIT ?2"#;
        self.all("listing acts", sql, params![letter, rows(limit)], act)
    }
}

fn narrowed(search: &LetterSearch) -> (String, Vec<Value>) {
    let (mut query, mut values) = (String::from("1"), Vec::new());
    for (condition, value) in [(" AND reason = ?", &search.reason), (" AND topic = ?", &search.topic)] {
        if let Some(value) = value {
            query.push_str(condition);
            values.push(Value::Text(value.clone()));
        }
    }
    (query, values)
}

fn line(f: &mut Fields<'_>) -> Result<LetterLine, StoreError> {
    Ok(LetterLine {
        number: f.take()?,
        origin: Origin { topic: f.take()?, partition: f.take()?, offset: f.take()? },
        reason: f.take()?,
        detail: f.take()?,
        bytes: f.count()?,
        first_at: f.instant()?,
        last_at: f.instant()?,
        seen: f.count()?,
    })
}

fn act(f: &mut Fields<'_>) -> Result<LetterAct, StoreError> {
    Ok(LetterAct {
        letter: f.take()?,
        origin: Origin { topic: f.take()?, partition: f.take()?, offset: f.take()? },
        reason: f.take()?,
        deed: if f.take::<String>()? == LetterDeed::Drop.as_str() { LetterDeed::Drop } else { LetterDeed::Retry },
        outcome: f.take()?,
        author: f.take()?,
        at: f.instant()?,
    })
}
