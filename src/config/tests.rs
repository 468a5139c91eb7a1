use std::fs;

use secrecy::ExposeSecret;

use super::*;

const NOTHING: [(String, String); 0] = [];

fn env<const N: usize>(pairs: [(&str, &str); N]) -> [(String, String); N] {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn with_file<T>(text: &str, act: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("forewarn.toml");
    fs::write(&file, text).expect("a file");
    act(&file)
}

/// Loads `text` as a file, with the faults as `line key`.
fn load<const N: usize>(text: &str, pairs: [(&str, &str); N]) -> Result<Config, Vec<String>> {
    with_file(text, |file| Config::load_with(Some(file), env(pairs))).map_err(|faults| {
        let named = |fault: &Fault| match &fault.place {
            Place::File { line, .. } => format!("{} {}", line.unwrap_or(0), fault.key),
            Place::Environment(name) => format!("${name} {}", fault.key),
            Place::BuiltIn => format!("- {}", fault.key),
        };
        faults.0.iter().map(named).collect()
    })
}

#[test]
fn nothing_given_is_a_good_configuration() {
    let config = Config::load_with(None, NOTHING).expect("defaults are good");
    assert!(config.safety.shadow, "a first start must send nothing");
    assert_eq!(config.console.public_url(), "http://127.0.0.1:8080");
    assert_eq!(config.kafka.topics.dead_letters, "forewarn.dead-letters");
    assert!(config.kafka.brokers.is_none() && config.email.is_none());
    assert!(load("", []).is_ok());
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_defaults() {
    let text = "[kafka]\nbrokers = \"a:1\"\ngroup = \"file\"\n[engine]\nlease = \"3m\"";
    let config = load(text, [("FOREWARN_KAFKA__GROUP", "env"), ("FOREWARN_ENGINE__WAKE_BATCH", "7")]);
    let config = config.expect("good");
    assert_eq!(config.kafka.brokers.as_deref(), Some("a:1"));
    assert_eq!(config.kafka.group, "env");
    assert_eq!(config.engine.wake_batch, 7);
    assert_eq!(config.engine.lease, forewarn_core::Span::minutes(3));
    assert_eq!(config.engine.deliver_concurrency, 12);
}

#[test]
fn a_variable_is_taken_as_the_very_text_where_text_is_wanted() {
    let pairs = [
        ("FOREWARN_KAFKA__GROUP", "2026"),
        ("FOREWARN_INTAKE__HTTP_TOKEN", "\"0234567890123456\""),
        ("FOREWARN_MAILBOX__ENABLED", "true"),
    ];
    let config = load("", pairs).expect("good");
    assert_eq!(config.kafka.group, "2026");
    let token = config.intake.http_token.expect("a token");
    assert_eq!(token.expose_secret(), "\"0234567890123456\"");
    assert!(config.mailbox.enabled);
}

#[test]
fn every_number_and_truth_value_can_come_from_a_variable() {
    let defaults: toml::Table = Config::default().redacted().parse().expect("TOML");
    for (section, values) in &defaults {
        for (key, value) in values.as_table().into_iter().flatten() {
            if value.is_integer() || value.is_bool() {
                let name = format!("FOREWARN_{section}__{key}").to_ascii_uppercase();
                assert!(load("", [(name.as_str(), value.to_string().as_str())]).is_ok(), "{name}");
            }
        }
    }
}

#[test]
fn variables_that_are_no_settings_are_left_alone() {
    let pairs = [
        ("FOREWARN_PORT", "tcp://10.0.0.1:8080"),
        ("FOREWARN_SERVICE_HOST", "10.0.0.1"),
        ("FOREWARN_KAFKA__GROUP", ""),
        ("PATH", "/bin"),
    ];
    assert_eq!(load("", pairs).expect("good").kafka.group, "forewarn");
}

#[test]
fn every_fault_is_named_at_once_with_its_place() {
    let text = "[kafka]\nbrokerz = \"a:1\"\nbatch_events = \"many\"\n[intake]\nmax_lag = 5\n\
                [email]\nport = 70000\n[stoer]\npath = \"x\"\n[log]\nformat = \"xml\"";
    let faults = load(text, [("FOREWARN_SAFETY__SHADOW", "maybe")]).expect_err("faults");
    let wanted = [
        "2 kafka.brokerz",
        "3 kafka.batch_events",
        "5 intake.max_lag",
        "6 email.from",
        "6 email.host",
        "7 email.port",
        "8 stoer",
        "11 log.format",
        "$FOREWARN_SAFETY__SHADOW safety.shadow",
    ];
    assert_eq!(faults, wanted);
}

#[test]
fn every_broken_rule_is_named_at_once_with_its_place() {
    let text = "[kafka]\nbatch_wait_ms = 0\nsecurity_protocol = \"sasl_ssl\"\n[safety]\nshadow = false\n\
                [cron]\nprune = \"daily\"\n[shop.\"a.b\"]\nreply_to = \"nobody\"";
    let faults = load(text, [("FOREWARN_ENGINE__LEASE", "1s")]).expect_err("faults");
    let wanted = [
        "1 kafka.password",
        "1 kafka.sasl_mechanism",
        "1 kafka.username",
        "2 kafka.batch_wait_ms",
        "5 safety.shadow",
        "7 cron.prune",
        "9 shop.\"a.b\".reply_to",
        "$FOREWARN_ENGINE__LEASE engine.lease",
    ];
    assert_eq!(faults, wanted);
}

#[test]
fn a_slip_of_the_pen_is_answered_with_the_key_that_was_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("forewarn.toml");
    fs::write(&file, "[email]\npasword_file = \"x\"").expect("a file");
    let faults = Config::load_with(Some(&file), NOTHING).expect_err("a fault");
    let fault = faults.0.iter().find(|f| f.key == "email.pasword_file").expect("named");
    assert_eq!(fault.remedy.of(forewarn_core::zone::Tongue::English), "did you mean `password_file`?");
    assert_eq!(fault.remedy.of(forewarn_core::zone::Tongue::Chinese), "是不是想写 `password_file`?");
}

#[test]
fn faults_of_syntax_are_all_named_and_bring_no_false_ones() {
    let faults = load("[email]\nhost = \nfrom = \"a@b.example\n[log]\nfromat = \"json\"", []).expect_err("faults");
    assert!(faults.iter().any(|f| f.starts_with("2 ")) && faults.iter().any(|f| f.starts_with("3 ")), "{faults:?}");
    assert!(faults.contains(&"5 log.fromat".to_owned()), "{faults:?}");
    assert!(!faults.iter().any(|f| f.ends_with("email.host")), "{faults:?}");
}

#[test]
fn secrets_are_read_from_files_beside_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("token"), "a-token-of-24-characters\n").expect("a file");
    let file = folder.path().join("forewarn.toml");
    fs::write(&file, "[intake]\nhttp_token_file = \"token\"").expect("a file");
    let config = Config::load_with(Some(&file), NOTHING).expect("good");
    let token = config.intake.http_token.expect("a token");
    assert_eq!(token.expose_secret(), "a-token-of-24-characters");
}

