//! One letter over those of several orders or parcels, addressed like the first.

use super::letter::{DELAYED_ORDERS, Letter, SEVERAL_PARCELS};

/// The letter over these delayed orders of one buyer; an empty one over none.
pub fn over_orders(orders: &[Letter]) -> Letter {
    let Some(first) = orders.first() else { return Letter::bare(DELAYED_ORDERS, "plain", "", "") };
    Letter {
        buyer: first.buyer.clone(),
        support: first.support.clone(),
        unsubscribe_url: first.unsubscribe_url.clone(),
        cause: in_common(orders, |one| &one.cause),
        incident: in_common(orders, |one| &one.incident),
        orders: orders.to_vec(),
        ..Letter::bare(DELAYED_ORDERS, "plain", &first.shop, &first.order_id)
    }
}

/// The letter over these parcels of one order, all of one kind; an empty one over none. What is to be said of the order
/// as a whole stands in it, and in none of them.
pub fn over_parcels(parcels: &[Letter]) -> Letter {
    let Some(first) = parcels.first() else { return Letter::bare(SEVERAL_PARCELS, "shipped", "", "") };
    let of_parcel = |one: &Letter| Letter {
        rest: Vec::new(),
        rest_ship_by: None,
        on_the_way: Vec::new(),
        compensation: None,
        ..one.clone()
    };
    Letter {
        kind: SEVERAL_PARCELS.to_owned(),
        variant: first.kind.clone(),
        lines: Vec::new(),
        parcel: None,
        was_late: parcels.iter().any(|one| one.was_late || one.variant == "after_delay"),
        warned_before: parcels.iter().any(|one| one.variant == "after_warning"),
        expected_delivery: in_common(parcels, |one| &one.expected_delivery),
        compensation: parcels.iter().find_map(|one| one.compensation.clone()),
        parcels: parcels.iter().map(of_parcel).collect(),
        ..first.clone()
    }
}

/// What all of them say alike.
fn in_common(all: &[Letter], said: fn(&Letter) -> &Option<String>) -> Option<String> {
    let first = all.first().map(said)?;
    first.clone().filter(|_| all.iter().all(|one| said(one) == first))
}
