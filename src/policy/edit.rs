//! Changes the base of a policy document as a form says, and leaves the rest of the text alone.

use forewarn_core::Span;
use forewarn_core::policy::{Policy, Rung};
use serde::{Deserialize, Serialize};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::PolicyBook;
use super::problem::PolicyProblem;

/// The fields of a form, as a person writes them. An empty field takes the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct PolicyEdit {
    /// `warn.lead`, a length of time such as `24h`.
    pub lead: String,
    /// `warn.risk`, from 0 to 1.
    pub risk: String,
    /// `warn.silence`, from 0 to 1.
    pub silence: String,
    /// `warn.certain_lead`, a length of time.
    pub certain_lead: String,
    /// `warn.certain_risk`, from 0 to 1.
    pub certain_risk: String,
    /// `warn.updates`, a whole number.
    pub updates: String,
    /// `promise.renegotiate_before`, a length of time; `0s`: the shop cannot ask.
    pub renegotiate_before: String,
    /// `promise.renegotiations_max`, a whole number; 0: no bound.
    pub renegotiations_max: String,
    /// `quote.confidence`, from 0.5 to 0.99.
    pub confidence: String,
    /// `quiet_hours.from`, such as `22:00`.
    pub quiet_from: String,
    /// `quiet_hours.to`, such as `08:00`.
    pub quiet_to: String,
    /// `quiet_hours.zone`, such as `Asia/Shanghai`.
    pub zone: String,
    /// `compensation.per_order`, a decimal amount.
    pub per_order: String,
    /// `compensation.per_buyer_30d`, a decimal amount.
    pub per_buyer_30d: String,
    /// `compensation.per_merchant_day`, a decimal amount.
    pub per_merchant_day: String,
    /// `compensation.approve_over`, a decimal amount.
    pub approve_over: String,
    /// `compensation.currency`, such as `CNY`.
    pub currency: String,
    /// `compensation.ladder`, a rung a line: kind, cause, least delay, coupon, as `delay_warning * 0h 5.00`. Without a
    /// line nothing is given.
    pub ladder: String,
}

impl PolicyEdit {
    /// Every field of the form with the key that faults of it bear; faults of a rung bear `compensation.ladder[n]` and
    /// keys below it, with `n` from 0.
    pub const KEYS: [(&'static str, &'static str); 18] = [
        ("lead", "warn.lead"),
        ("risk", "warn.risk"),
        ("silence", "warn.silence"),
        ("certain_lead", "warn.certain_lead"),
        ("certain_risk", "warn.certain_risk"),
        ("updates", "warn.updates"),
        ("renegotiate_before", "promise.renegotiate_before"),
        ("renegotiations_max", "promise.renegotiations_max"),
        ("confidence", "quote.confidence"),
        ("quiet_from", "quiet_hours.from"),
        ("quiet_to", "quiet_hours.to"),
        ("zone", "quiet_hours.zone"),
        ("per_order", "compensation.per_order"),
        ("per_buyer_30d", "compensation.per_buyer_30d"),
        ("per_merchant_day", "compensation.per_merchant_day"),
        ("approve_over", "compensation.approve_over"),
        ("currency", "compensation.currency"),
        ("ladder", "compensation.ladder"),
    ];

    /// The form filled from a policy.
    pub fn of(policy: &Policy) -> Self {
        let (warn, quiet, money) = (&policy.warn, &policy.quiet_hours, &policy.compensation);
        let amount = |amount: Option<forewarn_core::money::Amount>| amount.map_or_else(String::new, |a| a.to_string());
        let rungs: Vec<String> = money.ladder.iter().map(rung_line).collect();
        Self {
            lead: span_text(warn.lead),
            risk: warn.risk.to_string(),
            silence: warn.silence.to_string(),
            certain_lead: span_text(warn.certain_lead),
            certain_risk: warn.certain_risk.to_string(),
            updates: warn.updates.to_string(),
            renegotiate_before: span_text(policy.promise.renegotiate_before),
            renegotiations_max: policy.promise.renegotiations_max.to_string(),
            confidence: policy.quote.confidence.to_string(),
            quiet_from: quiet.from.to_string(),
            quiet_to: quiet.to.to_string(),
            zone: quiet.zone.name().to_owned(),
            per_order: amount(money.per_order),
            per_buyer_30d: amount(money.per_buyer_30d),
            per_merchant_day: amount(money.per_merchant_day),
            approve_over: amount(money.approve_over),
            currency: money.currency.to_string(),
            ladder: rungs.join("\n"),
        }
    }

