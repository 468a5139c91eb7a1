//! Turns the words of one line into the data of one event.

use serde::de::DeserializeOwned;

use super::Words;
use crate::event::{
    Buyer, Cancelled, Changed, ConditionRaised, Exception, Fulfilment, LineData, ParcelStatus, Placed, Preference,
    Progress, Renegotiated, RenegotiationStatus, Scope, ShipTo, Shipped,
};
use crate::ids::{BuyerId, LineId, ParcelId, Region, Sku, WarehouseId};
use crate::money::{Amount, Currency, Money};
use crate::text::{Private, Text};

/// Reads an enumeration by its name in events.
fn named<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(name.into()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub(super) fn placed(said: &Words<'_>) -> Placed {
    let total = said.get("total").unwrap_or("100CNY");
    let (amount, currency) = total.split_at(total.len() - 3);
    Placed {
        platform: None,
        buyer: buyer(said),
        ship_to: Some(ShipTo {
            country: Region::new("CN").unwrap(),
            region: said.get("region").map(|r| Region::new(r).unwrap()),
            city: None,
            postal_code: None,
        }),
        lines: said.list("lines").unwrap_or(vec!["L1:S1"]).into_iter().map(line).collect(),
        total: Some(Money { amount: Amount::parse(amount).unwrap(), currency: Currency::new(currency).unwrap() }),
        ship_by: said.time("ship_by"),
        deliver_by: said.time("deliver_by"),
        needed_by: said.time("needed_by"),
        note: None,
        campaign: said.get("campaign").map(named),
        warehouse_id: said.get("warehouse").map(named),
        notify: said.get("notify").map(|n| n == "true"),
    }
}

/// `id:sku[:fulfilment[:ship_by]]`, the time with `.` for its `:`.
fn line(text: &str) -> LineData {
    let parts: Vec<&str> = text.split(':').collect();
    LineData {
        line_id: LineId::new(parts[0]).unwrap(),
        sku: Sku::new(parts[1]).unwrap(),
        title: None,
        category: None,
        quantity: 1,
        unit_price: None,
        fulfilment: parts.get(2).map_or(Fulfilment::InStock, |f| named(f)),
        ship_by: parts.get(3).map(|t| super::moment(&t.replace('.', ":"))),
    }
}

fn buyer(said: &Words<'_>) -> Buyer {
    let email = said.get("email").unwrap_or("buyer@example.com");
    Buyer {
        buyer_id: BuyerId::new(said.get("buyer").unwrap_or("B1")).unwrap(),
        name: None,
        email: (email != "-").then(|| Private::new(email).unwrap()),
        phone: said.get("phone").map(|p| Private::new(p).unwrap()),
        locale: None,
        time_zone: said.get("zone").map(|z| Text::new(z).unwrap()),
        tier: None,
    }
}

pub(super) fn changed(said: &Words<'_>) -> Changed {
    Changed {
        buyer: said.get("buyer").map(|_| buyer(said)),
        ship_by: said.time("ship_by"),
        lines: said.list("lines").map(|l| l.into_iter().map(line).collect()),
        ..Changed::default()
    }
}

pub(super) fn cancelled(said: &Words<'_>) -> Cancelled {
    Cancelled { line_ids: lines(said), reason: None }
}

pub(super) fn talk(said: &Words<'_>) -> Renegotiated {
    Renegotiated { ship_by: said.time("ship_by").unwrap(), status: named::<RenegotiationStatus>(said.verb) }
}

pub(super) fn progress(said: &Words<'_>) -> Progress {
    Progress {
        warehouse_id: said.get("warehouse").map_or(WarehouseId::new("W1").unwrap(), named),
        stage: named(said.verb),
        line_ids: lines(said),
        expected_ship_at: said.time("expected"),
    }
}

pub(super) fn shipped(said: &Words<'_>) -> Shipped {
    Shipped {
        warehouse_id: said.get("warehouse").map(named),
        parcel_id: parcel(said),
        carrier: said.get("carrier").map(named),
        tracking_number: None,
        tracking_url: None,
        line_ids: lines(said),
        expected_delivery_at: said.time("eta"),
    }
}

pub(super) fn exception(said: &Words<'_>) -> Exception {
    Exception {
        exception_id: named(said.name),
        kind: named(said.get("kind").unwrap()),
        line_ids: lines(said),
        detail: None,
        clears_at: said.time("clears_at"),
    }
}

/// The verb is the carrier's status itself, or `vocabulary:word`.
pub(super) fn status(said: &Words<'_>) -> ParcelStatus {
    let theirs = said.verb.split_once(':');
    ParcelStatus {
        parcel_id: parcel(said),
        status: theirs.is_none().then(|| named(said.verb)),
        vocabulary: theirs.map(|(vocabulary, _)| named(vocabulary)),
        reason: said.get("reason").map(named),
        expected_delivery_at: said.time("eta"),
        location: None,
        raw_status: theirs.map(|(_, word)| Text::new(word).unwrap()),
    }
}

pub(super) fn condition(said: &Words<'_>) -> ConditionRaised {
    ConditionRaised {
        scope: Scope {
            merchant_id: Some(crate::ids::MerchantId::new("shop").unwrap()),
            warehouse_id: said.get("warehouse").map(named),
            sku: said.get("sku").map(named),
            carrier: said.get("carrier").map(named),
            region: said.get("region").map(named),
            campaign: said.get("campaign").map(named),
        },
        kind: named(said.get("kind").unwrap()),
        clears_at: said.time("clears_at"),
        detail: None,
    }
}

pub(super) fn preference(said: &Words<'_>) -> Preference {
    Preference { channel: named(said.get("channel").unwrap_or("email")), allow: said.get("allow") == Some("true") }
}

fn parcel(said: &Words<'_>) -> ParcelId {
    ParcelId::new(if said.name == "X1" { "P1" } else { said.name }).unwrap()
}

fn lines(said: &Words<'_>) -> Option<Vec<LineId>> {
    said.list("lines").map(|all| all.into_iter().map(|id| LineId::new(id).unwrap()).collect())
}
