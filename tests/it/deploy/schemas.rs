//! The schemas of settings and policy say what the program says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use forewarn::config::Config;
use forewarn_core::policy::Policy;
use serde_json::Value;

use super::{all_keys, everything_on, leaves, read, table};

fn schema(path: &str) -> Result<Value> {
    serde_json::from_str(&read(path)?).with_context(|| format!("parse {path}"))
}

fn check(schema: &Value, instance: &Value) -> Result<()> {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let faults: Vec<String> =
        validator.iter_errors(instance).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}

fn json(text: &str) -> Result<Value> {
    serde_json::to_value(table(text)?).context("turn TOML into JSON")
}

/// Every key a schema knows, dotted, with its default.
fn keys_of(schema: &Value) -> BTreeMap<String, Option<Value>> {
    fn walk(root: &Value, schema: &Value, within: &str, found: &mut BTreeMap<String, Option<Value>>) {
        let target = schema["$ref"].as_str().and_then(|name| root.pointer(name.trim_start_matches('#')));
        let body = target.unwrap_or(schema);
        for (key, inner) in body["properties"].as_object().into_iter().flatten() {
            walk(root, inner, &format!("{within}.{key}"), found);
        }
        match &body["additionalProperties"] {
            inner @ Value::Object(_) => walk(root, inner, &format!("{within}.*"), found),
            _ if body["properties"].is_object() => {}
            _ => {
                found.insert(within.trim_start_matches('.').to_owned(), schema.get("default").cloned());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(schema, schema, "", &mut found);
    found
}

/// Each default the program has is the schema's, and the other way round.
fn same_defaults(schema: &Value, defaults: &str) -> Result<()> {
    let ours: BTreeMap<String, Value> = leaves(&table(defaults)?)
        .into_iter()
        .map(|(key, value)| Ok((key, serde_json::to_value(value)?)))
        .collect::<Result<_>>()?;
    let theirs = keys_of(schema);
    for (key, value) in &ours {
        assert_eq!(theirs.get(key).cloned().flatten().as_ref(), Some(value), "default of {key}");
    }
    for (key, default) in theirs.iter().filter(|(key, _)| !key.contains('*')) {
        // Sections that are off have no values of their own until they are switched on.
        let off = ["email.", "webhook."].iter().any(|section| key.starts_with(section));
        ensure!(default.is_none() || off || ours.contains_key(key), "{key} has a default in the schema only");
    }
    Ok(())
}

#[test]
fn both_are_valid_schemas_whose_examples_fit() -> Result<()> {
    for path in ["schemas/config.schema.json", "schemas/policy.schema.json"] {
        let schema = schema(path)?;
        jsonschema::draft202012::meta::validate(&schema).map_err(|fault| anyhow::anyhow!("{path}: {fault}"))?;
        let examples = schema["examples"].as_array().context("no examples")?;
        ensure!(examples.len() >= 2, "{path} has too few examples");
        for example in examples {
            check(&schema, example).with_context(|| format!("{path}: {example}"))?;
        }
    }
    Ok(())
}

#[test]
fn the_schema_of_settings_knows_every_key_and_default() -> Result<()> {
    let schema = schema("schemas/config.schema.json")?;
    let known: BTreeSet<String> = keys_of(&schema).into_keys().collect();
    assert_eq!(known, all_keys());
    same_defaults(&schema, &Config::default().redacted())
}

#[test]
fn the_schema_of_the_policy_knows_every_key_and_default() -> Result<()> {
    let schema = schema("schemas/policy.schema.json")?;
    let defaults = toml::to_string(&Policy::default())?;
    let base: BTreeSet<String> = leaves(&table(&defaults)?).into_keys().collect();
    let known = keys_of(&schema);
    let of_base: BTreeSet<String> = known.keys().filter(|key| !key.contains('*')).cloned().collect();
    assert_eq!(of_base, base);
    for layer in ["platform.*", "merchant.*", "merchant.*.warehouse.*"] {
        for key in &base {
            ensure!(known.contains_key(&format!("{layer}.{key}")), "the schema has no {layer}.{key}");
        }
    }
    same_defaults(&schema, &defaults)
}

#[test]
fn the_examples_fit_and_a_slip_does_not() -> Result<()> {
    let config = schema("schemas/config.schema.json")?;
    let example = read("deploy/forewarn.toml")?;
    check(&config, &json(&example)?)?;
    // Off in the example are secrets too short to be any; the rest of it has to fit.
    let filled = everything_on(&example, false).replace("\"...\"", "\"0123456789abcdef0123456789abcdef\"");
    check(&config, &json(&filled)?)?;
    let policy = schema("schemas/policy.schema.json")?;
    check(&policy, &json(&read("deploy/policy.toml")?)?)?;
    let bad_configs = [
        "[kafka]\nbrokerz = \"a:1\"",
        "[intake]\nmax_lag = \"5 minutes\"",
        "[intake]\nhttp_token = \"0123456789abcdef\"\nhttp_token_file = \"x\"",
        "[email]\nhost = \"x\"",
        "[shop.m1]\nnome = \"x\"",
    ];
    for text in bad_configs {
        ensure!(check(&config, &json(text)?).is_err(), "fits and should not: {text}");
    }
    for text in ["[warn]\nrisk = 2", "[merchant.m1.warn]\nleed = \"1h\"", "[[compensation.ladder]]\ncoupon = \"5\""] {
        ensure!(check(&policy, &json(text)?).is_err(), "fits and should not: {text}");
    }
    Ok(())
}
