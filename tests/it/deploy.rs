//! What lies in `deploy/` works with the program as it is: examples load, keys exist, flags are known, names agree.

mod examples;
mod manifests;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("read {path}"))
}

fn table(text: &str) -> Result<toml::Table> {
    text.parse().context("parse TOML")
}

/// The example with every key it shows switched on, those that name a secret's file only if asked for.
fn everything_on(example: &str, with_secret_files: bool) -> String {
    let is_key = |rest: &str| rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase());
    let is_secret_file = |rest: &str| {
        let key = rest.split(' ').next().unwrap_or_default();
        key.ends_with("_file") && key != "ca_file"
    };
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if is_key(rest) && (with_secret_files || !is_secret_file(rest)) => {
            format!("{rest}\n")
        }
        _ => format!("{line}\n"),
    };
    example.lines().map(line).collect()
}

/// Every value that is no table, by its dotted key, with `*` for the id of a shop.
fn leaves(table: &toml::Table) -> BTreeMap<String, toml::Value> {
    fn walk(table: &toml::Table, within: &str, found: &mut BTreeMap<String, toml::Value>) {
        for (key, value) in table {
            let key = if within == "shop." { "*" } else { key.as_str() };
            match value {
                toml::Value::Table(inner) => walk(inner, &format!("{within}{key}."), found),
                other => {
                    found.insert(format!("{within}{key}"), other.clone());
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(table, "", &mut found);
    found
}

fn all_keys() -> BTreeSet<String> {
    forewarn::config::keys().into_iter().collect()
}
