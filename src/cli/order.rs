//! `forewarn order MERCHANT/ORDER`: cause, honest date, what was sent and what was not, in a second.

use std::io::Write;
use std::path::PathBuf;

use forewarn_core::decide::zone_of;
use forewarn_core::desk::Ending;
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::promise;
use forewarn_core::zone::{Tongue, phrase};
use forewarn_core::{Instant, OrderKey};

use super::store::Desk;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::engine::{Dossier, Engine, dossier};
use crate::store::port::{DeskRow, OrderRow};
use crate::store::{StoreError, Tx};

/// Arguments of `forewarn order`.
#[derive(Debug, clap::Args)]
pub(super) struct OrderArgs {
    /// The order, as MERCHANT/ORDER.
    #[arg(value_parser = order_key)]
    order: OrderKey,
    /// The service's configuration, which names the store.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Answer as of this moment (RFC 3339); without it, now.
    #[arg(long, value_parser = Instant::parse)]
    at: Option<Instant>,
    /// Take the order up again, if it is set aside and what was wrong with it is mended.
    #[arg(long, conflicts_with = "at")]
    unpark: bool,
    /// Who does it, for the log; by default the name of the user.
    #[arg(long, value_name = "NAME", requires = "unpark")]
    by: Option<String>,
}

/// The name of the user who runs this program.
pub(super) fn user_name() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("USER").or_else(|| set("LOGNAME")).unwrap_or_else(|| "command line".into())
}

fn order_key(text: &str) -> Result<OrderKey, String> {
    let (merchant, order) = text.split_once('/').ok_or("name an order as MERCHANT/ORDER")?;
    Ok(OrderKey { merchant_id: MerchantId::new(merchant)?, order_id: OrderId::new(order)? })
}

/// Shows the order on `out`; `false` when it is not known.
///
/// # Errors
/// When the configuration has faults or the store fails.
pub(super) fn run(args: &OrderArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = Config::load(args.config.as_deref())?;
    let mut desk = Desk::open(&config.store)?;
    let engine = super::operator::engine(&config);
    let now = args.at.unwrap_or_else(|| SystemClock.now());
    if args.unpark {
        let author = args.by.clone().unwrap_or_else(user_name);
        let taken_up = desk.transact(&mut |tx| engine.unpark(tx, &args.order, &author, now))?;
        let said = if taken_up { "is taken up again and looked at now" } else { "was not set aside" };
        writeln!(out, "{} {said}", args.order)?;
    }
    let page = desk.transact(&mut |tx| page(&engine, tx, &args.order, now))?;
    match &page {
        Some(text) => write!(out, "{text}")?,
        None => writeln!(out, "nothing is known of {}; no event about it has come", args.order)?,
    }
    Ok(page.is_some())
}

fn page(engine: &Engine, tx: &mut dyn Tx, key: &OrderKey, now: Instant) -> Result<Option<String>, StoreError> {
    let Some((row, found)) = dossier(engine, tx, key, now)? else { return Ok(None) };
    let mut lines = vec![format!("{key}  as of {now}")];
    lines.extend(standing(&row, &found));
    lines.push("sent".into());
    for notice in tx.notices_of(key)? {
        let quoted = notice.composed.as_ref().and_then(|c| c.quoted_ship_by).map(|at| format!("  quoted {at}"));
        lines.push(format!(
            "  {}  {:<16} {:<10}{}",
            notice.updated_at,
            notice.kind,
            notice.state.as_str(),
            quoted.unwrap_or_default()
        ));
    }
    lines.push("not sent".into());
    for (kind, why, at, _) in tx.suppressions_of(key)? {
        lines.push(format!("  {at}  {kind:<16} {why}"));
    }
    lines.push("compensation".into());
    for grant in tx.grants_of(key)? {
        let why = grant.why.map(|w| format!(" ({w})")).unwrap_or_default();
        lines.push(format!(
            "  {}  {} {}  {}{why}",
            grant.updated_at,
            grant.money.amount_text(),
            grant.money.currency,
            grant.status
        ));
    }
    let entries = tx.desk_of(key)?;
    if !entries.is_empty() {
        lines.push("desk".into());
        lines.extend(entries.iter().map(on_desk));
    }
    lines.push(String::new());
    Ok(Some(lines.join("\n")))
}

/// An entry of the desk: since when, what for, who has it, and how it left.
fn on_desk(row: &DeskRow) -> String {
    let holder = row.taken.as_ref().map_or_else(|| "nobody has it".into(), |(by, _)| format!("{by} has it"));
    let stands = match &row.closed {
        None => holder,
        Some(closing) => {
            let by = closing.by.as_deref().or(closing.ended_by.map(Ending::as_str)).unwrap_or_default();
            format!("{} by {by} at {}", closing.outcome, closing.at)
        }
    };
    format!("  {}  {:<18} {}  {stands}", row.opened_at, row.matter.as_str(), row.cause)
}

fn standing(row: &OrderRow, found: &Dossier) -> Vec<String> {
    let (order, policy) = (&found.order, &found.policy);
    let zone = zone_of(order, policy);
    let say = |at: Instant| format!("{} ({at})", phrase(at, &zone, Tongue::English));
    let state = match () {
        () if row.parked.is_some() => "set aside, a person must look at it",
        () if order.cancelled_at.is_some() => "cancelled",
        () if order.paid_at.is_none() => "not paid",
        () if order.is_open() => "open",
        () => "handed over",
    };
    let mut lines = vec![format!("  state    {state}")];
    let promise = promise::binding(order, policy);
    lines.extend(promise.map(|p| format!("  promise  {}, version {}", say(p.value), p.version)));
    let Some(decision) = &found.decision else { return lines };
    let standing = &decision.standing;
    lines.extend(standing.cause.map(|cause| format!("  cause    {cause}")));
    lines.extend(standing.risk.map(|risk| format!("  risk     {risk} to miss it")));
    lines.extend(standing.quote.map(|at| format!("  honest   {}", say(at))));
    lines.extend(decision.wake_at.map(|at| format!("  next     looked at again {at}")));
    lines.extend(found.because().iter().map(|fact| format!("  because  {fact}")));
    lines
}
