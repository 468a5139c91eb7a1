//! Events of a shop, dated from now on.

use forewarn::clock::{Clock as _, SystemClock};
use forewarn_core::notice::Kind;
use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

/// The shop of most tests.
pub(crate) const SHOP: &str = "qinghe";

/// `minutes` from now on; negative: ago.
pub(crate) fn from_now(minutes: i64) -> Instant {
    SystemClock.now() + Span::minutes(minutes)
}

/// One order of one buyer.
pub(crate) struct Order {
    pub(crate) shop: String,
    pub(crate) id: String,
    pub(crate) buyer: Value,
    pub(crate) title: String,
    pub(crate) ship_by: Instant,
}

impl Order {
    /// An order of [`SHOP`] whose buyer has a mailbox and reads Chinese; ship-by is ten days off.
    pub(crate) fn new(id: &str) -> Self {
        let buyer = json!({
            "buyer_id": format!("b-{id}"), "name": "王芳", "email": format!("{id}@example.com"), "locale": "zh-CN",
        });
        let (id, title) = (id.to_owned(), "龙井茶".to_owned());
        Self { shop: SHOP.into(), id, buyer, title, ship_by: from_now(10 * 24 * 60) }
    }

    /// Placed and paid `minutes` from now on.
    pub(crate) fn paid(&self, minutes: i64) -> Vec<Value> {
        let line = json!({
            "line_id": "1", "sku": "sku-1", "title": self.title, "quantity": 1, "fulfilment": "in_stock",
            "unit_price": {"amount": "99.00", "currency": "CNY"},
        });
        let placed = json!({"buyer": self.buyer, "lines": [line], "ship_by": self.ship_by.to_string()});
        vec![self.event("order.placed", minutes, placed), self.event("order.paid", minutes, json!({}))]
    }

    /// A stage in the warehouse.
    pub(crate) fn stage(&self, stage: &str, minutes: i64) -> Value {
        self.event("warehouse.progress", minutes, json!({"warehouse_id": "wh-1", "stage": stage}))
    }

    /// Handed over in one parcel.
    pub(crate) fn shipped(&self, minutes: i64) -> Value {
        let parcel = format!("p-{}", self.id);
        let data = json!({"warehouse_id": "wh-1", "parcel_id": parcel, "carrier": "顺丰", "tracking_number": "SF1"});
        self.event("warehouse.shipped", minutes, data)
    }

    /// The parcel is there.
    pub(crate) fn delivered(&self, minutes: i64) -> Value {
        let parcel = format!("p-{}", self.id);
        self.event("parcel.status", minutes, json!({"parcel_id": parcel, "status": "delivered"}))
    }

    /// The warehouse is out of stock until `clears_at`.
    pub(crate) fn out_of_stock(&self, minutes: i64, clears_at: Instant) -> Value {
        let data = json!({
            "warehouse_id": "wh-1", "exception_id": "x-1", "kind": "out_of_stock", "clears_at": clears_at.to_string(),
        });
        self.event("warehouse.exception", minutes, data)
    }

    /// Five events of a life that owes its buyer one notice, [`due`], whatever is read first, because everything else
    /// is long past.
    pub(crate) fn life(&self, n: usize) -> Vec<Value> {
        const HOUR: i64 = 60;
        match n % 3 {
            0 => [self.paid(-HOUR), self.in_the_house(-30, &["accepted", "printed", "picking"])].concat(),
            1 => {
                let stages = self.in_the_house(-10 * HOUR, &["accepted", "packed"]);
                [self.paid(-20 * HOUR), stages, vec![self.shipped(-HOUR)]].concat()
            }
            _ => {
                let gone = vec![self.shipped(-100 * HOUR), self.delivered(-HOUR)];
                [self.paid(-200 * HOUR), self.in_the_house(-150 * HOUR, &["accepted"]), gone].concat()
            }
        }
    }

    /// Five events of a life that ended a while ago and owes nobody a word.
    pub(crate) fn long_gone(&self) -> Vec<Value> {
        const HOUR: i64 = 60;
        let gone = vec![self.shipped(-150 * HOUR), self.delivered(-100 * HOUR)];
        [self.paid(-200 * HOUR), self.in_the_house(-190 * HOUR, &["packed"]), gone].concat()
    }

    /// One stage a minute.
    fn in_the_house(&self, from: i64, stages: &[&str]) -> Vec<Value> {
        (from..).zip(stages).map(|(minute, stage)| self.stage(stage, minute)).collect()
    }

    fn event(&self, kind: &str, minutes: i64, mut data: Value) -> Value {
        data["merchant_id"] = self.shop.as_str().into();
        data["order_id"] = self.id.as_str().into();
        let id = format!("{}-{}-{kind}-{minutes}-{}", self.shop, self.id, data["stage"].as_str().unwrap_or_default());
        json!({
            "specversion": "1.0", "id": id, "source": "/tests", "type": kind, "time": from_now(minutes).to_string(),
            "data": data,
        })
    }
}

/// The one notice that the life numbered `n` owes.
pub(crate) fn due(n: usize) -> Kind {
    [Kind::OrderAccepted, Kind::Shipped, Kind::Delivered][n % 3]
}

/// Forty orders that went at the shop's usual pace, accepted after 2 hours and handed over after 20, weeks ago: what
/// the forecast compares an open one with.
pub(crate) fn history(shop: &str) -> Vec<Value> {
    const HOUR: i64 = 60;
    (0..40)
        .flat_map(|n| {
            let began = -(500 - n) * HOUR;
            let mut order = Order::new(&format!("h-{n}"));
            (order.shop, order.ship_by) = (shop.into(), from_now(began + 48 * HOUR));
            let mut events = order.paid(began);
            events.extend([order.stage("accepted", began + 2 * HOUR), order.shipped(began + 20 * HOUR)]);
            events.push(order.delivered(began + 60 * HOUR));
            events
        })
        .collect()
}
