//! Faults that show in a template's own text, also in branches no sample letter reaches.

use std::collections::BTreeSet;

use minijinja::value::{Serde, Value};

use super::phrases::{self, NEVER};
use super::{Finding, has};
use crate::copy::fault::{RenderError, template_error};
use crate::copy::letter::{KINDS, Letter};
use crate::copy::locale::is_tag;
use crate::copy::render::{Copy, FILES};

/// Reads every template once.
pub(super) fn check(copy: &Copy, findings: &mut BTreeSet<Finding>) {
    let known = letter_variables();
    for (name, text) in copy.sources() {
        check_parses(copy, name, text, &known, findings);
        check_place(name, findings);
        check_words(copy, name, text, findings);
    }
    check_complete(copy, findings);
}

fn check_parses(copy: &Copy, name: &str, text: &str, known: &BTreeSet<String>, findings: &mut BTreeSet<Finding>) {
    match copy.environment().get_template(name) {
        Ok(template) => {
            let unknown = template.undeclared_variables(false);
            for variable in unknown.iter().filter(|name| !is_known(known, name) && !imports(text, name)) {
                findings.insert(Finding {
                    template: name.to_owned(),
                    line: line_of_word(text, variable),
                    message: format!("no letter has a variable named {variable}"),
                    remedy: "correct the name, or set it in the template".to_owned(),
                });
            }
        }
        Err(error) => {
            if let RenderError::Template { line, what, .. } = template_error(name, error) {
                findings.insert(Finding {
                    template: name.to_owned(),
                    line,
                    message: what,
                    remedy: "correct the template's syntax".to_owned(),
                });
            }
        }
    }
}

/// Whether a template imports `name` itself. It may ask for it before: whoever includes it may have imported it already,
/// and making all macros of a file anew is most of what rendering costs.
fn imports(text: &str, name: &str) -> bool {
    text.contains(&format!(" as {name} %}}"))
}

/// Finds files that look like a notice's template but lie where none is looked for.
fn check_place(name: &str, findings: &mut BTreeSet<Finding>) {
    let parts: Vec<&str> = name.split('/').collect();
    let [locale, kind, file] = parts[..] else {
        return;
    };
    let is_kind = KINDS.iter().any(|(known, _)| *known == kind);
    let message = if !is_tag(locale) {
        format!("{locale} is no language tag, so this file is never used")
    } else if FILES.contains(&file) && !is_kind {
        format!("{kind} is no kind of notice, so this file is never used")
    } else {
        return;
    };
    findings.insert(Finding {
        template: name.to_owned(),
        line: None,
        message,
        remedy: "place it at <locale>/<kind>/, as in en/delay_warning/".to_owned(),
    });
}

fn check_words(copy: &Copy, name: &str, text: &str, findings: &mut BTreeSet<Finding>) {
    let folder = name.split_once('/').map(|(locale, _)| locale);
    let locales = folder.map_or_else(|| copy.locales(), |locale| vec![locale]);
    for (number, line) in (1..).zip(without_comments(text).lines()) {
        for (rule, locale) in NEVER.iter().flat_map(|r| locales.iter().map(move |l| (r, l))) {
            if let Some(phrase) = phrases::find(rule, locale, line) {
                findings.insert(Finding {
                    template: name.to_owned(),
                    line: Some(number),
                    message: format!("\"{phrase}\" {}", rule.fault),
                    remedy: rule.remedy.to_owned(),
                });
            }
        }
    }
}

fn check_complete(copy: &Copy, findings: &mut BTreeSet<Finding>) {
    for locale in notice_folders(copy) {
        let pairs = KINDS.iter().flat_map(|(kind, _)| FILES.iter().map(move |file| (kind, file)));
        for (kind, file) in pairs.filter(|(kind, file)| !has(copy, locale, kind, file)) {
            findings.insert(Finding {
                template: format!("{locale}/{kind}/{file}"),
                line: None,
                message: "is missing, so this notice goes out in another language".to_owned(),
                remedy: "add it, with the other two files of the kind".to_owned(),
            });
        }
    }
}

/// Locales with a template of any kind, also those without one complete kind.
fn notice_folders(copy: &Copy) -> BTreeSet<&str> {
    let names = copy.sources().keys().filter_map(|name| {
        let (locale, rest) = name.split_once('/')?;
        let (kind, _) = rest.split_once('/')?;
        let is_kind = KINDS.iter().any(|(known, _)| *known == kind);
        (is_kind && is_tag(locale)).then_some(locale)
    });
    names.collect()
}

fn letter_variables() -> BTreeSet<String> {
    let letter = Value::from(Serde(Letter::bare("", "", "", "")));
    let names = letter.try_iter().into_iter().flatten();
    names.map(|name| name.to_string()).collect()
}

fn is_known(known: &BTreeSet<String>, name: &str) -> bool {
    // `self` is the engine's own name for a template's blocks; `loop` and `caller` for its frames.
    known.contains(name) || matches!(name, "self" | "loop" | "caller" | "range" | "namespace" | "dict")
}

fn line_of_word(text: &str, word: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let holds = |line: &str| line.split(|c| !is_word(c)).any(|part| part == word);
    text.lines().position(holds).map(|index| index + 1)
}

/// The text with template comments blanked out and its lines kept.
fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(start) = rest.find("{#") {
        let end = rest[start..].find("#}").map_or(rest.len(), |n| start + n + 2);
        kept.push_str(&rest[..start]);
        kept.extend(rest[start..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}
