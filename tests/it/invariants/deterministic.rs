//! Deterministic: same events, policy and seed give the same records, byte for byte.

use std::path::{Path, PathBuf};

use forewarn::policy::PolicyBook;
use forewarn::simulate::{Play, Setup, World};
use forewarn_core::digest;

use super::generated::{Dice, floor};

pub(crate) fn file(folder: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, lines.join("\n")).expect("room on the disk");
    path
}

/// The records as they are written.
pub(crate) fn records(paths: &[PathBuf], seed: u64, batch: usize) -> Vec<String> {
    let play = Play::read(paths).expect("files that are there");
    let setup = Setup { policy: PolicyBook::default(), until: None, seed, batch };
    let mut world = World::new(&play, setup).expect("a world");
    let mut lines = Vec::new();
    let mut out = |line| {
        lines.push(serde_json::to_string(&line).expect("a record is JSON"));
        Ok(())
    };
    world.run(play, &mut out).expect("a run to its end");
    lines
}

fn assert_same(one: &[String], other: &[String], what: &str) {
    let differ = one.iter().zip(other).position(|(a, b)| a != b);
    if let Some(n) = differ {
        panic!("{what}: line {n} differs\n{}\n{}", one[n], other[n]);
    }
    assert_eq!(one.len(), other.len(), "{what}: one has more lines");
}

#[test]
fn deterministic_the_same_run_twice_is_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = floor(11, 80).lines(&mut Dice::new(1));
    let path = [file(folder.path(), "a.jsonl", &lines)];
    let first = records(&path, 0, 500);
    assert!(first.len() > 200, "only {} records", first.len());
    assert_same(&first, &records(&path, 0, 500), "twice");
}

#[test]
fn deterministic_neither_the_order_of_lines_nor_of_files_matters() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines = floor(12, 80).lines(&mut Dice::new(1));
    let first = taken(records(&[file(folder.path(), "a.jsonl", &lines)], 0, 500));
    Dice::new(2).shuffle(&mut lines);
    let shuffled = taken(records(&[file(folder.path(), "b.jsonl", &lines)], 0, 500));
    assert_same(&first, &shuffled, "shuffled");
    let (left, right) = lines.split_at(lines.len() / 3);
    let parts = [file(folder.path(), "d.jsonl", right), file(folder.path(), "c.jsonl", left)];
    assert_same(&first, &taken(records(&parts, 0, 500)), "in two files");
}

/// What is not about a line of a file: a dead letter names its line, which is another one by then.
fn taken(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().filter(|line| !line.contains("\"record\":\"dead_letter\"")).collect()
}

#[test]
fn deterministic_the_size_of_a_step_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines = floor(13, 60).lines(&mut Dice::new(1));
    // Many things at one moment, or the size of a step would not matter.
    for line in &mut lines {
        *line = coarse(line);
    }
    let path = [file(folder.path(), "a.jsonl", &lines)];
    let first = records(&path, 0, 1);
    assert!(first.iter().any(|line| line.contains("\"merged\"")), "orders that share a message are among them");
    for batch in [7, 500] {
        assert_same(&first, &records(&path, 0, batch), &format!("steps of {batch}"));
    }
}

/// The same event, at the full six hours before it.
fn coarse(line: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(line).expect("a line we made");
    let time = forewarn_core::Instant::parse(event["time"].as_str().unwrap_or_default()).expect("a time we made");
    event["time"] = serde_json::json!(time.floor_to(forewarn_core::Span::hours(6)));
    event.to_string()
}

#[test]
fn deterministic_a_seed_changes_the_links_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = [file(folder.path(), "a.jsonl", &floor(14, 40).lines(&mut Dice::new(1)))];
    let (zero, one) = (records(&path, 0, 500), records(&path, 1, 500));
    assert_ne!(zero, one);
    let bare = |lines: &[String]| lines.iter().map(|l| without_links(l)).collect::<Vec<_>>();
    assert_same(&bare(&zero), &bare(&one), "without links");
}

/// The text with every link's signature cut out.
pub(crate) fn without_links(line: &str) -> String {
    let mut parts = line.split("https://forewarn.invalid/");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|p| p.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "/._-".contains(c)));
    rest.fold(first, |text, part| text + "<link>" + part)
}

#[test]
fn deterministic_ids_are_hashes_of_what_makes_them_one_of_a_kind() {
    let mut floor = super::floor::Floor::new();
    floor.order("02 10:00", "1");
    floor.until("03 12:00");
    for notice in floor.notices("1") {
        assert_eq!(notice.notice_id.as_str(), format!("ntc_{}", digest::of(&["notice", &notice.key])));
        let message = notice.composed.as_ref().map(|c| c.message_id.clone());
        assert_eq!(message, Some(format!("msg_{}", digest::of(&["message", &notice.key]))));
    }
    for grant in floor.grants("1") {
        assert_eq!(grant.grant_id.as_str(), format!("grt_{}", digest::of(&["grant", &grant.notice_key])));
    }
    let link = |secret: &[u8]| {
        forewarn::engine::Links::new("https://x", secret).to(forewarn::engine::Purpose::Order, &super::floor::key("1"))
    };
    assert!(link(b"a") == link(b"a") && link(b"a") != link(b"b"));
}

#[test]
fn deterministic_a_policy_is_named_by_its_content() {
    let version = |text: &str| PolicyBook::parse(text).expect("a policy").version().to_owned();
    assert_eq!(version("[warn]\nlead = \"24h\""), version("# the default\n"));
    assert_eq!(version("[warn]\nrisk = 0.4\nlead=\"12h\""), version("[warn]\nlead = \"12h\"\nrisk = 0.40"));
    assert_ne!(version("[warn]\nrisk = 0.4"), version("[warn]\nrisk = 0.41"));
}
