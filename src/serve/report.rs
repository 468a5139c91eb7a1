//! The daily mail to each shop: what was sent in its name, what was held back, what it cost.

use forewarn_core::ids::MerchantId;
use forewarn_core::money::Amount;
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, Span};

use super::service::Parts;
use crate::deliver::channel::{Class, Outcome, Outgoing, Recipient};
use crate::store::StoreError;
use crate::store::port::{Overview, OverviewAsk};

/// The report looks back over this much time.
const DAY: Span = Span::hours(24);

/// Writes to every shop that named an address. One mail that is not taken stops no other; it stands in the log.
pub(super) async fn send_all(parts: &Parts, due_at: Instant) -> Result<(), StoreError> {
    let shops = parts.engine.identity().shops.named.clone();
    for (id, to) in shops.into_iter().filter_map(|(id, shop)| Some((id, shop.report_to?))) {
        let Ok(merchant) = MerchantId::new(&id) else { continue };
        let shop = parts.engine.identity().shops.get(&merchant);
        let chinese = shop.locale.as_deref().is_none_or(|l| l.starts_with("zh"));
        let tenant = merchant.clone();
        let sums = parts.store.read(move |tx| tx.overview(Some(&tenant), &past_day(due_at))).await?;
        let words = Words { shop: shop.name.unwrap_or_default(), chinese };
        let outcome = parts.dispatcher.channels.send(&mail(&merchant, &words, to, &sums, due_at), "email").await;
        if !matches!(outcome, Outcome::Sent { .. }) {
            tracing::warn!(merchant.id = %merchant, outcome = ?outcome, "the daily report was not taken");
        }
    }
    Ok(())
}

/// The overview's "today" is, for the report, the day that ends when it is due.
fn past_day(due_at: Instant) -> OverviewAsk {
    OverviewAsk { now: due_at, day_from: due_at - DAY, week_from: due_at - DAY, risk: Ppm::ONE }
}

struct Words {
    shop: String,
    chinese: bool,
}

impl Words {
    fn pick<'a>(&self, chinese: &'a str, english: &'a str) -> &'a str {
        if self.chinese { chinese } else { english }
    }
}

fn mail(merchant: &MerchantId, words: &Words, to: String, sums: &Overview, due_at: Instant) -> Outgoing {
    let shop = &words.shop;
    let text = body(words, sums);
    let style = "font:15px/1.6 system-ui,sans-serif;white-space:pre-wrap";
    let html = format!("<!doctype html><meta charset=\"utf-8\"><pre style=\"{style}\">{}</pre>", escaped(&text));
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
        locale: words.pick("zh-CN", "en").into(),
        to: Recipient::new(to),
        from_name: Some("Forewarn".into()),
        reply_to: None,
        subject: if words.chinese {
            format!("{shop} 昨日通知小结")
        } else {
            format!("{shop}: yesterday's notices")
        },
        text,
        html,
        unsubscribe_url: None,
        variables: serde_json::Value::Null,
    }
}

fn body(words: &Words, sums: &Overview) -> String {
    let shop = &words.shop;
    let first = if words.chinese {
        format!("过去 24 小时,以“{shop}”名义发出的通知:")
    } else {
        format!("Sent in the name of {shop} over the past 24 hours:")
    };
    let mut lines = vec![first];
    lines.extend(sums.sent.iter().filter(|(_, n, _)| *n > 0).map(|(kind, n, _)| format!("{n:>6}  {kind}")));
    lines.push(words.pick("\n没有发出的,以及原因:", "\nHeld back, and why:").to_owned());
    lines.extend(sums.suppressed.iter().filter(|(_, n, _)| *n > 0).map(|(why, n, _)| format!("{n:>6}  {why}")));
    lines.push(words.pick("\n补偿:", "\nCompensation:").to_owned());
    lines.extend(
        sums.given
            .iter()
            .map(|(currency, count, sum)| format!("{count:>6}  {currency} {}", Amount::from_thousandths(*sum))),
    );
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
