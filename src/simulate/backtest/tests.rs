//! The backtest over a generated shop floor.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::LazyLock;

use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::notice::Kind;
use forewarn_core::order::Order;
use forewarn_core::zone::Tongue;
use forewarn_core::{Instant, OrderKey, Span};

use super::{Report, backtest, page, table};
use crate::engine::Record;
use crate::policy::PolicyBook;
use crate::simulate::shop::{HISTORY, Shop, ShopEvent};
use crate::simulate::{Line, Play, Setup, World};

fn start() -> Instant {
    Instant::parse("2026-03-04T02:00:00Z").expect("a good instant")
}

/// Nine days of business, made once: all of this takes seconds without optimisation.
static STORY: LazyLock<Vec<ShopEvent>> = LazyLock::new(|| Shop::new(7, start() + HISTORY).events_until(end()));

fn play(until: Instant) -> Play {
    written(STORY.iter().filter(|e| e.time <= until))
}

fn written<'e>(events: impl Iterator<Item = &'e ShopEvent>) -> Play {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.jsonl");
    let mut file = std::fs::File::create(&path).expect("a new file");
    for event in events {
        writeln!(file, "{}", event.payload).expect("room on the disk");
    }
    Play::read(&[path]).expect("the file is read")
}

fn end() -> Instant {
    start() + Span::hours(9 * 24)
}

fn report(policy: &str) -> Report {
    backtest(play(end()), &PolicyBook::parse(policy).expect("a policy"))
}

static REPORT: LazyLock<Report> = LazyLock::new(|| report(""));

fn rows(report: &Report) -> BTreeMap<String, Vec<String>> {
    let mut csv = Vec::new();
    report.predictions(&mut csv).expect("memory suffices");
    let text = String::from_utf8(csv).expect("CSV is text");
    let row = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    text.lines().skip(1).map(row).map(|row| (row[1].clone(), row)).collect()
}

#[test]
fn what_comes_later_never_changes_what_was_said() {
    let cut = start() + Span::hours(5 * 24);
    let (whole, part) = (rows(&REPORT), rows(&backtest(play(cut), &PolicyBook::default())));
    assert!(part.len() > 50, "{} orders are enough to compare", part.len());
    for (order, row) in part {
        // Merchant, order, ship-by, when, risk and date; what came of it may be known only later.
        assert_eq!(whole[&order][..6], row[..6]);
    }
}

#[test]
fn it_says_what_the_service_would_have_said() {
    let play = play(end());
    let setup = Setup { policy: PolicyBook::default(), until: Some(end()), seed: 0, batch: 500 };
    let mut world = World::new(&play, setup).expect("memory suffices");
    let mut told = BTreeMap::new();
    let mut note = |line: Line| {
        if let Line::Record(Record::Notice(notice)) = line
            && notice.kind == Kind::DelayWarning
        {
            let (risk, date) = (notice.risk.map(|r| r.to_string()), notice.quoted_ship_by.map(|d| d.to_string()));
            told.insert(notice.order_id.clone(), (notice.at.to_string(), risk, date));
        }
        Ok(())
    };
    world.run(play, &mut note).expect("the world goes round");
    let rows = rows(&REPORT);
    let mut compared = 0;
    for (order, (at, risk, date)) in told {
        if let Some(row) = rows.get(&order).filter(|row| row[3] == at) {
            assert_eq!(Some(&row[4]), risk.as_ref(), "{order}");
            // A warning never tells a date before the promise it speaks of.
            if row[5] > row[2] {
                assert_eq!(Some(&row[5]), date.as_ref(), "{order}");
            }
            compared += 1;
        }
    }
    assert!(compared >= 5, "{compared} warnings went out at the moment that is scored");
}