#[test]
fn a_secret_given_twice_or_missing_is_a_fault() {
    let faults = load("[intake]\nhttp_token = \"x\"\nhttp_token_file = \"nowhere\"", []).expect_err("faults");
    assert_eq!(faults, ["3 intake.http_token_file", "3 intake.http_token_file"]);
}

#[test]
fn a_relative_path_starts_from_the_files_folder_and_one_of_the_environment_does_not() {
    let config = load("[store]\npath = \"data/f.db\"", []).expect("good");
    assert!(config.store.path.is_absolute() && config.store.path.ends_with("data/f.db"));
    let config = load("[store]\npath = \"data/f.db\"", [("FOREWARN_STORE__PATH", "here.db")]).expect("good");
    assert_eq!(config.store.path, Path::new("here.db"));
    assert_eq!(load("", []).expect("good").store.path, Path::new("forewarn.db"));
}

#[test]
fn an_unreadable_file_is_a_fault_of_its_own() {
    let faults = Config::load_with(Some(Path::new("/nowhere/forewarn.toml")), NOTHING).expect_err("a fault");
    assert!(faults.to_string().contains("/nowhere/forewarn.toml: cannot be read"), "{faults}");
}

#[test]
fn no_secret_is_printed() {
    let secret = format!("whsec_{}", "c2VjcmV0".repeat(4));
    let text = format!(
        "[kafka]\nsecurity_protocol = \"sasl_ssl\"\nsasl_mechanism = \"plain\"\nusername = \"hush-name\"\n\
         password = \"hush-1\"\n[intake]\nhttp_token = \"hush-2-hush-2-hush-2\"\n\
         [console]\nlink_secret = \"hush-3-hush-3-hush-3-hush-3-hush-3\"\n\
         [email]\nhost = \"mail.example\"\nfrom = \"shop@mail.example\"\nusername = \"u\"\npassword = \"hush-4\"\n\
         [webhook.sms]\nurl = \"https://gw.example/hush-5?k=hush-6\"\nsecret = \"{secret}\""
    );
    let config = load(&text, []).expect("good");
    for printed in [config.redacted(), format!("{config:?}")] {
        for hushed in ["hush-1", "hush-2", "hush-3", "hush-4", "hush-5", "hush-6", secret.as_str()] {
            assert!(!printed.contains(hushed), "{hushed} in {printed}");
        }
    }
    let printed: toml::Table = config.redacted().parse().expect("TOML");
    assert_eq!(printed["intake"]["http_token"].as_str(), Some("***"));
    assert_eq!(printed["webhook"]["sms"]["url"].as_str(), Some("https://gw.example/***"));
    assert_eq!(printed["engine"]["lease"].as_str(), Some("2m"));
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let faults = load("[webhook.sms]\nurl = \"https://a.example\"\nsecret = 12345678", []);
    assert_eq!(faults.expect_err("a fault"), ["3 webhook.sms.secret"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("forewarn.toml");
    fs::write(&file, "[kafka]\npassword = 12345678").expect("a file");
    let faults = Config::load_with(Some(&file), NOTHING).expect_err("a fault");
    assert!(!faults.to_string().contains("12345678"), "{faults}");
}

#[test]
fn a_shop_fills_its_gaps_from_the_defaults() {
    let config = load("[shop_defaults]\nlocale = \"en\"\nname = \"Shop\"\n[shop.m1]\nname = \"One\"", []);
    let config = config.expect("good");
    assert_eq!(config.shop("m1").name.as_deref(), Some("One"));
    assert_eq!(config.shop("m1").locale.as_deref(), Some("en"));
    assert_eq!(config.shop("m2").name.as_deref(), Some("Shop"));
}

#[test]
fn links_need_an_address_before_anything_is_sent() {
    let live = "[safety]\nshadow = false\n[mailbox]\nenabled = true\n[console]\nlisten = \"0.0.0.0:8080\"\n";
    assert_eq!(load(live, []).expect_err("a fault"), ["5 console.public_url"]);
    let config = load(live, [("FOREWARN_CONSOLE__PUBLIC_URL", "https://notices.example.com/")]).expect("good");
    assert_eq!(config.console.public_url(), "https://notices.example.com");
}

#[test]
fn the_keys_are_those_of_the_types() {
    let (roots, webhooks) = keys::sections();
    let keys = keys();
    for root in roots {
        assert!(keys.iter().any(|key| key.split('.').next() == Some(root)), "no keys for [{root}]");
    }
    assert_eq!(webhooks, ["sms", "im"]);
    for key in ["kafka.password_file", "email.reply_timeout", "kafka.topics.expedite", "shop.*.support"] {
        assert!(keys.iter().any(|k| k == key), "{key} in {keys:?}");
    }
}

#[test]
fn every_key_with_a_value_of_another_kind_is_one_fault_with_a_remedy_in_both_languages() {
    for key in keys().iter().filter(|key| !key.ends_with("_file") || key.ends_with("ca_file")) {
        let (section, name) = key.rsplit_once('.').expect("a section");
        let section = section.replace('*', "m1");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("forewarn.toml");
        fs::write(&file, format!("[{section}]\n{name} = [{{ a = 1 }}]")).expect("a file");
        let faults = Config::load_with(Some(&file), NOTHING).expect_err(key);
        let own: Vec<_> = faults.0.iter().filter(|fault| fault.key == key.replace('*', "m1")).collect();
        assert_eq!(own.len(), 1, "{key}: {faults}");
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(is_chinese(own[0].line(forewarn_core::zone::Tongue::Chinese).as_str()), "{key}");
    }
}

#[test]
fn a_password_stays_out_of_the_address_and_out_of_print() {
    let faults = load("[store]\nurl = \"postgres://f:hunter2@db/f\"", []).expect_err("addresses are printed");
    assert_eq!(faults, ["2 store.url"]);
    assert_eq!(load("[store]\nurl = \"postgres://f@db:x/f\"", []).expect_err("no port"), ["2 store.url"]);
    assert_eq!(load("[store]\npassword = \"hunter2\"", []).expect_err("no use"), ["2 store.password"]);
    let pairs = [("FOREWARN_STORE__URL", "postgres://f@a,b/f"), ("FOREWARN_STORE__PASSWORD", "hunter2")];
    let config = load("", pairs).expect("good");
    assert_eq!(config.store.password.as_ref().map(ExposeSecret::expose_secret), Some("hunter2"));
    assert!(!config.redacted().contains("hunter2") && config.redacted().contains("postgres://f@a,b/f"));
}
