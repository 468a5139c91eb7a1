//! Two shops with a few orders each, played through the engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::{Instant, OrderKey, Span};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clock::{Clock, SharedClock};
use crate::console::{Console, access, router};
use crate::copy::Copy;
use crate::engine::{Attempt, Engine, Identity, Incoming, Lease, Links, Shop, Shops};
use crate::intake;
use crate::policy::PolicyBook;
use crate::store::port::{AccessRole, Origin};
use crate::store::sqlite::SqliteBackend;
use crate::store::{Store, StoreError, Tx};

pub(super) const ZH: &str = "qinghe-home";
pub(super) const EN: &str = "northwind";
pub(super) const SECRET: &[u8] = b"a secret of thirty-two bytes....";
const POLICY: &str = r#"# What both shops agreed on in March.
[warn]
lead = "24h"

[compensation]
approve_over = "6.00"

[[compensation.ladder]]
kind = "delay_warning"
cause = "out_of_stock"
delay_at_least = "24h"
coupon = "8.00"

[[compensation.ladder]]
kind = "delay_warning"
cause = "*"
coupon = "5.00"

[[compensation.ladder]]
kind = "promise_missed"
cause = "*"
coupon = "10.00"
"#;

/// Business and real time, both set by hand.
#[derive(Debug)]
pub(super) struct HandClock {
    now: AtomicI64,
    real: AtomicI64,
}

impl HandClock {
    pub(super) fn set(&self, at: Instant) {
        self.now.store(at.ms(), Ordering::SeqCst);
    }

