//! What a product page may say.

use serde_json::json;

use super::{Estimate, Wanted, estimate};
use crate::condition::{Condition, ConditionFacts};
use crate::event::{Fulfilment, Stamp};
use crate::forecast::{Learned, Model, Observation, observe};
use crate::ids::{ConditionId, EventId, MerchantId, Sku, Source};
use crate::instant::Span;
use crate::policy::{Policy, Ppm};
use crate::sample::{self, at};

fn wanted(merchant: &str) -> Wanted {
    Wanted {
        merchant_id: MerchantId::new(merchant).unwrap(),
        sku: Sku::new("S1").unwrap(),
        fulfilment: Fulfilment::InStock,
        warehouse_id: None,
        platform: None,
        ship_to: None,
    }
}

/// A model of a shop that hands over `hours` after payment.
fn learned(hours: i64) -> Model {
    let order = sample::shipped_after(hours);
    let mut model = Model::default();
    for _ in 0..60 {
        let seen: Vec<Observation> = observe(&order, Some(at(48)), None, &mut Learned::default(), at(hours + 1));
        model.learn(&seen, at(hours + 1));
    }
    model
}

fn asked(merchant: &str, conditions: &[&Condition], model: &Model) -> Estimate {
    let now = at(1_000);
    let order = wanted(merchant).order(now);
    let touching: Vec<&Condition> = conditions.iter().copied().filter(|c| c.touches(&order)).collect();
    estimate(&order, &touching, model, &Policy::default(), now).unwrap()
}

fn out_of_stock(sku: &str, until: i64) -> Condition {
    let mut facts = ConditionFacts::default();
    let stamp = Stamp { time: at(990), source: Source::new("s").unwrap(), id: EventId::new("e").unwrap() };
    let raised =
        json!({ "scope": { "merchant_id": "shop", "sku": sku }, "kind": "out_of_stock", "clears_at": at(until) });
    facts.raise(&stamp, serde_json::from_value(raised).unwrap());
    facts.in_force(&ConditionId::new("c").unwrap()).unwrap()
}

#[test]
fn half_ship_before_nine_of_ten_and_what_may_be_promised_is_kept_as_often_as_the_policy_asks() {
    let found = asked("shop", &[], &learned(20));
    assert!(at(1_000) < found.likely && found.likely < found.nearly_sure, "{found:?}");
    assert!(found.may_promise >= found.nearly_sure, "rounded up, at the default confidence of 0.9");
    assert!(found.may_promise - found.nearly_sure < Span::minutes(15));
    assert_eq!(found.policy_promise, at(1_048));
    assert_eq!(found.cause, None, "nothing is reported");
    assert!(!found.because.is_empty());
}

#[test]
fn a_slow_shop_may_promise_less_than_a_quick_one() {
    let (quick, slow) = (asked("shop", &[], &learned(10)), asked("shop", &[], &learned(60)));
    assert!(quick.may_promise < slow.may_promise);
    assert!(quick.policy_risk < Ppm::from_ppm(200_000) && slow.policy_risk > Ppm::from_ppm(500_000));
}

#[test]
fn an_article_that_ran_out_is_promised_after_its_restock_and_others_are_not_touched() {
    let model = learned(20);
    let plain = asked("shop", &[], &model);
    let restock = out_of_stock("S1", 1_300);
    let found = asked("shop", &[&restock], &model);
    assert!(found.likely > at(1_300) && found.may_promise > at(1_300), "{found:?}");
    assert_eq!(found.cause.map(|finding| finding.known), Some(true));
    assert_eq!(asked("shop", &[&out_of_stock("S2", 1_300)], &model), plain);
    assert_eq!(asked("other", &[&restock], &model).cause, None, "another shop's article");
}

#[test]
fn without_any_history_it_says_what_it_stands_on() {
    let found = asked("new", &[], &Model::default());
    assert!(found.because.iter().any(|reason| reason.to_string().contains("estimates")), "{:?}", found.because);
}