/// Whether all lines of the order that `event` is about were promised for one time.
fn has_one_promise(event: &ShopEvent) -> bool {
    static SEVERAL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let read = |e: &ShopEvent| serde_json::from_str::<serde_json::Value>(&e.payload).expect("events are JSON");
        let several = |event: &serde_json::Value| {
            let lines = event["data"]["lines"].as_array().map_or(&[][..], Vec::as_slice);
            lines
                .windows(2)
                .any(|two| two[0]["fulfilment"] != two[1]["fulfilment"] || two[0]["ship_by"] != two[1]["ship_by"])
        };
        STORY.iter().map(read).filter(several).map(|e| e["data"]["order_id"].to_string()).collect()
    });
    !SEVERAL.iter().any(|order| event.payload.contains(&format!("\"order_id\":{order}")))
}

/// The history kept while the service ran tells of a draft what a backtest with it would tell. An order with several
/// promises has no one end and is no history.
#[test]
fn what_if_over_the_services_own_history_is_the_backtests_sweep() {
    let play = || written(STORY.iter().filter(|event| has_one_promise(event)));
    let first = play();
    let setup = Setup { policy: PolicyBook::default(), until: Some(end()), seed: 0, batch: 500 };
    let mut world = World::new(&first, setup).expect("memory suffices");
    world.run(first, &mut |_| Ok(())).expect("the world goes round");
    let ladder = "[[compensation.ladder]]\nkind = \"delay_warning\"\ndelay_at_least = \"36h\"\ncoupon = \"3.00\"";
    for draft in ["", &format!("[warn]\nrisk = 0.3\n{ladder}")] {
        let book = PolicyBook::parse(draft).expect("a policy");
        let engine = &world.engine;
        let found = world.store.transact(&mut |tx| engine.what_if(tx, &book)).expect("the history is read");
        let report = backtest(play(), &book);
        assert!(found.draft.open_at_lead > 300, "{found:?}");
        assert_eq!((found.draft.open_at_lead, found.draft.hours_apart), (report.at_lead.n, Some(0.0)), "{draft}");
        for (kept, scored) in found.sweep.iter().zip(&report.sweep) {
            let (a, b) = (&kept.outcome, scored);
            let counts =
                [(a.warned, b.warned), (a.caught, b.caught), (a.false_alarms, b.false_alarms), (a.missed, b.missed)];
            assert!(counts.iter().all(|(kept, scored)| kept == scored), "{draft}: {kept:?} is not {scored:?}");
            assert_eq!((kept.risk.as_f64(), a.precision, a.recall), (b.risk, b.precision, b.recall));
            let given = a.compensation.first().map(|money| money.amount).unwrap_or_default();
            assert_eq!((given, a.compensation.len() <= 1), (b.compensation, true), "{draft}");
        }
        let own = found.sweep.iter().find(|step| step.risk == book.base().warn.risk).map(|step| &step.outcome);
        assert_eq!(own, Some(&found.draft.outcome));
        assert_eq!(found.in_force == found.draft, draft.is_empty());
    }
}

