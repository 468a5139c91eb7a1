//! `forewarn backup`: a copy of the store while the service runs.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};

use super::lang::Lang;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::store::sqlite::backup;

/// Arguments of `forewarn backup`.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// The service's configuration, which names the store.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the copy goes; it has this name only once it is whole and on the disk.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Replace an existing file.
    #[arg(long)]
    replace: bool,
    /// Language of what is printed; by default the one of the environment (LC_ALL, LC_MESSAGES, LANG).
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Lang>,
}

/// Makes the copy and says what it holds.
///
/// # Errors
/// When the configuration has faults, the store cannot be read or the copy not be written; then there is no new file.
pub(super) fn run(args: &BackupArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref())?;
    if config.store.url.is_some() {
        bail!("store.url names a PostgreSQL database; back it up with its own tools, pg_basebackup or pg_dump");
    }
    let began = Instant::now();
    let copied = backup(&config.store.path, &args.to, args.replace, SystemClock.now())
        .with_context(|| format!("backing up {} to {}", config.store.path.display(), args.to.display()))?;
    let (file, secs) = (args.to.display(), began.elapsed().as_secs_f64());
    match Lang::choose(args.lang) {
        Lang::En => writeln!(out, "{file}: {} pages, {} bytes, {secs:.1} s", copied.pages, copied.bytes)?,
        Lang::Zh => writeln!(out, "{file}: {} 页，{} 字节，用时 {secs:.1} 秒", copied.pages, copied.bytes)?,
    }
    Ok(())
}
