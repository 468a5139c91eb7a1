//! Events about one order. The order's own key stands beside them, not in them.

use serde::{Deserialize, Serialize};

use super::Message;
use super::parcel::ParcelStatus;
use crate::ids::{BuyerId, Campaign, Carrier, ExceptionId, LineId, ParcelId, Platform, Region, Sku, WarehouseId};
use crate::instant::Instant;
use crate::money::Money;
use crate::text::{Private, Text};

/// Something that happened to one order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum OrderEvent {
    /// The order was made.
    #[serde(rename = "order.placed")]
    Placed(Box<Placed>),
    /// The order was paid.
    #[serde(rename = "order.paid")]
    Paid {
        /// When, if not at the event's own time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paid_at: Option<Instant>,
    },
    /// Some of the order's fields have new values.
    #[serde(rename = "order.changed")]
    Changed(Box<Changed>),
    /// The order, or some of its lines, was cancelled.
    #[serde(rename = "order.cancelled")]
    Cancelled(Cancelled),
    /// The shop asked the buyer for a later ship time.
    #[serde(rename = "promise.renegotiated")]
    Renegotiated(Renegotiated),
    /// The warehouse took a step.
    #[serde(rename = "warehouse.progress")]
    Progress(Progress),
    /// The warehouse gave a parcel to the carrier.
    #[serde(rename = "warehouse.shipped")]
    Shipped(Box<Shipped>),
    /// The warehouse cannot go on.
    #[serde(rename = "warehouse.exception")]
    Exception(Exception),
    /// The warehouse can go on.
    #[serde(rename = "warehouse.exception_cleared")]
    ExceptionCleared {
        /// Which exception ended.
        exception_id: ExceptionId,
    },
    /// The carrier reported on a parcel.
    #[serde(rename = "parcel.status")]
    Parcel(Box<ParcelStatus>),
    /// The buyer wrote about this order.
    #[serde(rename = "buyer.message")]
    Message(Message),
}

impl OrderEvent {
    /// The rank of the type in the contract's table.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Placed(_) => 0,
            Self::Paid { .. } => 1,
            Self::Changed(_) => 2,
            Self::Cancelled(_) => 3,
            Self::Renegotiated(_) => 4,
            Self::Progress(_) => 5,
            Self::Shipped(_) => 6,
            Self::Exception(_) => 7,
            Self::ExceptionCleared { .. } => 8,
            Self::Parcel(_) => 11,
            Self::Message(_) => 12,
        }
    }
}

/// Who buys, and how to reach them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Buyer {
    /// The shop's id of the person.
    pub buyer_id: BuyerId,
    /// What to call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// Their mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Private>,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Private>,
    /// The language they read (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Text>,
    /// Where they live in time (IANA zone name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Text>,
    /// How the shop ranks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Text>,
}

/// Where the goods go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShipTo {
    /// The country.
    pub country: Region,
    /// The province or state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Private>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Private>,
}

/// How a line is made ready, which decides how long the shop takes by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    /// It lies on the shelf.
    InStock,
    /// It was sold before it is there.
    Presale,
    /// It is made after it was sold.
    MadeToOrder,
}

/// One line of an order as an event gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineData {
    /// The line.
    pub line_id: LineId,
    /// The article.
    pub sku: Sku,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Text>,
    /// How many, 1-1,000,000.
    pub quantity: u32,
    /// The price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// How it is made ready.
    pub fulfilment: Fulfilment,
    /// The promised ship time of this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Instant>,
}

/// `order.placed`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Placed {
    /// Where it was bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Who bought it.
    pub buyer: Buyer,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<ShipTo>,
    /// What was bought; 1-1,000 lines.
    pub lines: Vec<LineData>,
    /// What was paid for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The promised ship time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Instant>,
    /// The promised delivery time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_by: Option<Instant>,
    /// When the buyer needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<Instant>,
    /// What the buyer wrote beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Private>,
    /// The campaign it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// Where it will leave from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<WarehouseId>,
    /// `false`: the shop wants no notices for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
}

/// `order.changed`: every field that is given replaces what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Changed {
    /// Who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<ShipTo>,
    /// New or altered lines; lines that are not named stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<LineData>>,
    /// The shop's new ship time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Instant>,
    /// The new delivery time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_by: Option<Instant>,
    /// When the buyer needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<Instant>,
    /// What the buyer wrote beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Private>,
    /// Where it will leave from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<WarehouseId>,
}

/// `order.cancelled`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cancelled {
    /// Which lines; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_ids: Option<Vec<LineId>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Private>,
}

/// Where a talk about a later ship time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenegotiationStatus {
    /// The buyer has been asked.
    Proposed,
    /// The buyer said yes.
    Agreed,
    /// The buyer said no.
    Refused,
    /// The buyer said nothing in time.
    Expired,
}

/// `promise.renegotiated`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Renegotiated {
    /// The ship time that is talked about.
    pub ship_by: Instant,
    /// Where the talk stands.
    pub status: RenegotiationStatus,
}

/// A step in the warehouse, in the order in which they follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The warehouse has the order.
    Accepted,
    /// Its papers are printed.
    Printed,
    /// Someone fetches the goods.
    Picking,
    /// It is in its box.
    Packed,
}

impl Stage {
    /// Its name in events and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Printed => "printed",
            Self::Picking => "picking",
            Self::Packed => "packed",
        }
    }
}

/// `warehouse.progress`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Progress {
    /// Which warehouse.
    pub warehouse_id: WarehouseId,
    /// Which step.
    pub stage: Stage,
    /// For which lines; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_ids: Option<Vec<LineId>>,
    /// When the warehouse expects to ship.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_ship_at: Option<Instant>,
}

/// `warehouse.shipped`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shipped {
    /// Which warehouse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<WarehouseId>,
    /// Which parcel.
    pub parcel_id: ParcelId,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Carrier>,
    /// The carrier's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<Text>,
    /// Where it can be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<Text>,
    /// What is in it; if absent, the lines no other parcel names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_ids: Option<Vec<LineId>>,
    /// When it should arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_delivery_at: Option<Instant>,
}

/// Why the warehouse cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// The address is incomplete or wrong.
    Address,
    /// The buyer cannot be reached under the number given.
    Contact,
    /// Nothing left to send.
    OutOfStock,
    /// What lay on the shelf is damaged.
    Damaged,
    /// Someone has to look at the order first.
    Review,
    /// A computer system fails.
    System,
    /// Anything else.
    Other,
}

/// `warehouse.exception`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Exception {
    /// Which exception.
    pub exception_id: ExceptionId,
    /// What kind.
    pub kind: ExceptionKind,
    /// For which lines; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_ids: Option<Vec<LineId>>,
    /// In the warehouse's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Private>,
    /// When it is expected to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clears_at: Option<Instant>,
}
