//! Clusters among orders that turned at risk, told as text.

mod habits;
mod lives;

use std::convert::Infallible;
use std::fmt::Write;

use proptest::prelude::*;

use super::{Cluster, Facet, Known, Turning, clusters};
use crate::cause::Cause;
use crate::ids::{Carrier, ConditionId, MerchantId, OrderId, OrderKey, Region, Sku, WarehouseId};
use crate::instant::{Instant, Span};
use crate::policy::Incidents;
use crate::sample::at;

fn shop() -> MerchantId {
    MerchantId::new("shop").unwrap()
}

pub(super) fn facet(text: &str) -> Facet {
    match text.split_once('=') {
        Some(("warehouse", id)) => Facet::Warehouse(WarehouseId::new(id).unwrap()),
        Some(("sku", id)) => Facet::Sku(Sku::new(id).unwrap()),
        Some(("carrier", id)) => Facet::Carrier(Carrier::new(id).unwrap()),
        Some(("region", id)) => Facet::Region(Region::new(id).unwrap()),
        _ => Facet::Shop,
    }
}

/// Orders `from` to `to`, each a minute after the one before, that share `facets`.
pub(super) fn turned(from: i64, to: i64, facets: &str) -> Vec<Turning> {
    let one = |n: i64| Turning {
        key: OrderKey { merchant_id: shop(), order_id: OrderId::new(&format!("A{n:03}")).unwrap() },
        at: at(0) + Span::minutes(n - from),
        version: 1,
        facets: facets.split_whitespace().chain(["shop"]).map(facet).collect(),
        cause: Cause::WarehouseQueue,
        condition: None,
    };
    (from..=to).map(one).collect()
}

/// What is found where `open` orders of each facet are open and `usual` usually turn.
fn found(turned: &[Turning], usual: Option<u64>, open: impl Fn(&Facet) -> u64) -> Vec<Cluster> {
    let known = |facet: &Facet| Ok::<_, Infallible>(Known { usual, open: open(facet) });
    clusters(&shop(), turned, &Incidents::default(), known).unwrap()
}

fn told(clusters: &[Cluster]) -> String {
    clusters.iter().fold(String::new(), |mut text, c| {
        let (first, last) = (c.orders.first().unwrap(), c.orders.last().unwrap());
        let (name, n, cause) = (c.facet.name(), c.orders.len(), c.cause);
        let orders = format!("{n} orders {}..{}", first.order_id, last.order_id);
        writeln!(text, "{name} {}: {orders}, usually {}, {} open, {cause}", c.facet.value(), c.usual, c.open).unwrap();
        text
    })
}

/// Everything goes to one country by one carrier; 300 orders are open in all, `open` of a narrower facet.
fn of_a_shop(open: u64) -> impl Fn(&Facet) -> u64 {
    move |facet| if matches!(facet, Facet::Shop | Facet::Region(_) | Facet::Carrier(_)) { 300 } else { open }
}

