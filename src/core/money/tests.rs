//! Amounts to the thousandth, shown as each currency is written.

use proptest::prelude::*;

use super::{Amount, Currency, Money};

fn money(amount: &str, currency: &str) -> Money {
    Money { amount: Amount::parse(amount).unwrap(), currency: Currency::new(currency).unwrap() }
}

#[test]
fn people_read_the_sign_their_money_has() {
    let shown = [
        (money("5", "CNY"), "¥5.00", "CN¥5.00"),
        (money("12.5", "USD"), "$12.50", "$12.50"),
        (money("0.99", "EUR"), "€0.99", "€0.99"),
        (money("3", "GBP"), "£3.00", "£3.00"),
        (money("1200", "JPY"), "JPY 1200", "¥1200"),
        (money("1.25", "KWD"), "KWD 1.250", "KWD 1.250"),
        (money("7.10", "SEK"), "SEK 7.10", "SEK 7.10"),
        (money("10", "BRL"), "R$10.00", "R$10.00"),
    ];
    for (money, chinese, english) in shown {
        assert_eq!(money.display(true), chinese);
        assert_eq!(money.display(false), english);
    }
}

#[test]
fn a_part_smaller_than_the_currency_knows_is_not_hidden() {
    assert_eq!(money("1.5", "JPY").amount_text(), "1.5");
    assert_eq!(money("0.125", "USD").amount_text(), "0.125");
}

#[test]
fn only_plain_decimals_are_amounts() {
    for bad in
        ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", "0x10", " 1", "1.2345", "9999999999999", "１", "NaN", "1.2.3"]
    {
        assert!(Amount::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Amount::parse("007.50").unwrap(), Amount::from_thousandths(7_500));
    assert_eq!(Amount::parse("999999999999.999").unwrap().thousandths(), 999_999_999_999_999);
}

#[test]
fn only_known_codes_are_currencies() {
    for bad in ["", "CN", "CNYX", "cny", "ABC", "C Y", "AED AFN", "人民"] {
        assert!(Currency::new(bad).is_err(), "{bad}");
    }
    assert_eq!(Currency::new("CNY").unwrap().to_string(), "CNY");
}

#[test]
fn sums_stop_at_the_largest_number() {
    let most = Amount::from_thousandths(i64::MAX);
    assert_eq!(most.plus(Amount::from_thousandths(1)), most);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn amounts_survive_being_written_and_read(thousandths in 0_i64..=999_999_999_999_999) {
        let amount = Amount::from_thousandths(thousandths);
        prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        let money = Money { amount, currency: Currency::new("EUR").unwrap() };
        prop_assert_eq!(serde_json::from_str::<Money>(&serde_json::to_string(&money).unwrap()).unwrap(), money);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,20}") {
        prop_assert!(Amount::parse(&text).is_err() || text.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        prop_assert!(Currency::new(&text).is_err() || text.len() == 3);
    }
}
