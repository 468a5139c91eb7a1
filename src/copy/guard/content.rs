//! Faults that show only in a rendered notice.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::required;
use super::phrases::{self, APOLOGY, ARRIVED, NEVER, Rule};
use super::{Finding, markup, matrix};
use crate::copy::letter::{CompensationState, DELAYED_ORDERS, Letter, SEVERAL_PARCELS};
use crate::copy::render::{Copy, FILES, Rendered};
use crate::copy::samples::full;

/// The longest subject that mail programs show whole, in characters (RFC 5322, section 2.1.1).
const MAX_SUBJECT_CHARS: usize = 78;

/// Checks one rendered letter.
pub(super) fn check(copy: &Copy, locale: &str, letter: &Letter, rendered: &Rendered, findings: &mut BTreeSet<Finding>) {
    let page = Page { copy, locale, letter };
    page.check_subject(&rendered.subject, findings);
    page.check_markup(&rendered.html, findings);
    let html_words = markup::words(&rendered.html);
    let parts = [rendered.subject.as_str(), &rendered.text, &html_words];
    for (file, text) in FILES.iter().zip(parts) {
        page.check_words(file, text, findings);
    }
    let html = markup::unescaped(&rendered.html);
    for (file, text) in [(FILES[1], rendered.text.as_str()), (FILES[2], html.as_str())] {
        page.check_facts(file, text, findings);
    }
}

/// Finds a notice that says the same of a coupon set aside and of one that has arrived.
pub(super) fn check_states_differ(
    copy: &Copy,
    locale: &str,
    kind: &str,
    variant: &str,
    findings: &mut BTreeSet<Finding>,
) {
    let letter = full(locale, kind, variant);
    let said = [CompensationState::Granted, CompensationState::Reserved]
        .map(|state| copy.render(locale, &matrix::with_state(&letter, state)));
    let [Ok(granted), Ok(reserved)] = said else {
        return;
    };
    let amount = "¥5.00";
    let same = [
        (FILES[1], granted.text == reserved.text && granted.text.contains(amount)),
        (FILES[2], granted.html == reserved.html && granted.html.contains(amount)),
    ];
    for (file, _) in same.iter().filter(|(_, same)| *same) {
        findings.insert(Finding {
            template: format!("{locale}/{kind}/{file}"),
            line: None,
            message: "says the same of a coupon set aside and of one in the account".to_owned(),
            remedy: ARRIVED.remedy.to_owned(),
        });
    }
}

/// Finds an apology that stands word for word in two notices one buyer may get in a row.
pub(super) fn check_apologies_differ(copy: &Copy, locale: &str, findings: &mut BTreeSet<Finding>) {
    let numbered = |kind: &str, update_number| Letter { update_number, ..full(locale, kind, "plain") };
    let row = [
        numbered("delay_warning", 1),
        numbered("delay_update", 1),
        numbered("delay_update", 2),
        numbered("logistics_delay", 1),
        numbered("logistics_delay", 2),
        full(locale, DELAYED_ORDERS, "plain"),
    ];
    let mut said = BTreeMap::<String, String>::new();
    for letter in row {
        let Ok(rendered) = copy.render(locale, &letter) else {
            continue;
        };
        let name = format!("{locale}/{}/{}", letter.kind, FILES[1]);
        for sentence in apologies(locale, &rendered.text) {
            if let Some(before) = said.insert(sentence.clone(), name.clone()) {
                findings.insert(Finding {
                    template: name.clone(),
                    line: None,
                    message: format!("repeats the apology of {before}: \"{sentence}\""),
                    remedy: "apologise in other words the second time".to_owned(),
                });
            }
        }
    }
}

fn apologies(locale: &str, text: &str) -> BTreeSet<String> {
    text.split(['。', '！', '？', '.', '!', '?', '\n'])
        .map(str::trim)
        .filter(|sentence| phrases::find(&APOLOGY, locale, sentence).is_some())
        .map(str::to_owned)
        .collect()
}