    pub(super) fn advance_real(&self, span: Span) {
        self.real.fetch_add(span.ms(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_ms(self.now.load(Ordering::SeqCst))
    }

    fn real_now(&self) -> Instant {
        Instant::from_ms(self.real.load(Ordering::SeqCst))
    }
}

/// A console with something to show.
pub(super) struct Sample {
    pub(super) app: Router,
    pub(super) store: Store,
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<HandClock>,
    pub(super) operations: String,
    pub(super) merchant: String,
    _folder: TempDir,
}

pub(super) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub(super) fn key(merchant: &str, order: &str) -> OrderKey {
    OrderKey { merchant_id: MerchantId::new(merchant).unwrap(), order_id: OrderId::new(order).unwrap() }
}

impl Sample {
    /// An empty console with one token for each role.
    pub(super) async fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::new(SqliteBackend::open(&folder.path().join("forewarn.db")).unwrap());
        let clock = Arc::new(HandClock { now: AtomicI64::new(0), real: AtomicI64::new(0) });
        clock.set(at("2026-03-01T08:00:00+08:00"));
        let engine = Arc::new(Engine::new(identity(), Arc::new(Copy::builtin())));
        let shared: SharedClock = Arc::clone(&clock) as SharedClock;
        let console = Console::new(store.clone(), Arc::clone(&engine), shared, "http://127.0.0.1:8080", SECRET);
        let shop = AccessRole::Merchant(MerchantId::new(ZH).unwrap());
        let (operations, one) = access::issue(AccessRole::Operations, "lin", clock.now()).unwrap();
        let (merchant, two) = access::issue(shop, "qinghe", clock.now()).unwrap();
        store
            .write(move |tx| {
                tx.access_add(&one)?;
                tx.access_add(&two)
            })
            .await
            .unwrap();
        Self { app: router(console), store, engine, clock, operations, merchant, _folder: folder }
    }

    /// Both shops with their orders, as of 6 March 2026, 10:00 in Shanghai.
    pub(super) async fn full() -> Self {
        let sample = Self::empty().await;
        let book = PolicyBook::parse(POLICY).unwrap();
        let (version, now) = (book.version().to_owned(), sample.clock.now());
        sample.store.write(move |tx| tx.policy_publish(None, &version, POLICY, "lin", now)).await.unwrap();
        sample.play(events()).await;
        sample.run_to(at("2026-03-06T10:00:00+08:00")).await;
        sample.ingest(b"{\"specversion\": \"1.0\", \"type\": \"order.placed\", \"buyer\": ".to_vec(), 7).await;
        sample
    }

    /// Plays events in the order of time, with everything that becomes due in between.
    pub(super) async fn play(&self, mut events: Vec<(Instant, Value)>) {
        events.sort_by_key(|(at, _)| *at);
        for (line, (at, event)) in events.into_iter().enumerate() {
            self.run_to(at).await;
            self.ingest(serde_json::to_vec(&event).unwrap(), i64::try_from(line).unwrap() + 100).await;
            self.settle().await;
        }
    }

    /// Lets time pass, hour by hour.
    pub(super) async fn run_to(&self, end: Instant) {
        while self.clock.now() < end {
            let next = (self.clock.now() + Span::hours(1)).min(end);
            self.clock.set(next);
            self.settle().await;
        }
    }

    pub(super) async fn ingest(&self, raw: Vec<u8>, offset: i64) {
        let (engine, now) = (Arc::clone(&self.engine), self.clock.now());
        let origin = Origin { topic: "sample.jsonl".into(), partition: 0, offset };
        let incoming = Incoming { origin, event: intake::structured(&raw), raw, headers: Vec::new() };
        self.store.write(move |tx| engine.ingest(tx, std::slice::from_ref(&incoming), &[], now)).await.unwrap();
    }

    pub(super) fn clock_now(&self) -> Instant {
        self.clock.now()
    }

    /// Does everything that is due now.
    pub(super) async fn settle(&self) {
        let (engine, now) = (Arc::clone(&self.engine), self.clock.now());
        self.store.write(move |tx| settle(&engine, tx, now)).await.unwrap();
    }
}

fn settle(engine: &Engine, tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
    for _ in 0..50 {
        let swept = engine.sweep(tx, now, 500)?;
        let woken = engine.wake(tx, now, 500)?;
        engine.grant_at_once(tx, now, 500)?;
        let lease = Lease { token: "sample".into(), real_now: now, until: now + Span::minutes(2) };
        let claimed = engine.claim(tx, now, 500, &lease)?;
        for message in &claimed.ready {
            let sent = Attempt::Sent { receipt: "250 2.0.0 OK".into() };
            engine.settle_message(tx, message, "sample", &sent, now)?;
        }
        if !swept && woken.orders == 0 && claimed.looked_at == 0 {
            break;
        }
    }
    Ok(())
}

fn identity() -> Identity {
    let shop = |name: &str, locale: &str, support: &str| Shop {
        name: Some(name.into()),
        locale: Some(locale.into()),
        support: Some(support.into()),
        ..Shop::default()
    };
    let named = BTreeMap::from([
        (ZH.to_owned(), shop("清禾家居", "zh-CN", "400-000-0000")),
        (EN.to_owned(), shop("Northwind Goods", "en", "help@northwind.example")),
    ]);
    Identity {
        links: Links::new("http://127.0.0.1:8080", SECRET),
        shops: Shops { named, others: Shop::default() },
        live_since: Some(at("2026-03-01T00:00:00+08:00")),
        shadow: false,
    }
}

struct Maker {
    events: Vec<(Instant, Value)>,
    merchant: &'static str,
}

impl Maker {
    fn add(&mut self, when: &str, kind: &str, mut data: Value) {
        data["merchant_id"] = self.merchant.into();
        let id = format!("{}-{}-{}", self.merchant, kind, self.events.len());
        let event = json!({"specversion": "1.0", "id": id, "source": format!("/{}", self.merchant), "type": kind, "time": when, "data": data});
        self.events.push((at(when), event));
    }

    fn order(&mut self, id: &str, when: &str, buyer: &Value, ship_by: &str, lines: &[(&str, &str, u32)]) {
        let lines: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(i, (sku, title, n))| json!({"line_id": format!("{}", i + 1), "sku": sku, "title": title, "quantity": n, "fulfilment": "in_stock", "unit_price": {"amount": "89.00", "currency": "CNY"}}))
            .collect();
        let data = json!({"order_id": id, "buyer": buyer, "lines": lines, "ship_by": ship_by, "warehouse_id": "wh-1", "ship_to": {"country": "CN", "region": "浙江"}});
        self.add(when, "order.placed", data);
        self.add(when, "order.paid", json!({"order_id": id}));
    }

    fn step(&mut self, id: &str, when: &str, stage: &str) {
        self.add(when, "warehouse.progress", json!({"order_id": id, "warehouse_id": "wh-1", "stage": stage}));
    }

    fn ship(&mut self, id: &str, when: &str, expected: &str) {
        let data = json!({"order_id": id, "warehouse_id": "wh-1", "parcel_id": format!("P-{id}"), "carrier": "顺丰", "tracking_number": "SF10001", "tracking_url": "https://carrier.example/SF10001", "expected_delivery_at": expected});
        self.add(when, "warehouse.shipped", data);
    }
}

