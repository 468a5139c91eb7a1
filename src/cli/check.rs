//! `forewarn check`: every fault of configuration, policy, templates and store at once.

mod calendar;
mod profiles;
mod store;

use std::io::Write;
use std::path::{Path, PathBuf};

use forewarn_core::zone::Tongue;

use super::lang::Lang;
use crate::config::{Config, Fault, Faults};
use crate::copy::{Copy, guard};
use crate::policy::{PolicyBook, PolicyProblem};
use crate::store::sqlite::inspect;

/// What to check. With nothing named it is the built-in policy and templates.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct CheckArgs {
    /// Configuration to check, together with the policy and the templates it names and the environment.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Policy to check, in place of the one the configuration names.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Folder of templates to check, in place of the one the configuration names.
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<PathBuf>,
    /// Store to check: every page, row and checksum, and whether the rows fit each other. Without a file it is the one
    /// the configuration names. Only reads; the service may run meanwhile.
    #[arg(long, value_name = "FILE")]
    pub store: Option<Option<PathBuf>>,
    /// Language of the report; by default the one of the environment (LC_ALL, LC_MESSAGES, LANG).
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub lang: Option<Lang>,
}

/// Checks, writes a line a fault, what calendars and profiles hold and a closing line to `out`, and says whether all is well.
///
/// # Errors
/// When `out` cannot be written to.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let tongue = match Lang::choose(args.lang) {
        Lang::En => Tongue::English,
        Lang::Zh => Tongue::Chinese,
    };
    let mut report = Report { tongue, out, faults: 0 };
    let config = report.configuration(args.config.as_deref())?;
    let named = config.as_ref();
    let policy = args.policy.as_deref().or(named.and_then(|config| config.policy.file.as_deref()));
    let templates = args.templates.as_deref().or(named.and_then(|config| config.templates.folder.as_deref()));
    let nothing_named = args.config.is_none() && policy.is_none() && templates.is_none() && args.store.is_none();
    if nothing_named || policy.is_some() {
        report.policy(policy)?;
    }
    if nothing_named || templates.is_some() {
        report.templates(templates, named)?;
    }
    if let Some(file) = &args.store {
        report.store(file.as_deref(), args.config.as_deref(), named)?;
    }
    report.close()
}

struct Report<'o> {
    tongue: Tongue,
    out: &'o mut dyn Write,
    faults: usize,
}

