//! Conditions and sweeps.

use forewarn_core::OrderKey;
use forewarn_core::condition::{Condition, ConditionFacts};
use forewarn_core::event::Scope;
use forewarn_core::ids::{ConditionId, MerchantId, OrderId};

use super::session::{Fields, Session};
use super::{fault, settings};
use crate::store::port::{ConditionStore, Sweep};
use crate::store::{StoreError, document};

const SAVING: &str = "saving a condition";

impl ConditionStore for Session<'_> {
    fn condition_load(&mut self, id: &ConditionId) -> Result<Option<ConditionFacts>, StoreError> {
        let lock = self.locking(" FOR UPDATE");
        let sql = format!("SELECT facts FROM conditions WHERE condition_id = $1{lock}");
        let found = self.first("loading a condition", &sql, &[&id.as_str()], |f| f.document("condition", id))?;
        if found.is_none() {
            self.seen.missing.insert(("condition", id.to_string()));
        }
        Ok(found)
    }

    fn condition_save(&mut self, id: &ConditionId, facts: &ConditionFacts) -> Result<(), StoreError> {
        let text = document::write(SAVING, facts)?;
        // Where there was none, nobody else's first word about it may be replaced.
        let end = match self.seen.missing.remove(&("condition", id.to_string())) {
            true => "DO NOTHING",
            false => "(condition_id) DO UPDATE SET in_force = excluded.in_force, facts = excluded.facts",
        };
        let sql =
            format!("INSERT INTO conditions (condition_id, in_force, facts) VALUES ($1, $2, $3) ON CONFLICT {end}");
        if self.execute(SAVING, &sql, &[&id.as_str(), &facts.in_force(id).is_some(), &text])? == 0 {
            return Err(fault::overtaken(SAVING));
        }
        settings::raise_version(self)
    }

    fn conditions_in_force(&mut self) -> Result<Vec<Condition>, StoreError> {
        let sql = "SELECT condition_id, facts FROM conditions WHERE in_force ORDER BY condition_id";
        let found = self.all("listing conditions", sql, &[], |f| {
            let id = f.parsed("condition", &"with an unreadable id", "condition_id", ConditionId::new)?;
            let facts: ConditionFacts = f.document("condition", &id)?;
            Ok(facts.in_force(&id))
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    fn sweep_start(&mut self, scope: &Scope) -> Result<(), StoreError> {
        let scope = document::write("starting a sweep", scope)?;
        self.execute("starting a sweep", "INSERT INTO sweeps (scope) VALUES ($1)", &[&scope]).map(drop)
    }

    fn sweep_next(&mut self) -> Result<Option<Sweep>, StoreError> {
        // A sweep that another process works on is left to it; there may be a second one.
        let lock = self.locking(" FOR UPDATE SKIP LOCKED");
        let sql = format!(
            "SELECT sweep_id, scope, after_merchant_id, after_order_id FROM sweeps ORDER BY sweep_id LIMIT 1{lock}"
        );
        self.first("finding the next sweep", &sql, &[], read_sweep)
    }

    fn sweep_advance(&mut self, id: i64, after: Option<&OrderKey>) -> Result<(), StoreError> {
        let Some(after) = after else {
            return self.execute("ending a sweep", "DELETE FROM sweeps WHERE sweep_id = $1", &[&id]).map(drop);
        };
        let sql = "UPDATE sweeps SET after_merchant_id = $2, after_order_id = $3 WHERE sweep_id = $1";
        let (merchant, order) = (after.merchant_id.as_str(), after.order_id.as_str());
        self.execute("advancing a sweep", sql, &[&id, &merchant, &order]).map(drop)
    }
}

fn read_sweep(f: &mut Fields<'_>) -> Result<Sweep, StoreError> {
    let id = f.take()?;
    let scope = f.document("sweep", &id)?;
    let merchant_id = f.maybe_parsed("sweep", &id, "after_merchant_id", MerchantId::new)?;
    let order_id = f.maybe_parsed("sweep", &id, "after_order_id", OrderId::new)?;
    let after = merchant_id.zip(order_id).map(|(merchant_id, order_id)| OrderKey { merchant_id, order_id });
    Ok(Sweep { id, scope, after })
}