fn person(id: &str, name: &str, locale: &str) -> Value {
    json!({"buyer_id": id, "name": name, "email": format!("{id}@example.com"), "locale": locale, "time_zone": "Asia/Shanghai"})
}

/// What happened in both shops from 2 to 6 March 2026.
pub(super) fn events() -> Vec<(Instant, Value)> {
    let mut shop = Maker { events: Vec::new(), merchant: ZH };
    chinese(&mut shop);
    let mut other = Maker { events: Vec::new(), merchant: EN };
    english(&mut other);
    shop.events.into_iter().chain(other.events).collect()
}

/// Two orders of one buyer, of which nothing is heard before a warning is due on 4 March at 18:00.
pub(super) fn two_late_orders() -> Vec<(Instant, Value)> {
    let mut s = Maker { events: Vec::new(), merchant: ZH };
    let lin = person("u-lin", "林晓", "zh-CN");
    for id in ["QH-1", "QH-2"] {
        let (placed, ship_by) = ("2026-03-03T10:00:00+08:00", "2026-03-05T18:00:00+08:00");
        s.order(id, placed, &lin, ship_by, &[("desk-01", "书桌", 1)]);
    }
    s.events
}

/// Three orders of 2 March that are promised for the 7th: one is needed by the 8th at noon and one is not, the third
/// leaves on the 6th.
pub(super) fn one_needed_by_a_day() -> Vec<(Instant, Value)> {
    let mut s = Maker { events: Vec::new(), merchant: ZH };
    let (placed, ship_by) = ("2026-03-02T10:00:00+08:00", "2026-03-07T18:00:00+08:00");
    for (id, buyer) in [("QH-1", "u-1"), ("QH-2", "u-2"), ("QH-3", "u-3")] {
        s.order(id, placed, &person(buyer, "林晓", "zh-CN"), ship_by, &[("desk-01", "书桌", 1)]);
    }
    let by = json!({"order_id": "QH-1", "needed_by": "2026-03-08T12:00:00+08:00"});
    s.add("2026-03-02T10:30:00+08:00", "order.changed", by);
    s.ship("QH-3", "2026-03-06T20:00:00+08:00", "2026-03-09T12:00:00+08:00");
    s.events
}

/// One order for a buyer of each language, promised for 5 March at 18:00, whose buyer is asked on the 4th at 9:00 for the
/// 8th at noon.
pub(super) fn asked_for_a_later_time() -> Vec<(Instant, Value)> {
    let mut s = Maker { events: Vec::new(), merchant: ZH };
    for (id, locale) in [("QH-1", "zh-CN"), ("QH-2", "en")] {
        let buyer = person(&format!("u-{id}"), "Lin", locale);
        let (placed, ship_by) = ("2026-03-03T10:00:00+08:00", "2026-03-05T18:00:00+08:00");
        s.order(id, placed, &buyer, ship_by, &[("desk-01", "Desk", 1)]);
        let asked = json!({"order_id": id, "ship_by": "2026-03-08T12:00:00+08:00", "status": "proposed"});
        s.add("2026-03-04T09:00:00+08:00", "promise.renegotiated", asked);
    }
    s.events
}

/// The buyer of QH-1 refuses on the 5th at 9:00.
pub(super) fn refused() -> Vec<(Instant, Value)> {
    let mut s = Maker { events: Vec::new(), merchant: ZH };
    let refused = json!({"order_id": "QH-1", "ship_by": "2026-03-08T12:00:00+08:00", "status": "refused"});
    s.add("2026-03-05T09:00:00+08:00", "promise.renegotiated", refused);
    s.events
}

