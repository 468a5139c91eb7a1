//! The timeline language: one event a line, `MM-DD hh:mm` or `+2h30m` after the line above, then what happened.
//!
//! Clock times are those of Shanghai in 2026. A leading `@A2` names another order than `A1`; `key=value` pairs fill
//! fields; `arrives=` is when the event reaches us, where that differs from when it happened. What a carrier says is a
//! status of ours, or `vocabulary:word`.

use std::collections::BTreeMap;

use crate::event::{Body, Event, Message, OrderEvent, Stamp, Subject};
use crate::ids::{BuyerId, BuyerKey, ConditionId, EventId, MerchantId, OrderId, OrderKey, Source};
use crate::instant::{Instant, Span};
use crate::text::Private;

mod world;

/// An event and when it reaches us.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) event: Event,
}

/// Reads `MM-DD hh:mm`, `MM-DDThh:mm`, or any instant the way events write it.
pub(super) fn moment(text: &str) -> Instant {
    if let Ok(instant) = Instant::parse(text) {
        return instant;
    }
    let text = text.replace(' ', "T");
    Instant::parse(&format!("2026-{text}:00+08:00")).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// An instant the way timelines write it.
pub(super) fn clock(at: Instant) -> String {
    let shanghai = crate::zone::Zone::named("Asia/Shanghai").unwrap();
    let zone = jiff::tz::TimeZone::get(shanghai.name()).unwrap();
    at.timestamp().to_zoned(zone).strftime("%m-%d %H:%M").to_string()
}

pub(super) fn order_key(order: &str) -> OrderKey {
    OrderKey { merchant_id: MerchantId::new("shop").unwrap(), order_id: OrderId::new(order).unwrap() }
}

/// Reads a whole timeline.
pub(super) fn read(timeline: &str) -> Vec<Arrival> {
    let mut last = moment("01-01 00:00");
    let lines = timeline.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.enumerate().map(|(n, line)| arrival(line, n, &mut last)).collect()
}

fn arrival(line: &str, number: usize, last: &mut Instant) -> Arrival {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let first = words.remove(0);
    *last = match first.strip_prefix('+') {
        Some(span) => *last + Span::parse(span).unwrap(),
        None => moment(&format!("{first} {}", words.remove(0))),
    };
    let order = match words[0].strip_prefix('@') {
        Some(order) => {
            words.remove(0);
            order
        }
        None => "A1",
    };
    let said = Words::new(&words);
    let id = said.text("id").unwrap_or(format!("e{number}"));
    let stamp = Stamp { time: *last, source: Source::new("test").unwrap(), id: EventId::new(&id).unwrap() };
    let (subject, body) = what(&said, order);
    let at = said.time("arrives").unwrap_or(*last);
    Arrival { at, event: Event { stamp, subject, body } }
}

fn what(said: &Words<'_>, order: &str) -> (Subject, Body) {
    let condition = || Subject::Condition(ConditionId::new(said.name).unwrap());
    match said.verb {
        "condition" => (condition(), Body::ConditionRaised(world::condition(said))),
        "lifted" => (condition(), Body::ConditionCleared),
        "prefers" => {
            let merchant_id = MerchantId::new("shop").unwrap();
            let key = BuyerKey { merchant_id, buyer_id: BuyerId::new(said.name).unwrap() };
            (Subject::Buyer(key), Body::Preference(world::preference(said)))
        }
        _ => (Subject::Order(order_key(order)), Body::Order(of_order(said))),
    }
}

fn of_order(said: &Words<'_>) -> OrderEvent {
    match said.verb {
        "placed" => OrderEvent::Placed(Box::new(world::placed(said))),
        "paid" => OrderEvent::Paid { paid_at: said.time("paid_at") },
        "changed" => OrderEvent::Changed(Box::new(world::changed(said))),
        "cancelled" => OrderEvent::Cancelled(world::cancelled(said)),
        "proposed" | "agreed" | "refused" | "expired" => OrderEvent::Renegotiated(world::talk(said)),
        "accepted" | "printed" | "picking" | "packed" => OrderEvent::Progress(world::progress(said)),
        "shipped" => OrderEvent::Shipped(Box::new(world::shipped(said))),
        "exception" => OrderEvent::Exception(world::exception(said)),
        "fixed" => OrderEvent::ExceptionCleared { exception_id: crate::ids::ExceptionId::new(said.name).unwrap() },
        "asks" => OrderEvent::Message(Message {
            message_id: crate::ids::MessageId::new(said.name).unwrap(),
            buyer_id: None,
            text: Private::new("where is it?").unwrap(),
            channel: None,
        }),
        _ => OrderEvent::Parcel(Box::new(world::status(said))),
    }
}

/// One line: its verb, the name after it, and its pairs.
pub(super) struct Words<'a> {
    verb: &'a str,
    name: &'a str,
    pairs: BTreeMap<&'a str, &'a str>,
}

impl<'a> Words<'a> {
    fn new(words: &[&'a str]) -> Self {
        let name = words.get(1).copied().filter(|w| !w.contains('=')).unwrap_or("X1");
        let pairs = words.iter().filter_map(|w| w.split_once('=')).collect();
        Self { verb: words[0], name, pairs }
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.pairs.get(key).copied()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(str::to_owned)
    }

    fn time(&self, key: &str) -> Option<Instant> {
        self.get(key).map(moment)
    }

    fn list(&self, key: &str) -> Option<Vec<&'a str>> {
        self.get(key).map(|all| all.split(',').collect())
    }
}
