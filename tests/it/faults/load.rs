//! Orders of one run, five events each, each owing its buyer one notice by mail.

use forewarn_core::digest;
use serde_json::{Value, json};

use crate::process::events::{Order, from_now};
use crate::process::topics::Stream;

/// Everything told so far.
pub(super) struct Load {
    run: String,
    stream: Stream,
    orders: usize,
    pub(super) events: Vec<Value>,
}

impl Load {
    /// Nothing yet; `stream` is where it will go.
    pub(super) fn new(stream: Stream) -> Self {
        let run = digest::of(&[&from_now(0).to_string(), &std::process::id().to_string(), &stream.section()]);
        Self { run, stream, orders: 0, events: Vec::new() }
    }

    /// Tells `orders` more, whose ids name `part`, and waits until the brokers have them.
    pub(super) async fn tell(&mut self, part: &str, orders: usize) {
        // Numbers go on over the whole run, so that no two parts share an order.
        let numbers = self.orders..self.orders + orders;
        let events: Vec<Value> = numbers.flat_map(|n| named(&format!("{}-{part}-{n}", self.run)).life(n)).collect();
        self.orders += orders;
        self.events.extend(events.iter().cloned());
        let stream = self.stream.clone();
        tokio::task::spawn_blocking(move || stream.produce(&events)).await.unwrap();
    }

    /// How many notices are owed.
    pub(super) fn owed(&self) -> usize {
        self.orders
    }
}

/// An order of that name, of a buyer of its own who has a mailbox.
pub(super) fn named(name: &str) -> Order {
    let mut order = Order::new(name);
    order.buyer = json!({"buyer_id": format!("b-{name}"), "email": format!("{name}@example.com")});
    order
}

/// The part that an order belongs to, and its number.
pub(super) fn part_of(order: &str) -> (&str, usize) {
    let mut words = order.rsplitn(3, '-');
    let number = words.next().and_then(|n| n.parse().ok()).unwrap();
    (words.next().unwrap(), number)
}