fn chinese(s: &mut Maker) {
    let lin = person("u-lin", "林晓", "zh-CN");
    s.order(
        "QH-1001",
        "2026-03-04T10:00:00+08:00",
        &lin,
        "2026-03-07T10:00:00+08:00",
        &[("oak-stool", "橡木矮凳", 1), ("linen-cover", "亚麻桌布", 2)],
    );
    s.step("QH-1001", "2026-03-04T13:00:00+08:00", "accepted");
    let out = json!({"order_id": "QH-1001", "warehouse_id": "wh-1", "exception_id": "x-1", "kind": "out_of_stock", "line_ids": ["1"], "clears_at": "2026-03-09T12:00:00+08:00"});
    s.add("2026-03-05T11:00:00+08:00", "warehouse.exception", out);
    s.add(
        "2026-03-06T09:20:00+08:00",
        "buyer.message",
        json!({"order_id": "QH-1001", "message_id": "m-1", "text": "请问什么时候能发货？"}),
    );
    let zhou = person("u-zhou", "周宁", "zh-CN");
    s.order("QH-1002", "2026-03-05T09:00:00+08:00", &zhou, "2026-03-08T09:00:00+08:00", &[("lamp", "纸灯", 1)]);
    let wrong = json!({"order_id": "QH-1002", "warehouse_id": "wh-1", "exception_id": "x-2", "kind": "address"});
    s.add("2026-03-05T15:00:00+08:00", "warehouse.exception", wrong);
    for (n, day) in [(3, 2), (4, 2), (5, 3), (6, 3)] {
        let id = format!("QH-100{n}");
        let buyer = person(&format!("u-{n}"), "陈一", "zh-CN");
        s.order(
            &id,
            &format!("2026-03-0{day}T09:00:00+08:00"),
            &buyer,
            &format!("2026-03-0{}T09:00:00+08:00", day + 2),
            &[("mug", "陶杯", 2)],
        );
        s.step(&id, &format!("2026-03-0{day}T12:00:00+08:00"), "accepted");
        s.step(&id, &format!("2026-03-0{day}T16:00:00+08:00"), "picking");
        s.ship(&id, &format!("2026-03-0{}T11:00:00+08:00", day + 1), "2026-03-07T12:00:00+08:00");
    }
    s.add(
        "2026-03-05T18:00:00+08:00",
        "parcel.status",
        json!({"order_id": "QH-1003", "parcel_id": "P-QH-1003", "status": "delivered"}),
    );
    s.add("2026-03-05T12:00:00+08:00", "parcel.status", json!({"order_id": "QH-1004", "parcel_id": "P-QH-1004", "status": "delayed", "reason": "weather", "expected_delivery_at": "2026-03-09T12:00:00+08:00"}));
    let quiet = person("u-quiet", "吴声", "zh-CN");
    s.add(
        "2026-03-02T08:30:00+08:00",
        "buyer.preference",
        json!({"buyer_id": "u-quiet", "channel": "all", "allow": false}),
    );
    s.order("QH-1007", "2026-03-04T08:00:00+08:00", &quiet, "2026-03-06T08:00:00+08:00", &[("shelf", "置物架", 1)]);
    s.order(
        "QH-1008",
        "2026-03-06T08:30:00+08:00",
        &person("u-8", "赵敏", "zh-CN"),
        "2026-03-08T08:30:00+08:00",
        &[("bowl", "青瓷碗", 4)],
    );
    s.step("QH-1008", "2026-03-06T09:10:00+08:00", "accepted");
}

fn english(s: &mut Maker) {
    let ada = person("b-ada", "Ada Martin", "en");
    s.order(
        "NW-2001",
        "2026-03-03T10:00:00+08:00",
        &ada,
        "2026-03-06T18:00:00+08:00",
        &[("desk-01", "Standing desk, walnut", 1)],
    );
    s.step("NW-2001", "2026-03-03T15:00:00+08:00", "accepted");
    let slow = json!({"order_id": "NW-2001", "warehouse_id": "wh-1", "stage": "picking", "expected_ship_at": "2026-03-08T12:00:00+08:00"});
    s.add("2026-03-05T14:00:00+08:00", "warehouse.progress", slow);
    s.order(
        "NW-2002",
        "2026-03-04T11:00:00+08:00",
        &person("b-bo", "Bo Lind", "en"),
        "2026-03-05T11:00:00+08:00",
        &[("chair-02", "Reading chair", 2)],
    );
    s.add("2026-03-05T10:00:00+08:00", "order.cancelled", json!({"order_id": "NW-2002"}));
    s.order(
        "NW-2003",
        "2026-03-03T09:00:00+08:00",
        &person("b-cy", "Cy <script>alert(1)</script>", "en"),
        "2026-03-05T09:00:00+08:00",
        &[("rug-<b>", "Rug <b>bold</b>", 1)],
    );
    s.ship("NW-2003", "2026-03-04T16:00:00+08:00", "2026-03-08T12:00:00+08:00");
    s.order(
        "NW-2004",
        "2026-03-05T20:00:00+08:00",
        &person("b-di", "Di Ray", "en"),
        "2026-03-07T20:00:00+08:00",
        &[("lamp-9", "Floor lamp", 1)],
    );
}
