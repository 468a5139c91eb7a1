//! Lines that are no events, and events that cannot be taken.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Desk, silent, text_of};
use crate::invariants::floor::{about, event};

/// Reason, line and moment of each dead letter.
fn letters(run: &super::Run) -> Vec<(String, u64, String)> {
    let one = |r: &&Value| {
        (text_of(r, "why").to_owned(), r["line"].as_u64().unwrap_or_default(), text_of(r, "at").to_owned())
    };
    run.of("dead_letter").iter().map(one).collect()
}

fn letter(why: &str, line: u64, at: &str) -> (String, u64, String) {
    (why.into(), line, at.into())
}

#[test]
fn a_bad_line_is_dated_by_the_latest_good_time_above_it_and_the_rest_goes_on() -> Result<()> {
    let desk = Desk::new();
    let unknown = event("09 10:00", "order.vanished", about("1", json!({})));
    let progress =
        event("02 12:00", "warehouse.progress", about("1", json!({ "warehouse_id": "HZ-1", "stage": "accepted" })));
    let mut lines = vec!["[1,2".to_owned(), String::new()];
    lines.extend(silent("1"));
    lines.extend([unknown.to_string(), progress.to_string(), "\u{feff}".into()]);
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &[])?;
    let expected = [
        letter("not_json", 1, "2026-03-02T02:00:00Z"),
        letter("unknown_type", 5, "2026-03-02T02:00:00Z"),
        letter("not_json", 7, "2026-03-02T04:00:00Z"),
    ];
    assert_eq!(letters(&run), expected);
    assert_eq!(run.notices()[0].0, "order_accepted");
    let unknown = run.of("dead_letter")[1];
    assert_eq!((text_of(unknown, "merchant_id"), text_of(unknown, "order_id")), ("qinghe", "1"));
    assert!(run.of("dead_letter")[0].get("merchant_id").is_none());
    assert!(text_of(unknown, "file").ends_with("e.jsonl"));
    Ok(())
}

#[test]
fn an_id_used_again_for_something_else_is_a_dead_letter_in_its_place() -> Result<()> {
    let desk = Desk::new();
    let mut lines = silent("1");
    let mut reused = event("03 12:00", "order.cancelled", about("1", json!({})));
    reused["id"] = serde_json::from_str::<Value>(&lines[1])?["id"].clone();
    lines.push(reused.to_string());
    lines.push(event("03 13:00", "warehouse.shipped", about("1", json!({ "parcel_id": "p" }))).to_string());
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &[])?;
    // It is found out at noon on 3 March, after the warning of that morning, and dated by the line above it.
    assert_eq!(letters(&run), [letter("id_reused", 3, "2026-03-02T02:00:00Z")]);
    assert_eq!(text_of(run.of("dead_letter")[0], "order_id"), "1");
    let kinds: Vec<&str> = run.notices().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["order_accepted", "delay_warning", "shipped"]);
    Ok(())
}

#[test]
fn an_event_that_comes_twice_is_no_dead_letter() -> Result<()> {
    let desk = Desk::new();
    let once = silent("1");
    let twice: Vec<String> = once.iter().chain(&once).cloned().collect();
    let (once, twice) =
        (desk.run(&[&desk.file("a.jsonl", &once)], &[])?, desk.run(&[&desk.file("b.jsonl", &twice)], &[])?);
    assert_eq!(once.records, twice.records);
    Ok(())
}

#[test]
fn answers_about_what_never_was_are_dead_letters() -> Result<()> {
    let desk = Desk::new();
    let mut lines = silent("1");
    lines.push(event("02 11:00", "grant.result", json!({ "grant_id": "g", "status": "granted" })).to_string());
    lines.push(event("02 11:30", "notice.feedback", json!({ "notice_id": "n", "outcome": "opened" })).to_string());
    let message = json!({ "merchant_id": "qinghe", "buyer_id": "nobody", "message_id": "m", "text": "?" });
    lines.push(event("02 11:45", "buyer.message", message).to_string());
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &[])?;
    let expected = [
        letter("unknown_grant", 3, "2026-03-02T02:00:00Z"),
        letter("unknown_notice", 4, "2026-03-02T03:00:00Z"),
        letter("unknown_buyer", 5, "2026-03-02T03:30:00Z"),
    ];
    assert_eq!(letters(&run), expected);
    Ok(())
}

#[test]
fn personal_data_never_stands_in_a_dead_letter() -> Result<()> {
    let desk = Desk::new();
    let mut placed = serde_json::from_str::<Value>(&silent("1")[0])?;
    placed["data"]["lines"][0]["quantity"] = json!("林小满");
    let run = desk.run(&[&desk.file("e.jsonl", &[placed.to_string()])], &[])?;
    assert_eq!(run.of("dead_letter").len(), 1);
    let text = String::from_utf8(run.output.stdout)?;
    assert!(!text.contains("林小满") && !text.contains("@example.com"), "{text}");
    Ok(())
}
