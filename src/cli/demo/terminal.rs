//! The terminal: calm lines, and on a real one a last line that stays and changes.

use std::io::{IsTerminal, Write, stdout};
use std::time::{Duration, Instant};

/// How often a changing line is repeated where it cannot be written over.
const REPEAT: Duration = Duration::from_secs(5);

/// Writes to standard output.
pub(super) struct Terminal {
    live: bool,
    /// What stands on the last line.
    footer: String,
    repeated: Option<Instant>,
}

impl Terminal {
    pub(super) fn new() -> Self {
        Self { live: stdout().is_terminal(), footer: String::new(), repeated: None }
    }

    /// A line that stays.
    pub(super) fn line(&mut self, text: &str) -> std::io::Result<()> {
        let mut out = stdout().lock();
        if self.live && !self.footer.is_empty() {
            write!(out, "\r\x1b[2K{text}\n{}", self.footer)?;
        } else {
            writeln!(out, "{text}")?;
        }
        out.flush()
    }

    /// A line that stays and catches the eye on a real terminal.
    pub(super) fn notable(&mut self, text: &str) -> std::io::Result<()> {
        if self.live { self.line(&format!("\x1b[1m{text}\x1b[0m")) } else { self.line(text) }
    }

    /// The line that changes: written over on a real terminal, now and then repeated elsewhere.
    pub(super) fn status(&mut self, text: &str) -> std::io::Result<()> {
        if self.live {
            // Cut by the terminal itself rather than wrapped: a wrapped line could not be written over.
            self.footer = format!("\x1b[?7l{text}\x1b[?7h");
            let mut out = stdout().lock();
            write!(out, "\r\x1b[2K{}", self.footer)?;
            return out.flush();
        }
        if self.repeated.is_some_and(|at| at.elapsed() < REPEAT) {
            return Ok(());
        }
        self.repeated = Some(Instant::now());
        self.line(text)
    }

    /// Takes the changing line away.
    pub(super) fn settle(&mut self) -> std::io::Result<()> {
        if self.live && !self.footer.is_empty() {
            self.footer.clear();
            let mut out = stdout().lock();
            write!(out, "\r\x1b[2K")?;
            return out.flush();
        }
        Ok(())
    }
}
