//! What a notice must not leave out.

use crate::copy::letter::Letter;

/// What a notice of this kind must say, of the values the letter has.
pub(super) fn required(letter: &Letter) -> Vec<(&'static str, &str)> {
    let ours = of_letter(letter);
    ours.into_iter().chain(letter.orders.iter().chain(&letter.parcels).flat_map(of_joined)).collect()
}

/// What a letter about several orders or parcels must say of one.
fn of_joined(one: &Letter) -> Vec<(&'static str, &str)> {
    let elsewhere = ["support", "unsubscribe_url", "shop"];
    let mut facts = of_letter(one);
    facts.retain(|(name, _)| !elsewhere.contains(name));
    facts.extend(one.lines.first().map(|line| ("lines", line.title.as_str())));
    facts
}

fn of_letter(letter: &Letter) -> Vec<(&'static str, &str)> {
    let parcel = letter.parcel.as_ref();
    let facts = [
        ("ship_by", letter.ship_by.as_deref()),
        ("quoted_ship_by", letter.quoted_ship_by.as_deref()),
        ("compensation.amount", letter.compensation.as_ref().map(|gift| gift.amount.as_str())),
        ("needed_by", letter.needed_by.as_deref()),
        ("action_url", letter.action_url.as_deref()),
        ("parcel.carrier", parcel.and_then(|p| p.carrier.as_deref())),
        ("parcel.tracking_number", parcel.and_then(|p| p.tracking_number.as_deref())),
        ("expected_delivery", letter.expected_delivery.as_deref()),
        ("lines", letter.lines.first().map(|line| line.title.as_str())),
        ("rest", letter.rest.first().map(|line| line.title.as_str())),
        ("on_the_way", letter.on_the_way.first().map(|line| line.title.as_str())),
        ("support", letter.support.as_deref()),
        ("unsubscribe_url", letter.unsubscribe_url.as_deref()),
        ("order_id", Some(letter.order_id.as_str())),
        ("shop", Some(letter.shop.as_str())),
    ];
    let names = required_names(&letter.kind, &letter.variant);
    let wanted = |name: &str| names.contains(&name) || ALWAYS.contains(&name);
    facts
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
}

/// What every notice says.
const ALWAYS: [&str; 4] = ["support", "unsubscribe_url", "order_id", "shop"];

fn required_names(kind: &str, variant: &str) -> &'static [&'static str] {
    match (kind, variant) {
        ("order_accepted", _) => &["ship_by", "lines"],
        ("delay_warning", "needed") => &["needed_by", "quoted_ship_by", "compensation.amount", "action_url"],
        ("delay_warning" | "promise_missed", _) => {
            &["ship_by", "quoted_ship_by", "needed_by", "compensation.amount", "action_url"]
        }
        ("delay_update", _) => &["quoted_ship_by", "needed_by", "compensation.amount", "action_url"],
        ("action_needed", "fixed") => &["quoted_ship_by"],
        ("action_needed", _) => &["action_url"],
        ("shipped", _) => &["parcel.carrier", "parcel.tracking_number", "expected_delivery", "lines", "rest"],
        ("logistics_delay", _) => &["expected_delivery"],
        ("delivered", _) => &["on_the_way", "rest"],
        ("several_parcels", "shipped") => &["rest"],
        ("several_parcels", _) => &["on_the_way", "rest"],
        _ => &[],
    }
}
