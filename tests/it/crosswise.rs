//! Several processes on PostgreSQL at the orders of the same buyers, in any order: what they take crosswise is parted
//! and done again, and nothing is lost by it, nothing done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use forewarn::copy::Copy;
use forewarn::engine::{Engine, Identity, Incoming, Lease, Links, Message, Shop, Shops};
use forewarn::intake::structured;
use forewarn::policy::PolicyBook;
use forewarn::store::port::{NoticeState, Origin};
use forewarn::store::postgres::{Db, Settings};
use forewarn::store::{StoreError, Tx, sqlite};
use forewarn_core::Span;
use forewarn_core::notice::Kind;
use serde_json::{Value, json};

use crate::invariants::floor::{about, at, event, key, placed, sent};
use crate::invariants::generated::Dice;
use crate::services;

const BUYERS: usize = 6;
/// Of each buyer.
const ORDERS: usize = 6;
/// Batches of news while the others are at work.
const BATCHES: u64 = 60;
const POLICY: &str = "[quiet_hours]\nfrom = \"00:00\"\nto = \"00:00\"\n[limits]\nper_buyer_day = 1000\n";

fn engine() -> Engine {
    let shops = Shops { named: BTreeMap::new(), others: Shop::default() };
    let links = Links::new("https://shop.example", b"a secret for tests");
    let identity = Identity { links, shops, live_since: Some(at("02 00:00")), shadow: false };
    Engine::new(identity, Arc::new(Copy::builtin()))
}

/// Order `n` of all, whose key says nothing about its buyer.
fn name(n: usize) -> String {
    format!("{}-{}", n % ORDERS, n / ORDERS)
}

fn names() -> impl Iterator<Item = String> {
    (0..BUYERS * ORDERS).map(name)
}

fn incoming(events: &[Value]) -> Vec<Incoming> {
    let one = |event: &Value| {
        let raw = event.to_string().into_bytes();
        let origin = Origin { topic: "direct".into(), partition: 0, offset: 0 };
        Incoming { origin, event: structured(&raw), raw, headers: Vec::new() }
    };
    events.iter().map(one).collect()
}

/// All orders, paid, and then the word that nothing is left before 9 March: each buyer is to be warned at once.
fn story() -> (Vec<Value>, Value) {
    let orders = (0..BUYERS * ORDERS).flat_map(|n| {
        let buyer = format!("b-{}", n / ORDERS);
        let buyer = json!({ "buyer_id": buyer, "email": format!("{buyer}@example.com"), "locale": "en" });
        let more = json!({ "buyer": buyer, "ship_by": at("06 18:00") });
        let placed = event("02 10:00", "order.placed", placed(&name(n), more));
        [placed, event("02 10:00", "order.paid", about(&name(n), json!({})))]
    });
    let scope = json!({ "merchant_id": "qinghe", "sku": "LINEN" });
    let raised =
        json!({ "condition_id": "stock", "scope": scope, "kind": "out_of_stock", "clears_at": at("09 10:00") });
    (orders.collect(), event("03 12:00", "condition.raised", raised))
}

/// News of orders of all buyers, in any order; each makes its order due again.
fn news(batch: u64, dice: &mut Dice) -> Vec<Value> {
    let mut orders: Vec<String> = names().collect();
    dice.shuffle(&mut orders);
    let stage = if batch.is_multiple_of(2) { "printed" } else { "picking" };
    let second = format!("03 11:{:02}:{:02}", batch / 60, batch % 60);
    orders.truncate(12);
    orders.iter().map(|order| event(&second, "warehouse.stage", about(order, json!({ "stage": stage })))).collect()
}

/// One store, the engine, and what has left.
struct Work {
    settings: Settings,
    engine: Engine,
    /// Orders by the message that told them.
    told: Mutex<BTreeMap<String, Vec<String>>>,
    over: AtomicBool,
}

impl Work {
    fn open(&self) -> Db {
        Db::open(&self.settings).expect("the server answers")
    }

    /// Repeats `step` until the news are over and it finds nothing to do.
    fn labour(&self, step: impl Fn(&Self, &mut Db) -> bool) {
        let mut db = self.open();
        loop {
            let last = self.over.load(Ordering::SeqCst);
            if !step(self, &mut db) && last {
                return;
            }
        }
    }

    fn run<R>(&self, db: &mut Db, mut step: impl FnMut(&Engine, &mut dyn Tx) -> Result<R, StoreError>) -> R {
        db.transact(&mut |tx| step(&self.engine, tx)).expect("whatever is in its way, the step stands in the end")
    }

    fn wake(&self, db: &mut Db) -> bool {
        self.run(db, |engine, tx| engine.wake(tx, at("03 12:00"), 9)).orders > 0
    }

