//! What happens in the shops of a seed, and how it reaches us: late, out of order, repeated, in the wrong topic.

use forewarn_core::{Instant, Span};
use serde_json::Value;

use crate::broker::Broker;
use crate::dice::Dice;
use crate::generated::{self, floor_from};
use crate::weather::Sort;

/// Beginnings of ten days: ordinary ones, both changes of the clock in Europe and America, and a leap day.
const STARTS: [&str; 6] = [
    "2026-03-02T00:00:00Z",
    "2026-03-05T00:00:00Z",
    "2026-03-26T00:00:00Z",
    "2026-10-22T00:00:00Z",
    "2026-10-30T00:00:00Z",
    "2028-02-25T00:00:00Z",
];
/// The longest an event is late (LIMITS R8: seven days), in minutes.
const LATE_MAX: u64 = 7 * 24 * 60;
/// How long after the last event of a story a run goes on: the latest copy has come by then, and no notice is worth
/// sending any more.
const AFTERMATH: Span = Span::hours(15 * 24);

/// When the world of `seed` begins.
pub(crate) fn start(seed: u64) -> Instant {
    let text = STARTS[usize::try_from(seed / 4).expect("a small seed") % STARTS.len()];
    Instant::parse(text).expect("a moment")
}

/// Puts everything that happens on its way to the broker. With `copies`, some of it comes up to five times more. Gives
/// when the story is over, whatever comes more than once.
pub(crate) fn send(seed: u64, sort: Sort, mut copies: Option<&mut Dice>, broker: &mut Broker) -> Instant {
    let mut dice = Dice::stream(seed, "story");
    let orders = 2 + dice.below(if sort == Sort::Storm { 5 } else { 3 });
    let made = floor_from(start(seed), seed, orders);
    let mut last = start(seed);
    for event in &made.events {
        let data = &event["data"];
        // Which order a message means that names none depends on when it is read: the model has nothing to say to it.
        if event["type"] == "buyer.message" && data["order_id"].is_null() {
            continue;
        }
        let (kind, key) = (event["type"].as_str().unwrap_or_default(), key_of(data));
        let time = Instant::parse(event["time"].as_str().unwrap_or_default()).expect("a time we made");
        last = last.max(time);
        let late = match dice.below(25) {
            0 => dice.minutes(LATE_MAX),
            1..=5 => dice.minutes(180),
            _ => dice.minutes(1),
        };
        let (place, bytes) = (broker.place_of(kind, &key), event.to_string().into_bytes());
        broker.expect(time + late, place.clone(), bytes.clone());
        let Some(copies) = copies.as_deref_mut() else { continue };
        if !copies.chance(20) {
            continue;
        }
        for _ in 0..=copies.below(5) {
            let place = if copies.chance(30) { broker.any_place(copies) } else { place.clone() };
            broker.expect(time + late + copies.minutes(LATE_MAX), place, bytes.clone());
        }
        if sort == Sort::Storm && copies.chance(20) {
            let (place, at) = (broker.any_place(copies), time + late + copies.minutes(LATE_MAX));
            broker.expect(at, place, damaged(event, copies));
        }
    }
    last + AFTERMATH
}

/// The key of a message, as the contract has it.
fn key_of(data: &Value) -> String {
    let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
    if data["order_id"].is_string() {
        format!("{}/{}", text("merchant_id"), text("order_id"))
    } else if data["buyer_id"].is_string() {
        format!("{}/{}", text("merchant_id"), text("buyer_id"))
    } else {
        text("condition_id")
    }
}

/// The same id with another content, a type nobody knows, or half a message.
fn damaged(event: &Value, dice: &mut Dice) -> Vec<u8> {
    let mut event = event.clone();
    match dice.below(3) {
        0 => event["time"] = serde_json::json!(generated::start()),
        1 => event["type"] = "order.teleported".into(),
        _ => return event.to_string().into_bytes()[..40].to_vec(),
    }
    event.to_string().into_bytes()
}
