//! The whole life of one order, from the basket to the door.

use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

use super::basket::{Basket, Item};
use super::catalogue::{Merchant, SCARCE_SKU, Warehouse};
use super::dice::{Dice, scaled};
use super::event::ShopEvent;
use super::script::Script;
use super::{journey, words};

/// Steps of the warehouse with their share of the work; a slow order lies about once it is accepted.
const STEPS: [&str; 5] = ["accepted", "printed", "picking", "packed", "shipped"];
const USUAL: [f64; 5] = [0.08, 0.27, 0.3, 0.25, 0.1];
const SLOW: [f64; 5] = [0.04, 0.7, 0.12, 0.1, 0.04];
/// From the morning on which a present was ordered to the noon by which it is needed.
const PRESENT_WITHIN: Span = Span::hours(4 * 24 + 4);
/// How much longer each step takes in a flooded warehouse.
const FLOODED_FACTOR: f64 = 2.5;

/// An order about to live.
pub(super) struct Life<'a> {
    pub(super) merchant: &'a Merchant,
    pub(super) warehouse: &'a Warehouse,
    pub(super) order_id: String,
    pub(super) basket: Basket,
    pub(super) script: &'a mut Script,
    pub(super) dice: Dice,
    events: Vec<ShopEvent>,
}

impl<'a> Life<'a> {
    pub(super) fn new(
        merchant: &'a Merchant,
        warehouse: &'a Warehouse,
        order_id: String,
        basket: Basket,
        script: &'a mut Script,
        dice: Dice,
    ) -> Self {
        Self { merchant, warehouse, order_id, basket, script, dice, events: Vec::new() }
    }

    /// Everything that is told of the order, in no particular order.
    pub(super) fn live(mut self, placed_at: Instant) -> Vec<ShopEvent> {
        self.place(placed_at);
        if self.dice.happens(40) {
            let given_up = placed_at + self.dice.minutes(60, 24 * 60);
            if self.dice.happens(600) {
                self.cancel(given_up, "unpaid");
            }
            return self.events;
        }
        let paid_at = placed_at + self.dice.minutes(1, 25);
        self.tell(paid_at, "order.paid", "payments", json!({}));
        let last = self.fulfil(paid_at);
        self.chase(paid_at, last);
        self.change_mind(paid_at, last);
        self.stutter();
        self.events
    }

    fn place(&mut self, at: Instant) {
        let mut data = self.basket.placed(self.merchant);
        if let Some(fields) = data.as_object_mut() {
            fields.insert("warehouse_id".into(), self.warehouse.id.into());
            if self.basket.is_present() {
                fields.insert("needed_by".into(), json!(at.floor_to(Span::hours(24)) + PRESENT_WITHIN));
            }
        }
        self.tell(at, "order.placed", "orders", data);
    }

    /// Sends what is in stock, then what was sold ahead. Gives when the last parcel left.
    fn fulfil(&mut self, paid_at: Instant) -> Instant {
        let parts = self.basket.parts(&mut self.dice);
        let count = parts.len();
        let mut last = paid_at;
        for (number, lines) in parts.into_iter().enumerate() {
            let ahead = lines.iter().any(|l| l.article.presale);
            let wait = if ahead { self.dice.minutes(90 * 60, 158 * 60) } else { Span::ZERO };
            let from = if number > 0 { last.max(paid_at + wait) } else { paid_at + wait };
            let part = Part { number, whole: count == 1, silent: number > 0, lines };
            last = if number > 0 && !ahead { self.box_beside(last, &part) } else { self.work(from, paid_at, &part) };
        }
        last
    }

    /// A second box of what was packed already, booked out right after the first. Gives when it left.
    fn box_beside(&mut self, first_left: Instant, part: &Part) -> Instant {
        let at = first_left + self.dice.minutes(2, 9);
        self.send(at, part);
        at
    }

    /// One parcel through the warehouse and away. Gives when it left.
    fn work(&mut self, from: Instant, paid_at: Instant, part: &Part) -> Instant {
        let pace = self.merchant.pace;
        let slow = self.dice.happens(pace.slow_per_mille);
        let length = self.dice.around(if slow { pace.slow } else { pace.usual }, pace.spread);
        let shares = if slow { SLOW } else { USUAL };
        let mut at = from.max(paid_at);
        for (step, share) in STEPS.iter().zip(shares) {
            let flood = if self.script.is_flooded(self.warehouse.id, at) { FLOODED_FACTOR } else { 1.0 };
            at = self.warehouse.hours.after(at, scaled(length, share * flood));
            if let Some(free) = self.script.still_until(self.warehouse.id, at) {
                at = self.warehouse.hours.after(free, self.dice.minutes(10, 300));
            }
            if *step == "picking" {
                at = self.look_at_shelf(at, part);
            }
            if *step != "shipped" && !part.silent {
                self.progress(at, step, part);
            }
        }
        self.send(at, part);
        at
    }

    fn send(&mut self, at: Instant, part: &Part) {
        let parcel = self.parcel(part);
        let told = journey::travel(&parcel, self.warehouse, at, self.script, &mut self.dice);
        for (when, kind, source, data) in told {
            self.tell(when, kind, source, data);
        }
    }

    fn progress(&mut self, at: Instant, step: &str, part: &Part) {
        let mut data = json!({"warehouse_id": self.warehouse.id, "stage": step});
        if !part.whole {
            set(&mut data, "line_ids", part.line_ids());
        }
        let source = self.warehouse.id;
        self.tell(at, "warehouse.progress", source, data);
    }