    fn give(&self, db: &mut Db) -> bool {
        !self.run(db, |engine, tx| engine.grant_at_once(tx, at("03 12:00"), 5)).is_empty()
    }

    fn deliver(&self, db: &mut Db) -> bool {
        let now = at("03 12:00");
        let lease = Lease { token: format!("t-{}", fastrand::u64(..)), real_now: now, until: now + Span::minutes(10) };
        let claimed = self.run(db, |engine, tx| engine.claim(tx, now, 4, &lease));
        for message in &claimed.ready {
            self.note(message);
            self.run(db, |engine, tx| engine.settle_message(tx, message, &lease.token, &sent(), now));
        }
        claimed.looked_at > 0
    }

    fn note(&self, message: &Message) {
        let mut told = self.told.lock().unwrap();
        for notice in message.notices().filter(|notice| notice.kind == Kind::DelayWarning) {
            let id = notice.composed.as_ref().expect("words").message_id.clone();
            told.entry(id).or_default().push(notice.order.order_id.to_string());
        }
    }

    /// Takes news in, in small batches, while all others are at work.
    fn tell(&self) {
        let (mut db, mut dice) = (self.open(), Dice::new(3));
        for batch in 0..BATCHES {
            let events = incoming(&news(batch, &mut dice));
            self.run(&mut db, |engine, tx| engine.ingest(tx, &events, &[], at("03 12:00")));
        }
        self.over.store(true, Ordering::SeqCst);
    }
}

/// The facts of the same events, taken in one after the other by one writer.
fn fingerprint(engine: &Engine, orders: &[Value], raised: &Value) -> (String, u64, u64) {
    let (mut db, mut dice) = (sqlite::Db::in_memory().expect("room in memory"), Dice::new(3));
    let mut all = vec![orders.to_vec(), vec![raised.clone()]];
    all.extend((0..BATCHES).map(|batch| news(batch, &mut dice)));
    for events in all {
        db.transact(&mut |tx| engine.ingest(tx, &incoming(&events), &[], at("03 12:00"))).expect("room in memory");
    }
    db.transact(&mut |tx| tx.facts_digest()).expect("a store that works")
}

#[test]
fn whoever_takes_orders_of_one_buyer_crosswise_all_are_told_once_and_paid_once() {
    let Some(server) = services::postgres() else { return };
    let database = services::database(&server);
    let (settings, told) = (Settings::new(&database.url), Mutex::default());
    let work = Work { settings, engine: engine(), told, over: AtomicBool::new(false) };
    let mut db = work.open();
    let (orders, raised) = story();
    let book = PolicyBook::parse(POLICY).expect("a policy without faults");
    work.run(&mut db, |_, tx| tx.policy_publish(None, book.version(), book.text(), "test", at("02 00:00")));
    work.run(&mut db, |engine, tx| engine.ingest(tx, &incoming(&orders), &[], at("02 10:00")));
    work.run(&mut db, |engine, tx| engine.ingest(tx, &incoming(std::slice::from_ref(&raised)), &[], at("03 12:00")));
    while work.run(&mut db, |engine, tx| engine.sweep(tx, at("03 12:00"), 100)) {}

    let works: [fn(&Work, &mut Db) -> bool; 5] = [Work::wake, Work::wake, Work::deliver, Work::deliver, Work::give];
    std::thread::scope(|scope| {
        scope.spawn(|| work.tell());
        let work = &work;
        works.into_iter().for_each(|step| drop(scope.spawn(move || work.labour(step))));
    });
    // What one had in hand when another looked for the last time.
    while work.wake(&mut db) | work.deliver(&mut db) | work.give(&mut db) {}

    let told = work.told.lock().unwrap();
    let mut once: Vec<&String> = told.values().flatten().collect();
    once.sort_unstable();
    let all: BTreeSet<String> = names().collect();
    assert_eq!(once, all.iter().collect::<Vec<_>>(), "each order was told of in one message");
    for (message, orders) in told.iter() {
        let standing = orders.iter().map(|order| {
            let (notices, grants) =
                work.run(&mut db, |_, tx| Ok((tx.notices_of(&key(order))?, tx.grants_of(&key(order))?)));
            let warned: Vec<NoticeState> =
                notices.iter().filter(|n| n.kind == Kind::DelayWarning).map(|n| n.state).collect();
            assert_eq!(warned, [NoticeState::Sent], "{order}");
            grants.iter().filter(|grant| grant.status.is_spent()).count()
        });
        assert_eq!(standing.sum::<usize>(), 1, "message {message} about {orders:?} has one compensation");
    }
    assert_eq!(
        work.run(&mut db, |_, tx| tx.facts_digest()),
        fingerprint(&work.engine, &orders, &raised),
        "no news were lost"
    );
    let sql = "SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()";
    let line = format!("crosswise: {} messages, {} deadlocks parted\n", told.len(), database.ask(sql).join(""));
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}
