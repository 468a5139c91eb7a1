//! A killed process loses nothing it was told is kept, and keeps nothing by halves.
//!
//! The test runs this very program again as the victim, reads what it reports as kept, and kills it in mid-load.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::store::contract::fixtures::{key, notice, order};
use crate::store::sqlite::{Db, SqliteBackend};
use crate::store::{Store, StoreError};

/// Tells the victim where to write; without it the victim's test does nothing.
const PLACE: &str = "FOREWARN_TEST_KILL_PLACE";
/// Writers that wait for their commits side by side, so that the kill falls into shared ones.
const WRITERS: usize = 16;
/// Steps reported as kept before the kill.
const KEPT_MIN: usize = 400;

#[test]
fn a_kill_in_mid_load_loses_no_step_that_was_answered() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("forewarn.db");
    let mut victim = Command::new(std::env::current_exe().expect("this program has a path"))
        .args(["--exact", "store::sqlite::tests::kill::the_victim_writes_until_it_is_killed", "--nocapture"])
        .env(PLACE, &path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts again");
    let mut lines = BufReader::new(victim.stdout.take().expect("it is a pipe")).lines();
    let mut kept: Vec<String> = Vec::new();
    while kept.len() < KEPT_MIN {
        let line = lines.next().expect("the victim goes on until it is killed").expect("it writes text");
        kept.extend(reported(&line));
    }
    victim.kill().expect("it still runs");
    victim.wait().expect("it ends");
    kept.extend(lines.map_while(Result::ok).filter_map(|line| reported(&line)));

    let mut db = Db::open(&path).expect("the file is whole");
    let whole: String = db.conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    assert_eq!(whole, "ok");
    for name in &kept {
        assert_eq!(halves(&mut db, name), (true, true), "{name} was reported as kept");
    }
    let all = Db::transact(&mut db, &mut |tx| Ok(tx.facts_digest()?.1)).expect("it reads");
    let notices: i64 = db.conn.query_row("SELECT count(*) FROM notices", [], |row| row.get(0)).expect("a count");
    assert_eq!(all, notices.unsigned_abs(), "a step is kept whole or not at all");
    assert!(all >= u64::try_from(kept.len()).expect("a small number"));
}

/// The step that `line` reports as kept. A line that the kill cut short lacks its stop and is no report.
fn reported(line: &str) -> Option<String> {
    line.strip_prefix("kept ")?.strip_suffix('.').map(str::to_owned)
}

/// Whether the order and the notice of step `name` are there.
fn halves(db: &mut Db, name: &str) -> (bool, bool) {
    let found = Db::transact(db, &mut |tx| {
        let order = tx.orders_load(&[key(name)])?[0].is_some();
        Ok((order, tx.notice_load(&notice(name, 0).notice_id)?.is_some()))
    });
    found.expect("it reads")
}

#[test]
fn the_victim_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(PLACE).map(PathBuf::from) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = Store::new(SqliteBackend::open(&path).expect("a new file"));
    runtime.block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write_forever(store.clone(), writer));
        }
        while let Some(ended) = writers.join_next().await {
            ended.expect("a writer never panics").expect("a writer is killed, it does not fail");
        }
    });
}

async fn write_forever(store: Store, writer: usize) -> Result<(), StoreError> {
    for n in 0_u64.. {
        let name = format!("w{writer}-{n}");
        let step = name.clone();
        store
            .write(move |tx| {
                tx.orders_save(&[order(&step)])?;
                tx.notices_add(&[notice(&step, 0)])
            })
            .await?;
        // Past the test harness's own capture, one whole line at a time.
        let mut out = std::io::stdout().lock();
        out.write_all(format!("kept {name}.\n").as_bytes()).expect("the parent reads");
        out.flush().expect("the parent reads");
    }
    Ok(())
}
