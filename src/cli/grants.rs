//! `forewarn grants …`: coupons that were asked for and never answered, and a person's word on them.

use std::io::Write;

use clap::{Args, Subcommand};
use forewarn_core::Span;
use forewarn_core::event::{GrantAnswer, GrantResult};
use forewarn_core::ids::GrantId;
use forewarn_core::text::Text;

use super::Lang;
use super::operator::Operator;
use super::store::Desk;
use crate::clock::{Clock, SystemClock};
use crate::engine::GrantFate;

/// Arguments of `forewarn grants`.
#[derive(Debug, Args)]
pub(super) struct GrantsArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List requests without an answer, the oldest first. / 列出没有答复的请求，最早的在前。
    List {
        /// Only those asked for at least so long ago. / 只列出至少这么久以前的。
        #[arg(long, value_name = "TIME", default_value = "1h", value_parser = Span::parse)]
        older_than: Span,
        /// Most rows. / 最多行数。
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// The coupon system gave it. / 优惠券系统已发放。
    Given {
        /// Its id. / 编号。
        #[arg(value_parser = GrantId::new)]
        grant: GrantId,
        /// The coupon's code. / 券码。
        #[arg(long, value_parser = Text::new)]
        code: Option<Text>,
    },
    /// The coupon system will not give them. / 优惠券系统不予发放。
    Refused(Chosen),
    /// The coupon system was never asked: ask now. / 优惠券系统从未收到请求，现在请求。
    Again(Chosen),
}

#[derive(Debug, Args)]
struct Chosen {
    /// Their ids. / 编号。
    #[arg(required = true, value_parser = GrantId::new)]
    grants: Vec<GrantId>,
}

/// Runs the command; `false` when one of the grants did not wait for an answer.
///
/// # Errors
/// When the configuration has faults, the store fails, or `out` cannot be written to.
pub(super) fn run(args: &GrantsArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = args.operator.config()?;
    let (mut desk, lang) = (Desk::open(&config.store)?, args.operator.lang());
    let answered = |status, code| GrantFate::Answered(GrantResult { status, code, reason: None });
    let (chosen, fate) = match &args.action {
        Action::List { older_than, limit } => return list(&mut desk, *older_than, *limit, lang, out),
        Action::Given { grant, code } => (std::slice::from_ref(grant), answered(GrantAnswer::Granted, code.clone())),
        Action::Refused(chosen) => (&*chosen.grants, answered(GrantAnswer::Refused, None)),
        Action::Again(chosen) => (&*chosen.grants, GrantFate::NeverAsked),
    };
    let engine = super::operator::engine(&config);
    let (author, mut all) = (args.operator.author(), true);
    for id in chosen {
        let now = SystemClock.now();
        let resolved = desk.transact(&mut |tx| engine.grant_resolve(tx, id, &fate, &author, now))?.is_some();
        all &= resolved;
        writeln!(out, "{id}  {}", said(resolved, &fate, lang))?;
    }
    Ok(all)
}

fn said(resolved: bool, fate: &GrantFate, lang: Lang) -> &'static str {
    match fate {
        _ if !resolved => lang.pick("does not wait for an answer", "并未在等待答复"),
        GrantFate::NeverAsked => lang.pick("is asked for again", "重新请求"),
        GrantFate::Answered(result) if result.status == GrantAnswer::Granted => {
            lang.pick("counts as given", "记为已发放")
        }
        GrantFate::Answered(_) => lang.pick("counts as refused", "记为已拒绝"),
    }
}

fn list(desk: &mut Desk, older_than: Span, limit: usize, lang: Lang, out: &mut dyn Write) -> anyhow::Result<bool> {
    let before = SystemClock.now() - older_than;
    let found = desk.transact(&mut |tx| tx.grants_unanswered(before, limit))?;
    if found.is_empty() {
        writeln!(out, "{}", lang.pick("no request waits that long for an answer", "没有等待这么久的请求"))?;
    }
    for grant in found {
        let asked = grant.requested_at.map(|at| at.to_string()).unwrap_or_default();
        let (id, order, money) = (&grant.grant_id, &grant.order, &grant.money);
        writeln!(out, "{id}  {asked}  {order}  {} {}", money.amount_text(), money.currency.as_str())?;
    }
    Ok(true)
}
