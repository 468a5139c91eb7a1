//! How long parcels take to the door, and whose.

use serde_json::json;

use crate::forecast::{Forecast, Journey, Learned, Model, observe};
use crate::ids::{MerchantId, OrderKey};
use crate::instant::Span;
use crate::order::Order;
use crate::policy::Ppm;
use crate::sample::{self, at, said};

const HALF: Ppm = Ppm::from_ppm(500_000);

/// An order of `shop` to `region` whose parcel ended as `end` so many hours after its handover.
fn order(shop: &str, region: &str, hours: i64, end: &str) -> Order {
    let line = json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
    let to = json!({ "country": "CN", "region": region });
    let placed = json!({ "buyer": { "buyer_id": "B1" }, "lines": [line], "ship_to": to });
    let events = [
        said(0, "placed", "order.placed", &placed),
        said(0, "paid", "order.paid", &json!({})),
        said(2, "shipped", "warehouse.shipped", &json!({ "parcel_id": "P1" })),
        said(2 + hours, "end", "parcel.status", &json!({ "parcel_id": "P1", "status": end })),
    ];
    let key = OrderKey { merchant_id: MerchantId::new(shop).unwrap(), ..sample::key() };
    Order::read(&key, &sample::everything(&events))
}

fn learned(orders: impl IntoIterator<Item = Order>) -> Model {
    let mut model = Model::default();
    for order in orders {
        model.learn(&observe(&order, None, None, &mut Learned::default(), at(5_000)), at(5_000));
    }
    model
}

/// The middle way of an order of `shop` to `region`, in days, and how many parcels say so.
fn days(model: &Model, shop: &str, region: &str) -> Option<(i64, u64)> {
    let Journey { within, parcels } = model.journey(&order(shop, region, 1, "in_transit"), HALF)?;
    Some(((within.ms() + Span::hours(12).ms()) / Span::hours(24).ms(), parcels))
}

#[test]
fn a_shop_stands_on_its_own_parcels_then_on_those_to_the_region_then_on_all() {
    let many = |n: usize, shop: &'static str, region: &'static str, hours: i64| {
        std::iter::repeat_with(move || order(shop, region, hours, "delivered")).take(n)
    };
    let model = learned(many(30, "near", "R1", 24).chain(many(30, "far", "R2", 144)).chain(many(19, "new", "R2", 24)));
    assert_eq!(days(&model, "near", "R2"), Some((1, 30)));
    assert_eq!(days(&model, "far", "R1").map(|(_, parcels)| parcels), Some(30));
    assert_eq!(days(&model, "new", "R2").map(|(_, parcels)| parcels), Some(49), "19 of its own are too few");
    assert_eq!(days(&model, "new", "R9").map(|(_, parcels)| parcels), Some(79));
    assert_eq!(days(&learned(many(19, "near", "R1", 24)), "near", "R1"), None, "the policy's estimate stands");
}

#[test]
fn what_came_back_to_the_shop_never_arrived_and_says_nothing() {
    let back = std::iter::repeat_with(|| order("near", "R1", 24, "returned")).take(30);
    assert_eq!(days(&learned(back), "near", "R1"), None);
}
