//! The command line: one file a command.

mod access;
mod backtest;
mod backup;
pub mod check;
mod dead_letters;
pub mod demo;
mod fingerprint;
mod grants;
mod lang;
mod operator;
mod order;
mod serve;
pub mod simulate;
mod store;
mod templates;
mod unknown;
mod what_if;

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use lang::Lang;

/// Tells buyers about late orders before they have to ask.
#[derive(Debug, Parser)]
#[command(name = "forewarn", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everything at work: an embedded broker, a simulated shop at high speed, a mailbox, the console.
    Demo(demo::DemoArgs),
    /// Run the service.
    Serve(serve::ServeArgs),
    /// Run the engine over recorded events under a virtual clock; records on standard output.
    Simulate(simulate::SimulateArgs),
    /// Score forecast and policy on recorded events: what was foretold, what came, what each threshold would have done.
    Backtest(backtest::BacktestArgs),
    /// Try a draft of the policy on the orders whose end is known, against the one in force.
    WhatIf(what_if::WhatIfArgs),
    /// Name every fault of configuration, policy, templates and store at once.
    Check(check::CheckArgs),
    /// Copy the store to a file while the service runs.
    Backup(backup::BackupArgs),
    /// Show one order: cause, honest date, what was sent and what was not.
    Order(order::OrderArgs),
    /// Look through events that could not be taken; read them again, drop them, let them pass.
    DeadLetters(dead_letters::DeadLettersArgs),
    /// List notices of which nobody knows whether they were taken, and say what becomes of them.
    Unknown(unknown::UnknownArgs),
    /// List coupons that were asked for and never answered, and say what became of them.
    Grants(grants::GrantsArgs),
    /// Print a fingerprint of all order facts, to compare two stores, or a store with `simulate`.
    Fingerprint(fingerprint::FingerprintArgs),
    /// Give and take access to the console.
    User(access::UserArgs),
    /// Look at the notices' words.
    Templates(templates::TemplatesArgs),
}

/// Runs the command line; faults are told on standard error.
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done when even standard error cannot be written to.
            writeln!(stderr(), "forewarn: {error:#}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<bool> {
    match command {
        Command::Demo(args) => runtime()?.block_on(demo::run(args))?,
        Command::Serve(args) => runtime()?.block_on(serve::run(args))?,
        Command::Simulate(args) => simulate::run(&args, &mut stdout().lock(), &mut stderr().lock())?,
        Command::Backtest(args) => backtest::run(&args, &mut stdout().lock(), &mut stderr().lock())?,
        Command::WhatIf(args) => what_if::run(&args, &mut stdout().lock())?,
        Command::Check(args) => return check::run(&args, &mut stdout().lock()),
        Command::Backup(args) => backup::run(&args, &mut stdout().lock())?,
        Command::Order(args) => return order::run(&args, &mut stdout().lock()),
        Command::DeadLetters(args) => return dead_letters::run(args, &mut stdout().lock()),
        Command::Unknown(args) => return unknown::run(&args, &mut stdout().lock()),
        Command::Grants(args) => return grants::run(&args, &mut stdout().lock()),
        Command::Fingerprint(args) => fingerprint::run(&args, &mut stdout().lock())?,
        Command::User(args) => return access::run(&args, &mut stdout().lock()),
        Command::Templates(args) => templates::run(&args, &mut stdout().lock())?,
    }
    Ok(true)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    use anyhow::Context;
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")
}

/// Whoever reads our output may have seen enough, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(closed)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe))
    })
}
