//! A person's word on a compensation above the limit.

use std::sync::Arc;

use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::ids::GrantId;

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::submission::Order;

pub(in crate::console) async fn decide(
    State(console): State<Console>,
    Path((id, answer)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let Order { visitor, .. } = Order::from_request(request, &console).await?;
    let approved = match answer.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => return Err(Failure::NotFound),
    };
    let id = GrantId::new(&id).map_err(|_| Failure::NotFound)?;
    let (engine, now, shown) = (Arc::clone(&console.engine), visitor.now, id.clone());
    let decided = console.store.write(move |tx| engine.grant_decide(tx, &id, approved, now)).await?;
    // Two people may answer at once; the second finds nothing that waits, which is no fault.
    if decided.is_some() {
        tracing::info!(grant.id = %shown, approved, by = %visitor.name, "a compensation was decided by a person");
    }
    Ok(Redirect::to("/#approvals").into_response())
}
