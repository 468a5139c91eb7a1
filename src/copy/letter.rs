//! The variables a notice template sees.
//!
//! A [`Letter`] is everything one notice says, already in the buyer's language: dates, money and
//! the shop's contact arrive as phrases. Templates choose words; they never format a number or a
//! date and never look anything up. Every variable is always defined; optional ones may be none.

use std::fmt;

use serde::Serialize;

/// The letter that tells of several delayed orders of one buyer at once; see [`Letter::orders`].
pub const DELAYED_ORDERS: &str = "delayed_orders";

/// The letter that tells of several parcels of one order that left, or arrived, together; see [`Letter::parcels`].
pub const SEVERAL_PARCELS: &str = "several_parcels";

/// The eight kinds of notice and the letters that join several, each with the variants its templates tell apart.
pub const KINDS: [(&str, &[&str]); 10] = [
    ("order_accepted", &["plain"]),
    ("delay_warning", &["plain", "announced", "needed"]),
    ("delay_update", &["plain"]),
    ("promise_missed", &["plain"]),
    ("action_needed", &["ask", "fixed"]),
    ("shipped", &["plain", "after_warning"]),
    ("logistics_delay", &["plain"]),
    ("delivered", &["plain", "after_delay"]),
    (DELAYED_ORDERS, &["plain"]),
    (SEVERAL_PARCELS, &["shipped", "delivered"]),
];

/// Everything one notice says, as the templates see it.
///
/// `Debug` shows no buyer, address, link, product title or tracking number: a letter may pass
/// through logs.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// One of [`KINDS`]; it chooses the templates.
    pub kind: String,
    /// One of the kind's variants in [`KINDS`].
    pub variant: String,
    /// The shop's display name.
    pub shop: String,
    /// The buyer's own name.
    pub buyer: Option<String>,
    /// The order's id as the shop knows it.
    pub order_id: String,
    /// The lines this notice is about.
    pub lines: Vec<LineItem>,
    /// Other open lines of the order, still to come.
    pub rest: Vec<LineItem>,
    /// When the rest will ship, as a phrase.
    pub rest_ship_by: Option<String>,
    /// `address`, `out_of_stock`, `system`, `surge`, `weather`, `holiday`, `carrier` or
    /// `warehouse_queue`.
    pub cause: Option<String>,
    /// Of the cause `out_of_stock`: which of [`Letter::lines`] ran short, none where nobody said which.
    pub short_lines: Vec<LineItem>,
    /// `address` or `contact`: which of the two the buyer is asked to fix. Of the cause `carrier`, `pickup`: it is packed
    /// and nobody has collected it yet.
    pub cause_detail: Option<String>,
    /// What operations say of the incident behind the delay, one sentence for all its orders.
    pub incident: Option<String>,
    /// The promised ship time, as a phrase such as "Friday afternoon, 6 March".
    pub ship_by: Option<String>,
    /// The honest new ship time, as a phrase.
    pub quoted_ship_by: Option<String>,
    /// The ship time told in the notice before this one, as a phrase.
    pub previous_quote: Option<String>,
    /// Whether the quoted ship time is one the buyer was asked for and has not agreed to.
    pub asked: bool,
    /// How sure the quoted ship time is, in percent, 1 to 99; none while too few orders stand behind the forecast.
    pub confidence: Option<u8>,
    /// What the shop gives for the wait.
    pub compensation: Option<Compensation>,
    /// The day the buyer needs it by, as a phrase.
    pub needed_by: Option<String>,
    /// Whether it will be there by then if the quoted ship time is kept.
    pub needed_in_time: bool,
    /// Whether the buyer may choose to wait or cancel on the page behind `action_url`.
    pub choices: bool,
    /// Whether another article is among these choices.
    pub swap: bool,
    /// The signed page where the buyer can choose, fix an address or say "urgent".
    pub action_url: Option<String>,
    /// The parcel the notice is about.
    pub parcel: Option<ParcelRef>,
    /// Which parcel of the order this is, from 1.
    pub parcel_number: u32,
    /// How many parcels of the order are known, at least 1.
    pub parcel_count: u32,
    /// Whether an order that came in several parcels has left as a whole or, when a parcel arrived, arrived as a whole.
    pub complete: bool,
    /// When a parcel arrived: what left in other parcels and has not arrived.
    pub on_the_way: Vec<LineItem>,
    /// The day it should be delivered, as a phrase.
    pub expected_delivery: Option<String>,
    /// `delayed`, `exception`, `attempt_failed`, `returning`, `stalled`, `slipped` or `overdue`.
    pub problem: Option<String>,
    /// `weather`, `hub_overload`, `address`, `refused`, `damaged`, `lost`, `customs`, `security`
    /// or `other`.
    pub problem_reason: Option<String>,
    /// Whether the parcel was handed over after the promised ship time.
    pub was_late: bool,
    /// Whether an earlier notice had warned of a delay; of [`SEVERAL_PARCELS`], that the order would ship late.
    pub warned_before: bool,
    /// Which update this is, from 1.
    pub update_number: u32,
    /// Whether a person takes over after this update.
    pub last_update: bool,
    /// Whether this is the one reminder of an unanswered `action_needed`.
    pub reminder: bool,
    /// Where the buyer can stop notices of this kind.
    pub unsubscribe_url: Option<String>,
    /// How to reach a person: an address or a phrase.
    pub support: Option<String>,
    /// Of [`DELAYED_ORDERS`]: one letter an order, each a `delay_warning`, `delay_update` or `promise_missed`; then
    /// the letter's own `cause` is the one they all have, none if they differ. Empty in every other letter.
    pub orders: Vec<Letter>,
    /// Of [`SEVERAL_PARCELS`]: one letter a parcel, each a `shipped` or each a `delivered`; then the letter's own
    /// `expected_delivery` is the day they all have, none if they differ. Empty in every other letter.
    pub parcels: Vec<Letter>,
}

