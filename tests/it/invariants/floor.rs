//! A small shop floor: events as the world sends them, the engine's steps one by one or looped to rest, and what the
//! store then holds.

use std::path::Path;
use std::sync::Arc;

use forewarn::copy::Copy;
use forewarn::engine::{
    Attempt, Claimed, Engine, Identity, Incoming, Lease, Links, Message, Record, Shop, Shops, Taken, Woken,
};
use forewarn::intake::structured;
use forewarn::policy::PolicyBook;
use forewarn::store::port::{
    Book, DeadLetter, GrantRow, LetterLine, LetterSearch, NoticeRow, NoticeState, OrderRow, Origin, SwitchScope,
};
use forewarn::store::sqlite::Db;
use forewarn::store::{StoreError, Tx};
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{Instant, OrderKey, Span};
use serde_json::{Value, json};

pub(crate) use super::said::{about, at, event, placed};

pub(crate) fn key(order: &str) -> OrderKey {
    let merchant_id = MerchantId::new("qinghe").expect("a short id");
    OrderKey { merchant_id, order_id: OrderId::new(order).expect("a short id") }
}

/// Engine and store under a clock the test moves.
pub(crate) struct Floor {
    pub(crate) db: Db,
    pub(crate) engine: Engine,
    pub(crate) now: Instant,
    pub(crate) coupons_at_once: bool,
    lines: i64,
}

/// Sends everything it gets.
pub(crate) fn sent() -> Attempt {
    Attempt::Sent { receipt: "250 ok".into() }
}

impl Floor {
    /// An empty floor on which notices may go out from 2 March on.
    pub(crate) fn new() -> Self {
        Self::over(Db::in_memory().expect("room in memory"), Some(at("02 00:00")))
    }

    /// A floor on the file at `path`, as a process finds it when it starts.
    pub(crate) fn open(path: &Path) -> Self {
        Self::over(Db::open(path).expect("a file that can be opened"), Some(at("02 00:00")))
    }

    pub(crate) fn over(db: Db, live_since: Option<Instant>) -> Self {
        let identity = Identity {
            links: Links::new("https://example.com", b"secret"),
            shops: Shops { named: std::collections::BTreeMap::new(), others: Shop::default() },
            live_since,
            shadow: false,
        };
        let engine = Engine::new(identity, Arc::new(Copy::builtin()));
        Self { db, engine, now: at("02 00:00"), coupons_at_once: true, lines: 0 }
    }

    /// Runs `step` in one transaction.
    pub(crate) fn run<R>(&mut self, mut step: impl FnMut(&Engine, &mut dyn Tx) -> Result<R, StoreError>) -> R {
        let engine = &self.engine;
        self.db.transact(&mut |tx| step(engine, tx)).expect("a store that works")
    }

    pub(crate) fn policy(&mut self, toml: &str) {
        let book = PolicyBook::parse(toml).expect("a policy without faults");
        let now = self.now;
        self.run(|_, tx| {
            let number = tx.policy_in_force()?.map(|p| p.number);
            tx.policy_publish(number, book.version(), book.text(), "test", now)
        });
    }

    pub(crate) fn switch(&mut self, scope: &SwitchScope, on: bool) {
        let now = self.now;
        self.run(|_, tx| tx.switch_set(scope, on, "test", now));
    }

