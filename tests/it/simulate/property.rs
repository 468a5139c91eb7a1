//! What holds for every run over every floor.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result, ensure};
use forewarn_core::{Instant, Span};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Desk, Run, text_of};
use crate::invariants::generated::{Dice, Generated, floor};

/// The default policy's caps, in thousandths.
const PER_ORDER: i64 = 30_000;
const PER_BUYER_30D: i64 = 60_000;
const PER_MERCHANT_DAY: i64 = 2_000_000;
/// A ladder steep enough that every cap is met.
const POLICY: &str = r#"
[compensation]
per_merchant_day = "45.00"
per_buyer_30d = "20.00"
per_order = "12.00"
[[compensation.ladder]]
kind = "delay_warning"
coupon = "5.00"
[[compensation.ladder]]
kind = "delay_update"
coupon = "6.00"
[[compensation.ladder]]
kind = "promise_missed"
coupon = "8.00"
"#;

/// Caps in thousandths: an order, a buyer in 30 days, a shop in a day.
struct Caps(i64, i64, i64);

#[test]
fn every_run_over_every_floor_keeps_its_word() -> Result<()> {
    for seed in 21..25_u64 {
        let made = floor(seed, 90);
        let desk = Desk::new();
        let mut lines = made.lines(&mut Dice::new(seed));
        lines.insert(lines.len() / 2, "{\"junk\":".into());
        let events = desk.file("e.jsonl.gz", &lines);
        let steep = desk.file("p.toml", &[POLICY.to_owned()]).display().to_string();
        let (more, caps) = match seed % 2 {
            0 => (vec!["--policy", steep.as_str()], Caps(12_000, 20_000, 45_000)),
            _ => (Vec::new(), Caps(PER_ORDER, PER_BUYER_30D, PER_MERCHANT_DAY)),
        };
        let run = desk.run(&[&events], &more).with_context(|| format!("seed {seed}"))?;
        let checked = notices(&run, &made).and_then(|()| grants(&run, &made, &caps));
        checked.with_context(|| format!("seed {seed}"))?;
        ensure!(run.of("notice").len() > 100 && run.of("dead_letter").iter().any(|l| l["why"] == "not_json"));
    }
    Ok(())
}

fn moment(record: &Value) -> Result<Instant> {
    Instant::parse(text_of(record, "at")).map_err(anyhow::Error::msg)
}

fn local_hour(at: Instant, zone: &str) -> Result<i8> {
    Ok(at.timestamp().to_zoned(TimeZone::get(zone)?).hour())
}

fn notices(run: &Run, made: &Generated) -> Result<()> {
    let zones: HashMap<(&str, &str), &str> =
        made.orders.iter().map(|(m, o, _, zone)| ((m.as_str(), o.as_str()), *zone)).collect();
    let first = made.events.first().map(|e| text_of(e, "time")).context("events")?;
    let live_since = Instant::parse(first).map_err(anyhow::Error::msg)?;
    let mut ids = BTreeSet::new();
    for notice in run.of("notice") {
        let (id, text) = (text_of(notice, "notice_id"), text_of(notice, "text"));
        ensure!(ids.insert(id), "{id} went out twice");
        ensure!(moment(notice)? >= live_since, "{id} went out before anything was live");
        let zone =
            zones.get(&(text_of(notice, "merchant_id"), text_of(notice, "order_id"))).context("an order we made")?;
        let hour = local_hour(moment(notice)?, zone)?;
        ensure!((8..22).contains(&hour), "{id} went out at {hour} o'clock in {zone}");
        for words in [text, text_of(notice, "subject")] {
            let broken = ["{{", "}}", "{%", "%}", "undefined", "None", "null"].iter().find(|b| words.contains(**b));
            ensure!(broken.is_none() && !words.trim().is_empty(), "{id} holds {broken:?}: {words}");
        }
        ensure!(notice["because"].as_array().is_some_and(|b| !b.is_empty()), "{id} gives no reason");
        honest_date(notice)?;
    }
    let mut reasons = BTreeSet::new();
    for kept in run.of("suppressed") {
        let once = (text_of(kept, "notice_id"), text_of(kept, "why"));
        ensure!(reasons.insert(once), "{once:?} stands twice");
    }
    Ok(())
}

/// A date that is told with a delay lies after the promise and ahead of us.
fn honest_date(notice: &Value) -> Result<()> {
    let told = ["delay_warning", "delay_update", "promise_missed"].contains(&text_of(notice, "kind"));
    let Some(quoted) = notice["quoted_ship_by"].as_str().filter(|_| told) else { return Ok(()) };
    let quoted = Instant::parse(quoted).map_err(anyhow::Error::msg)?;
    let ship_by = Instant::parse(text_of(notice, "ship_by")).map_err(anyhow::Error::msg)?;
    ensure!(quoted > ship_by && quoted > moment(notice)?, "{} tells {quoted}", text_of(notice, "notice_id"));
    Ok(())
}

struct Spent<'a> {
    order: (&'a str, &'a str),
    buyer: &'a str,
    since: Instant,
    amount: i64,
    counts: bool,
}

/// At every moment what is reserved and granted stays within every cap.
fn grants(run: &Run, made: &Generated, caps: &Caps) -> Result<()> {
    let buyers: HashMap<(&str, &str), &str> =
        made.orders.iter().map(|(m, o, b, _)| ((m.as_str(), o.as_str()), b.as_str())).collect();
    let mut ledger: BTreeMap<&str, Spent<'_>> = BTreeMap::new();
    let mut capped = 0;
    for grant in run.of("grant") {
        let (id, at, status) = (text_of(grant, "grant_id"), moment(grant)?, text_of(grant, "status"));
        let order = (text_of(grant, "merchant_id"), text_of(grant, "order_id"));
        let amount =
            forewarn_core::money::Amount::parse(text_of(grant, "amount")).map_err(anyhow::Error::msg)?.thousandths();
        let counts = ["reserved", "needs_approval", "granted"].contains(&status);
        capped += usize::from(status == "refused");
        let buyer = buyers.get(&order).context("an order we made")?;
        let since = ledger.get(id).filter(|known| known.counts).map_or(at, |known| known.since);
        ledger.insert(id, Spent { order, buyer, since, amount, counts });
        within(&ledger, id, caps)?;
    }
    ensure!(capped > 0 || caps.1 == PER_BUYER_30D, "no cap was met");
    Ok(())
}

fn within(ledger: &BTreeMap<&str, Spent<'_>>, id: &str, caps: &Caps) -> Result<()> {
    let newest = ledger.get(id).context("it was just entered")?;
    let day = |at: Instant| -> Result<_> { Ok(at.timestamp().to_zoned(TimeZone::get("Asia/Shanghai")?).date()) };
    let today = day(newest.since)?;
    let mut sums = (0, 0, 0);
    for spent in ledger.values().filter(|s| s.counts && s.order.0 == newest.order.0) {
        sums.0 += if spent.order == newest.order { spent.amount } else { 0 };
        let recent = newest.since - spent.since <= Span::hours(30 * 24);
        sums.1 += if spent.buyer == newest.buyer && recent { spent.amount } else { 0 };
        sums.2 += if day(spent.since)? == today { spent.amount } else { 0 };
    }
    ensure!(sums.0 <= caps.0 && sums.1 <= caps.1 && sums.2 <= caps.2, "{id} passes a cap: {sums:?}");
    Ok(())
}