/// One product of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineItem {
    /// The product's title, or its SKU where the order has no title.
    pub title: String,
    /// How many of it, at least 1.
    pub quantity: u32,
}

/// What the shop gives for the wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compensation {
    /// The value as the buyer reads it, such as "¥5.00".
    pub amount: String,
    /// Whether the coupon system has confirmed it.
    pub state: CompensationState,
}

/// How far the coupon is; the wording follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompensationState {
    /// The coupon system said it is in the buyer's account.
    Granted,
    /// Set aside for the buyer, not yet in the account.
    Reserved,
}

/// How to follow one parcel.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ParcelRef {
    /// The carrier's name.
    pub carrier: Option<String>,
    /// The carrier's number for this parcel.
    pub tracking_number: Option<String>,
    /// The carrier's page for this parcel, `http` or `https`.
    pub tracking_url: Option<String>,
}

impl Letter {
    /// A letter of this kind and variant with nothing optional in it: no dates, no gift, no links.
    pub fn bare(kind: &str, variant: &str, shop: &str, order_id: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            variant: variant.to_owned(),
            shop: shop.to_owned(),
            buyer: None,
            order_id: order_id.to_owned(),
            lines: Vec::new(),
            rest: Vec::new(),
            rest_ship_by: None,
            cause: None,
            short_lines: Vec::new(),
            cause_detail: None,
            incident: None,
            ship_by: None,
            quoted_ship_by: None,
            previous_quote: None,
            asked: false,
            confidence: None,
            compensation: None,
            needed_by: None,
            needed_in_time: false,
            choices: false,
            swap: false,
            action_url: None,
            parcel: None,
            parcel_number: 1,
            parcel_count: 1,
            complete: false,
            on_the_way: Vec::new(),
            expected_delivery: None,
            problem: None,
            problem_reason: None,
            was_late: false,
            warned_before: false,
            update_number: 1,
            last_update: false,
            reminder: false,
            unsubscribe_url: None,
            support: None,
            orders: Vec::new(),
            parcels: Vec::new(),
        }
    }
}

impl Letter {
    /// How many notices it carries, at least 1.
    pub fn notices(&self) -> usize {
        self.orders.len().max(self.parcels.len()).max(1)
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("kind", &self.kind)
            .field("variant", &self.variant)
            .field("order_id", &self.order_id)
            .field("n_lines", &self.lines.len())
            .field("n_rest", &self.rest.len())
            .field("n_orders", &self.orders.len())
            .field("n_parcels", &self.parcels.len())
            .field("cause", &self.cause)
            .field("problem", &self.problem)
            .field("update_number", &self.update_number)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ParcelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParcelRef").field("carrier", &self.carrier).finish_non_exhaustive()
    }
}
