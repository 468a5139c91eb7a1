//! Each list is answered from an index, not by reading every row.

use forewarn_core::Instant;
use forewarn_core::notice::Kind;

use crate::store::port::{NoticeSearch, OrderSearch, OrderView, OverviewAsk, SuppressedSearch};
use crate::store::sqlite::Db;

/// How SQLite would answer `sql`.
fn plan(db: &Db, sql: &str) -> String {
    let mut statement = db.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
    steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[test]
fn lists_walk_their_index() {
    let db = Db::in_memory().unwrap();
    for (sql, index) in [
        ("SELECT 1 FROM notices WHERE 1 ORDER BY created_at DESC, notice_id DESC LIMIT 50", "notices_newest"),
        (
            "SELECT 1 FROM notices WHERE 1 AND merchant_id = 'm' ORDER BY created_at DESC, notice_id DESC LIMIT 50",
            "notices_newest_of_shop",
        ),
        (
            "SELECT 1 FROM orders WHERE 1 AND open = 1 AND risk_ppm IS NOT NULL
             ORDER BY at_risk DESC, risk_ppm DESC, ship_by, merchant_id, order_id LIMIT 50",
            "orders_at_risk",
        ),
        (
            "SELECT 1 FROM orders WHERE 1 AND open = 1 AND ship_by < 9 ORDER BY ship_by, merchant_id, order_id",
            "orders_by_ship_by",
        ),
        ("SELECT count(*) FROM orders WHERE 1 AND parked IS NOT NULL", "orders_parked"),
        ("SELECT sum(chases) FROM orders WHERE 1 AND chases > 0 AND paid_at >= 5", "orders_chased"),
        (
            "SELECT kind, count(*) FROM notices WHERE 1 AND state = 'sent' AND sent_at >= 5 GROUP BY +kind",
            "notices_by_sending",
        ),
        ("SELECT why, count(*) FROM suppressions WHERE 1 AND at >= 5 GROUP BY +why", "suppressions_by_age"),
        (
            "SELECT grant_id FROM grants WHERE 1 AND status = 'needs_approval' ORDER BY created_at, grant_id",
            "grants_waiting",
        ),
    ] {
        let plan = plan(&db, sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("USE TEMP B-TREE FOR ORDER BY"), "{sql}\n{plan}");
    }
}

#[test]
fn a_text_finds_by_its_own_index() {
    let db = Db::in_memory().unwrap();
    for table in ["orders", "notices"] {
        let sql = format!(
            "SELECT 1 FROM {table} WHERE 1 AND ((order_id >= 'a' AND order_id < 'b') OR buyer_id = 'a') ORDER BY +order_id"
        );
        let plan = plan(&db, &sql);
        assert!(plan.contains("MULTI-INDEX OR"), "{sql}\n{plan}");
    }
}

#[test]
fn an_empty_store_answers_every_question() {
    let mut db = Db::in_memory().unwrap();
    let at = Instant::from_ms(1_000_000);
    db.transact(&mut |tx| {
        let ask = OverviewAsk { now: at, day_from: at, week_from: at };
        assert_eq!(tx.overview(None, &ask)?, crate::store::port::Overview::default());
        let search =
            NoticeSearch { kind: Some(Kind::Shipped), text: Some("x".into()), limit: 5, ..NoticeSearch::default() };
        assert!(tx.notices_list(None, &search)?.is_empty());
        assert!(tx.suppressed_list(None, &SuppressedSearch { limit: 5, ..SuppressedSearch::default() })?.is_empty());
        for view in [OrderView::Risk, OrderView::Overdue, OrderView::Parked] {
            let search = OrderSearch { view, now: Some(at), limit: 5, ..OrderSearch::default() };
            assert!(tx.orders_list(None, &search)?.is_empty());
        }
        Ok(())
    })
    .unwrap();
}
