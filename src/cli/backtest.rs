//! `forewarn backtest`: how good the forecast was on recorded events, and what each threshold would have done.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Lang;
use super::simulate::read_policy;
use crate::policy::PolicyBook;
use crate::simulate::Play;
use crate::simulate::backtest::{Report, backtest, page, table};

/// Arguments of `forewarn backtest`.
#[derive(Debug, clap::Args)]
pub(super) struct BacktestArgs {
    /// Recorded events, one structured CloudEvent a line (.jsonl or .jsonl.gz); may be given several times.
    #[arg(long, required = true, num_args = 1..)]
    events: Vec<PathBuf>,
    /// The policy; without it the defaults hold.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Write one page with plots here; it needs no other file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Write one row an order scored here, as CSV.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Language of the table and the page; by default the one of the environment (LC_ALL, LC_MESSAGES, LANG).
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Lang>,
}

/// Scores the recording: figures on `out`, what was left out on `aside`.
///
/// # Errors
/// When a file cannot be read or written, or the policy has a fault.
pub(super) fn run(args: &BacktestArgs, out: &mut dyn Write, aside: &mut dyn Write) -> anyhow::Result<()> {
    let policy = match &args.policy {
        Some(path) => read_policy(path)?,
        None => PolicyBook::default(),
    };
    let play = Play::read(&args.events)?;
    let (events, unread) = (play.events.len(), play.dead_letters.len());
    let began = std::time::Instant::now();
    let report = backtest(play, &policy);
    let tongue = Lang::choose(args.lang).tongue();
    if let Some(path) = &args.html {
        std::fs::write(path, page(&report, tongue)).with_context(|| format!("html: {}", path.display()))?;
    }
    if let Some(path) = &args.predictions {
        write_predictions(&report, path).with_context(|| format!("predictions: {}", path.display()))?;
    }
    if args.json {
        serde_json::to_writer(&mut *out, &report).context("writing the figures")?;
        writeln!(out)?;
    } else {
        write!(out, "{}", table(&report, tongue))?;
    }
    writeln!(aside, "{events} events played in {:.1?}, {unread} lines could not be taken", began.elapsed())?;
    Ok(())
}

fn write_predictions(report: &Report, path: &Path) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    report.predictions(&mut file)?;
    file.flush()
}