    fn parcel(&mut self, part: &Part) -> journey::Parcel {
        let carrier = self.dice.pick(self.warehouse.carriers).copied().unwrap_or_default();
        let line_ids = if part.whole { None } else { Some(part.line_ids()) };
        journey::Parcel { id: format!("{}-P{}", self.order_id, part.number + 1), carrier, line_ids }
    }

    /// What may hold the order up when somebody goes to fetch the goods. Gives when it goes on.
    fn look_at_shelf(&mut self, at: Instant, part: &Part) -> Instant {
        let scarce = part.lines.iter().any(|l| l.article.sku == SCARCE_SKU);
        if let Some(back) = self.script.sold_out_until(at).filter(|_| scarce) {
            return self.warehouse.hours.after(back, self.dice.minutes(60, 480));
        }
        let scripted = !part.silent && self.script.takes_address(at);
        if scripted || self.dice.happens(5) {
            let answer = if scripted { Span::hours(41) } else { self.dice.minutes(60, 22 * 60) };
            return self.mend_address(at, at + answer);
        }
        if (!part.silent && self.script.takes_shelf(at)) || self.dice.happens(4) {
            let back = at + self.dice.minutes(30 * 60, 70 * 60);
            return self.restock(at, back, part);
        }
        at
    }

    fn mend_address(&mut self, at: Instant, answered: Instant) -> Instant {
        let id = format!("{}-address", self.order_id);
        let detail = if self.merchant.chinese { "收货地址缺少门牌号" } else { "house number is missing" };
        let source = self.warehouse.id;
        let held = json!({"exception_id": id, "kind": "address", "detail": detail});
        self.tell(at, "warehouse.exception", source, held);
        self.tell(answered, "order.changed", "orders", json!({"ship_to": self.basket.person.ship_to}));
        let free = answered + self.dice.minutes(5, 40);
        self.tell(free, "warehouse.exception_cleared", source, json!({"exception_id": id}));
        self.warehouse.hours.after(free, Span::minutes(30))
    }

    fn restock(&mut self, at: Instant, back: Instant, part: &Part) -> Instant {
        let id = format!("{}-shelf", self.order_id);
        let source = self.warehouse.id;
        let held = json!({
            "exception_id": id, "kind": "out_of_stock", "line_ids": part.line_ids(), "clears_at": back.to_string(),
        });
        self.tell(at, "warehouse.exception", source, held);
        self.tell(back, "warehouse.exception_cleared", source, json!({"exception_id": id}));
        self.warehouse.hours.after(back, Span::minutes(90))
    }

    /// The longer nothing happens, the likelier the buyer asks.
    fn chase(&mut self, paid_at: Instant, last: Instant) {
        let mut at = paid_at + self.dice.minutes(36 * 60, 60 * 60);
        for number in 1..=3 {
            if at >= last || !self.dice.happens(280) {
                return;
            }
            let text = self.dice.pick(words::chases(self.merchant.chinese)).copied().unwrap_or_default();
            let data = json!({
                "buyer_id": self.basket.person.id, "message_id": format!("{}-m{number}", self.order_id), "text": text, "channel": "chat",
            });
            self.tell(at, "buyer.message", "chat", data);
            at = at + self.dice.minutes(10 * 60, 30 * 60);
        }
    }

    /// Some buyers cancel before the goods leave, the more the longer they wait. Nothing is told after that.
    fn change_mind(&mut self, paid_at: Instant, last: Instant) {
        let early = self.dice.happens(18).then(|| paid_at + self.dice.minutes(20, 10 * 60));
        let tired = self.dice.happens(120).then(|| paid_at + self.dice.minutes(70 * 60, 140 * 60));
        if let Some(at) = early.or(tired).filter(|at| *at < last) {
            let left_before = self.events.iter().any(|e| e.time <= at && e.payload.contains("\"warehouse.shipped\""));
            if !left_before {
                self.events.retain(|e| e.time < at);
                self.cancel(at, words::second_thought(self.merchant.chinese));
            }
        }
    }

    fn cancel(&mut self, at: Instant, reason: &str) {
        self.tell(at, "order.cancelled", "orders", json!({"reason": reason}));
    }

    /// Brokers and senders say some things twice.
    fn stutter(&mut self) {
        let twice: Vec<_> = self.events.iter().filter(|_| self.dice.happens(4)).cloned().collect();
        self.events.extend(twice.into_iter().map(|e| ShopEvent { time: e.time + Span::from_ms(2_000), ..e }));
    }

    fn tell(&mut self, at: Instant, kind: &'static str, source: &str, mut data: Value) {
        set(&mut data, "merchant_id", self.merchant.id.into());
        set(&mut data, "order_id", self.order_id.clone().into());
        let id = format!("{}-{}", self.order_id, self.events.len() + 1);
        let key = format!("{}/{}", self.merchant.id, self.order_id);
        let source = format!("/demo/{}/{source}", self.merchant.id);
        self.events.push(ShopEvent::new(at, kind, &source, &id, &key, &data));
    }
}

/// What goes into one box.
struct Part {
    number: usize,
    /// It is all of the order.
    whole: bool,
    /// The warehouse says nothing of it until it leaves.
    silent: bool,
    lines: Vec<Item>,
}

impl Part {
    fn line_ids(&self) -> Value {
        self.lines.iter().map(|l| Value::from(l.line_id.as_str())).collect()
    }
}

fn set(data: &mut Value, field: &str, value: Value) {
    if let Some(fields) = data.as_object_mut() {
        fields.insert(field.into(), value);
    }
}
