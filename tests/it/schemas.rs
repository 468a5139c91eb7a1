//! The schemas at the border hold what they promise: they are valid JSON Schema 2020-12, their examples fit them,
//! every good fixture passes and every bad one that a schema can tell is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use jsonschema::{Draft, Registry, Validator};
use serde_json::Value;

/// The event types Forewarn reads, in the order of the contract.
const INCOMING: [&str; 16] = [
    "order.placed",
    "order.paid",
    "order.changed",
    "order.cancelled",
    "promise.renegotiated",
    "warehouse.progress",
    "warehouse.shipped",
    "warehouse.exception",
    "warehouse.exception_cleared",
    "condition.raised",
    "condition.cleared",
    "parcel.status",
    "buyer.message",
    "buyer.preference",
    "notice.feedback",
    "grant.result",
];
/// The event types Forewarn writes.
const OUTGOING: [&str; 5] = ["notice.sent", "notice.withdrawn", "notice.failed", "grant.requested", "order.expedite"];
/// The records `simulate` writes.
const RECORDS: [&str; 4] = ["notice", "suppressed", "grant", "dead_letter"];
/// Reasons a single event cannot show: bytes that are no text, and a clash between two events.
const NOT_IN_FIXTURES: [&str; 7] =
    ["not_utf8", "id_reused", "too_many_events", "unknown_grant", "unknown_notice", "unknown_buyer", "not_stored"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("read {path}"))
}

fn schema(path: &str) -> Result<Value> {
    serde_json::from_str(&read(path)?).with_context(|| format!("parse {path}"))
}

/// Paths of all schema files, relative to the root of the repository.
fn schema_paths() -> Result<BTreeSet<String>> {
    let mut paths = BTreeSet::new();
    for folder in ["schemas", "schemas/events", "schemas/records"] {
        for entry in fs::read_dir(root().join(folder)).with_context(|| format!("list {folder}"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let of_settings = ["config.schema.json", "policy.schema.json"].contains(&name.as_str());
            if name.ends_with(".schema.json") && !of_settings {
                paths.insert(format!("{folder}/{name}"));
            }
        }
    }
    Ok(paths)
}

fn event_path(event_type: &str) -> String {
    format!("schemas/events/{event_type}.schema.json")
}

/// Validators by schema path, with formats asserted and no way out to the network.
pub(crate) fn validators() -> Result<BTreeMap<String, Validator>> {
    let uri = |path: &str| format!("https://forewarn.example/{path}");
    let mut registry = Registry::new();
    for path in schema_paths()? {
        registry = registry.add(uri(&path), schema(&path)?)?;
    }
    let registry = registry.prepare()?;
    let mut validators = BTreeMap::new();
    for path in schema_paths()? {
        let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&registry);
        let built = options.should_validate_formats(true).build(&serde_json::json!({ "$ref": uri(&path) }));
        let validator = built.map_err(|fault| anyhow::anyhow!("build {path}: {fault}"))?;
        validators.insert(path, validator);
    }
    Ok(validators)
}

pub(crate) fn check(validator: &Validator, instance: &Value, name: &str) -> Result<()> {
    let faults: Vec<String> =
        validator.iter_errors(instance).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    ensure!(faults.is_empty(), "{name}: {}", faults.join("; "));
    Ok(())
}

/// The bytes of a bad fixture: either as they stand, or `prefix`, `count` times `unit` with its number from 1 for
/// `{n}`, and `suffix`.
fn raw_of(fixture: &Value) -> Result<String> {
    if let Some(raw) = fixture["raw"].as_str() {
        return Ok(raw.to_owned());
    }
    let part = |name: &str| fixture["repeat"][name].as_str().with_context(|| format!("repeat has no {name}"));
    let (prefix, unit, suffix) = (part("prefix")?, part("unit")?, part("suffix")?);
    let count = fixture["repeat"]["count"].as_u64().context("repeat has no count")?;
    let middle: String = (1..=count).map(|n| unit.replace("{n}", &n.to_string())).collect();
    Ok(format!("{prefix}{middle}{suffix}"))
}

