//! The overview: what stands, what goes out, what needs a look.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::cause::Cause;
use forewarn_core::ids::MerchantId;
use forewarn_core::notice::Why;
use forewarn_core::trial::Arm;
use forewarn_core::{Instant, Span};
use serde::Deserialize;

use super::incidents::{self, IncidentItem, Summed};
use super::kept_dates::{self, KeptRow};
use super::login::start_session;
use super::rows::{GrantItem, NoticeItem, OrderItem};
use super::worth::{self, WorthRow};
use crate::console::failure::Failure;
use crate::console::remarks::remark;
use crate::console::shell::{Shell, page as render};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::engine::{Down, Engine};
use crate::store::port::{
    DeskSum, GrantRow, NoticeLine, NoticeSearch, OrderLine, OrderSearch, Overview, OverviewAsk, QuoteSum, TrialSum,
};

/// Notices and orders shown; the lists have pages of their own.
const SHOWN: usize = 10;
/// Grants shown that wait for a person.
const WAITING: usize = 20;
/// The overview's longer span.
const WEEK: Span = Span::hours(7 * 24);

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    shell: Shell,
    /// A merchant's own name; empty for operations.
    shop: String,
    live: Live,
    t: Speech,
}

#[derive(Template)]
#[template(path = "live.html")]
struct Live {
    t: Speech,
    /// Channels that fail at present, each in a sentence.
    down: Vec<String>,
    updated: String,
    tiles: Vec<Tile>,
    sent: Vec<Bar>,
    suppressed: Vec<Bar>,
    /// How many were from before anything was sent, or too late; they would dwarf all other bars.
    before: String,
    /// How many told dates were kept: by cause, by shop.
    kept_by_cause: Vec<KeptRow>,
    kept_by_shop: Vec<KeptRow>,
    /// Orders warned beside orders left unwarned.
    worth: Vec<WorthRow>,
    notices: Vec<NoticeItem>,
    orders: Vec<OrderItem>,
    grants: Vec<GrantItem>,
    /// Incidents that go on or are held.
    incidents: Vec<IncidentItem>,
    form: String,
    shops: bool,
}

struct Tile {
    label: String,
    value: String,
    hint: String,
    tone: &'static str,
    /// Whether the value is set smaller, as sums in two currencies need.
    long: bool,
    href: String,
}

struct Bar {
    label: String,
    href: String,
    today: String,
    week: String,
    /// Of the largest, 0-100.
    share: u64,
}

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    token: Option<String>,
}

/// The page, or the way in from the address printed at the start.
pub(in crate::console) async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    visitor: Option<Visitor>,
) -> Result<Response, Failure> {
    if let Some(token) = asked.token {
        // The token leaves the address at once, and with it the browser's history.
        let cookie = start_session(&console, &token).await?;
        return Ok(match cookie {
            Some(cookie) => (cookie, Redirect::to("/")).into_response(),
            None => Redirect::to("/login").into_response(),
        });
    }
    let visitor = visitor.ok_or(Failure::SignIn)?;
    let live = read(&console, &visitor).await?;
    let shop = visitor.own_shop().map(|own| visitor.shop_name(&own)).unwrap_or_default();
    render(&OverviewPage { shell: Shell::new(&visitor, "/"), shop, t: visitor.speech, live })
}

/// The part of the page that changes, for the script that keeps it fresh.
pub(in crate::console) async fn live(State(console): State<Console>, visitor: Visitor) -> Result<Response, Failure> {
    render(&read(&console, &visitor).await?)
}

struct Counted {
    down: BTreeMap<String, Down>,
    overview: Overview,
    notices: Vec<NoticeLine>,
    orders: Vec<OrderLine>,
    grants: Vec<GrantRow>,
    desk: Vec<DeskSum>,
    causes: Vec<(Cause, QuoteSum)>,
    by_shop: Vec<(MerchantId, QuoteSum)>,
    trial: Vec<(Arm, TrialSum)>,
    incidents: Vec<Summed>,
}

async fn read(console: &Console, visitor: &Visitor) -> Result<Live, Failure> {
    let (now, policy, own) = (visitor.now, Arc::clone(&visitor.policy), visitor.own_shop());
    let (day_from, _) = policy.quiet_hours.zone.day(now);
    let ask = OverviewAsk { now, day_from, week_from: now - WEEK };
    let counted = console
        .store
        .read(move |tx| {
            let tenant = own.as_ref();
            Ok(Counted {
                down: Engine::channels_down(tx)?,
                overview: tx.overview(tenant, &ask)?,
                notices: tx.notices_list(tenant, &NoticeSearch { limit: SHOWN, ..NoticeSearch::default() })?,
                orders: tx.orders_list(tenant, &OrderSearch { limit: SHOWN, ..OrderSearch::default() })?,
                desk: tx.desk_sums(tenant)?,
                causes: tx.quotes_by_cause(tenant)?,
                by_shop: tx.quotes_by_shop(tenant, SHOWN)?,
                trial: tx.trial_sums(tenant, now - worth::OVER)?,
                incidents: incidents::live(tx, tenant)?,
                grants: if tenant.is_none() { tx.grants_waiting(tenant, WAITING)? } else { Vec::new() },
            })
        })
        .await?;
    Ok(arrange(visitor, &counted, now))
}

