//! Dockerfile, Compose, Kubernetes, systemd, Prometheus and Grafana: what they name exists.
//!
//! No YAML parser is among our dependencies, so YAML is looked at as text: its shape roughly, its contents closely.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use forewarn::cli::Cli;
use forewarn::config::{Config, Topics};
use forewarn::policy::PolicyBook;

use super::{all_keys, read, root};

const YAML: [&str; 5] = [
    "deploy/compose.yaml",
    "deploy/k8s/configmap.yaml",
    "deploy/k8s/deployment.yaml",
    "deploy/k8s/service.yaml",
    "deploy/prometheus/alerts.yml",
];
/// What dashboards and alerts have to speak of, by name.
const METRICS: [&str; 19] = [
    "forewarn_intake_lag_seconds",
    "forewarn_oldest_due_seconds",
    "forewarn_outbox_oldest_seconds",
    "forewarn_notices_total",
    "forewarn_suppressed_total",
    "forewarn_dead_letters_total",
    "forewarn_unknown_words_total",
    "forewarn_books",
    "forewarn_held_notices",
    "forewarn_wake_missed",
    "forewarn_grants",
    "forewarn_intake_stopped",
    "forewarn_clock_skew_seconds",
    "forewarn_orders_parked",
    "forewarn_channel_down_seconds",
    "forewarn_notices_unknown",
    "forewarn_quoted_dates",
    "forewarn_desk_oldest_seconds",
    "forewarn_incidents",
];

/// Every word that begins like this, without what follows it.
fn words<'t>(text: &'t str, prefix: &str, legal: impl Fn(char) -> bool) -> BTreeSet<&'t str> {
    let rest = text.match_indices(prefix).map(|(at, _)| &text[at..]);
    rest.map(|rest| &rest[..rest.find(|c: char| !legal(c)).unwrap_or(rest.len())]).collect()
}

/// The text of a block in a YAML file that begins with `name: |`, without its indentation.
fn block(text: &str, name: &str) -> Result<String> {
    let head = format!("{name}: |");
    let mut lines = text.lines().skip_while(|line| line.trim() != head);
    let first = lines.next().with_context(|| format!("no block {name}"))?;
    let indent = first.len() - first.trim_start().len();
    let inner = lines.take_while(|line| line.is_empty() || line.len() - line.trim_start().len() > indent);
    Ok(inner.map(|line| format!("{}\n", line.get(indent + 2..).unwrap_or_default())).collect())
}

#[test]
fn yaml_has_the_shape_of_yaml() -> Result<()> {
    for path in YAML {
        for (n, line) in read(path)?.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            ensure!(!line.contains('\t'), "{path}:{}: a tab", n + 1);
            ensure!(indent % 2 == 0, "{path}:{}: an odd indentation", n + 1);
            ensure!(line.trim_end() == line, "{path}:{}: blanks at the end", n + 1);
        }
    }
    Ok(())
}

#[test]
fn every_setting_in_the_environment_is_a_key() -> Result<()> {
    let keys = all_keys();
    let others = ["deploy/Dockerfile", "deploy/systemd/forewarn.service", "deploy/forewarn.toml"];
    for path in YAML.iter().chain(&others) {
        let text = read(path)?;
        let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        for name in words(&text, "FOREWARN_", legal) {
            let key = name.trim_start_matches("FOREWARN_").to_ascii_lowercase().replace("__", ".");
            ensure!(keys.contains(&key), "{path}: {name} is no setting");
        }
    }
    Ok(())
}

