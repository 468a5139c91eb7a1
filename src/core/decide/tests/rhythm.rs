//! Silence on the way is judged by the carrier's own rhythm, and a day that was told by how such days are kept.

use std::fmt::Write;

use insta::assert_snapshot;

use super::scene::{Scene, scene};

/// Thirty orders of a carrier that scans a parcel every `hours` hours, four times, and then delivers it.
pub(super) fn history(carrier: &str, hours: i64) -> String {
    let mut text = String::new();
    for i in 0..30 {
        let who = format!("{carrier}{i}");
        // Each a little different, so that no carrier is a machine.
        let every = format!("{}m", hours * 60 + i % 7 - 3);
        write!(text, "\n01-01 0{}:{i:02} @{who} placed buyer={who} id=a{who}\n+1m @{who} paid id=b{who}", i % 9)
            .unwrap();
        write!(text, "\n+10h @{who} shipped P1 id=c{who} carrier={carrier}").unwrap();
        for n in 0..4 {
            write!(text, "\n+{every} @{who} in_transit P1 id=d{n}{who}").unwrap();
        }
        write!(text, "\n+{every} @{who} delivered P1 id=e{who}").unwrap();
    }
    text
}

/// A parcel of `carrier` that is scanned once on its way.
fn scanned_once(history: &str, carrier: &str) -> Scene {
    scene(&format!(
        "{history}
        03-10 09:00 placed
        03-10 09:00 paid
        03-10 15:00 shipped P1 carrier={carrier}
        03-11 15:00 in_transit P1"
    ))
    .live_since("03-10 00:00")
    .until("04-01 00:00")
}

/// What came of the order in question, whatever its history.
pub(super) fn of_a1(scene: Scene) -> String {
    let played = scene.play();
    played.lines().filter(|line| line.contains(" A1 ") || !line.contains("LY")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_carrier_that_scans_daily_stalls_after_two_days_and_one_that_scans_weekly_does_not() {
    let both = history("DAILY", 24) + &history("WEEKLY", 168);
    assert_snapshot!(of_a1(scanned_once(&both, "DAILY")), @r"
    03-10 09:00 A1 order_accepted ship_by=03-12 09:00
    03-10 15:00 A1 shipped parcel=P1
    03-13 08:26 A1 logistics_delay parcel=P1 problem=stalled/-
    ");
    assert_snapshot!(of_a1(scanned_once(&both, "WEEKLY")), @r"
    03-10 09:00 A1 order_accepted ship_by=03-12 09:00
    03-10 15:00 A1 shipped parcel=P1
    03-21 08:00 A1 logistics_delay parcel=P1 problem=stalled/-
    ");
}

#[test]
fn a_carrier_without_history_is_judged_by_all_the_others() {
    assert_snapshot!(of_a1(scanned_once(&history("DAILY", 24), "NEW")), @r"
    03-10 09:00 A1 order_accepted ship_by=03-12 09:00
    03-10 15:00 A1 shipped parcel=P1
    03-13 08:26 A1 logistics_delay parcel=P1 problem=stalled/-
    ");
    assert_snapshot!(of_a1(scanned_once("", "NEW")), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1
    03-11 09:00 - delay_warning v1: shipped
    ");
}

/// Forty orders of a carrier that keeps the day it names, but for `late` of them, which come a day after it.
fn dated(late: i64) -> String {
    let mut text = String::new();
    for i in 0..40 {
        let after = if i < late { "1d16h" } else { "20h" };
        write!(
            text,
            "
            02-0{} 08:{i:02} @H{i} placed buyer=H{i} id=a{i}
            +1m @H{i} paid id=b{i}
            +2h @H{i} shipped P1 id=c{i} carrier=SF eta=02-0{}T18:00
            +{after} @H{i} delivered P1 id=e{i}",
            1 + i % 7,
            2 + i % 7,
        )
        .unwrap();
    }
    text
}

const PROMISED: &str = "
    03-10 09:00 placed
    03-10 09:00 paid
    03-10 15:00 shipped P1 carrier=SF eta=03-11T18:00
    03-11 15:00 in_transit P1";

#[test]
fn a_day_that_was_told_and_passes_is_owned_up_to_once_later_than_such_days_are_missed() {
    let quiet = |late: i64| scene(&(dated(late) + PROMISED)).live_since("03-10 00:00").until("03-20 00:00").play();
    assert_snapshot!(quiet(0), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1 eta=03-11 18:00
    03-11 15:00 - delay_warning v1: shipped
    03-12 08:00 logistics_delay parcel=P1 problem=overdue/-
    ");
    // Where one parcel in eight comes a day late, a day late is no news yet.
    assert_snapshot!(quiet(5), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1 eta=03-11 18:00
    03-11 15:00 - delay_warning v1: shipped
    03-12 16:23 logistics_delay parcel=P1 problem=overdue/-
    ");
}

#[test]
fn a_day_that_was_taken_back_does_not_pass() {
    let text = dated(0) + PROMISED + "\n    03-11 16:00 delayed P1 reason=weather";
    assert_snapshot!(scene(&text).live_since("03-10 00:00").until("03-12 20:00").play(), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1 eta=03-11 18:00
    03-11 15:00 - delay_warning v1: shipped
    03-11 16:00 logistics_delay parcel=P1 problem=delayed/weather
    ");
}
