//! The decoder against the recorded good and bad events, which the schemas are tested with too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use forewarn::intake::{Line, Reason, read, structured};
use serde::Deserialize;

/// Reasons the fixtures cannot show: a file of text holds nothing that is no text, and the others take more
/// than one event, or a store, to come about.
const ELSEWHERE: &[Reason] = &[
    Reason::NotUtf8,
    Reason::IdReused,
    Reason::TooManyEvents,
    Reason::UnknownGrant,
    Reason::UnknownNotice,
    Reason::UnknownBuyer,
    Reason::NotStored,
];

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

impl Repeat {
    fn text(&self) -> String {
        let units = (1..=self.count).map(|n| self.unit.replace("{n}", &n.to_string()));
        format!("{}{}{}", self.prefix, units.collect::<String>(), self.suffix)
    }
}

fn path(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn lines(of: &str) -> Result<Vec<Line>> {
    let lines = read(&path(of))?.collect::<Result<Vec<_>, _>>()?;
    ensure!(!lines.is_empty(), "{of} is empty");
    Ok(lines)
}

#[test]
fn every_good_event_decodes() -> Result<()> {
    let lines = lines("tests/fixtures/events/good.jsonl")?;
    let fault = |line: &Line| line.decode().err().map(|fault| (line.number, fault));
    assert_eq!(lines.iter().filter_map(fault).collect::<Vec<_>>(), []);
    Ok(())
}

#[test]
fn every_bad_event_is_refused_under_its_name() -> Result<()> {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for line in lines("tests/fixtures/events/bad.jsonl")? {
        let Bad { reason, raw, repeat } = serde_json::from_slice(&line.bytes)?;
        let text = raw.or_else(|| repeat.as_ref().map(Repeat::text));
        let text = text.with_context(|| format!("line {} has neither raw nor repeat", line.number))?;
        match structured(text.as_bytes()) {
            Err(fault) if fault.reason.as_str() == reason => {
                seen.insert(fault.reason);
            }
            Err(fault) => wrong.push(format!("line {}: {reason} expected, got {fault}", line.number)),
            Ok(_) => wrong.push(format!("line {}: {reason} expected, got an event", line.number)),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let unseen = Reason::ALL.iter().filter(|reason| !seen.contains(reason) && !ELSEWHERE.contains(reason));
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&Reason>::new());
    Ok(())
}

#[test]
fn the_schemas_name_the_same_reasons() -> Result<()> {
    let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(path("schemas/definitions.schema.json"))?)?;
    let names = schema["$defs"]["dead_letter_reason"]["enum"].as_array().context("no reasons in the schema")?;
    let named: BTreeSet<_> = names.iter().filter_map(serde_json::Value::as_str).collect();
    assert_eq!(named, Reason::ALL.iter().map(|reason| reason.as_str()).collect());
    Ok(())
}
