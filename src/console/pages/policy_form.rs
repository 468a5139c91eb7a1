//! The policy's form: fields as they were typed, and what is wrong with each.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::cause::Cause;
use forewarn_core::notice::Kind;
use forewarn_core::zone::Tongue;

use super::rows::Choice;
use crate::config::form::Form as Shape;
use crate::console::Speech;
use crate::console::submission::Fields;
use crate::policy::{PolicyEdit, PolicyProblem};

/// Empty rungs offered below the ones there are.
const SPARE: usize = 2;
/// Most rungs the form takes.
const RUNGS_MAX: usize = 40;
/// Columns of a rung that are typed and not chosen, by the end of the key that their faults bear.
const DELAY: &str = "delay_at_least";
const COUPON: &str = "coupon";

/// One field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) value: String,
    pub(super) fault: String,
}

/// Fields that belong together.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
}

/// One rung of the ladder.
pub(super) struct RungRow {
    pub(super) number: usize,
    pub(super) kinds: Vec<Choice>,
    pub(super) causes: Vec<Choice>,
    pub(super) delay: String,
    pub(super) coupon: String,
    pub(super) fault: String,
    /// Which of its fields is at fault, where one is.
    pub(super) bad_delay: bool,
    pub(super) bad_coupon: bool,
}

/// The form as it is shown.
pub(super) struct Form {
    pub(super) groups: Vec<Group>,
    pub(super) rungs: Vec<RungRow>,
    pub(super) ladder_fault: String,
    /// Faults that belong to no field: a contradiction in an override, say.
    pub(super) others: Vec<String>,
}

const GROUPS: [(&str, &[&str]); 5] = [
    ("warn", &["lead", "risk", "silence", "certain_lead", "certain_risk", "updates"]),
    ("talks", &["renegotiate_before", "renegotiations_max"]),
    ("quote", &["confidence"]),
    ("quiet", &["quiet_from", "quiet_to", "zone"]),
    ("money", &["per_order", "per_buyer_30d", "per_merchant_day", "approve_over", "currency"]),
];

impl Form {
    pub(super) fn new(edit: &PolicyEdit, problems: &[PolicyProblem], t: &Speech) -> Self {
        let values = serde_json::to_value(edit).unwrap_or_default();
        let faults = Faults::sort(problems, t);
        let field = |name: &'static str| Field {
            name,
            label: t.name("rule", name),
            hint: t.name("rule", format!("{name}.hint")),
            value: values.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned(),
            fault: faults.fields.get(name).cloned().unwrap_or_default(),
        };
        let group = |(title, names): &(&str, &'static [&'static str])| Group {
            title: t.name("policy.group", title),
            fields: names.iter().map(|n| field(n)).collect(),
        };
        Self {
            groups: GROUPS.iter().map(group).collect(),
            rungs: rungs(&edit.ladder, &faults, t),
            ladder_fault: faults.fields.get("ladder").cloned().unwrap_or_default(),
            others: faults.others,
        }
    }
}

impl Form {
    /// The place of the first fault on the page; empty where there is none, or none in a field.
    pub(super) fn first_fault(&self) -> &str {
        let field = self.groups.iter().flat_map(|g| &g.fields).find(|f| !f.fault.is_empty());
        let rung = || self.rungs.iter().any(|r| !r.fault.is_empty()) || !self.ladder_fault.is_empty();
        field.map_or_else(|| if rung() { "ladder" } else { "" }, |f| f.name)
    }
}

/// What the form's fields say; the rungs become the lines the editor reads.
pub(super) fn edit_of(fields: &Fields) -> PolicyEdit {
    let own: serde_json::Map<_, _> = PolicyEdit::KEYS
        .iter()
        .filter_map(|(name, _)| Some(((*name).to_owned(), fields.get(*name)?.trim().into())))
        .collect();
    let mut edit: PolicyEdit = serde_json::from_value(own.into()).unwrap_or_default();
    edit.ladder = (0..RUNGS_MAX).filter_map(|n| rung_line(fields, n)).collect::<Vec<_>>().join("\n");
    edit
}

/// A rung without delay and coupon was left empty, or emptied to take it out.
fn rung_line(fields: &Fields, n: usize) -> Option<String> {
    let part = |name: &str| fields.get(&format!("rung_{n}_{name}")).map_or("", |v| v.trim());
    let (delay, coupon) = (part("delay"), part("coupon"));
    // A question mark stands for what was left out; the editor names it as a fault.
    let shown = |text: &str| if text.is_empty() { "?".to_owned() } else { text.replace(char::is_whitespace, "") };
    let filled = !delay.is_empty() || !coupon.is_empty();
    filled.then(|| format!("{} {} {} {}", shown(part("kind")), shown(part("cause")), shown(delay), shown(coupon)))
}

