//! From a scope to the orders in it, in chunks.

use forewarn_core::event::Scope;
use forewarn_core::{Instant, OrderKey};

use super::{columns, order_key};
use crate::store::StoreError;
use crate::store::postgres::query::Query;
use crate::store::postgres::session::{Session, rows};

/// An order that is being decided keeps its row until that stands, and only then is its wake looked at: what was
/// decided before the change is decided again.
const WAKE: &str = "UPDATE orders o SET wake_at = $3
    FROM unnest($1::text[], $2::text[]) AS k(merchant_id, order_id)
    WHERE o.merchant_id = k.merchant_id AND o.order_id = k.order_id AND (o.wake_at IS NULL OR o.wake_at > $3)";

/// Wakes up to `limit` orders in `scope` at `at`, unless they wake earlier; gives the last one when there may be more.
pub(super) fn rewake(
    session: &mut Session<'_>,
    scope: &Scope,
    at: Instant,
    after: Option<&OrderKey>,
    limit: usize,
) -> Result<Option<OrderKey>, StoreError> {
    // A carrier has a million orders and an article ten; one plan cannot suit both. The step ends with the sweep.
    session.execute("planning a sweep", "SET LOCAL plan_cache_mode = force_custom_plan", &[])?;
    let mut query = over(scope, after);
    query.end(" ORDER BY k.merchant_id, k.order_id LIMIT ?", [rows(limit)]);
    let mut found = session.all("finding the orders in a scope", query.sql(), &query.params(), order_key)?;
    let (merchants, orders) = columns(&found);
    session.execute("waking orders", WAKE, &[&merchants, &orders, &at.ms()])?;
    session.effects.orders |= !found.is_empty();
    if found.len() < limit { Ok(None) } else { Ok(found.pop()) }
}

/// The statement a sweep over `scope` runs.
#[cfg(test)]
pub(in crate::store::postgres) fn statement(scope: &Scope, after: Option<&OrderKey>) -> Query {
    let mut query = over(scope, after);
    query.end(" ORDER BY k.merchant_id, k.order_id LIMIT ?", [20]);
    query
}

/// How many open orders are in `scope`.
pub(in crate::store::postgres) fn count(session: &mut Session<'_>, scope: &Scope) -> Result<u64, StoreError> {
    let query = over(scope, None);
    let is_open =
        "EXISTS (SELECT 1 FROM orders q WHERE q.merchant_id = s.merchant_id AND q.order_id = s.order_id AND q.open)";
    let sql = format!("SELECT count(*) FROM ({}) s WHERE {is_open}", query.sql());
    session.single::<i64>("counting open orders", &sql, &query.params()).map(i64::unsigned_abs)
}

/// Starts from the narrowest thing the scope names and goes along an index in key order, so that a chunk reads little
/// more than the orders it returns.
fn over(scope: &Scope, after: Option<&OrderKey>) -> Query {
    let carrier = scope.carrier.as_ref().map(|c| ("carrier", c.as_str()));
    let sku = scope.sku.as_ref().map(|s| ("sku", s.as_str()));
    let region = scope.region.as_ref().map(|r| ("region", r.as_str()));
    let tag = carrier.or(sku).or(region);
    let mut query = match tag {
        Some((tag, value)) => {
            let mut query = Query::new(
                "SELECT k.merchant_id, k.order_id FROM order_tags k
                 JOIN orders o ON o.merchant_id = k.merchant_id AND o.order_id = k.order_id WHERE TRUE",
            );
            query.and("k.tag = ?", [tag]).and("k.value = ?", [value]);
            query
        }
        None => Query::new("SELECT k.merchant_id, k.order_id FROM orders k WHERE TRUE"),
    };
    let order = if tag.is_some() { "o" } else { "k" };
    narrow(&mut query, scope, order);
    if let Some(after) = after {
        query.and("(k.merchant_id, k.order_id) > (?, ?)", [after.merchant_id.as_str(), after.order_id.as_str()]);
    }
    query
}

/// Adds every field of the scope. Only a carrier's orders need not be open: their parcels are on their way.
fn narrow(query: &mut Query, scope: &Scope, order: &str) {
    if scope.carrier.is_none() {
        query.plain(&format!("{order}.open"));
    }
    if let Some(merchant) = &scope.merchant_id {
        query.and("k.merchant_id = ?", [merchant.as_str()]);
    }
    if let Some(warehouse) = &scope.warehouse_id {
        query.and(&format!("{order}.warehouse_id = ?"), [warehouse.as_str()]);
    }
    if let Some(campaign) = &scope.campaign {
        query.and(&format!("{order}.campaign = ?"), [campaign.as_str()]);
    }
    if let Some(sku) = &scope.sku {
        query.and(&format!("? = ANY({order}.skus)"), [sku.as_str()]);
    }
    if let Some(region) = &scope.region {
        query.and(&format!("? = ANY({order}.regions)"), [region.as_str()]);
    }
}
