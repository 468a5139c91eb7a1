//! Rows of lists, ready to be written.

use forewarn_core::Instant;
use forewarn_core::cause::Cause;
use forewarn_core::grant::GrantStatus;
use forewarn_core::policy::{Policy, Ppm};
use forewarn_core::zone::Zone;

use crate::console::remarks::remark;
use crate::console::shell::order_path;
use crate::console::{Speech, paging};
use crate::store::port::{GrantRow, NoticeLine, NoticeRow, NoticeState, OrderLine};

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
    /// Why there is no subject, where there is none.
    pub(super) missing: String,
    /// Why it failed after it was written.
    pub(super) fault: String,
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
            missing: missing(line, t),
            fault: fault(line, t),
            at: t.time(&at),
            exact: t.exact(&at),
            cost: line.cost.as_ref().map_or_else(String::new, |(amount, currency)| t.price(amount, currency)),
            feedback: line.feedback.as_ref().map_or_else(String::new, |f| t.name("feedback", f)),
        }
    }
}

/// What is said of a notice without a subject: why it was not written, or that it will be.
fn missing(line: &NoticeLine, t: &Speech) -> String {
    match (&line.outcome, line.state) {
        (Some(outcome), NoticeState::Failed | NoticeState::Withdrawn | NoticeState::Retry) => remark(outcome, t),
        (None, NoticeState::Failed | NoticeState::Withdrawn) => t.say("notice.never_written"),
        _ => t.say("notice.unwritten"),
    }
}

/// Why a notice with a subject failed.
fn fault(line: &NoticeLine, t: &Speech) -> String {
    let failed = line.state == NoticeState::Failed && line.subject.is_some();
    line.outcome.as_ref().filter(|_| failed).map(|outcome| remark(outcome, t)).unwrap_or_default()
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
    /// The chance to miss the promise; empty where there is none, or where it is missed already.
    pub(super) risk: String,
    pub(super) risk_tone: &'static str,
    /// Whole per cent, for the bar.
    pub(super) share: u32,
    pub(super) quote: String,
    pub(super) cause: String,
    pub(super) chases: u32,
    /// Why it is set aside; empty when it is not.
    pub(super) parked: String,
    /// Where it is taken up again.
    pub(super) unpark: String,
}

impl OrderItem {
    pub(super) fn new(line: &OrderLine, t: &Speech, policy: &Policy, now: Instant) -> Self {
        let (state, tone) = standing(line, now);
        let overdue = line.open && line.ship_by.is_some_and(|at| at < now);
        let risk = line.risk.filter(|_| line.open && !overdue);
        let path = order_path(line.key.merchant_id.as_str(), line.key.order_id.as_str());
        // That a queue is all that holds an order up is no news while it is on time.
        let cause = line.cause.filter(|c| line.open && !(state == "on_time" && *c == Cause::WarehouseQueue));
        Self {
            unpark: format!("{path}/unpark"),
            href: path,
            merchant: line.key.merchant_id.to_string(),
            order: line.key.order_id.to_string(),
            buyer: line.buyer_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: t.name("status", state),
            tone,
            ship_by: t.time_or_dash(&line.ship_by),
            distance: line.ship_by.filter(|_| line.open).map(|at| t.distance(&at, &now)).unwrap_or_default(),
            overdue,
            risk: risk.map(|r| t.percent(&r)).unwrap_or_default(),
            risk_tone: risk.map_or("", |r| risk_tone(r, policy)),
            share: risk.map_or(0, |r| r.ppm() / 10_000),
            quote: t.time_or_dash(&line.quote.filter(|_| line.open)),
            cause: cause.map(|c| t.name("cause", c)).unwrap_or_default(),
            chases: line.chases,
            parked: line.parked.as_ref().map(|why| set_aside(why, t)).unwrap_or_default(),
        }
    }
}

fn standing(line: &OrderLine, now: Instant) -> (&'static str, &'static str) {
    let late = line.ship_by.is_some_and(|at| at < now);
    match () {
        () if line.parked.is_some() => ("parked", "bad"),
        () if line.open && late => ("late", "bad"),
        () if line.at_risk => ("at_risk", "warn"),
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
    /// The grant `row`, whose notice stands at `notice` where that is known.
    pub(super) fn new(row: &GrantRow, notice: Option<NoticeState>, t: &Speech) -> Self {
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
            why: row.why.as_ref().map_or_else(|| unsaid(row, notice, t), |w| t.name("grant_why", w)),
            code: row.code.clone().unwrap_or_default(),
            at: t.time(&row.created_at),
            waits: row.status == GrantStatus::NeedsApproval,
        }
    }
}

/// A word on a coupon the buyer has, or will have, without having been told of it.
fn unsaid(row: &GrantRow, notice: Option<NoticeState>, t: &Speech) -> String {
    let stands = matches!(row.status, GrantStatus::Granted | GrantStatus::Reserved);
    if stands && notice == Some(NoticeState::Failed) { t.say("grant_why.notice_failed") } else { String::new() }
}

/// A moment as `shown` on the page's clock, with the words in which it was told where the buyer's clock is another.
pub(super) fn for_the_buyer(at: &Instant, shown: String, zone: &Zone, t: &Speech) -> String {
    if zone.name() == t.zone_name() {
        return shown;
    }
    t.with2("notice.buyers_words", shown, Speech::new(t.language, zone.clone()).phrase(at))
}

/// What a notice is called: its kind, or what its template made of it.
pub(super) fn kind_name(row: &NoticeRow, t: &Speech) -> String {
    match &row.composed {
        Some(c) if c.template == "action_needed.fixed" => t.say("kind.action_needed.fixed"),
        _ => t.name("kind", row.kind),
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