    /// The field that a problem's key belongs to, if it is one of the form's.
    pub fn field_of(key: &str) -> Option<&'static str> {
        let within = |own: &str| key == own || key.strip_prefix(own).is_some_and(|rest| rest.starts_with('['));
        Self::KEYS.iter().find(|(_, own)| within(own)).map(|(field, _)| *field)
    }

    /// The fields in the order of [`Self::KEYS`].
    fn values(&self) -> [&str; 18] {
        [
            &self.lead,
            &self.risk,
            &self.silence,
            &self.certain_lead,
            &self.certain_risk,
            &self.updates,
            &self.renegotiate_before,
            &self.renegotiations_max,
            &self.confidence,
            &self.quiet_from,
            &self.quiet_to,
            &self.zone,
            &self.per_order,
            &self.per_buyer_30d,
            &self.per_merchant_day,
            &self.approve_over,
            &self.currency,
            &self.ladder,
        ]
    }
}

fn rung_line(rung: &Rung) -> String {
    let delay = span_text(rung.delay_at_least);
    format!("{} {} {delay} {}", rung.kind, rung.cause, rung.coupon)
}

/// As people say it who ship parcels: up to three days in hours, more in days.
fn span_text(span: Span) -> String {
    let hour = Span::hours(1).ms();
    if span < Span::hours(72) && span.ms() % hour == 0 {
        return format!("{}h", span.ms() / hour);
    }
    span.to_string()
}

/// The document with every field that differs from what is in force written into its base.
pub(super) fn apply(book: &PolicyBook, edit: &PolicyEdit) -> Result<PolicyBook, Vec<PolicyProblem>> {
    let mut document: DocumentMut = book.text().parse().map_err(|error: toml_edit::TomlError| {
        let message = (format!("is not TOML ({})", error.message()), format!("不是合法的 TOML({})", error.message()));
        vec![PolicyProblem::new(None, "", message, ("correct the text", "请改正文本"))]
    })?;
    let now = PolicyEdit::of(book.base());
    let mut problems = Vec::new();
    for ((field, key), (new, old)) in PolicyEdit::KEYS.iter().zip(edit.values().into_iter().zip(now.values())) {
        let Some((section, name)) = key.split_once('.') else {
            continue;
        };
        if new.trim() == old.trim() {
            continue;
        }
        let item = match *field {
            "ladder" => Some(ladder(new, &mut problems)),
            _ if new.trim().is_empty() => None,
            "risk" | "silence" | "certain_risk" | "updates" | "renegotiations_max" | "confidence" => {
                Some(number(new.trim()))
            }
            _ => Some(text(new.trim())),
        };
        set(&mut document, section, name, item);
    }
    let outcome = PolicyBook::parse(&document.to_string());
    match outcome {
        Ok(book) if problems.is_empty() => Ok(book),
        Ok(_) => Err(problems),
        Err(others) => {
            problems.extend(others);
            Err(problems)
        }
    }
}

fn text(text: &str) -> Item {
    Item::Value(Value::from(text))
}

/// What is no number stays text, which reading then refuses with the key's remedy.
fn number(written: &str) -> Item {
    let whole = written.parse::<i64>().map(Value::from);
    let value = whole.or_else(|_| written.parse::<f64>().map(Value::from));
    value.map_or_else(|_| text(written), Item::Value)
}

fn ladder(lines: &str, problems: &mut Vec<PolicyProblem>) -> Item {
    let mut rungs = ArrayOfTables::new();
    let filled = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    for (n, line) in filled.enumerate() {
        let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).collect();
        let [kind, cause, delay, coupon] = words.as_slice() else {
            problems.push(PolicyProblem::new(
                None,
                format!("compensation.ladder[{n}]"),
                ("is not a rung", "不是一档补偿"),
                (
                    "write kind, cause, least delay and coupon, such as: delay_warning * 0h 5.00",
                    "请依次写通知类型、原因、最短延迟和面额,例如:delay_warning * 0h 5.00",
                ),
            ));
            continue;
        };
        let mut rung = Table::new();
        for (key, word) in [("kind", kind), ("cause", cause), ("delay_at_least", delay), ("coupon", coupon)] {
            rung.insert(key, text(word));
        }
        rungs.push(rung);
    }
    if rungs.is_empty() { Item::Value(Value::Array(Array::new())) } else { Item::ArrayOfTables(rungs) }
}

/// Puts the item at its place, or takes the key out; a value keeps the comment beside it.
fn set(document: &mut DocumentMut, section: &str, name: &str, item: Option<Item>) {
    let around = document.entry(section).or_insert(Item::Table(Table::new()));
    let Some(around) = around.as_table_like_mut() else {
        return;
    };
    let Some(mut item) = item else {
        around.remove(name);
        return;
    };
    let old = around.get(name).and_then(Item::as_value).map(|value| value.decor().clone());
    if let (Some(decor), Some(value)) = (old, item.as_value_mut()) {
        *value.decor_mut() = decor;
    }
    match around.get_mut(name) {
        Some(place) => *place = item,
        None => {
            around.insert(name, item);
        }
    }
}
