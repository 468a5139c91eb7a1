//! The order of play and of the lines; the command is tested from outside, in tests/it/simulate.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::scribe::Scribe;
use super::shop::{HISTORY, Shop};
use super::watermark::Watermark;
use super::{Floor, Line, Play, Setup, World};
use crate::engine::{GrantRecord, Record};
use crate::policy::PolicyBook;
use crate::store::sqlite::Db;
use crate::store::{StoreError, Tx};
use forewarn_core::{Instant, Span};

fn file(folder: &tempfile::TempDir, name: &str, lines: &[&str]) -> PathBuf {
    let path = folder.path().join(name);
    let mut file = std::fs::File::create(&path).expect("a new file");
    file.write_all(lines.join("\n").as_bytes()).expect("room on the disk");
    path
}

fn paid(id: &str, order: &str, hour: u32) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"order.paid","time":"2026-03-02T{hour:02}:00:00Z","data":{{"merchant_id":"m","order_id":"{order}"}}}}"#
    )
}

fn read(paths: &[PathBuf]) -> Play {
    Play::read(paths).expect("files that are there")
}

fn hours(of: impl Iterator<Item = Instant>) -> Vec<String> {
    of.map(|at| at.to_string().get(11..13).unwrap_or_default().to_owned()).collect()
}

#[test]
fn events_are_played_by_time_then_order_then_rank_then_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let clears = r#"{"specversion":"1.0","id":"c","source":"s","type":"condition.cleared","time":"2026-03-02T02:00:00Z","data":{"condition_id":"x"}}"#;
    let lines = [paid("b", "2", 2), paid("a", "2", 2), paid("z", "1", 2), clears.to_owned(), paid("y", "9", 1)];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let play = read(&[file(&folder, "e.jsonl", &lines)]);
    let ids = play.events.iter().map(|c| c.incoming.event.as_ref().map_or("", |e| e.stamp.id.as_str()));
    assert_eq!(ids.collect::<Vec<_>>(), ["y", "c", "z", "a", "b"]);
}

#[test]
fn a_bad_line_is_dated_by_the_latest_good_time_above_it_in_its_own_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, five, three) = (paid("1", "1", 1), paid("5", "1", 5), paid("3", "1", 3));
    let first = file(&folder, "a.jsonl", &["bad", &five, "bad", &three, "bad"]);
    let second = file(&folder, "b.jsonl", &["bad", &one, "bad"]);
    let play = read(&[first, second]);
    assert_eq!(hours(play.dead_letters.iter().map(|l| l.at)), ["01", "01", "01", "05", "05"]);
    assert_eq!(play.dead_letters.iter().map(|l| l.line).collect::<Vec<_>>(), [1, 1, 3, 3, 5]);
}

#[test]
fn every_event_knows_the_earliest_date_still_to_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = [paid("2", "1", 2), paid("6", "1", 6), paid("4", "1", 4)];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let play = read(&[file(&folder, "e.jsonl", &lines)]);
    assert_eq!(hours(play.events.iter().map(|c| c.at)), ["02", "04", "06"]);
    assert_eq!(hours(play.events.iter().map(|c| c.above)), ["02", "06", "02"]);
    assert_eq!(hours(play.events.iter().map(|c| c.mark)), ["02", "02", "02"]);
}

#[test]
fn lines_leave_in_the_order_of_their_moments() {
    let line = |ms: i64| {
        let at = Instant::from_ms(ms);
        let text = String::from;
        Line::Record(Record::Grant(GrantRecord {
            at,
            merchant_id: text("m"),
            order_id: text("o"),
            grant_id: forewarn_core::ids::GrantId::new("g").expect("a short id"),
            amount: text("5.00"),
            currency: text("CNY"),
            status: "reserved",
            why: None,
        }))
    };
    let (mut lines, mut seen) = (Watermark::default(), Vec::new());
    let mut out = |line: Line| {
        seen.push(line.at().ms());
        Ok(())
    };
    [3, 1, 2].into_iter().for_each(|ms| lines.take(Instant::from_ms(ms), line(ms)));
    lines.let_out(Instant::from_ms(2), &mut out).expect("a sink that takes all");
    lines.take(Instant::from_ms(3), line(3));
    lines.finish(&mut out).expect("a sink that takes all");
    assert_eq!(seen, [1, 2, 3, 3]);
}

/// A day and a half of the demo's shops.
fn shop_floor(folder: &tempfile::TempDir) -> PathBuf {
    let start = Instant::parse("2026-03-04T02:00:00Z").expect("a good instant");
    let events = Shop::new(7, start).events_until(start - HISTORY + Span::hours(36));
    let lines: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
    file(folder, "shop.jsonl", &lines)
}

/// Plays `play` in `world` on `tx`; gives the lines and what else the store knows at the end.
fn played(world: &World, play: Play, tx: &mut dyn Tx) -> Result<Vec<String>, StoreError> {
    let mut lines = Vec::new();
    let mut out = |line: Line| {
        lines.push(serde_json::to_string(&line).expect("a line is JSON"));
        Ok(())
    };
    let World { engine, copy, slips, setup, answers_at_once, now, .. } = world;
    let mut scribe = Scribe::new(Arc::clone(copy));
    Floor { tx, engine, slips, setup, answers_at_once: *answers_at_once, now: *now }
        .run(play, &mut |sheet| scribe.take(sheet, &mut out))?;
    lines.push(format!("{:?} {:?} {:?}", tx.facts_digest()?, tx.notice_counts()?, tx.grant_totals(None)?));
    lines.push(format!("{:?} {:?} {:?}", tx.books()?, tx.quotes_by_shop(None, 99)?, tx.model_load()?));
    lines.push(format!("{:?} {:?}", tx.pasts(None, usize::MAX)?, tx.policies(9)?));
    Ok(lines)
}

#[test]
fn a_run_in_memory_says_what_the_same_run_on_sqlite_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = shop_floor(&folder);
    let setup = || Setup { policy: PolicyBook::default(), until: None, seed: 1, batch: 500 };
    let mut world = World::new(&read(std::slice::from_ref(&events)), setup()).expect("a world");
    let mut store = std::mem::take(&mut world.store);
    let mut play = Some(read(std::slice::from_ref(&events)));
    let mut db = Db::in_memory().expect("memory suffices");
    let on_sqlite = db.transact(&mut |tx| {
        let policy = setup().policy;
        tx.policy_publish(None, policy.version(), policy.text(), "simulate", world.now)?;
        played(&world, play.take().expect("a step runs once"), tx)
    });
    let mut play = Some(read(std::slice::from_ref(&events)));
    let in_memory = store.transact(&mut |tx| played(&world, play.take().expect("a step runs once"), tx));
    let (on_sqlite, in_memory) = (on_sqlite.expect("it runs"), in_memory.expect("it runs"));
    assert!(on_sqlite.len() > 200, "{} lines are too few to compare", on_sqlite.len());
    for (one, other) in on_sqlite.iter().zip(&in_memory) {
        assert_eq!(one, other);
    }
    assert_eq!(on_sqlite.len(), in_memory.len());
}
