//! `forewarn what-if` beside a running service, on a history as long as it reads.

use std::time::{Duration, Instant as Real};

use forewarn::store::postgres;
use forewarn_core::cause::Cause;
use forewarn_core::hindsight::{Look, Past};
use forewarn_core::ids::{MerchantId, OrderId, WarehouseId};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey, Span};
use serde_json::{Value, json};

use super::Place;
use crate::services;

/// Orders of the history: as many as are read.
const ORDERS: u32 = 100_000;
/// How long a trial may take: the product's goal. A build without optimisation takes as long on a quiet machine; it gets
/// thirty times that, since other tests run beside it.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });

/// The order number `n` of fifty shops: three in ten miss, and are foretold to with a chance of a half or more.
fn past(n: u32) -> Past {
    let ship_by = Instant::from_ms(1_772_416_800_000) + Span::minutes(i64::from(n));
    let missed = n % 10 < 3;
    let look = |(left, less): (i64, u32)| Look {
        left: Span::hours(left),
        risk: Ppm::from_ppm((if missed { 500_000 } else { 0 }) + n % 500_000 - less.min(n % 500_000)),
        cause: Cause::WarehouseQueue,
        delays: [1, 20, 30, 50, 90].map(|hours| Span::hours(hours) + Span::minutes(15 * i64::from(n % 40))),
    };
    Past {
        key: OrderKey {
            merchant_id: MerchantId::new(&format!("shop-{}", n % 50)).unwrap(),
            order_id: OrderId::new(&format!("2026030200{n:08}")).unwrap(),
        },
        platform: None,
        warehouse_id: WarehouseId::new(&format!("W{}", n % 3)).ok(),
        currency: None,
        ship_by,
        missed,
        ended_at: Some(if missed { ship_by + Span::hours(20) } else { ship_by - Span::hours(1) }),
        looks: [(72, 3), (48, 2), (36, 1), (24, 0)].map(look).into(),
    }
}

fn draft(place: &Place) -> String {
    place.path().join("draft.toml").display().to_string()
}

fn table(place: &Place, language: &str) -> String {
    place.says(&["what-if", "--policy", &draft(place), "--lang", language])
}

fn counts(tried: &Value) -> [u64; 4] {
    ["warned", "caught", "false_alarms", "missed"].map(|count| tried[count].as_u64().unwrap())
}

/// Tries a draft on the history that `place` has, within the time allowed.
fn try_draft(place: &Place, store: &str) {
    place.write("draft.toml", "[warn]\nrisk = 0.7\n[merchant.shop-7.warn]\nlead = \"48h\"\n");
    let began = Real::now();
    let found = place.says(&["what-if", "--policy", &draft(place), "--json"]);
    let took = began.elapsed();
    println!("{ORDERS} orders on {store} tried in {took:.2?}, start of the program included");
    assert!(took < LIMIT, "{took:.2?}");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!((&found["orders"], &found["missed"]), (&json!(ORDERS), &json!(30_000)));
    // By 0.5 every miss is caught and nobody else is warned, by 0.7 the misses above it.
    assert_eq!(counts(&found["in_force"]), [30_000, 30_000, 0, 0]);
    let risk = |n: u32| 500_000 + n % 500_000 - if n % 50 == 7 { 2 } else { 0 };
    let caught = (0..ORDERS).filter(|n| n % 10 < 3 && risk(*n) >= 700_000).count();
    let caught = u64::try_from(caught).unwrap();
    assert_eq!(counts(&found["draft"]), [caught, caught, 0, 30_000 - caught]);
    assert_eq!(found["draft"]["hours_apart"], json!(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_orders_are_tried_while_one_waits_beside_the_running_service() {
    let place = Place::new("[mailbox]\nenabled = true\n", "", "");
    let mut serve = place.serve();
    serve.ready().await;
    place.write("draft.toml", "");
    let nothing = table(&place, "en");
    assert!(nothing.contains("no order whose end is known yet"), "{nothing}");
    place.db().transact(&mut |tx| (0..ORDERS).try_for_each(|n| tx.past_save(&past(n)))).unwrap();
    try_draft(&place, "SQLite");
    let (english, chinese) = (table(&place, "en"), table(&place, "zh-CN"));
    assert!(english.contains("in force") && english.contains("draft") && english.contains("CNY"), "{english}");
    assert!(chinese.contains("现行") && chinese.contains("草稿"), "{chinese}");
    place.write("draft.toml", "[warn]\nrisk = 7\n");
    let refused = place.run(&["what-if", "--policy", &draft(&place)]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("draft.toml:2: warn.risk"), "{said}");
    serve.stop();
}

#[test]
fn they_are_tried_as_fast_on_postgresql() {
    let Some(server) = services::postgres() else { return };
    let database = services::database(&server);
    let place = Place::new("[mailbox]\nenabled = true\n", "", "").sharing(&database.url);
    let mut db = postgres::Db::open(&postgres::Settings::new(&database.url)).unwrap();
    for chunk in 0..ORDERS / 10_000 {
        let orders = || chunk * 10_000..(chunk + 1) * 10_000;
        db.transact(&mut |tx| orders().try_for_each(|n| tx.past_save(&past(n)))).unwrap();
    }
    try_draft(&place, "PostgreSQL");
    // The other command that works through the service's own store.
    let letters = place.says(&["dead-letters", "list", "--lang", "en"]);
    assert!(!letters.contains("panicked"), "{letters}");
}
