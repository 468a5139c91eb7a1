//! Names of things: every id is a type of its own.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest id an event may carry, in characters (contract: 1-200).
pub const ID_CHARS_MAX: usize = 200;

fn checked(text: &str) -> Result<Arc<str>, String> {
    if text.is_empty() {
        return Err("bad_id: an id is empty".into());
    }
    // Bytes bound characters from above, so the common short id is never walked twice.
    if text.len() > ID_CHARS_MAX && text.chars().count() > ID_CHARS_MAX {
        return Err(format!("bad_id: an id is longer than {ID_CHARS_MAX} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("bad_id: an id holds a control character".into());
    }
    Ok(Arc::from(text))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes `text` as an id of 1-200 characters without control characters.
            ///
            /// # Errors
            /// `bad_id` with what is wrong.
            pub fn new(text: &str) -> Result<Self, String> {
                checked(text).map(Self)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/// A shop.
    MerchantId);
id!(/// An order, unique within its merchant only.
    OrderId);
id!(/// A line of an order, unique within its order.
    LineId);
id!(/// A stock-keeping unit, unique within its merchant.
    Sku);
id!(/// A person who buys, unique within the merchant.
    BuyerId);
id!(/// A place goods leave from.
    WarehouseId);
id!(/// What logistics calls a shipment, unique within its order.
    ParcelId);
id!(/// A company that carries parcels, as the events spell it.
    Carrier);
id!(/// A warehouse's report that an order cannot go on.
    ExceptionId);
id!(/// A fact wider than one order.
    ConditionId);
id!(/// A sales campaign.
    Campaign);
id!(/// A part of a country, or the country itself.
    Region);
id!(/// A sales platform such as `taobao` or `shopify`.
    Platform);
id!(/// A message a buyer wrote.
    MessageId);
id!(/// A notice: the hash of its dedupe key.
    NoticeId);
id!(/// A compensation: the hash of its notice's dedupe key.
    GrantId);
id!(/// An entry on the desk: the hash of its matter, its order, what of that it is about, and how often it came.
    DeskId);
id!(/// Who sent an event (CloudEvents `source`).
    Source);
id!(/// The event's own id, unique within its source (CloudEvents `id`).
    EventId);

/// An order is known by its shop and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// The shop.
    pub merchant_id: MerchantId,
    /// The order within the shop.
    pub order_id: OrderId,
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.merchant_id, self.order_id)
    }
}

/// A buyer is known by the shop and the shop's own id for the person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BuyerKey {
    /// The shop.
    pub merchant_id: MerchantId,
    /// The buyer within the shop.
    pub buyer_id: BuyerId,
}
