//! `forewarn user …`: who may open the console.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use forewarn_core::ids::MerchantId;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::console::access::issue;
use crate::store::port::AccessRole;
use crate::store::sqlite::Db;

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
    let mut db = Db::open(&config.store.path).context("opening the store")?;
    match &args.action {
        Action::Add { name, merchant } => add(&mut db, &config, name, merchant.as_deref(), out),
        Action::List => list(&mut db, out),
        Action::Remove { name } => remove(&mut db, name, out),
    }
}

fn add(db: &mut Db, config: &Config, name: &str, merchant: Option<&str>, out: &mut dyn Write) -> anyhow::Result<bool> {
    let role = match merchant {
        Some(id) => AccessRole::Merchant(MerchantId::new(id).map_err(anyhow::Error::msg)?),
        None => AccessRole::Operations,
    };
    let (token, access) = issue(role, name, SystemClock.now()).context("making a token")?;
    db.transact(&mut |tx| tx.access_add(&access))?;
    writeln!(out, "{}/?token={token}", config.console.public_url())?;
    writeln!(out, "This link opens the console. It is shown this once; only a hash of it is kept.")?;
    Ok(true)
}

fn list(db: &mut Db, out: &mut dyn Write) -> anyhow::Result<bool> {
    let all = db.transact(&mut |tx| tx.access_list())?;
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

fn remove(db: &mut Db, name: &str, out: &mut dyn Write) -> anyhow::Result<bool> {
    let all = db.transact(&mut |tx| tx.access_list())?;
    let mine: Vec<_> = all.into_iter().filter(|a| a.name == name).collect();
    if mine.is_empty() {
        bail!("nobody called `{name}` has access; `forewarn user list` shows who has");
    }
    for access in &mine {
        db.transact(&mut |tx| tx.access_remove(&access.token_hash))?;
    }
    writeln!(out, "{} token(s) of `{name}` no longer open anything", mine.len())?;
    Ok(true)
}
