//! Statements that run all the time walk an index and sort nothing, however full the tables are: the server tells how
//! it would run each, on tables that are full enough for it to mind.

use forewarn_core::event::Scope;
use forewarn_core::ids::{Campaign, Carrier, Region, Sku, WarehouseId};

use super::house::{self, House};
use crate::store::contract::fixtures::{key, merchant, scope};
use crate::store::postgres::connection::Connection;
use crate::store::postgres::{desk, expedites, grants, hindsight, incidents, letters, model, notices, orders, prune};

/// Twenty thousand orders at rest or open, with a notice, a suppression, a dead letter and a grant each. Only the tables
/// of this schema are analysed: a bare `ANALYZE` locks those of every other test too, and deadlocks with one that drops
/// its schema.
const FILL: &str = "
    INSERT INTO orders SELECT 'M' || n % 7, 'o-' || n, CASE WHEN n % 2 = 0 THEN n END, NULL, n % 3 > 0, 'B' || n % 5000,
        'W' || n % 40, 'c' || n % 20, n, n, n % 1000000, n, NULL, NULL, 0, n, ARRAY['CN', 'R' || n % 30], ARRAY['SF'],
        ARRAY['S' || n % 900], '{}', '{}' FROM generate_series(1, 20000) AS n;
    INSERT INTO order_tags SELECT tag, value, merchant_id, order_id FROM orders,
        LATERAL (VALUES ('sku', skus[1]), ('region', regions[1]), ('carrier', carriers[1])) AS t(tag, value);
    INSERT INTO notices SELECT 'n-' || n, 'k-' || n, 'M' || n % 7, 'o-' || n, 'B' || n % 5000, 'shipped',
        (ARRAY['ready', 'sending', 'sent', 'sent', 'failed'])[1 + n % 5], n, n, 0, NULL, n, n, n
        FROM generate_series(1, 20000) AS n;
    INSERT INTO suppressions (key, why, merchant_id, order_id, kind, at, policy_version, because)
        SELECT 'k-' || n, 'stale', 'M' || n % 7, 'o-' || n, 'shipped', n, 'p', '[]' FROM generate_series(1, 20000) AS n;
    INSERT INTO dead_letters (topic, partition, \"offset\", reason, detail, raw, headers, at, last_at, seen, digest)
        SELECT 't', 0, n, 'bad', 'd', '', '[]', n, n, 1, n::text FROM generate_series(1, 20000) AS n;
    INSERT INTO dead_letter_places SELECT 't', 1, n, n FROM generate_series(1, 20000) AS n;
    INSERT INTO dead_letter_acts (letter, topic, partition, \"offset\", reason, act, outcome, author, at)
        SELECT n, 't', 0, n, 'bad', 'drop', 'dropped', 'lin', n FROM generate_series(1, 20000) AS n;
    INSERT INTO damaged_documents (what, id, text, at) SELECT 'w', n, '{', n FROM generate_series(1, 20000) AS n;
    INSERT INTO grants SELECT 'g-' || n, 'M' || n % 7, 'o-' || n, 'B' || n % 5000, 'k-' || n, 5000, 'CNY', 'granted',
        NULL, NULL, n, n FROM generate_series(1, 20000) AS n;
    INSERT INTO hindsight SELECT 'M' || n % 7, 'o-' || n, NULL, NULL, NULL, n, TRUE, NULL, '[]'
        FROM generate_series(1, 20000) AS n;
    INSERT INTO desk SELECT 'dsk-' || n, 'M' || n % 7, 'o-' || n, 'past_updates', '', 1, 'surge', 4, 0, n, n, NULL, NULL,
        CASE WHEN n % 20 > 0 THEN n END, NULL, NULL, NULL, NULL FROM generate_series(1, 20000) AS n;
    INSERT INTO turnings SELECT 'M' || n % 7, 'o-' || n, n, CASE WHEN n % 100 > 0 THEN n END,
        CASE WHEN n % 3 = 0 THEN 'i-' || n % 40 END, NULL, '{}' FROM generate_series(1, 20000) AS n;
    INSERT INTO turning_counts SELECT 'M' || n % 7, 'f-' || n % 50, n, 1 FROM generate_series(1, 20000) AS n;
    INSERT INTO expedites SELECT 'M' || n % 7, 'o-' || n, n, 'W' || n % 40, 'surge', n, 500000, 500000, n, 'CNY', '[]',
        FALSE, n % 50 > 0, CASE WHEN n % 10 > 0 THEN 'saved' END, n FROM generate_series(1, 20000) AS n;
    INSERT INTO observations (at, seen) SELECT n, '{}' FROM generate_series(1, 20000) AS n;
    DO $$ DECLARE filled regclass; BEGIN
        FOR filled IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace LOOP
            EXECUTE 'ANALYZE ' || filled;
        END LOOP;
    END $$";

/// The plan for `sql`, whatever the values.
fn plan(house: &House, sql: &str) -> String {
    let mut connection = house.schema.connection();
    let values = connection.client().prepare(sql).expect("the statement fits the schema").params().len();
    planned(&mut connection, sql, &vec!["NULL"; values].join(", "))
}

fn planned(connection: &mut Connection, sql: &str, values: &str) -> String {
    connection.batch(&format!("PREPARE asked AS {sql}")).expect("the statement fits the schema");
    let values = if values.is_empty() { String::new() } else { format!("({values})") };
    let rows = connection.client().query(&format!("EXPLAIN EXECUTE asked{values}"), &[]).expect("a plan");
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

fn assert_walks_indexes(house: &House, sql: &str, may_sort: bool) {
    let plan = plan(house, sql);
    assert!(!plan.contains("Seq Scan on"), "a whole table is read for\n{sql}\n{plan}");
    assert!(may_sort || !plan.contains("Sort"), "what an index could give is sorted for\n{sql}\n{plan}");
}

#[test]
fn what_runs_all_the_time_walks_an_index() {
    let Some(house) = house::open() else { return };
    house.schema.connection().batch(FILL).expect("the rows fit the schema");
    for sql in [orders::DUE, notices::CLAIMABLE, notices::STRANDED, notices::BY_ORDER, letters::AT_PLACE, letters::SAME]
        .into_iter()
        .chain([hindsight::NEXT])
    {
        assert_walks_indexes(&house, sql, false);
        let locked = format!("{sql} FOR UPDATE SKIP LOCKED");
        assert_walks_indexes(&house, &locked, false);
    }
    // A batch is sorted by key, which is how it is locked.
    let loaded = format!("{} FOR UPDATE OF o", orders::LOAD);
    let learned = [model::READ, model::FORGET];
    let others = [
        &*loaded,
        orders::UPDATE,
        orders::OPEN_OF_BUYER,
        notices::SENT,
        notices::WAITING,
        grants::SPENT,
        desk::OF_ORDER,
    ];
    for sql in others.into_iter().chain(learned) {
        assert_walks_indexes(&house, sql, true);
    }
    for sql in [
        prune::NOTICES,
        prune::SUPPRESSIONS,
        prune::DEAD_LETTERS,
        prune::ACTS,
        prune::DAMAGED,
        prune::ORDERS,
        prune::HINDSIGHT,
        prune::DESK,
    ] {
        assert_walks_indexes(&house, sql, true);
    }
}

#[test]
fn incidents_and_orders_to_take_first_are_read_off_an_index() {
    let Some(house) = house::open() else { return };
    house.schema.connection().batch(FILL).expect("the rows fit the schema");
    // What is sorted is one facet's, one tick's, one shop's of the last hours, one incident's or one warehouse's.
    let few =
        [incidents::USUAL, incidents::OLDEST, incidents::UNCOUNTED, incidents::FREE, incidents::SUM, incidents::ORDERS];
    for sql in few.into_iter().chain(incidents::FORGET).chain([expedites::QUEUE, expedites::TO_PUBLISH]) {
        assert_walks_indexes(&house, sql, true);
    }
}

#[test]
fn a_sweep_walks_its_scopes_index() {
    let Some(house) = house::open() else { return };
    house.schema.connection().batch(FILL).expect("the rows fit the schema");
    let shop = |s: &mut Scope| s.merchant_id = Some(merchant("M1"));
    let scopes = [
        (scope(|_| ()), "orders_open"),
        (scope(shop), "orders_open"),
        (scope(|s| s.warehouse_id = WarehouseId::new("W1").ok()), "orders_by_warehouse"),
        (scope(|s| s.campaign = Campaign::new("c").ok()), "orders_by_campaign"),
        (scope(|s| s.sku = Sku::new("S1").ok()), "order_tags_pkey"),
        (scope(|s| s.carrier = Carrier::new("SF").ok()), "order_tags_pkey"),
        (scope(|s| s.region = Region::new("CN").ok()), "order_tags_pkey"),
    ];
    for (scope, index) in scopes {
        for after in [None, Some(key("o-1"))] {
            let query = orders::statement(&scope, after.as_ref());
            // The carrier has every order; an article has so few that sorting them costs nothing.
            let values: Vec<String> = query.params().iter().map(|value| spelled(*value)).collect();
            let mut connection = house.schema.connection();
            connection.batch("SET plan_cache_mode = force_custom_plan").expect("a setting");
            let plan = planned(&mut connection, query.sql(), &values.join(", "));
            let bad = plan.contains("Seq Scan on") || (index != "order_tags_pkey" && plan.contains("Sort"));
            assert!(plan.contains(index) && !bad, "{}\n{plan}", query.sql());
            assert!(scope.carrier.is_none() || !plan.contains("Sort"), "{}\n{plan}", query.sql());
        }
    }
}

/// A value as it stands in SQL.
fn spelled(value: &(dyn postgres::types::ToSql + Sync)) -> String {
    let shown = format!("{value:?}");
    shown.strip_prefix('"').and_then(|s| s.strip_suffix('"')).map_or(shown.clone(), |text| format!("'{text}'"))
}

#[test]
fn lists_for_people_walk_their_index() {
    let Some(house) = house::open() else { return };
    house.schema.connection().batch(FILL).expect("the rows fit the schema");
    for (sql, index) in [
        ("SELECT 1 FROM notices WHERE TRUE ORDER BY created_at DESC, notice_id DESC LIMIT $1", "notices_newest"),
        (
            "SELECT 1 FROM orders WHERE TRUE AND open AND risk_ppm IS NOT NULL
             ORDER BY at_risk DESC, risk_ppm DESC, ship_by, merchant_id, order_id LIMIT $1",
            "orders_at_risk",
        ),
        (
            "SELECT 1 FROM orders WHERE TRUE AND open AND ship_by < $2
             ORDER BY ship_by, merchant_id, order_id LIMIT $1",
            "orders_by_ship_by",
        ),
        (
            "SELECT 1 FROM orders WHERE TRUE AND ((order_id >= $2 AND order_id < $3) OR buyer_id = $4) LIMIT $1",
            "BitmapOr",
        ),
    ] {
        let plan = plan(&house, sql);
        assert!(plan.contains(index) && !plan.contains("Sort"), "{sql}\n{plan}");
    }
}