#[test]
fn every_command_line_is_one_the_program_takes() -> Result<()> {
    let unit = read("deploy/systemd/forewarn.service")?;
    let units = unit.lines().filter_map(|line| line.strip_prefix("ExecStart")?.split_once('='));
    let mut lines: Vec<Vec<String>> = units.map(|(_, line)| line.split(' ').map(str::to_owned).collect()).collect();
    assert_eq!(lines.len(), 2);
    for line in read("deploy/k8s/deployment.yaml")?.lines() {
        if let Some(args) = line.trim().strip_prefix("args: [") {
            let args = args.trim_end_matches(']').split(", ").map(str::to_owned);
            lines.push(std::iter::once("forewarn".to_owned()).chain(args).collect());
        }
    }
    assert_eq!(lines.len(), 4);
    let docker = read("deploy/Dockerfile")?;
    let cmd = docker.lines().find_map(|line| line.strip_prefix("CMD ")).context("no CMD")?;
    let cmd: Vec<String> = serde_json::from_str(cmd)?;
    lines.push(std::iter::once("forewarn".to_owned()).chain(cmd).collect());
    for line in lines {
        if let Err(error) = Cli::try_parse_from(&line) {
            anyhow::bail!("{line:?}: {error}");
        }
    }
    Ok(())
}

#[test]
fn the_image_is_built_from_files_that_exist_and_runs_as_nobody_special() -> Result<()> {
    let docker = read("deploy/Dockerfile")?;
    for line in docker.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        let mut words: Vec<&str> = line.split(' ').skip(1).collect();
        words.pop();
        for path in words {
            ensure!(root().join(path).exists(), "Dockerfile copies {path}, which is not there");
            let top = path.split('/').next().unwrap_or_default();
            let ignore = read("deploy/Dockerfile.dockerignore")?;
            ensure!(ignore.lines().any(|l| l == format!("!{path}") || l == format!("!{top}")), "{path} is ignored");
        }
    }
    ensure!(docker.contains("\nUSER 10001:10001\n") && docker.contains("\nHEALTHCHECK "));
    let health = docker.lines().find_map(|line| line.trim().strip_prefix("CMD [\"bash\"")).context("no check")?;
    let health: Vec<String> = serde_json::from_str(&format!("[\"bash\"{health}"))?;
    let script = health.last().context("no script")?;
    ensure!(script.contains("GET /healthz HTTP/1.0\\r\\n"), "{script}");
    Ok(())
}

/// The image is built from `src` alone, so nothing may be compiled in from elsewhere.
#[test]
fn the_program_carries_nothing_from_outside_its_sources() -> Result<()> {
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)?;
                for rest in text.split("include_str!(\"").chain(text.split("include_bytes!(\"")).skip(1) {
                    let included = folder.join(rest.split('"').next().unwrap_or_default());
                    let inside = included.canonicalize().is_ok_and(|p| p.starts_with(root().join("src")));
                    ensure!(inside || !included.is_file(), "{} includes {}", path.display(), included.display());
                }
            }
        }
    }
    Ok(())
}

#[test]
fn compose_builds_our_image_and_makes_our_topics() -> Result<()> {
    let compose = read("deploy/compose.yaml")?;
    let dockerfile =
        compose.lines().find_map(|line| line.trim().strip_prefix("dockerfile: ")).context("no dockerfile")?;
    ensure!(root().join(dockerfile).is_file(), "{dockerfile} is not there");
    let legal = |c: char| c.is_ascii_lowercase() || c == '.' || c == '-';
    let script =
        compose.split("for topic in").nth(1).and_then(|rest| rest.split("; do").next()).context("no topics")?;
    let topics = Topics::default();
    let wanted: BTreeSet<&str> = topics.all().into_iter().map(|(_, name)| name).collect();
    assert_eq!(words(script, "forewarn.", legal), wanted.iter().copied().collect());
    Ok(())
}

