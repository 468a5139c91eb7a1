//! How far the warehouse is: the step its slowest open line has reached.

use super::{Announced, Line, Order, Report};
use crate::event::Stage;
use crate::instant::Instant;

const STAGES: [Stage; 4] = [Stage::Accepted, Stage::Printed, Stage::Picking, Stage::Packed];

impl Report {
    fn is_about(&self, line: &Line) -> bool {
        self.line_ids.as_ref().is_none_or(|ids| ids.contains(&line.id))
    }
}

/// Derives the order's steps and announcement from what was reported of its open lines; of a closed order, from all
/// the lines that count.
pub(super) fn settle(order: &mut Order) {
    let mut lines: Vec<&Line> = order.open_lines().collect();
    if lines.is_empty() {
        lines = order.live_lines().collect();
    }
    if lines.is_empty() {
        lines = order.lines.iter().collect();
    }
    let stages = STAGES.into_iter().filter_map(|stage| Some((stage, reached(&order.reports, &lines, stage)?)));
    let stages = stages.collect();
    let expected_ship = lines.iter().filter_map(|line| announced(&order.reports, line)).max_by_key(|a| (a.at, a.since));
    order.stages = stages;
    order.expected_ship = expected_ship;
}

/// When the last of `lines` had reached `stage`; a later step proves the earlier one. `None` while one has not, or
/// when the step itself was never reported.
fn reached(reports: &[Report], lines: &[&Line], stage: Stage) -> Option<Instant> {
    let about_any = |r: &Report| lines.iter().any(|line| r.is_about(line));
    if !reports.iter().any(|r| r.stage == stage && about_any(r)) {
        return None;
    }
    let first = |line: &Line| reports.iter().filter(|r| r.stage >= stage && r.is_about(line)).map(|r| r.at).min();
    let all: Option<Vec<Instant>> = lines.iter().map(|line| first(line)).collect();
    all?.into_iter().max()
}

/// The newest word on when `line` will ship.
fn announced(reports: &[Report], line: &Line) -> Option<Announced> {
    reports.iter().rev().filter(|r| r.is_about(line)).find_map(|r| r.expected)
}
