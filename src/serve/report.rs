//! Sends each shop its daily report.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use tokio_util::sync::CancellationToken;

use super::service::Parts;
use crate::console::report::{self, Report, Subject};
use crate::deliver::channel::{Class, Outcome, Outgoing, Recipient};
use crate::engine::Shop;
use crate::store::StoreError;
use crate::store::port::{JobRun, Json};

/// The language of a shop that names none.
const LOCALE: &str = "zh-CN";

/// Writes to every shop of the configuration that has an address; whether it came to the end of them. One mail that is
/// not taken stops no other; it stands in the log. Each shop is a run of its own, so that whoever goes on where another
/// process died writes to none twice, but perhaps to the one that was under way.
pub(super) async fn send_all(parts: &Parts, due_at: Instant, stop: &CancellationToken) -> Result<bool, StoreError> {
    let shops = &parts.engine.identity().shops;
    for merchant in shops.named.keys().filter_map(|id| MerchantId::new(id).ok()) {
        let (shop, run) = (shops.get(&merchant), format!("report/{merchant}"));
        let Some(to) = shop.report_to.clone() else { continue };
        if stop.is_cancelled() {
            return Ok(false);
        }
        let own = run.clone();
        if parts.store.read(move |tx| tx.job_run(&own, due_at)).await? == Some(JobRun::Done) {
            continue;
        }
        let Some(report) = report_of(parts, &merchant, &shop, due_at).await? else { continue };
        let outcome = parts.dispatcher.channels.send(&outgoing(&merchant, &shop, to, report, due_at), "email").await;
        if !matches!(outcome, Outcome::Sent { .. }) {
            tracing::warn!(merchant.id = %merchant, outcome = ?outcome, "the daily report was not taken");
        }
        let now = parts.clock.now();
        parts.store.write(move |tx| tx.job_done(&run, due_at, now)).await?;
    }
    Ok(true)
}

async fn report_of(
    parts: &Parts,
    merchant: &MerchantId,
    shop: &Shop,
    until: Instant,
) -> Result<Option<Report>, StoreError> {
    let (engine, tenant) = (parts.engine.clone(), merchant.clone());
    let counted = parts.store.read(move |tx| {
        let policy = engine.settings(tx)?.policy.resolve(None, tenant.as_str(), None);
        Ok((tx.overview(Some(&tenant), &report::question(until))?, policy))
    });
    let (sums, policy) = counted.await?;
    let subject = Subject {
        shop: shop.name.as_deref().unwrap_or(merchant.as_str()),
        locale: shop.locale.as_deref().unwrap_or(LOCALE),
        zone: &policy.quiet_hours.zone,
        link: &parts.engine.identity().links.page("notices"),
        until,
    };
    let written = report::write(&subject, &sums);
    Ok(written
        .inspect_err(|e| tracing::error!(merchant.id = %merchant, error = %e, "the daily report could not be written"))
        .ok())
}

fn outgoing(merchant: &MerchantId, shop: &Shop, to: String, report: Report, due_at: Instant) -> Outgoing {
    let id = format!("rep_{}", forewarn_core::digest::of(&["report", merchant.as_str(), &due_at.to_string()]));
    Outgoing {
        notice_id: id.clone(),
        message_id: id,
        attempt: 1,
        kind: "daily_report".into(),
        template: "daily_report.plain".into(),
        class: Class::Service,
        merchant_id: merchant.to_string(),
        order_id: String::new(),
        orders: Vec::new(),
        locale: shop.locale.clone().unwrap_or_else(|| LOCALE.into()),
        to: Recipient::new(to),
        from_name: Some("Forewarn".into()),
        reply_to: None,
        subject: report.subject,
        text: report.text,
        html: report.html,
        unsubscribe_url: None,
        variables: Json::default(),
    }
}
