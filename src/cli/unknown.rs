//! `forewarn unknown …`: notices of which nobody knows whether they were taken, and a person's word on them.

use std::io::Write;

use clap::{Args, Subcommand};
use forewarn_core::ids::NoticeId;

use super::Lang;
use super::operator::Operator;
use super::store::Desk;
use crate::clock::{Clock, SystemClock};
use crate::engine::Verdict;
use crate::store::port::{NoticeLine, NoticeSearch, NoticeState};
use crate::store::{StoreError, Tx};

/// Arguments of `forewarn unknown`.
#[derive(Debug, Args)]
pub(super) struct UnknownArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List them, newest first, with the message id to look for in the channel's log. / 列出，最新的在前，附渠道日志中可查的消息编号。
    List {
        /// Most rows. / 最多行数。
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// They arrived: count them as sent. / 已送达，记为已发送。
    Arrived(Chosen),
    /// Send them again, if they are still right. / 若仍然需要，再发一次。
    Again(Chosen),
}

#[derive(Debug, Args)]
struct Chosen {
    /// Their ids. / 通知编号。
    #[arg(required = true, value_parser = NoticeId::new)]
    notices: Vec<NoticeId>,
}

/// Runs the command; `false` when one of the notices was not unknown.
///
/// # Errors
/// When the configuration has faults, the store fails, or `out` cannot be written to.
pub(super) fn run(args: &UnknownArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = args.operator.config()?;
    let (mut desk, lang) = (Desk::open(&config.store)?, args.operator.lang());
    let (chosen, verdict) = match &args.action {
        Action::List { limit } => return list(&mut desk, *limit, lang, out),
        Action::Arrived(chosen) => (chosen, Verdict::Arrived),
        Action::Again(chosen) => (chosen, Verdict::Again),
    };
    let engine = super::operator::engine(&config);
    let author = args.operator.author();
    let mut all = true;
    for id in &chosen.notices {
        let now = SystemClock.now();
        let resolved = desk.transact(&mut |tx| engine.resolve(tx, id, verdict, &author, now))?.is_some();
        all &= resolved;
        let said = match (resolved, verdict) {
            (false, _) => lang.pick("its outcome is not unknown", "它的结果并非未知"),
            (true, Verdict::Arrived) => lang.pick("counts as sent", "记为已发送"),
            (true, Verdict::Again) => lang.pick("goes again, if still right", "仍需要的话再发一次"),
        };
        writeln!(out, "{id}  {said}")?;
    }
    Ok(all)
}

fn list(desk: &mut Desk, limit: usize, lang: Lang, out: &mut dyn Write) -> anyhow::Result<bool> {
    let search = NoticeSearch { state: Some(NoticeState::Unknown), limit, ..NoticeSearch::default() };
    let found = desk.transact(&mut |tx| {
        let lines = tx.notices_list(None, &search)?;
        lines.into_iter().map(|line| Ok((message_id(tx, &line)?, line))).collect::<Result<Vec<_>, StoreError>>()
    })?;
    if found.is_empty() {
        writeln!(out, "{}", lang.pick("no notice is of unknown outcome", "没有去向不明的通知"))?;
    }
    for (message, line) in found {
        let (channel, sent) = (line.channel.unwrap_or_default(), line.sent_at.unwrap_or(line.created_at));
        writeln!(out, "{}  {sent}  {channel}  {}  {}  {message}", line.notice_id, line.kind, line.order)?;
    }
    Ok(true)
}

/// A message that cannot be read has none.
fn message_id(tx: &mut dyn Tx, line: &NoticeLine) -> Result<String, StoreError> {
    let notice = match tx.notice_load(&line.notice_id) {
        Err(StoreError::Damaged { .. }) => None,
        loaded => loaded?,
    };
    Ok(notice.and_then(|notice| notice.composed).map(|composed| composed.message_id.clone()).unwrap_or_default())
}
