//! `forewarn what-if`: what a draft of the policy would have done to the orders whose end is known.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use super::Lang;
use super::simulate::read_policy;
use crate::config::Config;
use crate::engine::{Outcome, Tried, WhatIf};
use crate::policy::PolicyBook;
use crate::simulate::backtest::{cells, heads_in, padded, right};

/// Arguments of `forewarn what-if`.
#[derive(Debug, clap::Args)]
pub(super) struct WhatIfArgs {
    /// The draft. / 策略草稿。
    #[arg(long)]
    policy: PathBuf,
    /// The service's configuration, which names the store. / 服务的配置文件，其中写有数据库位置。
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print the figures as JSON. / 以 JSON 输出。
    #[arg(long)]
    json: bool,
    /// Language of the table; by default the one of the environment. / 表格语言；默认取自环境变量。
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Lang>,
}

/// Tries the draft against the policy in force and prints both. Reads only.
///
/// # Errors
/// When the configuration or the draft has faults, the store fails, or `out` cannot be written to.
pub(super) fn run(args: &WhatIfArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref())?;
    let draft = read_policy(&args.policy)?;
    // Opened and closed outside of the runtime: the client of a server brings one of its own.
    let store = super::store::beside(&config.store).context("opening the store")?;
    let engine = super::operator::engine(&config);
    let book = draft.clone();
    let trial = store.read(move |tx| Ok((engine.what_if(tx, &book)?, engine.settings(tx)?.policy.clone())));
    let (found, in_force) = super::runtime()?.block_on(trial).context("trying the draft on the history")?;
    if args.json {
        serde_json::to_writer(&mut *out, &found).context("writing the figures")?;
        writeln!(out)?;
        return Ok(());
    }
    table(&found, &in_force, &draft, Lang::choose(args.lang), out)
}

fn table(
    found: &WhatIf,
    in_force: &PolicyBook,
    draft: &PolicyBook,
    lang: Lang,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (Some(from), Some(until)) = (found.from, found.until) else {
        let none = lang.pick(
            "no order whose end is known yet; forecasts are kept from now on",
            "还没有结果已知的订单；预测从现在起保留",
        );
        return Ok(writeln!(out, "{none}")?);
    };
    let (orders, missed) = (found.orders, found.missed);
    let known = match lang {
        Lang::En => format!("Orders with a known end: {orders} (of them past ship-by: {missed}), {from} – {until}"),
        Lang::Zh => format!("结果已知的订单：{orders}（其中超时：{missed}），{from} – {until}"),
    };
    writeln!(out, "{known}\n")?;
    let tongue = lang.tongue();
    let name = |text: &str| padded(text, 10);
    writeln!(out, "{}{}", name(""), aligned(&heads_in(tongue).map(str::to_owned)))?;
    let own = [("in force", "现行", &found.in_force, in_force), ("draft", "草稿", &found.draft, draft)];
    for (en, zh, tried, book) in own {
        let row = row(book.base().warn.risk.as_f64(), &tried.outcome);
        writeln!(out, "{}{}", name(lang.pick(en, zh)), aligned(&row))?;
    }
    writeln!(out, "\n{}", lang.pick("The draft with other thresholds", "草稿换用其他提醒线"))?;
    for step in &found.sweep {
        writeln!(out, "{}{}", name(""), aligned(&row(step.risk.as_f64(), &step.outcome)))?;
    }
    notes(&found.draft, lang, out)
}

/// What is to be known to read the draft's figures right.
fn notes(draft: &Tried, lang: Lang, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(hours) = draft.hours_apart.filter(|hours| *hours >= 0.5) {
        let said = lang.pick(
            "The forecasts kept nearest to the draft's lead lie {0} h from it in the mean.",
            "离草稿提前量最近的留存预测平均相差 {0} 小时。",
        );
        writeln!(out, "\n{}", said.replace("{0}", &format!("{hours:.1}")))?;
    }
    if draft.other_currency > 0 {
        let said = lang.pick(
            "{0} of these orders were paid in another currency than the draft's coupons, which are refused then.",
            "其中 {0} 单的支付币种与草稿的优惠券不同，不会发券。",
        );
        writeln!(out, "\n{}", said.replace("{0}", &draft.other_currency.to_string()))?;
    }
    Ok(())
}

fn row(risk: f64, outcome: &Outcome) -> [String; 8] {
    let given = outcome.compensation.iter().map(|money| format!("{} {}", money.amount_text(), money.currency));
    let given = given.collect::<Vec<_>>().join(" + ");
    let counts = [outcome.warned, outcome.caught, outcome.false_alarms, outcome.missed];
    cells(risk, counts, (outcome.precision, outcome.recall), if given.is_empty() { "0".to_owned() } else { given })
}

fn aligned(cells: &[String; 8]) -> String {
    // A long cell, as of two currencies, still keeps away from the one before it.
    cells.iter().map(|cell| format!(" {}", right(cell, 12))).collect()
}
