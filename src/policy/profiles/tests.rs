//! The data of the profiles, and where they stand among the layers of a document.

use forewarn_core::notice::Kind;
use forewarn_core::policy::{MetBy, Policy, Trust};

use super::{all, layer, speaking};
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
        let keys: std::collections::BTreeSet<_> = profile.figures.iter().map(|figure| &figure.key).collect();
        assert_eq!(keys.len(), profile.figures.len(), "{} says something twice", profile.platform);
        let Some(dict) = layer(&profile.platform, Trust::All) else { continue };
        let policy: Policy = read(&dict).unwrap_or_else(|misread| panic!("{}: {misread:?}", profile.platform));
        assert_eq!(policy.faults(), vec![], "{}", profile.platform);
    }
}

#[test]
fn only_what_a_platform_says_itself_counts_unless_the_policy_trusts_more() {
    assert_eq!(speaking(Trust::None).count(), 0);
    assert_eq!(speaking(Trust::Verified).collect::<Vec<_>>(), ["amazon", "wechat"]);
    assert_eq!(speaking(Trust::All).collect::<Vec<_>>(), ["amazon", "douyin", "pinduoduo", "tmall", "wechat"]);
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
fn the_version_tells_which_figures_count() {
    let version = |text: &str| book(text).version().to_owned();
    let all = version("[profile]\ntrust = \"all\"");
    let none = version("[profile]\ntrust = \"none\"");
    assert!(version("") != all && version("") != none && all != none);
    assert_eq!(version("[profile]\ntrust = \"verified\""), version(""));
}
