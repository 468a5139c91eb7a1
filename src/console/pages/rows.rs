//! Rows of lists, ready to be written.

use forewarn_core::Instant;
use forewarn_core::grant::GrantStatus;
use forewarn_core::policy::{Policy, Ppm};

use crate::console::shell::order_path;
use crate::console::{Speech, paging};
use crate::store::port::{GrantRow, NoticeLine, NoticeState, OrderLine};

/// One choice of a list.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

impl Choice {
    /// The names of a group, with the one that is chosen now.
    pub(super) fn all<'a>(t: &Speech, group: &str, names: impl Iterator<Item = &'a str>, now: &str) -> Vec<Self> {
        names.map(|n| Self { value: n.into(), label: t.name(group, n), chosen: n == now }).collect()
    }
}

/// A notice in a list.
pub(super) struct NoticeItem {
    pub(super) href: String,
    pub(super) order_href: String,
    pub(super) merchant: String,
    pub(super) order: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) subject: String,
    pub(super) at: String,
    pub(super) exact: String,
    pub(super) cost: String,
    pub(super) feedback: String,
}

impl NoticeItem {
    pub(super) fn new(line: &NoticeLine, t: &Speech) -> Self {
        let at = line.created_at;
        Self {
            href: format!("/notices/{}", paging::part(line.notice_id.as_str())),
            order_href: order_path(line.order.merchant_id.as_str(), line.order.order_id.as_str()),
            merchant: line.order.merchant_id.to_string(),
            order: line.order.order_id.to_string(),
            kind: t.name("kind", line.kind),
            state: t.name("state", line.state.as_str()),
            tone: state_tone(line.state),
            subject: line.subject.clone().unwrap_or_default(),
            at: t.time(&at),
            exact: t.exact(&at),
            cost: line.cost.as_ref().map_or_else(String::new, |(amount, currency)| t.price(amount, currency)),
            feedback: line.feedback.as_ref().map_or_else(String::new, |f| t.name("feedback", f)),
        }
    }
}

/// How a state is coloured.
pub(super) fn state_tone(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Sent => "good",
        NoticeState::Ready | NoticeState::Claimed | NoticeState::Sending => "calm",
        NoticeState::Retry | NoticeState::Unknown => "warn",
        NoticeState::Failed => "bad",
        NoticeState::Withdrawn => "mute",
    }
}

/// An order in a list.
pub(super) struct OrderItem {
    pub(super) href: String,
    pub(super) merchant: String,
    pub(super) order: String,
    pub(super) buyer: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) ship_by: String,
    pub(super) distance: String,
    pub(super) overdue: bool,
    pub(super) risk: String,
    /// Whole per cent, for the bar.
    pub(super) share: u32,
    pub(super) quote: String,
    pub(super) cause: String,
    pub(super) chases: u32,
}

impl OrderItem {
    pub(super) fn new(line: &OrderLine, t: &Speech, policy: &Policy, now: Instant) -> Self {
        let (state, tone) = standing(line, policy, now);
        let risk = line.risk.filter(|_| line.open);
        Self {
            href: order_path(line.key.merchant_id.as_str(), line.key.order_id.as_str()),
            merchant: line.key.merchant_id.to_string(),
            order: line.key.order_id.to_string(),
            buyer: line.buyer_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: t.name("status", state),
            tone,
            ship_by: t.time_or_dash(&line.ship_by),
            distance: line.ship_by.filter(|_| line.open).map(|at| t.distance(&at, &now)).unwrap_or_default(),
            overdue: line.open && line.ship_by.is_some_and(|at| at < now),
            risk: risk.map_or_else(|| "–".into(), |r| t.percent(&r)),
            share: risk.map_or(0, |r| r.ppm() / 10_000),
            quote: t.time_or_dash(&line.quote.filter(|_| line.open)),
            cause: line.cause.filter(|_| line.open).map(|c| t.name("cause", c)).unwrap_or_default(),
            chases: line.chases,
        }
    }
}

fn standing(line: &OrderLine, policy: &Policy, now: Instant) -> (&'static str, &'static str) {
    let late = line.ship_by.is_some_and(|at| at < now);
    match () {
        () if line.parked.is_some() => ("parked", "bad"),
        () if line.open && late => ("late", "bad"),
        () if line.open && line.risk.is_some_and(|r| r >= policy.warn.risk) => ("at_risk", "warn"),
        () if line.open => ("on_time", "good"),
        () if line.handed_over_at.is_some() => ("shipped", "calm"),
        () if line.paid_at.is_none() => ("waiting", "mute"),
        () => ("closed", "mute"),
    }
}

/// Why an order is set aside: a reason the catalogue knows, else the words of a row that cannot be read.
pub(super) fn set_aside(why: &str, t: &Speech) -> String {
    let known = t.name("parked", why);
    if known == why { t.with("aside.damaged", why) } else { known }
}

/// A grant that waits, or stands with an order.
pub(super) struct GrantItem {
    pub(super) path: String,
    pub(super) order_href: String,
    pub(super) order: String,
    pub(super) merchant: String,
    pub(super) amount: String,
    pub(super) status: String,
    pub(super) tone: &'static str,
    pub(super) why: String,
    pub(super) code: String,
    pub(super) at: String,
    pub(super) waits: bool,
}

impl GrantItem {
    pub(super) fn new(row: &GrantRow, t: &Speech) -> Self {
        let tone = match row.status {
            GrantStatus::Granted => "good",
            GrantStatus::Reserved => "calm",
            GrantStatus::NeedsApproval => "warn",
            GrantStatus::Refused => "bad",
            GrantStatus::Expired | GrantStatus::Released => "mute",
        };
        Self {
            path: format!("/grants/{}", paging::part(row.grant_id.as_str())),
            order_href: order_path(row.order.merchant_id.as_str(), row.order.order_id.as_str()),
            order: row.order.order_id.to_string(),
            merchant: row.order.merchant_id.to_string(),
            amount: row.money.display(t.is_chinese()),
            status: t.name("grant", row.status),
            tone,
            why: row.why.as_ref().map_or_else(String::new, |w| t.name("grant_why", w)),
            code: row.code.clone().unwrap_or_default(),
            at: t.time(&row.created_at),
            waits: row.status == GrantStatus::NeedsApproval,
        }
    }
}

/// How a risk is coloured under a policy.
pub(super) fn risk_tone(risk: Ppm, policy: &Policy) -> &'static str {
    if risk >= policy.warn.risk {
        "bad"
    } else if risk.ppm() * 2 >= policy.warn.risk.ppm() {
        "warn"
    } else {
        "good"
    }
}
