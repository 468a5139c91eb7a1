//! `/v1/kept-dates`: how many of the dates that buyers were told were kept, by cause and by shop.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use forewarn_core::cause::Cause;
use serde::Serialize;

use crate::console::Console;
use crate::console::failure::Failure;
use crate::console::paging::ROWS;
use crate::console::visitor::Visitor;
use crate::store::port::QuoteSum;

#[derive(Serialize)]
struct Answer {
    by_cause: Vec<ByCause>,
    by_merchant: Vec<ByMerchant>,
}

#[derive(Serialize)]
struct ByCause {
    cause: Cause,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Serialize)]
struct ByMerchant {
    merchant_id: String,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Serialize)]
struct Sum {
    kept: u64,
    broken: u64,
    share: Option<f64>,
}

impl From<QuoteSum> for Sum {
    fn from(sum: QuoteSum) -> Self {
        Self { kept: sum.kept, broken: sum.broken, share: sum.share() }
    }
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Failure> {
    let own = visitor.own_shop();
    let step = move |tx: &mut dyn crate::store::Tx| {
        Ok((tx.quotes_by_cause(own.as_ref())?, tx.quotes_by_shop(own.as_ref(), ROWS)?))
    };
    let (causes, shops) = console.store.read(step).await?;
    let by_merchant =
        shops.into_iter().map(|(id, sum)| ByMerchant { merchant_id: id.to_string(), sum: sum.into() }).collect();
    let by_cause = causes.into_iter().map(|(cause, sum)| ByCause { cause, sum: sum.into() }).collect();
    Ok(Json(Answer { by_cause, by_merchant }).into_response())
}
