//! `GET /v1/estimate`: when an order placed now would ship, and what a product page may promise.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use forewarn_core::Instant;
use forewarn_core::because::sentences;
use forewarn_core::cause::Cause;
use forewarn_core::estimate::{Estimate, Wanted};
use forewarn_core::event::{Fulfilment, ShipTo};
use forewarn_core::ids::{MerchantId, Platform, Region, Sku, WarehouseId};
use forewarn_core::policy::Ppm;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::visitor::Visitor;

/// What would be ordered, as the address names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    merchant: String,
    sku: String,
    warehouse: Option<String>,
    platform: Option<String>,
    fulfilment: Option<Fulfilment>,
    country: Option<String>,
    region: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    merchant_id: MerchantId,
    sku: Sku,
    at: Instant,
    ships: Ships,
    may_promise: Promise,
    policy_promise: PolicyPromise,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Reported>,
    because: Vec<String>,
}

#[derive(Serialize)]
struct Ships {
    p50: Instant,
    p90: Instant,
}

#[derive(Serialize)]
struct Promise {
    ship_by: Instant,
    confidence: Ppm,
}

#[derive(Serialize)]
struct PolicyPromise {
    ship_by: Instant,
    risk: Ppm,
}

#[derive(Serialize)]
struct Reported {
    name: Cause,
    evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    clears_at: Option<Instant>,
}

pub(super) async fn show(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let wanted = wanted(&asked)?;
    // Whoever may not see a shop is not told whether it exists.
    if visitor.tenant().is_some_and(|own| *own != wanted.merchant_id) {
        return Err(Failure::NotFound);
    }
    let (now, engine) = (visitor.now, Arc::clone(&console.engine));
    let step = move |tx: &mut dyn crate::store::Tx| {
        let found = engine.estimate(tx, &wanted, now)?;
        Ok((found, wanted.clone()))
    };
    let (found, wanted) = console.store.read(step).await?;
    let (estimate, confidence) = found.ok_or(Failure::NotFound)?;
    Ok(Json(answer(wanted, estimate, confidence, now)).into_response())
}

fn wanted(asked: &Asked) -> Result<Wanted, Failure> {
    let region = given(asked.region.as_deref(), Region::new, "estimate.region")?;
    let to = |country| ShipTo { country, region, city: None, postal_code: None };
    Ok(Wanted {
        merchant_id: read(&asked.merchant, MerchantId::new, "filter.merchant")?,
        sku: read(&asked.sku, Sku::new, "estimate.sku")?,
        fulfilment: asked.fulfilment.unwrap_or(Fulfilment::InStock),
        warehouse_id: given(asked.warehouse.as_deref(), WarehouseId::new, "estimate.warehouse")?,
        platform: given(asked.platform.as_deref(), Platform::new, "estimate.platform")?,
        ship_to: given(asked.country.as_deref(), Region::new, "estimate.country")?.map(to),
    })
}

fn given<T>(text: Option<&str>, id: fn(&str) -> Result<T, String>, label: &'static str) -> Result<Option<T>, Failure> {
    text.filter(|text| !text.is_empty()).map(|text| read(text, id, label)).transpose()
}

fn read<T>(text: &str, id: fn(&str) -> Result<T, String>, label: &'static str) -> Result<T, Failure> {
    id(text).map_err(|_| Failure::BadField(label))
}

fn answer(wanted: Wanted, found: Estimate, confidence: Ppm, at: Instant) -> Answer {
    Answer {
        merchant_id: wanted.merchant_id,
        sku: wanted.sku,
        at,
        ships: Ships { p50: found.likely, p90: found.nearly_sure },
        may_promise: Promise { ship_by: found.may_promise, confidence },
        policy_promise: PolicyPromise { ship_by: found.policy_promise, risk: found.policy_risk },
        cause: found.cause.map(|finding| Reported {
            name: finding.cause,
            evidence: finding.evidence.to_string(),
            clears_at: finding.clears_at,
        }),
        because: sentences(&found.because),
    }
}
