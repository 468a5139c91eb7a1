//! A parcel's way from the warehouse to the door, as carriers tell it.

use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

use super::catalogue::Warehouse;
use super::dice::{Dice, scaled};
use super::script::Script;

/// A parcel about to leave.
pub(super) struct Parcel {
    pub(super) id: String,
    pub(super) carrier: &'static str,
    /// What is in it; `None` when that is all of the order.
    pub(super) line_ids: Option<Value>,
}

/// When, which type, from which source, what.
pub(super) type Told = (Instant, &'static str, &'static str, Value);

/// Everything that is told of a parcel that leaves at `left`.
pub(super) fn travel(
    parcel: &Parcel,
    warehouse: &Warehouse,
    left: Instant,
    script: &Script,
    dice: &mut Dice,
) -> Vec<Told> {
    let length = dice.around(warehouse.transit, 0.25);
    let expected = (left + scaled(warehouse.transit, 1.3)).floor_to(Span::hours(1));
    let collected = left + dice.minutes(20, 200);
    // Now and then the carrier's scanner is faster than the warehouse's clerk.
    let told_at = if dice.happens(30) { collected + dice.minutes(10, 90) } else { left };
    let moving = collected + scaled(length, 0.35);
    let mut arrival = left + length;
    let mut told = vec![
        (told_at, "warehouse.shipped", warehouse.id, shipped(parcel, warehouse, expected)),
        (collected, "parcel.status", "carrier", status(parcel, "collected", None, None)),
    ];
    match script.stuck_until(parcel.carrier, moving) {
        Some(free) => {
            let later = (free + scaled(length, 0.8)).floor_to(Span::hours(1));
            told.push((
                moving,
                "parcel.status",
                "carrier",
                status(parcel, "delayed", Some("hub_overload"), Some(later)),
            ));
            arrival = later - dice.minutes(60, 400);
            told.push((
                free + dice.minutes(30, 300),
                "parcel.status",
                "carrier",
                status(parcel, "in_transit", None, None),
            ));
        }
        None => told.push((moving, "parcel.status", "carrier", status(parcel, "in_transit", None, None))),
    }
    if dice.happens(12) {
        told.push((arrival, "parcel.status", "carrier", status(parcel, "attempt_failed", Some("other"), None)));
        arrival = arrival + dice.minutes(16 * 60, 26 * 60);
    }
    told.push((arrival, "parcel.status", "carrier", status(parcel, "delivered", None, None)));
    told
}

fn shipped(parcel: &Parcel, warehouse: &Warehouse, expected: Instant) -> Value {
    let number: String = parcel.id.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut data = json!({
        "warehouse_id": warehouse.id,
        "parcel_id": parcel.id,
        "carrier": parcel.carrier,
        "tracking_number": format!("DEMO{number}"),
        "tracking_url": format!("https://track.example.com/DEMO{number}"),
        "expected_delivery_at": expected.to_string(),
    });
    if let (Some(fields), Some(lines)) = (data.as_object_mut(), &parcel.line_ids) {
        fields.insert("line_ids".into(), lines.clone());
    }
    data
}

fn status(parcel: &Parcel, status: &str, reason: Option<&str>, expected: Option<Instant>) -> Value {
    let mut data = json!({"parcel_id": parcel.id, "status": status});
    if let Some(fields) = data.as_object_mut() {
        fields.extend(reason.map(|why| ("reason".to_owned(), why.into())));
        fields.extend(expected.map(|at| ("expected_delivery_at".to_owned(), at.to_string().into())));
    }
    data
}
