use std::fs;

use super::*;

fn report(args: &CheckArgs) -> (bool, String) {
    let mut out = Vec::new();
    let good = run(args, &mut out).expect("a report");
    (good, String::from_utf8(out).expect("text"))
}

fn english() -> CheckArgs {
    CheckArgs { lang: Some(Lang::En), ..CheckArgs::default() }
}

#[test]
fn what_is_built_in_is_well() {
    assert_eq!(report(&english()), (true, "all is well\n".to_owned()));
}

#[test]
fn every_fault_of_every_part_is_named_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("forewarn.toml"), "[engine]\nleese = \"1m\"\nwake_batch = 0").expect("a file");
    fs::write(at("policy.toml"), "[warn]\nrisk = 1.5\nleed = \"1h\"").expect("a file");
    fs::create_dir_all(at("t/en/shipped")).expect("a folder");
    fs::write(at("t/en/shipped/subject.txt.j2"), "{{ nothing_of_the_kind }}").expect("a file");
    let args = CheckArgs {
        config: Some(at("forewarn.toml")),
        policy: Some(at("policy.toml")),
        templates: Some(at("t")),
        ..english()
    };
    let (good, text) = report(&args);
    assert!(!good);
    let first = |name: &str| format!("{}:", at(name).display());
    let wanted = [
        format!("{}2: engine.leese: there is no such key; did you mean `lease`?", first("forewarn.toml")),
        format!(
            "{}2: warn.risk: cannot be used (1.5 is not a share between 0 and 1); give a number",
            first("policy.toml")
        ),
        format!("{}3: warn.leed: there is no such key; did you mean `lead`?", first("policy.toml")),
        first("t/en/shipped/subject.txt.j2"),
    ];
    for line in wanted {
        assert!(text.lines().any(|l| l.starts_with(&line)), "{line}\nin\n{text}");
    }
    assert!(text.lines().last().is_some_and(|last| last.ends_with(" faults")), "{text}");
}

#[test]
fn what_the_configuration_names_is_checked_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("forewarn.toml"), "[policy]\nfile = \"rules.toml\"").expect("a file");
    fs::write(at("rules.toml"), "[warn]\nrisk = 0.4").expect("a file");
    let args = CheckArgs { config: Some(at("forewarn.toml")), lang: Some(Lang::Zh), ..CheckArgs::default() };
    assert_eq!(report(&args), (true, "一切正常\n".to_owned()));
    fs::write(at("rules.toml"), "[warn]\nrisk = 4").expect("a file");
    let (good, text) = report(&args);
    assert!(!good && text.starts_with(&format!("{}:2: warn.risk", at("rules.toml").display())), "{text}");
}

#[test]
fn a_missing_file_is_a_fault() {
    let args = CheckArgs { policy: Some("/nowhere/policy.toml".into()), ..english() };
    let (good, text) = report(&args);
    assert!(!good && text.starts_with("/nowhere/policy.toml: cannot be read"), "{text}");
    let args = CheckArgs { templates: Some("/nowhere/templates".into()), ..english() };
    assert!(!report(&args).0);
}

#[test]
fn faults_are_told_in_chinese() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "[warn]\nrisk = 0\ncertain_lead = \"1h\"").expect("a file");
    let args = CheckArgs { policy: Some(policy), lang: Some(Lang::Zh), ..CheckArgs::default() };
    let (good, text) = report(&args);
    assert!(!good);
    assert!(text.contains("warn.risk: 填 0 会给每位买家都发预警;请填大于 0 的数"), "{text}");
    assert!(text.ends_with("共 2 处问题\n"), "{text}");
}

#[test]
fn calendars_say_which_years_they_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("policy.toml");
    let place = policy.display();
    let check = |text: &str, lang| {
        fs::write(&policy, text).expect("a file");
        report(&CheckArgs { policy: Some(policy.clone()), lang: Some(lang), ..CheckArgs::default() })
    };
    let shops = "[promise]\nhours = \"working\"\n[merchant.m1.quiet_hours]\nzone = \"Europe/Berlin\"\n\
                 [merchant.m2.calendar]\ncountry = \"none\"\n";
    let expected = format!(
        "{place}: calendar: Asia/Shanghai mon/tue/wed/thu/fri 09:00-18:00; holidays of CN: 2026; unverified: 2027; any \
         other year has weekends and your own days alone\n\
         {place}: calendar: Asia/Shanghai mon/tue/wed/thu/fri 09:00-18:00; no public holidays, only weekends and your \
         own days\n\
         {place}: calendar: Europe/Berlin mon/tue/wed/thu/fri 09:00-18:00; holidays of DE: 2026, 2027; any other year \
         has weekends and your own days alone\n\
         all is well\n"
    );
    assert_eq!(check(shops, Lang::En), (true, expected));
    let (good, text) = check("[quote]\nhours = \"working\"", Lang::Zh);
    assert!(good && text.contains("CN 的节假日：2026；未经核实：2027；其他年份只按周末"), "{text}");
    let (good, text) = check("[calendar]\nclosed = [\"2026-02-14\"]", Lang::En);
    assert!(good && text.contains("nothing reads it; set promise.hours or quote.hours"), "{text}");
}

#[test]
fn what_is_taken_from_hearsay_is_said_with_its_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("policy.toml");
    let check = |text: &str| {
        fs::write(&policy, text).expect("a file");
        report(&CheckArgs { policy: Some(policy.clone()), ..english() })
    };
    assert_eq!(check("[profile]\ntrust = \"verified\""), (true, "all is well\n".to_owned()));
    let (good, text) = check("[platform.tmall.profile]\ntrust = \"all\"");
    assert!(
        good && text.contains("profile tmall: promise.met_by is unverified, looked up on 2026-11-23: mwxk"),
        "{text}"
    );
}