impl Report<'_> {
    fn configuration(&mut self, file: Option<&Path>) -> anyhow::Result<Option<Config>> {
        let Some(file) = file else { return Ok(None) };
        match Config::load(Some(file)) {
            Ok(config) => Ok(Some(config)),
            Err(Faults(faults)) => {
                for fault in &faults {
                    self.line(&Fault::line(fault, self.tongue))?;
                }
                Ok(None)
            }
        }
    }

    fn policy(&mut self, file: Option<&Path>) -> anyhow::Result<()> {
        let text = match file.map(std::fs::read_to_string) {
            None => String::new(),
            Some(Ok(text)) => text,
            Some(Err(error)) => return self.unreadable(file, &error),
        };
        match PolicyBook::parse(&text) {
            Ok(book) => {
                for note in calendar::notes(&book, self.tongue).into_iter().chain(profiles::notes(&book, self.tongue)) {
                    writeln!(self.out, "{}: {note}", place(file, "policy", None))?;
                }
            }
            Err(problems) => {
                for problem in &problems {
                    let line = self.problem(file, problem);
                    self.line(&line)?;
                }
            }
        }
        Ok(())
    }

    fn problem(&self, file: Option<&Path>, problem: &PolicyProblem) -> String {
        let place = place(file, "policy", problem.line);
        let key = if problem.key.is_empty() { String::new() } else { format!("{}: ", problem.key) };
        let (message, remedy) = (problem.message_in(self.tongue), problem.remedy_in(self.tongue));
        format!("{place}: {key}{message}{}{remedy}", self.between())
    }

    fn templates(&mut self, folder: Option<&Path>, config: Option<&Config>) -> anyhow::Result<()> {
        let copy = match folder.map(Copy::with_overrides) {
            None => Ok(Copy::builtin()),
            Some(loaded) => loaded,
        };
        let locale = config.and_then(|config| config.shop_defaults.locale.as_deref());
        let copy = copy.and_then(|copy| match locale {
            Some(locale) => copy.defaulting_to(locale),
            None => Ok(copy),
        });
        let copy = match copy {
            Ok(copy) => copy,
            Err(error) => {
                // The sentence holds its own remedy; the cause is the system's word.
                let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
                return self.line(&format!("{}: {error}{cause}", place(folder, "templates", None)));
            }
        };
        for finding in guard::check(&copy) {
            let file = folder.map(|folder| folder.join(&finding.template)).filter(|file| file.is_file());
            let place = place(file.as_deref(), &finding.template, finding.line);
            self.line(&format!("{place}: {}{}{}", finding.message, self.between(), finding.remedy))?;
        }
        Ok(())
    }

    /// Without a file it is the configured one; a configuration with faults has said so already.
    fn store(&mut self, file: Option<&Path>, asked: Option<&Path>, config: Option<&Config>) -> anyhow::Result<()> {
        let named = match (file, config) {
            (Some(file), _) => file.to_path_buf(),
            (None, Some(config)) if config.store.url.is_some() => return self.server_store(),
            (None, Some(config)) => config.store.path.clone(),
            (None, None) if asked.is_some() => return Ok(()),
            (None, None) => Config::load(None)?.store.path,
        };
        let name = named.display();
        match inspect(&named) {
            Ok(found) => {
                for finding in &found.findings {
                    self.line(&format!("{name}: {}", store::line(finding, self.tongue)))?;
                }
                self.faults += usize::try_from(found.more).unwrap_or(usize::MAX);
                match self.tongue {
                    Tongue::English => writeln!(self.out, "{name}: {} rows read", found.rows)?,
                    Tongue::Chinese => writeln!(self.out, "{name}: 已读取 {} 行", found.rows)?,
                }
                Ok(())
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
                let words = if self.tongue == Tongue::Chinese { "无法检查：" } else { "" };
                self.line(&format!("{name}: {words}{error}{cause}"))
            }
        }
    }

    fn server_store(&mut self) -> anyhow::Result<()> {
        self.line(match self.tongue {
            Tongue::English => "store.url names a PostgreSQL database; check it with its own tools, pg_amcheck",
            Tongue::Chinese => "store.url 指向 PostgreSQL 数据库；请用它自带的工具 pg_amcheck 检查",
        })
    }

    fn unreadable(&mut self, file: Option<&Path>, error: &std::io::Error) -> anyhow::Result<()> {
        let words = match self.tongue {
            Tongue::English => {
                format!("cannot be read ({error}); check the path, its permissions and that it is UTF-8 text")
            }
            Tongue::Chinese => format!("无法读取（{error}）；请检查路径、权限，以及是否为 UTF-8 文本"),
        };
        self.line(&format!("{}: {words}", place(file, "policy", None)))
    }

    fn between(&self) -> &'static str {
        if self.tongue == Tongue::Chinese { ";" } else { "; " }
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        self.faults += 1;
        writeln!(self.out, "{line}")?;
        Ok(())
    }

    fn close(self) -> anyhow::Result<bool> {
        let faults = self.faults;
        match (self.tongue, faults) {
            (Tongue::English, 0) => writeln!(self.out, "all is well")?,
            (Tongue::English, 1) => writeln!(self.out, "1 fault")?,
            (Tongue::English, _) => writeln!(self.out, "{faults} faults")?,
            (Tongue::Chinese, 0) => writeln!(self.out, "一切正常")?,
            (Tongue::Chinese, _) => writeln!(self.out, "共 {faults} 处问题")?,
        }
        Ok(faults == 0)
    }
}

/// `file:line`, or the name of a built-in part.
fn place(file: Option<&Path>, builtin: &str, line: Option<usize>) -> String {
    let name = file.map_or_else(|| format!("(built in) {builtin}"), |file| file.display().to_string());
    line.map_or(name.clone(), |line| format!("{name}:{line}"))
}

#[cfg(test)]
mod tests;
