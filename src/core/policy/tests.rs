//! The contract's own text, and every fault at once.

use super::Policy;

/// The keys and values of the contract, in the shape a file has.
const DEFAULTS: &str = r#"
[promise]
in_stock = "48h"
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
[notices]
kinds = [
    "order_accepted", "delay_warning", "delay_update", "promise_missed", "action_needed", "shipped", "logistics_delay",
    "delivered",
]
[profile]
trust = "verified"
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
approve_over = "50.00"
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
[channels]
order = ["email"]
"#;

fn read(text: &str) -> Policy {
    toml::from_str(text).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn the_contracts_text_is_the_default() {
    assert_eq!(read(DEFAULTS), Policy::default());
    assert_eq!(read(""), Policy::default());
    assert_eq!(read(DEFAULTS).faults(), vec![]);
}

#[test]
fn a_policy_survives_being_written_and_read() {
    let written = toml::to_string(&Policy::default()).unwrap();
    assert_eq!(read(&written), Policy::default());
    let json = serde_json::to_string(&Policy::default()).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), Policy::default());
}

#[test]
fn a_given_key_leaves_its_neighbours_alone() {
    let policy = read("[warn]\nlead = \"36h\"");
    assert_eq!(policy.warn.lead, crate::Span::hours(36));
    assert_eq!((policy.warn.risk, &policy.quote), (Policy::default().warn.risk, &Policy::default().quote));
}

#[test]
fn a_given_ladder_replaces_the_default_one() {
    assert_eq!(read("[compensation]\nladder = []").compensation.ladder, vec![]);
}

#[test]
fn unknown_keys_and_values_are_refused() {
    let bad = [
        "[warn]\nleed = \"24h\"",
        "[warn]\nrisk = 1.5",
        "[warn]\nlead = \"24\"",
        "[warn]\nlead = \"-24h\"",
        "[quiet_hours]\nfrom = \"25:00\"",
        "[quiet_hours]\nzone = \"Mars/Olympus\"",
        "[compensation]\ncurrency = \"ABC\"",
        "[compensation]\nper_order = \"-1\"",
        "[channels]\norder = [\"pigeon\"]",
        "[[compensation.ladder]]\nkind = \"gift\"\ncoupon = \"1\"",
        "[nonsense]",
    ];
    for text in bad {
        assert!(toml::from_str::<Policy>(text).is_err(), "{text}");
    }
}

#[test]
fn every_fault_is_named_at_once() {
    let policy = read(
        r#"
        [promise]
        in_stock = "0s"
        made_to_order = "366d"
        hours = "working"
        [calendar]
        days = ["mon", "mon"]
        hours = ["13:00-18:00", "09:00-14:00"]
        closed = ["2026-05-01", "2026-02-14..2026-02-16"]
        open = ["2026-02-14"]
        [warn]
        lead = "10d"
        risk = 0.0
        certain_lead = "7d"
        updates = 11
        [quote]
        confidence = 0.4
        [compensation]
        per_order = "3.00"
        [[compensation.ladder]]
        kind = "delay_warning"
        cause = "gremlins"
        coupon = "5.00"
        [[compensation.ladder]]
        kind = "delay_warning"
        coupon = "0.00"
        [limits]
        per_buyer_day = 0
        [channels]
        order = ["email", "email"]
        [notices]
        kinds = ["shipped", "shipped"]
        "#,
    );
    let keys: Vec<String> = policy.faults().into_iter().map(|f| f.key).collect();
    let expected = [
        "promise.in_stock",
        "promise.hours",
        "calendar.days",
        "calendar.hours",
        "calendar.closed[1]",
        "warn.certain_lead",
        "warn.risk",
        "warn.updates",
        "quote.confidence",
        "compensation.ladder[0]",
        "compensation.ladder[0]",
        "compensation.ladder[1]",
        "channels.order",
        "notices.kinds",
        "limits.per_buyer_day",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_zone_without_known_holidays_needs_a_country_only_where_the_calendar_is_used() {
    let paris = "[quiet_hours]\nzone = \"Europe/Paris\"\n";
    assert_eq!(read(paris).faults(), vec![]);
    for used in ["[promise]\nhours = \"working\"", "[quote]\nhours = \"working\""] {
        let keys: Vec<String> = read(&format!("{paris}{used}")).faults().into_iter().map(|f| f.key).collect();
        assert_eq!(keys, ["calendar.country"]);
        for settled in ["country = \"none\"", "country = \"DE\"", "zone = \"Asia/Tokyo\""] {
            assert_eq!(read(&format!("{paris}{used}\n[calendar]\n{settled}")).faults(), vec![]);
        }
    }
}

#[test]
fn a_window_counts_working_hours_only_where_the_policy_says_so() {
    let friday = crate::Instant::parse("2026-03-06T17:00:00+08:00").unwrap();
    let promised = |text: &str| read(text).promised(friday, crate::event::Fulfilment::InStock).to_string();
    assert_eq!(promised("[promise]\nin_stock = \"2h\""), "2026-03-06T11:00:00Z");
    assert_eq!(promised("[promise]\nin_stock = \"2h\"\nhours = \"working\""), "2026-03-09T02:00:00Z");
}
