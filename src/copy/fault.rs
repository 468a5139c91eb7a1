//! Why a letter could not be rendered.

use std::error::Error as _;

use minijinja::Error;

/// Why a letter could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// There are no templates for this kind in any locale that fits.
    #[error("no templates for notice kind {kind} in locale {locale}: add subject.txt.j2, body.txt.j2 and body.html.j2")]
    NoTemplate {
        /// The letter's kind.
        kind: String,
        /// The locale that was asked for.
        locale: String,
    },
    /// A template does not parse, names a missing variable, prints an absent value or runs too long.
    #[error("template {template}{}: {what}", line.map(|n| format!(" line {n}")).unwrap_or_default())]
    Template {
        /// The template's path below the template root.
        template: String,
        /// The line in it, from 1.
        line: Option<usize>,
        /// What is wrong.
        what: String,
        /// The engine's own error.
        #[source]
        source: Box<Error>,
    },
    /// A part came out empty.
    #[error("template {template} renders to nothing: every subject and body must say something")]
    Empty {
        /// The template's path below the template root.
        template: String,
    },
    /// A part came out too large to mail.
    #[error("template {template} renders to {bytes} bytes, at most {max} are sent: list fewer lines")]
    TooLarge {
        /// The template's path below the template root.
        template: String,
        /// What it came to, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        max: usize,
    },
}

/// Names the innermost template of an engine error, and the line in it.
pub(super) fn template_error(name: &str, error: Error) -> RenderError {
    let mut innermost = &error;
    while let Some(next) = innermost.source().and_then(|e| e.downcast_ref::<Error>()) {
        innermost = next;
    }
    let template = innermost.name().unwrap_or(name).to_owned();
    let what = match innermost.detail() {
        Some(detail) => format!("{}: {detail}", innermost.kind()),
        None => innermost.kind().to_string(),
    };
    RenderError::Template { line: innermost.line(), template, what, source: Box::new(error) }
}
