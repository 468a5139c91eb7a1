//! Dead letters: kept once, seen often, worked on by people.

use forewarn_core::Instant;

use super::connection::Params;
use super::intake::{headers, read_letter};
use super::key;
use super::query::Query;
use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::{
    DeadLetter, KeptLetter, LetterAct, LetterDeed, LetterLine, LetterSearch, LetterStore, Origin,
};

const KEEPING: &str = "keeping a dead letter";

/// The letter that was seen first at a place.
pub(super) const AT_PLACE: &str = r#"SELECT seq, reason FROM dead_letters
    WHERE topic = $1 AND partition = $2 AND "offset" = $3"#;
/// The letter that was seen at a place after another one.
const AT_FURTHER_PLACE: &str = r#"SELECT l.seq, l.reason FROM dead_letter_places p
    JOIN dead_letters l ON l.seq = p.letter
    WHERE p.topic = $1 AND p.partition = $2 AND p."offset" = $3 FOR UPDATE OF l"#;
/// The letter that says the same.
pub(super) const SAME: &str = "SELECT seq FROM dead_letters WHERE digest = $1 ORDER BY seq LIMIT 1";
const INSERT: &str = r#"INSERT INTO dead_letters
    (topic, partition, "offset", reason, detail, raw, headers, at, last_at, seen, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, $9)"#;
/// Sums over all time keep what a letter counted for so far.
const COUNT_OFF: &str = "INSERT INTO pruned (what, kind, detail, n)
    SELECT 'dead_letter', '', reason, seen FROM dead_letters WHERE seq = $1
    ON CONFLICT (what, kind, detail) DO UPDATE SET n = pruned.n + excluded.n";

/// Keeps letters, or notes that they were seen again. Whoever keeps the same words or the same place at the same time
/// waits: what is not there yet has no row to lock.
pub(super) fn add(session: &mut Session<'_>, letters: &[DeadLetter]) -> Result<(), StoreError> {
    let schema = session.schema();
    let words = letters.iter().map(|letter| key::of(schema, &["letter", &letter.digest()]));
    let places = letters.iter().map(|letter| {
        let Origin { topic, partition, offset } = &letter.origin;
        key::of(schema, &["place", topic, &partition.to_string(), &offset.to_string()])
    });
    let keys = words.chain(places).collect();
    session.lock("waiting for dead letters", keys)?;
    letters.iter().try_for_each(|letter| keep(session, letter))
}

fn keep(session: &mut Session<'_>, letter: &DeadLetter) -> Result<(), StoreError> {
    let Origin { topic, partition, offset } = &letter.origin;
    let (at, digest) = (letter.at.ms(), letter.digest());
    if let Some((seq, reason)) = at_place(session, &letter.origin)? {
        return see_again(session, letter, seq, reason == letter.reason);
    }
    let same = format!("{SAME} FOR UPDATE");
    if let Some(seq) = session.value::<i64>(KEEPING, &same, &[&digest])? {
        let sql = "UPDATE dead_letters SET seen = seen + 1, last_at = greatest(last_at, $2) WHERE seq = $1";
        session.execute(KEEPING, sql, &[&seq, &at])?;
        let sql = r#"INSERT INTO dead_letter_places (topic, partition, "offset", letter) VALUES ($1, $2, $3, $4)"#;
        return session.execute(KEEPING, sql, &[topic, partition, offset, &seq]).map(drop);
    }
    let params: Params<'_> =
        &[topic, partition, offset, &letter.reason, &letter.detail, &letter.raw, &headers(letter)?, &at, &digest];
    session.execute(KEEPING, INSERT, params).map(drop)
}

/// The letter that was seen at a place, wherever it was seen first, and its reason.
fn at_place(session: &mut Session<'_>, place: &Origin) -> Result<Option<(i64, String)>, StoreError> {
    let params: Params<'_> = &[&place.topic, &place.partition, &place.offset];
    let read = |f: &mut Fields<'_>| Ok((f.take::<i64>()?, f.take::<String>()?));
    match session.first(KEEPING, &format!("{AT_PLACE} FOR UPDATE"), params, read)? {
        None => session.first(KEEPING, AT_FURTHER_PLACE, params, read),
        known => Ok(known),
    }
}

