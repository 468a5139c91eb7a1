//! Turns a letter into subject, plain text and HTML.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use minijinja::Environment;
use minijinja::value::{Serde, Value};

use super::clean::{clean, single_line};
use super::environment::{environment, short};
use super::fault::{RenderError, template_error};
use super::letter::Letter;
use super::locale::negotiate;
use super::source::{self, LoadError, Sources};

/// The three templates of one notice, in the order subject, text, HTML.
pub(super) const FILES: [&str; 3] = ["subject.txt.j2", "body.txt.j2", "body.html.j2"];
/// The locale used when the buyer's is unknown, unless configured otherwise.
const DEFAULT_LOCALE: &str = "zh-CN";
/// The largest text or HTML part, in bytes. Gmail cuts a mail at 102 kB; our estimate is twice that.
const MAX_BODY_BYTES: usize = 200 * 1024;
/// The longest subject, in characters. RFC 5322 allows 998 octets a line; a header's word must fit.
const MAX_SUBJECT_CHARS: usize = 200;

/// The templates in force: the built-in ones, with an operator's own laid over them.
pub struct Copy {
    environment: Environment<'static>,
    sources: Arc<Sources>,
    /// Locales with all three templates of a kind, by kind.
    locales: BTreeMap<String, Vec<String>>,
    default_locale: String,
    with_html: bool,
}

/// One notice, ready to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// A single line without control characters, at most 200 characters.
    pub subject: String,
    /// The plain text part; stands alone.
    pub text: String,
    /// The HTML part; needs nothing from elsewhere. Empty where none is wanted.
    pub html: String,
}

impl Copy {
    /// The templates built into the program, in `zh-CN` and `en`.
    pub fn builtin() -> Self {
        Self::from_sources(source::builtin())
    }

    /// The built-in templates with those of a folder laid over them.
    ///
    /// A file replaces the built-in one of the same relative path, and a further locale's folder
    /// adds that locale. Faults inside a template are found by [`super::guard::check`] and by
    /// rendering; only what cannot be read fails here.
    ///
    /// # Errors
    /// [`LoadError`] when the folder or a file cannot be read or passes a limit.
    pub fn with_overrides(dir: &Path) -> Result<Self, LoadError> {
        let mut sources = source::builtin();
        sources.extend(source::folder(dir)?);
        Ok(Self::from_sources(sources))
    }

    /// Uses this locale for buyers whose own is unknown; without it that is `zh-CN`.
    ///
    /// # Errors
    /// [`LoadError::UnknownLocale`] when no folder serves it.
    pub fn defaulting_to(mut self, locale: &str) -> Result<Self, LoadError> {
        let known = self.locales();
        let found = negotiate(locale, &known.iter().copied()).map(str::to_owned);
        match found {
            Some(found) => self.default_locale = found,
            None => {
                let known = known.join(", ");
                let locale = locale.to_owned();
                return Err(LoadError::UnknownLocale { locale, known });
            }
        }
        Ok(self)
    }

    /// Leaves the HTML part out, for whoever reads only the text: it is two thirds of the work.
    #[must_use]
    pub fn without_html(self) -> Self {
        Self { with_html: false, ..self }
    }

    /// Renders a letter in the folder that serves the buyer's locale best.
    ///
    /// `zh-TW` and `zh` are served by `zh-CN` and `en-GB` by `en`, unless a folder of their own has
    /// all three templates of the kind; a language without templates gets the default locale.
    ///
    /// # Errors
    /// [`RenderError`]; it is permanent for these templates and this letter, so trying again helps
    /// only after the template was mended.
    pub fn render(&self, locale: &str, letter: &Letter) -> Result<Rendered, RenderError> {
        let folder = self.folder(locale, &letter.kind)?;
        let variables = Value::from(Serde(clean(letter)));
        let [subject, text, html] = FILES.map(|file| format!("{folder}/{}/{file}", letter.kind));
        Ok(Rendered {
            subject: self.part(&subject, &variables, tidy_subject)?,
            text: self.part(&text, &variables, tidy_text)?,
            html: if self.with_html { self.part(&html, &variables, str::to_owned)? } else { String::new() },
        })
    }

    /// Whether letters of kind `several` can be written in the language in which one of kind `alone` would be.
    pub fn joins(&self, locale: &str, several: &str, alone: &str) -> bool {
        let folder = |kind: &str| self.folder(locale, kind).ok();
        let joined = folder(several);
        joined.is_some() && joined == folder(alone)
    }

    /// The locales there are templates for, in order.
    pub fn locales(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.locales.values().flatten().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The template text by path, for the guard.
    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The engine, for the guard.
    pub(super) fn environment(&self) -> &Environment<'static> {
        &self.environment
    }

    pub(super) fn from_sources(sources: Sources) -> Self {
        let sources = Arc::new(sources);
        Self {
            environment: environment(Arc::clone(&sources)),
            locales: complete_locales(&sources),
            sources,
            default_locale: DEFAULT_LOCALE.to_owned(),
            with_html: true,
        }
    }

    fn folder(&self, locale: &str, kind: &str) -> Result<&str, RenderError> {
        let known = self.locales.get(kind).map(Vec::as_slice).unwrap_or_default();
        let names = known.iter().map(String::as_str);
        negotiate(locale, &names)
            .or_else(|| negotiate(&self.default_locale, &names))
            .ok_or_else(|| RenderError::NoTemplate { kind: kind.to_owned(), locale: locale.to_owned() })
    }

    fn part(&self, name: &str, variables: &Value, tidy: fn(&str) -> String) -> Result<String, RenderError> {
        let rendered = self
            .environment
            .get_template(name)
            .and_then(|template| template.render(variables.clone()))
            .map_err(|error| template_error(name, error))?;
        let rendered = tidy(&rendered);
        if rendered.trim().is_empty() {
            let template = name.to_owned();
            return Err(RenderError::Empty { template });
        }
        if rendered.len() > MAX_BODY_BYTES {
            return Err(RenderError::TooLarge {
                template: name.to_owned(),
                bytes: rendered.len(),
                max: MAX_BODY_BYTES,
            });
        }
        Ok(rendered)
    }
}

fn complete_locales(sources: &Sources) -> BTreeMap<String, Vec<String>> {
    let mut locales = BTreeMap::<String, Vec<String>>::new();
    for name in sources.keys() {
        let Some((locale, kind)) = name
            .strip_suffix(FILES[0])
            .and_then(|folder| folder.strip_suffix('/'))
            .and_then(|folder| folder.split_once('/'))
        else {
            continue;
        };
        let has = |file: &str| sources.contains_key(&format!("{locale}/{kind}/{file}"));
        if FILES.iter().all(|file| has(file)) {
            locales.entry(kind.to_owned()).or_default().push(locale.to_owned());
        }
    }
    locales
}

fn tidy_subject(text: &str) -> String {
    short(&single_line(text), MAX_SUBJECT_CHARS)
}

/// Takes trailing blanks and doubled empty lines off, so that templates may be laid out freely.
fn tidy_text(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blank_before = true;
    for line in text.lines().map(str::trim_end) {
        let blank = line.is_empty();
        if !(blank && blank_before) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        blank_before = blank;
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}

impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copy")
            .field("n_templates", &self.sources.len())
            .field("locales", &self.locales())
            .field("default_locale", &self.default_locale)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered")
            .field("subject_bytes", &self.subject.len())
            .field("text_bytes", &self.text.len())
            .field("html_bytes", &self.html.len())
            .finish()
    }
}
