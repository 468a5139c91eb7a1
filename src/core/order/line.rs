//! A line of an order and the ship time its events named.

use super::overlay;
use crate::event::{Fulfilment, LineData};
use crate::ids::{LineId, Sku};
use crate::instant::{Instant, given};
use crate::money::Money;
use crate::text::Text;

/// One line, as known now.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which line.
    pub id: LineId,
    /// The article.
    pub sku: Sku,
    /// Its name for people.
    pub title: Option<Text>,
    /// Its kind.
    pub category: Option<Text>,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub unit_price: Option<Money>,
    /// How it is made ready.
    pub fulfilment: Fulfilment,
    /// The line's own promised ship time.
    pub ship_by: ShipBy,
    /// When an event first named the line.
    pub added_at: Instant,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// When a parcel with it was handed over.
    pub handed_over_at: Option<Instant>,
}

impl Line {
    /// What to call the line before a person.
    pub fn name(&self) -> &str {
        self.title.as_ref().map_or(self.sku.as_str(), Text::as_str)
    }
}

/// A ship time that events named, and a later one they named afterwards.
///
/// A shop may always ship earlier than it said, so an earlier time replaces the promise. A later one that the buyer
/// has not agreed to is no promise but a delay to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShipBy {
    /// What was promised, and since when.
    pub promised: Option<(Instant, Instant)>,
    /// A later time the shop named without the buyer's agreement, and since when.
    pub postponed: Option<(Instant, Instant)>,
    /// When any time was named first.
    pub named_since: Option<Instant>,
}

impl ShipBy {
    pub(super) fn offer(&mut self, value: Option<Instant>, since: Instant) {
        let Some(value) = given(value) else { return };
        let named_since = self.named_since.or(Some(since));
        match self.promised {
            // The same time named again is no new word.
            Some((promised, _)) if value > promised => {
                let again = self.postponed.filter(|(known, _)| *known == value);
                self.postponed = again.or(Some((value, since)));
            }
            Some((promised, _)) if value == promised => self.postponed = None,
            _ => *self = Self { promised: Some((value, since)), postponed: None, named_since },
        }
    }
}

pub(super) fn take(lines: &mut Vec<Line>, new: &[LineData], at: Instant) {
    for data in new {
        match lines.binary_search_by(|l| l.id.cmp(&data.line_id)) {
            Ok(i) => update(&mut lines[i], data, at),
            Err(i) => lines.insert(i, fresh(data, at)),
        }
    }
}

fn update(line: &mut Line, data: &LineData, at: Instant) {
    line.sku = data.sku.clone();
    line.quantity = data.quantity;
    line.fulfilment = data.fulfilment;
    overlay(&mut line.title, data.title.as_ref());
    overlay(&mut line.category, data.category.as_ref());
    overlay(&mut line.unit_price, data.unit_price.as_ref());
    line.ship_by.offer(data.ship_by, at);
}

fn fresh(data: &LineData, at: Instant) -> Line {
    let mut ship_by = ShipBy::default();
    ship_by.offer(data.ship_by, at);
    Line {
        id: data.line_id.clone(),
        sku: data.sku.clone(),
        title: data.title.clone(),
        category: data.category.clone(),
        quantity: data.quantity,
        unit_price: data.unit_price,
        fulfilment: data.fulfilment,
        ship_by,
        added_at: at,
        cancelled_at: None,
        handed_over_at: None,
    }
}
