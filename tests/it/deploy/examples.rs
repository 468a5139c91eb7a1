//! `forewarn.toml` and `policy.toml`, read by the program itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use forewarn::config::Config;
use forewarn::policy::PolicyBook;
use forewarn_core::policy::Policy;

use super::{all_keys, everything_on, leaves, read, root, table};

const NOTHING: [(String, String); 0] = [];

fn load(path: &Path) -> Result<Config> {
    Config::load_with(Some(path), NOTHING).map_err(|faults| anyhow::anyhow!("{faults}"))
}

/// Values an example cannot show as they must be: secrets, and files that stand on the reader's machine.
fn filled_in(example: &str) -> String {
    let mut n = 0;
    let line = |line: &str| {
        n += 1;
        if line.starts_with("ca_file") {
            return String::new();
        }
        let random = format!("{n:0>32}");
        line.replace("\"...\"", &format!("\"{random}\"")).replace("\"whsec_...\"", &format!("\"whsec_{random}\""))
            + "\n"
    };
    example.lines().map(line).collect()
}

#[test]
fn the_example_names_every_key_and_no_other() -> Result<()> {
    let example = everything_on(&read("deploy/forewarn.toml")?, true);
    let named: BTreeSet<String> = leaves(&table(&example)?).into_keys().collect();
    assert_eq!(named, all_keys());
    Ok(())
}

#[test]
fn the_example_as_it_stands_is_the_default() -> Result<()> {
    let config = load(&root().join("deploy/forewarn.toml"))?;
    assert_eq!(config.redacted(), Config::default().redacted());
    Ok(())
}

#[test]
fn the_example_with_everything_on_is_a_good_configuration() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("forewarn.toml");
    fs::write(&file, filled_in(&everything_on(&read("deploy/forewarn.toml")?, false)))?;
    fs::copy(root().join("deploy/policy.toml"), folder.path().join("policy.toml"))?;
    fs::create_dir(folder.path().join("templates"))?;
    let config = load(&file)?;
    ensure!(config.email.is_some() && config.webhook.all().count() == 2);
    ensure!(config.shop("m-1001").report_to.as_deref() == Some("owner@shop.example.com"));
    Ok(())
}

#[test]
fn the_example_shows_the_defaults_it_speaks_of() -> Result<()> {
    let shown = leaves(&table(&everything_on(&read("deploy/forewarn.toml")?, true))?);
    // Shown with another value, so that the keys around it make sense.
    let other = BTreeSet::from(["kafka.security_protocol"]);
    for (key, default) in leaves(&table(&Config::default().redacted())?) {
        if !other.contains(key.as_str()) {
            assert_eq!(shown.get(&key), Some(&default), "{key}");
        }
    }
    Ok(())
}

#[test]
fn every_key_of_the_example_is_explained() -> Result<()> {
    let example = read("deploy/forewarn.toml")?;
    let mut explained = false;
    for (n, line) in example.lines().enumerate() {
        let is_comment = line.starts_with("# ");
        let is_key = !is_comment && line.trim_start_matches('#').contains(" = ");
        // A secret's file stands below the secret and shares its explanation.
        let shares = line.starts_with('#') && line.contains("_file = ") && explained;
        ensure!(!is_key || explained || shares, "forewarn.toml:{}: nothing explains this key", n + 1);
        explained = is_comment || (is_key && explained && !line.contains("_file = "));
    }
    Ok(())
}

#[test]
fn the_policy_is_good_and_names_every_key_with_its_default() -> Result<()> {
    let text = read("deploy/policy.toml")?;
    let book = PolicyBook::parse(&text).map_err(|problems| anyhow::anyhow!("{problems:#?}"))?;
    // What platform profiles speak of is shown switched off, or it would stand over them.
    let shown = everything_on(&text, true);
    let written = leaves(&table(&shown)?);
    let default = table(&toml::to_string(&Policy::default())?)?;
    for key in leaves(&default).into_keys() {
        ensure!(written.contains_key(&key), "policy.toml leaves out {key}");
    }
    let all_on = PolicyBook::parse(&shown).map_err(|problems| anyhow::anyhow!("{problems:#?}"))?;
    assert_eq!(all_on.base(), book.base(), "what is shown switched off is the default");
    ensure!(!book.resolve(Some("amazon"), "m", None).compensation.allowed, "the example silences a profile");
    let mut base = book.base().clone();
    base.compensation.ladder = Policy::default().compensation.ladder;
    assert_eq!(base, Policy::default(), "only the ladder may differ from the defaults");
    Ok(())
}

#[test]
fn the_ladder_answers_the_sorest_cases() -> Result<()> {
    let text = read("deploy/policy.toml")?;
    let ladder = table(&text)?["compensation"]["ladder"].as_array().cloned().context("no ladder")?;
    for (key, value) in [("kind", "promise_missed"), ("kind", "delay_update"), ("cause", "out_of_stock")] {
        let found = ladder.iter().any(|rung| rung.get(key).and_then(toml::Value::as_str) == Some(value));
        ensure!(found, "no rung for {value}");
    }
    Ok(())
}

#[test]
fn the_overrides_shown_in_the_policy_are_good() -> Result<()> {
    let text = read("deploy/policy.toml")?;
    let shown: String =
        text.lines().filter_map(|line| line.strip_prefix("#   ")).map(|line| format!("{line}\n")).collect();
    let book = PolicyBook::parse(&shown).map_err(|problems| anyhow::anyhow!("{problems:#?}"))?;
    let lead = book.resolve(Some("tmall"), "m-1001", Some("hangzhou")).warn.lead;
    assert_eq!(lead, forewarn_core::Span::hours(48));
    Ok(())
}
