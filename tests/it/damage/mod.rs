//! What a store that was damaged, or that went back in time, does and never does.

mod flips;
mod restored;

use forewarn_core::Instant;
use serde_json::Value;

use crate::invariants::floor::Floor;
use forewarn::engine::Record;

/// Lets `events`, sorted by time, happen up to `until`, each when its time has come, and stops wherever something is
/// due. Gives what was recorded.
fn play(floor: &mut Floor, events: &[Value], until: Instant) -> Vec<Record> {
    let from = floor.now;
    let mut records = Vec::new();
    for event in events.iter().filter(|event| (from..=until).contains(&time_of(event)) && time_of(event) > from) {
        records.extend(wait(floor, time_of(event)));
        floor.raw(event.to_string().as_bytes());
        records.extend(floor.rest());
    }
    records.extend(wait(floor, until));
    records
}

fn wait(floor: &mut Floor, until: Instant) -> Vec<Record> {
    let mut records = floor.rest();
    while let Some(due) = floor.next_due().filter(|due| *due <= until) {
        floor.now = floor.now.max(due);
        records.extend(floor.rest());
    }
    floor.now = until;
    records
}

fn time_of(event: &Value) -> Instant {
    event["time"].as_str().and_then(|time| Instant::parse(time).ok()).expect("every event has a time")
}
