//! `forewarn simulate`: the engine over recorded events, its records on standard output.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use forewarn_core::Instant;

use crate::policy::PolicyBook;
use crate::simulate::{Play, Setup, Tally, World};
use crate::store::StoreError;

/// Arguments of `forewarn simulate`.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    /// Recorded events, one structured CloudEvent a line (.jsonl or .jsonl.gz); may be given several times.
    #[arg(long, required = true, num_args = 1..)]
    events: Vec<PathBuf>,
    /// The policy; without it the defaults hold.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Play up to and including this moment (RFC 3339); without it until nothing is due any more.
    #[arg(long, value_parser = Instant::parse)]
    until: Option<Instant>,
    /// Seed of the signatures in links.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many events, orders or notices a step takes at once; never changes a record.
    #[arg(long, default_value_t = 500, hide = true)]
    batch: usize,
}

/// Runs the simulation: records on `out`, a summary for people on `aside`.
///
/// # Errors
/// When a file cannot be read, the policy has a fault, or writing fails.
pub fn run(args: &SimulateArgs, out: &mut dyn Write, aside: &mut dyn Write) -> anyhow::Result<()> {
    let began = std::time::Instant::now();
    let policy = match &args.policy {
        Some(path) => read_policy(path)?,
        None => PolicyBook::default(),
    };
    let play = Play::read(&args.events)?;
    let events = play.events.len();
    let setup = Setup { policy, until: args.until, seed: args.seed, batch: args.batch };
    let mut world = World::new(&play, setup)?;
    let mut tally = Tally::default();
    let mut sink = std::io::BufWriter::with_capacity(1 << 16, out);
    world.run(play, &mut |line| {
        tally.add(&line);
        write_line(&mut sink, &line).map_err(|error| StoreError::Database {
            operation: "writing a record",
            remedy: "see that the output can be written to",
            class: crate::store::Class::Permanent,
            source: error.into(),
        })
    })?;
    sink.flush().context("writing the records")?;
    let (digest, orders, kept) = world.facts_digest()?;
    write!(aside, "{tally}")?;
    writeln!(
        aside,
        "{events} events of {orders} orders, {kept} events kept as facts {digest}, in {:.1?}",
        began.elapsed()
    )?;
    // A command is the last thing its process does; giving some hundred thousand rows back one by one takes seconds.
    std::mem::forget(world);
    Ok(())
}

fn write_line(sink: &mut impl Write, line: &crate::simulate::Line) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *sink, line)?;
    sink.write_all(b"\n")?;
    Ok(())
}

/// Reads a policy file.
///
/// # Errors
/// Every fault of the policy at once, each with its line.
pub fn read_policy(path: &std::path::Path) -> anyhow::Result<PolicyBook> {
    let text = std::fs::read_to_string(path).with_context(|| format!("policy: {} cannot be read", path.display()))?;
    PolicyBook::parse(&text).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|p| format!("{}:{}", path.display(), problem(p))).collect();
        anyhow::anyhow!("the policy has faults:\n{}", lines.join("\n"))
    })
}

fn problem(p: &crate::policy::PolicyProblem) -> String {
    let line = p.line.map(|n| format!("{n}: ")).unwrap_or_default();
    format!("{line}{}: {}; {}", p.key, p.message, p.remedy)
}