/// Every date that went out is counted once its fate is known, and as what came says.
#[test]
fn told_dates_are_counted_as_kept_or_broken() {
    let end = start() + Span::hours(6 * 24);
    let play = written(STORY.iter().filter(|event| event.time <= end && has_one_promise(event)));
    // Dates quoted at evens, so that many are broken.
    let policy = PolicyBook::parse("[quote]\nconfidence = 0.5").expect("a policy");
    let setup = Setup { policy, until: Some(end), seed: 0, batch: 500 };
    let mut world = World::new(&play, setup).expect("memory suffices");
    let mut told = Vec::new();
    let mut note = |line: Line| {
        if let Line::Record(Record::Notice(notice)) = line {
            told.extend(notice.quoted_ship_by.map(|date| (notice.merchant_id, notice.order_id, date)));
        }
        Ok(())
    };
    world.run(play, &mut note).expect("the world goes round");
    let (mut kept, mut broken, mut passed) = (0, 0, 0);
    for (merchant, order, date) in told {
        let ids = MerchantId::new(&merchant).and_then(|m| Ok((m, OrderId::new(&order)?))).expect("good ids");
        let key = OrderKey { merchant_id: ids.0, order_id: ids.1 };
        let row =
            world.store.transact(&mut |tx| tx.orders_load(std::slice::from_ref(&key))).expect("the order is read");
        let facts = row.into_iter().flatten().next().expect("a notice has an order").facts;
        let order = Order::read(&key, &facts);
        match order.handed_over_at() {
            Some(at) if at <= date => kept += 1,
            Some(_) => broken += 1,
            None => passed += u64::from(date < end && order.is_open()),
        }
    }
    let sums = world.store.transact(&mut |tx| tx.quotes_by_cause(None)).expect("the sums are read");
    let (kept_sum, broken_sum) = sums.iter().fold((0, 0), |(k, b), (_, sum)| (k + sum.kept, b + sum.broken));
    assert!(kept > 20 && broken > 5, "{kept} kept, {broken} broken, {passed} passed");
    assert_eq!(kept_sum, kept);
    // What passed since the last look at its order is counted at the next, within two hours.
    assert!((broken..=broken + passed).contains(&broken_sum), "{broken_sum}: {broken}, {passed} passed");
}

#[test]
fn the_sweep_adds_up() {
    let (report, missed) = (&*REPORT, rows(&REPORT).values().filter(|row| row[7] == "1").count());
    assert!(missed > 10 && report.at_lead.n > missed && report.missed > 0, "{missed}");
    assert!(report.sweep.is_sorted_by(|low, high| low.risk < high.risk && low.warned >= high.warned));
    for step in &report.sweep {
        assert_eq!((step.caught + step.missed, step.caught + step.false_alarms), (missed, step.warned));
        // A warning has a coupon of 5.00 by the default ladder, unless the order was paid in another currency.
        let (coupons, rest) = (step.compensation.thousandths() / 5_000, step.compensation.thousandths() % 5_000);
        let warned = i64::try_from(step.warned).unwrap_or(0);
        assert!(
            rest == 0 && coupons <= warned && coupons + i64::try_from(report.other_currency).unwrap_or(0) >= warned
        );
    }
    let (cheap, none) = ("[compensation]\nladder = []", "[warn]\nlead = \"12h\"");
    assert!(self::report(cheap).sweep.iter().all(|step| step.compensation.thousandths() == 0));
    let later = self::report(none);
    assert!(later.at_lead.n < report.at_lead.n && (later.lead_hours - 12.0).abs() < 1e-9);
}

#[test]
fn the_forecast_is_worth_something_on_a_shop_floor() {
    let (at_lead, quote) = (&REPORT.at_lead, &REPORT.quote);
    assert!(at_lead.auc.is_some_and(|auc| auc > 0.6), "{at_lead:?}");
    assert!(quote.coverage.is_some_and(|kept| kept > 0.75), "{quote:?}");
    assert!(quote.by_confidence.is_sorted_by(|a, b| a.median_width_hours <= b.median_width_hours));
}

#[test]
fn a_recording_without_orders_is_no_harm() {
    let report = backtest(Play::default(), &PolicyBook::default());
    assert_eq!((report.orders, report.at_lead.n, report.at_lead.auc, report.quote.coverage), (0, 0, None, None));
    for tongue in [Tongue::English, Tongue::Chinese] {
        assert!(!table(&report, tongue).is_empty() && page(&report, tongue).ends_with("</html>\n"));
    }
}

#[test]
fn the_page_stands_alone_and_speaks_both_languages() {
    for (tongue, title) in [(Tongue::English, "Backtest"), (Tongue::Chinese, "回测")] {
        let (page, table) = (page(&REPORT, tongue), table(&REPORT, tongue));
        assert!(page.contains(title) && table.contains(title));
        assert_eq!(page.matches("<svg").count(), 5);
        assert!(["http", "src=", "href=", "<script", "NaN", "inf"].iter().all(|w| !page.contains(w)), "{page}");
    }
}