/// Notes that the letter `seq` was seen at a place where it was seen before.
fn see_again(session: &mut Session<'_>, letter: &DeadLetter, seq: i64, same_reason: bool) -> Result<(), StoreError> {
    let at = letter.at.ms();
    if same_reason {
        let sql = "UPDATE dead_letters SET last_at = greatest(last_at, $2), detail = $3 WHERE seq = $1";
        return session.execute(KEEPING, sql, &[&seq, &at, &letter.detail]).map(drop);
    }
    session.execute(KEEPING, COUNT_OFF, &[&seq])?;
    let sql = "UPDATE dead_letters SET reason = $2, detail = $3, digest = $4, seen = 1,
               last_at = greatest(last_at, $5), published_at = NULL WHERE seq = $1";
    session.execute(KEEPING, sql, &[&seq, &letter.reason, &letter.detail, &letter.digest(), &at]).map(drop)
}

impl LetterStore for Session<'_> {
    fn letters_list(
        &mut self,
        search: &LetterSearch,
        after: Option<(Instant, i64)>,
        limit: usize,
    ) -> Result<Vec<LetterLine>, StoreError> {
        let mut query = narrowed(
            r#"SELECT seq, topic, partition, "offset", reason, detail, length(raw)::bigint, at, last_at, seen
               FROM dead_letters WHERE TRUE"#,
            search,
        );
        if let Some((at, number)) = after {
            query.and("(last_at, seq) < (?, ?)", [at.ms(), number]);
        }
        query.end(" ORDER BY last_at DESC, seq DESC LIMIT ?", [rows(limit)]);
        self.all("listing dead letters", query.sql(), &query.params(), line)
    }

    fn letter_numbers(&mut self, search: &LetterSearch, after: i64, limit: usize) -> Result<Vec<i64>, StoreError> {
        let mut query = narrowed("SELECT seq FROM dead_letters WHERE TRUE", search);
        query.and("seq > ?", [after]).end(" ORDER BY seq LIMIT ?", [rows(limit)]);
        self.all("listing dead letters", query.sql(), &query.params(), super::session::only::<i64>)
    }

    fn letter_load(&mut self, number: i64) -> Result<Option<KeptLetter>, StoreError> {
        // Two people may read the same letter again at the same time; the second waits and finds it gone.
        let lock = self.locking(" FOR UPDATE");
        let sql = format!(
            r#"SELECT topic, partition, "offset", reason, detail, raw, at, headers, last_at, seen
               FROM dead_letters WHERE seq = $1{lock}"#
        );
        self.first("loading a dead letter", &sql, &[&number], |f| {
            Ok(KeptLetter { number, letter: read_letter(f)?, last_at: f.instant()?, seen: f.count()? })
        })
    }

    fn letter_remove(&mut self, number: i64) -> Result<bool, StoreError> {
        const REMOVING: &str = "removing a dead letter";
        let sql = "SELECT seq FROM dead_letters WHERE seq = $1 FOR UPDATE";
        if self.value::<i64>(REMOVING, sql, &[&number])?.is_none() {
            return Ok(false);
        }
        self.execute(REMOVING, COUNT_OFF, &[&number])?;
        self.execute(REMOVING, "DELETE FROM dead_letter_places WHERE letter = $1", &[&number])?;
        Ok(self.execute(REMOVING, "DELETE FROM dead_letters WHERE seq = $1", &[&number])? > 0)
    }

    fn letter_act_add(&mut self, act: &LetterAct) -> Result<(), StoreError> {
        let Origin { topic, partition, offset } = &act.origin;
        let sql = r#"INSERT INTO dead_letter_acts
            (letter, topic, partition, "offset", reason, act, outcome, author, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"#;
        let (deed, at) = (act.deed.as_str(), act.at.ms());
        let params: Params<'_> =
            &[&act.letter, topic, partition, offset, &act.reason, &deed, &act.outcome, &act.author, &at];
        self.execute("writing down an act", sql, params).map(drop)
    }

    fn letter_acts(&mut self, letter: Option<i64>, limit: usize) -> Result<Vec<LetterAct>, StoreError> {
        let sql = r#"SELECT letter, topic, partition, "offset", reason, act, outcome, author, at FROM dead_letter_acts
                     WHERE $1::bigint IS NULL OR letter = $1 ORDER BY seq DESC LIMIT $2"#;
        self.all("listing acts", sql, &[&letter, &rows(limit)], act)
    }
}

fn narrowed(sql: &str, search: &LetterSearch) -> Query {
    let mut query = Query::new(sql);
    for (condition, value) in [("reason = ?", &search.reason), ("topic = ?", &search.topic)] {
        if let Some(value) = value {
            query.and(condition, [value.as_str()]);
        }
    }
    query
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
