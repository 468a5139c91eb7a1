//! Makes a letter's values safe to print, before any template sees them.
//!
//! Titles, names and carriers come from other people's systems. A line break in one could forge a
//! paragraph or a mail header, a direction mark could turn text around, and a link could run a
//! script. Templates, also a merchant's own, therefore only ever see cleaned values.

use super::letter::{Letter, LineItem, ParcelRef};

/// A copy of the letter whose strings are single lines and whose links are web links.
///
/// Blank optional strings become none, so that a template's `if` tells the truth.
pub(super) fn clean(letter: &Letter) -> Letter {
    Letter {
        kind: letter.kind.clone(),
        variant: letter.variant.clone(),
        shop: single_line(&letter.shop),
        buyer: optional(&letter.buyer),
        order_id: single_line(&letter.order_id),
        lines: items(&letter.lines),
        rest: items(&letter.rest),
        rest_ship_by: optional(&letter.rest_ship_by),
        ship_by: optional(&letter.ship_by),
        quoted_ship_by: optional(&letter.quoted_ship_by),
        previous_quote: optional(&letter.previous_quote),
        action_url: link(&letter.action_url, &["https://", "http://"]),
        parcel: letter.parcel.as_ref().map(parcel),
        expected_delivery: optional(&letter.expected_delivery),
        unsubscribe_url: link(&letter.unsubscribe_url, &["https://", "http://", "mailto:"]),
        support: optional(&letter.support),
        on_the_way: items(&letter.on_the_way),
        orders: letter.orders.iter().map(clean).collect(),
        parcels: letter.parcels.iter().map(clean).collect(),
        ..letter.clone()
    }
}

/// One line: white space collapsed, control and direction characters gone, ends trimmed.
pub(super) fn single_line(text: &str) -> String {
    let spaced: String =
        text.chars().filter(|c| !is_direction_mark(*c)).map(|c| if is_break(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that end or hide a line: Unicode controls and the two separators that break lines.
pub(super) fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks that reorder the text around them (Unicode UAX #9, explicit formatting characters).
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn optional(value: &Option<String>) -> Option<String> {
    value.as_deref().map(single_line).filter(|text| !text.is_empty())
}

fn items(lines: &[LineItem]) -> Vec<LineItem> {
    let clean = |line: &LineItem| LineItem { title: single_line(&line.title), quantity: line.quantity };
    lines.iter().map(clean).collect()
}

fn parcel(parcel: &ParcelRef) -> ParcelRef {
    ParcelRef {
        carrier: optional(&parcel.carrier),
        tracking_number: optional(&parcel.tracking_number),
        tracking_url: link(&parcel.tracking_url, &["https://", "http://"]),
    }
}

fn link(url: &Option<String>, schemes: &[&str]) -> Option<String> {
    let url = url.as_deref().map(str::trim)?;
    let lower = url.to_ascii_lowercase();
    let allowed = schemes.iter().any(|scheme| lower.starts_with(scheme));
    let printable = !url.chars().any(|c| c.is_whitespace() || is_break(c) || is_direction_mark(c));
    (allowed && printable).then(|| url.to_owned())
}