/// One letter being checked in one locale.
struct Page<'a> {
    copy: &'a Copy,
    locale: &'a str,
    letter: &'a Letter,
}

impl Page<'_> {
    fn check_subject(&self, subject: &str, findings: &mut BTreeSet<Finding>) {
        let length = subject.chars().count();
        if length > MAX_SUBJECT_CHARS {
            findings.insert(self.finding(
                FILES[0],
                &format!("comes to more than {MAX_SUBJECT_CHARS} characters"),
                "shorten it, or a value in it as shop|short(16) does",
            ));
        }
    }

    fn check_markup(&self, html: &str, findings: &mut BTreeSet<Finding>) {
        if let Some(message) = markup::unbalanced(html) {
            let remedy = "pair every tag, in every branch";
            findings.insert(self.finding(FILES[2], &message, remedy));
        }
        if let Some(piece) = markup::active(html) {
            let message = format!("contains {}, which mail programs block", piece.trim());
            let remedy = "keep the mail self-contained: no script, form or remote file";
            findings.insert(self.finding(FILES[2], &message, remedy));
        }
        if html.contains("<fw-probe") {
            let message = "prints a buyer's or product's text without escaping it";
            let remedy = "leave out |safe and do not include .txt.j2 files in HTML";
            findings.insert(self.finding(FILES[2], message, remedy));
        }
    }

    fn check_words(&self, file: &str, text: &str, findings: &mut BTreeSet<Finding>) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for rule in &NEVER {
            self.check_rule(rule, file, &text, findings);
        }
        if is_reserved(self.letter) {
            self.check_rule(&ARRIVED, file, &text, findings);
        }
        if !tells_of_delay(self.letter) {
            self.check_rule(&APOLOGY, file, &text, findings);
        }
    }

    fn check_rule(&self, rule: &Rule, file: &str, text: &str, findings: &mut BTreeSet<Finding>) {
        let Some(phrase) = phrases::find(rule, self.locale, text) else {
            return;
        };
        let message = format!("\"{phrase}\" {}", rule.fault);
        // Reading the template itself may have found it already, with the line.
        if !findings.iter().any(|f| f.line.is_some() && f.message == message) {
            findings.insert(self.finding(file, &message, rule.remedy));
        }
    }

    fn check_facts(&self, file: &str, text: &str, findings: &mut BTreeSet<Finding>) {
        for (name, value) in required(self.letter) {
            if !text.contains(value.trim()) {
                let message = format!("leaves out {name} for variant {}", self.letter.variant);
                let remedy = "every notice of this kind must say it, in text and in HTML";
                findings.insert(self.finding(file, &message, remedy));
            }
        }
    }

    /// A finding in the file, with the line where the file itself holds the quoted words.
    fn finding(&self, file: &str, message: &str, remedy: &str) -> Finding {
        let template = format!("{}/{}/{file}", self.locale, self.letter.kind);
        let quoted = message.split('"').nth(1);
        let text = self.copy.sources().get(&template);
        let line = text.zip(quoted).and_then(|(text, quoted)| {
            let holds = |line: &str| line.to_lowercase().contains(quoted);
            text.lines().position(holds).map(|index| index + 1)
        });
        Finding { template, line, message: message.to_owned(), remedy: remedy.to_owned() }
    }
}

fn is_reserved(letter: &Letter) -> bool {
    let mut letters = std::iter::once(letter).chain(&letter.orders).chain(&letter.parcels);
    letters.any(|l| l.compensation.as_ref().is_some_and(|gift| gift.state == CompensationState::Reserved))
}

fn tells_of_delay(letter: &Letter) -> bool {
    match letter.kind.as_str() {
        "delay_warning" | "delay_update" | "promise_missed" | "logistics_delay" | DELAYED_ORDERS => true,
        "shipped" | "delivered" | SEVERAL_PARCELS => letter.was_late || letter.variant == "after_delay",
        _ => false,
    }
}
