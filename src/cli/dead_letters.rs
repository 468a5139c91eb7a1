//! `forewarn dead-letters …`: look through what could not be taken, read it again after a fix, drop it, let it pass.

mod act;
mod pass;
mod show;

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use forewarn_core::Span;

use super::Lang;
use super::operator::Operator;
use crate::clock::SystemClock;
use crate::intake::LetterDesk;
use crate::store::port::{LetterDeed, LetterSearch};

/// Arguments of `forewarn dead-letters`.
#[derive(Debug, Args)]
pub(super) struct DeadLettersArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List dead letters, the one seen last first. / 列出无法接收的事件，最近出现的在前。
    List {
        #[command(flatten)]
        which: Which,
        /// Most rows. / 最多行数。
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one with its headers and bytes, which may hold personal data. / 查看一条的头信息和原文，可能含个人数据。
    Show {
        /// Its number in the list. / 列表中的编号。
        number: i64,
    },
    /// Read letters again after a fix; those refused again stay. / 修复后重新接收；仍被拒绝的保留。
    Retry(Chosen),
    /// Throw letters away for good. / 永久丢弃。
    Drop(Chosen),
    /// List what was done, by whom and when. / 列出处理记录：何人何时做了什么。
    Log {
        /// Most rows. / 最多行数。
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// List where intake is stopped because too much is poison, and what is let pass. / 列出因坏事件过多而停止接收之处，及已放行的规则。
    Stopped,
    /// Let dead letters pass uncounted, so that a stopped intake goes on. / 放行坏事件且不计数，使停止的接收得以继续。
    Pass(Leave),
    /// Take a pass back. / 收回一条放行规则。
    Unpass {
        /// Its number, as `stopped` lists it. / `stopped` 列出的编号。
        number: i64,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// Only those refused for this reason, such as unknown_type. / 仅限此原因，例如 unknown_type。
    #[arg(long)]
    reason: Option<String>,
    /// Only those from this topic, or `http`. / 仅限此主题，或 `http`。
    #[arg(long)]
    topic: Option<String>,
}

impl Which {
    fn search(&self) -> LetterSearch {
        LetterSearch { reason: self.reason.clone(), topic: self.topic.clone() }
    }
}

#[derive(Debug, Args)]
struct Chosen {
    /// Numbers of letters. / 编号。
    #[arg(required_unless_present_any = ["reason", "topic", "all"], conflicts_with_all = ["reason", "topic", "all"])]
    numbers: Vec<i64>,
    #[command(flatten)]
    which: Which,
    /// All of them. / 全部。
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct Leave {
    #[command(flatten)]
    which: Which,
    /// Only from this partition. / 仅限此分区。
    #[arg(long, requires = "topic")]
    partition: Option<i32>,
    /// So many letters. / 放行的条数。
    #[arg(long = "next", value_name = "LETTERS", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// For so long, such as 2h. / 放行的时长，例如 2h。
    #[arg(long = "for", value_name = "TIME", value_parser = Span::parse)]
    time: Option<Span>,
}

/// What every action works with.
struct Desk<'o> {
    letters: LetterDesk,
    lang: Lang,
    author: String,
    out: &'o mut dyn Write,
}

/// Runs the command; `false` when something asked for was not there or not taken.
///
/// # Errors
/// When the configuration has faults, the store fails, or `out` cannot be written to.
pub(super) fn run(args: DeadLettersArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = args.operator.config()?;
    // Opened and closed outside of the runtime: the client of a server brings one of its own.
    let store = super::store::beside(&config.store).context("opening the store")?;
    let engine = Arc::new(super::operator::engine(&config));
    let letters = LetterDesk { store: store.clone(), engine, clock: Arc::new(SystemClock) };
    let (lang, author) = (args.operator.lang(), args.operator.author());
    super::runtime()?.block_on(work(args.action, Desk { letters, lang, author, out }))
}

async fn work(action: Action, mut desk: Desk<'_>) -> anyhow::Result<bool> {
    match action {
        Action::List { which, limit } => desk.list(which.search(), limit).await,
        Action::Show { number } => desk.show(number).await,
        Action::Retry(chosen) => desk.act(LetterDeed::Retry, &chosen).await,
        Action::Drop(chosen) => desk.act(LetterDeed::Drop, &chosen).await,
        Action::Log { limit } => desk.log(limit).await,
        Action::Stopped => desk.stopped().await,
        Action::Pass(leave) => desk.pass(leave).await,
        Action::Unpass { number } => desk.unpass(number).await,
    }
}
