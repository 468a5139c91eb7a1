//! Power loss: whatever of the writes that were not yet flushed reaches the disk, whole, torn or not at all, every
//! step that was answered is there and the one in hand is there whole or not at all.
//!
//! The log is the only file written between two checkpoints, and every commit flushes it. What a power cut leaves is
//! therefore the log up to the last answered commit, and of what lies behind any sectors in any order.

use std::fs;
use std::path::{Path, PathBuf};

use crate::store::contract::fixtures::{key, notice, order};
use crate::store::contract::run;
use crate::store::sqlite::{Db, inspect, log};

/// A disk writes whole sectors of 512 bytes; more than one of a page may be missing.
const SECTOR: usize = 512;
const LOG_HEADER: usize = 32;
const STEPS: usize = 40;
/// Cuts in the short form; `FOREWARN_TEST_CUTS` asks for more.
const CUTS: usize = 1_000;

/// Numbers that look random and are the same at every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(n).expect("small")).expect("small")
    }
}

/// A store whose steps all lie in its log, and how long the log was after each.
struct Recorded {
    _folder: tempfile::TempDir,
    path: PathBuf,
    db: Db,
    lengths: Vec<usize>,
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

fn recorded() -> Recorded {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    drop(Db::open(&path).expect("a new file"));
    let mut db = Db::open(&path).expect("the same file, its log folded in");
    let mut lengths = vec![0];
    for n in 0..STEPS {
        let many: Vec<_> = (0..=n % 7).map(|i| order(&format!("o-{n}-{i}"))).collect();
        run(&mut db, |tx| {
            tx.orders_save(&many)?;
            tx.notices_add(&[crate::store::port::NoticeRow {
                order: many[0].key.clone(),
                ..notice(&format!("n-{n}"), 0)
            }])
        });
        lengths.push(usize::try_from(fs::metadata(log_of(&path)).expect("a log").len()).expect("small"));
    }
    Recorded { _folder: folder, path, db, lengths }
}

/// How many steps a store holds, each of them whole.
fn steps_in(db: &mut Db) -> usize {
    let kept = (0..STEPS).filter(|n| {
        let orders = (0..=n % 7).map(|i| key(&format!("o-{n}-{i}"))).collect::<Vec<_>>();
        let (orders, told) =
            run(db, |tx| Ok((tx.orders_load(&orders)?, tx.notice_load(&notice(&format!("n-{n}"), 0).notice_id)?)));
        let there = orders.iter().filter(|order| order.is_some()).count() + usize::from(told.is_some());
        assert!(there == 0 || there == orders.len() + 1, "step {n} is there by halves");
        there > 0
    });
    kept.count()
}

fn cuts() -> usize {
    std::env::var("FOREWARN_TEST_CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(CUTS)
}

#[test]
fn a_power_cut_at_any_write_loses_no_answered_step() {
    let recorded = recorded();
    let (main, whole) = (fs::read(&recorded.path).expect("a file"), fs::read(log_of(&recorded.path)).expect("a log"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut dice = Dice(1);
    for cut in 0..cuts() {
        let answered = dice.below(STEPS);
        // SQLite flushes the log's header before the first frame.
        let (flushed, written) = (recorded.lengths[answered].max(LOG_HEADER), recorded.lengths[answered + 1]);
        let mut log = whole[..written].to_vec();
        for sector in log[flushed..].chunks_mut(SECTOR) {
            match dice.below(3) {
                0 => sector.fill(0),
                1 => {
                    let torn = dice.below(sector.len());
                    sector[..torn].fill(0xa5);
                }
                _ => {}
            }
        }
        log.truncate(flushed + dice.below(written - flushed + 1));
        fs::write(&path, &main).expect("a copy");
        fs::write(log_of(&path), &log).expect("a copy");
        assert_eq!(log::lost_commits(&path).expect("it is read"), None, "cut {cut} is taken for damage");
        let mut db = Db::open(&path).expect("a power cut needs no repair");
        let kept = steps_in(&mut db);
        assert!(kept == answered || kept == answered + 1, "cut {cut}: {kept} of {answered} answered steps");
        drop(db);
        fs::remove_file(log_of(&path)).unwrap_or_default();
    }
}

#[test]
fn a_power_cut_while_the_log_is_folded_in_loses_nothing() {
    let recorded = recorded();
    let (before, log) = (fs::read(&recorded.path).expect("a file"), fs::read(log_of(&recorded.path)).expect("a log"));
    recorded.db.conn.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())).expect("a checkpoint");
    let after = fs::read(&recorded.path).expect("a file");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut dice = Dice(2);
    for cut in 0..cuts() / 5 {
        let mut main = after.clone();
        for (at, sector) in main.chunks_mut(SECTOR).enumerate() {
            let old = before.get(at * SECTOR..(at + 1) * SECTOR);
            match (dice.below(2), old) {
                (0, Some(old)) => sector.copy_from_slice(old),
                (0, None) => sector.fill(0),
                _ => {}
            }
        }
        main.truncate((before.len() / SECTOR + dice.below((after.len() - before.len()) / SECTOR + 1)) * SECTOR);
        fs::write(&path, &main).expect("a copy");
        fs::write(log_of(&path), &log).expect("a copy");
        let mut db = Db::open(&path).expect("a power cut needs no repair");
        assert_eq!(steps_in(&mut db), STEPS, "cut {cut}");
        if cut % 20 == 0 {
            assert_eq!(inspect(&path).expect("it is read").findings, []);
        }
        drop(db);
    }
}

#[test]
fn a_flip_in_the_log_that_takes_kept_steps_is_told() {
    let recorded = recorded();
    let (main, whole) = (fs::read(&recorded.path).expect("a file"), fs::read(log_of(&recorded.path)).expect("a log"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut dice = Dice(3);
    let second_last = recorded.lengths[STEPS - 1];
    let (mut refused, mut harmless) = (0, 0);
    for _ in 0..cuts() / 2 {
        let mut log = whole.clone();
        let bit = dice.below(log.len() * 8);
        log[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &main).expect("a copy");
        fs::write(log_of(&path), &log).expect("a copy");
        match Db::open(&path) {
            Ok(mut db) => {
                let kept = steps_in(&mut db);
                // Only the last step looks the same whether a crash or a flip took it.
                assert!(kept == STEPS || (kept == STEPS - 1 && bit / 8 >= second_last), "bit {bit}: {kept} steps");
                harmless += 1;
            }
            Err(error) => {
                assert!(error.to_string().contains("backup"), "{error}");
                assert!(inspect(&path).is_ok_and(|found| !found.is_clean()), "bit {bit}");
                refused += 1;
            }
        }
        fs::remove_file(log_of(&path)).unwrap_or_default();
    }
    assert!(refused > harmless, "{refused} refused, {harmless} harmless");
}