#[test]
fn every_schema_is_valid_and_stands_for_something() -> Result<()> {
    let expected = INCOMING.iter().chain(&OUTGOING).map(|t| event_path(t));
    let expected = expected.chain(RECORDS.iter().map(|r| format!("schemas/records/{r}.schema.json")));
    let shared = ["schemas/definitions.schema.json".to_owned(), event_path("envelope")];
    assert_eq!(schema_paths()?, expected.chain(shared).collect(), "a schema is missing or belongs to nothing");
    for path in schema_paths()? {
        let schema = schema(&path)?;
        ensure!(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", "{path} names another draft");
        ensure!(schema["description"].is_string(), "{path} does not say what it is");
        jsonschema::draft202012::meta::validate(&schema).map_err(|fault| anyhow::anyhow!("{path}: {fault}"))?;
    }
    Ok(())
}

#[test]
fn every_example_fits_its_schema() -> Result<()> {
    let shared = ["schemas/definitions.schema.json", "schemas/events/envelope.schema.json"];
    for (path, validator) in validators()?.iter().filter(|(path, _)| !shared.contains(&path.as_str())) {
        let schema = schema(path)?;
        let examples = schema["examples"].as_array().with_context(|| format!("{path} has no examples"))?;
        ensure!(examples.len() >= 2, "{path} has {} example(s), two are the least", examples.len());
        for (n, example) in examples.iter().enumerate() {
            check(validator, example, &format!("{path} example {n}"))?;
        }
    }
    Ok(())
}

#[test]
fn every_good_event_fits_its_schema() -> Result<()> {
    let validators = validators()?;
    let mut seen = BTreeMap::<String, usize>::new();
    for (n, line) in read("tests/fixtures/events/good.jsonl")?.lines().enumerate() {
        let name = format!("good.jsonl line {}", n + 1);
        let event: Value = serde_json::from_str(line).with_context(|| name.clone())?;
        let event_type = event["type"].as_str().with_context(|| format!("{name} has no type"))?;
        let validator = validators.get(&event_path(event_type)).with_context(|| format!("{name}: {event_type}"))?;
        check(validator, &event, &name)?;
        *seen.entry(event_type.to_owned()).or_default() += 1;
    }
    for event_type in INCOMING {
        ensure!(seen.get(event_type).is_some_and(|n| *n >= 3), "good.jsonl has fewer than three {event_type}");
    }
    Ok(())
}

#[test]
fn every_bad_event_a_schema_can_tell_is_refused() -> Result<()> {
    let validators = validators()?;
    for (n, line) in read("tests/fixtures/events/bad.jsonl")?.lines().enumerate() {
        let name = format!("bad.jsonl line {}", n + 1);
        let fixture: Value = serde_json::from_str(line).with_context(|| name.clone())?;
        // What is no JSON at all, or nests deeper than the parser goes, never reaches a schema.
        let accepted = serde_json::from_str::<Value>(&raw_of(&fixture)?).is_ok_and(|event| {
            let path = event_path(event["type"].as_str().unwrap_or("envelope"));
            validators.get(&path).is_some_and(|validator| validator.is_valid(&event))
        });
        let beyond = fixture.get("beyond_schema").is_some();
        ensure!(accepted == beyond, "{name} ({}): accepted {accepted}, beyond a schema {beyond}", fixture["reason"]);
    }
    Ok(())
}

#[test]
fn every_dead_letter_reason_has_a_bad_event() -> Result<()> {
    let definitions = schema("schemas/definitions.schema.json")?;
    let reasons = definitions["$defs"]["dead_letter_reason"]["enum"].as_array().context("no reasons")?;
    let mut missing: BTreeSet<&str> = reasons.iter().filter_map(Value::as_str).collect();
    for reason in NOT_IN_FIXTURES {
        missing.remove(reason);
    }
    let fixtures = read("tests/fixtures/events/bad.jsonl")?;
    for (n, line) in fixtures.lines().enumerate() {
        let fixture: Value = serde_json::from_str(line)?;
        let reason = fixture["reason"].as_str().context("a bad event without a reason")?;
        ensure!(reasons.iter().any(|r| r == reason), "bad.jsonl line {}: no such reason: {reason}", n + 1);
        missing.remove(reason);
    }
    ensure!(missing.is_empty(), "no bad event for {missing:?}");
    Ok(())
}

#[test]
fn limits_are_inclusive() -> Result<()> {
    let validators = validators()?;
    let validator = validators.get(&event_path("order.placed")).context("no schema for order.placed")?;
    let placed = schema(&event_path("order.placed"))?["examples"][0].clone();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = placed.clone();
        change(&mut event["data"]);
        validator.is_valid(&event)
    };
    let lines = |n: usize| with(&|data| data["lines"] = (0..n).map(|_| data["lines"][0].clone()).collect());
    assert!(lines(1) && lines(1_000) && !lines(0) && !lines(1_001));
    let quantity = |n: i64| with(&|data| data["lines"][0]["quantity"] = n.into());
    assert!(quantity(1) && quantity(1_000_000) && !quantity(0) && !quantity(1_000_001));
    let id = |n: usize| with(&|data| data["order_id"] = "單".repeat(n).into());
    assert!(id(1) && id(200) && !id(0) && !id(201));
    let note = |n: usize| with(&|data| data["note"] = "x".repeat(n).into());
    assert!(note(0) && note(4_096) && !note(4_097));
    let ship_by = |text: &str| with(&|data| data["ship_by"] = text.into());
    assert!(ship_by("2000-01-01T00:00:00Z") && ship_by("2100-12-31T23:59:59.999Z"));
    assert!(!ship_by("1999-12-31T23:59:59Z") && !ship_by("2101-01-01T00:00:00Z"));
    Ok(())
}

#[test]
fn asyncapi_names_every_event_and_only_files_that_exist() -> Result<()> {
    let document = read("schemas/asyncapi.yaml")?;
    for event_type in INCOMING.iter().chain(&OUTGOING) {
        let reference = format!("./events/{event_type}.schema.json");
        ensure!(document.contains(&reference), "asyncapi.yaml leaves out {event_type}");
    }
    for reference in document.split(['"', '\'']).filter(|part| part.starts_with("./")) {
        let file = reference.split('#').next().unwrap_or_default();
        ensure!(root().join("schemas").join(file).is_file(), "asyncapi.yaml points to {file}, which is not there");
    }
    Ok(())
}