#[test]
fn the_compose_environment_is_a_good_configuration() -> Result<()> {
    let compose = read("deploy/compose.yaml")?;
    let pair = |line: &str| {
        let (name, value) = line.trim().split_once(": ")?;
        name.starts_with("FOREWARN_").then(|| (name.to_owned(), value.trim_matches('"').to_owned()))
    };
    let mut variables: Vec<(String, String)> = compose.lines().filter_map(pair).collect();
    ensure!(variables.len() >= 8, "{variables:?}");
    for (name, value) in &mut variables {
        if name == "FOREWARN_POLICY__FILE" {
            *value = root().join("deploy/policy.toml").to_string_lossy().into_owned();
        }
    }
    let file = root().join("deploy/forewarn.toml");
    let config = Config::load_with(Some(&file), variables).map_err(|faults| anyhow::anyhow!("{faults}"))?;
    ensure!(!config.safety.shadow && config.email.is_some() && config.kafka.brokers.is_some());
    Ok(())
}

#[test]
fn the_config_map_holds_a_good_configuration_and_policy() -> Result<()> {
    let map = read("deploy/k8s/configmap.yaml")?;
    let folder = tempfile::tempdir()?;
    let policy = block(&map, "policy.toml")?;
    fs::write(folder.path().join("policy.toml"), &policy)?;
    fs::write(folder.path().join("smtp-password"), "hush\n")?;
    let file = folder.path().join("forewarn.toml");
    fs::write(&file, block(&map, "forewarn.toml")?)?;
    let password = folder.path().join("smtp-password").to_string_lossy().into_owned();
    let variables = [("FOREWARN_EMAIL__PASSWORD_FILE".to_owned(), password)];
    let config = Config::load_with(Some(&file), variables).map_err(|faults| anyhow::anyhow!("{faults}"))?;
    ensure!(config.safety.shadow, "a first roll-out must send nothing");
    let book = PolicyBook::parse(&policy).map_err(|problems| anyhow::anyhow!("{problems:#?}"))?;
    assert_eq!(book.base().compensation.ladder.len(), 2);
    Ok(())
}

#[test]
fn alerts_and_dashboard_speak_of_what_is_measured() -> Result<()> {
    let dashboard = read("deploy/grafana/forewarn.json")?;
    let parsed: serde_json::Value = serde_json::from_str(&dashboard)?;
    let panels = parsed["panels"].as_array().context("no panels")?;
    let ids: BTreeSet<i64> = panels.iter().filter_map(|panel| panel["id"].as_i64()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels share an id");
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let wanted: BTreeSet<&str> = METRICS.into_iter().collect();
    let source = format!("{}{}", read("src/serve/metrics.rs")?, read("src/engine/words.rs")?);
    ensure!(wanted.is_subset(&words(&source, "forewarn_", legal)), "a metric is not measured");
    for (name, text) in [("alerts.yml", read("deploy/prometheus/alerts.yml")?), ("forewarn.json", dashboard)] {
        assert_eq!(words(&text, "forewarn_", legal), wanted, "{name}");
        for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
            assert_eq!(text.matches(open).count(), text.matches(close).count(), "{name}: {open} and {close}");
        }
    }
    Ok(())
}

#[test]
fn every_alert_says_what_it_means_and_how_urgent_it_is() -> Result<()> {
    let alerts = read("deploy/prometheus/alerts.yml")?;
    let rules: Vec<&str> = alerts.split("- alert: ").skip(1).collect();
    ensure!(rules.len() >= 8);
    for rule in rules {
        let name = rule.lines().next().unwrap_or_default();
        ensure!(rule.contains("severity: page") || rule.contains("severity: ticket"), "{name}: how urgent?");
        for part in ["expr: ", "summary: ", "description: "] {
            ensure!(rule.contains(part), "{name}: no {part}");
        }
    }
    Ok(())
}

#[test]
fn the_unit_is_locked_down() -> Result<()> {
    let unit = read("deploy/systemd/forewarn.service")?;
    let is_well_formed = |line: &str| {
        line.is_empty() || line.starts_with('#') || (line.starts_with('[') && line.ends_with(']')) || line.contains('=')
    };
    ensure!(unit.lines().all(is_well_formed));
    for line in ["[Unit]", "[Service]", "[Install]", "DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict"] {
        ensure!(unit.lines().any(|l| l == line), "no {line}");
    }
    Ok(())
}
