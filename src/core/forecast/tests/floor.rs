//! A few shops whose orders are lived through, so that a test can ask what was learned from them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::cause::{Finding, Surroundings, find};
use crate::event::{Body, Event, OrderEvent, Stamp, Subject};
use crate::facts::Facts;
use crate::forecast::observe::next_checkpoint;
use crate::forecast::{Forecast, Learned, Model, Observation, Prediction, Question, next_landmark, observe};
use crate::ids::{EventId, MerchantId, OrderId, OrderKey, Source};
use crate::instant::{Instant, Span};
use crate::order::Order;

/// How often the model learns.
const TICK: Span = Span::minutes(15);

/// Monday, 5 January 2026, midnight in UTC.
pub(super) fn monday() -> Instant {
    Instant::parse("2026-01-05T00:00:00Z").unwrap()
}

/// One order from payment on.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) shop: &'static str,
    pub(super) number: usize,
    pub(super) paid: Instant,
    pub(super) ship_by: Instant,
    pub(super) shipped: Option<Instant>,
    /// An article that is out of stock from a moment on, until the moment that is announced.
    pub(super) out_of_stock: Option<(Instant, Instant)>,
}

impl Life {
    /// An order of `shop` paid at `paid`, promised within `promised` hours and not shipped yet.
    pub(super) fn open(shop: &'static str, paid: Instant, promised: i64) -> Self {
        let ship_by = paid + Span::hours(promised);
        Self { shop, number: 0, paid, ship_by, shipped: None, out_of_stock: None }
    }

    /// As it is known at `now`.
    pub(super) fn order(&self, now: Instant) -> Order {
        let merchant_id = MerchantId::new(self.shop).unwrap();
        let key = OrderKey { merchant_id, order_id: OrderId::new(&format!("{}-{}", self.shop, self.number)).unwrap() };
        let line = json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
        let placed = json!({ "buyer": { "buyer_id": "B1" }, "lines": [line], "ship_by": self.ship_by.to_string() });
        let mut told = vec![
            (self.paid, json!({ "type": "order.placed", "data": placed })),
            (self.paid, json!({ "type": "order.paid", "data": {} })),
        ];
        if let Some((since, until)) = self.out_of_stock {
            let held = json!({ "exception_id": "X", "kind": "out_of_stock", "clears_at": until.to_string() });
            told.push((since, json!({ "type": "warehouse.exception", "data": held })));
        }
        if let Some(at) = self.shipped {
            told.push((at, json!({ "type": "warehouse.shipped", "data": { "parcel_id": "P1" } })));
        }
        let mut facts = Facts::default();
        for (n, (at, said)) in told.into_iter().enumerate().filter(|(_, (at, _))| *at <= now) {
            let said: OrderEvent = serde_json::from_value(said).unwrap();
            let id = EventId::new(&n.to_string()).unwrap();
            let stamp = Stamp { time: at, source: Source::new("test").unwrap(), id };
            let event = Event { stamp, subject: Subject::Order(key.clone()), body: Body::Order(said.clone()) };
            facts.fold(&event.stamp, event.digest(), said);
        }
        Order::read(&key, &facts)
    }

    /// What `model` says about it at `now`.
    pub(super) fn ask(&self, model: &Model, now: Instant) -> Prediction {
        let order = self.order(now);
        let finding = finding(&order, now);
        model.predict(Question { order: &order, finding: &finding, ship_by: Some(self.ship_by), now }).unwrap()
    }

    /// The chance to miss ship-by, a day before it.
    pub(super) fn risk_a_day_before(&self, model: &Model) -> f64 {
        self.ask(model, self.ship_by - Span::hours(24)).after(self.ship_by).as_f64()
    }

    fn next_look(&self, now: Instant) -> Option<Instant> {
        let open = self.shipped.is_none_or(|at| at > now);
        let looks = [next_landmark(self.ship_by, now), next_checkpoint(self.ship_by, now)];
        looks.into_iter().flatten().chain(self.shipped.filter(|at| *at > now)).filter(|_| open).min()
    }
}

fn finding(order: &Order, now: Instant) -> Finding {
    find(order, Surroundings { conditions: &[], silent: false, warehouse_alive: false, surge: None }, now)
}

/// What is learned from `lives` up to `until`, each looked at when the service would look.
pub(super) fn taught(lives: &[Life], until: Instant) -> Model {
    let mut agenda: BTreeSet<(Instant, usize)> = lives.iter().enumerate().map(|(n, life)| (life.paid, n)).collect();
    let mut memory: BTreeMap<usize, Learned> = BTreeMap::new();
    let (mut model, mut lessons, mut tick) = (Model::default(), Vec::<Observation>::new(), Instant::from_ms(0));
    while let Some((now, n)) = agenda.pop_first().filter(|(now, _)| *now <= until) {
        if now.floor_to(TICK) > tick {
            tick = now.floor_to(TICK);
            model.learn(&std::mem::take(&mut lessons), tick);
        }
        let life = &lives[n];
        let order = life.order(now);
        let asked = order.is_open().then(|| life.ask(&model, now).asked).flatten();
        lessons.extend(observe(&order, Some(life.ship_by), asked.as_ref(), memory.entry(n).or_default(), now));
        agenda.extend(life.next_look(now).map(|at| (at, n)));
    }
    model.learn(&lessons, until);
    model
}

/// `n` orders of `shop`, `every` apart from `from` on, promised within `promised` hours, shipped as `shipped` says.
pub(super) fn shop(
    shop: &'static str,
    n: usize,
    (from, every): (Instant, Span),
    promised: i64,
    shipped: impl Fn(usize, Instant) -> Instant,
) -> Vec<Life> {
    let paid = |i: usize| from + Span::from_ms(every.ms() * i64::try_from(i).unwrap());
    let life = |i: usize| {
        let life = Life::open(shop, paid(i), promised);
        Life { number: i + 1, shipped: Some(shipped(i, paid(i))), ..life }
    };
    (0..n).map(life).collect()
}
