//! The data of the profiles, and where they stand among the layers of a document.

use forewarn_core::money::{Amount, Money};
use forewarn_core::notice::Kind;
use forewarn_core::policy::{MetBy, Policy, Trust};
use forewarn_core::{Instant, Span};

use super::{all, layer, speaking, turns};
use crate::config::reading::read;
use crate::policy::PolicyBook;

fn book(text: &str) -> PolicyBook {
    PolicyBook::parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn every_platform_has_a_profile_of_good_figures_with_their_source() {
    let names: Vec<&str> = all().iter().map(|profile| profile.platform.as_str()).collect();
    assert_eq!(names, ["amazon", "douyin", "pinduoduo", "plain", "shopify", "taobao", "tmall", "wechat"]);
    for profile in all() {
        for figure in &profile.figures {
            assert!(figure.source.len() > 40, "{} {}", profile.platform, figure.key);
            assert_eq!(figure.read_on.to_string(), "2026-11-23");
        }
        for paid in turns(&profile.platform, Trust::All) {
            let holding: Vec<_> = profile.figures.iter().filter(|f| f.holds(paid)).map(|f| &f.key).collect();
            let keys: std::collections::BTreeSet<_> = holding.iter().collect();
            assert_eq!(keys.len(), holding.len(), "{} says something twice at {paid}", profile.platform);
            let Some(dict) = layer(&profile.platform, Trust::All, paid) else { continue };
            let policy: Policy = read(&dict).unwrap_or_else(|misread| panic!("{}: {misread:?}", profile.platform));
            assert_eq!(policy.faults(), vec![], "{}", profile.platform);
        }
    }
}

#[test]
fn only_what_a_platform_says_itself_counts_unless_the_policy_trusts_more() {
    assert_eq!(speaking(Trust::None).count(), 0);
    assert_eq!(speaking(Trust::Verified).collect::<Vec<_>>(), ["amazon", "wechat"]);
    assert_eq!(
        speaking(Trust::All).collect::<Vec<_>>(),
        ["amazon", "douyin", "pinduoduo", "taobao", "tmall", "wechat"]
    );
    let met_by = |text: &str| book(text).resolve(Some("tmall"), "m1", None).promise.met_by;
    assert_eq!(met_by(""), MetBy::Handover);
    assert_eq!(met_by("[profile]\ntrust = \"all\""), MetBy::FirstScan);
    assert_eq!(met_by("[platform.tmall.profile]\ntrust = \"all\""), MetBy::FirstScan);
    assert_eq!(met_by("[merchant.m1.profile]\ntrust = \"all\""), MetBy::FirstScan);
    assert_eq!(met_by("[profile]\ntrust = \"all\"\n[merchant.m1.profile]\ntrust = \"none\""), MetBy::Handover);
}

#[test]
fn amazon_lets_a_seller_tell_of_delays_alone_and_bring_no_coupon() {
    for book in [book(""), PolicyBook::default()] {
        let policy = book.resolve(Some("amazon"), "m1", None);
        let silent: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| !policy.notices.kinds.contains(kind)).collect();
        assert_eq!(silent, [Kind::OrderAccepted, Kind::Shipped, Kind::Delivered]);
        assert!(!policy.compensation.allowed);
        let elsewhere = [None, Some("plain"), Some("taobao"), Some("Amazon")];
        assert!(elsewhere.iter().all(|platform| *book.resolve(*platform, "m1", None) == Policy::default()));
    }
}

#[test]
fn everything_a_document_says_stands_over_the_profile() {
    let allowed = |text: &str| book(text).resolve(Some("amazon"), "m1", Some("w1")).compensation.allowed;
    for layer in ["", "platform.amazon.", "merchant.m1.", "merchant.m1.warehouse.w1."] {
        assert!(allowed(&format!("[{layer}compensation]\nallowed = true")), "{layer}");
        assert!(!allowed(&format!("[{layer}warn]\nrisk = 0.4")), "{layer}");
    }
    assert!(!allowed("[platform.tmall.compensation]\nallowed = true"));
    assert!(allowed("[profile]\ntrust = \"none\""));
    let kinds = book("[platform.amazon.notices]\nkinds = [\"shipped\"]").resolve(Some("amazon"), "m1", None);
    assert_eq!(kinds.notices.kinds, [Kind::Shipped]);
    assert!(!kinds.compensation.allowed, "key by key");
}

#[test]
fn a_penalty_counts_for_orders_paid_while_it_held() {
    let paid = |day: &str| Some(Instant::parse(&format!("{day}T12:00:00+08:00")).unwrap());
    let book = book("[profile]\ntrust = \"all\"");
    let penalty = |platform, paid| {
        let rules = book.resolve_for(Some(platform), "m1", None, paid).penalty.clone();
        rules.of(Some(Money { amount: Amount::parse("200.00").unwrap(), currency: rules.currency })).to_string()
    };
    assert_eq!(penalty("taobao", paid("2022-07-17")), "0.00");
    assert_eq!(penalty("taobao", paid("2022-07-18")), "10.00", "5 % of the price");
    assert_eq!(penalty("pinduoduo", paid("2022-12-08")), "3.00");
    assert_eq!(penalty("pinduoduo", paid("2022-12-09")), "0.00", "suspended");
    assert_eq!((penalty("pinduoduo", None), penalty("tmall", None)), ("0.00".into(), "60.00".into()));
    let untrusted = super::super::PolicyBook::default().resolve(Some("tmall"), "m1", None);
    assert_eq!(untrusted.penalty, Policy::default().penalty);
}

#[test]
fn wechat_can_be_asked_for_a_later_time_until_four_hours_before_and_three_times() {
    let promise = |text: &str, platform| book(text).resolve(platform, "m1", None).promise.clone();
    let by_wechat = promise("", Some("wechat"));
    assert_eq!((by_wechat.renegotiate_before, by_wechat.renegotiations_max), (Span::hours(4), 3));
    assert_eq!(promise("", Some("plain")), Policy::default().promise);
    let own = promise("[promise]\nrenegotiate_before = \"0s\"", Some("wechat"));
    assert_eq!((own.renegotiate_before, own.renegotiations_max), (Span::ZERO, 3), "a mini program's shop cannot ask");
    assert_eq!(book("[promise]\nrenegotiate_before = \"30h\"").resolve(None, "m1", None).lead(), Span::hours(30));
}

#[test]
fn the_version_tells_which_figures_count() {
    let version = |text: &str| book(text).version().to_owned();
    let all = version("[profile]\ntrust = \"all\"");
    let none = version("[profile]\ntrust = \"none\"");
    assert!(version("") != all && version("") != none && all != none);
    assert_eq!(version("[profile]\ntrust = \"verified\""), version(""));
}
