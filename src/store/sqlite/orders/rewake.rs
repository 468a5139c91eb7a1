//! From a scope to the orders in it, in chunks.

use forewarn_core::event::Scope;
use forewarn_core::{Instant, OrderKey};
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::order_key;
use crate::store::StoreError;
use crate::store::sqlite::session::{Session, rows};

/// Wakes up to `limit` orders in `scope` at `at`, unless they wake earlier; gives the last one when there may be more.
pub(super) fn rewake(
    session: &Session<'_>,
    scope: &Scope,
    at: Instant,
    after: Option<&OrderKey>,
    limit: usize,
) -> Result<Option<OrderKey>, StoreError> {
    let (sql, values) = Query::over(scope, after).finish(at, limit);
    let mut found = session.all("finding the orders in a scope", &sql, params_from_iter(values), |f| {
        Ok((order_key(f)?, f.take::<i64>()?, f.take::<bool>()?))
    })?;
    for (_, seq, later) in &found {
        if *later {
            session.execute(
                "waking an order",
                "UPDATE orders SET wake_at = ?2 WHERE seq = ?1",
                params![seq, at.ms()],
            )?;
        }
    }
    if found.len() < limit { Ok(None) } else { Ok(found.pop().map(|(key, ..)| key)) }
}

/// How many open orders are in `scope`.
pub(in crate::store::sqlite) fn count(session: &Session<'_>, scope: &Scope) -> Result<u64, StoreError> {
    let Query { sql, values, .. } = Query::over(scope, None);
    let sql = format!("SELECT count(*) FROM ({sql} AND o.open = 1)");
    // The moment that a sweep wakes at has no part in it.
    let values = std::iter::once(Value::Integer(0)).chain(values);
    session.single::<i64>("counting open orders", &sql, params_from_iter(values)).map(i64::unsigned_abs)
}

/// The statement a sweep over `scope` runs.
#[cfg(test)]
pub(in crate::store::sqlite) fn statement(scope: &Scope, after: Option<&OrderKey>) -> String {
    Query::over(scope, after).finish(Instant::from_ms(0), 1).0
}

/// A statement that grows clause by clause with its values. There are few distinct scopes, so the texts repeat and
/// each is compiled once.
struct Query {
    /// The table whose index is walked in key order: `k` for tags, `o` for orders.
    walked: &'static str,
    sql: String,
    values: Vec<Value>,
}

impl Query {
    /// Starts from the narrowest thing the scope names and goes along an index in key order, so that a chunk reads
    /// little more than the orders it returns.
    fn over(scope: &Scope, after: Option<&OrderKey>) -> Self {
        let carrier = scope.carrier.as_ref().map(|c| ("carrier", c.as_str()));
        let sku = scope.sku.as_ref().map(|s| ("sku", s.as_str()));
        let region = scope.region.as_ref().map(|r| ("region", r.as_str()));
        let tag = carrier.or(sku).or(region);
        let (walked, from) = match tag {
            Some(_) => ("k", "order_tags k CROSS JOIN orders o USING (merchant_id, order_id)"),
            None if scope.campaign.is_some() => ("o", "orders o INDEXED BY orders_by_campaign"),
            None if scope.warehouse_id.is_some() => ("o", "orders o INDEXED BY orders_by_warehouse"),
            None => ("o", "orders o INDEXED BY orders_open"),
        };
        let sql = format!(
            "SELECT {walked}.merchant_id, {walked}.order_id, o.seq, o.wake_at IS NULL OR o.wake_at > ? FROM {from}
             WHERE TRUE"
        );
        let mut query = Self { walked, sql, values: Vec::new() };
        if let Some((tag, value)) = tag {
            query.and("k.tag = ? AND k.value = ?", [tag, value]);
        }
        query.narrow(scope);
        if let Some(after) = after {
            let clause = format!("({walked}.merchant_id, {walked}.order_id) > (?, ?)");
            query.and(&clause, [after.merchant_id.as_str(), after.order_id.as_str()]);
        }
        query
    }

    /// Adds every field of the scope. Only a carrier's orders need not be open: their parcels are on their way.
    fn narrow(&mut self, scope: &Scope) {
        if scope.carrier.is_none() {
            self.and("o.open = 1", []);
        }
        if let Some(merchant) = &scope.merchant_id {
            self.and(&format!("{}.merchant_id = ?", self.walked), [merchant.as_str()]);
        }
        if let Some(warehouse) = &scope.warehouse_id {
            self.and("o.warehouse_id = ?", [warehouse.as_str()]);
        }
        if let Some(campaign) = &scope.campaign {
            self.and("o.campaign = ?", [campaign.as_str()]);
        }
        let listed = "EXISTS (SELECT 1 FROM json_each(o.tags, ?) WHERE value = ?)";
        if let Some(sku) = &scope.sku {
            self.and(listed, ["$.skus", sku.as_str()]);
        }
        if let Some(region) = &scope.region {
            self.and(listed, ["$.regions", region.as_str()]);
        }
    }

    fn and<const N: usize>(&mut self, clause: &str, values: [&str; N]) {
        self.sql.push_str(" AND ");
        self.sql.push_str(clause);
        self.values.extend(values.map(|v| Value::Text(v.to_owned())));
    }

    fn finish(self, at: Instant, limit: usize) -> (String, Vec<Value>) {
        let Self { walked, sql, values } = self;
        let sql = format!("{sql} ORDER BY {walked}.merchant_id, {walked}.order_id LIMIT ?");
        let at = std::iter::once(Value::Integer(at.ms()));
        let values = at.chain(values).chain([Value::Integer(rows(limit))]);
        (sql, values.collect())
    }
}
