//! Random shop floors from a seed: every type of event, repeated, late, out of order, and contradicting each other.

use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

pub(crate) use super::dice::Dice;

/// The clocks of the buyers, by buyer.
pub(crate) const ZONES: [&str; 4] = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata"];

/// What a floor is about; the records are checked against it.
pub(crate) struct Generated {
    /// Events in the order of their times.
    pub(crate) events: Vec<Value>,
    /// (merchant, order, buyer, zone).
    pub(crate) orders: Vec<(String, String, String, &'static str)>,
}

impl Generated {
    /// The events as lines of a file, some twice, in random order.
    pub(crate) fn lines(&self, dice: &mut Dice) -> Vec<String> {
        let mut lines: Vec<String> = self.events.iter().map(Value::to_string).collect();
        let again: Vec<String> = lines.iter().filter(|_| dice.chance(15)).cloned().collect();
        lines.extend(again);
        dice.shuffle(&mut lines);
        lines
    }
}

/// 2 March 2026, midnight in UTC.
pub(crate) fn start() -> Instant {
    Instant::parse("2026-03-02T00:00:00Z").expect("a moment")
}

/// `orders` orders within ten days, and what became of them.
pub(crate) fn floor(seed: u64, orders: u64) -> Generated {
    floor_from(start(), seed, orders)
}

/// The same within ten days from `start` on.
pub(crate) fn floor_from(start: Instant, seed: u64, orders: u64) -> Generated {
    let mut made = Maker { start, dice: Dice::new(seed), events: Vec::new(), orders: Vec::new() };
    for n in 0..orders {
        made.order(n);
    }
    made.around();
    made.events.sort_by_key(|(at, _)| *at);
    Generated { events: made.events.into_iter().map(|(_, event)| event).collect(), orders: made.orders }
}

struct Maker {
    start: Instant,
    dice: Dice,
    events: Vec<(Instant, Value)>,
    orders: Vec<(String, String, String, &'static str)>,
}

impl Maker {
    fn say(&mut self, minute: i64, kind: &str, data: Value) {
        let at = self.start + Span::minutes(minute);
        let id = format!("e{}", self.events.len());
        let event =
            json!({ "specversion": "1.0", "id": id, "source": "/floor", "type": kind, "time": at, "data": data });
        self.events.push((at, event));
    }

    fn minutes(&mut self, most: u64) -> i64 {
        i64::try_from(self.dice.below(most)).expect("a few weeks")
    }

    fn moment(&mut self, from: i64, most: u64) -> Value {
        let minute = from + self.minutes(most);
        json!(self.start + Span::minutes(minute))
    }

    fn order(&mut self, n: u64) {
        let merchant = self.dice.of(&["qinghe", "lumen", "a/b"]).to_owned();
        let buyer_no = self.dice.below(12);
        let zone = ZONES[usize::try_from(buyer_no % 4).expect("below four")];
        let (order, buyer) = (format!("o{n}"), format!("b{buyer_no}"));
        self.orders.push((merchant.clone(), order.clone(), buyer.clone(), zone));
        let data = json!({ "merchant_id": merchant, "order_id": order });
        let mut told = Order { about: data, at: self.minutes(14_400), n };
        let placed = self.placed(&told, &buyer, zone);
        self.say(told.at, "order.placed", placed);
        if self.dice.chance(95) {
            told.at += self.minutes(300);
            let paid = told.about.clone();
            self.say(told.at, "order.paid", paid);
        }
        self.course(&told);
    }

    fn placed(&mut self, told: &Order, buyer: &str, zone: &str) -> Value {
        let mut about = told.about.clone();
        let locale = self.dice.of(&["zh-CN", "en-GB", "de-DE"]);
        about["buyer"] = json!({ "buyer_id": buyer, "name": "A & <B>", "locale": locale, "time_zone": zone });
        if self.dice.chance(95) {
            about["buyer"]["email"] = json!(format!("{buyer}@example.com"));
        }
        let lines = (0..=self.dice.below(3)).map(|line| {
            let kind = self.dice.of(&["in_stock", "in_stock", "in_stock", "presale", "made_to_order"]);
            let mut line = json!({ "line_id": format!("{line}"), "sku": format!("S{}", line + told.n % 5), "quantity": 1 + line, "fulfilment": kind });
            if self.dice.chance(40) {
                line["ship_by"] = self.moment(told.at + 600, 7_200);
            }
            line
        });
        about["lines"] = lines.collect::<Vec<_>>().into();
        about["warehouse_id"] = json!(self.dice.of(&["W1", "W2"]));
        if self.dice.chance(5) {
            about["notify"] = json!(false);
        }
        if self.dice.chance(15) {
            about["total"] = json!({ "amount": "80.00", "currency": self.dice.of(&["CNY", "EUR"]) });
        }
        about
    }

