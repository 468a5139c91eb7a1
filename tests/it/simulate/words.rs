//! What tracking vendors say, in their own words, from a file to the records.

use anyhow::Result;
use serde_json::json;

use super::{Desk, silent, text_of};
use crate::invariants::floor::{about, event};

#[test]
fn vendors_words_are_understood_and_one_that_is_not_known_stops_nothing() -> Result<()> {
    let said = |time: &str, vocabulary: &str, word: &str| {
        let data = json!({ "parcel_id": "p", "vocabulary": vocabulary, "raw_status": word });
        event(time, "parcel.status", about("1", data)).to_string()
    };
    let mut lines = silent("1");
    lines.extend([
        event("02 12:00", "warehouse.shipped", about("1", json!({ "parcel_id": "p" }))).to_string(),
        said("02 18:00", "kuaidi100", "103"),
        said("03 10:00", "shopify", "BEAMED_UP"),
        said("03 12:00", "aftership", "Exception_004"),
        said("03 13:00", "ups", "D"),
        said("03 18:00", "kuaidi100", "202"),
        said("04 10:00", "kuaidi100", "302"),
    ]);
    let desk = Desk::new();
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &[])?;
    let told: Vec<(&str, &str)> = run.notices();
    let expected = [
        ("order_accepted", "2026-03-02T02:00:00Z"),
        ("shipped", "2026-03-02T04:00:00Z"),
        ("logistics_delay", "2026-03-03T04:00:00Z"),
        ("delivered", "2026-03-04T02:00:00Z"),
    ];
    assert_eq!(told, expected);
    assert!(text_of(run.of("notice")[2], "text").contains("清关"), "customs hold it up");
    let letters: Vec<(&str, Option<u64>)> =
        run.of("dead_letter").iter().map(|letter| (text_of(letter, "why"), letter["line"].as_u64())).collect();
    assert_eq!(letters, [("bad_field", Some(7))]);
    Ok(())
}
