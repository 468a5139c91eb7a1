//! Who puts a letter into words: the templates at once, or somebody who does it beside the work.

use super::{Copy, Letter, RenderError, Rendered};

/// Puts letters into words.
pub trait Wording: Send + Sync {
    /// As [`Copy::render`].
    ///
    /// # Errors
    /// As there.
    fn render(&self, locale: &str, letter: &Letter) -> Result<Rendered, RenderError>;

    /// As [`Copy::joins`].
    fn joins(&self, locale: &str, several: &str, alone: &str) -> bool;
}

impl Wording for Copy {
    fn render(&self, locale: &str, letter: &Letter) -> Result<Rendered, RenderError> {
        Self::render(self, locale, letter)
    }

    fn joins(&self, locale: &str, several: &str, alone: &str) -> bool {
        Self::joins(self, locale, several, alone)
    }
}
