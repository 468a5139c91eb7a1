//! Conditions and sweeps.

use forewarn_core::OrderKey;
use forewarn_core::condition::{Condition, ConditionFacts};
use forewarn_core::event::Scope;
use forewarn_core::ids::{ConditionId, MerchantId, OrderId};
use rusqlite::params;

use super::session::{Fields, Session, Summed};
use super::{checksum, document, settings};
use crate::store::StoreError;
use crate::store::port::{ConditionStore, Sweep};

impl ConditionStore for Session<'_> {
    fn condition_load(&mut self, id: &ConditionId) -> Result<Option<ConditionFacts>, StoreError> {
        let sql = "SELECT condition_id, in_force, facts, checksum FROM conditions WHERE condition_id = ?1";
        Ok(self.first("loading a condition", sql, [id.as_str()], read)?.map(|(_, facts)| facts))
    }

    fn condition_save(&mut self, id: &ConditionId, facts: &ConditionFacts) -> Result<(), StoreError> {
        let text = document::write("saving a condition", facts)?;
        let in_force = facts.in_force(id).is_some();
        let checksum = checksum::of("saving a condition", &[&id.as_str(), &in_force, &text])?;
        let sql = "INSERT INTO conditions (condition_id, in_force, facts, checksum) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET in_force = excluded.in_force, facts = excluded.facts,
                       checksum = excluded.checksum";
        self.execute("saving a condition", sql, params![id.as_str(), in_force, text, checksum])?;
        settings::raise_version(self)
    }

    fn conditions_in_force(&mut self) -> Result<Vec<Condition>, StoreError> {
        let sql =
            "SELECT condition_id, in_force, facts, checksum FROM conditions WHERE in_force = 1 ORDER BY condition_id";
        let found = self.all("listing conditions", sql, [], read)?;
        Ok(found.iter().filter_map(|(id, facts)| facts.in_force(id)).collect())
    }

    fn sweep_start(&mut self, scope: &Scope) -> Result<(), StoreError> {
        let scope = document::write("starting a sweep", scope)?;
        self.execute("starting a sweep", "INSERT INTO sweeps (scope) VALUES (?1)", [scope]).map(drop)
    }

    fn sweep_next(&mut self) -> Result<Option<Sweep>, StoreError> {
        let sql = "SELECT sweep_id, scope, after_merchant_id, after_order_id FROM sweeps ORDER BY sweep_id LIMIT 1";
        self.first("finding the next sweep", sql, [], read_sweep)
    }

    fn sweep_advance(&mut self, id: i64, after: Option<&OrderKey>) -> Result<(), StoreError> {
        let Some(after) = after else {
            return self.execute("ending a sweep", "DELETE FROM sweeps WHERE sweep_id = ?1", [id]).map(drop);
        };
        let sql = "UPDATE sweeps SET after_merchant_id = ?2, after_order_id = ?3 WHERE sweep_id = ?1";
        let params = params![id, after.merchant_id.as_str(), after.order_id.as_str()];
        self.execute("advancing a sweep", sql, params).map(drop)
    }
}

pub(super) fn read(f: &mut Fields<'_>) -> Result<(ConditionId, ConditionFacts), StoreError> {
    const SUMMED: Summed = Summed { what: "condition", skip: 0, id: &[0] };
    f.whole(&SUMMED, |f| {
        let id = f.parsed("condition", &"with an unreadable id", "condition_id", ConditionId::new)?;
        // The facts say it too; the column is there for its index.
        let _in_force: bool = f.take()?;
        let facts = f.document("condition", &id)?;
        Ok((id, facts))
    })
}

pub(super) fn read_sweep(f: &mut Fields<'_>) -> Result<Sweep, StoreError> {
    let id = f.take()?;
    let scope = f.document("sweep", &id)?;
    let merchant_id = f.maybe_parsed("sweep", &id, "after_merchant_id", MerchantId::new)?;
    let order_id = f.maybe_parsed("sweep", &id, "after_order_id", OrderId::new)?;
    let after = merchant_id.zip(order_id).map(|(merchant_id, order_id)| OrderKey { merchant_id, order_id });
    Ok(Sweep { id, scope, after })
}