fn rungs(ladder: &str, faults: &Faults, t: &Speech) -> Vec<RungRow> {
    let lines = ladder.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let all = lines.chain(std::iter::repeat_n(Vec::new(), SPARE));
    let row = |(number, words): (usize, Vec<&str>)| {
        let word = |i: usize| words.get(i).copied().filter(|w| *w != "?").unwrap_or_default();
        let kind = if words.is_empty() { Kind::DelayWarning.as_str() } else { word(0) };
        let cause = if words.is_empty() { "*" } else { word(1) };
        let causes = std::iter::once("*").chain(Cause::ALL.iter().map(|c| c.as_str()));
        RungRow {
            number,
            kinds: Choice::all(t, "kind", Kind::ALL.iter().map(|k| k.as_str()), kind),
            causes: Choice::all(t, "cause", causes, cause),
            delay: word(2).to_owned(),
            coupon: word(3).to_owned(),
            fault: faults.rungs.get(&number).cloned().unwrap_or_default(),
            bad_delay: faults.cells.contains(&(number, DELAY)),
            bad_coupon: faults.cells.contains(&(number, COUPON)),
        }
    };
    all.enumerate().map(row).collect()
}

/// Problems by where they are shown.
#[derive(Default)]
struct Faults {
    fields: BTreeMap<&'static str, String>,
    rungs: BTreeMap<usize, String>,
    /// Rungs with the columns that are at fault.
    cells: BTreeSet<(usize, &'static str)>,
    others: Vec<String>,
}

impl Faults {
    fn sort(problems: &[PolicyProblem], t: &Speech) -> Self {
        let tongue = if t.is_chinese() { Tongue::Chinese } else { Tongue::English };
        let mut faults = Self::default();
        for problem in problems {
            let text = said(problem, tongue, t);
            let rung = problem.key.strip_prefix("compensation.ladder[").and_then(|r| r.split(']').next()?.parse().ok());
            match (rung, PolicyEdit::field_of(&problem.key)) {
                (Some(rung), _) => faults.in_rung(rung, &problem.key, &text, t),
                (None, Some(field)) => add(faults.fields.entry(field).or_default(), &text),
                (None, None) => faults.others.push(t.with2("policy.named_fault", &problem.key, text)),
            }
        }
        faults
    }

    /// The fault of a rung, under the name of its column.
    fn in_rung(&mut self, rung: usize, key: &str, text: &str, t: &Speech) {
        let columns = [(DELAY, "policy.rung.delay"), (COUPON, "policy.rung.coupon")];
        let shown = self.rungs.entry(rung).or_default();
        match columns.into_iter().find(|(name, _)| key.ends_with(name)) {
            Some((column, label)) => {
                add(shown, &t.with2("policy.named_fault", t.say(label), text));
                self.cells.insert((rung, column));
            }
            None => add(shown, text),
        }
    }
}

/// What is wrong, to somebody who fills in a field and not a file.
fn said(problem: &PolicyProblem, tongue: Tongue, t: &Speech) -> String {
    match problem.form().and_then(wanted) {
        Some(key) => t.say(key),
        None => t.with2("policy.fault", problem.message_in(tongue), problem.remedy_in(tongue)),
    }
}

/// What to write into a field of this form; `None` for forms that no field has.
fn wanted(form: Shape) -> Option<&'static str> {
    Some(match form {
        Shape::Span => "form.span",
        Shape::Number => "form.number",
        Shape::Share => "form.share",
        Shape::Clock => "form.clock",
        Shape::Zone => "form.zone",
        Shape::Amount => "form.amount",
        Shape::Currency => "form.currency",
        _ => return None,
    })
}

fn add(shown: &mut String, text: &str) {
    if !shown.is_empty() {
        shown.push(' ');
    }
    shown.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_become_lines_and_empty_ones_go() {
        let pairs = [
            ("lead", " 36h "),
            ("rung_0_kind", "delay_warning"),
            ("rung_0_cause", "*"),
            ("rung_0_delay", "0h"),
            ("rung_0_coupon", "5.00"),
            ("rung_1_kind", "delay_warning"),
            ("rung_1_cause", "*"),
            ("rung_1_delay", ""),
            ("rung_1_coupon", ""),
            ("rung_2_kind", "promise_missed"),
            ("rung_2_cause", "*"),
            ("rung_2_delay", "24h"),
            ("rung_2_coupon", ""),
        ];
        let fields: Fields = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let edit = edit_of(&fields);
        assert_eq!(edit.lead, "36h");
        assert_eq!(edit.ladder, "delay_warning * 0h 5.00\npromise_missed * 24h ?");
    }
}
