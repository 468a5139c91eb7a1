//! A believable shop floor, made from a seed: three shops, four warehouses, and orders through their whole life.
//!
//! A month of ordinary business comes first, so that there is something to learn from. From the start on a few things
//! go wrong on purpose: an article sells out and comes back later than said, a warehouse is flooded with orders, another
//! one stands still and tells nobody, a carrier's hub is stuck, an address is bad. Then life goes on for as long as anybody asks for more.

mod basket;
mod catalogue;
mod dice;
mod event;
mod hours;
mod journey;
mod life;
mod people;
mod script;
#[cfg(test)]
mod tests;
mod words;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use forewarn_core::{Instant, Span};
use serde_json::json;

use basket::Basket;
use catalogue::{FLOODED, MERCHANTS, Merchant, Warehouse};
use dice::Dice;
use life::Life;
use script::Script;

pub use event::ShopEvent;

/// How much ordinary business lies before the start.
pub const HISTORY: Span = Span::hours(30 * 24);

const DAY: Span = Span::hours(24);
/// Days begin at midnight in China, eight hours ahead of UTC.
const CHINA: Span = Span::hours(8);
/// Orders that a flood brings, and over how many minutes.
const FLOOD_ORDERS: i64 = 60;
const FLOOD_MINUTES: i64 = 600;

/// The shop floor. It makes orders day by day and never ends.
pub struct Shop {
    seed: u64,
    script: Script,
    /// Midnight of the next day that has no orders yet.
    tomorrow: Instant,
    last_number: [u64; MERCHANTS.len()],
    waiting: BinaryHeap<Reverse<Waiting>>,
    told: u64,
}

/// A shop as buyers and operators call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShopName {
    /// Its id in events.
    pub merchant_id: &'static str,
    /// Its name before buyers.
    pub name: &'static str,
    /// The language of its buyers (BCP 47).
    pub locale: &'static str,
}

/// The shops there are.
pub fn names() -> impl Iterator<Item = ShopName> {
    MERCHANTS.iter().map(|m| {
        let locale = if m.chinese { "zh-CN" } else { "en" };
        ShopName { merchant_id: m.id, name: m.name, locale }
    })
}

/// Events wait by time, those of one moment in the order in which they were made.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    time: Instant,
    number: u64,
    event: Told,
}

#[derive(Debug, PartialEq, Eq)]
struct Told(ShopEvent);

impl PartialOrd for Told {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Told {
    /// Numbers differ, so this is never what decides.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.payload.cmp(&other.0.payload)
    }
}

impl Shop {
    /// A shop floor whose month of history ends at `start`. The same seed and start always give the same events.
    pub fn new(seed: u64, start: Instant) -> Self {
        let tomorrow = (start - HISTORY + CHINA).floor_to(DAY) - CHINA;
        Self {
            seed,
            script: Script::new(start),
            tomorrow,
            last_number: [1_000; MERCHANTS.len()],
            waiting: BinaryHeap::new(),
            told: 0,
        }
    }

    /// Takes out everything told until `until`, in order of time. How often one asks does not change what is told.
    pub fn events_until(&mut self, until: Instant) -> Vec<ShopEvent> {
        while self.tomorrow <= until {
            self.make_day();
        }
        let mut due = Vec::new();
        while self.waiting.peek().is_some_and(|Reverse(next)| next.time <= until) {
            due.extend(self.waiting.pop().map(|Reverse(next)| next.event.0));
        }
        due
    }

    fn make_day(&mut self) {
        let (from, to) = (self.tomorrow, self.tomorrow + DAY);
        self.tomorrow = to;
        for event in self.script.told(from, to) {
            self.wait(event);
        }
        let mut dice = Dice::new(self.seed, from.ms().unsigned_abs());
        let weekend = hours::weekday((from + CHINA).ms().div_euclid(DAY.ms())) >= 5;
        for (place, merchant) in MERCHANTS.iter().enumerate() {
            let usual = i64::from(merchant.orders_a_day) * if weekend { 6 } else { 5 } / 5;
            for _ in 0..dice.between(usual * 17 / 20, usual * 23 / 20) {
                let hour = dice.weighted(&merchant.rhythm);
                let at = from + Span::hours(i64::try_from(hour).unwrap_or(0)) + dice.minutes(0, 59);
                self.order(place, merchant, None, at);
            }
            self.flood(place, merchant, from, to, &mut dice);
        }
        self.opt_out(from, &mut dice);
    }

    fn flood(&mut self, place: usize, merchant: &'static Merchant, from: Instant, to: Instant, dice: &mut Dice) {
        let Some((flooded, _)) = merchant.warehouses.iter().find(|(w, _)| w.id == FLOODED) else {
            return;
        };
        for begins in self.script.floods(from, to) {
            for _ in 0..FLOOD_ORDERS {
                let at = begins + dice.minutes(0, FLOOD_MINUTES);
                self.order(place, merchant, Some(flooded), at);
            }
        }
    }

    fn order(&mut self, place: usize, merchant: &'static Merchant, from: Option<&'static Warehouse>, at: Instant) {
        let Some(number) = self.last_number.get_mut(place) else {
            return;
        };
        *number += 1;
        let order_id = format!("{}{number}", merchant.prefix);
        let mut dice = Dice::new(self.seed, *number * 16 + u64::try_from(place).unwrap_or(0));
        let weights: Vec<u32> = merchant.warehouses.iter().map(|(_, weight)| *weight).collect();
        let usual = merchant.warehouses.get(dice.weighted(&weights)).map(|(warehouse, _)| warehouse);
        let Some(warehouse) = from.or(usual) else {
            return;
        };
        let person = people::somebody(self.seed, merchant, &mut dice);
        let basket = Basket::fill(merchant, person, &mut dice);
        let life = Life::new(merchant, warehouse, order_id, basket, &mut self.script, dice);
        for event in life.live(at) {
            self.wait(event);
        }
    }

    /// A buyer who wants no mail, every other day.
    fn opt_out(&mut self, from: Instant, dice: &mut Dice) {
        let Some(merchant) = dice.pick(&MERCHANTS).filter(|_| from.ms() / DAY.ms() % 2 == 0) else {
            return;
        };
        let person = people::somebody(self.seed, merchant, dice);
        let at = from + dice.minutes(9 * 60, 21 * 60);
        let key = format!("{}/{}", merchant.id, person.id);
        let data = json!({"merchant_id": merchant.id, "buyer_id": person.id, "channel": "email", "allow": false});
        let id = format!("wish-{}-{}", person.id, at.ms());
        self.wait(ShopEvent::new(at, "buyer.preference", "/demo/accounts", &id, &key, &data));
    }

    fn wait(&mut self, event: ShopEvent) {
        self.told += 1;
        self.waiting.push(Reverse(Waiting { time: event.time, number: self.told, event: Told(event) }));
    }
}
