//! Who is warned and who is not: the shop's own pace counts.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn an_order_on_time_hears_of_payment_shipping_and_arrival() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-02 11:00 accepted
        03-02 15:00 packed
        03-02 16:00 shipped P1 carrier=SF eta=03-04T18:00
        03-02 20:00 collected P1
        03-04 14:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-02 16:00 shipped parcel=P1 eta=03-04 18:00
    03-04 14:00 - delay_warning v1: shipped
    03-04 14:00 delivered parcel=P1 eta=03-04 18:00
    ");
}

#[test]
fn at_the_shops_usual_pace_nobody_is_warned() {
    // The shop ships at about 40 h of its 48 h; a day before ship-by nothing has happened yet, as always.
    let shop = scene(
        "
        03-10 09:00 placed
        03-10 09:00 paid
        03-12 01:00 shipped P1
    ",
    )
    .live_since("03-10 00:00");
    assert_snapshot!(shop.history("03-02 00:00", 40, |i| 36.0 + (i % 9) as f64).play(), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-12 08:00 shipped parcel=P1
    ");
}

#[test]
fn slower_than_the_shops_usual_pace_is_warned_late() {
    let shop = scene(
        "
        03-10 09:00 placed
        03-10 09:00 paid
    ",
    )
    .live_since("03-10 00:00")
    .until("03-12 12:00");
    assert_snapshot!(shop.history("03-02 00:00", 40, |i| 36.0 + (i % 9) as f64).play(), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-12 08:26 delay_warning cause=warehouse_queue ship_by=03-12 09:00 quoted=03-14 21:30 risk=0.42 coupon=5.00
    ");
}

#[test]
fn a_shop_that_is_always_late_is_warned() {
    let shop = scene(
        "
        03-12 09:00 placed
        03-12 09:00 paid
        03-15 09:00 shipped P1
    ",
    )
    .live_since("03-12 00:00");
    assert_snapshot!(shop.history("03-02 00:00", 40, |i| 66.0 + (i % 9) as f64).play(), @r"
    03-12 09:00 order_accepted ship_by=03-14 09:00
    03-13 09:00 delay_warning cause=warehouse_queue ship_by=03-14 09:00 quoted=03-15 11:45 risk=0.99 coupon=5.00
    03-15 09:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_silent_warehouse_is_warned_a_day_before_even_without_any_history() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
    ").until("03-04 17:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    ");
    assert_snapshot!(scene("
        03-02 10:00 placed lines=L1:S1:made_to_order
        03-02 10:05 paid
    ").until("03-17 09:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-17 10:05
    03-16 10:05 delay_warning cause=warehouse_queue ship_by=03-17 10:05 quoted=03-20 13:45 risk=0.57 coupon=5.00
    ");
}

#[test]
fn a_slip_nobody_could_read_about_is_told_as_the_first() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
    ").failing("shop/A1/delay_update/1").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-06 21:45 delay_update cause=warehouse_queue ship_by=03-04 18:00 told=03-07 21:45 quoted=03-11 01:45 risk=1.00 choices=wait/cancel
    03-06 21:45 delay_update last=yes cause=warehouse_queue ship_by=03-04 18:00 told=03-07 21:45 quoted=03-11 01:45 risk=1.00 choices=wait/cancel
    03-09 21:45 - delay_update 3: needs_human
    ");
}

#[test]
fn an_order_that_never_ships_is_told_of_each_slip_and_then_given_to_a_person() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-06 21:45 delay_update cause=warehouse_queue ship_by=03-04 18:00 told=03-07 21:45 quoted=03-11 01:45 risk=1.00 choices=wait/cancel
    03-09 21:45 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-04 18:00 told=03-11 01:45 quoted=03-14 11:00 risk=1.00 choices=wait/cancel
    03-13 11:00 - delay_update 3: needs_human
    ");
}

#[test]
fn silence_counts_against_twenty_comparable_orders_and_rests_below() {
    // Word within four hours, the parcel after a hundred and some: by the forecast an order at 96 h is fine, yet
    // one without any word by then is lost.
    let history = |n: usize| {
        let mut text = String::new();
        for i in 0..n {
            text += &format!(
                "
                03-02 0{}:{:02} @H{i} placed buyer=H{i} id=a{i} ship_by=03-12T18:00
                +1m @H{i} paid id=b{i}
                +{}m @H{i} accepted id=c{i}
                +{}h @H{i} shipped id=d{i}",
                i % 9,
                i,
                60 + 5 * i,
                96 + i % 9
            );
        }
        text
    };
    let order = "
        03-10 09:00 placed ship_by=03-15T09:00
        03-10 09:00 paid
        03-14 20:00 shipped P1";
    let play = |n| scene(&(history(n) + order)).live_since("03-10 00:00").play();
    assert_snapshot!(play(30), @r"
    03-10 09:00 order_accepted ship_by=03-15 09:00
    03-14 09:00 delay_warning cause=warehouse_queue ship_by=03-15 09:00 quoted=03-19 22:30 risk=0.01 coupon=5.00
    03-14 20:00 shipped (after_warning) parcel=P1
    ");
    assert_snapshot!(play(19), @r"
    03-10 09:00 order_accepted ship_by=03-15 09:00
    03-14 20:00 shipped parcel=P1
    ");
}

#[test]
fn an_announced_ship_time_excuses_silence_until_then() {
    let mut text = String::new();
    for i in 0..30 {
        text += &format!(
            "
            03-02 0{}:{:02} @H{i} placed buyer=H{i} id=a{i} ship_by=03-12T18:00
            +1m @H{i} paid id=b{i}
            +20m @H{i} accepted id=c{i}
            +{}m @H{i} packed id=e{i}
            +6h @H{i} shipped id=d{i}",
            i % 9,
            i,
            60 + 5 * i
        );
    }
    text += "
        03-10 09:00 placed ship_by=03-15T18:00
        03-10 09:00 paid
        03-10 09:30 accepted expected=03-15T08:00
        03-15 07:00 shipped P1";
    assert_snapshot!(scene(&text).live_since("03-10 00:00").play(), @r"
    03-10 09:00 order_accepted ship_by=03-15 18:00
    03-15 08:00 shipped parcel=P1
    ");
}

#[test]
fn shipped_a_second_before_the_warning_gets_no_apology() {
    let shop = scene(
        "
        03-02 10:00 placed ship_by=03-05T09:00
        03-02 10:05 paid
        03-04 08:59 shipped P1
    ",
    );
    assert_snapshot!(shop.live_since("03-02 00:00").history("02-20 00:00", 10, |i| 70.0 + i as f64).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 09:00
    03-04 08:59 shipped parcel=P1
    ");
}

#[test]
fn a_same_day_promise_is_not_warned_at_the_moment_of_payment() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-03T06:00
        03-02 10:00 paid
        03-02 17:00 shipped P1
    "), @r"
    03-02 10:00 order_accepted ship_by=03-03 06:00
    03-02 17:00 shipped parcel=P1
    ");
    assert_snapshot!(scene("
        03-02 08:00 placed ship_by=03-02T20:00
        03-02 08:00 paid
    ").until("03-02 21:00").play(), @r"
    03-02 08:00 order_accepted ship_by=03-02 20:00
    03-02 14:26 delay_warning cause=warehouse_queue ship_by=03-02 20:00 quoted=03-06 00:30 risk=0.59 coupon=5.00
    ");
}

#[test]
fn a_backlog_far_above_its_usual_is_a_surge() {
    // The shop ships within a day, an order an hour; then sixty orders come in one hour, and it cannot keep up.
    let rush: String = (0..60)
        .map(|n| format!("03-20 09:00 @H9{n} placed buyer=HX{n} id=rp{n}\n+0m @H9{n} paid id=rq{n}\n"))
        .collect();
    let shop = scene(&format!(
        "{rush}
        03-20 10:00 placed
        03-20 10:00 paid
    "
    ))
    .live_since("03-20 09:30")
    .until("03-22 09:00");
    let shop = shop.policy("[warn]\nrisk = 0.3\nsilence = 0.0");
    assert_snapshot!(shop.history("03-02 00:00", 430, |i| 20.0 + (i % 5) as f64).play(), @r"
    03-20 10:00 order_accepted ship_by=03-22 10:00
    03-22 08:00 delay_warning cause=surge ship_by=03-22 10:00 quoted=03-26 07:00 risk=0.86 coupon=5.00
    ");
}
