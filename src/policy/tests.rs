use forewarn_core::Span;
use forewarn_core::money::Amount;
use forewarn_core::zone::Tongue;
use proptest::prelude::*;

use super::*;

const WRITTEN_OUT: &str = r#"
[channels]
order = ["email"]
[promise]
in_stock = "2d"
presale = "7d"
made_to_order = "15d"
hours = "plain"
met_by = "handover"
renegotiate_before = "0s"
renegotiations_max = 0
[calendar]
country = "auto"
zone = "shop"
days = ["mon", "tue", "wed", "thu", "fri"]
hours = ["09:00-18:00"]
closed = []
open = []
[warn]
lead = "24h"
risk = 0.5
silence = 0.95
certain_lead = "7d"
certain_risk = 0.9
updates = 2
[quote]
confidence = 0.9
hours = "plain"
[quiet_hours]
from = "22:00"
to = "08:00"
zone = "Asia/Shanghai"
[compensation]
per_order = "30.00"
per_buyer_30d = "60.00"
per_merchant_day = "2000.00"
approve_over = "50"
allowed = true
currency = "CNY"
[[compensation.ladder]]
kind = "delay_warning"
cause = "*"
delay_at_least = "0h"
coupon = "5.00"
[limits]
per_buyer_day = 3
[holdout]
share = 0.0
per_day = 100
[parcels]
together = "15m"
[urgent]
lead = "48h"
on_the_way = "72h"
[expedite]
lead = "48h"
risk = 0.3
[penalty]
share = 0.0
at_least = "0.00"
at_most = "0.00"
currency = "CNY"
[expires]
order_accepted = "12h"
shipped = "48h"
delivered = "48h"
promise_missed = "72h"
logistics_delay = "48h"
"#;

const OVERRIDDEN: &str = r#"
[warn]
lead = "20h"
risk = 0.4
[platform.tmall.warn]
lead = "30h"
risk = 0.6
[merchant.m1.warn]
lead = "40h"
[[merchant.m1.compensation.ladder]]
kind = "promise_missed"
coupon = "9.00"
[merchant.m1.warehouse.w1.warn]
lead = "50h"
"#;

