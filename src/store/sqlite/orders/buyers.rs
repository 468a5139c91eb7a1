//! What is known beside single orders: buyers' wishes, signs of life of warehouses, since when shops are live.

use forewarn_core::Instant;
use forewarn_core::decide::Preferences;
use forewarn_core::ids::{BuyerId, MerchantId};

use crate::store::StoreError;
use crate::store::sqlite::session::{Fields, Summed};

/// A buyer's wishes from the columns shop, buyer, wishes and sum.
pub(in crate::store::sqlite) fn read_preferences(f: &mut Fields<'_>) -> Result<Preferences, StoreError> {
    const SUMMED: Summed = Summed { what: "preferences", skip: 0, id: &[0, 1] };
    f.whole(&SUMMED, |f| {
        let _shop = f.parsed("preferences", &"of an unreadable shop", "merchant_id", MerchantId::new)?;
        let buyer = f.parsed("preferences", &"of an unreadable buyer", "buyer_id", BuyerId::new)?;
        f.document("preferences", &buyer)
    })
}

/// A warehouse's newest word from the columns shop, warehouse, moment and sum.
pub(in crate::store::sqlite) fn read_word(f: &mut Fields<'_>) -> Result<Instant, StoreError> {
    const SUMMED: Summed = Summed { what: "warehouse", skip: 0, id: &[0, 1] };
    f.whole(&SUMMED, |f| {
        let (_shop, _warehouse) = (f.take::<String>()?, f.take::<String>()?);
        f.instant()
    })
}

/// Since when a shop is live from the columns shop, moment and sum.
pub(in crate::store::sqlite) fn read_live_since(f: &mut Fields<'_>) -> Result<Instant, StoreError> {
    const SUMMED: Summed = Summed { what: "shop", skip: 0, id: &[0] };
    f.whole(&SUMMED, |f| {
        let _shop: String = f.take()?;
        f.instant()
    })
}
