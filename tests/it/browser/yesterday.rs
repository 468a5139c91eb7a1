//! What a store holds of yesterday, written by the same engine on yesterday's date.

use std::collections::BTreeMap;
use std::sync::Arc;

use forewarn::copy::Copy;
use forewarn::engine::{Attempt, Engine, Identity, Incoming, Lease, Links, Purpose, Shop, Shops};
use forewarn::intake::structured;
use forewarn::policy::PolicyBook;
use forewarn::store::Tx;
use forewarn::store::port::{NoticeRow, Origin};
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::notice::Kind;
use forewarn_core::{Instant, OrderKey, Span};
use serde_json::Value;

use crate::process::events::{Order, from_now, history};
use crate::process::{AT_ANY_HOUR, Place};

/// Signs the links of this house and of the service.
pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";
const DAY: i64 = 24 * 60;
/// A tea that was out of stock yesterday, in both shops.
pub(super) const TEA: (&str, &str) = ("qinghe", "QH-1");
pub(super) const DESK: (&str, &str) = ("northwind", "NW-1");

pub(super) fn key((shop, order): (&str, &str)) -> OrderKey {
    OrderKey { merchant_id: MerchantId::new(shop).unwrap(), order_id: OrderId::new(order).unwrap() }
}

/// The page a buyer opens from a notice.
pub(super) fn buyer_page(place: &Place, order: (&str, &str)) -> String {
    engine(place).identity().links.to(Purpose::Order, &key(order))
}

/// Yesterday one order of each shop ran out of stock and its buyer was warned. Gives both warnings.
pub(super) fn seed(place: &Place) -> [NoticeRow; 2] {
    let (engine, now, mut db) = (engine(place), from_now(-DAY), place.db());
    let events: Vec<Value> = [(TEA, "龙井茶", "zh-CN", "王芳"), (DESK, "Walnut desk", "en", "Ada")]
        .into_iter()
        .flat_map(|((shop, id), title, locale, name)| {
            let mut order = Order::new(id);
            (order.shop, order.title, order.ship_by) = (shop.into(), title.into(), from_now(2 * DAY));
            (order.buyer["locale"], order.buyer["name"]) = (locale.into(), name.into());
            let mut events = history(shop);
            events.extend(order.paid(-3 * DAY));
            events.push(order.out_of_stock(-DAY - 5, from_now(6 * DAY)));
            events
        })
        .collect();
    let batch: Vec<_> = events.iter().map(incoming).collect();
    let policy = PolicyBook::parse(AT_ANY_HOUR).unwrap();
    db.transact(&mut |tx| tx.policy_publish(None, policy.version(), policy.text(), "yesterday", now)).unwrap();
    db.transact(&mut |tx| engine.ingest(tx, &batch, &[], now).map(drop)).unwrap();
    db.transact(&mut |tx| settle(&engine, tx, now)).unwrap();
    let warning = |order| move |tx: &mut dyn Tx| tx.notices_of(&key(order));
    [TEA, DESK].map(|order| {
        let notices = db.transact(&mut warning(order)).unwrap();
        notices.into_iter().find(|n| n.kind == Kind::DelayWarning).unwrap()
    })
}

fn settle(engine: &Engine, tx: &mut dyn Tx, now: Instant) -> Result<(), forewarn::store::StoreError> {
    while engine.learn(tx, now)? {}
    loop {
        let woken = engine.wake(tx, now, 500)?;
        engine.grant_at_once(tx, now, 500)?;
        let lease = Lease { token: "yesterday".into(), real_now: now, until: now + Span::minutes(2) };
        let claimed = engine.claim(tx, now, 500, &lease)?;
        for message in &claimed.ready {
            let sent = Attempt::Sent { receipt: "kept in the mailbox".into() };
            engine.settle_message(tx, message, "yesterday", &sent, now)?;
        }
        if woken.orders == 0 && claimed.looked_at == 0 {
            return Ok(());
        }
    }
}

fn engine(place: &Place) -> Engine {
    let shop =
        |name: &str, locale: &str| Shop { name: Some(name.into()), locale: Some(locale.into()), ..Shop::default() };
    let named = BTreeMap::from([
        ("qinghe".to_owned(), shop("清禾茶行", "zh-CN")),
        ("northwind".to_owned(), shop("Northwind", "en")),
    ]);
    let identity = Identity {
        links: Links::new(&format!("http://127.0.0.1:{}", place.port), SECRET.as_bytes()),
        shops: Shops { named, others: Shop::default() },
        live_since: Some(from_now(-300 * DAY)),
        shadow: false,
    };
    Engine::new(identity, Arc::new(Copy::builtin()))
}

fn incoming(event: &Value) -> Incoming {
    let raw = event.to_string().into_bytes();
    let origin = Origin { topic: "yesterday".into(), partition: 0, offset: 0 };
    Incoming { origin, event: structured(&raw), raw, headers: Vec::new() }
}