fn arrange(visitor: &Visitor, counted: &Counted, now: Instant) -> Live {
    let t = &visitor.speech;
    let sent = counted.overview.sent.iter().map(|(k, d, w)| (t.name("kind", k), format!("/notices?kind={k}"), *d, *w));
    let suppressed = &counted.overview.suppressed;
    let held = suppressed.iter().filter(|(why, ..)| *why != Why::Stale);
    let held = held.map(|(y, d, w)| (t.name("why", y), format!("/suppressed?why={y}"), *d, *w));
    let before: u64 = suppressed.iter().filter(|(why, ..)| *why == Why::Stale).map(|(_, _, week)| week).sum();
    let (kept_by_cause, kept_by_shop) = kept_dates::rows(&counted.causes, &counted.by_shop, visitor);
    Live {
        kept_by_cause,
        kept_by_shop,
        worth: worth::rows(&counted.trial, t),
        updated: t.time(&now),
        down: counted.down.iter().map(|(channel, down)| sentence(channel, down, visitor)).collect(),
        tiles: tiles(visitor, &counted.overview, &counted.desk),
        sent: bars(t, sent.collect()),
        suppressed: bars(t, held.collect()),
        before: if before > 0 { t.with("overview.before", t.number(&before)) } else { String::new() },
        notices: counted.notices.iter().map(|n| NoticeItem::new(n, t)).collect(),
        orders: counted.orders.iter().map(|o| OrderItem::new(o, t, &visitor.policy, now)).collect(),
        grants: counted.grants.iter().map(|g| GrantItem::new(g, None, t)).collect(),
        incidents: counted.incidents.iter().take(SHOWN).map(|one| IncidentItem::new(one, visitor)).collect(),
        form: visitor.form.clone(),
        shops: visitor.is_operations(),
        t: t.clone(),
    }
}

/// What a server said of its failure is for operations; a shop hears that its notices wait.
fn sentence(channel: &str, down: &Down, visitor: &Visitor) -> String {
    let t = &visitor.speech;
    let (name, since) = (t.name("channel", channel), t.time(&down.since));
    if visitor.is_operations() {
        return t.fill("overview.down_because", &[&name, &since, &remark(&down.why, t)]);
    }
    t.fill("overview.down", &[&name, &since])
}

fn tiles(visitor: &Visitor, o: &Overview, desk: &[DeskSum]) -> Vec<Tile> {
    let t = &visitor.speech;
    let tile = |key: &str, value: u64, alarming: &'static str, href: &str| Tile {
        label: t.name("tile", key),
        value: t.number(&value),
        hint: t.name("tile", format!("{key}.hint")),
        tone: if value > 0 { alarming } else { "" },
        long: false,
        href: href.to_owned(),
    };
    let today: u64 = o.sent.iter().map(|(_, today, _)| today).sum();
    let mut given = tile("given", 0, "", "");
    if !o.given.is_empty() {
        let sums: Vec<String> = o.given.iter().map(|(currency, _, sum)| t.money(sum, currency)).collect();
        given.long = sums.len() > 1 || sums.iter().any(|sum| sum.chars().count() > 9);
        given.value = sums.join("\n");
        given.hint = t.count("tile.given.count", o.given.iter().map(|(_, n, _)| n).sum());
    }
    let mut on_desk = tile("desk", desk.iter().map(|sum| sum.open).sum(), "warn", "/desk");
    if let Some(oldest) = desk.iter().map(|sum| sum.oldest).min() {
        on_desk.hint = t.with("tile.desk.oldest", t.length(&(visitor.now - oldest)));
    }
    let mut all = vec![
        tile("open", o.open, "", "/orders"),
        tile("at_risk", o.at_risk, "warn", "/orders"),
        tile("overdue", o.overdue, "bad", "/orders?view=overdue"),
        on_desk,
        tile("sent", today, "", "/notices?state=sent"),
        tile("waiting", o.waiting, "", "/notices?state=ready"),
        given,
        tile("chases", o.chases, "", ""),
        tile("failed", o.failed, "bad", "/notices?state=failed"),
        tile("unknown", o.unknown, "warn", "/notices?state=unknown"),
        tile("parked", o.parked, "bad", "/orders?view=parked"),
    ];
    if visitor.is_operations() {
        all.push(tile("dead_letters", o.dead_letters, "warn", "/dead-letters"));
        all.extend((o.approvals > 0).then(|| tile("approvals", o.approvals, "warn", "#approvals")));
    }
    all
}

fn bars(t: &Speech, mut counts: Vec<(String, String, u64, u64)>) -> Vec<Bar> {
    counts.sort_by_key(|(_, _, _, week)| std::cmp::Reverse(*week));
    let most = counts.first().map_or(1, |c| c.3).max(1);
    let bar = |(label, href, today, week): (String, String, u64, u64)| Bar {
        label,
        href,
        today: t.number(&today),
        week: t.number(&week),
        // What happened at all stays visible beside what happened often.
        share: (week * 100 / most).max(u64::from(week > 0) * 2),
    };
    counts.into_iter().map(bar).collect()
}
