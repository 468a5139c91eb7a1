//! `forewarn templates …`: what notices look like.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::copy::{Copy, samples};

/// Arguments of `forewarn templates`.
#[derive(Debug, clap::Args)]
pub(super) struct TemplatesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write a sample of every notice as text and HTML into a folder.
    Preview {
        /// Where to; made if it is not there.
        folder: PathBuf,
        /// A folder of your own templates laid over the built-in ones.
        #[arg(long)]
        templates: Option<PathBuf>,
        /// Which language (BCP 47); all that there are if absent.
        #[arg(long)]
        locale: Option<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// When a template is broken or a file cannot be written.
pub(super) fn run(args: &TemplatesArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Action::Preview { folder, templates, locale } = &args.action;
    let copy = match templates {
        Some(own) => Copy::with_overrides(own)?,
        None => Copy::builtin(),
    };
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let wanted = |l: &&str| locale.as_deref().is_none_or(|w| w == *l);
    for locale in copy.locales().into_iter().filter(wanted) {
        for (label, letter) in samples(locale) {
            let rendered = copy.render(locale, &letter)?;
            let name = format!("{locale}-{}", label.replace(|c: char| !c.is_alphanumeric(), "-"));
            let text = format!("{}\n\n{}", rendered.subject, rendered.text);
            for (ending, content) in [("html", &rendered.html), ("txt", &text)] {
                let path = folder.join(format!("{name}.{ending}"));
                std::fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
            }
            writeln!(out, "{name}  {}", rendered.subject)?;
        }
    }
    Ok(())
}
