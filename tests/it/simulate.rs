//! The contract of `forewarn simulate`, through the built binary.

mod coupons;
mod dead_letters;
mod property;
mod switches;
mod words;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::invariants::floor::{about, event, placed};
use crate::schemas::{check, validators};

/// A folder with event files, and what `forewarn simulate` makes of them.
struct Desk {
    folder: TempDir,
}

/// What a run wrote.
struct Run {
    output: Output,
    records: Vec<Value>,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A file of these lines, packed when its name says so.
    fn file(&self, name: &str, lines: &[String]) -> PathBuf {
        let path = self.folder.path().join(name);
        let text = lines.join("\n") + "\n";
        let mut file = std::fs::File::create(&path).expect("a new file");
        if name.ends_with(".gz") {
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packed.write_all(text.as_bytes()).expect("room on the disk");
            packed.finish().expect("room on the disk");
        } else {
            file.write_all(text.as_bytes()).expect("room on the disk");
        }
        path
    }

    /// Runs to a good end; every line must be a record of the contract, in the order of time.
    fn run(&self, events: &[&Path], more: &[&str]) -> Result<Run> {
        let output = simulate(events, more)?;
        ensure!(output.status.code() == Some(0), "{:?}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        let text = std::str::from_utf8(&output.stdout)?;
        let records = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
        let validators = validators()?;
        let mut before = forewarn_core::instant::EARLIEST;
        for (n, record) in records.iter().enumerate() {
            let path = format!("schemas/records/{}.schema.json", text_of(record, "record"));
            let validator = validators.get(&path).with_context(|| format!("line {n}: {path} is not there"))?;
            check(validator, record, &format!("line {n}"))?;
            let at = text_of(record, "at");
            ensure!(at.ends_with('Z'), "line {n} is not in UTC");
            let at = forewarn_core::Instant::parse(at).map_err(anyhow::Error::msg)?;
            ensure!(before <= at, "line {n} goes back in time");
            before = at;
        }
        Ok(Run { output, records })
    }
}

fn simulate(events: &[&Path], more: &[&str]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forewarn"));
    command.arg("simulate");
    for path in events {
        command.arg("--events").arg(path);
    }
    command.args(more).output().context("running forewarn")
}

fn text_of<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}

impl Run {
    fn of(&self, record: &str) -> Vec<&Value> {
        self.records.iter().filter(|r| r["record"] == record).collect()
    }

    /// Kind and moment of each notice.
    fn notices(&self) -> Vec<(&str, &str)> {
        self.of("notice").into_iter().map(|n| (text_of(n, "kind"), text_of(n, "at"))).collect()
    }
}

/// An order placed and paid at 02:00 UTC on 2 March, of which nothing more is heard.
fn silent(order: &str) -> Vec<String> {
    [
        event("02 10:00", "order.placed", placed(order, json!({}))),
        event("02 10:00", "order.paid", about(order, json!({}))),
    ]
    .map(|e| e.to_string())
    .into()
}

#[test]
fn every_event_there_is_makes_records_of_the_contract() -> Result<()> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/events/good.jsonl");
    let run = Desk::new().run(&[&fixture], &[])?;
    ensure!(run.of("notice").len() > 5 && !run.of("suppressed").is_empty(), "{:?}", run.notices());
    Ok(())
}

#[test]
fn a_silent_order_is_confirmed_and_warned_about() -> Result<()> {
    let desk = Desk::new();
    let run = desk.run(&[&desk.file("e.jsonl", &silent("1"))], &[])?;
    assert_eq!(
        run.notices()[..2],
        [("order_accepted", "2026-03-02T02:00:00Z"), ("delay_warning", "2026-03-03T02:00:00Z")]
    );
    let warning = run.of("notice")[1];
    assert_eq!(text_of(warning, "ship_by"), "2026-03-04T02:00:00Z");
    assert!(text_of(warning, "quoted_ship_by") > "2026-03-04T02:00:00Z");
    assert_eq!((text_of(warning, "merchant_id"), text_of(warning, "order_id")), ("qinghe", "1"));
    assert_eq!((text_of(warning, "to"), text_of(warning, "locale")), ("1@example.com", "zh-CN"));
    let grants: Vec<_> = run.of("grant").iter().map(|g| (text_of(g, "status"), text_of(g, "at"))).collect();
    assert_eq!(grants, [("reserved", "2026-03-03T02:00:00Z"), ("granted", "2026-03-03T02:00:00Z")]);
    assert_eq!(warning["compensation"]["grant_id"], run.of("grant")[0]["grant_id"]);
    ensure!(!run.output.stderr.is_empty(), "a person reads the summary on standard error");
    Ok(())
}

#[test]
fn packed_and_divided_files_are_the_same_events() -> Result<()> {
    let desk = Desk::new();
    let lines: Vec<String> = ["1", "2", "3"].into_iter().flat_map(silent).collect();
    let plain = desk.file("a.jsonl", &lines);
    let whole = desk.run(&[&plain], &[])?.output.stdout;
    let packed = desk.run(&[&desk.file("a.jsonl.gz", &lines)], &[])?.output.stdout;
    let (one, two) = (desk.file("1.jsonl.gz", &lines[3..]), desk.file("2.jsonl", &lines[..3]));
    let parts = desk.run(&[&one, &two], &[])?.output.stdout;
    ensure!(whole == packed && whole == parts && !whole.is_empty());
    let in_one_go =
        Command::new(env!("CARGO_BIN_EXE_forewarn")).arg("simulate").arg("--events").args([&one, &two]).output()?;
    ensure!(whole == in_one_go.stdout, "several files after one --events");
    Ok(())
}

#[test]
fn no_events_make_no_records() -> Result<()> {
    let desk = Desk::new();
    let run = desk.run(&[&desk.file("e.jsonl", &[])], &[])?;
    assert!(run.records.is_empty());
    Ok(())
}
