//! Contradictions and absurdities that no single field shows.

use std::collections::BTreeSet;

use super::{Body, Changed, LineData, OrderEvent, Placed, Scope};
use crate::money::Currency;

/// Most lines an order may have (contract).
const LINES_MAX: usize = 1_000;
/// Largest quantity of a line (contract).
const QUANTITY_MAX: u32 = 1_000_000;

pub(super) fn body(body: &Body) -> Result<(), String> {
    match body {
        Body::Order(OrderEvent::Placed(placed)) => check_placed(placed),
        Body::Order(OrderEvent::Changed(changed)) => check_changed(changed),
        Body::Order(OrderEvent::Cancelled(c)) => named_lines(c.line_ids.as_ref().map(Vec::len)),
        Body::Order(OrderEvent::Progress(p)) => named_lines(p.line_ids.as_ref().map(Vec::len)),
        Body::Order(OrderEvent::Shipped(s)) => named_lines(s.line_ids.as_ref().map(Vec::len)),
        Body::Order(OrderEvent::Exception(e)) => named_lines(e.line_ids.as_ref().map(Vec::len)),
        Body::ConditionRaised(raised) => check_scope(&raised.scope),
        Body::Order(_)
        | Body::ConditionCleared
        | Body::Message(_)
        | Body::Preference(_)
        | Body::Feedback(_)
        | Body::GrantResult(_) => Ok(()),
    }
}

fn named_lines(named: Option<usize>) -> Result<(), String> {
    match named {
        Some(0) => Err("no_lines: line_ids is an empty list; leave it out to mean every line".into()),
        Some(n) if n > LINES_MAX => Err(format!("too_many_lines: {n} lines are named, at most {LINES_MAX} are taken")),
        _ => Ok(()),
    }
}

fn check_placed(placed: &Placed) -> Result<(), String> {
    check_lines(&placed.lines)?;
    one_currency(placed.lines.iter().filter_map(|l| l.unit_price).chain(placed.total).map(|m| m.currency))
}

fn check_changed(changed: &Changed) -> Result<(), String> {
    if *changed == Changed::default() {
        return Err("empty_change: order.changed names no field that it changes".into());
    }
    let Some(lines) = &changed.lines else {
        return Ok(());
    };
    check_lines(lines)?;
    one_currency(lines.iter().filter_map(|l| l.unit_price).map(|m| m.currency))
}

fn check_lines(lines: &[LineData]) -> Result<(), String> {
    if lines.is_empty() {
        return Err("no_lines: an order has no lines".into());
    }
    if lines.len() > LINES_MAX {
        return Err(format!("too_many_lines: an order has {} lines, at most {LINES_MAX} are taken", lines.len()));
    }
    let mut seen = BTreeSet::new();
    for line in lines {
        if !seen.insert(&line.line_id) {
            return Err("duplicate_line: two lines of an order have the same line_id".into());
        }
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            return Err(format!("bad_quantity: a quantity is not within 1-{QUANTITY_MAX}"));
        }
    }
    Ok(())
}

fn one_currency(mut currencies: impl Iterator<Item = Currency>) -> Result<(), String> {
    let Some(first) = currencies.next() else {
        return Ok(());
    };
    if currencies.all(|c| c == first) {
        return Ok(());
    }
    Err("mixed_currency: an order has amounts in two currencies".into())
}

fn check_scope(scope: &Scope) -> Result<(), String> {
    if *scope == Scope::default() {
        return Err("empty_scope: a condition names no shop, warehouse, article, carrier, region or campaign".into());
    }
    let narrow = scope.merchant_id.is_some() || scope.warehouse_id.is_some();
    if (scope.sku.is_some() || scope.campaign.is_some()) && !narrow {
        return Err("scope_too_wide: sku and campaign need a merchant_id or a warehouse_id beside them".into());
    }
    Ok(())
}
