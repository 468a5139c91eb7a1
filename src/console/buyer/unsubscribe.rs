//! Stops notices, at once and without a log-in.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::Uri;
use axum::response::Response;
use forewarn_core::OrderKey;

use super::event::{Answer, take};
use crate::console::failure::Failure;
use crate::console::shell::{Choice, languages, page as render};
use crate::console::story::{OrderFile, language_of};
use crate::console::submission::fields;
use crate::console::{Console, Language, Speech, assets, language};
use crate::engine::Purpose;

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct UnsubscribePage {
    t: Speech,
    version: &'static str,
    languages: Vec<Choice>,
    shop: String,
    order: String,
    /// `ask`, `stopped` or `again`.
    state: &'static str,
}

pub(super) async fn page(
    State(console): State<Console>,
    Path(token): Path<String>,
    uri: Uri,
) -> Result<Response, Failure> {
    let reader = Reader::of(&console, &token).await?;
    render(&reader.page(&uri, chosen(&uri), "ask"))
}

/// Acts on the page's button and on a mail service's one-click post (`List-Unsubscribe=One-Click`) alike.
pub(super) async fn act(
    State(console): State<Console>,
    Path(token): Path<String>,
    uri: Uri,
    request: Request,
) -> Result<Response, Failure> {
    let reader = Reader::of(&console, &token).await?;
    let fields = fields(request).await?;
    let again = fields.get("again").is_some_and(|v| v == "1");
    let one_click = fields.get("List-Unsubscribe").is_some_and(|v| v == "One-Click");
    let stop = fields.get("stop").is_some_and(|v| v == "1");
    if !(again || one_click || stop) {
        return Err(Failure::BadRequest);
    }
    let answer = Answer::Preference { buyer_id: reader.buyer_id.clone(), allow: again };
    take(&console, reader.key.clone(), &answer).await?;
    let kept = language::in_query(&format!("lang={}", fields.get("lang").map_or("", String::as_str)));
    render(&reader.page(&uri, kept, if again { "again" } else { "stopped" }))
}

fn chosen(uri: &Uri) -> Option<Language> {
    uri.query().and_then(language::in_query)
}

/// Whose link it is.
struct Reader {
    key: OrderKey,
    buyer_id: String,
    shop: String,
    language: Language,
    zone: forewarn_core::zone::Zone,
}

impl Reader {
    async fn of(console: &Console, token: &str) -> Result<Self, Failure> {
        let key = console.engine.identity().links.read(Purpose::Unsubscribe, token).ok_or(Failure::NotFound)?;
        let (engine, now, wanted) = (Arc::clone(&console.engine), console.clock.now(), key.clone());
        let step =
            move |tx: &mut dyn crate::store::Tx| OrderFile::read(&engine, tx, Some(&wanted.merchant_id), &wanted, now);
        let file = console.store.read(step).await?.ok_or(Failure::NotFound)?;
        let buyer = file.order.buyer.as_ref().ok_or(Failure::NotFound)?;
        Ok(Self {
            buyer_id: buyer.buyer_id.to_string(),
            shop: file.shop_name(),
            language: language_of(&file),
            zone: file.zone(),
            key,
        })
    }

    fn page(&self, uri: &Uri, chosen: Option<Language>, state: &'static str) -> UnsubscribePage {
        let language = chosen.unwrap_or(self.language);
        UnsubscribePage {
            t: Speech::new(language, self.zone.clone()),
            version: assets::version(),
            languages: languages(language, uri.path()),
            shop: self.shop.clone(),
            order: self.key.order_id.to_string(),
            state,
        }
    }
}
