//! Words are put on paper beside the run, because no decision hangs on them and they are a third of the work.
//!
//! The engine gets a slip with a number in place of words. The letter and, later, the lines that bear its number go to
//! the scribe in that order, who writes the words in and lets the lines out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Line;
use super::watermark::Out;
use crate::copy::{Copy, Letter, RenderError, Rendered, Wording};
use crate::engine::Record;
use crate::store::{Class, StoreError};

/// What goes from the run to the scribe.
pub(super) enum Sheet {
    /// A letter to be put into words.
    Letter(Box<Order>),
    /// A line; that of a notice bears the number of its letter.
    Line(Line),
}

/// A letter with the number on its slip.
pub(super) struct Order {
    number: u64,
    locale: String,
    letter: Letter,
}

/// Gives out numbers for words.
pub(super) struct Slips {
    copy: Arc<Copy>,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    last: u64,
    orders: Vec<Order>,
}

impl Slips {
    pub(super) fn new(copy: Arc<Copy>) -> Self {
        Self { copy, given: Mutex::default() }
    }

    /// The letters that slips were given for since the last time.
    pub(super) fn take(&self) -> impl Iterator<Item = Sheet> {
        let orders = std::mem::take(&mut self.given.lock().unwrap_or_else(PoisonError::into_inner).orders);
        orders.into_iter().map(|order| Sheet::Letter(Box::new(order)))
    }
}

impl Wording for Slips {
    fn render(&self, locale: &str, letter: &Letter) -> Result<Rendered, RenderError> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.last += 1;
        let number = given.last;
        given.orders.push(Order { number, locale: locale.to_owned(), letter: letter.clone() });
        Ok(Rendered { subject: number.to_string(), text: String::new(), html: String::new() })
    }

    fn joins(&self, locale: &str, several: &str, alone: &str) -> bool {
        self.copy.joins(locale, several, alone)
    }
}

/// Puts letters into words and words into lines.
pub(super) struct Scribe {
    copy: Arc<Copy>,
    /// By number: the words, and how many notices they are still wanted for.
    written: HashMap<u64, (Rendered, usize)>,
}

impl Scribe {
    pub(super) fn new(copy: Arc<Copy>) -> Self {
        Self { copy, written: HashMap::new() }
    }

    /// Writes a letter, or lets a line out with its words.
    ///
    /// # Errors
    /// When a letter cannot be written; the built-in templates are held to every kind of letter by tests. Else whatever
    /// `out` answers.
    pub(super) fn take(&mut self, sheet: Sheet, out: Out<'_>) -> Result<(), StoreError> {
        match sheet {
            Sheet::Letter(order) => {
                let words = self.copy.render(&order.locale, &order.letter).map_err(unwritable)?;
                self.written.insert(order.number, (words, order.letter.notices()));
                Ok(())
            }
            Sheet::Line(line) => out(self.word(line)),
        }
    }

    fn word(&mut self, mut line: Line) -> Line {
        let Line::Record(Record::Notice(record)) = &mut line else { return line };
        let Ok(number) = record.subject.parse() else { return line };
        let Some((words, wanted)) = self.written.get_mut(&number) else { return line };
        *wanted -= 1;
        let (subject, text) = if *wanted == 0 {
            let last = self.written.remove(&number).map(|(words, _)| (words.subject, words.text));
            last.unwrap_or_default()
        } else {
            (words.subject.clone(), words.text.clone())
        };
        (record.subject, record.text) = (subject, text);
        line
    }
}

fn unwritable(source: RenderError) -> StoreError {
    StoreError::Database {
        operation: "writing the words of a notice",
        remedy: "tell the makers of Forewarn: its own templates failed",
        class: Class::Permanent,
        source: source.into(),
    }
}