    /// What becomes of an order: each step may come, in its usual order or not.
    fn course(&mut self, told: &Order) {
        for stage in ["accepted", "printed", "picking", "packed"] {
            if self.dice.chance(50) {
                let mut more = json!({ "warehouse_id": "W1", "stage": stage });
                if self.dice.chance(20) {
                    more["expected_ship_at"] = self.moment(told.at + 1_000, 9_000);
                }
                self.later(told, 2_000, "warehouse.progress", more);
            }
        }
        if self.dice.chance(20) {
            self.exception(told);
        }
        if self.dice.chance(8) {
            let lines = if self.dice.chance(50) { json!({}) } else { json!({ "line_ids": ["0"] }) };
            self.later(told, 5_000, "order.cancelled", lines);
        }
        if self.dice.chance(15) {
            let status = self.dice.of(&["proposed", "agreed", "refused", "expired"]);
            let ship_by = self.moment(told.at + 2_000, 9_000);
            self.later(told, 3_000, "promise.renegotiated", json!({ "status": status, "ship_by": ship_by }));
        }
        if self.dice.chance(15) {
            let ship_by = self.moment(told.at + 1_000, 9_000);
            self.later(told, 4_000, "order.changed", json!({ "ship_by": ship_by }));
        }
        if self.dice.chance(20) {
            self.later(
                told,
                9_000,
                "buyer.message",
                json!({ "message_id": format!("m{}", told.n), "text": "где мой заказ?" }),
            );
        }
        if self.dice.chance(80) {
            self.parcels(told);
        }
    }

    fn later(&mut self, told: &Order, most: u64, kind: &str, more: Value) -> i64 {
        let minute = told.at + self.minutes(most);
        self.say(minute, kind, told.with(more));
        minute
    }

    fn exception(&mut self, told: &Order) {
        let kind = self.dice.of(&["address", "contact", "out_of_stock", "damaged", "review", "system", "other"]);
        let since = self.later(told, 2_500, "warehouse.exception", json!({ "exception_id": "x", "kind": kind }));
        if self.dice.chance(60) {
            let cleared = since + self.minutes(6_000);
            self.say(cleared, "warehouse.exception_cleared", told.with(json!({ "exception_id": "x" })));
        }
    }

    fn parcels(&mut self, told: &Order) {
        for parcel in 0..=u64::from(self.dice.chance(15)) {
            let id = format!("p{parcel}");
            let mut more = json!({ "parcel_id": id, "carrier": self.dice.of(&["SF", "DHL"]) });
            if self.dice.chance(50) {
                more["expected_delivery_at"] = self.moment(told.at + 4_000, 6_000);
            }
            let mut minute = self.later(told, 6_000, "warehouse.shipped", more);
            for status in ["collected", "in_transit", "delayed", "attempt_failed", "out_for_delivery", "delivered"] {
                if self.dice.chance(55) {
                    minute += self.minutes(1_500);
                    self.say(minute, "parcel.status", told.with(json!({ "parcel_id": id, "status": status })));
                }
            }
        }
    }

    /// What is wider than one order.
    fn around(&mut self) {
        for n in 0..4 {
            let (from, id) = (self.minutes(14_000), format!("c{n}"));
            let kind = self.dice.of(&["out_of_stock", "surge", "weather", "staff", "holiday", "system", "carrier"]);
            let scope = if n % 2 == 0 {
                json!({ "merchant_id": "qinghe", "sku": "S1" })
            } else {
                json!({ "warehouse_id": "W2" })
            };
            let clears_at = self.moment(from + 500, 6_000);
            self.say(
                from,
                "condition.raised",
                json!({ "condition_id": id, "scope": scope, "kind": kind, "clears_at": clears_at }),
            );
            let until = from + self.minutes(5_000);
            self.say(until, "condition.cleared", json!({ "condition_id": id }));
        }
        for n in 0..3 {
            let (minute, allow) = (self.minutes(14_000), self.dice.chance(50));
            let buyer =
                json!({ "merchant_id": "lumen", "buyer_id": format!("b{n}"), "channel": "all", "allow": allow });
            self.say(minute, "buyer.preference", buyer);
            let minute = self.minutes(20_000);
            let message = json!({ "merchant_id": "qinghe", "buyer_id": format!("b{n}"), "message_id": format!("w{n}"), "text": "?" });
            self.say(minute, "buyer.message", message);
        }
    }
}

struct Order {
    about: Value,
    at: i64,
    n: u64,
}

impl Order {
    fn with(&self, more: Value) -> Value {
        let mut data = self.about.clone();
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
        data
    }
}
