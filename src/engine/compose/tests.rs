//! Letters as the engine fills them are those the samples show.

use forewarn_core::notice::Kind;

use super::asks;
use crate::copy::{Copy, samples};

#[test]
fn a_letter_that_invites_an_answer_says_where_to_give_it() {
    let copy = Copy::builtin();
    for locale in ["zh-CN", "en"] {
        for (label, letter) in samples(locale) {
            // A letter about several orders is filled order by order.
            let Some(kind) = Kind::named(&letter.kind) else { continue };
            let link = letter.action_url.clone().expect("samples have everything");
            let shown = copy.render(locale, &letter).unwrap().text.contains(&link);
            assert!(!shown || asks(kind, letter.choices), "{locale} {label}");
        }
    }
}