fn book(text: &str) -> PolicyBook {
    PolicyBook::parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(text: &str) -> Vec<(Option<usize>, String)> {
    let found = PolicyBook::parse(text).expect_err("faults");
    found.into_iter().map(|problem| (problem.line, problem.key)).collect()
}

fn at(line: usize, key: &str) -> (Option<usize>, String) {
    (Some(line), key.to_owned())
}

#[test]
fn a_section_the_language_did_not_have_changes_the_version_only_where_it_is_used() {
    let version = |text: &str| PolicyBook::parse(text).unwrap().version().to_owned();
    let (hold, resend) = ("[delivery]\nuncertain = \"hold\"\n", "[delivery]\nuncertain = \"resend\"\n");
    assert_eq!(version(hold), version(""));
    assert_ne!(version(resend), version(""));
    assert_eq!(version("[calendar]\ncountry = \"auto\"\n[quote]\nhours = \"plain\""), version(""));
    assert_ne!(version("[calendar]\nclosed = [\"2026-02-14\"]"), version(""));
    assert_ne!(version("[quote]\nhours = \"working\""), version(""));
    let but_one_shop = format!("{resend}[merchant.m.delivery]\nuncertain = \"hold\"\n");
    assert_ne!(version(&but_one_shop), version(resend));
}

#[test]
fn the_contracts_defaults_are_those_of_an_empty_text() {
    let written = book(WRITTEN_OUT);
    assert_eq!(*written.base(), Policy::default());
    assert_eq!(written.version(), PolicyBook::default().version());
    assert_eq!(book("").version(), PolicyBook::default().version());
    assert_eq!(book("").text(), "");
}

#[test]
fn the_version_is_of_what_is_said_not_of_how() {
    let plain = book("[warn]\nlead = \"24h\"\nrisk = 0.4\n[merchant.m1.warn]\nlead = \"48h\"");
    let other = book("# ours\n[merchant.m1]\nwarn.lead = \"2d\"\n\n[warn]\nrisk = 0.40 # braver\nlead = \"1d\"\n");
    assert_eq!(plain.version(), other.version());
    assert_eq!(plain.version().len(), 32);
    let versions = [
        "",
        "[warn]\nrisk = 0.4",
        "[merchant.m1.warn]\nrisk = 0.4",
        "[merchant.m2.warn]\nrisk = 0.4",
        "[platform.m1.warn]\nrisk = 0.4",
        "[merchant.m1.warehouse.w.warn]\nrisk = 0.4",
        "[compensation]\nladder = []",
        "[merchant.m1.compensation]\nladder = []",
    ];
    let seen: std::collections::BTreeSet<_> = versions.iter().map(|t| book(t).version().to_owned()).collect();
    assert_eq!(seen.len(), versions.len());
}

#[test]
fn the_most_specific_override_wins_key_by_key() {
    let book = book(OVERRIDDEN);
    let lead = |platform, merchant, warehouse| book.resolve(platform, merchant, warehouse).warn.lead;
    let risk = |platform, merchant, warehouse| book.resolve(platform, merchant, warehouse).warn.risk.ppm();
    assert_eq!(lead(None, "m0", None), Span::hours(20));
    assert_eq!(lead(Some("tmall"), "m0", Some("w1")), Span::hours(30));
    assert_eq!(lead(Some("tmall"), "m1", None), Span::hours(40));
    assert_eq!(lead(Some("tmall"), "m1", Some("w1")), Span::hours(50));
    assert_eq!(lead(Some("jd"), "m1", Some("w2")), Span::hours(40));
    assert_eq!(risk(Some("tmall"), "m1", Some("w1")), 600_000);
    assert_eq!(risk(None, "m1", Some("w1")), 400_000);
    let ladder = &book.resolve(None, "m1", Some("w1")).compensation.ladder;
    assert_eq!(ladder.len(), 1, "a given ladder takes the place of the one below");
    assert_eq!(ladder[0].coupon, Amount::from_thousandths(9_000));
    assert_eq!(ladder[0].cause, "*");
    assert_eq!(book.resolve(None, "m0", None).compensation, Policy::default().compensation);
}

#[test]
fn orders_without_an_override_share_one_policy() {
    let book = book(OVERRIDDEN);
    let first = book.resolve(Some("jd"), "m0", Some("w1"));
    assert!(Arc::ptr_eq(&first, &book.resolve(None, "m9", None)));
    assert!(Arc::ptr_eq(&book.resolve(None, "m1", None), &book.clone().resolve(Some("jd"), "m1", Some("w2"))));
}

#[test]
fn every_fault_of_name_and_value_is_found_at_once() {
    let text = "[warn]\nleed = \"24h\"\nrisk = 1.5\nupdates = \"two\"\n[quiet_hours]\nfrom = \"25:00\"\n\
                zone = \"Asia/Shanghia\"\n[platform.tmall.warn]\nlead = 24\n[merchant.m1]\nwarehose = 1\n\
                [merchant.m1.warehouse.w1.limits]\nper_buyer_day = -1\n[[compensation.ladder]]\ncause = \"*\"\n\
                coupon = 5.0\n[[compensation.ladder]]\nkind = \"delay_warming\"\ncoupon = \"5.00\"";
    let wanted = [
        at(2, "warn.leed"),
        at(3, "warn.risk"),
        at(4, "warn.updates"),
        at(6, "quiet_hours.from"),
        at(7, "quiet_hours.zone"),
        at(9, "platform.tmall.warn.lead"),
        at(11, "merchant.m1.warehose"),
        at(13, "merchant.m1.warehouse.w1.limits.per_buyer_day"),
        at(14, "compensation.ladder[0].kind"),
        at(16, "compensation.ladder[0].coupon"),
        at(18, "compensation.ladder[1].kind"),
    ];
    assert_eq!(problems(text), wanted);
}

#[test]
fn a_slip_of_the_pen_is_answered_with_the_key_that_was_meant() {
    let remedy = |text| PolicyBook::parse(text).expect_err("a fault")[0].remedy.clone();
    assert_eq!(remedy("[warn]\nleed = \"1h\""), "did you mean `lead`?");
    assert_eq!(remedy("[merchnt.m1.warn]\nlead = \"1h\""), "did you mean `merchant`?");
    assert_eq!(remedy("[merchant.m1.warehuse.w1.warn]\nlead = \"1h\""), "did you mean `warehouse`?");
    assert!(remedy("[holdout]\nxyzzy = 1").starts_with("known here: share"));
}

#[test]
fn a_calendar_is_laid_over_by_platform_shop_and_warehouse() {
    let text = "[promise]\nhours = \"working\"\n[calendar]\ncountry = \"CN\"\nclosed = [\"2026-02-10\"]\n\
                [platform.tmall.calendar]\ndays = [\"mon\", \"sat\"]\n[merchant.m1.calendar]\n\
                hours = [\"10:00-22:00\"]\n[merchant.m1.warehouse.w1.calendar]\ncountry = \"US\"\n\
                zone = \"America/New_York\"\nclosed = []";
    let policy = book(text).resolve(Some("tmall"), "m1", Some("w1"));
    let calendar = &policy.calendar;
    assert_eq!((calendar.days.len(), calendar.hours[0].to_string().as_str()), (2, "10:00-22:00"));
    assert_eq!((calendar.country.as_str(), policy.calendar().zone().name()), ("US", "America/New_York"));
    assert_eq!(calendar.closed, []);
    let elsewhere = book(text).resolve(None, "m1", None);
    assert_eq!((elsewhere.calendar.country.as_str(), elsewhere.calendar.closed.len()), ("CN", 1));
}

#[test]
fn a_bad_day_or_hour_is_named_with_its_line_and_what_to_write() {
    let text = "[calendar]\ncountry = \"FR\"\ndays = [\"monday\"]\nhours = [\"9-18\"]\n\
                closed = [\"2026-02-30\"]\nopen = \"2026-02-14\"\nzone = \"Mars/Olympus\"";
    let found = PolicyBook::parse(text).expect_err("faults");
    let told: Vec<_> = found.iter().map(|p| (p.line, p.key.as_str(), p.remedy.as_str())).collect();
    let days = "give a list of days, such as [\"2026-02-14\", \"2026-02-16..2026-02-22\"]";
    let expected = [
        (Some(2), "calendar.country", "give one of \"auto\", \"none\", \"CN\", \"US\", \"GB\", \"DE\", \"JP\""),
        (Some(3), "calendar.days.0", "give one of \"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\""),
        (Some(4), "calendar.hours.0", "give a list of hours, such as [\"09:00-12:00\", \"13:00-18:00\"]"),
        (Some(5), "calendar.closed.0", days),
        (Some(6), "calendar.open", days),
        (
            Some(7),
            "calendar.zone",
            "give the name of a time zone, such as \"Asia/Shanghai\", or \"shop\" for the shop's",
        ),
    ];
    assert_eq!(told, expected);
}

#[test]
fn every_fault_of_syntax_is_found_at_once() {
    let lines: Vec<_> =
        problems("[warn\nlead = \"1h\"\nrisk = = 1\n").into_iter().filter_map(|(line, _)| line).collect();
    assert!(lines.contains(&1) && lines.contains(&3), "{lines:?}");
}

#[test]
fn an_override_that_is_no_section_is_a_fault() {
    assert_eq!(problems("platform = 3"), [at(1, "platform")]);
    assert_eq!(problems("[merchant]\nm1 = \"x\"\n[warn]\nrisk = 2"), [at(2, "merchant.m1"), at(4, "warn.risk")]);
}

#[test]
fn rules_are_checked_for_the_base_and_every_combination_and_told_once() {
    // A lead of 8d is fine where certain_lead is 9d, and a fault where only the base's 7d stands.
    let text = "[quote]\nconfidence = 0.2\n[platform.a.warn]\ncertain_lead = \"9d\"\n[platform.b.warn]\nrisk = 0.6\n\
                [merchant.m1.warn]\nlead = \"8d\"\n[merchant.m1.warehouse.w1.limits]\nper_buyer_day = 0";
    let wanted = [
        at(2, "quote.confidence"),
        at(7, "merchant.m1.warn.certain_lead"),
        at(10, "merchant.m1.warehouse.w1.limits.per_buyer_day"),
    ];
    assert_eq!(problems(text), wanted);
}

#[test]
fn faults_are_told_in_both_languages() {
    let text = "[promise]\nin_stock = \"0s\"\nmade_to_order = \"366d\"\nhours = \"working\"\n\
                [calendar]\ndays = [\"mon\", \"mon\"]\nhours = []\nclosed = [\"2026-02-14\"]\n\
                open = [\"2026-02-14\"]\n[notices]\nkinds = [\"shipped\", \"shipped\"]\n[quiet_hours]\nzone = \"Europe/Paris\"\n[warn]\nlead = \"31d\"\nrisk = 0\n\
                certain_lead = \"1h\"\nupdates = 11\n[quote]\nconfidence = 0.1\n[channels]\norder = []\n\
                [limits]\nper_buyer_day = 0\n[[compensation.ladder]]\nkind = \"shipped\"\ncause = \"moon\"\n\
                coupon = \"0\"\n[[compensation.ladder]]\nkind = \"shipped\"\ncoupon = \"31\"";
    let found = PolicyBook::parse(text).expect_err("faults");
    assert!(found.len() >= 16, "{found:#?}");
    for problem in found {
        let chinese = format!("{}{}", problem.message_in(Tongue::Chinese), problem.remedy_in(Tongue::Chinese));
        assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{problem:?}");
        assert_eq!(problem.message_in(Tongue::English), problem.message);
    }
}

#[test]
fn too_many_combinations_are_refused() {
    let platforms: String = (0..200).map(|n| format!("[platform.p{n}.warn]\nrisk = 0.4\n")).collect();
    let merchants: String = (0..200).map(|n| format!("[merchant.m{n}.warn]\nrisk = 0.4\n")).collect();
    assert_eq!(problems(&format!("{platforms}{merchants}")), [(None, "merchant".to_owned())]);
    assert_eq!(problems(&"#".repeat(1024 * 1024 + 1)), [(None, String::new())]);
}

#[test]
fn an_edit_changes_what_differs_and_leaves_the_rest_of_the_text_alone() {
    let text =
        "# our policy\n[warn]\nlead = \"24h\" # one day\nrisk = 0.5\n\n[merchant.m1.warn] # a shop\nlead = \"2d\"\n";
    let before = book(text);
    let same = before.with_base(&PolicyEdit::of(before.base())).expect("no change");
    assert_eq!(same.text(), text);
    let edit = PolicyEdit {
        lead: "36h".into(),
        confidence: "0.8".into(),
        per_order: "20".into(),
        ..PolicyEdit::of(before.base())
    };
    let after = before.with_base(&edit).expect("good");
    assert!(after.text().contains("# our policy\n[warn]\nlead = \"36h\" # one day\nrisk = 0.5\n"), "{}", after.text());
    assert!(after.text().contains("[merchant.m1.warn] # a shop\nlead = \"2d\"\n"), "{}", after.text());
    assert_eq!(after.base().warn.lead, Span::hours(36));
    assert_eq!(after.base().quote.confidence.ppm(), 800_000);
    assert_eq!(after.base().compensation.per_order, Some(Amount::from_thousandths(20_000)));
    assert_eq!(after.resolve(None, "m1", None).warn.lead, Span::hours(48));
    assert_ne!(after.version(), before.version());
}

#[test]
fn an_edit_of_the_ladder_replaces_it_and_an_empty_field_takes_the_default() {
    let before = book("[warn]\nrisk = 0.4\n[compensation]\nladder = []\ncurrency = \"CNY\"");
    assert_eq!(PolicyEdit::of(before.base()).ladder, "");
    let ladder = "delay_warning * 0h 5.00\n\npromise_missed, out_of_stock, 2d, 8\n";
    let edit = PolicyEdit { ladder: ladder.into(), risk: String::new(), ..PolicyEdit::of(before.base()) };
    let after = before.with_base(&edit).expect("good");
    assert_eq!(after.base().warn.risk.ppm(), 500_000);
    let written = PolicyEdit::of(after.base()).ladder;
    assert_eq!(written, "delay_warning * 0h 5.00\npromise_missed out_of_stock 48h 8.00");
    let none = after.with_base(&PolicyEdit { ladder: " ".into(), ..PolicyEdit::of(after.base()) }).expect("good");
    assert!(none.base().compensation.ladder.is_empty());
    let again = none.with_base(&PolicyEdit { ladder: written.clone(), ..PolicyEdit::of(none.base()) }).expect("good");
    assert_eq!(again.version(), after.version());
}

#[test]
fn every_faulty_field_of_an_edit_is_named() {
    let edit = PolicyEdit {
        lead: "soon".into(),
        risk: "high".into(),
        updates: "-1".into(),
        quiet_from: "25:00".into(),
        zone: "Mars".into(),
        currency: "YUAN".into(),
        per_order: "-3".into(),
        ladder: "delay_warning * 5.00\nnonsense * 0h 5.00".into(),
        ..PolicyEdit::of(&Policy::default())
    };
    let found = PolicyBook::default().with_base(&edit).expect_err("faults");
    let fields: std::collections::BTreeSet<_> = found.iter().filter_map(|p| PolicyEdit::field_of(&p.key)).collect();
    let wanted = ["currency", "ladder", "lead", "per_order", "quiet_from", "risk", "updates", "zone"];
    assert!(fields.iter().eq(wanted.iter()), "{found:#?}");
    assert!(found.iter().all(|p| PolicyEdit::field_of(&p.key).is_some()), "{found:#?}");
}

#[test]
fn the_fields_of_an_edit_are_its_keys() {
    let json = serde_json::to_value(PolicyEdit::of(&Policy::default())).expect("an object");
    let fields: std::collections::BTreeSet<&str> =
        json.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(fields, PolicyEdit::KEYS.iter().map(|(field, _)| *field).collect());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "[a-z\\[\\]\\.=\"{}#\n 0-9]{0,200}") {
        if let Ok(book) = PolicyBook::parse(&text) {
            prop_assert!(book.version().len() == 32);
        }
    }

    #[test]
    fn damaged_texts_never_make_reading_panic(cut in 0usize..1200, junk in "[\\[\\]=\"'{}\n.]{1,3}") {
        let mut text = format!("{WRITTEN_OUT}{OVERRIDDEN}");
        let at = cut.min(text.len());
        text.insert_str(at, &junk);
        if let Err(problems) = PolicyBook::parse(&text) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn an_edit_reads_back_as_it_was_written(lead in 1i64..168, risk in 1u32..=90, updates in 0u32..=10) {
        let edit = PolicyEdit {
            lead: format!("{lead}h"),
            risk: format!("{}", f64::from(risk) / 100.0),
            updates: updates.to_string(),
            ..PolicyEdit::of(&Policy::default())
        };
        let book = PolicyBook::default().with_base(&edit).expect("good");
        prop_assert_eq!(book.base().warn.lead, Span::hours(lead));
        prop_assert_eq!(book.base().warn.risk.ppm(), risk * 10_000);
        prop_assert_eq!(book.base().warn.updates, updates);
    }
}
