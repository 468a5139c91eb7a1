//! The ladder, the caps, and the life of a grant.

use super::{GrantStatus, Proposal, Spent, Stake, propose, standing};
use crate::cause::Cause;
use crate::event::GrantAnswer;
use crate::instant::Span;
use crate::money::{Amount, Currency, Money};
use crate::notice::Kind;
use crate::policy::Compensation;

fn rules(toml: &str) -> Compensation {
    toml::from_str(toml).unwrap()
}

fn ladder() -> Compensation {
    rules(
        r#"
        per_order = "30.00"
        approve_over = "20.00"
        [[ladder]]
        kind = "delay_warning"
        cause = "out_of_stock"
        delay_at_least = "3d"
        coupon = "25.00"
        [[ladder]]
        kind = "delay_warning"
        cause = "out_of_stock"
        coupon = "10.00"
        [[ladder]]
        kind = "delay_warning"
        coupon = "5.00"
        "#,
    )
}

fn yuan(n: i64) -> Amount {
    Amount::from_thousandths(n * 1_000)
}

fn warned(rules: &Compensation, spent: Spent, cause: Option<Cause>, delay: i64) -> Option<Proposal> {
    propose(rules, spent, Some(rules.currency), Kind::DelayWarning, cause, Span::hours(delay))
}

#[test]
fn the_first_rung_that_fits_counts() {
    let given = |cause, delay| warned(&ladder(), Spent::default(), cause, delay).unwrap();
    assert_eq!(given(Some(Cause::OutOfStock), 72).money.amount, yuan(25));
    assert_eq!(given(Some(Cause::OutOfStock), 71).money.amount, yuan(10));
    assert_eq!(given(Some(Cause::Surge), 200).money.amount, yuan(5));
    assert_eq!(given(None, 0).money.amount, yuan(5));
    assert_eq!(given(Some(Cause::OutOfStock), 72).status, GrantStatus::NeedsApproval);
    assert_eq!(given(Some(Cause::OutOfStock), 2).status, GrantStatus::Reserved);
}

#[test]
fn a_kind_without_a_rung_gets_nothing() {
    assert_eq!(propose(&ladder(), Spent::default(), None, Kind::Shipped, None, Span::ZERO), None);
}

#[test]
fn each_cap_refuses_what_would_pass_it_and_takes_what_meets_it() {
    let rules = rules("per_order = \"10.00\"\nper_buyer_30d = \"20.00\"\nper_merchant_day = \"30.00\"");
    let none = Spent::default();
    let why = |spent| warned(&rules, spent, None, 0).unwrap().why;
    assert_eq!(why(Spent { order: yuan(5), buyer_30d: yuan(15), merchant_day: yuan(25) }), None);
    assert_eq!(why(Spent { order: yuan(6), ..none }), Some("per_order"));
    assert_eq!(why(Spent { buyer_30d: yuan(16), ..none }), Some("per_buyer_30d"));
    assert_eq!(why(Spent { merchant_day: yuan(26), ..none }), Some("per_merchant_day"));
    let refused = warned(&rules, Spent { order: yuan(6), ..none }, None, 0).unwrap();
    assert_eq!((refused.status, refused.money.amount), (GrantStatus::Refused, yuan(5)));
}

#[test]
fn another_currency_than_the_orders_is_refused() {
    let euro = Currency::new("EUR").unwrap();
    let made = propose(&ladder(), Spent::default(), Some(euro), Kind::DelayWarning, None, Span::ZERO).unwrap();
    assert_eq!((made.status, made.why), (GrantStatus::Refused, Some("currency")));
    // An order that names no amount at all is taken to be in the shop's currency.
    let made = propose(&ladder(), Spent::default(), None, Kind::DelayWarning, None, Span::ZERO).unwrap();
    assert_eq!(made.why, None);
}

#[test]
fn answers_move_a_grant_forward_only() {
    use GrantAnswer::{Expired as E, Granted as G, Refused as R};
    use GrantStatus::{Expired, Granted, NeedsApproval, Refused, Released, Reserved};
    let table = [
        (Reserved, [Some(Granted), Some(Refused), Some(Expired)]),
        (NeedsApproval, [Some(Granted), Some(Refused), Some(Expired)]),
        (Granted, [None, None, Some(Expired)]),
        (Refused, [None, None, None]),
        (Expired, [None, None, None]),
        // The coupon was given before our release reached its system: it is spent after all.
        (Released, [Some(Granted), None, None]),
    ];
    for (from, to) in table {
        assert_eq!([G, R, E].map(|answer| from.answered(answer)), to, "{from}");
    }
    let spent: Vec<_> = GrantStatus::ALL.iter().filter(|s| s.is_spent()).map(|s| s.as_str()).collect();
    assert_eq!(spent, ["reserved", "needs_approval", "granted"]);
}

fn stake(yuan: i64, asked: bool) -> Stake {
    Stake { money: Money { amount: self::yuan(yuan), currency: Currency::new("CNY").unwrap() }, asked }
}

#[test]
fn of_one_message_the_largest_grant_stands_and_the_first_among_equals() {
    assert!(standing(&[]).is_empty());
    assert_eq!(standing(&[stake(5, false)]), [true]);
    assert_eq!(standing(&[stake(5, false), stake(8, false), stake(8, false)]), [false, true, false]);
}

#[test]
fn what_the_coupon_system_was_asked_for_stands_before_anything_larger() {
    assert_eq!(standing(&[stake(8, false), stake(5, true)]), [false, true]);
    assert_eq!(standing(&[stake(8, true), stake(5, true)]), [true, true]);
}

#[test]
fn grants_of_other_currencies_do_not_compare() {
    let dollars = Money { currency: Currency::new("USD").unwrap(), ..stake(1, false).money };
    assert_eq!(standing(&[stake(5, true), Stake { money: dollars, asked: false }]), [true, true]);
}