    /// Takes raw bytes in, now.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Taken {
        self.batch(&[bytes]).pop().expect("one answer an event")
    }

    pub(crate) fn batch(&mut self, events: &[&[u8]]) -> Vec<Taken> {
        let incoming: Vec<Incoming> = events.iter().map(|bytes| self.incoming(bytes)).collect();
        let now = self.now;
        self.run(|engine, tx| engine.ingest(tx, &incoming, &[], now)).taken
    }

    fn incoming(&mut self, bytes: &[u8]) -> Incoming {
        self.lines += 1;
        let origin = Origin { topic: "floor".into(), partition: 0, offset: self.lines };
        Incoming { origin, event: structured(bytes), raw: bytes.to_vec(), headers: vec![("h".into(), b"v".to_vec())] }
    }

    /// Something happens at `time`, and we hear of it at once.
    pub(crate) fn say(&mut self, time: &str, kind: &str, data: Value) -> Taken {
        self.now = self.now.max(at(time));
        self.raw(event(time, kind, data).to_string().as_bytes())
    }

    /// An order of one line, placed and paid.
    pub(crate) fn order(&mut self, time: &str, id: &str) {
        self.order_with(time, id, json!({}));
    }

    /// The same with further or other fields.
    pub(crate) fn order_with(&mut self, time: &str, id: &str, more: Value) {
        assert_eq!(self.say(time, "order.placed", placed(id, more)), Taken::Applied);
        assert_eq!(self.say(time, "order.paid", about(id, json!({}))), Taken::Applied);
    }

    pub(crate) fn shipped(&mut self, time: &str, id: &str) {
        let data = about(id, json!({ "parcel_id": format!("{id}-p"), "carrier": "SF" }));
        assert_eq!(self.say(time, "warehouse.shipped", data), Taken::Applied);
    }

    pub(crate) fn wake(&mut self) -> Woken {
        let now = self.now;
        self.run(|engine, tx| engine.wake(tx, now, 1_000))
    }

    /// Claims everything due for `token`, for ten minutes of real time, which here is the business time.
    pub(crate) fn claim(&mut self, token: &str) -> Claimed {
        let now = self.now;
        let lease = Lease { token: token.into(), real_now: now, until: now + Span::minutes(10) };
        self.run(|engine, tx| engine.claim(tx, now, 1_000, &lease))
    }

    pub(crate) fn settle(&mut self, message: &Message, token: &str, attempt: &Attempt) -> Vec<Record> {
        let now = self.now;
        self.run(|engine, tx| engine.settle_message(tx, message, token, attempt, now))
    }

    pub(crate) fn settle_stranded(&mut self) -> usize {
        let now = self.now;
        self.run(|engine, tx| engine.settle_stranded(tx, now, now, 100))
    }

    /// Loops the steps until nothing is due at this moment.
    pub(crate) fn rest(&mut self) -> Vec<Record> {
        let (mut records, now) = (Vec::new(), self.now);
        while self.run(|engine, tx| engine.watch_incidents(tx, now)) {}
        while self.run(|engine, tx| engine.learn(tx, now)) {}
        while self.run(|engine, tx| engine.sweep(tx, now, 100)) {}
        loop {
            let woken = self.wake();
            records.extend(woken.records);
            if self.coupons_at_once {
                records.extend(self.run(|engine, tx| engine.grant_at_once(tx, now, 1_000)));
            }
            let claimed = self.claim("rest");
            records.extend(claimed.records);
            for message in &claimed.ready {
                records.extend(self.settle(message, "rest", &sent()));
            }
            if woken.orders == 0 && claimed.looked_at == 0 {
                return records;
            }
        }
    }

    /// Lets time pass until `time`, stopping wherever something is due.
    pub(crate) fn until(&mut self, time: &str) -> Vec<Record> {
        let mut records = self.rest();
        while let Some(due) = self.next_due().filter(|due| *due <= at(time)) {
            self.now = self.now.max(due);
            records.extend(self.rest());
        }
        self.now = at(time);
        records
    }

    pub(crate) fn next_due(&mut self) -> Option<Instant> {
        self.run(|_, tx| Ok([tx.orders_next_wake()?, tx.notices_next_due()?].into_iter().flatten().min()))
    }

    pub(crate) fn row(&mut self, order: &str) -> OrderRow {
        let key = key(order);
        let found = self.run(|_, tx| tx.orders_load(std::slice::from_ref(&key)));
        found.into_iter().flatten().next().expect("an order that is known")
    }

    pub(crate) fn notices(&mut self, order: &str) -> Vec<NoticeRow> {
        let key = key(order);
        self.run(|_, tx| tx.notices_of(&key))
    }

    pub(crate) fn states(&mut self, order: &str, kind: Kind) -> Vec<NoticeState> {
        self.notices(order).iter().filter(|n| n.kind == kind).map(|n| n.state).collect()
    }

    pub(crate) fn suppressions(&mut self, order: &str) -> Vec<(Kind, Why)> {
        let key = key(order);
        self.run(|_, tx| tx.suppressions_of(&key)).into_iter().map(|(kind, why, ..)| (kind, why)).collect()
    }

    pub(crate) fn grants(&mut self, order: &str) -> Vec<GrantRow> {
        let key = key(order);
        self.run(|_, tx| tx.grants_of(&key))
    }

    pub(crate) fn book(&mut self, book: Book) -> u64 {
        self.run(|_, tx| tx.books()).into_iter().filter(|(b, _)| *b == book).map(|(_, sum)| sum).sum()
    }

    /// Dead letters as they are listed.
    pub(crate) fn letters(&mut self) -> Vec<LetterLine> {
        self.run(|_, tx| tx.letters_list(&LetterSearch::default(), None, 100_000))
    }

    pub(crate) fn dead_letters(&mut self) -> Vec<DeadLetter> {
        self.run(|_, tx| tx.dead_letters(100_000)).0
    }
}

pub(crate) fn sent_kinds(records: &[Record]) -> Vec<Kind> {
    records.iter().filter_map(|r| if let Record::Notice(n) = r { Some(n.kind) } else { None }).collect()
}

pub(crate) fn suppressed(records: &[Record]) -> Vec<(Kind, Why)> {
    records.iter().filter_map(|r| if let Record::Suppressed(s) = r { Some((s.kind, s.why)) } else { None }).collect()
}
