//! What the demo says in the terminal, in both languages.

use forewarn_core::cause::Cause;
use forewarn_core::event::ConditionKind;
use forewarn_core::notice::{Kind, Why};

use crate::cli::Lang;
use crate::store::port::NoticeState;

/// A kind of notice as its line names it.
pub(super) fn kind(lang: Lang, kind: Kind) -> &'static str {
    let zh = match kind {
        Kind::OrderAccepted => "接单通知",
        Kind::DelayWarning => "延误提醒",
        Kind::DelayUpdate => "延误更新",
        Kind::PromiseMissed => "超时致歉",
        Kind::ActionNeeded => "需要买家处理",
        Kind::Shipped => "发货通知",
        Kind::LogisticsDelay => "物流延误",
        Kind::Delivered => "送达通知",
    };
    lang.pick(kind.as_str(), zh)
}

/// Why an order is late.
pub(super) fn cause(lang: Lang, cause: Cause) -> &'static str {
    let (en, zh) = match cause {
        Cause::Address => ("address", "地址或联系方式"),
        Cause::OutOfStock => ("out of stock", "缺货"),
        Cause::System => ("system", "系统故障"),
        Cause::Surge => ("surge", "订单激增"),
        Cause::Weather => ("weather", "天气"),
        Cause::Holiday => ("holiday", "节假日"),
        Cause::Carrier => ("carrier", "快递线路"),
        Cause::WarehouseQueue => ("queue", "备货排队"),
    };
    lang.pick(en, zh)
}

/// Why a due notice was not sent.
pub(super) fn why(lang: Lang, why: Why) -> &'static str {
    let (en, zh) = match why {
        Why::Shipped => ("shipped", "已经发货"),
        Why::Cancelled => ("cancelled", "已取消"),
        Why::OptedOut => ("opted out", "买家不接收"),
        Why::NoAddress => ("no address", "没有联系方式"),
        Why::NotifyOff => ("notices off", "店铺不要求通知"),
        Why::PlatformForbids => ("platform forbids", "平台不允许"),
        Why::Cap => ("cap", "超出预算"),
        Why::Holdout => ("holdout", "对照组"),
        Why::QuietHours => ("quiet hours", "免打扰时段"),
        Why::NeedsHuman => ("needs a person", "转人工"),
        Why::Stale => ("stale", "时机已过"),
        Why::Paused => ("paused", "已暂停"),
        Why::Shadow => ("shadow mode", "影子模式"),
        Why::Merged => ("merged", "并入另一条"),
        Why::Limit => ("daily limit", "当日条数已满"),
        Why::Delivered => ("delivered", "已经送达"),
    };
    lang.pick(en, zh)
}

/// Where a notice stands that was not sent.
pub(super) fn state(lang: Lang, state: NoticeState) -> &'static str {
    let zh = match state {
        NoticeState::Ready => "待发送",
        NoticeState::Claimed => "准备中",
        NoticeState::Sending => "发送中",
        NoticeState::Sent => "已发送",
        NoticeState::Retry => "待重试",
        NoticeState::Failed => "失败",
        NoticeState::Unknown => "去向不明",
        NoticeState::Withdrawn => "已撤回",
    };
    lang.pick(state.as_str(), zh)
}

/// What goes on in the wider world.
pub(super) fn condition(lang: Lang, kind: ConditionKind) -> &'static str {
    let (en, zh) = match kind {
        ConditionKind::OutOfStock => ("out of stock", "缺货"),
        ConditionKind::Surge => ("surge", "订单激增"),
        ConditionKind::Weather => ("weather", "天气"),
        ConditionKind::Staff => ("short of staff", "人手不足"),
        ConditionKind::Holiday => ("holiday", "节假日"),
        ConditionKind::System => ("system down", "系统故障"),
        ConditionKind::Carrier => ("carrier", "快递线路"),
    };
    lang.pick(en, zh)
}

/// The first lines, before there is anything to see.
pub(super) fn opening(lang: Lang) -> &'static str {
    lang.pick(
        "Forewarn demo: a broker, a store, a mailbox and three shops, all inside this process.\n\
         No mail leaves it; every person is made up. Reading a month of orders first.",
        "Forewarn 演示：消息队列、数据库、邮箱和三家店铺，全部在本进程内运行。\n\
         不会向外发送任何邮件，所有人物均为虚构。先读入一个月的历史订单。",
    )
}

/// What to look at, once the pages can be opened.
pub(super) fn guide(lang: Lang, operations: &str, merchant: &str, shop: &str, speed: u32) -> String {
    match lang {
        Lang::En => format!(
            "\n  Operations      {operations}\n  One shop only   {merchant}   ({shop})\n\n  \
             An hour of the shops passes in {} of yours. Look at Overview for what is at risk, at Notices for\n  \
             each mail as its buyer sees it, at Policy to change lead and risk while it runs. Ctrl-C ends it.\n",
            pace(3_600.0 / f64::from(speed), "s"),
        ),
        Lang::Zh => format!(
            "\n  运营入口    {operations}\n  单店入口    {merchant}   ({shop})\n\n  \
             店铺的一小时约等于真实的 {}。请看：「总览」里的风险订单、「通知」里买家看到的每封邮件、\n  \
             「规则」里可随时调整的提前量和风险阈值。按 Ctrl-C 结束。\n",
            pace(3_600.0 / f64::from(speed), " 秒"),
        ),
    }
}

fn pace(secs: f64, unit: &str) -> String {
    if secs >= 10.0 { format!("{secs:.0}{unit}") } else { format!("{secs:.1}{unit}") }
}
