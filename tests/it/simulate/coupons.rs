//! The coupon system: answers at once, unless the file holds its answers.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Desk, Run, silent, text_of};
use crate::invariants::floor::event;

const IN_ACCOUNT: &str = "已经在您的账户里了";
const SET_ASIDE: &str = "已为您预留";

/// The grant of the one warning, as a run without answers names it.
fn grant_id(desk: &Desk) -> Result<String> {
    let run = desk.run(&[&desk.file("first.jsonl", &silent("1"))], &[])?;
    Ok(text_of(run.of("grant").first().context("a grant")?, "grant_id").to_owned())
}

/// A run in which the coupon system answers `status` at `time`.
fn answered(desk: &Desk, time: &str, answer: Value) -> Result<Run> {
    let mut data = json!({ "grant_id": grant_id(desk)? });
    data.as_object_mut()
        .zip(answer.as_object().cloned())
        .context("objects")?
        .0
        .extend(answer.as_object().cloned().unwrap_or_default());
    let mut lines = silent("1");
    lines.push(event(time, "grant.result", data).to_string());
    desk.run(&[&desk.file("answered.jsonl", &lines)], &[])
}

fn statuses(run: &Run) -> Vec<(&str, &str)> {
    run.of("grant").into_iter().map(|g| (text_of(g, "status"), text_of(g, "at"))).collect()
}

fn warning(run: &Run) -> Result<&Value> {
    run.of("notice").into_iter().find(|n| n["kind"] == "delay_warning").context("a warning")
}

#[test]
fn without_recorded_answers_it_grants_at_once() -> Result<()> {
    let desk = Desk::new();
    let run = desk.run(&[&desk.file("e.jsonl", &silent("1"))], &[])?;
    let text = text_of(warning(&run)?, "text");
    assert!(text.contains(IN_ACCOUNT) && !text.contains(SET_ASIDE), "{text}");
    Ok(())
}

#[test]
fn with_recorded_answers_the_notice_says_that_it_is_set_aside() -> Result<()> {
    let run = answered(&Desk::new(), "03 12:00", json!({ "status": "granted", "code": "C-1" }))?;
    assert_eq!(statuses(&run), [("reserved", "2026-03-03T02:00:00Z"), ("granted", "2026-03-03T04:00:00Z")]);
    let text = text_of(warning(&run)?, "text");
    assert!(text.contains(SET_ASIDE) && !text.contains(IN_ACCOUNT), "{text}");
    assert_eq!(warning(&run)?["compensation"]["amount"], "5.00");
    Ok(())
}

#[test]
fn a_refusal_is_on_record_with_its_reason() -> Result<()> {
    let run = answered(&Desk::new(), "03 12:00", json!({ "status": "refused", "reason": "campaign over" }))?;
    assert_eq!(statuses(&run), [("reserved", "2026-03-03T02:00:00Z"), ("refused", "2026-03-03T04:00:00Z")]);
    assert_eq!(text_of(run.of("grant")[1], "why"), "campaign over");
    Ok(())
}

#[test]
fn a_coupon_past_a_cap_is_refused_whole_and_named() -> Result<()> {
    let desk = Desk::new();
    let policy = desk.file("p.toml", &["[compensation]", "per_merchant_day = \"7.00\""].map(String::from));
    let lines: Vec<String> = ["1", "2"].into_iter().flat_map(silent).collect();
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &["--policy", &policy.display().to_string()])?;
    let refused: Vec<_> = run.of("grant").into_iter().filter(|g| g["status"] == "refused").collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(text_of(refused[0], "why"), "per_merchant_day");
    let without: Vec<_> = run
        .of("notice")
        .into_iter()
        .filter(|n| n["kind"] == "delay_warning" && n.get("compensation").is_none())
        .collect();
    assert_eq!(without.len(), 1);
    assert_eq!(without[0]["order_id"], refused[0]["order_id"]);
    Ok(())
}

#[test]
fn a_coupon_in_another_currency_than_the_orders_is_refused() -> Result<()> {
    let desk = Desk::new();
    let mut lines = silent("1");
    lines[0] =
        lines[0].replace("\"warehouse_id\"", "\"total\":{\"amount\":\"20.00\",\"currency\":\"EUR\"},\"warehouse_id\"");
    let run = desk.run(&[&desk.file("e.jsonl", &lines)], &[])?;
    assert_eq!(statuses(&run), [("refused", "2026-03-03T02:00:00Z")]);
    assert_eq!(text_of(run.of("grant")[0], "why"), "currency");
    Ok(())
}
