//! The `forewarn` command.

use std::process::ExitCode;

use clap::Parser;
use forewarn::cli::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}
