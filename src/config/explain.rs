//! Turns what was misread into words.

use super::document::{KeyPath, dotted};
use super::form::Form;
use super::reading::{Flaw, Misread};
use super::wording::Wording;

/// How alike two names must be for one to be taken for the other, 0-1. Our estimate: one slip in a word of four letters.
const ALIKE: f64 = 0.75;

/// Key, what is wrong, what to do.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    /// The way to the key.
    pub(crate) path: KeyPath,
    /// The same, dotted.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) message: Wording,
    /// What to do.
    pub(crate) remedy: Wording,
    /// What the value has to look like, when it does not look like that.
    pub(crate) form: Option<Form>,
}

/// Explains a fault. `form` is what the key's value has to look like, `further` are names that stand beside those
/// the type knows, and a `secret` value is not repeated.
pub(crate) fn explain(misread: Misread, form: Form, further: &[&str], secret: bool) -> Explained {
    let Misread { path, flaw } = misread;
    let misshapen = matches!(flaw, Flaw::Wrong { .. }).then_some(form);
    let (message, remedy) = match flaw {
        Flaw::Unknown { known } => {
            let name = path.last().map(String::as_str).unwrap_or_default();
            let known: Vec<&str> = known.iter().chain(further).copied().collect();
            (("there is no such key", "没有这个键").into(), suggestion(name, &known))
        }
        Flaw::Missing => (("is missing", "缺少").into(), form.remedy()),
        Flaw::Wrong { .. } if secret => (("cannot be used", "无法使用").into(), form.remedy()),
        Flaw::Wrong { why } => {
            let chinese = format!("无法使用({why})");
            ((format!("cannot be used ({why})"), chinese).into(), form.remedy())
        }
    };
    let key = dotted(&path);
    Explained { path, key, message, remedy, form: misshapen }
}

fn suggestion(name: &str, known: &[&str]) -> Wording {
    let near = |other: &&str| strsim::normalized_damerau_levenshtein(name, other);
    let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    match nearest {
        Some(other) if near(other) >= ALIKE || strsim::jaro_winkler(name, other) >= 0.9 => {
            (format!("did you mean `{other}`?"), format!("是不是想写 `{other}`?")).into()
        }
        _ => {
            let (commas, stops) = (known.join(", "), known.join("、"));
            (format!("known here: {commas}"), format!("这里可用的键:{stops}")).into()
        }
    }
}
