//! Statements that run all the time walk an index and sort nothing, however full the tables are: SQLite tells how it
//! would run each.

use forewarn_core::event::Scope;
use forewarn_core::ids::{Campaign, Carrier, Region, Sku, WarehouseId};

use super::memory;
use crate::store::contract::fixtures::{key, merchant, scope};
use crate::store::port::{DeskMark, DeskSearch, DeskView};
use crate::store::sqlite::{Db, expedites, hindsight, incidents, listing, notices, orders, prune};

/// Each step of the plan for `sql`.
fn plan(db: &Db, sql: &str) -> Vec<String> {
    let mut statement = db.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("the statement fits the schema");
    let steps = statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>();
    steps.expect("a plan")
}

fn assert_walks_indexes(db: &Db, sql: &str) {
    assert_reads_indexes(db, sql);
    let steps = plan(db, sql);
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?} sorts for {sql}");
}

/// The same for what may be sorted, because it is few.
fn assert_reads_indexes(db: &Db, sql: &str) {
    let steps = plan(db, sql);
    let bad = |step: &String| step.starts_with("SCAN") && !step.contains("INDEX");
    // The few names inside one row's own document are not a table.
    let bad: Vec<_> = steps.iter().filter(|step| bad(step) && !step.contains("json_each")).collect();
    assert!(bad.is_empty(), "{bad:?} in the plan for {sql}");
}

#[test]
fn what_is_due_is_read_off_an_index() {
    let db = memory();
    let due = [orders::LOAD, orders::COMPARE, orders::DUE, notices::CLAIMABLE, notices::STRANDED, notices::BY_ORDER];
    for sql in due.into_iter().chain([
        prune::NOTICES,
        prune::SUPPRESSIONS,
        prune::DEAD_LETTERS,
        prune::ORDERS,
        prune::HINDSIGHT,
        prune::DESK,
    ]) {
        assert_walks_indexes(&db, sql);
    }
    for below in ["", "WHERE (ship_by, merchant_id, order_id) < (?2, ?3, ?4)"] {
        assert_walks_indexes(&db, &hindsight::page(below));
    }
}

#[test]
fn a_page_of_the_desk_is_read_off_an_index() {
    let db = memory();
    let after = Some(DeskMark { rank: 2, at: 7, desk_id: "dsk_7".into() });
    for (view, shop, index) in [
        (DeskView::Open, None, "desk_open"),
        (DeskView::Open, Some(merchant("M1")), "desk_open_of_shop"),
        (DeskView::Of("lin".into()), None, "desk_open"),
        (DeskView::Closed, None, "desk_closed"),
    ] {
        let search = DeskSearch { view, after: after.clone(), limit: 50, ..DeskSearch::default() };
        let (_, sql) = listing::desk_statement(shop.as_ref(), &search);
        assert_walks_indexes(&db, &sql);
        assert!(plan(&db, &sql)[0].contains(index), "{:?} for {sql}", plan(&db, &sql));
    }
}

#[test]
fn incidents_and_orders_to_take_first_are_read_off_an_index() {
    let db = memory();
    let lists = [incidents::OLDEST, incidents::USUAL, incidents::SUM, incidents::ORDERS];
    for sql in lists.into_iter().chain(incidents::FORGET) {
        assert_walks_indexes(&db, sql);
    }
    // What is sorted is one tick's, or one shop's of the last hours.
    for sql in [incidents::UNCOUNTED, incidents::FREE] {
        assert_reads_indexes(&db, sql);
    }
    // Ranked lists are read off the indexes of what is open and of what was not published.
    for (sql, index) in [(expedites::queue(), "expedites_by_worth"), (expedites::to_publish(), "expedites_to_publish")]
    {
        let steps = plan(&db, &sql);
        assert!(steps.iter().any(|step| step.contains(index)), "{steps:?} for {sql}");
        assert!(!steps.iter().any(|step| step == "SCAN expedites"), "{steps:?} for {sql}");
    }
}

#[test]
fn a_sweep_walks_its_scopes_index() {
    let db = memory();
    let shop = |s: &mut Scope| s.merchant_id = Some(merchant("M1"));
    let scopes = [
        (scope(|_| ()), "orders_open"),
        (scope(shop), "orders_open"),
        (scope(|s| s.warehouse_id = WarehouseId::new("W1").ok()), "orders_by_warehouse"),
        (scope(|s| s.campaign = Campaign::new("c").ok()), "orders_by_campaign"),
        (scope(|s| s.sku = Sku::new("S1").ok()), "PRIMARY KEY (tag=? AND value=?"),
        (scope(|s| s.carrier = Carrier::new("SF").ok()), "PRIMARY KEY (tag=? AND value=?"),
        (scope(|s| s.region = Region::new("CN").ok()), "PRIMARY KEY (tag=? AND value=?"),
    ];
    for (mut scope, index) in scopes {
        for after in [None, Some(key("o-1"))] {
            let sql = orders::statement(&scope, after.as_ref());
            assert_walks_indexes(&db, &sql);
            assert!(plan(&db, &sql)[0].contains(index), "{:?} for {sql}", plan(&db, &sql));
        }
        shop(&mut scope);
        assert_walks_indexes(&db, &orders::statement(&scope, Some(&key("o-1"))));
    }
}
