//! `forewarn user …`: who may open the console.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use forewarn_core::ids::MerchantId;

use super::store::Desk;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::console::access::issue;
use crate::store::port::AccessRole;

/// Arguments of `forewarn user`.
#[derive(Debug, clap::Args)]
pub(super) struct UserArgs {
    #[command(subcommand)]
    action: Action,
    /// The service's configuration, which names the store.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make an access token; it is printed once and only its hash is kept.
    Add {
        /// What the person or system is called.
        name: String,
        /// Only this shop's notices and orders; without it everything (operations).
        #[arg(long)]
        merchant: Option<String>,
    },
    /// List who has access.
    List,
    /// Take access away from everybody of this name.
    Remove {
        /// The name given to `add`.
        name: String,
    },
}

/// Runs the command; `false` when there was nobody to remove.
///
/// # Errors
/// When the configuration has faults or the store fails.
pub(super) fn run(args: &UserArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = Config::load(args.config.as_deref())?;
    let mut desk = Desk::open(&config.store)?;
    match &args.action {
        Action::Add { name, merchant } => add(&mut desk, &config, name, merchant.as_deref(), out),
        Action::List => list(&mut desk, out),
        Action::Remove { name } => remove(&mut desk, name, out),
    }
}

fn add(
    desk: &mut Desk,
    config: &Config,
    name: &str,
    merchant: Option<&str>,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let role = match merchant {
        Some(id) => AccessRole::Merchant(MerchantId::new(id).map_err(anyhow::Error::msg)?),
        None => AccessRole::Operations,
    };
    let (token, access) = issue(role, name, SystemClock.now()).context("making a token")?;
    desk.transact(&mut |tx| tx.access_add(&access))?;
    writeln!(out, "{}/?token={token}", config.console.public_url())?;
    writeln!(out, "This link opens the console. It is shown this once; only a hash of it is kept.")?;
    Ok(true)
}

fn list(desk: &mut Desk, out: &mut dyn Write) -> anyhow::Result<bool> {
    let all = desk.transact(&mut |tx| tx.access_list())?;
    if all.is_empty() {
        writeln!(out, "nobody has access yet; `forewarn user add NAME` gives it")?;
    }
    for access in all {
        let role = match &access.role {
            AccessRole::Operations => "operations".to_owned(),
            AccessRole::Merchant(id) => format!("merchant {id}"),
        };
        writeln!(out, "{:<24} {:<32} since {}", access.name, role, access.at)?;
    }
    Ok(true)
}

fn remove(desk: &mut Desk, name: &str, out: &mut dyn Write) -> anyhow::Result<bool> {
    let all = desk.transact(&mut |tx| tx.access_list())?;
    let mine: Vec<_> = all.into_iter().filter(|a| a.name == name).collect();
    if mine.is_empty() {
        bail!("nobody called `{name}` has access; `forewarn user list` shows who has");
    }
    for access in &mine {
        desk.transact(&mut |tx| tx.access_remove(&access.token_hash))?;
    }
    writeln!(out, "{} token(s) of `{name}` no longer open anything", mine.len())?;
    Ok(true)
}
