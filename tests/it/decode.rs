//! The decoder against the recorded good and bad events, which the schemas are tested with too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use forewarn::intake::{Fault, Line, Reason, read, structured};
use serde::Deserialize;

/// A bad event and the name it must be refused under: given as it is, or by a part that repeats.
#[derive(Deserialize)]
struct Bad {
    reason: String,
    raw: Option<String>,
    repeat: Option<Repeat>,
}

#[derive(Deserialize)]
struct Repeat {
    prefix: String,
    unit: String,
    count: usize,
    suffix: String,
}

impl Bad {
    fn text(&self) -> String {
        let repeated = |repeat: &Repeat| {
            let units = (1..=repeat.count).map(|n| repeat.unit.replace("{n}", &n.to_string()));
            format!(
                "{}{}{}",
                repeat.prefix,
                units.collect::<String>(),
                repeat.suffix
            )
        };
        self.raw
            .clone()
            .or_else(|| self.repeat.as_ref().map(repeated))
            .expect("a bad event has raw or repeat")
    }
}

fn path(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn lines(of: &str) -> Vec<Line> {
    let lines: Vec<Line> = read(&path(of))
        .expect("the file opens")
        .map(|line| line.expect("it reads"))
        .collect();
    assert!(!lines.is_empty(), "{of} is empty");
    lines
}

#[test]
fn every_good_event_decodes() {
    let faults: Vec<(u64, Fault)> = lines("tests/fixtures/events/good.jsonl")
        .iter()
        .filter_map(|line| line.decode().err().map(|fault| (line.number, fault)))
        .collect();
    assert_eq!(faults, []);
}

#[test]
fn every_bad_event_is_refused_under_its_name() {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for line in lines("tests/fixtures/events/bad.jsonl") {
        let bad: Bad = serde_json::from_slice(&line.bytes).expect("a line of the fixture");
        match structured(bad.text().as_bytes()) {
            Err(fault) if fault.reason.as_str() == bad.reason => {
                seen.insert(fault.reason);
            }
            Err(fault) => wrong.push(format!(
                "line {}: {} expected, got {fault}",
                line.number, bad.reason
            )),
            Ok(_) => wrong.push(format!(
                "line {}: {} expected, got an event",
                line.number, bad.reason
            )),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    // A file of text cannot hold what is no text; the last two take more than one event to come about.
    let elsewhere = [Reason::NotUtf8, Reason::IdReused, Reason::TooManyEvents];
    let absent: Vec<_> = Reason::ALL
        .iter()
        .filter(|r| !seen.contains(r) && !elsewhere.contains(r))
        .collect();
    assert_eq!(absent, Vec::<&Reason>::new());
}

#[test]
fn the_schemas_name_the_same_reasons() {
    let text = std::fs::read(path("schemas/definitions.schema.json")).expect("the schema is there");
    let schema: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    let names = schema["$defs"]["dead_letter_reason"]["enum"]
        .as_array()
        .expect("it lists the reasons");
    let named: BTreeSet<_> = names.iter().filter_map(serde_json::Value::as_str).collect();
    assert_eq!(
        named,
        Reason::ALL.iter().map(|reason| reason.as_str()).collect()
    );
}
