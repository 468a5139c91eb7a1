//! Finds faults in a set of templates before any buyer meets them.
//!
//! The guard reads every template and renders every kind, variant and locale over a matrix of
//! letters. It looks for what breaks a mail (syntax, missing variables, unbalanced HTML, long
//! subjects, values that are not escaped), for facts a notice must not leave out, and for the five
//! things a shop must never do to a waiting buyer: be vague, blame others, promise what nobody can
//! keep, talk down, or leave the buyer alone. It judges words by lists, so a clean report does not
//! prove a text kind; it only says that no known fault is in it.

mod content;
mod facts;
mod markup;
mod matrix;
mod phrases;
mod reading;
mod sentence;
#[cfg(test)]
mod tests;

pub use sentence::{SentenceFault, faults_of_sentence};

use std::collections::BTreeSet;

use super::fault::RenderError;
use super::letter::KINDS;
use super::render::{Copy, FILES};

/// One fault in one template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The template's path below the template root.
    pub template: String,
    /// The line in it, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Every fault in these templates, ordered by template and line; empty when there is none.
///
/// Renders about a thousand letters for each locale: some seconds in an unoptimised build, so call it
/// when templates change and not for each mail.
pub fn check(copy: &Copy) -> Vec<Finding> {
    let mut findings = BTreeSet::new();
    reading::check(copy, &mut findings);
    for locale in copy.locales() {
        for (kind, variants) in KINDS {
            if !FILES.iter().all(|file| has(copy, locale, kind, file)) {
                continue;
            }
            for variant in variants {
                check_variant(copy, locale, kind, variant, &mut findings);
            }
        }
        content::check_apologies_differ(copy, locale, &mut findings);
    }
    findings.into_iter().collect()
}

fn has(copy: &Copy, locale: &str, kind: &str, file: &str) -> bool {
    let name = format!("{locale}/{kind}/{file}");
    copy.sources().contains_key(&name)
}

fn check_variant(copy: &Copy, locale: &str, kind: &str, variant: &str, findings: &mut BTreeSet<Finding>) {
    for letter in matrix::letters(locale, kind, variant) {
        match copy.render(locale, &letter) {
            Ok(rendered) => content::check(copy, locale, &letter, &rendered, findings),
            Err(error) => {
                findings.insert(render_finding(locale, kind, error));
            }
        }
    }
    content::check_states_differ(copy, locale, kind, variant, findings);
}

fn render_finding(locale: &str, kind: &str, error: RenderError) -> Finding {
    let template = format!("{locale}/{kind}");
    match error {
        RenderError::Template { template, line, what, .. } => Finding {
            template,
            line,
            message: what,
            remedy: "correct the template; the variables are listed with the built-in ones, and \
                     optional ones need an {% if %}"
                .to_owned(),
        },
        RenderError::Empty { template } => Finding {
            template,
            line: None,
            message: "renders to nothing".to_owned(),
            remedy: "say something for every variant, also when optional values are none".to_owned(),
        },
        RenderError::TooLarge { template, bytes, max } => Finding {
            template,
            line: None,
            message: format!("renders to {bytes} bytes, at most {max} are sent"),
            remedy: "list only the first lines of a large order, as lines[:12] does".to_owned(),
        },
        other @ RenderError::NoTemplate { .. } => Finding {
            template,
            line: None,
            message: other.to_string(),
            remedy: "add the three templates of this kind".to_owned(),
        },
    }
}
