//! The template engine as notices need it: strict, bounded, and with no word "none" in a mail.

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::source::Sources;

/// Work one template may do, in minijinja's unit. Measured: the largest built-in mail needs less
/// than a tenth of it, whatever the size of the order.
const FUEL: u64 = 100_000;

/// An engine over these templates: strict, bounded, escaping where it must.
pub(super) fn environment(sources: Arc<Sources>) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_loader(move |name| Ok(sources.get(name).map(ToString::to_string)));
    environment.set_syntax(syntax());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Debug mode copies variables, and with them names and links, into errors.
    environment.set_debug(false);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(escaping);
    environment.set_formatter(print_present);
    environment.add_filter("short", short);
    environment
}

/// The usual delimiters; a tag alone on its line leaves no line behind.
#[expect(clippy::expect_used, reason = "only changed delimiters can be refused")]
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().expect("the usual delimiters are valid")
}

/// Only `.txt` templates print values as they are; a part shared by both is escaped by its caller.
fn escaping(name: &str) -> AutoEscape {
    if name.ends_with(".txt.j2") { AutoEscape::None } else { AutoEscape::Html }
}

/// Prints a value, but never the word "none" in a buyer's mail.
fn print_present(out: &mut minijinja::Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "prints a value that may be none; put it inside an {% if %}",
        ));
    }
    minijinja::escape_formatter(out, state, value)
}

/// The filter `short(n)`: at most `n` characters, the last an ellipsis where some were left off.
pub(super) fn short(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}
