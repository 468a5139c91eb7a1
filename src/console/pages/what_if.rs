//! A draft of the policy beside the one in force, as the policy's page shows it.

use forewarn_core::money::Money;
use forewarn_core::policy::Ppm;

use crate::console::Speech;
use crate::engine::{Outcome, WhatIf};

/// What the draft would have done, ready to be shown.
pub(super) struct Trial {
    /// How many orders it was tried on and what else is to be known; empty sentences are left out.
    pub(super) notes: Vec<String>,
    /// The policy in force, then the draft.
    pub(super) own: Vec<Line>,
    /// The draft with other thresholds.
    pub(super) sweep: Vec<Line>,
}

/// One row of the table.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) risk: String,
    pub(super) warned: String,
    pub(super) caught: String,
    pub(super) needless: String,
    pub(super) missed: String,
    pub(super) cost: String,
}

impl Trial {
    /// `found`, where the policy in force warns from `in_force` on and the draft from `draft` on.
    pub(super) fn new(found: &WhatIf, in_force: Ppm, draft: Ppm, t: &Speech) -> Self {
        let own = [("what_if.in_force", in_force, &found.in_force), ("what_if.draft", draft, &found.draft)];
        let own = own.map(|(name, risk, tried)| line(t.say(name), risk, &tried.outcome, t));
        let sweep = found.sweep.iter().map(|step| line(String::new(), step.risk, &step.outcome, t));
        Self { notes: notes(found, t), own: own.into(), sweep: sweep.collect() }
    }
}

fn notes(found: &WhatIf, t: &Speech) -> Vec<String> {
    let (Some(from), Some(until)) = (found.from, found.until) else { return vec![t.say("what_if.none")] };
    let (orders, missed) = (number(found.orders, t), number(found.missed, t));
    let mut notes = vec![t.fill("what_if.orders", &[&orders, &missed, &t.day(&from), &t.day(&until)])];
    let apart = found.draft.hours_apart.filter(|hours| *hours >= 0.5);
    notes.extend(apart.map(|hours| t.with("what_if.apart", format!("{hours:.0}"))));
    let foreign = (found.draft.other_currency > 0).then(|| number(found.draft.other_currency, t));
    notes.extend(foreign.map(|orders| t.with("what_if.other_currency", orders)));
    notes
}

fn line(name: String, risk: Ppm, outcome: &Outcome, t: &Speech) -> Line {
    let given = |money: &Money| money.display(t.is_chinese());
    let cost = outcome.compensation.iter().map(given).collect::<Vec<_>>().join(" + ");
    Line {
        name,
        risk: t.percent(&risk),
        warned: number(outcome.warned, t),
        caught: number(outcome.caught, t),
        needless: number(outcome.false_alarms, t),
        missed: number(outcome.missed, t),
        cost: if cost.is_empty() { "0".into() } else { cost },
    }
}

fn number(n: usize, t: &Speech) -> String {
    t.number(&u64::try_from(n).unwrap_or(u64::MAX))
}
