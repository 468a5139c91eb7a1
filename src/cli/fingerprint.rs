//! `forewarn fingerprint`: one line that two stores share exactly when they know the same facts.

use std::io::Write;
use std::path::PathBuf;

use super::store::Desk;
use crate::config::Config;

/// Arguments of `forewarn fingerprint`.
#[derive(Debug, clap::Args)]
pub(super) struct FingerprintArgs {
    /// The service's configuration, which names the store.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Prints the fingerprint of all order facts, the number of orders and of events kept. `simulate` prints the same
/// over the same events.
///
/// # Errors
/// When the configuration has faults or the store cannot be read.
pub(super) fn run(args: &FingerprintArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref())?;
    let mut desk = Desk::open(&config.store)?;
    let (digest, orders, events) = desk.transact(&mut |tx| tx.facts_digest())?;
    writeln!(out, "{digest}  {orders} orders  {events} events")?;
    Ok(())
}
