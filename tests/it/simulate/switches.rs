//! Options of the command, and what is told when they are wrong.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Desk, silent, simulate};
use crate::invariants::deterministic::without_links;
use crate::invariants::floor::{about, event};

#[test]
fn until_is_inclusive() -> Result<()> {
    let desk = Desk::new();
    let events = desk.file("e.jsonl", &silent("1"));
    let kinds = |until: &str| -> Result<Vec<String>> {
        let run = desk.run(&[&events], &["--until", until])?;
        Ok(run.notices().into_iter().map(|(kind, _)| kind.to_owned()).collect())
    };
    assert_eq!(kinds("2026-03-02T01:59:59Z")?, Vec::<String>::new());
    assert_eq!(kinds("2026-03-02T10:00:00+08:00")?, ["order_accepted"]);
    assert_eq!(kinds("2026-03-03T01:59:59.999Z")?, ["order_accepted"]);
    assert_eq!(kinds("2026-03-03T02:00:00Z")?, ["order_accepted", "delay_warning"]);
    Ok(())
}

#[test]
fn an_event_past_until_is_not_played_and_a_bad_line_is_told_anyway() -> Result<()> {
    let desk = Desk::new();
    let mut lines = silent("1");
    lines.push(event("05 10:00", "warehouse.shipped", about("1", json!({ "parcel_id": "p" }))).to_string());
    lines.push("bad".into());
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &["--until", "2026-03-02T03:00:00Z"])?;
    assert_eq!(run.notices(), [("order_accepted", "2026-03-02T02:00:00Z")]);
    assert_eq!(run.of("dead_letter").len(), 1);
    Ok(())
}

#[test]
fn a_seed_changes_only_the_links() -> Result<()> {
    let desk = Desk::new();
    let events = desk.file("e.jsonl", &silent("1"));
    let run = |seed: &str| -> Result<String> {
        Ok(String::from_utf8(desk.run(&[&events], &["--seed", seed])?.output.stdout)?)
    };
    let (zero, again, other) = (run("0")?, run("0")?, run("7")?);
    ensure!(zero == again && zero != other);
    assert_eq!(without_links(&zero), without_links(&other));
    assert_eq!(zero, String::from_utf8(desk.run(&[&events], &[])?.output.stdout)?);
    Ok(())
}

#[test]
fn a_policy_is_obeyed_and_named() -> Result<()> {
    let desk = Desk::new();
    let events = desk.file("e.jsonl", &silent("1"));
    let policy = desk.file(
        "policy.toml",
        &["[warn]", "lead = \"12h\"", "[quiet_hours]", "from = \"00:00\"", "to = \"00:00\""].map(String::from),
    );
    let run = desk.run(&[&events], &["--policy", &policy.display().to_string()])?;
    assert_eq!(run.notices()[1], ("delay_warning", "2026-03-03T14:00:00Z"));
    let version = |run: &super::Run| run.of("notice")[0]["policy_version"].clone();
    assert_ne!(version(&run), version(&desk.run(&[&events], &[])?));
    Ok(())
}

#[test]
fn every_fault_of_a_policy_is_told_with_its_line() -> Result<()> {
    let desk = Desk::new();
    let events = desk.file("e.jsonl", &silent("1"));
    let policy = desk.file(
        "policy.toml",
        &["[warn]", "lead = \"24h\"", "risk = 1.5", "[quote]", "confidnce = 0.9"].map(String::from),
    );
    let output = simulate(&[&events], &["--policy", &policy.display().to_string()])?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    for place in [format!("{}:3: warn.risk", policy.display()), format!("{}:5: quote.confidnce", policy.display())] {
        ensure!(told.contains(&place), "`{place}` is not in: {told}");
    }
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_ends_the_run_before_it_begins() -> Result<()> {
    let desk = Desk::new();
    let events = desk.file("e.jsonl", &silent("1"));
    let absent = desk.folder.path().join("absent.jsonl");
    let output = simulate(&[&events, &absent], &[])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    ensure!(String::from_utf8(output.stderr)?.contains("absent.jsonl"));
    let output = simulate(&[&events], &["--until", "tomorrow"])?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}
