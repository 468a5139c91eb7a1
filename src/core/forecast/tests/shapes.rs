//! The shapes a good forecast gets right.

use super::floor::{Life, monday, shop, taught};
use crate::because::{Mover, Reason};
use crate::forecast::Model;
use crate::instant::{Instant, Span};
use crate::policy::Ppm;

const DAY: Span = Span::hours(24);

fn later(days: i64) -> Instant {
    monday() + Span::hours(24 * days)
}

/// Hours spread over eight, so that no shop is a machine.
fn about(hours: i64, i: usize) -> Span {
    Span::hours(hours) + Span::minutes(i64::try_from(i * 37 % 480).unwrap() - 240)
}

/// Three shops over 60 days: one ships at about 40 of its 48 hours, one at about 70, one at about 20.
fn three_shops() -> Vec<Life> {
    let every = Span::hours(23);
    let mut all = shop("steady", 60, (monday(), every), 48, |i, paid| paid + about(40, i));
    all.extend(shop("late", 60, (monday(), every), 48, |i, paid| paid + about(70, i)));
    all.extend(shop("quick", 60, (monday(), every), 48, |i, paid| paid + about(20, i)));
    all
}

#[test]
fn an_order_at_its_shops_usual_pace_is_not_at_risk_and_one_of_an_always_late_shop_is() {
    let model = taught(&three_shops(), later(70));
    let steady = Life::open("steady", later(70), 48).risk_a_day_before(&model);
    let late = Life::open("late", later(70), 48).risk_a_day_before(&model);
    assert!(steady < 0.2, "{steady}");
    assert!(late > 0.9, "{late}");
    // What the quick shop has not shipped after a day is not its usual order any more.
    let quick = Life::open("quick", later(70), 48);
    let at_payment = quick.ask(&model, quick.paid).after(quick.ship_by).as_f64();
    assert!(at_payment < 0.1 && quick.risk_a_day_before(&model) > at_payment, "{at_payment}");
}

#[test]
fn the_strongest_reasons_are_named() {
    let model = taught(&three_shops(), later(70));
    let life = Life::open("late", later(70), 48);
    let reasons = life.ask(&model, life.ship_by - DAY).weighed.unwrap().reasons();
    let of_shop =
        |r: &Reason| matches!(r, Reason::Moved { by: Mover::LateRecord { missed: 40.., of: 40.. }, raises: true });
    assert!(reasons.iter().any(of_shop), "{reasons:?}");
    assert!(reasons.len() <= 3);
    assert_eq!(life.ask(&Model::default(), life.paid).weighed.unwrap().reasons(), []);
}

/// A shop that ships from Monday to Friday at three in the afternoon, the second such hour after payment.
fn weekday_shop() -> Vec<Life> {
    let at_three = |at: Instant| at.floor_to(DAY) + Span::hours(15);
    let works = |at: Instant| (at - monday()).ms().div_euclid(DAY.ms()).rem_euclid(7) < 5;
    let shipped = move |i: usize, paid: Instant| {
        let mut at = at_three(paid);
        let mut passed = 0;
        loop {
            if at > paid && works(at) {
                passed += 1;
                if passed == 2 {
                    return at + Span::minutes(i64::try_from(i % 50).unwrap());
                }
            }
            at = at + DAY;
        }
    };
    shop("weekdays", 260, (monday() + Span::hours(10), Span::hours(8)), 48, shipped)
}

#[test]
fn a_sunday_limit_is_worse_than_a_wednesday_one_by_what_was_learned() {
    let model = taught(&weekday_shop(), later(91));
    // Paid on Friday and on Monday at noon; the limits are Sunday and Wednesday at noon.
    let sunday = Life::open("weekdays", later(91 + 4) + Span::hours(12), 48).risk_a_day_before(&model);
    let wednesday = Life::open("weekdays", later(91) + Span::hours(12), 48).risk_a_day_before(&model);
    assert!(sunday > 0.9, "{sunday}");
    assert!(wednesday < 0.35, "{wednesday}");
    let untaught = Model::default();
    let sunday = Life::open("weekdays", later(95) + Span::hours(12), 48).risk_a_day_before(&untaught);
    let wednesday = Life::open("weekdays", later(91) + Span::hours(12), 48).risk_a_day_before(&untaught);
    assert!((sunday - wednesday).abs() < 1e-6, "nobody told it about Sundays");
}

#[test]
fn no_date_is_quoted_while_the_shop_does_not_ship() {
    let model = taught(&weekday_shop(), later(91));
    for hour in 0..168 {
        let life = Life::open("weekdays", later(91) + Span::hours(hour), 48);
        for share in [500_000, 800_000, 900_000, 950_000, 990_000] {
            let quote = life.ask(&model, life.paid + Span::hours(20)).by(Ppm::from_ppm(share));
            let day = (quote - monday()).ms().div_euclid(DAY.ms()).rem_euclid(7);
            assert!(
                day < 5 && quote.ms().rem_euclid(DAY.ms()) >= Span::hours(12).ms(),
                "{quote} for one paid {}",
                life.paid
            );
        }
    }
}

#[test]
fn a_restock_date_moves_the_whole_distribution() {
    let model = taught(&three_shops(), later(70));
    let until = |hours: i64| {
        let life = Life::open("steady", later(70), 96);
        Life { out_of_stock: Some((life.paid, life.paid + Span::hours(hours))), ..life }
    };
    let (soon, late) = (until(24), until(24 + 72));
    let now = soon.paid + Span::hours(2);
    let (soon, late) = (soon.ask(&model, now), late.ask(&model, now));
    for share in [10_000, 100_000, 500_000, 900_000, 990_000] {
        let moved = late.by(Ppm::from_ppm(share)) - soon.by(Ppm::from_ppm(share));
        assert!((Span::hours(60)..=Span::hours(96)).contains(&moved), "{share}: {moved}");
    }
    let ship_by = later(70) + Span::hours(96);
    assert!(late.after(ship_by).as_f64() > 0.95 && soon.after(ship_by) < late.after(ship_by));
}

#[test]
fn a_shop_without_history_stands_on_the_others_and_says_so() {
    let model = taught(&three_shops(), later(70));
    let life = Life::open("unheard", later(70), 48);
    let prediction = life.ask(&model, life.paid);
    assert_eq!((prediction.basis.shop, prediction.basis.all), (0, 180));
    assert!(prediction.basis.to_string().contains("no history"), "{}", prediction.basis);
    let (unheard, late) =
        (life.risk_a_day_before(&model), Life { shop: "late", ..life.clone() }.risk_a_day_before(&model));
    let steady = Life { shop: "steady", ..life.clone() }.risk_a_day_before(&model);
    assert!(steady < unheard && unheard < late, "{steady} {unheard} {late}");
    let first_day = life.ask(&Model::default(), life.paid).basis.to_string();
    assert!(first_day.contains("estimates"), "{first_day}");
}