#[test]
fn a_warehouse_that_stands_is_one_cluster_and_not_five() {
    let mut orders = turned(1, 30, "warehouse=W1 sku=S1 carrier=SF region=CN");
    orders.extend(turned(31, 60, "warehouse=W1 sku=S2 carrier=SF region=CN"));
    let open = |facet: &Facet| match facet {
        Facet::Warehouse(_) => 90,
        Facet::Sku(_) => 45,
        _ => 300,
    };
    insta::assert_snapshot!(told(&found(&orders, Some(1), open)), @r"
    warehouse W1: 60 orders A001..A060, usually 1, 90 open, warehouse_queue
    ");
}

#[test]
fn an_article_that_ran_out_is_told_and_not_its_warehouse() {
    let mut orders = turned(1, 24, "warehouse=W1 sku=S1 region=CN");
    orders.extend(turned(25, 27, "warehouse=W1 sku=S2 region=CN"));
    let open = |facet: &Facet| if matches!(facet, Facet::Sku(_)) { 26 } else { 180 };
    insta::assert_snapshot!(told(&found(&orders, Some(2), open)), @r"
    sku S1: 24 orders A001..A024, usually 2, 26 open, warehouse_queue
    ");
}

#[test]
fn two_causes_are_two_clusters() {
    let mut orders = turned(1, 40, "warehouse=W1 region=CN");
    orders.extend(turned(41, 65, "warehouse=W2 sku=S9 region=CN"));
    let open = |facet: &Facet| match facet {
        Facet::Warehouse(id) if id.as_str() == "W1" => 60,
        Facet::Sku(_) => 30,
        _ => 500,
    };
    insta::assert_snapshot!(told(&found(&orders, Some(0), open)), @r"
    warehouse W1: 40 orders A001..A040, usually 0, 60 open, warehouse_queue
    sku S9: 25 orders A041..A065, usually 0, 30 open, warehouse_queue
    ");
}

#[test]
fn a_shop_that_stands_is_not_five_warehouses() {
    let orders: Vec<Turning> =
        (0..5).flat_map(|n| turned(n * 30 + 1, n * 30 + 23 + n, &format!("warehouse=W{n} region=CN"))).collect();
    let open = |facet: &Facet| if matches!(facet, Facet::Warehouse(_)) { 100 } else { 500 };
    insta::assert_snapshot!(told(&found(&orders, Some(0), open)), @r"
    shop : 125 orders A001..A147, usually 0, 500 open, warehouse_queue
    ");
}

#[test]
fn a_shop_with_one_warehouse_names_it() {
    let orders = turned(1, 40, "warehouse=W1 region=CN");
    insta::assert_snapshot!(told(&found(&orders, Some(0), |_| 120)), @r"
    warehouse W1: 40 orders A001..A040, usually 0, 120 open, warehouse_queue
    ");
}

#[test]
fn what_only_the_shop_has_in_common_is_the_shops() {
    let orders: Vec<Turning> =
        (0..5).flat_map(|n| turned(n * 10 + 1, n * 10 + 10, &format!("warehouse=W{n} sku=S{n}"))).collect();
    insta::assert_snapshot!(told(&found(&orders, Some(3), |_| 100)), @r"
    shop : 50 orders A001..A050, usually 3, 100 open, warehouse_queue
    ");
}

#[test]
fn usual_load_is_no_incident() {
    let orders = turned(1, 60, "warehouse=W1 region=CN");
    assert_eq!(found(&orders, Some(16), of_a_shop(90)), [], "60 are not four times 16");
    assert_eq!(found(&orders, Some(1), |_| 700), [], "60 are not a tenth of 700");
    assert_eq!(found(&orders, None, of_a_shop(90)), [], "nobody knows yet what is usual");
    assert_eq!(found(&turned(1, 19, "warehouse=W1"), Some(0), of_a_shop(19)), [], "19 are no crowd");
    assert_eq!(found(&orders, Some(15), of_a_shop(600)).len(), 1, "60 are four times 15, and a tenth of 600");
}

#[test]
fn known_causes_and_other_shops_are_no_part_of_it() {
    let mut orders = turned(1, 30, "warehouse=W1");
    for order in orders.iter_mut().take(11) {
        order.condition = Some(ConditionId::new("c-1").unwrap());
    }
    assert_eq!(found(&orders, Some(0), of_a_shop(40)), []);
    let mut orders = turned(1, 30, "warehouse=W1");
    for order in orders.iter_mut().take(11) {
        order.key.merchant_id = MerchantId::new("another").unwrap();
    }
    assert_eq!(found(&orders, Some(0), of_a_shop(40)), []);
}

#[test]
fn an_order_counts_once() {
    let mut orders = turned(1, 15, "warehouse=W1");
    orders.extend(turned(1, 15, "warehouse=W1"));
    assert_eq!(found(&orders, Some(0), of_a_shop(40)), []);
}

#[test]
fn a_rule_that_is_off_finds_nothing() {
    let rules = Incidents { orders: 0, ..Incidents::default() };
    let known = |_: &Facet| Ok::<_, Infallible>(Known { usual: Some(0), open: 0 });
    assert_eq!(clusters(&shop(), &turned(1, 60, "warehouse=W1"), &rules, known).unwrap(), []);
}

fn mixed() -> impl Strategy<Value = Vec<Turning>> {
    let one = (0_u8..3, 0_u8..4, 0_u8..2, 0_i64..120);
    prop::collection::vec(one, 0..150).prop_map(|all| {
        let order = |(n, (house, sku, region, minute)): (usize, (u8, u8, u8, i64))| {
            let facets = format!("warehouse=W{house} sku=S{sku} region=R{region}");
            let mut turning = turned(i64::try_from(n).unwrap(), i64::try_from(n).unwrap(), &facets).remove(0);
            turning.at = at(0) + Span::minutes(minute);
            turning
        };
        all.into_iter().enumerate().map(order).collect()
    })
}

proptest! {
    #[test]
    fn neither_their_order_nor_repeats_matter(turned in mixed(), swaps in prop::collection::vec(any::<(usize, usize)>(), 0..50)) {
        let open = |facet: &Facet| 20 + u64::try_from(facet.value().len()).unwrap() * 7;
        let straight = found(&turned, Some(2), open);
        let mut shuffled = turned.clone();
        shuffled.extend(turned.iter().take(20).cloned());
        let n = shuffled.len().max(1);
        for (a, b) in swaps.into_iter().filter(|_| !turned.is_empty()) {
            shuffled.swap(a % n, b % n);
        }
        prop_assert_eq!(found(&shuffled, Some(2), open), straight);
    }

    #[test]
    fn each_order_is_in_one_cluster_at_most_and_each_is_a_crowd(turned in mixed()) {
        let clusters = found(&turned, Some(5), |_| 100);
        let mut all: Vec<_> = clusters.iter().flat_map(|c| &c.orders).collect();
        all.sort_unstable();
        let n = all.len();
        all.dedup();
        prop_assert_eq!(all.len(), n);
        for cluster in clusters {
            prop_assert!(cluster.orders.len() >= 20);
            let first = turned.iter().filter(|t| cluster.orders.contains(&t.key)).map(|t| t.at).min();
            prop_assert_eq!(first, Some(cluster.since));
        }
    }
}

/// The tick `n` quarters of an hour after [`at`] 0, or before it.
pub(super) fn tick(quarters: i64) -> Instant {
    at(0).floor_to(super::TICK) + Span::minutes(15 * quarters)
}
