//! The logs of the topics: what has arrived, in which order, and what is still on its way.

use std::collections::BTreeMap;

use forewarn::engine::Incoming;
use forewarn::intake::structured;
use forewarn::store::port::Origin;
use forewarn_core::Instant;

use crate::dice::Dice;

/// A topic and a partition.
pub(crate) type Place = (String, i32);

const TOPICS: [&str; 3] = ["forewarn.orders", "forewarn.warehouse", "forewarn.buyers"];
const PARTITIONS: i32 = 2;

/// Logs that only grow.
pub(crate) struct Broker {
    logs: BTreeMap<Place, Vec<Incoming>>,
    coming: BTreeMap<(Instant, usize), (Place, Vec<u8>)>,
    number: usize,
    /// Until when nobody reaches it.
    pub(crate) gone_until: Option<Instant>,
}

impl Broker {
    pub(crate) fn new() -> Self {
        let places = TOPICS.iter().flat_map(|t| (0..PARTITIONS).map(|p| ((*t).to_owned(), p)));
        Self {
            logs: places.map(|place| (place, Vec::new())).collect(),
            coming: BTreeMap::new(),
            number: 0,
            gone_until: None,
        }
    }

    /// Every partition.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.logs.keys().cloned().collect()
    }

    /// The partition for events of type `kind` under `key`.
    pub(crate) fn place_of(&self, kind: &str, key: &str) -> Place {
        let topic = match kind.split('.').next() {
            Some("order" | "promise") => TOPICS[0],
            Some("warehouse" | "condition" | "parcel") => TOPICS[1],
            _ => TOPICS[2],
        };
        (topic.to_owned(), i32::from(forewarn_core::digest::ppm(&[key]) % 2 == 1))
    }

    /// Some partition: a sender that was set up wrong tells things where they do not belong.
    pub(crate) fn any_place(&self, dice: &mut Dice) -> Place {
        dice.of(&self.places())
    }

    /// `bytes` will arrive at `at`.
    pub(crate) fn expect(&mut self, at: Instant, place: Place, bytes: Vec<u8>) {
        self.number += 1;
        self.coming.insert((at, self.number), (place, bytes));
    }

    /// When the next message arrives.
    pub(crate) fn next_arrival(&self) -> Option<Instant> {
        self.coming.keys().next().map(|(at, _)| *at)
    }

    /// When the last message that is known to come arrives.
    pub(crate) fn last_arrival(&self) -> Option<Instant> {
        self.coming.keys().next_back().map(|(at, _)| *at)
    }

    /// Lets everything arrive that is due at `at`.
    pub(crate) fn arrive(&mut self, at: Instant) {
        while let Some(first) = self.coming.first_entry().filter(|first| first.key().0 <= at) {
            let (place, bytes) = first.remove();
            self.append(place, bytes);
        }
    }

    /// All messages once more, in another order, behind the others.
    pub(crate) fn repeat_all(&mut self, dice: &mut Dice, wanted: impl Fn(&Incoming) -> bool) {
        let mut again: Vec<_> = self.logs.values().flatten().filter(|i| wanted(i)).cloned().collect();
        dice.shuffle(&mut again);
        for incoming in again {
            self.append((incoming.origin.topic, incoming.origin.partition), incoming.raw);
        }
    }

    fn append(&mut self, place: Place, bytes: Vec<u8>) {
        let log = self.logs.entry(place.clone()).or_default();
        let offset = i64::try_from(log.len()).expect("a short log");
        let origin = Origin { topic: place.0, partition: place.1, offset };
        log.push(Incoming { origin, event: structured(&bytes), raw: bytes, headers: Vec::new() });
    }

    /// The offset after the last message.
    pub(crate) fn end(&self, place: &Place) -> i64 {
        i64::try_from(self.logs[place].len()).expect("a short log")
    }

    /// Up to `most` messages from `offset` on.
    pub(crate) fn read(&self, place: &Place, offset: i64, most: usize) -> Vec<Incoming> {
        let from = usize::try_from(offset).expect("offsets start at 0");
        self.logs[place].iter().skip(from).take(most).cloned().collect()
    }
}
